"""Broken plan folders, killed workers, full disks: no test is lost or run twice, and the exit status says so."""

from __future__ import annotations

import os
import re
import signal
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from split_project import SplitProject, pytest_project, shell_project

TWO = ["--min-parallelism=2", "--max-parallelism=2"]
PLAN_FILES = [
    "manifest.txt",
    "runner/cache/test_suite_durations.json",
    "runner/parallel-runners.txt",
    "runner/plan.json",
    "runner/skippable-percentage.txt",
    "runner/test-files.txt",
    "runner/tests-split/runner-0",
    "runner/tests-split/runner-1",
]
DAMAGES = {
    "removed": None,
    "empty": lambda old: b"",
    "cut off": lambda old: old[: len(old) // 2],
    "of another plan": lambda old: old.replace(b"t/00", b"t/99").replace(b"2", b"3") + b"\n",
    "other bytes": lambda old: b"\xff\xfe{[\0nonsense\n",
    "a folder": None,
}


def wait_for(path: str) -> None:
    end = time.monotonic() + 60
    while not Path(path).exists():
        assert time.monotonic() < end, path
        time.sleep(0.01)


def test_these_are_all_files_of_a_plan(tmp_path: Path) -> None:
    folder = shell_project(tmp_path / "p", 4).plan(*TWO).folder
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == PLAN_FILES


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", PLAN_FILES)
def test_a_damaged_plan_runs_whole_or_not_at_all(tmp_path: Path, name: str, damage: str) -> None:
    project = shell_project(tmp_path / "p", 4)
    path = project.plan(*TWO).folder / name
    old = path.read_bytes()
    path.unlink()
    if damage == "a folder":
        path.mkdir()
    elif damage != "removed":
        path.write_bytes(DAMAGES[damage](old))
    nodes = [project.alibi("run", "--ci-node", node) for node in (0, 1)]
    if all(done.returncode == 0 for done in nodes):
        assert project.counts == {f"t/00{number}.t": 1 for number in range(4)}
        return
    assert all(done.returncode != 0 for done in nodes), "one node runs its share, the other one does not"
    assert project.ran == []
    for done in nodes:
        assert re.search(r"\[run_\w+\]$", done.stderr.strip()), done.stderr
        assert path.name in done.stderr


def test_a_plan_folder_of_another_project_is_refused(tmp_path: Path) -> None:
    other = shell_project(tmp_path / "other", 3)
    other.commit({"t/other.t": "true"})
    folder = other.plan().folder
    project = shell_project(tmp_path / "p", 3)
    folder.rename(project.directory / ".testoptimization")
    done = project.run("--ci-node=0", status=1)
    assert "[run_plan_foreign]" in done.stderr
    assert project.ran == []
    project.run()  # where a plan may be made, it is
    assert project.counts == {f"t/00{number}.t": 1 for number in range(3)}


@pytest.mark.parametrize("how", [[], ["--no-persistent-workers"]], ids=["persistent", "batches"])
def test_a_worker_killed_in_a_test_fails_that_file_and_loses_no_other(tmp_path: Path, how: list[str]) -> None:
    dies = "import signal\ndef test_x():\n    note('dies')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    tests = {f"tests/test_{name}.py": f"def test_x():\n    note('{name}')\n" for name in "acdefgh"}
    project = pytest_project(tmp_path / "p", {"tests/test_b.py": dies, **tests})
    project.plan(*TWO)
    done = project.run(*TWO, *how, "--json", "--file-timeout=60s", status=137)
    assert project.counts == dict.fromkeys(["dies", *"acdefgh"], 1)
    assert "tests/test_b.py" in done.stderr
    assert "SIGKILL" in done.stderr or "signal 9" in done.stderr or "Killed" in done.stderr
    assert done.stderr.strip().endswith("[run_parallel_tests_failed]")


def test_a_batch_killed_by_a_signal_fails_as_a_whole_and_is_not_run_again(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", {"t/a.t": "true", "t/b.t": "kill -9 $$", "t/c.t": "true"})
    project.plan("--max-parallelism=1")
    done = project.run("--max-parallelism=1", status=137)
    assert project.counts == {"t/a.t": 1, "t/b.t": 1}
    assert "t/a.t and 2 more" in done.stderr


def test_with_a_retry_what_a_killed_batch_did_not_reach_runs(tmp_path: Path) -> None:
    dies_once = 'test -e "$NOTES.once" || { : > "$NOTES.once"; kill -9 $$; }\n'
    project = shell_project(tmp_path / "p", {"t/a.t": "true", "t/b.t": dies_once, "t/c.t": "true"})
    project.plan("--max-parallelism=1")
    project.run("--max-parallelism=1", "--retry-failed=1")
    assert set(project.counts) == {"t/a.t", "t/b.t", "t/c.t"}


def test_a_killed_run_leaves_no_worker_behind_and_the_next_one_runs_everything(tmp_path: Path) -> None:
    waits = """\
test -e "$NOTES.up" || {
  sleep 300 > /dev/null 2>&1 & echo $$ $! > "$NOTES.new"
  mv "$NOTES.new" "$NOTES.up"
  wait
}
"""
    project = shell_project(tmp_path / "p", {"t/a.t": waits, "t/b.t": "true"})
    project.plan("--max-parallelism=1")
    with project.start("run", "--max-parallelism=1") as process:
        wait_for(f"{project.notes}.up")
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    worker, child = map(int, Path(f"{project.notes}.up").read_text().split())
    os.kill(child, signal.SIGKILL)  # nobody can end the worker's own children then
    end = time.monotonic() + 30
    while (
        Path(f"/proc/{worker}/stat").exists() and Path(f"/proc/{worker}/stat").read_text().split()[2] != "Z"
    ):
        assert time.monotonic() < end, "the worker goes on without anybody who waits for it"
        time.sleep(0.02)
    project.forget()
    project.run("--max-parallelism=1")
    assert project.counts == {"t/a.t": 1, "t/b.t": 1}


def test_a_killed_planning_leaves_the_plan_before(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", 3)
    plan = project.plan()
    before = plan.text("runner/plan.json")
    project.write({"list.sh": ': > "$NOTES.up"\nsleep 300\n'})
    with project.start("plan", "--list-command=sh list.sh", start_new_session=True) as process:
        wait_for(f"{project.notes}.up")
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
    assert plan.text("runner/plan.json") == before


# A full disk
def failing(directory: Path) -> SplitProject:
    return pytest_project(directory, {"tests/test_a.py": "def test_a():\n    note('a')\n"})


@pytest.mark.parametrize("report", ["/dev/full/all.xml", "/dev/full"])
def test_a_full_disk_under_the_report_costs_no_test_and_fails_the_run(tmp_path: Path, report: str) -> None:
    project = failing(tmp_path / "p")
    done = project.alibi("run", f"--junit={report}")
    assert project.counts == {"a": 1}
    assert "cannot write the JUnit report /dev/full" in done.stderr
    assert done.returncode == 1


def test_a_report_is_written_into_a_link(tmp_path: Path) -> None:
    project = failing(tmp_path / "p")
    link = tmp_path / "link.xml"
    link.symlink_to(tmp_path / "kept.xml")
    project.run(f"--junit={link}")
    assert link.is_symlink()
    assert [case.get("name") for case in ElementTree.parse(tmp_path / "kept.xml").iter("testcase")] == [
        "test_a"
    ]


def test_a_full_disk_under_the_logs_costs_the_logs_alone(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", {"t/a.t": "echo out", "t/b.t": "echo out"})
    project.plan(*TWO)
    logs = tmp_path / "logs"
    logs.mkdir()
    for worker in (0, 1):
        (logs / f"node-0-worker-{worker}.log").symlink_to("/dev/full")
    done = project.run("--logs", logs)
    assert project.counts == {"t/a.t": 1, "t/b.t": 1}
    assert "worker-0.log ends here" in done.stderr


def test_a_ci_system_that_cannot_be_told_fails_the_planning(tmp_path: Path) -> None:
    """Without has_tests the test job is left out, and everything is green."""
    project = shell_project(tmp_path / "p", 2)
    project.environment |= {"GITHUB_SHA": "1", "GITHUB_OUTPUT": "/dev/full"}
    done = project.alibi("plan")
    assert done.returncode == 1
    assert "/dev/full" in done.stderr


def test_a_temporary_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", 2)
    done = project.alibi("run", env={"TMPDIR": str(tmp_path / "nope")})
    assert done.returncode == 1
    assert str(tmp_path / "nope") in done.stderr
    assert project.ran == []


def test_times_that_cannot_be_kept_are_no_reason_to_fail(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", {"t/a.t": "sleep 0.05"})
    (tmp_path / "file").write_text("")
    done = project.run(env={"ALIBI_DATA": str(tmp_path / "file" / "data")})
    assert project.counts == {"t/a.t": 1}
    assert "times of this run were not kept" in done.stderr


def test_nobody_reads_the_output(tmp_path: Path) -> None:
    """`alibi run | head -1`: the tests run all the same."""
    project = shell_project(tmp_path / "p", {"t/a.t": "seq 20000", "t/b.t": "seq 20000"})
    project.plan(*TWO)
    with project.start("run", "--report-enabled=false") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=60) == 0
    assert project.counts == {"t/a.t": 1, "t/b.t": 1}


# The queue
def test_a_queue_that_is_down_leaves_every_node_its_own_share(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", 6)
    project.plan(*TWO)
    for node in (0, 1):
        done = project.run("--ci-node", node, "--queue=redis://127.0.0.1:1", "--queue-key=k")
        assert "redis://127.0.0.1:1" in done.stderr
    assert project.counts == {f"t/00{number}.t": 1 for number in range(6)}


def test_a_report_of_a_worker_that_died_says_so(tmp_path: Path) -> None:
    dies = "import signal\ndef test_x():\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    project = pytest_project(
        tmp_path / "p", {"tests/test_a.py": "def test_a():\n    pass\n", "tests/test_b.py": dies}
    )
    project.plan("--max-parallelism=1")
    project.run("--max-parallelism=1", "--junit", tmp_path / "all.xml", status=137)
    text = (tmp_path / "all.xml").read_text()
    ElementTree.fromstring(text)
    assert "<error" in text
    assert "tests/test_b.py" in text


@pytest.mark.parametrize("script", ["list.sh", "below.sh"])
@pytest.mark.parametrize("command", ["plan", "run"])
def test_planning_that_is_ended_takes_what_it_started_along_and_leaves_nothing(
    tmp_path: Path, command: str, script: str
) -> None:
    """A CI system that cancels a job signals the command alone."""
    project = shell_project(tmp_path / "p", 1)
    project.write({"list.sh": 'echo $$ > "$NOTES.new"\nmv "$NOTES.new" "$NOTES.up"\nexec sleep 300\n'})
    project.write({"below.sh": "sh list.sh\ntrue\n"})
    (tmp_path / "tmp").mkdir()
    env = {"TMPDIR": str(tmp_path / "tmp")}
    with project.start(command, f"--list-command=sh {script}", env=env) as process:
        wait_for(f"{project.notes}.up")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    lister = Path("/proc") / Path(f"{project.notes}.up").read_text().strip() / "stat"
    try:
        end = time.monotonic() + 5
        while lister.exists() and lister.read_text().split()[2] != "Z":
            assert time.monotonic() < end, "the list command goes on"
            time.sleep(0.02)
    finally:
        if lister.exists():
            os.kill(int(lister.parent.name), signal.SIGKILL)
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("command", ["plan", "run"])
def test_words_that_mean_nothing_are_a_mistake_but_for_who_comes_from_ddtest(
    tmp_path: Path, command: str
) -> None:
    project = shell_project(tmp_path / "p", 1)
    assert project.alibi(command, "extra").returncode == 2
    ddtest = {"DD_TEST_OPTIMIZATION_RUNNER_MAX_PARALLELISM": "1"}
    for words, env in (
        [["extra", "more"], ddtest],
        [["--compat", "extra", "more"], {}],
        [["extra", "--", "more"], ddtest],
    ):
        done = project.alibi(command, *words, env=env)
        assert done.returncode == 0, done.stderr
        assert "ignored, as DDTest does: extra\n" in done.stderr
        assert "ignored, as DDTest does: more\n" in done.stderr
    wrong = project.alibi(command, "--nonsense", env=ddtest)
    assert wrong.returncode == 2
    assert "--nonsense" in wrong.stderr
