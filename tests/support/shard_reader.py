"""A second, independent reader of shard files, written from tracer/shard/FORMAT.md alone.

The product's reader is C++; this one shares no line with it, so that the two can be held against each other
and glue engineers can look at what was recorded without building the collector. It is small and slow, and
it trusts nothing: every count and length is checked, and damage is named in `Shard.damage` rather than
raised (`strict=True` raises). Checksums need the `xxhash` module, which is not in the standard library:
without it `Shard.checksums_verified` is False.
"""

from __future__ import annotations

import importlib
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shard_hits
from shard_records import HITS, Records, ShardError
from shard_values import Shard


def _optional(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:  # reported in Shard.checksums_verified
        return None


xxhash = _optional("xxhash")

FILE_MAGIC = 0x3144524148534C41
SEGMENT_MAGIC = 0x47455341
FORMAT_VERSIONS = (1, 2, 3)
ALIGNMENT = 4096
NURSERY_MAGIC = b"ALNURSE1"
PLACE, PLACED_SEGMENT = 8192, 64  # bytes of a place, offset of the first segment in it


class _Reader:
    def __init__(self, shard: Shard, data: bytes, limit: int, version: int) -> None:
        self.shard, self.data, self.limit, self.version = shard, data, limit, version
        self.records = Records(shard, data, self.checksum_fails, self.parent)

    def checksum_fails(self, covered: bytes, seed: int, stated: int) -> bool:
        return xxhash is not None and xxhash.xxh3_64_intdigest(covered, seed=seed) != stated

    def torn(self, count: int, why: str) -> None:
        self.shard.torn_bytes += count
        self.shard.damage.append(why)

    def segments(self) -> Iterator[tuple[int, int]]:
        at, size, expected = ALIGNMENT, len(self.data), 0
        if self.version == 3:
            at, expected = PLACE, 1
            magic, length, index, checksum = struct.unpack_from(
                "<IIQQ", self.data.ljust(PLACE), PLACED_SEGMENT
            )
            head = self.data[PLACED_SEGMENT : PLACED_SEGMENT + 16]
            fails = self.checksum_fails(head, self.shard.session_id, checksum)
            if fails or (magic, length, index) != (SEGMENT_MAGIC, PLACE - PLACED_SEGMENT, 0) or size < PLACE:
                self.torn(PLACE, "no segment in the place")
            else:
                yield PLACED_SEGMENT, PLACE
        while at + 24 <= size:
            magic, length, index, checksum = struct.unpack_from("<IIQQ", self.data, at)
            head = self.data[at : at + 16]
            if magic == 0 and not any(self.data[at : at + ALIGNMENT]):
                at += ALIGNMENT  # space that was allocated and never used
                continue
            if magic == length == 0 and not any(self.data[at + 24 :]):
                return  # killed while it began a segment
            if (
                magic != SEGMENT_MAGIC
                or length % ALIGNMENT
                or length == 0
                or self.checksum_fails(head, self.shard.session_id, checksum)
            ):
                self.torn(ALIGNMENT, f"no segment header at {at}")
                at += ALIGNMENT
                continue
            if index != expected:
                self.shard.damage.append(f"segment {index} at {at}, expected {expected}")
            if at + length > size:
                self.shard.damage.append(f"segment {index} is cut off")
            expected = index + 1
            yield at, min(at + length, size)
            at += length

    def read(self) -> None:
        for start, end in self.segments():
            at = start + 24
            while at + 16 <= end and at < self.limit:
                length, kind, checksum = struct.unpack_from("<IIQ", self.data, at)
                if length == 0 and kind == 0:
                    break
                payload_at = at + 16
                payload_end = payload_at + length
                why = ""
                if payload_end > end:
                    why = f"record {kind} at {at} is longer than its segment"
                else:
                    payload = self.data[payload_at:payload_end]
                    if kind != HITS and self.checksum_fails(payload, kind, checksum):
                        why = f"checksum of record {kind} at {at}"
                    else:
                        why = self.records.take(kind, payload_at, payload)
                if why:
                    self.torn(end - at, why)
                    break
                at = (payload_end + 7) & ~7
        shard_hits.replay(self.shard, self.records.blocks, self.records.vouched)

    def parent(self, name: str, up_to: int) -> Shard:
        return read_shard(os.path.join(os.path.dirname(self.shard.path), name), up_to=up_to)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        stem = path.stem
        nursery = path.parent / f"{stem[-16:-4]}.nursery"
        if not nursery.exists():
            raise
        begin = ALIGNMENT + int(stem[-4:], 16) * PLACE
        return nursery.read_bytes()[begin : begin + PLACE]


def _placed_in(nursery: Path) -> Iterator[str]:
    data = nursery.read_bytes()
    if data[:8] != NURSERY_MAGIC or struct.unpack_from("<I", data, 8) != (3,):
        raise ShardError(f"{nursery}: not a nursery of version 3")
    for number, begin in enumerate(range(ALIGNMENT, len(data), PLACE)):
        magic, _, _, pid = struct.unpack_from("<QIII", data, begin)
        if magic != 0:
            yield str(nursery.with_name(f"{pid}-0-{nursery.stem}{number:04x}.shard"))


def read_shard(path: str | os.PathLike[str], *, strict: bool = False, up_to: int | None = None) -> Shard:
    """Reads one shard. `up_to` ignores records that start behind that many bytes (a parent as it was at a
    fork).
    """
    data = _bytes_of(Path(path))
    if len(data) < ALIGNMENT:
        raise ShardError(f"{path}: {len(data)} bytes are no shard")
    magic, version, header_bytes, pid, _, start, session, created, checksum = struct.unpack_from(
        "<QIIIIQQQQ", data
    )
    if magic != FILE_MAGIC or version not in FORMAT_VERSIONS or header_bytes != 56:
        raise ShardError(f"{path}: not a shard of version {FORMAT_VERSIONS}")
    shard = Shard(os.path.abspath(path), pid, start, session, created, checksums_verified=xxhash is not None)
    reader = _Reader(shard, data, len(data) if up_to is None else up_to, version)
    if reader.checksum_fails(data[:48], 0, checksum):
        raise ShardError(f"{path}: checksum of the file header")
    reader.read()
    if strict and (shard.damage or shard.torn_bytes):
        raise ShardError(f"{path}: " + "; ".join(shard.damage))
    return shard


def shards_of(session_dir: str | os.PathLike[str]) -> list[str]:
    """Every file below the folder that begins like a shard, those still being made left out, and the places
    of nurseries: `read_shard` takes the paths that these would have.
    """
    found: set[str] = set()
    for folder, _, names in os.walk(session_dir):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name.endswith(".new"):
                continue
            if name.endswith(".nursery"):
                found.update(_placed_in(Path(path)))
                continue
            with open(path, "rb") as file:
                if file.read(8) == struct.pack("<Q", FILE_MAGIC):
                    found.add(path)
    return sorted(found)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: shard_reader.py SHARD-OR-FOLDER", file=sys.stderr)
        return 2
    paths = shards_of(arguments[0]) if os.path.isdir(arguments[0]) else arguments
    for path in paths:
        shard = read_shard(path)
        state = "closed" if shard.closed else "not closed"
        print(f"{path}: {shard.process}")
        print(
            f"  {state}, {len(shard.files)} files, {len(shard.codes)} codes, {len(shard.contexts)} contexts, "
            f"{len(shard.tests)} tests, {len(shard.statements)} statements, {len(shard.inputs)} inputs, "
            f"{shard.entries} entries ({shard.uncommitted} uncommitted), {len(shard.drops)} drops, "
            f"checksums {'verified' if shard.checksums_verified else 'not verified (no xxhash module)'}"
        )
        for why in shard.damage:
            print(f"  damage: {why}")
        for test in shard.tests:
            count = sum(len(lines) for lines in test.lines.values())
            print(f"  {test.outcome or 'unfinished':10} {count:6} lines {test.id}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
