"""What DDTest's runs do wrong (its defects 6, 11 to 16, 23, 25), each as the right behaviour here."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from ruby_at_hand import ruby
from split_project import ALIBI, NOTING_TEST, SplitProject, junit_of, pytest_project, shell_project

TWO = ["--min-parallelism=2", "--max-parallelism=2"]


def wait_until(happened, seconds: float = 30) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


# 6
def test_a_worker_that_is_done_takes_over_what_a_slow_one_has_left(tmp_path: Path) -> None:
    """Half of the files are each worker's. One file waits until all are done but one, which its worker may have
    been promised already."""
    waits = """
import time
def test_slow():
    note("slow")
    end = time.monotonic() + 60
    while len(open(os.environ["NOTES"]).readlines()) < 5:
        assert time.monotonic() < end, "nobody took the other files over"
        time.sleep(0.01)
"""
    quick = {f"tests/test_{name}.py": f"def test_x():\n    note('{name}')\n" for name in "bcdef"}
    project = pytest_project(tmp_path / "p", {"tests/test_a.py": waits, **quick})
    project.plan(*TWO)
    done = project.run(*TWO)
    assert project.counts == dict.fromkeys(["slow", *"bcdef"], 1)
    of_slow = dict(project.ran)["slow"]
    assert sum(worker == of_slow for _, worker in project.ran) <= 2, done.stderr


# 11
@pytest.mark.parametrize("status", [0, 1, 2, 5, 77])
def test_the_exit_status_is_that_of_the_framework(tmp_path: Path, status: int) -> None:
    project = shell_project(tmp_path / "p", {"t/a.t": "true", "t/b.t": f"exit {status}"})
    project.plan(*TWO)
    project.run(*TWO, status=status)
    project.run("--ci-node=0", *TWO, status=0)
    project.run("--ci-node=1", *TWO, status=status)


def test_the_worst_of_several_exit_statuses_counts(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", {"t/a.t": "exit 1", "t/b.t": "exit 5", "t/c.t": "exit 2"})
    project.plan("--min-parallelism=3", "--max-parallelism=3")
    project.run("--max-parallelism=3", status=5)


PYTEST_STATUSES = {
    0: "def test_a():\n    pass\n",
    1: "def test_a():\n    assert False\n",
    2: "def test_a():\n    raise KeyboardInterrupt\n",
    5: "",
}


@pytest.mark.parametrize("status", sorted(PYTEST_STATUSES))
@pytest.mark.parametrize("how", [[], ["--no-persistent-workers"]], ids=["persistent", "batches"])
def test_statuses_of_pytest_are_its_own(tmp_path: Path, status: int, how: list[str]) -> None:
    project = pytest_project(tmp_path / "p", {"tests/test_a.py": PYTEST_STATUSES[status]})
    project.run(*how, status=status)


def test_no_tests_in_one_of_the_workers_is_no_failure(tmp_path: Path) -> None:
    project = pytest_project(tmp_path / "p", {"tests/test_a.py": PYTEST_STATUSES[0], "tests/test_b.py": ""})
    project.plan(*TWO)
    project.run(*TWO, "--no-persistent-workers", "--no-steal")


def test_a_file_that_cannot_be_loaded_fails_and_the_others_run(tmp_path: Path) -> None:
    tests = {"tests/test_a.py": "raise RuntimeError\n", "tests/test_b.py": "def test_b():\n    note('b')\n"}
    project = pytest_project(tmp_path / "p", tests)
    done = project.alibi("run")
    assert done.returncode in {1, 2}
    assert project.counts == {"b": 1}


def test_fail_fast_starts_nothing_after_the_first_failure(tmp_path: Path) -> None:
    tests = {
        f"tests/test_{name}.py": f"def test_x():\n    note('{name}')\n    assert '{name}' != 'a'\n"
        for name in "abc"
    }
    project = pytest_project(tmp_path / "p", tests)
    project.plan("--max-parallelism=1")
    done = project.run("--max-parallelism=1", "--fail-fast", "--json", status=1)
    assert project.counts == {"a": 1}
    assert done.stdout.count('"end":"not_run"') == 2 or done.stdout.count("not run") == 2, done.stdout


def test_without_fail_fast_everything_runs_to_its_end(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", {"t/a.t": "false", "t/b.t": "true", "t/c.t": "false"})
    project.run(status=1)
    assert project.counts == {"t/a.t": 1, "t/b.t": 1, "t/c.t": 1}


def test_a_file_that_takes_too_long_is_ended_and_the_others_run(tmp_path: Path) -> None:
    tests = {
        "tests/test_a.py": "import time\ndef test_x():\n    note('a')\n    time.sleep(300)\n",
        "tests/test_b.py": "def test_x():\n    note('b')\n",
    }
    project = pytest_project(tmp_path / "p", tests)
    done = project.run("--max-parallelism=1", "--file-timeout=1s", "--grace=1s", status=124)
    assert project.counts == {"a": 1, "b": 1}
    assert "tests/test_a.py was ended: it took more than 1" in done.stderr


def test_what_failed_is_run_again_and_what_passes_then_is_named(tmp_path: Path) -> None:
    flaky = 'test -e "$NOTES.once" || { : > "$NOTES.once"; return 3; }\n'
    project = shell_project(tmp_path / "p", {"t/a.t": "true", "t/flaky.t": flaky})
    done = project.run(*TWO, "--retry-failed=2")
    assert project.counts == {"t/a.t": 1, "t/flaky.t": 2}
    assert re.search(r"flaky.*t/flaky\.t", done.stderr), done.stderr


def test_what_fails_each_time_is_run_as_often_as_asked_and_fails(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", {"t/a.t": "true", "t/b.t": "exit 3"})
    project.plan(*TWO)
    project.run(*TWO, "--retry-failed=2", status=3)
    assert project.counts == {"t/a.t": 1, "t/b.t": 3}


# 12
def test_lines_of_several_workers_say_whose_they_are_and_are_never_mixed(tmp_path: Path) -> None:
    says = 'for n in 1 2 3 4 5 6 7 8 9; do printf "%s " "$file"; printf "part %s\\n" "$n"; done\n'
    project = shell_project(tmp_path / "p", {"t/a.t": says, "t/b.t": says})
    project.plan(*TWO)
    lines = project.run("--report-enabled=false").stdout.splitlines()
    assert len(lines) == 18
    by_file = {"t/a.t": set(), "t/b.t": set()}
    for line in lines:
        found = re.fullmatch(r"\[w([01])\] (t/[ab]\.t) part \d", line)
        assert found, line
        by_file[found[2]].add(found[1])
    assert sorted(map(len, by_file.values())) == [1, 1]


def test_in_a_ci_log_each_workers_output_is_one_foldable_group(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", {"t/a.t": "echo of a", "t/b.t": "echo of b"})
    project.environment["GITHUB_ACTIONS"] = "true"
    project.environment["GITHUB_SHA"] = "1"
    project.plan(*TWO)
    text = project.run("--report-enabled=false").stdout
    assert len(re.findall(r"::group::.*\n.*of [ab]\n::endgroup::", text)) == 2, text


def test_one_worker_keeps_the_streams_as_they_are(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", {"t/a.t": "echo out; echo err >&2"})
    project.plan()
    done = project.run("--report-enabled=false")
    assert done.stdout == "out\n"
    assert done.stderr == "err\n"


def test_each_worker_has_a_log_of_its_own(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", {"t/a.t": "echo of a", "t/b.t": "echo of b"})
    project.plan(*TWO)
    project.run("--logs", tmp_path / "logs")
    texts = {path.name: path.read_text() for path in (tmp_path / "logs").iterdir()}
    assert texts == {"node-0-worker-0.log": "of a\n", "node-0-worker-1.log": "of b\n"}


def test_reports_of_all_workers_become_one(tmp_path: Path) -> None:
    tests = {f"tests/test_{name}.py": f"def test_{name}():\n    assert '{name}' != 'c'\n" for name in "abcd"}
    project = pytest_project(tmp_path / "p", tests)
    project.plan(*TWO)
    project.run(*TWO, "--junit", tmp_path / "all.xml", status=1)
    cases = list(ElementTree.parse(tmp_path / "all.xml").getroot().iter("testcase"))
    assert sorted(str(case.get("name")) for case in cases) == ["test_a", "test_b", "test_c", "test_d"]
    failed = [case.get("name") for case in cases if case.find("failure") is not None]
    assert failed == ["test_c"]


# 13
COUNTS_SIGNALS = """\
trap 'echo "$$ INT" >> "$NOTES.signals"' INT
trap 'echo "$$ TERM" >> "$NOTES.signals"' TERM
python3 -c '
import os, signal, time
def note(number, frame):
    with open(os.environ["NOTES"] + ".signals", "a") as f: f.write("grandchild INT\\n")
