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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from shard_values import (
    CODE_KINDS,
    CONTEXT_KINDS,
    DROP_REASONS,
    INPUT_KINDS,
    INPUT_STATES,
    NAME_KINDS,
    NAMES_AT_RUN_TIME,
    OUTCOMES,
    ROLES,
    STATE_KINDS,
    Code,
    Context,
    Drop,
    File,
    Input,
    Lines,
    Name,
    Origin,
    Outline,
    Process,
    Shard,
    Started,
    Statement,
    StateWrite,
    Test,
)


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
HIT_ENTRIES = 4092
NUMBER_MASK = 0x3FFFFFFF
CONCURRENT_IMPORT = 0xBFFFFFFF
SESSION_CONTEXT = 0
WHOLE_PROCESS = 0xFFFFFFFF

(
    PROCESS,
    FILE,
    CODE,
    NAMES,
    CONTEXT,
    HITS,
    COMMIT,
    INPUT,
    CHARGE,
    TEST_END,
    STATE_WRITE,
    DROP,
    IMPORTED,
    CLOSED,
    OUTLINE,
    COLLECTED,
    ORIGIN,
    STARTED,
    OVERLAP,
) = range(1, 20)


class ShardError(Exception):
    """The file is no shard, or (with strict=True) a damaged one."""


