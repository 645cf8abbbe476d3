"""Whatever breaks in Alibi: the tests end as without it, and one line says what was lost and what to do."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import Project, make_site

SUITE = """
import pytest
def test_pass(): pass
def test_fail(): assert 0
@pytest.fixture(scope="module")
def shared(): yield 1
def test_user(shared): pass
"""


@pytest.fixture(autouse=True)
def suite(project):
    project.write("test_suite.py", SUITE)


def assert_as_without(project, run, line):
    """The same outcomes and status as without Alibi, no traceback, and one line that contains `line`."""
    plain = project.pytest()
    assert plain.outcomes
    assert run.outcomes == plain.outcomes, run.text
    assert run.status == plain.status
    assert "Traceback" not in run.text
    assert "INTERNALERROR" not in run.text
    told = run.problems
    assert len(told) == 1, run.text
    assert line in told[0], told


def test_no_native_module(project, tmp_path):
    project.site = make_site(tmp_path / "incomplete", native=False)
    run = project.pytest("--alibi-noselect")
    assert_as_without(project, run, "not recording: there is no native module for CPython")
    assert "pip install" in run.alibi_lines[0]
    assert not project.data.exists() or not project.sessions()


def test_the_line_that_the_build_left_behind_is_repeated(project, tmp_path):
    project.site = make_site(tmp_path / "incomplete", native=False, command=False)
    failure = project.site / "testalibi" / "_build_failure.txt"
    failure.write_text("native: no compiler; install one\ncommand: no compiler for this; install one\n")
    assert_as_without(project, project.pytest("--alibi-noselect"), "not recording: no compiler; install one")
    run = project.run("-m", "testalibi", "list")
    assert run.status == 127
    assert run.stderr == "alibi: no compiler for this; install one\n"


def test_a_native_module_that_cannot_be_loaded(project, own_site):
    (own_site / "testalibi" / "_native.py").write_text("raise ImportError('undefined symbol: x')\n")
    assert_as_without(
        project,
        project.pytest("--alibi-noselect"),
        "the native module cannot be loaded (undefined symbol: x)",
    )


def test_a_native_module_of_another_version(project, own_site):
    (own_site / "testalibi" / "_native.py").write_text("ABI_VERSION = 99\n")
    assert_as_without(project, project.pytest("--alibi-noselect"), "speaks version 99 of the recorder")


@pytest.mark.parametrize("method", ["init", "start"])
def test_the_recorder_does_not_start(project, method):
    run = project.pytest("--alibi-noselect", env={"FAKE_NATIVE_FAILS": method})
    assert_as_without(project, run, "not recording: the recorder did not start")
    assert not project.sessions()


@pytest.mark.parametrize(
    "method", ["begin_test", "end_test", "begin_context", "charge", "record_input", "stop"]
)
def test_the_recorder_fails_later(project, method):
    run = project.pytest("--alibi-noselect", env={"FAKE_NATIVE_FAILS": method})
    assert_as_without(project, run, f"recording ended early (Error: {method} was told to fail)")


def test_the_data_folder_cannot_be_made(project, tmp_path):
    (tmp_path / "file").write_text("")
    run = project.pytest("--alibi-noselect", env={"ALIBI_DATA": str(tmp_path / "file" / "data")})
    assert_as_without(project, run, "set ALIBI_DATA to one that can")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; the test above covers it")
def test_the_data_folder_cannot_be_written(project):
    project.data.mkdir(mode=0o500)
    assert_as_without(project, project.pytest("--alibi-noselect"), "Permission denied")


def test_a_full_disk(project):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    project.pytest("--alibi-noselect")
    code = (
        "import errno, os, sys, pytest\n"
        "from testalibi import session_folder\n"
        "def full(*a, **k): raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))\n"
        "{patch}\n"
        "sys.exit(pytest.main(['-rA', '--alibi-noselect']))\n"
    )
    project.write("at_start.py", code.format(patch="session_folder.SessionFolder._write_description = full"))
    run = project.run("at_start.py")
    assert_as_without(project, run, "cannot be written (No space left on device)")
    project.write("at_end.py", code.format(patch="session_folder.SessionFolder.complete = full"))
    run = project.run("at_end.py")
    assert_as_without(project, run, "could not be marked as complete (No space left on device)")


@pytest.mark.parametrize(
    ("behaviour", "line"),
    [
        ("fail", "alibi merge failed with status 3 (the store is broken [store-corrupt])"),
        ("crash", "alibi merge was ended by signal 6"),
        ("babble", "alibi merge did not print what was expected"),
        ("hang", "alibi merge was stopped after 0.5 s"),
    ],
)
def test_the_merge_goes_wrong_and_the_evidence_is_kept(project, behaviour, line):
    limit = "0.5" if behaviour == "hang" else "60"
    run = project.pytest(
        "--alibi-noselect", env={"FAKE_COMMAND_DOES": behaviour, "ALIBI_MERGE_TIMEOUT": limit}
    )
    assert_as_without(project, run, line)
    (kept,) = project.sessions()
    assert str(kept) in run.text
    with open(kept / "lock") as lock:  # so that the next merge takes it in
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


MISSING = "the command alibi is not in the package"


def test_no_command(project, tmp_path):
    project.site = make_site(tmp_path / "incomplete", command=False)
    run = project.pytest("--alibi")
    assert f"nothing is left out: {MISSING}" in run.problems.pop(0)
    run = project.pytest("--alibi-noselect")
    assert_as_without(project, run, MISSING)
    run = project.pytest("--alibi-noselect", env={"ALIBI_COMMAND": "/nowhere/alibi"})
    assert_as_without(project, run, "ALIBI_COMMAND names /nowhere/alibi")


def test_a_killed_run_leaves_an_unlocked_incomplete_session(project):
    project.write("test_suite.py", "import os, signal\ndef test_it(): os.kill(os.getpid(), signal.SIGKILL)\n")
    assert project.pytest("--alibi-noselect").status == -signal.SIGKILL
    (killed,) = project.sessions()
    assert json.loads((killed / "session.json").read_text())["complete"] is False
    with open(killed / "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_what_the_command_says_besides_is_repeated(project):
    run = project.pytest("--alibi-noselect", env={"FAKE_COMMAND_DOES": "warn"})
    assert "alibi: merged 2026, left from an earlier run: 4 tests" in run.alibi_lines


def test_two_runs_at_once(project):
    project.write("test_suite.py", "import time\ndef test_it(): time.sleep(0.5)\n")
    command = [sys.executable, "-m", "pytest", "--alibi"]
    runs = [
        subprocess.Popen(
            command, cwd=str(project.folder), env=project.environment(), stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for run in runs:
        stdout, _ = run.communicate(timeout=60)
        assert run.returncode == 0
        assert "recorded 3 tests" in stdout
        assert "earlier run" not in stdout
    assert len(project.merged()) == 2


def test_ctrl_c_from_outside_stores_what_ended(project):
    project.write("test_suite.py", "import time\ndef test_one(): pass\ndef test_two(): time.sleep(30)\n")
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", "--alibi"],
        cwd=str(project.folder),
        env=project.environment(),
        stdout=subprocess.PIPE,
        text=True,
        # A shell may have started this very run in the background, with the signal ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and "test_two" not in read(project.journal_path):
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    stdout, _ = run.communicate(timeout=30)
    assert run.returncode == 2
    assert "KeyboardInterrupt" in stdout
    assert [session["exit_status"] for session in project.merged()] == [2]


FORKING = """
import os, signal, time
def test_forks():
    child = os.fork()
    if child == 0:
        {child}
    {parent}
    os.waitpid(child, 0)
