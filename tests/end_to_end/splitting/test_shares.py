"""Whatever files are called, wherever the project is and whoever says which node this is: each file once."""

from __future__ import annotations

from pathlib import Path

import pytest
from split_project import SplitProject, shell_project

TWO = ["--min-parallelism=2", "--max-parallelism=2"]
ODD = [
    "t/a b.t",
    "t/semi;colon.t",
    "t/quo'te\".t",
    "t/üñ.t",
    "t/$(touch x).t",
    "t/*.t",
    "t/back\\slash.t",
    "t/#.t",
    "t/%s.t",
]


def names(numbers: int) -> dict[str, int]:
    return {f"t/{number:03}.t": 1 for number in range(numbers)}


def odd_names(directory: Path) -> SplitProject:
    project = SplitProject(directory)
    project.commit(
        {"run.sh": 'for file; do printf "%s -\\n" "$file"; done >> "$NOTES"\n', **dict.fromkeys(ODD, "")}
    )
    project.words = ["--platform=generic", "--tests-location=t/**", "--run-command=sh run.sh"]
    return project


def test_odd_names_reach_the_workers_as_they_are(tmp_path: Path) -> None:
    project = odd_names(tmp_path / "p")
    plan = project.plan(*TWO)
    assert sorted(plan.files) == sorted(ODD)
    project.run("--ci-node=0")
    project.run("--ci-node=1")
    assert project.counts == dict.fromkeys(ODD, 1)


@pytest.mark.parametrize("name", ["t/new\nline.t", "-dash.t"])
def test_a_name_that_no_list_can_hold_is_named_instead_of_lost(tmp_path: Path, name: str) -> None:
    project = odd_names(tmp_path / "p")
    project.write({name: ""})
    done = project.alibi("plan", "--tests-location=**/*.t")
    assert done.returncode == 1
    assert name.replace("\n", "?") in done.stderr
    assert "--tests-exclude-pattern" in done.stderr


@pytest.mark.parametrize("workers", ["1", "3", "16", "ncpu"])
def test_a_node_may_have_other_workers_than_were_planned(tmp_path: Path, workers: str) -> None:
    project = shell_project(tmp_path / "p", 10)
    project.plan(*TWO)
    for node in (0, 1):
        project.run("--ci-node", node, "--ci-node-workers", workers)
    assert project.counts == names(10)


@pytest.mark.parametrize("nodes", [1, 2, 3, 7])
def test_all_nodes_together_run_everything_once(tmp_path: Path, nodes: int) -> None:
    project = shell_project(tmp_path / "p", 23)
    project.plan(f"--min-parallelism={nodes}", f"--max-parallelism={nodes}", "--ci-node-workers=2")
    for node in range(nodes):
        project.run("--ci-node", node, "--ci-node-workers=2")
    assert project.counts == names(23)


SYSTEMS = {
    "GitLab counts from 1": [{"GITLAB_CI": "true", "CI_NODE_INDEX": str(node + 1), "CI_NODE_TOTAL": "2"} for node in (0, 1)],
    "CircleCI counts from 0": [
        {"CIRCLECI": "true", "CIRCLE_NODE_INDEX": str(node), "CIRCLE_NODE_TOTAL": "2"} for node in (0, 1)
    ],
    "Buildkite counts from 0": [
        {"BUILDKITE": "true", "BUILDKITE_PARALLEL_JOB": str(node), "BUILDKITE_PARALLEL_JOB_COUNT": "2"} for node in (0, 1)
    ],
}  # fmt: skip


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_ci_system_says_which_node_this_is(tmp_path: Path, system: str) -> None:
    project = shell_project(tmp_path / "p", 9)
    project.plan(*TWO)
    for env in SYSTEMS[system]:
        project.run(env=env)
    assert project.counts == names(9)


def test_fewer_nodes_than_were_planned_are_refused(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", 9)
    project.plan("--min-parallelism=3", "--max-parallelism=3")
    done = project.run(env={"GITLAB_CI": "true", "CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "2"}, status=1)
    assert "3 nodes" in done.stderr
    assert "--max-parallelism=2" in done.stderr
    assert project.ran == []


def test_a_number_of_a_node_that_is_none_is_refused(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", 2)
    done = project.run(env={"GITLAB_CI": "true", "CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "x"}, status=2)
    assert "CI_NODE_TOTAL" in done.stderr
    assert "[plan_setting_invalid]" in done.stderr
    assert project.ran == []


def test_a_project_below_the_repositorys_root_has_a_plan_of_its_own(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", 2)
    project.commit({"core/run.sh": (project.directory / "run.sh").read_text(), "core/t/a.t": "true"})
    project.directory /= "core"
    assert project.plan().files == ["t/a.t"]
    project.run()
    assert project.counts == {"t/a.t": 1}


def test_a_plan_folder_that_was_copied_to_another_checkout_is_run_there(tmp_path: Path) -> None:
    project = shell_project(tmp_path / "p", 6)
    project.plan(*TWO)
    for node in (0, 1):
        project.git("clone", "-q", str(project.directory), str(tmp_path / f"job{node}" / "p"))
        job = SplitProject.__new__(SplitProject)
        job.__dict__.update(project.__dict__ | {"directory": tmp_path / f"job{node}" / "p"})
        (project.directory / ".testoptimization").rename(job.directory / ".testoptimization")
        job.run("--ci-node", node)
        (job.directory / ".testoptimization").rename(project.directory / ".testoptimization")
    assert project.counts == names(6)
