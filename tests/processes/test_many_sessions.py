"""Several runs and workers at once, on one store; runs inside runs; runs that were killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from recorded_project import Project, clean_environment

SUITE = """
import subprocess, sys, multiprocessing, pytest, lib

@pytest.mark.parametrize("number", range(6))
@pytest.mark.xdist_group("one")
def test_direct(number): assert lib.work() == 1

class TestChildren:
    def test_started(self): assert subprocess.call([sys.executable, "-c", "import lib; lib.work()"]) == 0
    def test_pool(self):
        with multiprocessing.get_context("spawn").Pool(1) as pool: assert pool.apply(lib.work) == 1

def test_nothing(): pass
"""
CALLERS = {f"test_direct[{number}]" for number in range(6)} | {
    "TestChildren::test_started",
    "TestChildren::test_pool",
}


@pytest.fixture
def suite(project: Project) -> Project:
    project.write("lib.py", "def work():\n    return 1\n")
    project.write("test_suite.py", SUITE)
    return project


def check_whole_evidence(project: Project) -> None:
    assert project.selected() == set()
    project.write("lib.py", "def work():\n    value = 1\n    return value\n")
    assert project.selected() == CALLERS
    project.write("lib.py", "def work():\n    return 1\n")


@pytest.mark.parametrize(
    "distribution",
    [
        "--dist=load",
        "--dist=loadscope",
        "--dist=loadfile",
        "--dist=loadgroup",
        "--dist=each",
        "--maxprocesses=1",
    ],
)
def test_workers_leave_what_one_process_leaves(suite: Project, distribution: str) -> None:
    pytest.importorskip("xdist")
    suite.pytest("--alibi", "-q", "-n2", distribution)
    check_whole_evidence(suite)


def test_the_evidence_of_a_replaced_worker_and_of_its_replacement_is_kept(suite: Project) -> None:
    pytest.importorskip("xdist")
    suite.write(
        "test_a_crash.py",
        "import os, lib\n"
        "def test_before(): lib.work()\n"
        "def test_killed(): os.kill(os.getpid(), 9)\n"
        "def test_after(): lib.work()\n",
    )
    suite.pytest("--alibi", "-q", "-n1", status=1)
    assert suite.selected() == {"test_killed"}
    suite.write("lib.py", "def work():\n    value = 1\n    return value\n")
    assert suite.selected() == CALLERS | {"test_killed", "test_before", "test_after"}


def test_two_runs_at_once_share_a_store(suite: Project) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "--alibi"]
    environment = clean_environment()
    runs = [
        subprocess.Popen(command, cwd=suite.folder, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for run in runs:
        output, _ = run.communicate(timeout=120)
        assert run.returncode == 0, output
        assert "not stored" not in output
    check_whole_evidence(suite)


def test_a_killed_run_and_all_its_children_are_taken_in_by_the_next_one(suite: Project) -> None:
    suite.write("test_zz_last.py", "import time\ndef test_hangs(): time.sleep(60)\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", "--alibi"]
    run = subprocess.Popen(
        command,
        cwd=suite.folder,
        env={**clean_environment(), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert run.stdout is not None
    for line in run.stdout:
        if "test_nothing PASSED" in line:
            break
    time.sleep(0.3)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    assert "leftover" in suite.alibi("doctor")
    suite.write("test_zz_last.py", "def test_hangs(): pass\n")
    output = suite.pytest("--alibi", "-v")
    assert "1 passed" in output, output
    check_whole_evidence(suite)


def test_a_run_inside_a_test_keeps_its_own_evidence_and_costs_the_outer_test_its_alibi(
    suite: Project,
) -> None:
    suite.write(
        "test_inner.py",
        """
import os, subprocess, sys

def run(folder, *arguments):
    inner = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(inner, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stdout
    return done.stdout

def project(path):
    (path / "inner_lib.py").write_text("def inner(): return 1\\n")
    (path / "test_it.py").write_text("import inner_lib\\ndef test_it(): inner_lib.inner()\\n")
    return path

def test_with_a_session(tmp_path):
    assert "alibi: recorded 1 test" in run(project(tmp_path), "-v", "--alibi")
    assert "none of 1 test has to run" in run(tmp_path, "-v", "--alibi")
    assert (tmp_path / ".alibi" / "evidence").is_dir()

def test_as_a_child(tmp_path):
    assert "alibi" not in run(project(tmp_path))
""",
    )
    suite.pytest("--alibi", "-q")
    assert suite.selected() == {"test_with_a_session"}


def test_a_forked_test_is_recorded_where_it_runs(suite: Project) -> None:
    pytest.importorskip("pytest_forked")
    suite.pytest("--alibi", "-q", "--forked", "-p", "pytest_forked")
    check_whole_evidence(suite)


def test_a_program_that_is_started_when_the_session_is_over_does_nothing(suite: Project) -> None:
    suite.write(
        "test_late.py",
        """
import os, subprocess, sys
CODE = "import os, time; time.sleep(1.5); os.execv(%r, [%r, '-c', 'import lib; print(lib.work())'])"

def test_leaves_a_program():
    code = CODE % (sys.executable, sys.executable)
    with open("late.txt", "w") as out:
        subprocess.Popen([sys.executable, "-c", code], stdout=out, stderr=out, start_new_session=True)
""",
    )
    suite.pytest("--alibi", "-q")
    sessions = suite.folder / ".alibi" / "sessions"
    late = suite.folder / "late.txt"
    deadline = time.monotonic() + 20
    while late.read_text() == "" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert late.read_text() == "1\n"
    assert not sessions.exists() or list(sessions.iterdir()) == []
    told = json.loads(suite.alibi("doctor", "--json"))
    assert any(each["subject"] == "leftovers" and each["health"] == "ok" for each in told["findings"])
