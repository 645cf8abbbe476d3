"""What debuggers, other tracers and code that looks at code see with slots in place."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fresh_process import run_recorded
from native_harness import load_native

pytestmark = pytest.mark.skipif(
    "slots" not in load_native().STRATEGIES, reason="slots are CPython 3.11's strategy"
)

HERE = Path(__file__).parent
SUBJECT = (HERE / "line_scenarios" / "subject.py").read_text()
CALLS = (
    "plain(0) plain(5) list(generator(3)) list(Iterable()) exceptions(0) exceptions(1) recursion(9) "
    "comprehensions([0,1,2]) multi_line(1) Class().nested() Class().property continued() while_else(2) "
    "while_else(9) finalizer() one_line_loop(4) nested_functions(1) try_finally(5) try_finally(2) "
    "asyncio.run(coroutine(2))"
).split(" ")

EVENTS = f"""
import json, sys
import subject
events = []
def trace(frame, event, argument):
    if frame.f_code.co_filename != subject.__file__:
        return None
    events.append((event, frame.f_code.co_name, frame.f_lineno))
    return trace
def opcodes(frame, event, argument):
    if frame.f_code.co_filename != subject.__file__:
        return None
    frame.f_trace_opcodes = True
    return opcodes
def everything(record):
    for call in {CALLS!r}:
        sys.settrace(trace if record else opcodes)
        eval(call, vars(subject))
        sys.settrace(None)
"""


def plain_output(body: str, tmp_path: Path) -> str:
    (tmp_path / "subject.py").write_text(SUBJECT)
    script = tmp_path / "plain.py"
    script.write_text(f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n" + body)
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def test_a_trace_function_sees_the_same_events(tmp_path: Path) -> None:
    body = EVENTS + "everything(True)\nprint(json.dumps(events))\n"
    expected = json.loads(plain_output(body, tmp_path))
    outcome = run_recorded(SUBJECT, body, strategy="slots")
    assert len(expected) > 300
    assert json.loads(outcome.stdout) == expected


def test_lines_are_recorded_beside_a_trace_function_and_beside_opcode_tracing() -> None:
    body = EVENTS + (
        "for number in range(3):\n"
        "    test('plain', lambda: [eval(call, vars(subject)) for call in " + repr(CALLS) + "])\n"
        "test('traced', lambda: everything(True))\n"
        "test('opcodes', lambda: everything(False))\n"
    )
    outcome = run_recorded(SUBJECT, body, strategy="slots")
    assert len(outcome.of("plain")) > 80
    assert outcome.of("traced") == outcome.of("plain")
    assert outcome.of("opcodes") == outcome.of("plain")


PDB = """
import pdb, io, sys
import subject
commands = io.StringIO("n\\nn\\ns\\nn\\nw\\nunt\\nr\\nn\\nj 8\\nn\\np x\\nc\\n")
out = io.StringIO()
debugger = pdb.Pdb(stdin=commands, stdout=out, nosigint=True, readrc=False)
debugger.use_rawinput = False
try:
    debugger.runcall(subject.multi_line, 1)
except Exception as error:
    print("raised", type(error), error, file=out)
print(out.getvalue())
"""


def test_pdb_steps_and_jumps_through_the_same_lines(tmp_path: Path) -> None:
    def normalised(text: str) -> str:
        return re.sub(r"[^ ()]*/(?=\w+\.py)", "", text)

    expected = normalised(plain_output(PDB, tmp_path))
    body = (
        "def debugged():\n"
        + "".join(f"    {line}\n" for line in PDB.splitlines())
        + "test('pdb', debugged)\n"
    )
    outcome = run_recorded(SUBJECT, body, strategy="slots")
    debugged, stepped = normalised(outcome.stdout).split("(Pdb)"), expected.split("(Pdb)")
    # The frames around the debugged call differ; every stop in the subject must not.
    assert [
        part for part in debugged if "subject.py" in part and "plain.py" not in part and "body.py" not in part
    ] == [
        part for part in stepped if "subject.py" in part and "plain.py" not in part and "body.py" not in part
    ]
    assert len(outcome.of("pdb")) >= 3


def test_coverage_py_measures_the_same_lines_and_arcs_and_so_do_we(tmp_path: Path) -> None:
    pytest.importorskip("coverage", reason="coverage.py is not installed for this interpreter")
    measure = f"""
