"""The independent reader, against bytes composed here by hand from tracer/shard/FORMAT.md."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import shard_reader
from shard_reader import read_shard
from shard_records import ShardError

SESSION = 0x1122334455667788


def checksum(data: bytes, seed: int = 0) -> int:
    return int(shard_reader.xxhash.xxh3_64_intdigest(data, seed=seed)) if shard_reader.xxhash else 0


def text(value: str) -> bytes:
    raw = value.encode("utf-8", "surrogateescape")
    return struct.pack("<I", len(raw)) + raw


def record(kind: int, payload: bytes) -> bytes:
    whole = struct.pack("<IIQ", len(payload), kind, 0 if kind == 6 else checksum(payload, kind)) + payload
    return whole + b"\0" * (-len(whole) % 8)


def segment(index: int, *records: bytes) -> bytes:
    body = b"".join(records)
    size = -(-(24 + len(body)) // 4096) * 4096
    head = struct.pack("<IIQ", 0x47455341, size, index)
    return (head + struct.pack("<Q", checksum(head, SESSION)) + body).ljust(size, b"\0")


def file_header() -> bytes:
    head = struct.pack(
        "<QIIIIQQQ", 0x3144524148534C41, 1, 56, 4711, 0, 99, SESSION, 1_700_000_000_000_000_000
    )
    return (head + struct.pack("<Q", checksum(head))).ljust(4096, b"\0")


def process(role: int = 1, parent: str = "", parent_bytes: int = 0) -> bytes:
    return record(
        1,
        struct.pack("<BI", role, 1)
        + text("")
        + text("cpython 3.12.1")
        + text("self")
        + text("/p")
        + text(parent)
        + struct.pack("<Q", parent_bytes),
    )


FILE = record(2, struct.pack("<IBQQQ", 1, 0, 10, 5, 6) + text("/p/a.py"))
MODULE = record(3, struct.pack("<IIIIBIQQ", 1, 10, 1, 1, 1, 1, 0, 0) + text("<module>"))
FUNCTION = record(3, struct.pack("<IIIIBIQQ", 11, 3, 1, 20, 3, 19, 7, 8) + text("Class.method"))
TEST = record(5, struct.pack("<IBI", 1, 1, 0) + text("test_a.py::test") + text(""))
FIXTURE = record(5, struct.pack("<IBI", 2, 2, 1) + text("database") + text("module"))


def hits(*entries: int) -> bytes:
    return record(6, struct.pack(f"<{len(entries)}I", *entries).ljust(4 * 4092, b"\0"))


def write(tmp_path: Path, *segments: bytes, name: str = "shard") -> Path:
    path = tmp_path / name
    path.write_bytes(file_header() + b"".join(segments))
    return path


def test_reads_definitions_hits_and_charges(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        segment(
            0,
            process(),
            FILE,
            MODULE,
            FUNCTION,
            TEST,
            FIXTURE,
            hits(0x80000002, 12, 0x80000001, 11, 0xC0000005, 13, 0x80000000, 4),
            record(9, struct.pack("<II", 1, 2)),
            record(10, struct.pack("<IBQ", 1, 2, 1234) + text("boom")),
            record(8, struct.pack("<IBBQQ", 1, 4, 2, 0, 0) + text("HOME") + text("")),
            record(12, struct.pack("<IIQ", 0xFFFFFFFF, 3, 9)),
            record(14, struct.pack("<QQ", 8, 2)),
        ),
    )
    shard = read_shard(path, strict=True)
    assert (shard.process_id, shard.session_id) == (4711, SESSION)
    assert shard.process is not None
    assert shard.process.strategy == "self"
    (test,) = shard.tests
    assert (test.id, test.outcome, test.duration_ns, test.reason) == (
        "test_a.py::test",
        "failed",
        1234,
        "boom",
    )
    assert test.lines == {"/p/a.py": {20, 21}}  # its own line and the fixture's
    assert test.triggered_lines == {"/p/a.py": {5, 22}}  # the statement and what ran under it
    assert test.scopes == {("/p/a.py", "Class.method", 19)}
    assert shard.hits[0] == {4}
    assert [(i.kind, i.state, i.subject) for i in shard.inputs] == [("environment", "absent", "HOME")]
    assert [(d.context, d.reason, d.count) for d in shard.drops] == [(0xFFFFFFFF, "numbers", 9)]
    assert shard.closed == (8, 2)
    assert shard.uncommitted == 8


def test_concurrent_import_counts_for_the_context_too(tmp_path: Path) -> None:
    shard = read_shard(
        write(
            tmp_path,
            segment(0, process(), FILE, MODULE, FUNCTION, TEST, hits(0x80000001, 0xBFFFFFFF, 0xC0000002, 12)),
        )
    )
    assert shard.tests[0].lines == {"/p/a.py": {2, 21}}
    assert shard.statements[2].hits == {12}


def test_commit_vouches_for_its_range(tmp_path: Path) -> None:
    entries = (0x80000001, 11, 12)
    before = segment(0, process(), FILE, MODULE, FUNCTION, TEST, hits(*entries))
    offset = 4096 + before.index(struct.pack("<3I", *entries))
    good = struct.pack("<QIIQ", offset, 0, 2, checksum(struct.pack("<2I", *entries[:2])))
    shard = read_shard(write(tmp_path, before, segment(1, record(7, good))))
    assert (shard.entries, shard.uncommitted, shard.damage) == (3, 1, [])


def test_child_inherits_the_definitions_of_its_parent(tmp_path: Path) -> None:
    first = segment(0, process(), FILE, MODULE, FUNCTION, TEST)
    write(tmp_path, first, segment(1, FIXTURE), name="parent")
    child = write(
        tmp_path, segment(0, process(3, "parent", 4096 + len(first)), hits(0x80000001, 12)), name="child"
    )
    shard = read_shard(child, strict=True)
    assert shard.tests[0].lines == {"/p/a.py": {21}}
    assert 2 not in shard.contexts  # defined after the fork


def test_every_truncation_is_readable_or_refused(tmp_path: Path) -> None:
    whole = write(
        tmp_path, segment(0, process(), FILE, MODULE, FUNCTION, TEST, hits(0x80000001, 11))
    ).read_bytes()
    for length in range(0, len(whole), 61):
        path = tmp_path / "cut"
        path.write_bytes(whole[:length])
        if length < 4096:
            with pytest.raises(ShardError):
                read_shard(path)
        else:
            read_shard(path)


def test_a_torn_segment_does_not_cost_the_next(tmp_path: Path) -> None:
    torn = bytearray(segment(0, process(), FILE, MODULE, FUNCTION, TEST))
    torn[0] ^= 0xFF
    shard = read_shard(write(tmp_path, bytes(torn), segment(1, process(), FILE, MODULE, FUNCTION, TEST)))
    assert shard.torn_bytes == 4096
    assert len(shard.tests) == 1
    assert shard.damage


@pytest.mark.skipif(shard_reader.xxhash is None, reason="the xxhash module is not installed")
def test_a_flipped_bit_is_found_where_checksums_can_be_verified(tmp_path: Path) -> None:
    whole = bytearray(write(tmp_path, segment(0, process(), FILE, MODULE)).read_bytes())
    whole[4096 + 24 + 16 + 5] ^= 1
    path = tmp_path / "flipped"
    path.write_bytes(bytes(whole))
    shard = read_shard(path)
    assert any("checksum" in why for why in shard.damage)


def test_refuses_other_files(tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(b"x" * 9000)
    with pytest.raises(ShardError, match="not a shard"):
        read_shard(path)


GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "shard"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*main*")), ids=lambda path: path.name)
def test_reads_the_golden_shards_of_the_writer(path: Path) -> None:
    shard = read_shard(path)
    assert shard.damage == []
    assert shard.closed is not None
    assert shard.tests
