"""Vitest with projects, folders, filters and shards of its own: a share runs its files, each of them once."""

from __future__ import annotations

from itertools import combinations

import pytest
from node_project import NodeProject, lines, thirds
from vitest_project import VITEST, WORKSPACE, WORKSPACE_FILES, make

PROJECT = "vitest"


def plain(project: NodeProject, command: str = f"{VITEST} run") -> list[str]:
    noted = project.noting("plain")
    ended = project.start(["/bin/sh", "-c", command], {})
    assert ended.status == 0, ended.text
    return lines(noted)


def split(project: NodeProject, shares: list[list[str]], **asked: str) -> list[str]:
    noted = project.noting("split")
    ended = project.run(shares, **asked)
    assert all(one.status == 0 for one in ended), ended
    return lines(noted)


def test_what_a_run_leaves_out_of_one_project_runs_in_another(project: NodeProject) -> None:
    make(project, WORKSPACE_FILES, **WORKSPACE)
    assert project.found()["files"] == plain(project) == WORKSPACE_FILES
    for share in combinations(WORKSPACE_FILES, 2):
        assert split(project, [list(share)]) == list(share)
    assert split(project, [WORKSPACE_FILES[1:], WORKSPACE_FILES[:1]]) == WORKSPACE_FILES


def test_files_of_no_project_do_not_cost_those_of_another(project: NodeProject) -> None:
    make(project, ["old/src/a.test.js", "packages/p1/old/src/a.test.js", "src/a.test.js"], **WORKSPACE)
    files = ["packages/p1/old/src/a.test.js", "src/a.test.js"]
    assert project.found()["files"] == plain(project) == files
    assert split(project, [files]) == files


LOOK_ALIKES = [
    "src/a.test.js",
    "src/aa.test.js",
    "src/sub/a.test.js",
    "src/sub/aa.test.js",
    "src/sub/b.test.js",
]


@pytest.mark.parametrize("config", ["{root: 'src'}", "{test: {dir: './src'}}"])
def test_files_below_a_configured_folder_run_once(project: NodeProject, config: str) -> None:
    make(project, LOOK_ALIKES, vitest__config__js=f"export default {config}")
    assert project.found()["files"] == plain(project) == LOOK_ALIKES
    assert split(project, [[file] for file in LOOK_ALIKES]) == LOOK_ALIKES
    assert split(project, thirds(LOOK_ALIKES)) == LOOK_ALIKES


@pytest.mark.parametrize("option", ["-r src", "--dir=src"])
def test_files_below_a_folder_of_the_command_run_once(project: NodeProject, option: str) -> None:
    make(project, LOOK_ALIKES)
    command = f"{VITEST} {option}"
    assert project.found(command=command)["files"] == plain(project, f"{VITEST} run {option}") == LOOK_ALIKES
    assert split(project, [[file] for file in LOOK_ALIKES], command=command) == LOOK_ALIKES


def test_files_of_a_workspace_run_once(project: NodeProject) -> None:
    files = [f"packages/{package}/{file[4:]}" for package in ("p1", "p2") for file in LOOK_ALIKES]
    make(project, files, vitest__workspace__js="export default ['packages/*']",
         packages_in_p1_in_vitest__config__js="export default {}",
         packages_in_p2_in_vitest__config__js="export default {}")  # fmt: skip
    assert project.found()["files"] == plain(project) == files
    assert split(project, [[file] for file in files[:5]]) == files[:5]
    assert split(project, thirds(files)) == files


def test_a_filter_of_the_command_is_not_added_to_the_files_of_a_share(project: NodeProject) -> None:
    make(project, [*LOOK_ALIKES, "test/a.test.js"])
    command = f"{VITEST} run src/ --pass-with-no-tests sub --testTimeout 5000 --reporter dot"
    assert project.found(command=command)["files"] == plain(project, command) == LOOK_ALIKES
    assert split(project, [[file] for file in LOOK_ALIKES], command=command) == LOOK_ALIKES


def test_a_shard_of_the_command_is_left_out_and_said(project: NodeProject) -> None:
    make(project, LOOK_ALIKES)
    command = f"{VITEST} run --shard 1/2"
    found = project.found(command=command)
    assert found["files"] == LOOK_ALIKES
    assert found["notices"] == ["--shard of the command is left out: Alibi divides the files itself"]
    assert split(project, thirds(LOOK_ALIKES), command=command) == LOOK_ALIKES
    assert split(project, thirds(LOOK_ALIKES), command=f"{VITEST} --shard=2/2 run") == LOOK_ALIKES


def test_a_shard_of_the_configuration_costs_no_file(project: NodeProject) -> None:
    make(project, LOOK_ALIKES, vitest__config__js="export default {test: {shard: '1/2'}}")
    assert split(project, thirds(LOOK_ALIKES)) == LOOK_ALIKES
