"""Every road by which code comes to run: loaded before the start, dynamic, copied, in other threads."""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from fresh_process import run_recorded
from native_harness import load_native

pytestmark = pytest.mark.skipif(
    "slots" not in load_native().STRATEGIES, reason="slots are CPython 3.11's strategy"
)

SUBJECT = """
def function(x):
    y = x + 1
    def inner(z):
        return z + y
    return inner(x)
def generator(n):
    for i in range(n):
        yield i
    return n
class Class:
    def method(self):
        return 1
    @staticmethod
    def static():
        return 2
    @property
    def value(self):
        return 3
def waits(event, reached):
    reached.set()
    event.wait(10)
    after = 1
    return after
def never_started():
    yield 1
async def coroutine():
    return 1
def delegates(n):
    result = yield from generator(n)
    return result
async def asynchronous():
    yield 1
"""


def test_functions_made_before_the_start_are_instrumented() -> None:
    body = """
import functools, subject
cached = functools.lru_cache(subject.function)
bound = subject.Class().method
start()
for name in ("first", "second"):
    test(name, lambda: (cached(len(name)), subject.Class.static(), subject.Class().value, bound()))
"""
    outcome = run_recorded(SUBJECT, body, strategy="slots", started=False)
    expected = {3, 4, 5, 6, 13, 16, 19}
    assert outcome.of("first") == outcome.of("second") == expected
    assert outcome.drops == {}


def test_frames_that_ran_before_the_start_are_charged_whole_until_they_end() -> None:
    body = """
import threading, subject
event, reached = threading.Event(), threading.Event()
thread = threading.Thread(target=subject.waits, args=(event, reached))
thread.start()
reached.wait(10)
suspended = subject.generator(3)
next(suspended)
start()
test("beside", lambda: None)
test("wakes", lambda: (event.set(), thread.join()))
test("ended", lambda: None)
test("resumes", lambda: list(suspended))
del suspended
test("gone", lambda: None)
"""
    outcome = run_recorded(SUBJECT, body, strategy="slots", started=False)
    assert outcome.of("beside") >= {21, 22, 23, 24, 8, 9}
    assert outcome.of("wakes") >= {23, 24}
    assert not outcome.of("ended") & {21, 22, 23, 24}
    assert outcome.of("resumes") >= {8, 9, 10}
    assert outcome.of("gone") == set()


def test_a_thread_that_waits_across_tests_is_charged_where_it_goes_on() -> None:
    body = """
import threading, subject
event, reached = threading.Event(), threading.Event()
thread = threading.Thread(target=subject.waits, args=(event, reached))
test("starts", lambda: (thread.start(), reached.wait(10)))
test("between", lambda: None)
test("wakes", lambda: (event.set(), thread.join()))
"""
    outcome = run_recorded(SUBJECT, body, strategy="slots")
    assert outcome.of("starts") == {21, 22}
    assert outcome.of("between") == set()
    assert outcome.of("wakes") == {23, 24}


def test_a_generator_that_is_only_created_or_ended_leaves_the_first_line_of_its_body_as_evidence() -> None:
    body = """
import gc, subject
made = []
def drives(coroutine):
    try:
        coroutine.send(None)
    except StopIteration:
        pass
def throws(generator):
    try:
        generator.throw(KeyError)
    except KeyError:
        pass
def creates():
    made[:] = subject.never_started(), subject.coroutine(), subject.asynchronous(), (x for x in ())
test("created", creates)
test("starts the generator", lambda: next(made[0]))
test("starts the coroutine", lambda: drives(made[1]))
test("starts the asynchronous generator", lambda: drives(made[2].__anext__()))
test("started at once", lambda: list(subject.never_started()))
test("closed", lambda: (subject.never_started().close(), subject.coroutine().close()))
test("thrown into", lambda: throws(subject.never_started()))
test("dropped", lambda: (subject.never_started(), gc.collect()))
test("deleted", made.clear)
for round in range(3):
    test(f"created again {round}", creates)
    made[1].close()
"""
    outcome = run_recorded(SUBJECT, body, strategy="slots")
    assert outcome.of("created") == {26, 28, 33}
    assert outcome.of("starts the generator") == {26}
    assert outcome.of("starts the coroutine") == {28}
    assert outcome.of("starts the asynchronous generator") == {33}
    assert outcome.of("started at once") == {26}
    assert outcome.of("deleted") == {26, 33}
    assert outcome.of("closed") == {26, 28}
    assert outcome.of("thrown into") == outcome.of("dropped") == {26}
    for again in ("created again 0", "created again 1", "created again 2"):
        assert outcome.of(again) == {26, 28, 33}, again
    assert outcome.drops == {}


