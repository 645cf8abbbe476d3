"""All nodes' tests together are those of a plain run: each once, with its outcome, and the exit status."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_projects import ALIBI, MAKERS, PLACES, ROOT, in_each_way, made
from split_runs import Project, commit, differences, plain_environment, plain_of

Way = tuple[int, int, list[str]]


def assert_is_plain(project: Project, way: Way, planned: list[str] | None = None) -> str:
    plain = plain_of(project)
    assert plain.status != 0, plain.output
    assert plain.cases, plain.output
    nodes, workers, options = way
    ended, said = project.split(nodes, workers, *options, planned=planned or [])
    assert differences(plain, ended, nodes) == [], said
    return said


def planned_units(project: Project) -> list[dict[str, Any]]:
    plan = json.loads((project.folder / ".testoptimization/runner/plan.json").read_text())
    units: list[dict[str, Any]] = plan["plan"]["units"]
    return units


@in_each_way
@pytest.mark.parametrize("framework", MAKERS)
def test_the_nodes_run_what_a_plain_run_does(framework: str, way: Way, tmp_path: Path) -> None:
    assert_is_plain(made(framework, tmp_path / framework), way)


@pytest.mark.parametrize("framework", MAKERS)
def test_nodes_on_machines_of_their_own_share_the_plans_folder(framework: str, tmp_path: Path) -> None:
    project = made(framework, tmp_path / framework)
    plain = plain_of(project)
    assert project.plan(3).returncode == 0
    ended = []
    for node in range(3):
        checkout = tmp_path / f"machine-{node}"
        shutil.copytree(project.folder, checkout, symlinks=True)
        environment = {**project.environment, "ALIBI_DATA": str(tmp_path / f"data-{node}")}
        ended.append(replace(project, folder=checkout, environment=environment).run(node, 2))
    assert differences(plain, ended, 3) == [], "".join(one.output for one in ended)


LONG = {"pytest": "tests/test_apples.py", "rspec": "spec/apples_spec.rb", "minitest": "test/apples_test.rb"}


def durations(folder: Path, long: str) -> Path:
    """Reports of eight days (one alone is drawn to what other files take) in which this file is long."""
    folder.mkdir()
    others = [long.replace("apples", place) for place in (*PLACES[1:], "mixed")]
    for day in range(1, 9):
        cases = "".join(
            f'<testcase classname="x" name="{number}" file="{file}" time="{seconds}"/>'
            for file, seconds in [(long, 9.5), *[(other, 0.01) for other in others]]
            for number in range(9)
        )
        suite = f'<testsuite name="x" timestamp="2026-01-0{day}T00:00:00">{cases}</testsuite>'
        (folder / f"{day}.xml").write_text(f"<testsuites>{suite}</testsuites>")
    return folder


@in_each_way
@pytest.mark.parametrize("framework", LONG)
def test_parts_of_a_long_file_are_all_run_once(framework: str, way: Way, tmp_path: Path) -> None:
    project = made(framework, tmp_path / framework)
    file = LONG[framework]
    reports = durations(tmp_path / "reports", file)
    workers = way[1]
    given = ["--durations", str(reports), "--ci-node-workers", str(workers), "--force-full-test-discovery"]
    assert_is_plain(project, way, given)
    parts = Counter(unit["file"] for unit in planned_units(project))
    # Tests of Ruby are selected by place or name, which may be others on a node: their files stay whole.
    assert (parts[file] > 1) == (framework == "pytest"), planned_units(project)
    assert all(parts[name] == 1 for name in parts if name != file)


@pytest.mark.parametrize("framework", ["pytest", "rspec"])
def test_a_run_that_plans_for_itself_divides_a_long_file_and_runs_its_tests_once(
    framework: str, tmp_path: Path
) -> None:
    project = made(framework, tmp_path / framework)
    plain = plain_of(project)
    reports = durations(tmp_path / "reports", LONG[framework])
    ended = project.run_here(2, "--durations", str(reports), "--force-full-test-discovery")
    assert differences(plain, [ended], 1) == [], ended.output
    assert Counter(unit["file"] for unit in planned_units(project))[LONG[framework]] > 1, ended.output


@pytest.mark.parametrize("way", [(1, 2, []), (3, 1, [])], ids=["one node", "three nodes"])
@pytest.mark.parametrize("framework", ["jest", "vitest", "mocha"])
def test_the_nodes_run_what_a_plain_run_of_javascript_does(framework: str, way: Way, tmp_path: Path) -> None:
    packages = Path(os.environ.get("ALIBI_NODE_MODULES") or ROOT / "build/javascript/node_modules").resolve()
    if shutil.which("node") is None or not (packages / ".bin" / framework).exists():
        pytest.skip("no node, or the packages of tests/javascript/package.json are not in build/javascript")
    folder = tmp_path / framework
    shutil.copytree(ROOT / "tests/javascript/projects" / framework, folder)
    (folder / "node_modules").symlink_to(packages)
    found = ["--platform", "javascript", "--framework", framework]
    project = Project(folder, framework, ALIBI, {**plain_environment(), "FAIL": "1"}, options=found)
    commit(folder)
    assert_is_plain(project, way)


def test_a_difference_is_seen(tmp_path: Path) -> None:
    project = made("pytest", tmp_path / "pytest")
    plain = plain_of(project)
    (project.folder / f"tests/test_{PLACES[0]}.py").write_text("def test_other():\n    pass\n")
    ended, _ = project.split(1, 2)
    found = differences(plain, ended, 1)
    assert sum(one.startswith("did not run") for one in found) == 9
    assert sum(one.startswith("too much") for one in found) == 1
