"""A session starts whole or not at all, and leaves the interpreter as it was."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Callable

import native_harness
import pytest

Script = Callable[..., str]
needs_monitoring = pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring begins with 3.12")

PRELUDE = """
import os, sys, native_harness
root = sys.argv[1]
open(os.path.join(root, "sample.py"), "w").write("def f(x):\\n    y = x\\n    return y\\n")
sys.path.insert(0, root)
native = native_harness.load_native()
"""


@pytest.mark.usefixtures("monitoring")
def test_first_strategy_is_taken_and_nothing_is_dropped(script: Script) -> None:
    said = script(
        PRELUDE
        + """
with native_harness.Recording(root) as recording:
    import sample
    with recording.test("t"):
        sample.f(1)
    print(recording.session.strategy == native.STRATEGIES[0], repr(recording.session.strategy_reason))
    print(recording.session.shard_path == recording.shards()[0].path)
is_best = recording.session.strategy == native.STRATEGIES[0]
print(sorted(recording.lines()["t"]), recording.session.drops(), is_best)
"""
    )
    assert said.splitlines() == ["True ''", "True", "[('sample.py', 2), ('sample.py', 3)] {} True"]


def test_stop_is_idempotent_and_methods_after_it_do_nothing(script: Script) -> None:
    said = script(
        PRELUDE
        + """
recording = native_harness.Recording(root)
session = recording.session
session.stop()
session.start()
session.start()
context = session.begin_test("t")
session.end_test(context, "passed", 7, "why")
session.stop()
session.stop()
print(session.begin_test("u"), session.begin_context("fixture", "f"), session.drops(),
      session.statistics()["files"])
session.end_test(1, "passed", 0)
session.end_context(1)
session.resume_context(1)
session.charge(1, 2)
session.record_input("option", "x", content=b"y")
session.record_imported("m", "/m.py")
code = (lambda: 1).__code__
print(session.instrument(code) is code)
(test,) = recording.shard().tests
print(test.id, test.outcome, test.duration_ns, test.reason)
"""
    )
    assert said.splitlines() == ["0 0 {} 0", "True", "t passed 7 why"]


@pytest.mark.usefixtures("monitoring")
def test_a_second_session_records_what_the_first_left_out(script: Script) -> None:
    said = script(
        PRELUDE
        + """
import sample
other = os.path.join(root, "other")
os.mkdir(other)
with native_harness.Recording(other) as first:
    sample.f(1)
for strategy in native.STRATEGIES:
    with native_harness.Recording(root, strategy=strategy) as second:
        with second.test("t"):
            sample.f(1)
    print(sorted(second.lines()["t"]))
"""
    )
    assert said.splitlines() == ["[('sample.py', 2), ('sample.py', 3)]"] * len(
        native_harness.load_native().STRATEGIES
    )


def test_two_at_once_are_refused(script: Script) -> None:
    said = script(
        PRELUDE
        + """
with native_harness.Recording(root):
    try:
        native_harness.Recording(root).session.start()
    except native.Error as error:
        print(error, error.status)
"""
    )
    assert said.strip() == "a recording already runs in this process 1"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("strategy='magic'", 'there is no strategy "magic" for this interpreter'),
        ("directory='/proc/nowhere/session'", "/proc/nowhere"),
    ],
)
def test_a_session_that_cannot_start_says_why(script: Script, options: str, message: str) -> None:
    said = script(
        PRELUDE
        + f"""
try:
    native_harness.Recording(root, {options}).session.start()
except native.Error as error:
    print(error.status, error)
if sys.version_info >= (3, 12):
    assert all(sys.monitoring.get_tool(tool) is None for tool in range(6))
assert sys.gettrace() is None
"""
    )
    assert message in said


def test_callers_mistakes_raise(native: Any, tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        native.Session()
    with pytest.raises(TypeError):
        native.Session(str(tmp_path))
    with pytest.raises(ValueError, match="role"):
        native.Session(directory="d", root="r", roots=(), excludes=(), session_id=1, role="boss")
    session = native.Session(directory="d", root="r", roots=(), excludes=(), session_id=1)
    with pytest.raises(ValueError, match="outcome"):
        session.end_test(1, "splendid", 0)
    with pytest.raises(TypeError):
        session.begin_test(b"bytes")
    with pytest.raises(RuntimeError):
        native.Session.__new__(native.Session).start()


def test_names_outside_utf8_survive(script: Script) -> None:
    said = script(
        PRELUDE
        + """
with native_harness.Recording(root) as recording:
    with recording.test("sch\\u00f6n \\udcff"):
        pass
(test,) = recording.shard().tests
print(ascii(test.id))
"""
    )
    assert said.strip() == ascii("sch\u00f6n \udcff")


@needs_monitoring
@pytest.mark.usefixtures("monitoring")
def test_stop_takes_every_probe_out(script: Script) -> None:
    said = script(
        PRELUDE
        + """
import sample
for strategy in ("self", "restart"):
    with native_harness.Recording(root, strategy=strategy) as recording:
        with recording.test("t"):
            sample.f(1)
        assert sys.monitoring.get_tool(3) == "alibi"
    assert sys.monitoring.get_tool(3) is None
    seen = []
    sys.monitoring.use_tool_id(3, "next")
    events = sys.monitoring.events
    for event in (events.LINE, events.PY_START, events.PY_RETURN):
        sys.monitoring.register_callback(3, event, lambda *a: seen.append(a))
    print(sys.monitoring.get_local_events(3, sample.f.__code__), sample.f(1), seen)
    sys.monitoring.free_tool_id(3)