def test_a_suspended_generator_that_is_only_unwound_leaves_the_line_it_waits_at() -> None:
    body = """
import subject
started, thrown, delegating = subject.generator(3), subject.generator(3), subject.delegates(3)
next(started), next(thrown), next(delegating)
def throws():
    try:
        thrown.throw(KeyError)
    except KeyError:
        pass
def deletes():
    global delegating
    del delegating
test("closed", lambda: started.close())
test("thrown", throws)
test("deleted", deletes)
"""
    outcome = run_recorded(SUBJECT, body, strategy="slots")
    assert outcome.of("closed") == {9}
    assert outcome.of("thrown") == {9}
    assert outcome.of("deleted") == {9, 30}


def test_copies_of_instrumented_code_record_under_the_scope_of_the_original() -> None:
    body = """
import marshal, pickle, types, subject
code = subject.function.__code__
def run(copy):
    return types.FunctionType(copy, vars(subject))(3)
def pickled():
    fields = (
        "argcount posonlyargcount kwonlyargcount nlocals stacksize flags code consts names varnames "
        "filename name qualname firstlineno linetable exceptiontable freevars cellvars").split()
    values = {field: getattr(code, "co_" + field) for field in fields}
    copied = {field: value if field == "consts" else pickle.loads(pickle.dumps(value))
              for field, value in values.items()}
    return types.CodeType(*copied.values())
test("original", lambda: subject.function(3))
test("replace", lambda: run(code.replace()))
test("marshal", lambda: run(marshal.loads(marshal.dumps(code))))
test("constructor", lambda: run(pickled()))
again = code.replace()
for name in ("once", "twice"):
    test(name, lambda: run(again))
def assigned():
    def other(x): pass
    other.__code__ = marshal.loads(marshal.dumps(code))
    return other(3)
test("assigned", assigned)
path = session.shard_path
session.stop()
shard = native_harness.shard_reader.read_shard(path)
fingerprints = {c.fingerprint for c in shard.codes if c.qualified_name == "function"}
print(len(fingerprints))
"""
    outcome = run_recorded(SUBJECT, body, strategy="slots")
    expected = outcome.of("original")
    assert expected == {3, 4, 5, 6}
    for test in ("replace", "marshal", "constructor", "once", "twice", "assigned"):
        assert outcome.of(test) == expected, test
    assert outcome.stdout == "1\n"


def test_code_that_is_compiled_and_thrown_away_leaves_nothing_behind() -> None:
    body = """
import gc, resource
SOURCE = "def template(a):\\n" + "".join(f"    v{n} = a + {n}\\n" for n in range(200)) + "    return a\\n"
def render(number):
    names = {}
    exec(compile(SOURCE, FOLDER + "/template.py", "exec"), names)
    return names["template"](number)
def peak():
    gc.collect()
    return int(open("/proc/self/statm").read().split()[1]) * 4
for number in range(300):
    test(f"warm {number}", lambda: render(number))
before = peak()
for number in range(1500):
    test(f"t{number}", lambda: render(number))
print(peak() - before, session.statistics()["code_objects"])
"""
    outcome = run_recorded("", body, strategy="slots")
    grown_kib, alive = map(int, outcome.stdout.split())
    assert outcome.of("t1499", "template.py") == set(range(1, 203))
    assert alive < 50
    # 1,500 twins of some 20 KB each would be 30 MB; the shard's mapping may grow.
    assert grown_kib < 8000


def test_bytecode_files_hold_no_slots() -> None:
    body = """
import marshal, subject
cached = subject.__cached__
with open(cached, "rb") as file:
    code = marshal.loads(file.read()[16:])
def constants(code):
    for constant in code.co_consts:
        yield constant
        if hasattr(constant, "co_consts"):
            yield from constants(constant)
print(any(c is ... for c in constants(code)), any(c is ... for c in subject.function.__code__.co_consts))
"""
    outcome = run_recorded(SUBJECT, body, strategy="slots", write_bytecode=True)
    assert outcome.stdout == "False True\n"


