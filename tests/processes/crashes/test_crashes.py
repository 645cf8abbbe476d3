"""A test that crashes the interpreter is named with both stacks, the evidence of the others is intact, and
what the crash does to the process is what it does without Alibi.
"""

from __future__ import annotations

import signal
import sys
from typing import Any

import pytest

SUITE = """
import os, broken
def test_before(): broken.note("before")
def test_crash():
    broken.note("crash")
    if os.path.exists(os.path.join(os.path.dirname(__file__), "..", "broken.txt")): {body}
def test_after(): broken.note("after")
"""
CRASHES = [
    ("null_write", signal.SIGSEGV, "write_to_null"),
    ("call_null", signal.SIGSEGV, "call_null"),
    ("abort_now", signal.SIGABRT, "abort_now"),
    ("divide_by_zero", signal.SIGFPE, "divide"),
    ("illegal_instruction", signal.SIGILL, "illegal"),
    ("overflow", signal.SIGSEGV, "without_end"),
    ("crash_in_thread", signal.SIGSEGV, "write_to_null"),
    ("crash_while_thrown", signal.SIGSEGV, "write_to_null"),
]


def broken_suite(project: Any, body: str) -> None:
    project.write("test_suite.py", SUITE.format(body=body))
    project.mend(False)


def functions(crash: dict[str, Any]) -> list[str]:
    return [frame["function"] for thread in crash["threads"] for frame in thread["frames"]]


@pytest.mark.parametrize(("how", "number", "function"), CRASHES, ids=[how for how, _, _ in CRASHES])
def test_a_crash_is_named_with_both_stacks(project, how, number, function):
    broken_suite(project, f"broken.{how}()")
    without = project.pytest()
    project.ran()
    run = project.pytest("--alibi")
    assert run.status == without.status == -number
    assert project.ran() == ["before", "crash"]
    name = signal.Signals(number).name
    assert f"alibi: {name} in test_suite.py::test_crash; its stacks are kept" in run.text
    assert "Fatal Python error" in without.text
    assert "Fatal Python error" in run.text
    found = project.show("test_suite.py::test_crash")
    assert found["outcome"] == "failed"
    assert not found["complete"]
    (crash,) = found["crashes"]
    assert crash["signal"] == name
    assert crash["complete"]
    assert any(function in frame for frame in functions(crash)), functions(crash)
    assert "test_suite.py" in crash["python"]
    assert "in test_crash" in crash["python"]
    assert found["reason"].startswith(f"crashed: {name}")
    text = project.alibi("show", "test_suite.py::test_crash").stdout
    assert "native stack of thread" in text
    assert "Python stack" in text
    assert "in test_crash" in text


def test_the_place_of_a_crash_has_file_and_line(project):
    broken_suite(project, "broken.null_write()")
    project.pytest("--alibi")
    found = project.show("test_suite.py::test_crash")
    assert found["reason"] == "crashed: SIGSEGV at 0x0 in write_to_null"
    top = found["crashes"][0]["threads"][0]["frames"][0]
    assert top["file"].endswith("broken.cc")
    assert top["line"] > 0


def test_the_next_run_tells_and_runs_what_crashed_and_what_never_ran(project):
    broken_suite(project, "broken.null_write()")
    project.pytest("--alibi")
    assert project.ran() == ["before", "crash"]
    doctor = project.alibi("doctor", "--json").stdout
    assert "test_suite.py::test_crash crashed: SIGSEGV" in doctor
    project.mend()
    run = project.pytest("--alibi")
    assert run.status == 0, run.text
    assert "in it test_suite.py::test_crash crashed: SIGSEGV at 0x0 in write_to_null" in run.text
    assert project.ran() == ["crash", "after"]
    again = project.pytest("--alibi")
    assert project.ran() == []
    assert "crashed" not in again.text
    assert project.show("test_suite.py::test_crash")["outcome"] == "passed"


def test_a_worker_that_crashes_is_told_in_the_summary(project):
    pytest.importorskip("xdist")
    broken_suite(project, "broken.null_write()")
    without = project.pytest("-n", "2")
    project.ran()
    run = project.pytest("--alibi", "-n", "2")
    assert run.status == without.status == 1
    assert sorted(project.ran()) == ["after", "before", "crash"]
    assert "alibi: crashed tests" in run.stdout
    assert "test_suite.py::test_crash: crashed: SIGSEGV at 0x0 in write_to_null" in run.stdout
    assert "in test_crash" in run.stdout.partition("alibi: crashed tests")[2]
    project.mend()
    assert project.pytest("--alibi", "-n", "2").status == 0
    assert project.ran() == ["crash"]


@pytest.mark.parametrize("how", ["a recorded fork", "a program", "multiprocessing"])
def test_a_child_with_evidence_that_crashes_is_told_with_its_test(project, how):
    start = {
        "a recorded fork": "pid = os.fork()\n        if pid == 0: helper.crash()\n        os.waitpid(pid, 0)",
        "a program": "import subprocess, sys\n"
        "        subprocess.run([sys.executable, '-c', 'import helper; helper.crash()'])",
        "multiprocessing": "import multiprocessing as m\n"
        "        p = m.get_context('spawn').Process(target=helper.crash); p.start(); p.join()",
    }[how]
    project.write("helper.py", "import broken\ndef crash():\n    broken.null_write()\n")
    broken_suite(project, "\n        import helper\n        " + start)
    assert project.pytest("--alibi").status == 0
    found = project.show("test_suite.py::test_crash")
    assert found["outcome"] == "passed"
    (crash,) = found["crashes"]
    assert "write_to_null" in functions(crash)
    assert "in crash" in crash["python"]


