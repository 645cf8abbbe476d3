"""Instrumenting changes nothing but the slots: instructions, jumps, handlers and positions map one to one.

The check shares no code with the extension: it decodes both code objects by itself and takes the slots
out again.
"""

from __future__ import annotations

import dis
import marshal
import sys
import sysconfig
import types
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from native_harness import Recording, load_native

pytestmark = pytest.mark.skipif(
    "slots" not in load_native().STRATEGIES, reason="slots are CPython 3.11's strategy"
)

FILES = 320
METADATA = (
    "co_argcount co_posonlyargcount co_kwonlyargcount co_flags co_names co_varnames co_freevars "
    "co_cellvars co_filename co_name co_qualname co_firstlineno"
).split()
Decoded = list[tuple[int, int, int, int, Any]]  # (unit, units, opcode, argument, position)


def decode(code: types.CodeType) -> Decoded:
    bytes_, positions = code.co_code, list(code.co_positions())
    caches: list[int] = dis._inline_cache_entries  # type: ignore[attr-defined]
    found: Decoded = []
    unit, units = 0, len(bytes_) // 2
    while unit < units:
        start, argument = unit, bytes_[2 * unit + 1]
        while bytes_[2 * unit] == dis.EXTENDED_ARG:
            unit += 1
            argument = argument << 8 | bytes_[2 * unit + 1]
        opcode = bytes_[2 * unit]
        unit += 1 + caches[opcode]
        assert len(set(positions[start:unit])) == 1
        found.append((start, unit - start, opcode, argument, positions[start]))
    return found


def slots_in(code: types.CodeType, instructions: Decoded) -> set[int]:
    """Indexes of the instructions that stand for slots: marked NOPs, of one location."""
    nop, units = dis.opmap["NOP"], {0xA4: 4, 0xA5: 5}
    found: set[int] = set()
    for i, (_, _, opcode, argument, position) in enumerate(instructions):
        if opcode != nop or argument == 0 or i in found:
            continue
        slot = instructions[i : i + units[argument]]
        assert {(opcode, position) for _, _, opcode, _, position in slot} == {(nop, position)}
        assert [argument for _, _, _, argument, _ in slot[1:]] == [0x1B, *[0] * (len(slot) - 2)]
        found |= set(range(i, i + len(slot)))
    return found


def jump_target(instruction: tuple[int, int, int, int, Any]) -> int | None:
    unit, units, opcode, argument, _ = instruction
    if opcode not in dis.hasjrel:
        return None
    return unit + units + (-argument if "BACKWARD" in dis.opname[opcode] else argument)


