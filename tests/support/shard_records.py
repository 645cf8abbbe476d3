"""What the records of a shard say, in the words of tracer/shard/FORMAT.md. Part of shard_reader."""

from __future__ import annotations

import struct
from collections.abc import Callable

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
    Name,
    Origin,
    Outline,
    Process,
    Shard,
    Started,
    StateWrite,
)

HIT_ENTRIES = 4092
NUMBER_MASK = 0x3FFFFFFF

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


class Payload:
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


class Records:
    """Puts one record after the other into a shard, and keeps the blocks of hits for later."""

    def __init__(
        self,
        shard: Shard,
        data: bytes,
        checksum_fails: Callable[[bytes, int, int], bool],
        parent: Callable[[str, int], Shard],
    ) -> None:
        """`parent`: the shard of that name beside this one, as it was when it had so many bytes."""
        self.shard, self.data, self.checksum_fails, self.parent = shard, data, checksum_fails, parent
        self.blocks: list[tuple[int, tuple[int, ...]]] = []
        self.vouched: dict[int, int] = {}
        self.parsers: dict[int, Callable[[Payload], None]] = {
            PROCESS: self.process, FILE: self.file, CODE: self.code, NAMES: self.names, CONTEXT: self.context,
            COMMIT: self.commit, INPUT: self.input, CHARGE: self.charge, TEST_END: self.test_end,
            STATE_WRITE: self.state_write, DROP: self.drop, IMPORTED: self.imported, CLOSED: self.closed,
            OUTLINE: self.outline, COLLECTED: self.collected, ORIGIN: self.origin, STARTED: self.started,
            OVERLAP: self.overlap,
        }  # fmt: skip

    def take(self, kind: int, at: int, payload: bytes) -> str:
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
        fields = Payload(payload)
        try:
            self.parsers[kind](fields)
            fields.done()
        except ShardError as error:
            return f"record {kind} at {at}: {error}"
        return ""

    # One method per record type, in the order of FORMAT.md.

    def process(self, p: Payload) -> None:
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
        try:
            parent = self.parent(parent_shard, parent_bytes)
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

    def file(self, p: Payload) -> None:
        number, flags, size, low, high = p.take("IBQQQ")
        if number in self.shard.files:
            raise ShardError(f"file {number} is defined twice")
        self.shard.files[number] = File(number, bool(flags & 1), size, (low, high), p.text())

    def code(self, p: Payload) -> None:
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

    def names(self, p: Payload) -> None:
        base, count = p.take("II")
        found = self.shard.names.setdefault(base, [])
        for _ in range(count):
            kind, level = p.take("BH")
            found.append(Name(_word(NAME_KINDS, kind, "kind of name"), level, p.text()))

    def outline(self, p: Payload) -> None:
        file, first_line = p.take("II")
        if file not in self.shard.files:
            raise ShardError(f"outline of undefined file {file}")
        bits = enumerate(p.raw())
        lines = {first_line + 8 * k + i for k, byte in bits for i in range(8) if byte >> i & 1}
        (count,) = p.take("I")
        functions = {(p.take("I")[0], p.text()) for _ in range(count)}
        self.shard.outlines.append(Outline(file, lines, functions))

    def context(self, p: Payload) -> None:
        number, kind, parent = p.take("IBI")
        if number in self.shard.contexts:
            raise ShardError(f"context {number} is defined twice")
        self.shard.contexts[number] = Context(
            number, _word(CONTEXT_KINDS, kind, "kind of context"), parent, p.text(), p.text()
        )

    def commit(self, p: Payload) -> None:
        offset, first, count, checksum = p.take("QIIQ")
        if not any(at == offset for at, _ in self.blocks) or first + count > HIT_ENTRIES:
            raise ShardError(f"commit of entries {first}+{count} of a block at {offset}")
        entries = self.data[offset + 4 * first : offset + 4 * (first + count)]
        if self.checksum_fails(entries, 0, checksum):
            raise ShardError("checksum of committed entries")
        self.vouched[offset] = max(self.vouched.get(offset, 0), first + count)

    def input(self, p: Payload) -> None:
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

    def charge(self, p: Payload) -> None:
        user, used = p.take("II")
        self.shard.charges.add((user, used))

    def test_end(self, p: Payload) -> None:
        context, outcome, duration = p.take("IBQ")
        self.shard.ends[context] = (_word(OUTCOMES, outcome, "outcome"), duration, p.text())

    def state_write(self, p: Payload) -> None:
        context, file, kind = p.take("IIB")
        self.shard.state_writes.append(
            StateWrite(context, file, _word(STATE_KINDS, kind, "kind of state"), p.text(), p.text())
        )

    def drop(self, p: Payload) -> None:
        context, reason, count = p.take("IIQ")
        self.shard.drops.append(Drop(context, _word(DROP_REASONS, reason, "reason"), count))

    def imported(self, p: Payload) -> None:
        self.shard.imported.append((p.text(), p.text()))

    def collected(self, p: Payload) -> None:
        (context,) = p.take("I")
        self.shard.collected.setdefault(context, set()).add(p.text())

    def origin(self, p: Payload) -> None:
        (context,) = p.take("I")
        self.shard.origin = Origin(context, p.text(), p.text(), p.text())

    def started(self, p: Payload) -> None:
        context, process_id, recording = p.take("IIB")
        if recording not in (1, 2):
            raise ShardError(f"unknown recording {recording}")
        self.shard.started.append(Started(context, process_id, recording == 1, p.text(), p.text()))

    def overlap(self, p: Payload) -> None:
        user_shard = p.text()
        (user,) = p.take("I")
        self.shard.overlaps.append((user_shard, user, p.text()))

    def closed(self, p: Payload) -> None:
        entries, contexts = p.take("QQ")
        self.shard.closed = (entries, contexts)
