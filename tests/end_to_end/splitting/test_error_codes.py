"""Every error code of collector/model/plan_errors.h that can be provoked from outside: its bracketed name, the
exit status, what was wrong with which input, and what to do.

Nobody can provoke these, and why:
  plan_optimization_client_creation_failed, plan_optimization_client_initialization_failed: a service that
    cannot be used is never fatal here (test_defects_of_discovery.py).
  plan_fast_discovery_results_processing_failed, run_planning_failed, run_git_unavailable: not used; what
    failed inside keeps its own code, and running needs no git.
  plan_full_discovery_results_processing_failed: our own driver would have to write nonsense.
  plan_test_files_write_failed, plan_skippable_percentage_write_failed, plan_parallel_runners_write_failed,
    plan_test_splits_write_failed: a disk that is full is so for the cache, which is written before them and
    is larger (tests/unit/plan_folder fails each write in turn).
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from split_project import SplitProject, junit_of, pytest_project, shell_project

TWO = ["--min-parallelism=2", "--max-parallelism=2"]


@dataclass
class Case:
    code: str
    words: list[str]
    says: list[str]
    status: int = 1
    before: Callable[[SplitProject], None] = lambda project: None
    project: Callable[[Path], SplitProject] = lambda directory: shell_project(directory, 4)
    env: dict[str, str] = field(default_factory=dict)
    ran: int = 0  # how many files


def check(case: Case, tmp_path: Path) -> None:
    project = case.project(tmp_path / "p")
    case.before(project)
    project.forget()
    done = project.alibi(*case.words, env=case.env)
    last = done.stderr.strip().splitlines()[-1]
    assert f"[{case.code}]" in done.stderr
    assert done.returncode == case.status, done.stderr
    assert last.endswith(f" [{case.code}]"), "the error is the last line of all"
    for text in case.says:
        assert text in done.stderr, done.stderr
    assert len(project.ran) == case.ran
    assert all(count == 1 for count in project.counts.values())


SETTINGS = {
    "--target-time=25": ["--target-time", '"25"', "25s"],
    "--ci-job-overhead=soon": ["--ci-job-overhead", '"soon"', "25s"],
    "--file-timeout=-1s": ["--file-timeout", '"-1s"', "give 0s or more"],
    "--grace=1 s": ["--grace", '"1 s"', "1500ms"],
    "--ci-node=two": ["--ci-node", '"two"', "whole number"],
    "--ci-node-workers=0": ["--ci-node-workers", '"0"', "ncpu"],
    "--min-parallelism=many": ["--min-parallelism", '"many"', "whole number"],
    "--retry-failed=-1": ["--retry-failed", '"-1"', "0 to 1000"],
    "--output=loud": ["--output", '"loud"', "prefix, group"],
    "--objective=fun": ["--objective", '"fun"', "score, wall, cost"],
    "--queue=http://me:secret@host": ["--queue", "redis://HOST:PORT"],
    "--tests-location=t/{a": ['"t/{a"', "'}'"],
    "--tests-exclude-pattern=t/[a": ['"t/[a"', "']'"],
}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_setting_that_means_nothing(tmp_path: Path, command: str, setting: str) -> None:
    check(Case("plan_setting_invalid", [command, setting], SETTINGS[setting], status=2), tmp_path)


def test_a_variable_that_means_nothing_is_named(tmp_path: Path) -> None:
    name = "DD_TEST_OPTIMIZATION_RUNNER_TARGET_TIME"
    check(Case("plan_setting_invalid", ["plan"], [name, '"soon"'], 2, env={name: "soon"}), tmp_path)


def test_a_password_is_not_said(tmp_path: Path) -> None:
    done = shell_project(tmp_path / "p", 1).alibi("run", "--queue=http://me:secret@host")
    assert "secret" not in done.stderr


def test_an_empty_value_of_a_flag_is_an_empty_value(tmp_path: Path) -> None:
    """CI configurations pass variables on that may be empty."""
    project = shell_project(tmp_path / "p", 2)
    for words in (["--tests-exclude-pattern", ""], ["--tests-exclude-pattern="]):
        assert project.plan(*words).files == ["t/000.t", "t/001.t"]


def bare(directory: Path) -> SplitProject:
    project = SplitProject(directory)
    project.commit({"readme.txt": ""})
    return project


def with_fake_node(directory: Path) -> SplitProject:
    """A Node.js that knows its version and nothing else."""
    project = bare(directory)
    project.write(
        {
            "bin/node": '#!/bin/sh\ntest "$1" = --version && echo v20.0.0\n',
            "node_modules/.bin/jest": "#!/bin/sh\n",
        }
    )
    for name in ("bin/node", "node_modules/.bin/jest"):
        (project.directory / name).chmod(0o755)
    project.environment["PATH"] = f"{project.directory}/bin:/usr/bin:/bin"
    return project


def broken_pytest(directory: Path) -> SplitProject:
    return pytest_project(directory, {"tests/test_a.py": "raise RuntimeError('broken here')\n"})


EMPTY_PATH = {"PATH": "/nonexistent"}
PLANNING = {
    "a runtime tag is no text": Case(
        "plan_runtime_tags_invalid", ["plan", '--runtime-tags={"os.platform":1}'], ["--runtime-tags", "JSON object"]
    ),
    "runtime tags are no JSON": Case("plan_runtime_tags_invalid", ["plan", "--runtime-tags={"], ['"{"', "JSON object"]),
    "unknown platform": Case("plan_platform_detection_failed", ["plan", "--platform=cobol"], ["cobol", "python, ruby"]),
    "nothing is recognised": Case(
        "plan_platform_detection_failed", ["plan"], ["no test framework", "--framework"], project=bare
    ),
    "no Python": Case(
        "plan_platform_detection_failed", ["plan", "--framework=pytest"], ["python", "PATH", "install"],
        project=bare, env=EMPTY_PATH,
    ),
    "no Ruby": Case(
        "plan_platform_detection_failed", ["plan", "--framework=rspec"], ["ruby", "PATH", "install"],
        project=bare, env=EMPTY_PATH,
    ),
    "no Node.js": Case(
        "plan_platform_detection_failed", ["plan", "--framework=jest"], ["node", "PATH", "install"],
        project=bare, env=EMPTY_PATH,
    ),
    "Node.js does not say what it is": Case(
        "plan_platform_tags_creation_failed", ["plan", "--framework=jest"], ["node -e", "check that node works"],
        project=with_fake_node,
    ),
    "unknown framework": Case(
        "plan_framework_detection_failed", ["plan", "--framework=nose"], ["nose", "python/pytest"], project=bare
    ),
    "a framework of another platform": Case(
        "plan_framework_detection_failed", ["plan", "--platform=python", "--framework=rspec"], ["rspec", "python"], project=bare
    ),
    "a framework that is not installed": Case(
        "plan_framework_detection_failed", ["plan", "--framework=mocha"], ["node_modules/.bin/mocha", "npm ci"], project=bare
    ),
    "a pattern finds nothing": Case(
        "plan_test_files_resolution_failed", ["plan", "--tests-location=spec/**"],
        ["spec/**", "--tests-location"],
    ),
    "explaining an unknown file": Case(
        "plan_test_files_resolution_failed", ["plan", "--explain=t/nope.t"], ["t/nope.t", "--tests-location"]
    ),
    "single tests cannot be listed and have to be": Case(
        "plan_full_test_discovery_failed", ["plan", "--force-full-test-discovery", "--strict-discovery"],
        ["broken here", "pytest"], project=broken_pytest,
    ),
    "the list command fails": Case(
        "plan_fast_test_discovery_failed", ["plan", "--list-command=sh -c 'echo why >&2; exit 7'"],
        ["status 7", "why", "sh -c"],
    ),
    "the list command is not there": Case(
        "plan_fast_test_discovery_failed", ["plan", "--list-command=/no/such/list"], ["/no/such/list", "No such file"]
    ),
    "a configuration that pytest refuses": Case(
        "plan_fast_test_discovery_failed", ["plan", "--framework=pytest"], ["pytest.ini:1"],
        project=bare, before=lambda project: project.write({"pytest.ini": "[pytest\n"}),
    ),
    "a plan to compare with that is not there": Case(
        "run_plan_load_failed", ["plan", "--diff=nowhere"], ["nowhere", "alibi plan"]
    ),
    "a plan to compare with that is a file": Case(
        "run_plan_status_check_failed", ["plan", "--diff=run.sh"], ["run.sh", "Not a directory"]
    ),
    "numbers to try that are none": Case("plan_setting_invalid", ["plan", "--what-if=4,x"], ["4,x", "4,8,16"], 2),
    "a CI system nobody knows": Case("plan_setting_invalid", ["plan", "--ci-output=mine"], ["mine", "github"], 2),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANNING)
def test_planning(tmp_path: Path, name: str) -> None:
    check(PLANNING[name], tmp_path)


def planned(project: SplitProject) -> Path:
    return project.plan(*TWO).folder / "runner"


def change(name: str, text: str | None) -> Callable[[SplitProject], None]:
    def make(project: SplitProject) -> None:
        path = planned(project) / name
        if text is None:
            path.unlink()
        else:
            path.write_text(text)

    return make


def other_framework(project: SplitProject) -> None:
    path = planned(project) / "plan.json"
    document = json.loads(path.read_text())
    document["framework"] = "nose"
    document["key"]["settings"] = [
        [flag, "nose" if flag == "--framework" else value] for flag, value in document["key"]["settings"]
    ]
    project.words.remove("--framework=generic")
    path.write_text(json.dumps(document))


def moved_on(project: SplitProject) -> None:
    planned(project)
    project.commit({"t/new.t": "true"})


def fails(directory: Path) -> SplitProject:
    return shell_project(directory, {"t/a.t": "true", "t/b.t": "exit 3"})


def one_python_test(directory: Path) -> SplitProject:
    return pytest_project(directory, {"tests/test_a.py": "def test_a():\n    pass\n"})


def hides_python(project: SplitProject) -> None:
    project.plan()
    project.environment["PATH"] = "/nonexistent"


AGAIN = "alibi plan"
RUNNING = {
    "the manifest is missing": Case(
        "run_plan_load_failed", ["run"], ["manifest.txt", AGAIN],
        before=lambda project: (planned(project).parent / "manifest.txt").unlink(),
    ),
    "the layout is of the future": Case(
        "run_plan_load_failed", ["run"], ["manifest.txt", '"2"'],
        before=lambda project: (planned(project).parent / "manifest.txt").write_text("2\n"),
    ),
    "plan.json is cut off": Case("run_plan_load_failed", ["run"], ["plan.json", AGAIN], before=change("plan.json", '{"version": 1,')),
    "another number of nodes": Case(
        "run_parallel_runners_read_failed", ["run"], ["parallel-runners.txt", AGAIN], before=change("parallel-runners.txt", "1")
    ),
    "a list of files that was edited": Case(
        "run_sequential_test_files_read_failed", ["run"], ["test-files.txt", AGAIN], before=change("test-files.txt", "t/000.t\n")
    ),
    "a list of a node that was edited": Case(
        "run_ci_node_test_files_read_failed", ["run", "--ci-node=1"], ["runner-1", AGAIN], before=change("tests-split/runner-1", "t/000.t\n")
    ),
    "a list of a node that is missing": Case(
        "run_ci_node_test_files_read_failed", ["run", "--ci-node=1"], ["runner-1", AGAIN], before=change("tests-split/runner-1", None)
    ),
    "a list of another plan": Case(
        "run_parallel_splits_read_failed", ["run"], ["runner-7", AGAIN], before=change("tests-split/runner-7", "t/000.t\n")
    ),
    "the framework of the plan is unknown": Case("run_framework_detection_failed", ["run"], ["nose", "python/pytest"], before=other_framework),
    "the interpreter of the plan is missing": Case(
        "run_platform_detection_failed", ["run"], ["python", "install"], project=one_python_test, before=hides_python
    ),
    "tests fail, one worker": Case(
        "run_sequential_tests_failed", ["run", "--max-parallelism=1"], ["exit status 3"], 3, project=fails, ran=2,
        before=lambda project: project.plan("--max-parallelism=1"),
    ),
    "tests fail, workers": Case("run_parallel_tests_failed", ["run"], ["exit status 3", "t/b.t"], 3, project=fails, ran=2, before=planned),
    "tests fail, node": Case("run_ci_node_tests_failed", ["run", "--ci-node=1"], ["exit status 3", "t/b.t"], 3, project=fails, ran=1, before=planned),
    "the run command is not there": Case(
        "run_parallel_tests_failed", ["run", *TWO, "--run-command=/no/such/runner"], ["/no/such/runner", "No such file"]
    ),
    "a node that is not in the plan": Case(
        "run_ci_node_test_files_missing", ["run", "--ci-node=2"], ["node 2", "0 to 1", "count from 1"], before=planned
    ),
    "the plan of another commit": Case("run_plan_foreign", ["run", "--ci-node=0"], ["commit", "--force"], before=moved_on),
    "a queue without a name": Case(
        "run_queue_failed", ["run", "--ci-node=0", "--queue=redis://127.0.0.1:1"], ["--queue-key"], before=planned
    ),
    "nothing was measured": Case("plan_timings_unreadable", ["replay"], ["--actual"], before=planned),
    "a replay without a plan": Case("run_plan_load_failed", ["replay", "nowhere"], ["nowhere", AGAIN]),
    "a replay of a file": Case("run_plan_status_check_failed", ["replay", "run.sh"], ["run.sh", "Not a directory"]),
}  # fmt: skip


@pytest.mark.parametrize("name", RUNNING)
def test_running(tmp_path: Path, name: str) -> None:
    check(RUNNING[name], tmp_path)


# A folder as the peer writes it has no plan.json that would know better.
def peers_folder(change_it: Callable[[Path], object]) -> Callable[[SplitProject], None]:
    def make(project: SplitProject) -> None:
        folder = project.plan(*TWO, "--compat").folder / "runner"
        (folder / "plan.json").unlink()
        change_it(folder)

    return make


PEERS = {
    "no number of nodes": Case(
        "run_parallel_runners_parse_failed", ["run"], ["parallel-runners.txt", '"many"', AGAIN],
        before=peers_folder(lambda folder: (folder / "parallel-runners.txt").write_text("many")),
    ),
    "a file on two nodes": Case(
        "run_parallel_test_files_read_failed", ["run"], ["runner-1", "twice"],
        before=peers_folder(
            lambda folder: (folder / "tests-split/runner-1").write_text((folder / "tests-split/runner-0").read_text())
        ),
    ),
    "a file on no node": Case(
        "run_parallel_splits_read_failed", ["run"], ["is in none of the lists"],
        before=peers_folder(lambda folder: (folder / "tests-split/runner-1").write_text("")),
    ),
    "a node's list is missing": Case(
        "run_ci_node_test_files_missing", ["run", "--ci-node=1"], ["runner-1", AGAIN],
        before=peers_folder(lambda folder: (folder / "tests-split/runner-1").unlink()),
    ),
    "its cache is cut off": Case(
        "run_plan_load_failed", ["run"], ["test_suite_durations.json"],
        before=peers_folder(lambda folder: (folder / "cache/test_suite_durations.json").write_text("{")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PEERS)
def test_running_a_folder_of_the_peer(tmp_path: Path, name: str) -> None:
    check(PEERS[name], tmp_path)


def test_without_git_everything_works_and_it_is_said(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", 2)
    shutil.rmtree(project.directory / ".git")
    assert "[plan_git_unavailable]" in project.plan().errors
    project.run()
    assert project.counts == {"t/000.t": 1, "t/001.t": 1}


def test_a_junit_file_that_cannot_be_read_costs_its_times_alone(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", 2)
    project.write({"bad.xml": "<testsuite", "good.xml": junit_of({"t/000.t": 5, "t/001.t": 5})})
    plan = project.plan("--durations=bad.xml", "--durations=nope.xml", "--durations=good.xml")
    assert plan.weights == {"t/000.t": 5000, "t/001.t": 5000}
    assert "bad.xml" in plan.errors
    assert "nope.xml" in plan.errors


def small_disk(size: int) -> Callable[[], None]:
    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def test_a_full_disk_leaves_the_old_plan_as_it_was(tmp_path: Path) -> None:
    """A limit of the size of files stands for it: what does not fit fails as on a full disk."""
    project = shell_project(tmp_path / "p", 4)
    plan = project.plan()
    before = {path: path.read_bytes() for path in sorted(plan.folder.rglob("*")) if path.is_file()}
    done = project.alibi("plan", *TWO, "--report-enabled=false", preexec_fn=small_disk(600))
    assert done.returncode == 1
    assert "[plan_cache_write_failed]" in done.stderr
    assert f"{plan.folder}/runner" in done.stderr
    assert "the plan is as it was before" in done.stderr
    assert {path: path.read_bytes() for path in sorted(plan.folder.rglob("*")) if path.is_file()} == before
    assert [name for name in os.listdir(project.directory) if name.startswith(".testoptimization.")] == []
    project.run()
    assert project.counts == {f"t/00{number}.t": 1 for number in range(4)}


def test_the_plans_folder_cannot_be_made(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", 2)
    project.write({".testoptimization": "a file"})
    done = project.alibi("plan", "--report-enabled=false")
    assert done.returncode == 1
    assert "[plan_manifest_write_failed]" in done.stderr
    assert ".testoptimization" in done.stderr
    assert (project.directory / ".testoptimization").read_text() == "a file"