class _Payload:
    """Takes fields off one record's payload; running out of bytes is damage."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, layout: str) -> tuple[int, ...]:
        packed = struct.Struct("<" + layout)
        if self.at + packed.size > len(self.data):
            raise ShardError("payload is shorter than its fields")
        values = packed.unpack_from(self.data, self.at)
        self.at += packed.size
        return values

    def raw(self) -> bytes:
        (length,) = self.take("I")
        if self.at + length > len(self.data):
            raise ShardError("text is longer than its payload")
        raw = self.data[self.at : self.at + length]
        self.at += length
        return raw

    def text(self) -> str:
        return self.raw().decode("utf-8", "surrogateescape")

    def done(self) -> None:
        if self.at != len(self.data):
            raise ShardError(f"{len(self.data) - self.at} bytes too many in the payload")


def _word(table: dict[int, str], number: int, what: str) -> str:
    if number not in table:
        raise ShardError(f"unknown {what} {number}")
    return table[number]


class _Reader:
    def __init__(self, shard: Shard, data: bytes, limit: int, version: int) -> None:
        self.shard, self.data, self.limit, self.version = shard, data, limit, version
        self.blocks: list[tuple[int, tuple[int, ...]]] = []
        self.vouched: dict[int, int] = {}
        self.parsers: dict[int, Callable[[_Payload], None]] = {
            PROCESS: self.process, FILE: self.file, CODE: self.code, NAMES: self.names, CONTEXT: self.context,
            COMMIT: self.commit, INPUT: self.input, CHARGE: self.charge, TEST_END: self.test_end,
            STATE_WRITE: self.state_write, DROP: self.drop, IMPORTED: self.imported, CLOSED: self.closed,
            OUTLINE: self.outline, COLLECTED: self.collected, ORIGIN: self.origin, STARTED: self.started,
            OVERLAP: self.overlap,
        }  # fmt: skip

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
                        why = self.record(kind, payload_at, payload)
                if why:
                    self.torn(end - at, why)
                    break
                at = (payload_end + 7) & ~7
        self.replay()

    def record(self, kind: int, at: int, payload: bytes) -> str:
        if self.shard.closed is not None:
            self.shard.damage.append(f"record {kind} at {at} after closed")
        if self.shard.process is None and kind != PROCESS:
            self.shard.damage.append(f"record {kind} at {at} before process")
        if kind == HITS:
            if len(payload) % 4 or len(payload) > 4 * HIT_ENTRIES:
                return f"hits at {at} hold {len(payload)} bytes"
            self.blocks.append((at, struct.unpack(f"<{len(payload) // 4}I", payload)))
            return ""
        if kind not in self.parsers:
            return f"unknown record {kind} at {at}"
        fields = _Payload(payload)
        try:
            self.parsers[kind](fields)
            fields.done()
        except ShardError as error:
            return f"record {kind} at {at}: {error}"
        return ""

    # One method per record type, in the order of FORMAT.md.

    def process(self, p: _Payload) -> None:
        role, parent_pid = p.take("BI")
        worker, interpreter, strategy, root, parent_shard = (p.text() for _ in range(5))
        (parent_bytes,) = p.take("Q")
        self.shard.process = Process(
            _word(ROLES, role, "role"),
            parent_pid,
            worker,
            interpreter,
            strategy,
            root,
            parent_shard,
            parent_bytes,
        )
        if parent_shard and not self.shard.codes:  # of several process records the first one inherits
            self.inherit(parent_shard, parent_bytes)

    def inherit(self, parent_shard: str, parent_bytes: int) -> None:
        path = os.path.join(os.path.dirname(self.shard.path), parent_shard)
        try:
            parent = read_shard(path, up_to=parent_bytes)
        except (OSError, ShardError) as error:
            self.shard.damage.append(f"parent shard: {error}")
            return
        mine = self.shard
        mine.files.update(parent.files)
        mine.codes.extend(parent.codes)
        mine.names.update(parent.names)
        mine.contexts.update(parent.contexts)
        mine.charges |= parent.charges
        mine._code_of_probe.update(parent._code_of_probe)
        mine.names_of_probes.update(parent.names_of_probes)

    def file(self, p: _Payload) -> None:
        number, flags, size, low, high = p.take("IBQQQ")
        if number in self.shard.files:
            raise ShardError(f"file {number} is defined twice")
        self.shard.files[number] = File(number, bool(flags & 1), size, (low, high), p.text())

    def code(self, p: _Payload) -> None:
        base, span, file, first_line, kind, scope_line, low, high = p.take("IIIIBIQQ")
        code = Code(
            base,
            span,
            file,
            first_line,
            _word(CODE_KINDS, kind, "kind of code"),
            scope_line,
            (low, high),
            p.text(),
        )
        if code.kind in NAMES_AT_RUN_TIME:
            if (span, file, first_line) != (1, 0, 0) or not 0 < base <= NUMBER_MASK:
                raise ShardError(f"name with probes {base}+{span}")
            if (
                base in self.shard._code_of_probe
                or self.shard.names_of_probes.setdefault(base, code) is not code
            ):
                raise ShardError(f"probe {base} belongs to two names")
            return
        if base == 0 or span == 0 or base + span - 1 > NUMBER_MASK or span > 1 << 24:
            raise ShardError(f"code with probes {base}+{span}")
        if file not in self.shard.files:
            raise ShardError(f"code of undefined file {file}")
        self.shard.codes.append(code)
        for probe in range(base, base + span):
            if self.shard._code_of_probe.setdefault(probe, code) is not code:
                raise ShardError(f"probe {probe} belongs to two codes")

    def names(self, p: _Payload) -> None:
        base, count = p.take("II")
        found = self.shard.names.setdefault(base, [])
        for _ in range(count):
            kind, level = p.take("BH")
            found.append(Name(_word(NAME_KINDS, kind, "kind of name"), level, p.text()))

    def outline(self, p: _Payload) -> None:
        file, first_line = p.take("II")
        if file not in self.shard.files:
            raise ShardError(f"outline of undefined file {file}")
        bits = enumerate(p.raw())
        lines = {first_line + 8 * k + i for k, byte in bits for i in range(8) if byte >> i & 1}
        (count,) = p.take("I")
        functions = {(p.take("I")[0], p.text()) for _ in range(count)}
        self.shard.outlines.append(Outline(file, lines, functions))

    def context(self, p: _Payload) -> None:
        number, kind, parent = p.take("IBI")
        if number in self.shard.contexts:
            raise ShardError(f"context {number} is defined twice")
        self.shard.contexts[number] = Context(
            number, _word(CONTEXT_KINDS, kind, "kind of context"), parent, p.text(), p.text()
        )

    def commit(self, p: _Payload) -> None:
        offset, first, count, checksum = p.take("QIIQ")
        if not any(at == offset for at, _ in self.blocks) or first + count > HIT_ENTRIES:
            raise ShardError(f"commit of entries {first}+{count} of a block at {offset}")
        entries = self.data[offset + 4 * first : offset + 4 * (first + count)]
        if self.checksum_fails(entries, 0, checksum):
            raise ShardError("checksum of committed entries")
        self.vouched[offset] = max(self.vouched.get(offset, 0), first + count)

    def input(self, p: _Payload) -> None:
        context, kind, state, low, high = p.take("IBBQQ")
        self.shard.inputs.append(
            Input(
                context,
                _word(INPUT_KINDS, kind, "kind of input"),
                _word(INPUT_STATES, state, "state of input"),
                (low, high),
                p.text(),
                p.text(),
            )
        )

    def charge(self, p: _Payload) -> None:
        user, used = p.take("II")
        self.shard.charges.add((user, used))

    def test_end(self, p: _Payload) -> None:
        context, outcome, duration = p.take("IBQ")
        self.shard.ends[context] = (_word(OUTCOMES, outcome, "outcome"), duration, p.text())

    def state_write(self, p: _Payload) -> None:
        context, file, kind = p.take("IIB")
        self.shard.state_writes.append(
            StateWrite(context, file, _word(STATE_KINDS, kind, "kind of state"), p.text(), p.text())
        )

    def drop(self, p: _Payload) -> None:
        context, reason, count = p.take("IIQ")
        self.shard.drops.append(Drop(context, _word(DROP_REASONS, reason, "reason"), count))

    def imported(self, p: _Payload) -> None:
        self.shard.imported.append((p.text(), p.text()))

    def collected(self, p: _Payload) -> None:
        (context,) = p.take("I")
        self.shard.collected.setdefault(context, set()).add(p.text())

    def origin(self, p: _Payload) -> None:
        (context,) = p.take("I")
        self.shard.origin = Origin(context, p.text(), p.text(), p.text())

    def started(self, p: _Payload) -> None:
        context, process_id, recording = p.take("IIB")
        if recording not in (1, 2):
            raise ShardError(f"unknown recording {recording}")
        self.shard.started.append(Started(context, process_id, recording == 1, p.text(), p.text()))

    def overlap(self, p: _Payload) -> None:
        user_shard = p.text()
        (user,) = p.take("I")
        self.shard.overlaps.append((user_shard, user, p.text()))

    def closed(self, p: _Payload) -> None:
        entries, contexts = p.take("QQ")
        self.shard.closed = (entries, contexts)

    def replay(self) -> None:
        """Walks the hit entries in order, as FORMAT.md's section on them says."""
        shard = self.shard
        context, statement, concurrent = SESSION_CONTEXT, None, False
        unknown = 0
        for at, entries in self.blocks:
            vouched = self.vouched.get(at, 0)
            for index, entry in enumerate(entries):
                if entry == 0:
                    break
                shard.entries += 1
                shard.uncommitted += index >= vouched
                number = entry & NUMBER_MASK
                if entry == CONCURRENT_IMPORT:
                    concurrent = True
                elif entry >> 30 == 2:
                    context, statement, concurrent = number, None, False
                elif entry >> 30 == 0 and number in shard.names_of_probes:
                    if statement is not None:
                        statement.names_used.add(number)
                    if statement is None or concurrent:
                        shard.names_used.setdefault(context, set()).add(number)
                elif number not in shard._code_of_probe:
                    unknown += 1
                elif entry >> 30 == 3:
                    statement = shard.statements.setdefault(number, Statement(number))
                    statement.triggers.add(context)
                    if concurrent:
                        shard.hits.setdefault(context, set()).add(number)
                elif statement is not None:
                    statement.hits.add(number)
                    if concurrent:
                        shard.hits.setdefault(context, set()).add(number)
                else:
                    shard.hits.setdefault(context, set()).add(number)
        if unknown:
            shard.damage.append(f"{unknown} hits of undefined probes")
        for number in set(shard.hits) | {number for s in shard.statements.values() for number in s.triggers}:
            if number != SESSION_CONTEXT and number not in shard.contexts:
                shard.damage.append(f"hits of undefined context {number}")
        self.collect_tests()

    def collect_tests(self) -> None:
        shard = self.shard
        for number, context in sorted(shard.contexts.items()):
            if context.kind != "test":
                continue
            charged = shard.charged(number)
            probes = {probe for used in charged for probe in shard.hits.get(used, ())}
            test = Test(context.name, number, lines=shard.lines(probes), scopes=shard.scopes(probes))
            triggered = shard.triggered(charged)
            test.triggered_lines, test.triggered_scopes = shard.lines(triggered), shard.scopes(triggered)
            if number in shard.ends:
                test.outcome, test.duration_ns, test.reason = shard.ends[number]
            shard.tests.append(test)


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


