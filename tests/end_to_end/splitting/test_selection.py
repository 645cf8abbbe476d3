"""Alibi's own evidence and splitting together: what a plan leaves out cannot break, what `alibi run` records is as
good as what a plain run does.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_projects import PLACES, in_each_way, made
from split_runs import Cases, Ended, Project, plain_of

Way = tuple[int, int, list[str]]
SOURCES = {"pytest": "shop/plums.py", "rspec": "lib/plums.rb", "minitest": "lib/plums.rb"}
TESTS = {"pytest": "tests/test_{}.py", "rspec": "spec/{}_spec.rb", "minitest": "test/{}_test.rb"}
with_evidence = pytest.mark.parametrize("framework", SOURCES)


def record(project: Project) -> None:
    """A plain run that Alibi records."""
    commands = {
        "pytest": [project.python, "-m", "pytest", "--alibi", "-p", "no:cacheprovider"],
        "rspec": [project.ruby, "-S", "rspec"],
        "minitest": [
            project.ruby, "-Ilib", "-Itest", "-e", "Dir['test/*_test.rb'].sort.each { |one| require './' + one }"
        ],
    }  # fmt: skip
    done = project.start(commands[project.framework], ALIBI="1")
    assert done.returncode == 1, done.stdout


def break_source(project: Project) -> None:
    path = project.folder / SOURCES[project.framework]
    path.write_text(path.read_text().replace("5 * count", "5 * count + 1"))


def left_out(project: Project) -> list[str]:
    plan = json.loads((project.folder / ".testoptimization/runner/plan.json").read_text())
    files: list[Any] = plan["files"]["left_out"]
    return sorted(one if isinstance(one, str) else one["file"] for one in files)


def has_to_run(project: Project) -> list[str]:
    done = project.command("select", "--ids")
    assert done.returncode in (0, 3), done.stdout
    return [line for line in done.stdout.splitlines() if not line.startswith("alibi:")]


def together(ended: list[Ended]) -> Cases:
    return sum((one.cases for one in ended), Cases())


@in_each_way
@with_evidence
def test_what_a_change_can_break_runs_and_the_rest_is_left_out(
    framework: str, way: Way, tmp_path: Path
) -> None:
    project = made(framework, tmp_path / framework)
    before = plain_of(project)
    record(project)
    break_source(project)
    plain = plain_of(project)
    assert (plain.cases - before.cases).total() >= 5  # outcomes that the change breaks
    nodes, workers, options = way
    ended, said = project.split(nodes, workers, *options)
    ran = together(ended)
    assert ran - plain.cases == Cases(), said
    assert plain.cases - ran <= before.cases, said  # what did not run ended as before: nothing was missed
    unchanged = [TESTS[framework].format(place) for place in PLACES if place != "plums"]
    assert left_out(project) == sorted(unchanged), said
    places = {place for place in PLACES if any(place in where.lower() for where, _, _ in ran)}
    assert places == {"plums"}, said
    assert max(one.status for one in ended) == plain.status


@in_each_way
@with_evidence
def test_after_a_split_run_nothing_has_to_run(framework: str, way: Way, tmp_path: Path) -> None:
    project = made(framework, tmp_path / framework)
    make_green(project)
    nodes, workers, options = way
    ended, said = project.split(nodes, workers, *options)
    assert [one.status for one in ended] == [0] * nodes, said
    assert has_to_run(project) == [], said
    again, said = project.split(nodes, workers, *options)
    assert together(again) == Cases(), said
    break_source(project)
    asked = has_to_run(project)
    assert asked, said
    assert all("plums" in one.lower() for one in asked)


def make_green(project: Project) -> None:
    """Failed tests run again in each run; here all pass."""
    (project.folder / TESTS[project.framework].format("mixed")).unlink()


@in_each_way
def test_evidence_is_that_of_a_plain_recorded_run(way: Way, tmp_path: Path) -> None:
    split, plain = made("pytest", tmp_path / "split"), made("pytest", tmp_path / "plain")
    nodes, workers, options = way
    _, said = split.split(nodes, workers, *options)
    record(plain)
    assert shown(split) == shown(plain), said


def shown(project: Project) -> dict[str, Any]:
    """test: the lines it ran."""
    done = project.command("show", "--json")
    assert done.returncode == 0, done.stdout
    return {test["id"]: test["files"] for test in json.loads(done.stdout)["tests"]}


def test_a_node_with_another_value_of_a_variable_that_tests_depend_on_refuses_the_plan(
    tmp_path: Path,
) -> None:
    """What was left out may break with it; values are in the plan as digests, of secrets not even that."""
    project = made("pytest", tmp_path / "pytest")
    make_green(project)
    reads = "import os\n\n\ndef test_it():\n    assert os.environ['FLAVOUR'] != 'sour'\n    os.environ.get('API_TOKEN')\n"
    (project.folder / "tests/test_flavour.py").write_text(reads)
    project = replace(
        project, environment={**project.environment, "FLAVOUR": "sweet", "API_TOKEN": "t0ps3cret"}
    )
    command = [project.python, "-m", "pytest", "--alibi", "-p", "no:cacheprovider"]
    assert project.start(command).returncode == 0
    assert project.plan(1).returncode == 0
    assert "tests/test_flavour.py" in left_out(project)
    text = (project.folder / ".testoptimization/runner/plan.json").read_text()
    assert "FLAVOUR" in text
    assert "sweet" not in text
    assert "t0ps3cret" not in text
    assert project.run(0, 1).status == 0
    other = replace(project, environment={**project.environment, "FLAVOUR": "sour"})
    ended = other.run(0, 1)
    assert ended.status == 1
    assert "FLAVOUR" in ended.output
    assert "[run_plan_foreign]" in ended.output