def assert_twin(plain: types.CodeType, twin: types.CodeType) -> int:
    assert [getattr(plain, name) for name in METADATA] == [getattr(twin, name) for name in METADATA]
    assert twin.co_stacksize == plain.co_stacksize + 1
    before, after = decode(plain), decode(twin)
    slots = slots_in(twin, after)
    kept = [i for i in range(len(after)) if i not in slots]
    assert len(before) == len(kept)
    # Where a unit of the original went: to the first slot in front of it, which is where jumps must go.
    moved: dict[int, int] = {}
    previous = -1
    for original, index in zip(before, kept):
        moved[original[0]] = after[previous + 1][0]
        previous = index
    moved[len(plain.co_code) // 2] = len(twin.co_code) // 2
    for original, index in zip(before, kept):
        instruction = after[index]
        assert (original[2], original[4]) == (instruction[2], instruction[4])
        target = jump_target(original)
        if target is None:
            assert original[3] == instruction[3]
        else:
            assert jump_target(instruction) == moved[target]
    parse = dis._parse_exception_table  # type: ignore[attr-defined]
    expected = [
        (moved[e.start // 2], moved[e.end // 2], moved[e.target // 2], e.depth, e.lasti) for e in parse(plain)
    ]
    assert expected == [(e.start // 2, e.end // 2, e.target // 2, e.depth, e.lasti) for e in parse(twin)]
    assert_every_line_has_a_slot(plain, twin, after, slots)
    return len(slots)


def assert_every_line_has_a_slot(
    plain: types.CodeType, twin: types.CodeType, after: Decoded, slots: set[int]
) -> None:
    resume = dis.opmap["RESUME"]
    instructions = decode(plain)
    first = next(i for i, instruction in enumerate(instructions) if instruction[2] == resume)
    lines = {i[4][0] for i in instructions[first:] if i[2] != resume and i[4][0]}
    with_slot = {after[i][4][0] for i in slots}
    # Unreachable code (after a constant condition) is the only code without; the compiler leaves none of it.
    assert lines <= with_slot, (plain, sorted(lines - with_slot))


def pairs(plain: types.CodeType, twin: types.CodeType) -> Iterator[tuple[types.CodeType, types.CodeType]]:
    yield plain, twin
    extra = len(twin.co_consts) - len(plain.co_consts)
    assert extra == 0 or (extra == 1 and twin.co_consts[-1] is Ellipsis)
    for one, other in zip(plain.co_consts, twin.co_consts):
        if isinstance(one, types.CodeType):
            yield from pairs(one, other)
        else:
            assert type(one) is type(other)
            assert one == other or one != one


def library_files() -> list[Path]:
    library = Path(sysconfig.get_path("stdlib"))
    found = sorted(
        p
        for p in library.rglob("*.py")
        if "/test" not in str(p) and "packages" not in str(p) and "lib2to3" not in str(p)
    )
    return found[:: max(1, len(found) // FILES)][:FILES]


def test_every_instruction_of_the_standard_library_survives(tmp_path: Path) -> None:
    codes = slots = files = 0
    with Recording(tmp_path, strategy="slots") as recording:
        for path in library_files():
            source = path.read_bytes()
            try:
                module = compile(source, str(tmp_path / path.name), "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                continue
            files += 1
            twin = recording.session.instrument(module)
            assert twin is not module
            for plain, instrumented in pairs(module, twin):
                slots += assert_twin(plain, instrumented)
                codes += 1
        assert recording.session.drops() == {}
    assert files >= 300
    assert codes > 5000
    assert slots > 50000


def test_code_with_more_constants_and_lines_than_two_bytes_count_is_instrumented(tmp_path: Path) -> None:
    lines = 70_000
    source = "".join(f"x = {n}.5\n" for n in range(lines))
    module = compile(source, str(tmp_path / "large.py"), "exec")
    with Recording(tmp_path, strategy="slots") as recording:
        twin = recording.session.instrument(module)
        (slots,) = {len(slots_in(code, decode(code))) for code in [twin]}
        assert slots == 5 * lines
        with recording.test("large"):
            exec(twin, {})
        with recording.test("again"):
            exec(twin, {})
        assert recording.session.drops() == {}
    found = recording.lines(triggered=True)
    expected = {("large.py", line) for line in range(1, lines + 1)}
    assert found["large"] == expected
    assert found["again"] == expected


def test_damaged_code_objects_are_refused_or_instrumented_but_never_crash(tmp_path: Path) -> None:
    """Hostile: tables and bytes of every kind, cut and flipped. Nothing of it is run."""
    random = Random(11)
    source = (Path(__file__).parent / "line_scenarios" / "subject.py").read_text()
    module = compile(source, str(tmp_path / "m.py"), "exec")
    opcodes = [number for name, number in dis.opmap.items() if name != "EXTENDED_ARG"]
    functions = [code for code in module.co_consts if isinstance(code, types.CodeType)]
    with Recording(tmp_path, strategy="slots") as recording:
        for number in range(3000):
            code = random.choice(functions)
            name = random.choice(["co_code", "co_linetable", "co_exceptiontable"])
            damaged = bytearray(getattr(code, name))
            for _ in range(random.randint(1, 4)):
                if name == "co_code":
                    # CPython itself writes out of bounds when the last instruction lacks its caches.
                    at = random.randrange(max(1, len(damaged) // 2 - 16)) * 2
                    damaged[at] = random.choice(opcodes)
                    damaged[at + 1] = random.randrange(256)
                elif damaged:
                    damaged[random.randrange(len(damaged))] = random.randrange(256)
            if name != "co_code" and random.random() < 0.3:
                del damaged[random.randrange(len(damaged) + 1) :]
            strange = code.replace(**{name: bytes(damaged), "co_firstlineno": number + 1})
            result = recording.session.instrument(strange)
            assert isinstance(result, types.CodeType)
            assert recording.session.instrument(result) is result
        drops = recording.session.drops()
        assert 0 < drops["refused-code"] < 3000


def test_the_same_code_gives_the_same_twin(tmp_path: Path) -> None:
    module = compile("def f():\n    return 1\n", str(tmp_path / "m.py"), "exec")
    with Recording(tmp_path, strategy="slots") as recording:
        twin = recording.session.instrument(module)
        assert recording.session.instrument(module) is twin
        assert recording.session.instrument(twin) is twin
        copy = marshal.loads(marshal.dumps(twin))
        assert recording.session.instrument(copy) is copy


def test_code_outside_the_project_is_left_alone(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    module = compile("x = 1\n", str(tmp_path / "outside.py"), "exec")
    with Recording(inside, strategy="slots") as recording:
        assert recording.session.instrument(module) is module


def test_a_code_object_that_no_compiler_made_is_refused_and_counted(tmp_path: Path) -> None:
    good = compile("def f():\n    return 1\n", str(tmp_path / "m.py"), "exec").co_consts[0]
    assert sys.version_info[:2] == (3, 11)
    without_resume = good.replace(co_code=bytes([dis.opmap["LOAD_CONST"], 1, dis.opmap["RETURN_VALUE"], 0]))
    with Recording(tmp_path, strategy="slots") as recording:
        assert recording.session.instrument(without_resume) is without_resume
        assert recording.session.drops() == {"refused-code": 1}