def merge_lines(into: Lines, more: Lines) -> None:
    for path, lines in more.items():
        into.setdefault(path, set()).update(lines)


def lines_by_test(session_dir: str | os.PathLike[str], *, triggered: bool = True) -> dict[str, Lines]:
    """{test id: {absolute path: lines}} over all processes of a session, with what is charged to each test.

    `triggered` adds the module-level lines (and what ran under them) of the imports that the test itself
    set off.
    """
    found: dict[str, Lines] = {}
    for path in shards_of(session_dir):
        shard = read_shard(path)
        for test in shard.tests:
            lines = found.setdefault(test.id, {})
            merge_lines(lines, test.lines)
            if triggered:
                merge_lines(lines, test.triggered_lines)
        for test_id, more in lines_of_started(shard, triggered=triggered).items():
            merge_lines(found.setdefault(test_id, {}), more)
    return found


def lines_of_started(shard: Shard, *, triggered: bool = True) -> dict[str, Lines]:
    """Of a started program, and of what it forked: its lines by the tests that it ran for."""
    lines: Lines = {}
    tests = tests_started_for(shard)
    if tests:
        merge_lines(lines, shard.lines(shard.hits.get(SESSION_CONTEXT, set())))
        if triggered:
            merge_lines(lines, shard.lines(shard.triggered({SESSION_CONTEXT})))
    return {test.id: lines for test in tests}


def tests_started_for(shard: Shard) -> list[Test]:
    folder = os.path.dirname(shard.path)
    started = shard
    while started.origin is None and started.process is not None and started.process.parent_shard:
        started = read_shard(os.path.join(folder, started.process.parent_shard))
    if started.origin is None or started.origin.context == WHOLE_PROCESS:
        return []
    owner = read_shard(os.path.join(folder, started.origin.shard))
    return [test for test in owner.tests if started.origin.context in owner.charged(test.context)]


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