def test_a_forked_child_that_crashes_fails_nobody(project):
    broken_suite(
        project,
        "\n        pid = os.fork()\n        if pid == 0: broken.null_write()\n"
        "        assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == 11",
    )
    run = project.pytest("--alibi")
    assert run.status == 0, run.text
    assert "SIGSEGV in test" not in run.text
    found = project.show("test_suite.py::test_crash")
    assert found["outcome"] == "passed"
    (crash,) = found["crashes"]
    assert crash["forked"]
    assert "write_to_null" in functions(crash)
    assert "in test_crash" in crash["python"]


def test_a_crash_while_collecting_names_the_file(project):
    project.write("test_suite.py", "import broken\nbroken.null_write()\ndef test_it(): pass\n")
    run = project.pytest("--alibi")
    assert run.status == -signal.SIGSEGV == project.pytest().status
    assert "alibi: SIGSEGV while collecting test_suite.py; its stacks are kept" in run.text
    assert "collecting test_suite.py crashed: SIGSEGV" in project.alibi("list").text


@pytest.mark.parametrize("with_info", [False, True])
def test_a_program_that_handles_its_own_faults_goes_on(project, with_info):
    body = f"broken.install_recovery({with_info}); assert broken.fault_and_recover() == 1"
    broken_suite(project, f"[exec('{body}') for _ in range(3)]")
    project.write("conftest.py", f"import broken\nbroken.install_recovery({with_info})\n")
    run = project.pytest("--alibi")
    assert run.status == 0, run.text
    assert "SIGSEGV" not in run.text
    found = project.show("test_suite.py::test_crash")
    assert found["outcome"] == "passed"
    assert found["crashes"] == []
    assert found["complete"]


@pytest.mark.parametrize("enabled", ["first", "never", "by a test"])
def test_faulthandler_reports_as_ever(project, enabled):
    body = "broken.null_write()"
    if enabled == "by a test":
        body = "__import__('faulthandler').enable(open('dump.txt', 'w')); " + body
    broken_suite(project, body)
    arguments = [] if enabled == "first" else ["-p", "no:faulthandler"]
    variables = {"PYTHONFAULTHANDLER": "1"} if enabled == "first" else {}
    without = project.pytest(*arguments, **variables)
    run = project.pytest("--alibi", *arguments, **variables)
    assert run.status == without.status == -signal.SIGSEGV
    dump = project.root / "dump.txt"
    if enabled == "by a test":
        assert "in test_crash" in dump.read_text()
    found = project.show("test_suite.py::test_crash")
    assert found["reason"].startswith("crashed: SIGSEGV")
    assert "in test_crash" in found["crashes"][0]["python"]


def test_an_ignored_or_handled_abort_is_no_crash(project):
    project.write(
        "test_suite.py",
        "import os, signal\n"
        "def test_ignored():\n"
        "    signal.signal(signal.SIGABRT, signal.SIG_IGN); os.kill(os.getpid(), signal.SIGABRT)\n"
        "def test_handled():\n"
        "    seen = []; signal.signal(signal.SIGABRT, lambda *a: seen.append(1))\n"
        "    os.kill(os.getpid(), signal.SIGABRT); assert seen\n",
    )
    run = project.pytest("--alibi")
    assert run.status == 0, run.text
    assert "SIGABRT" not in run.text
    assert project.show("test_suite.py::test_handled")["crashes"] == []


def test_exceptions_of_other_extensions_pass(project):
    broken_suite(project, "assert broken.throw_and_catch() == 1000")
    assert project.pytest("--alibi").status == 0


def test_a_test_that_hangs_is_told_and_goes_on(project):
    broken_suite(project, "__import__('time').sleep(1.5)")
    run = project.pytest("--alibi", "--alibi-hang", "0.5")
    assert run.status == 0, run.text
    assert run.stderr.count("has been running for") == 1
    assert "in test_crash" in run.stderr
    found = project.show("test_suite.py::test_crash")
    assert found["outcome"] == "passed"
    assert found["complete"]
    (hang,) = found["crashes"]
    assert hang["kind"] == "hang"
    assert hang["after_s"] == 0.5
    assert functions(hang), hang


def test_all_threads_of_a_hang_are_told(project):
    broken_suite(
        project,
        "\n        import threading, time\n"
        "        thread = threading.Thread(target=time.sleep, args=(1.5,)); thread.start(); thread.join()",
    )
    run = project.pytest("--alibi", ALIBI_HANG="0.5")
    assert run.status == 0, run.text
    (hang,) = project.show("test_suite.py::test_crash")["crashes"]
    assert len(hang["threads"]) == 2
    assert all(thread["frames"] for thread in hang["threads"])
    assert hang["python"].count("hread 0x") == 2


def test_a_test_that_never_ends_failed_with_its_stacks(project):
    import subprocess

    broken_suite(project, "broken.hang()")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--alibi", "--alibi-hang", "0.5"]
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(
            command, cwd=project.root, env=project.environment(), capture_output=True, timeout=6, check=False
        )
    found = project.show("test_suite.py::test_crash")
    assert found["outcome"] == "failed"
    assert found["reason"].startswith("hung: still running after 0.5 s")
    assert "wait_for_ever" in functions(found["crashes"][0])