signal.signal(signal.SIGINT, note)
open(os.environ["NOTES"] + ".up", "a").write("x\\n")
end = time.monotonic() + 1.5
while time.monotonic() < end: time.sleep(0.05)
'
exit 130
"""


def signals_noted(project: SplitProject) -> list[str]:
    path = Path(f"{project.notes}.signals")
    return sorted(
        line.split(" ", 1)[-1] if "grand" not in line else line for line in path.read_text().splitlines()
    )


def test_ctrl_c_reaches_workers_and_their_children_once(tmp_path: Path) -> None:
    """Two workers, each with a child; pytest and RSpec stop hard at a second SIGINT."""
    project = shell_project(tmp_path / "p", {"t/a.t": COUNTS_SIGNALS, "t/b.t": COUNTS_SIGNALS})
    project.plan(*TWO)
    with project.start("run", "--grace=60s") as process:
        up = Path(f"{project.notes}.up")
        wait_until(lambda: up.exists() and len(up.read_text().split()) == 2)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert signals_noted(project) == ["INT", "INT", "grandchild INT", "grandchild INT"]


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_at_a_terminal_reaches_everybody_once(tmp_path: Path, workers: int) -> None:
    project = shell_project(tmp_path / "p", {f"t/{name}.t": COUNTS_SIGNALS for name in "ab"[:workers]})
    project.plan(*TWO)
    leader, follower = pty.openpty()
    process = project.start(
        "run", "--grace=60s", stdin=follower, stdout=follower, stderr=follower,
        start_new_session=True, preexec_fn=lambda: __import__("fcntl").ioctl(0, 0x540E, 0),
    )  # fmt: skip
    os.close(follower)
    try:
        up = Path(f"{project.notes}.up")
        wait_until(lambda: up.exists() and len(up.read_text().split()) == workers)
        os.write(leader, b"\x03")
        assert process.wait(timeout=60) == 130
    finally:
        os.close(leader)
        process.kill()
        process.wait()
    assert signals_noted(project) == ["INT"] * workers + ["grandchild INT"] * workers


def test_a_worker_that_does_not_listen_is_ended_with_its_children_after_the_grace(tmp_path: Path) -> None:
    deaf = "trap '' INT TERM\nsleep 300 & echo $! > \"$NOTES.child\"\nwait\nwhile :; do sleep 300; done\n"
    project = shell_project(tmp_path / "p", {"t/a.t": deaf, "t/b.t": "true"})
    project.plan(*TWO)
    with project.start("run", "--grace=300ms") as process:
        child = Path(f"{project.notes}.child")
        wait_until(lambda: child.exists() and child.read_text().strip() != "")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 143
    wait_until(lambda: not is_alive(int(child.read_text())))


def is_alive(pid: int) -> bool:
    status = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], check=False, capture_output=True, text=True
    )
    return status.stdout.strip() not in {"", "Z"}


# 14
def test_after_planning_inside_run_a_signal_still_waits_for_the_workers_to_end(tmp_path: Path) -> None:
    tidies = """\
