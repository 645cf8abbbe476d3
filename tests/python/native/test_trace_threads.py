"""The trace function in threads, beside other trace functions, and when somebody takes it out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fresh_process import run_recorded

SUBJECT = """
import threading
def function(x):
    y = x
    return y
def waits(event, reached):
    reached.set()
    event.wait(10)
    after = 1
    return after
def generator():
    yield 1
    yield 2
def raises():
    try:
        raise ValueError
    except ValueError:
        return 1
"""
PUBLIC_THREADS_ONLY = pytest.mark.skipif(
    sys.version_info >= (3, 12),
    reason="from 3.12 on CPython sets another thread's trace function only together with all",
)


def test_threads_started_in_any_way_are_traced() -> None:
    body = """
import _thread, threading, time, concurrent.futures, subject
def raw():
    done = threading.Event()
    _thread.start_new_thread(lambda: (subject.function(1), done.set()), ())
    done.wait(10)
def pool():
    with concurrent.futures.ThreadPoolExecutor(2) as executor:
        assert list(executor.map(subject.function, range(4))) == [0, 1, 2, 3]
def thread():
    started = threading.Thread(target=subject.function, args=(1,))
    started.start()
    started.join()
for name, function in dict(raw=raw, pool=pool, thread=thread).items():
    test(name, function)
"""
    outcome = run_recorded(SUBJECT, body, strategy="trace")
    for test in ("raw", "pool", "thread"):
        assert outcome.of(test) == {4, 5}, test
    assert outcome.drops == {}


def test_a_thread_that_ran_before_the_start_and_one_that_lives_across_tests_are_traced() -> None:
    body = """
import threading, subject
def waiting():
    event, reached = threading.Event(), threading.Event()
    thread = threading.Thread(target=subject.waits, args=(event, reached))
    thread.start()
    reached.wait(10)
    return event, thread
early_event, early = waiting()
start()
test("early wakes", lambda: (early_event.set(), early.join()))
late_event = late = None
def starts():
    global late_event, late
    late_event, late = waiting()
test("late starts", starts)
test("between", lambda: None)
test("late wakes", lambda: (late_event.set(), late.join()))
"""
    outcome = run_recorded(SUBJECT, body, strategy="trace", started=False)
    assert outcome.of("early wakes") == {9, 10}
    assert outcome.of("late starts") == {7, 8}
    assert outcome.of("between") == set()
    assert outcome.of("late wakes") == {9, 10}


SETTRACE = """
import json, sys, threading
import subject
events = []
def trace(frame, event, argument):
    if frame.f_code.co_filename != subject.__file__:
        return None
    events.append((event, frame.f_code.co_name, frame.f_lineno))
    return trace
def all_of_it():
    subject.function(1)
    list(subject.generator())
    subject.raises()
def traced():
    assert sys.gettrace() is None
    sys.settrace(trace)
    assert sys.gettrace() is trace
    all_of_it()
    sys.settrace(None)
    assert sys.gettrace() is None
    subject.function(2)
def threads():
    threading.settrace(trace)
    thread = threading.Thread(target=all_of_it)
    thread.start()
    thread.join()
    threading.settrace(None)
def failing():
    def broken(frame, event, argument):
        raise KeyError(event)
    sys.settrace(broken)
    try:
        subject.function(1)
    except KeyError:
        events.append(("raised", sys.gettrace() is None))
    subject.function(1)
"""


def plain_events(tmp_path: Path) -> str:
    (tmp_path / "subject.py").write_text(SUBJECT)
    script = tmp_path / "plain.py"
    script.write_text(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        + SETTRACE
        + "traced(); threads(); failing()\nprint(json.dumps(events))\n"
    )
    return subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=True
    ).stdout


def test_trace_functions_of_tests_work_and_cost_us_nothing(tmp_path: Path) -> None:
    body = (
        SETTRACE
        + "for f in (all_of_it, traced, threads, failing):\n    test(f.__name__, f)\n"
        + "print(json.dumps(events))\n"
    )
    outcome = run_recorded(SUBJECT, body, strategy="trace")
    assert json.loads(outcome.stdout) == json.loads(plain_events(tmp_path))
    for test in ("traced", "threads"):
        assert outcome.of(test) == outcome.of("all_of_it"), test
    assert outcome.of("failing") == {4, 5}
    assert outcome.drops == {}


def test_a_trace_function_that_was_there_before_us_goes_on() -> None:
    body = (
        SETTRACE
        + """
