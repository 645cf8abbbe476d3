"""The program: frames in, answers out, whatever the sources are."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from typing import Any

import pytest
from sources import PACKAGE

from testalibi.source_units.protocol import answer_for

PROGRAM = PACKAGE / "source_units" / "__main__.py"
FORMAT = PACKAGE / "source_units" / "FORMAT.md"
SMALL = (PACKAGE / "source_units" / "reads.py").read_bytes()


pytestmark = pytest.mark.filterwarnings("ignore:invalid", "ignore:.*syntax", "ignore:.*in a .finally")


def frame(source: bytes, name: str = "a.py") -> bytes:
    return json.dumps({"name": name, "bytes": len(source)}).encode() + b"\n" + source


def run(data: bytes, *options: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, *(options or ("-I", "-S", str(PROGRAM)))],
        input=data, env={**os.environ, **variables}, capture_output=True, cwd="/", timeout=120,
    )  # fmt: skip


def answers(data: bytes) -> list[dict[str, Any]]:
    done = run(data)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_answers_come_in_order() -> None:
    sources = [b"A = 1\n", b"", b"B = \xe4\n", b"# -*- coding: latin-1 -*-\nC = '\xe4'\n", b"def"]
    found = answers(b"".join(map(frame, sources)))
    assert [("error" in each, [unit["binds"] for unit in each.get("statements", ())]) for each in found] == [
        (False, [["A"]]),
        (False, []),
        (True, []),
        (False, [["C"]]),
        (True, []),
    ]


def test_nothing_in_nothing_out() -> None:
    assert answers(b"") == []


def test_it_also_runs_as_a_module() -> None:
    done = run(frame(SMALL), "-m", "testalibi.source_units", PYTHONPATH=str(PACKAGE.parent))
    assert done.returncode == 0
    assert done.stdout == run(frame(SMALL)).stdout


@pytest.mark.parametrize(
    "data",
    [
        b"hello\n",
        b"{}\n",
        b"[1]\n",
        b'{"name": "a", "bytes": -1}\n',
        b'{"name": "a", "bytes": true}\n',
        b'{"name": "a", "bytes": 1.5}\n',
        b'{"name": 1, "bytes": 1}\nx',
        b'{"name": "a", "bytes": 5}\nx=1',
        b'{"name": "a", "bytes": 99999999999999}\nx',
        b"\xff\xfe\n",
        b"[" * 100_000 + b"\n",
        b'{"name": "a", "bytes": 1}',
    ],
)
def test_a_garbled_frame_ends_the_program(data: bytes) -> None:
    done = run(frame(b"A = 1\n") + data)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert len(done.stdout.splitlines()) == 1
    assert json.loads(done.stdout)["version"] == 1


def test_nobody_reading_is_no_crash() -> None:
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(PROGRAM)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.close()
    process.stdin.write(frame(SMALL) * 20)
    process.stdin.close()
    assert process.wait(60) == 1
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()


def test_the_same_text_in_every_process() -> None:
    sets = b"NAMES = x in {'a', 'b', 'c', 'd'}\ndef f(): return y in {1, 'two', b'three', (4, 5), None}\n"
    data = frame(SMALL) + frame(sets)
    first, second = (run(data, "-S", str(PROGRAM), PYTHONHASHSEED=seed) for seed in ("1", "2"))
    assert first.stdout == second.stdout
    assert b"error" not in first.stdout
    moved = frame(SMALL, "/another/place.py") + frame(sets)
    assert run(moved).stdout == first.stdout


def test_sources_are_not_run() -> None:
    source = b"import sys\nsys.exit(7)\nimport os; os._exit(8)\n1/0\n"
    (found,) = answers(frame(source))
    assert len(found["statements"]) == 5


def test_warnings_of_the_compiler_stay_inside() -> None:
    source = (
        b"x = 1 is 1\nassert (x, 'always')\ny = '\\d'\nz = 1()\ndef f():\n  try: pass\n  finally: return 1\n"
    )
    assert "error" not in answers(frame(source))[0]
    done = run(frame(source), "-W", "error", "-I", "-S", str(PROGRAM))
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"error" not in done.stdout


def test_errors_say_what_and_where() -> None:
    assert answer_for(b"a = 1\n\ndef f(:\n") == {"error": answer_for(b"a = 1\n\ndef f(:\n")["error"]}
    error = answer_for(b"a = 1\n\ndef f(:\n")["error"]
    assert error.startswith("SyntaxError: ")
    assert error.endswith(" line 3")
    assert answer_for(b"a = 1\n\n\nreturn\n")["error"] == "SyntaxError: 'return' outside function line 4"
    assert "null byte" in answer_for(b"a\0b")["error"]
    assert "IndentationError" in answer_for(b"if x:\npass")["error"]


def nested(depth: int) -> dict[str, bytes]:
    return {
        "parentheses": b"x=" + b"(" * depth + b"1" + b")" * depth,
        "sum": b"x=" + b"+".join([b"a"] * depth),
        "attributes": b"x=a" + b".b" * depth,
        "calls": b"x=a" + b"()" * depth,
        "negations": b"x=" + b"not " * depth + b"1",
        "signs": b"x=" + b"-" * depth + b"1",
        "lambdas": b"x=" + b"lambda:" * depth + b"1",
        "choices": b"x=" + b"a if b else " * depth + b"c",
        "branches": b"if a: pass\n" + b"elif a: pass\n" * depth,
        "functions": b"".join(b" " * i + b"def f():\n" for i in range(min(depth, 200))) + b" " * 200 + b"1\n",
        "open": b"x=" + b"[" * depth,
    }


@pytest.mark.parametrize("depth", [80, 2_000, 30_000])
def test_deep_nesting_costs_at_most_its_own_answer(depth: int) -> None:
    sources = nested(depth)
    found = answers(b"".join(map(frame, sources.values())) + frame(b"A = 1\n"))
    assert len(found) == len(sources) + 1
    assert "error" not in found[-1]
    if depth == 80:
        assert [name for name, each in zip(sources, found) if "error" in each] == ["open"]


@pytest.mark.parametrize(
    "source", [b"x=9**9**9\n", b"x=1<<10**9\n", b"x='a'*10**10\n", b"x=" + b"9" * 5000, b"x=1e999-1e999\n"]
)
def test_large_values_are_not_made(source: bytes) -> None:
    began = time.monotonic()
    answer_for(source)
    assert time.monotonic() - began < 5


HOSTILE = '''\
# -*- coding: utf-8 -*-
"""Doc \\N{BULLET} ü."""
from __future__ import annotations
import os, sys as s
from .a import *
@d(x=[1, 2], y={"a": f"{b!r:>{c}}"})
class C(B, metaclass=M):
    """Doc."""
    global g
    a: int = 1; __b = 2
    @property
    async def f(self, a, /, b: "T" = 1, *c, d, **e) -> None:
        async with a as b, c:
            async for x in y: yield [i async for i in z if i]
        await q
        try: raise X from Y
        except (A, B) as e: pass
        else: del x.y, z[1:2:3]
        finally: return
    def g(): return lambda *a, **k: (yield)
if a and (b or not c): x = 1
elif a is not b: x, *y = y[::2], {**z}, {*w}
else:
    while True:
        if x: break
        continue
    global hh
with a: assert b, "c"
print(f"{x=}", 1j, 0xFF, 1_000.5e-3, b"\\x00", r"\\d", ...) ; x: y.z[int]
def h(a, b=(c := 1)): nonlocal_ = 1; return (yield from a) if b else a @ b // c ** -d
'''
HOSTILE_BYTES = (
    HOSTILE + HOSTILE.split("\n", 3)[3].replace("class C", "class D").replace("global hh", "hh")
).encode()


def test_truncated_anywhere() -> None:
    assert "error" not in answer_for(HOSTILE_BYTES)
    for length in range(len(HOSTILE_BYTES)):
        found = answer_for(HOSTILE_BYTES[:length])
        assert ("error" in found) != ("version" in found)


def test_random_bytes() -> None:
    generator = random.Random(20_000)  # noqa: S311
    for _ in range(400):
        found = answer_for(bytes(generator.randrange(256) for _ in range(generator.randrange(60))))
        assert ("error" in found) != ("version" in found)
    for _ in range(400):
        damaged = bytearray(HOSTILE_BYTES)
        for _ in range(generator.randrange(1, 4)):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        found = answer_for(bytes(damaged))
        assert "error" not in found or not found["error"].startswith(
            ("TypeError", "AttributeError", "KeyError")
        )


def test_a_file_of_60_000_lines() -> None:
    lines = b"".join(b"def f%d(a):\n    return a + g%d\nx%d = 1\n" % (i, i, i) for i in range(20_000))
    (found,) = answers(frame(lines))
    assert (len(found["functions"]), len(found["statements"])) == (20_000, 40_000)


def keys_in(section: str) -> set[str]:
    text = FORMAT.read_text(encoding="utf-8")
    part = text.split(section, 1)[1].split("\n##", 1)[0]
    cells = [line.split("|")[1] for line in part.splitlines() if line.startswith("| `")]
    return {name.strip("` ") for cell in cells for name in cell.split(",")}


def test_the_format_is_written_down() -> None:
    found = answer_for(HOSTILE_BYTES)
    assert set(found) == keys_in("## Answer")
    assert {key for unit in found["functions"] for key in unit} == keys_in("### FUNCTION")
    assert {key for unit in found["statements"] for key in unit} == keys_in("### STATEMENT")
    everything = answer_for(b"def f():\n global w\n import a\n w = g.b, 'a.b', importlib\n")
    assert set(everything["functions"][0]["reads"]) == keys_in("### READS")


def test_little_is_imported() -> None:
    done = run(b"", "-I", "-S", "-X", "importtime", str(PROGRAM))
    imported = {line.rpartition(b"|")[2].strip().decode() for line in done.stderr.splitlines()}
    own = {name for name in imported if name.split(".")[0] == "testalibi"}
    assert own - {"testalibi"} == {name for name in own if name.startswith("testalibi.source_units")} != set()
    assert not imported & {
        "dis",
        "inspect",
        "pytest",
        "subprocess",
        "typing_extensions",
        "_hashlib",
        "logging",
    }