def test_bytecode_of_rewritten_test_modules_holds_no_slots(tmp_path: Path) -> None:
    """pytest's assertion rewriter writes its .pyc before it calls exec."""
    (tmp_path / "test_sample.py").write_text("def test_sample():\n    assert [1] + [2] == [1, 2]\n")
    (tmp_path / "recorder.py").write_text(
        textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import native_harness
        root = {str(tmp_path)!r}
        session = native_harness.load_native().Session(
            directory=root + "/shards", root=root, roots=(root,), excludes=(), session_id=1, strategy="slots",
            inputs=False, state=False)
        session.start()
        def pytest_unconfigure(config):
            session.stop()
        def pytest_runtest_call(item):
            print("slots" if ... in item.function.__code__.co_consts else "plain")
        """)
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-s",
        "-p",
        "no:cacheprovider",
        "-p",
        "recorder",
        "test_sample.py",
    ]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "slots" in done.stdout
    (cached,) = (tmp_path / "__pycache__").glob("test_sample*pytest*.pyc")
    (function,) = (c for c in marshal.loads(cached.read_bytes()[16:]).co_consts if hasattr(c, "co_consts"))
    assert ... not in function.co_consts


def test_a_script_run_by_the_interpreter_is_charged_and_its_functions_are_exact(tmp_path: Path) -> None:
    """`python script.py` passes no builtins.exec: sitecustomize starts the recording before it."""
    project = tmp_path / "project"
    project.mkdir()
    native = Path(__file__).parent
    (project / "sitecustomize.py").write_text("")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        textwrap.dedent(f"""
        import atexit, sys
        sys.path.insert(0, {str(native)!r})
        import native_harness
        session = native_harness.load_native().Session(
            directory={str(tmp_path / "shards")!r}, root={str(project)!r}, roots=({str(project)!r},),
            excludes=(), session_id=1, strategy="slots", inputs=False, state=False)
        session.start()
        atexit.register(session.stop)
        """)
    )
    (project / "script.py").write_text(
        textwrap.dedent("""
        import sitecustomize
        def used(x):
            if x:
                return 1
            return 2
        def unused():
            return 3
        class Class:
            def method(self):
                return used(0)
        context = sitecustomize.session.begin_test("main")
        Class().method()
        sitecustomize.session.end_test(context, "passed", 1)
        """)
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    subprocess.run([sys.executable, str(project / "script.py")], check=True, env=environment, timeout=60)
    import shard_session

    (lines,) = shard_session.lines_by_test(str(tmp_path / "shards"))["main"].values()
    assert {4, 6, 11} <= lines
    assert not lines & {5, 8}
    assert {12, 13, 14} <= lines


def test_a_forked_child_records_its_own_lines() -> None:
    body = """
import os, subject
def forks():
    subject.Class.static()
    child = os.fork()
    if child == 0:
        subject.function(1)
        os._exit(0)
    os.waitpid(child, 0)
test("forks", forks)
test("after", lambda: subject.function(1))
"""
    outcome = run_recorded(SUBJECT, body, strategy="slots")
    assert outcome.of("forks") >= {3, 4, 5, 6, 16}
    assert outcome.of("after") == {3, 4, 5, 6}


def test_code_in_a_subinterpreter_is_counted_and_harmless() -> None:
    body = """
import _xxsubinterpreters as interpreters
import subject
def runs():
    interpreter = interpreters.create()
    interpreters.run_string(interpreter, f'''
import sys
sys.path.insert(0, {FOLDER!r})
import subject
assert subject.function(1) == 3
list(subject.generator(3))
subject.generator(2).close()
''')
    interpreters.destroy(interpreter)
test("inside", runs)
test("outside", lambda: subject.function(1))
"""
    outcome = run_recorded(SUBJECT, body, strategy="slots")
    assert outcome.of("outside") == {3, 4, 5, 6}
    assert outcome.of("inside") == set()
    assert outcome.drops.get("subinterpreter", 0) > 0


def test_nested_contexts_and_loops_around_them_lose_nothing() -> None:
    """A test that begins while project code is on the stack: every line after it fires again."""
    subject = """
def outer(run):
    for number in range(3):
        a = number
        run(number)
        b = a
    return b
"""
    body = """
import subject
def once(number):
    context = session.begin_test(f"inner {number}")
    session.end_test(context, "passed", 1)
    context = session.begin_test(f"rest {number}")
    contexts.append(context)
contexts = []
def all_of_it():
    subject.outer(once)
all_of_it()
for context in reversed(contexts):
    session.end_test(context, "passed", 1)
"""
    outcome = run_recorded(subject, body, strategy="slots")
    assert outcome.of("rest 0") == {6, 3, 4, 5}
    assert outcome.of("rest 1") == {6, 3, 4, 5}
    assert outcome.of("rest 2") == {6, 3, 7}


def test_greenlets_that_switch_between_tests_lose_nothing() -> None:
    pytest.importorskip("greenlet", reason="greenlet is not installed for this interpreter")
    subject = """
import greenlet
def works(n):
    a = n
    greenlet.getcurrent().parent.switch(a)
    b = a
    greenlet.getcurrent().parent.switch(b)
    return b
"""
    body = """
import greenlet, subject
one = greenlet.greenlet(subject.works)
test("first", lambda: one.switch(1))
test("second", lambda: one.switch())
test("third", lambda: one.switch())
"""
    outcome = run_recorded(subject, body, strategy="slots")
    assert outcome.of("first") == {4, 5}
    assert outcome.of("second") == {6, 7}
    assert outcome.of("third") == {8}


def test_without_its_hooks_the_trace_function_takes_over_and_says_why() -> None:
    body = """
import sys, subject
def refuse(event, arguments):
    if event == "sys.addaudithook":
        raise ValueError("no hooks here")
sys.addaudithook(refuse)
start()
test("traced", lambda: subject.function(1))
print(session.strategy, "|", session.strategy_reason)
"""
    outcome = run_recorded(SUBJECT, body, strategy="", started=False)
    strategy, reason = outcome.stdout.strip().split(" | ")
    assert strategy == "trace"
    assert reason.startswith("slots: ")
    assert "audit hook" in reason
    assert outcome.of("traced") == {3, 4, 5, 6}


def test_copies_with_other_constants_or_a_smaller_stack_run_as_they_would_without_us() -> None:
    body = """
import types, subject
code = subject.function.__code__
def run(copy):
    assert types.FunctionType(copy, vars(subject))(3) == 7
test("stack", lambda: run(code.replace(co_stacksize=code.co_stacksize - 1)))
constants = tuple(constant for constant in code.co_consts if constant is not ...)
test("constants", lambda: run(code.replace(co_consts=constants)))
"""
    outcome = run_recorded(SUBJECT, body, strategy="slots")
    assert outcome.of("stack") == {3, 4, 5, 6}
    assert outcome.of("constants") == {3, 4, 5, 6}
    assert outcome.drops == {}


def test_instrumented_code_equals_its_copies_before_and_after_it_ran() -> None:
    body = """
import marshal, subject
code = subject.function.__code__
def compares():
    for copy in (code.replace(), marshal.loads(marshal.dumps(code))):
        assert code == copy and copy == code and not code != copy and hash(code) == hash(copy)
    assert code != subject.generator.__code__
    assert code != code.replace(co_flags=code.co_flags ^ 0x10)
    assert not code == 1
test("fresh", compares)
test("spent", lambda: (subject.function(1), compares()))
"""
    assert run_recorded(SUBJECT, body, strategy="slots").of("spent") == {3, 4, 5, 6}


def test_whoever_reads_instrumented_code_finds_the_original_and_nothing_to_compile_beside_it() -> None:
    """numba and its like translate co_code: slots must look like NOPs."""
    body = """
import dis, subject
names = {i.opname for i in dis.get_instructions(subject.function)}
print("UNARY_NOT" in names, "NOP" in names)
print(any(i.argval is ... for i in dis.get_instructions(subject.function)))
"""
    outcome = run_recorded(SUBJECT, body, strategy="slots")
    assert outcome.stdout.split() == ["False", "True", "False"]