sys.settrace(trace)
start()
assert sys.gettrace() is trace
test("both", all_of_it)
print(len(events))
session.stop()
assert sys.gettrace() is trace
all_of_it()
print(len(events))
sys.settrace(None)
"""
    )
    outcome = run_recorded(SUBJECT, body, strategy="trace", started=False)
    assert outcome.of("both") == {4, 5, 12, 13, 15, 16, 17, 18}
    first, second = map(int, outcome.stdout.split())
    assert first > 10
    assert second == 2 * first


@PUBLIC_THREADS_ONLY
def test_a_tracer_that_evicts_us_from_c_is_counted_for_that_test_and_survives_beside_us(
    tmp_path: Path,
) -> None:
    """PyEval_SetTrace from C, as coverage.py's tracer does: sys.settrace cannot be asked about it."""
    body = (
        SETTRACE
        + """
import ctypes
def evicts():
    ctypes.pythonapi.PyEval_SetTrace(None, None)
    all_of_it()
test("before", all_of_it)
test("evicted", evicts)
test("after", all_of_it)
path = session.shard_path
session.stop()
shard = native_harness.shard_reader.read_shard(path)
names = {number: context.name for number, context in shard.contexts.items()}
print([(names.get(drop.context), drop.reason) for drop in shard.drops])
"""
    )
    outcome = run_recorded(SUBJECT, body, strategy="trace")
    assert outcome.of("evicted") == set()
    assert outcome.of("after") == outcome.of("before")
    assert outcome.drops == {"tracer-evicted": 1}
    assert outcome.stdout == "[('evicted', 'tracer evicted')]\n"


def test_coverage_py_measures_the_same_lines_beside_us(tmp_path: Path) -> None:
    pytest.importorskip("coverage", reason="coverage.py is not installed for this interpreter")
    measure = """
import coverage, json
import subject
def all_of_it():
    subject.function(1), list(subject.generator()), subject.raises()
cov = coverage.Coverage(data_file=None, config_file=False, source=[FOLDER])
cov.start()
"""
    stop = "cov.stop()\nprint(json.dumps(sorted(cov.get_data().lines(subject.__file__))))\n"
    (tmp_path / "subject.py").write_text(SUBJECT)
    script = tmp_path / "plain.py"
    script.write_text(
        f"import sys; FOLDER = {str(tmp_path)!r}\nsys.path.insert(0, FOLDER)\n"
        + measure
        + "all_of_it()\n"
        + stop
    )
    expected = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    outcome = run_recorded(
        SUBJECT, measure + "start()\ntest('both', all_of_it)\n" + stop, strategy="trace", started=False
    )
    assert outcome.stdout == expected
    assert outcome.of("both") == {4, 5, 12, 13, 15, 16, 17, 18}


def test_pdb_stops_in_frames_that_we_had_told_to_be_quiet(tmp_path: Path) -> None:
    """After set_trace(), `up` and `next` need line events of callers outside the project."""
    body = """
import io, pdb
import subject
out = io.StringIO()
def caller():
    debugger = pdb.Pdb(stdin=io.StringIO("n\\nn\\nn\\nc\\n"), stdout=out, nosigint=True, readrc=False)
    debugger.use_rawinput = False
    debugger.set_trace()
    a = subject.function(1)
    b = a
    return b
def outer():
    return caller()
"""
    (tmp_path / "subject.py").write_text(SUBJECT)
    script = tmp_path / "plain.py"
    script.write_text(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n" + body + "outer()\nprint(out.getvalue())\n"
    )
    plain = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    outcome = run_recorded(SUBJECT, body + "test('pdb', outer)\nprint(out.getvalue())\n", strategy="trace")
    stops = [line for line in plain.splitlines() if line.startswith("->")]
    assert len(stops) >= 3
    assert [line for line in outcome.stdout.splitlines() if line.startswith("->")] == stops
    assert outcome.of("pdb") == {4, 5}