"""
    )
    assert said.splitlines() == ["0 1 []"] * 2


@needs_monitoring
@pytest.mark.usefixtures("monitoring")
def test_the_next_free_tool_id_is_taken(script: Script) -> None:
    said = script(
        PRELUDE
        + """
sys.monitoring.use_tool_id(3, "three")
with native_harness.Recording(root) as recording:
    print([sys.monitoring.get_tool(i) for i in range(6)])
for i in (2, 4, 5):
    sys.monitoring.use_tool_id(i, f"tool {i}")
with native_harness.Recording(root) as recording:
    print(recording.session.strategy, "|", recording.session.strategy_reason)
try:
    native_harness.Recording(root, strategy="self").session.start()
except native.Error as error:
    print(error)
"""
    )
    first, second, third = said.splitlines()
    assert first == "[None, None, None, 'three', 'alibi', None]"
    reason = "all tool ids of sys.monitoring are taken (3: three, 4: tool 4, 2: tool 2, 5: tool 5)"
    assert second == f"trace | self: {reason}; restart: {reason}"
    assert third == f"self: {reason}"


def test_a_forked_child_records_into_a_shard_of_its_own(script: Script) -> None:
    said = script(
        PRELUDE
        + """
open(os.path.join(root, "late.py"), "w").write("def g():\\n    return 1\\n")
with native_harness.Recording(root) as recording:
    import sample
    with recording.test("t"):
        sample.f(1)
        child = os.fork()
        if child == 0:
            import late
            late.g()
            os._exit(0)
        os.waitpid(child, 0)
    with recording.test("u"):
        sample.f(1)
print(sorted(shard.process.role for shard in recording.shards()))
lines = recording.lines()
print(sorted(lines["t"]), sorted(lines["u"]))
"""
    )
    roles, lines = said.splitlines()
    assert roles == "['child', 'main']"
    assert (
        lines == "[('late.py', 2), ('sample.py', 2), ('sample.py', 3)] [('sample.py', 2), ('sample.py', 3)]"
    )


def test_a_child_forked_while_other_threads_run_goes_on(script: Script) -> None:
    said = script(
        PRELUDE
        + """
import threading, warnings
warnings.simplefilter("ignore")
with native_harness.Recording(root) as recording:
    import sample
    go = threading.Event()
    def work():
        while not go.is_set():
            sample.f(1)
    threads = [threading.Thread(target=work) for _ in range(2)]
    [t.start() for t in threads]
    for number in range(5):
        with recording.test(str(number)):
            child = os.fork()
            if child == 0:
                context = recording.session.begin_test("child")
                sample.f(2)
                recording.session.end_test(context, "passed", 0)
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
    go.set()
    [t.join() for t in threads]
print(sorted(recording.lines()["child"]))
"""
    )
    assert said.strip() == "[('sample.py', 2), ('sample.py', 3)]"


SUBINTERPRETER = """
import importlib
for name in ("_interpreters", "_xxsubinterpreters"):
    try:
        interpreters = importlib.import_module(name)
        break
    except ImportError:
        pass
def run_in(source):
    interpreter = interpreters.create()
    try:
        result = interpreters.run_string(interpreter, source)
        if result is not None:
            raise RuntimeError(str(result))
    finally:
        interpreters.destroy(interpreter)
"""


@pytest.mark.skipif(sys.version_info < (3, 9), reason="sub-interpreters can be made from 3.9 on")
def test_sub_interpreters_run_beside_and_are_refused_with_one_sentence(script: Script) -> None:
    said = script(
        PRELUDE
        + SUBINTERPRETER
        + """
project = f"import sys; sys.path.insert(0, {root!r}); import sample; assert sample.f(3) == 3"
with native_harness.Recording(root) as recording:
    import sample
    with recording.test("before"):
        sample.f(1)
    with recording.test("t"):
        run_in(project)
        sample.f(1)
    with recording.test("after"):
        sample.f(1)
    run_in(project)
    print(*recording.session.drops())
drops = {(d.context, d.reason) for d in recording.shard().drops if d.context == 2}
print(sorted(recording.lines()["t"]), drops)
source = f'''
import sys
sys.path[:0] = {sys.path!r}
import native_harness
try:
    native_harness.load_native()
except ImportError as error:
    text = str(error)
    assert "sub-interpreter" in text or "subinterpreter" in text, text
else:
    raise AssertionError("was imported")
'''
run_in(source)
""",
        environment={"ALIBI_NATIVE_DIR": os.environ.get("ALIBI_NATIVE_DIR", "")},
    )
    assert said.splitlines() == [
        "subinterpreter", "[('sample.py', 2), ('sample.py', 3)] {(2, 'subinterpreter')}"
    ]  # fmt: skip


@pytest.mark.skipif(native_harness.is_sanitized(), reason="a sanitizer's build is no measure")
def test_import_takes_less_than_two_milliseconds(script: Script) -> None:
    times = [
        float(
            script(
                """
import importlib.machinery, importlib.util, sys, time, native_harness
path = sys.argv[2]
start = time.perf_counter()
spec = importlib.util.spec_from_file_location("testalibi._native", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(time.perf_counter() - start)
""",
                str(native_harness.load_native().__file__),
            )
        )
        for _ in range(7)
    ]
    assert min(times) < 0.002
