"""Runs of one project that go on at the same moment: what one stores is true beside the other."""

import os
import py_compile
import sqlite3
import subprocess
import sys
import time

import pytest

SECOND = 1_700_000_000


@pytest.fixture
def at_once(real_project):
    """Starts pytest, in an environment of its own, and does not wait."""
    running = []

    def start(*arguments, **more):
        command = [sys.executable, "-m", "pytest", "-q", "--alibi", *arguments]
        environment = real_project.environment(**more)
        run = subprocess.Popen(
            command, cwd=str(real_project.folder), env=environment, stdout=subprocess.PIPE, text=True
        )
        running.append(run)
        return run

    yield start
    for run in running:
        run.kill()
        run.communicate()


def wait_for(path):
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} was never made"
        time.sleep(0.01)


def test_a_failure_of_a_longer_run_is_not_forgotten_for_a_shorter_one_that_began_later(
    real_project, at_once, tmp_path
):
    started, go = tmp_path / "started", tmp_path / "go"
    luck = subprocess.Popen(["sleep", "600"])  # nothing that is recorded tells its end
    real_project.write(
        "test_a.py",
        f"import os, time\ndef test_long():\n    open({str(started)!r}, 'w').close()\n"
        f"    while not os.path.exists({str(go)!r}): time.sleep(0.01)\n",
    )
    real_project.write("test_b.py", f"import os\ndef test_luck(): os.kill({luck.pid}, 0)\n")
    longer = at_once()
    wait_for(started)
    assert real_project.pytest("--alibi", "test_b.py").status == 0
    luck.kill()
    luck.wait()
    go.touch()
    longer.communicate(timeout=60)
    assert longer.returncode == 1
    chosen = real_project.run("-m", "testalibi", "select")
    assert "test_b.py::test_luck\n    it did not pass when it last ran (failed)" in chosen.stdout
    again = real_project.pytest("--alibi", "test_b.py")
    assert again.status == 1


def test_bytecode_that_another_run_removed_counts_for_all_that_may_have_run_it(
    real_project, at_once, tmp_path
):
    module = real_project.write("m.py", "def f():\n    return 1\n")
    compiled = py_compile.compile(str(module))
    real_project.write("m.py", "def f():\n    return 2\n")
    os.utime(str(module), ns=(SECOND * 10**9 + 5,) * 2)
    stamp = SECOND.to_bytes(4, "little")
    with open(compiled, "r+b") as file:
        file.seek(8)
        file.write(stamp)
    os.utime(compiled, ns=(SECOND * 10**9 + 2,) * 2)
    started, go = tmp_path / "started", tmp_path / "go"
    real_project.write(
        "test_slow.py",
        f"import os, time, m\ndef test_old(): assert m.f() == 1\n"
        f"def test_long():\n    open({str(started)!r}, 'w').close()\n"
        f"    while not os.path.exists({str(go)!r}): time.sleep(0.01)\n",
    )
    real_project.write("test_quick.py", "import m\ndef test_quick(): assert m.f() == 1\n")
    slow = at_once("--alibi-noselect", "test_slow.py")
    wait_for(started)
    assert real_project.pytest("--alibi", "test_quick.py").status == 0
    assert not os.path.exists(compiled)
    go.touch()
    slow.communicate(timeout=60)
    assert slow.returncode == 0  # with the old bytecode
    run = real_project.pytest("--alibi")
    assert sorted(line.split(" - ")[0] for line in run.outcomes) == [
        "FAILED test_quick.py::test_quick",
        "FAILED test_slow.py::test_old",
        "PASSED test_slow.py::test_long",
    ]


def test_coverage_of_runs_that_end_together_is_that_of_all(real_project, at_once):
    for number in range(4):
        real_project.write(f"m{number}.py", "def f():\n    return 1\n")
        real_project.write(
            f"test_{number}.py", f"import m{number}\ndef test_a(): assert m{number}.f() == 1\n"
        )
    runs = [at_once("--alibi-noselect", "--alibi-cov=.", f"test_{number}.py") for number in range(4)]
    for run in runs:
        run.communicate(timeout=60)
        assert run.returncode == 0
    with sqlite3.connect(str(real_project.folder / ".coverage")) as database:
        seen = {os.path.basename(row[0]) for row in database.execute("SELECT path FROM file")}
    assert {f"m{number}.py" for number in range(4)} <= seen