trap 'sleep 0.3; echo tidied >> "$NOTES.tidy"; exit 1' INT
: > "$NOTES.up"
while :; do sleep 0.05; done
"""
    project = shell_project(tmp_path / "p", {"t/a.t": tidies})
    with project.start("run") as process:  # there is no plan yet
        wait_until(Path(f"{project.notes}.up").exists)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert Path(f"{project.notes}.tidy").read_text() == "tidied\n"
    assert process.returncode == 130


# 15
def test_parallel_workers_with_a_command_never_swap_files(tmp_path: Path) -> None:
    project = SplitProject(tmp_path / "p")
    noting = """\
import os, sys
for file in sys.argv[1:]:
    if file.endswith("_spec.rb"):
        with open(os.environ["NOTES"], "a") as notes:
            notes.write(file + " " + os.environ["DD_TEST_SESSION_NAME"].rpartition("-")[2] + "\\n")
"""
    specs = {f"spec/{number:02}_spec.rb": "" for number in range(12)}
    project.commit({"fake_rspec.py": noting, **specs})
    words = [
        "--platform=ruby",
        "--framework=rspec",
        "--command=python3 fake_rspec.py rspec --one --two --three",
    ]
    plan = project.plan(*words, "--min-parallelism=6", "--max-parallelism=6")
    project.run(*words, "--no-steal", "--no-persistent-workers", "--max-parallelism=6", "--force")
    by_worker = {(file, str(node)) for node, files in enumerate(plan.nodes) for file in files}
    assert set(project.ran) == by_worker
    assert len(project.ran) == 12


# 16
def test_thousands_of_files_with_long_names_fit_whatever_a_command_line_takes(tmp_path: Path) -> None:
    """3 MB of names, where Linux takes 2 MB of arguments."""
    long = "x" * 200
    project = SplitProject(tmp_path / "p")
    folder = project.directory / "t"
    folder.mkdir()
    names = [f"t/{long}{number:05}.t" for number in range(14_000)]
    for name in names:
        (project.directory / name).touch()
    project.commit({"run.sh": 'for file; do echo "$file -"; done >> "$NOTES"\n'})
    project.words = ["--platform=generic", "--tests-location=t/**", "--run-command=sh run.sh"]
    project.plan("--max-parallelism=1")
    project.run("--max-parallelism=1")
    assert project.counts == dict.fromkeys(names, 1)


# 23
def test_a_workers_variable_may_hold_a_semicolon(tmp_path: Path) -> None:
    check = 'test "$A" = "x;y=0-0" && test "$B" = "2 b"\n'
    project = shell_project(tmp_path / "p", {"t/a.t": check})
    project.run("--worker-env=A=x;y={{nodeIndex}}-{{workerIndex}}", "--worker-env=B=2 b")


def test_workers_variables_in_the_peers_one_text_still_count(tmp_path: Path) -> None:
    check = 'test "$DB" = "db_1_0" && test "$B" = 2\n'
    project = shell_project(tmp_path / "p", {"t/a.t": check, "t/b.t": check})
    project.environment["DD_TEST_OPTIMIZATION_RUNNER_WORKER_ENV"] = (
        " DB = db_{{nodeIndex}}_{{workerIndex}} ; B=2;"
    )
    project.plan(*TWO)
    project.run("--ci-node=1")
    project.run("--ci-node=0", status=1)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_stream_that_is_closed_is_nobodys(tmp_path: Path, closed: str, workers: int) -> None:
    project = shell_project(tmp_path / "p", {"t/a.t": "echo said; echo wrong >&2", "t/b.t": "echo said"})
    command = [
        str(ALIBI),
        "run",
        *project.words,
        f"--min-parallelism={workers}",
        f"--max-parallelism={workers}",
    ]
    done = subprocess.run(["sh", "-c", f'exec "$@" {closed}', "sh", *command], cwd=project.directory,
                          env=project.env(), capture_output=True, text=True, timeout=20)  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    assert project.counts == {"t/a.t": 1, "t/b.t": 1}
    assert ("said" in done.stdout) == (">&-" not in closed.replace("2>&-", ""))


def rspec_project(directory: Path, specs: dict[str, str]) -> SplitProject:
    assert ruby()  # or skipped
    project = SplitProject(directory)
    project.commit(
        {f"spec/{name}_spec.rb": f"describe('{name}') {{ {text} }}\n" for name, text in specs.items()}
    )
    project.words = ["--platform=ruby", "--framework=rspec", *TWO]
    return project


def crash_project(framework: str, directory: Path) -> tuple[SplitProject, str]:
    """Seven files of two tests, and one whose process dies the first time."""
    gone = directory.parent / "gone"
    if framework == "rspec":
        dies = f"it('a') {{}}; it('b') {{ unless File.exist?('{gone}') then File.write('{gone}', ''); exit! 3 end }}"
        passes = "it('a') {}; it('b') {}"
        files = {f"f{number}": passes for number in range(7)} | {"f7": dies}
        return rspec_project(directory, files), "spec/f7_spec.rb"
    passes = "def test_a():\n    pass\ndef test_b():\n    pass\n"
    dies = f"def test_a():\n    pass\ndef test_b():\n    if not os.path.exists('{gone}'):\n        open('{gone}', 'w').close()\n        os._exit(3)\n"
    files = {f"tests/test_f{number}.py": passes for number in range(7)} | {"tests/test_f7.py": dies}
    project = pytest_project(directory, files)
    project.words = TWO
    return project, "tests/test_f7.py"


@pytest.mark.parametrize("framework", ["rspec", "pytest"])
@pytest.mark.parametrize("retries", [0, 2])
def test_a_crash_costs_no_other_files_tests_in_the_junit_report(
    tmp_path: Path, framework: str, retries: int
) -> None:
    project, file = crash_project(framework, tmp_path / "p")
    report = tmp_path / "all.xml"
    # One worker: all that came before the crash is in its report.
    words = ["--max-parallelism=1", "--min-parallelism=1", f"--retry-failed={retries}", f"--junit={report}"]
    project.words = [word for word in project.words if word not in TWO]
    done = project.alibi("run", *words)
    cases = ElementTree.parse(report).getroot().findall(".//testsuite[@name!='alibi run']/testcase")
    names = [(case.get("file") or case.get("classname"), case.get("name")) for case in cases]
    assert len(names) == len(set(names))
    others = [name for name in names if "f7" not in name[0]]
    assert len(others) == 14, names
    if retries:
        assert len(names) == 16, names
    told = [line for line in done.stderr.splitlines() if "JUnit report" in line]
    assert len(told) == 1, done.stderr
    assert file in told[0] or " more)" in told[0]
    assert str(tmp_path) not in told[0]


def test_a_test_that_changes_directory_loses_no_other_file(tmp_path: Path) -> None:
    quick = {
        f"a{number}": f"it('t') {{ File.write(ENV['NOTES'], \"a{number} -\\n\", mode: 'a') }}"
        for number in range(4)
    }
    project = rspec_project(tmp_path / "p", {"a01": "it('a') { Dir.chdir('/') }", **quick})
    project.run("--max-parallelism=1")
    assert project.counts == dict.fromkeys(quick, 1)


@pytest.mark.parametrize("options", ["tests", "tests -n2", "-n2 tests"])
def test_addopts_that_name_a_folder_make_nobody_run_everything(tmp_path: Path, options: str) -> None:
    files = {f"tests/test_{name}.py": f"def test_x():\n    note('{name}')\n" for name in "abc"}
    project = pytest_project(tmp_path / "p", files)
    project.commit({"pytest.ini": f"[pytest]\naddopts = -p no:cacheprovider {options}\n"})
    project.run("--no-persistent-workers", *TWO)
    assert project.counts == dict.fromkeys("abc", 1)


@pytest.mark.parametrize("how", [[], ["--no-persistent-workers"]], ids=["persistent", "batches"])
def test_names_that_pytest_does_not_take_are_run_once(tmp_path: Path, how: list[str]) -> None:
    doctests = {
        f"tests/{name}.py": f'"""\n>>> note("{name}")\n"""\n'
        for name in ("pk/__init__", "pk/m", "pk/s/__init__")
    }
    tests = {
        f"tests/{name}.py": f"def test_x():\n    note('{name}')\n"
        for name in ("test_[x]", "d[1]/test_b", "test_c")
    }
    project = pytest_project(tmp_path / "p", tests)
    project.commit({"pytest.ini": "[pytest]\naddopts = -p no:cacheprovider --doctest-modules\n"})
    project.commit({name: f"{text}{NOTING_TEST}" for name, text in doctests.items()})
    project.run(*how, "--max-parallelism=1")
    assert project.counts == dict.fromkeys(
        ["pk/__init__", "pk/m", "pk/s/__init__", "test_[x]", "d[1]/test_b", "test_c"], 1
    )


@pytest.mark.parametrize("how", [[], ["--no-persistent-workers"]], ids=["persistent", "batches"])
def test_parameters_with_colons_are_run_once_where_their_file_is_divided(
    tmp_path: Path, how: list[str]
) -> None:
    test = "@pytest.mark.parametrize('q', ['::a[b', 'x'])\ndef test_{0}(q):\n    note(f'{0}{{q}}')\n"
    project = pytest_project(
        tmp_path / "p",
        {
            "test_a.py": "import pytest\n" + "".join(test.format(number) for number in range(6)),
            "test_b.py": "def test_x():\n    note('b')\n",
        },
    )
    durations = tmp_path / "durations.xml"
    durations.write_text(junit_of({"test_a.py": 30, "test_b.py": 1}))
    project.run(*how, f"--durations={durations}", *TWO)
    names = [f"{number}{q}" for number in range(6) for q in ("::a[b", "x")]
    assert project.counts == dict.fromkeys([*names, "b"], 1)