import coverage, json, subject
def measured():
    cov = coverage.Coverage(data_file=None, config_file=False, branch=True, source=[FOLDER])
    cov.start()
    for call in {CALLS!r}:
        eval(call, vars(subject))
    cov.stop()
    print(json.dumps(sorted(cov.get_data().arcs(subject.__file__))))
"""
    expected = json.loads(plain_output(f"FOLDER = {str(tmp_path)!r}\n" + measure + "measured()\n", tmp_path))
    body = (
        measure
        + f"test('alone', lambda: [eval(call, vars(subject)) for call in {CALLS!r}])\n"
        + "test('beside', measured)\n"
    )
    outcome = run_recorded(SUBJECT, body, strategy="slots")
    assert json.loads(outcome.stdout) == expected
    assert outcome.of("beside") == outcome.of("alone")


def test_tracebacks_point_at_the_same_columns(tmp_path: Path) -> None:
    body = """
import traceback, subject
def shown():
    try:
        subject.multi_line([], {}.nope if False else
            object())
    except TypeError:
        text = traceback.format_exc()
        print("\\n".join(line for line in text.splitlines() if "File" not in line))
"""
    expected = plain_output(body + "shown()\n", tmp_path)
    outcome = run_recorded(SUBJECT, body + "test('raises', shown)\n", strategy="slots")
    assert outcome.stdout == expected
    assert "^" in expected


def test_the_types_we_hook_look_untouched() -> None:
    body = """
import builtins, types
assert not hasattr(Ellipsis, "__bool__") and bool(Ellipsis) is True and not (not ...)
assert repr(eval) == "<built-in function eval>" and eval("1 + 1") == 2
def function(): return 1
other = types.FunctionType(code=function.__code__, globals={})
assert other() == 1
class Derived(dict): pass
try:
    types.FunctionType("not code", {})
except TypeError as error:
    print(error)
generator = (n for n in range(3))
assert next(generator) == 0
generator.close()
assert list(generator) == []
function.__code__ = (lambda: 5).__code__
assert function() == 5
try:
    function.__code__ = 3
except TypeError as error:
    print(error)
"""
    outcome = run_recorded("", body, strategy="slots")
    expected = subprocess.run(
        [sys.executable, "-c", body], capture_output=True, text=True, check=True, timeout=60
    )
    assert outcome.stdout == expected.stdout
    assert outcome.stderr == ""


def test_after_stop_slots_do_nothing_and_a_second_recording_works() -> None:
    body = """
import subject
test("first", lambda: subject.plain(5))
session.stop()
subject.plain(5), subject.plain(0), list(subject.generator(2))
import shutil
session = native_harness.load_native().Session(
    directory=FOLDER + "/../again", root=FOLDER, roots=(FOLDER,), excludes=(), session_id=8,
    strategy="slots", inputs=False, state=False)
session.start()
for name in ("second", "third"):
    test(name, lambda: (subject.plain(5), list(subject.generator(2))))
shard = session.shard_path
session.stop()
for found in native_harness.shard_reader.read_shard(shard).tests:
    print(found.id, sorted(line for lines in found.lines.values() for line in lines))
"""
    outcome = run_recorded(SUBJECT, body, strategy="slots")
    first = sorted(outcome.of("first"))
    second, third = outcome.stdout.splitlines()
    assert json.loads(second.removeprefix("second ")) == json.loads(third.removeprefix("third "))
    assert set(first) < set(json.loads(second.removeprefix("second ")))