def test_later(): assert 0
"""
LEAVING = {
    "by SystemExit": ("raise SystemExit(0)", "pass"),
    "interrupted": ("time.sleep(60)", "time.sleep(0.2); os.kill(child, signal.SIGINT)"),
}


@pytest.mark.parametrize(("child", "parent"), LEAVING.values(), ids=LEAVING.keys())
def test_a_forked_child_that_comes_to_the_end_of_pytest_leaves_the_session_to_its_parent(
    project, child, parent
):
    project.write("test_a.py", FORKING.format(child=child, parent=parent))
    run = project.pytest("--alibi")
    assert run.status == 1
    assert run.problems == []
    (merged,) = project.merged()
    assert merged["exit_status"] == 1
    assert run.text.count("alibi: recorded") == 1
    assert project.sessions() == []


def test_a_broken_conftest_leaves_nothing_behind(project):
    project.write("conftest.py", "import not_there\n")
    plain, run = project.pytest(), project.pytest("--alibi-noselect")
    assert run.status == plain.status == 4
    assert not project.sessions()
    assert "Alibi" not in run.text


def test_usage_errors_stay_usage_errors(project):
    plain, run = project.pytest("--nonsense"), project.pytest("--alibi-noselect", "--nonsense")
    assert run.status == plain.status == 4
    assert run.stderr == plain.stderr
    assert not project.sessions()


def test_a_defect_of_the_plugin_itself(project, own_site):
    (own_site / "testalibi" / "pytest_start.py").write_text(
        "def prepare(*_): raise ZeroDivisionError('oh')\n"
    )
    assert_as_without(
        project,
        project.pytest("--alibi-noselect"),
        "unexpected failure (ZeroDivisionError: oh); please report",
    )


def test_losses_without_a_terminal_plugin_are_told_on_stderr(project):
    run = project.run("-m", "pytest", "--alibi", "-p", "no:terminal", env={"FAKE_COMMAND_DOES": "fail"})
    assert run.status == 1
    assert len([line for line in run.stderr.splitlines() if "alibi" in line]) == 1


def test_nothing_is_written_outside_the_data_folder(project, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    before = set(project.folder.rglob("*"))
    project.pytest("--alibi-noselect", "-p", "no:cacheprovider", env={"HOME": str(home), "TMPDIR": str(home)})
    new = set(project.folder.rglob("*")) - before
    assert all(str(path).startswith(str(project.data)) for path in new), new
    assert not list(home.iterdir())


def test_a_project_in_a_folder_with_spaces_and_umlauts(tmp_path, site):
    project = Project(tmp_path / "ein Größe Ordner", site)
    project.write("test_it.py", "def test_ä(): pass\n")
    run = project.pytest("--alibi-noselect")
    assert run.status == 0
    assert list(run.ended()) == ["test_it.py::test_ä"]


def read(path):
    return path.read_text() if path.exists() else ""
