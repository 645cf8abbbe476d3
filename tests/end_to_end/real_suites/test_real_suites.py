"""The main job on real projects: `pytest --alibi --alibi-noselect` ends as plain pytest does, and `alibi
show` has each test.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alibi_install import ready
from environments import Interpreter, interpreter
from real_suites import SUITES, RealSuite, Unavailable, work_copy
from suite_runs import SuiteRun, differences, repeated, run_suite


class Project:
    """One suite, its interpreter and its plain run."""

    def __init__(self, suite: RealSuite, scratch: Path) -> None:
        self.suite, self.scratch = suite, scratch
        try:
            self.python: Interpreter = ready(
                interpreter(sys.executable), ("pytest", "xdist", *suite.packages)
            )
            self.root = work_copy(suite, scratch)
        except Unavailable as error:
            pytest.skip(f"{suite.name}: {error}")
        self.plain = self.run("plain", "-p", "no:alibi")

    def run(self, name: str, *options: str) -> SuiteRun:
        data = self.scratch / f"data-{name}"
        environment = {**self.suite.environment(self.root), "ALIBI_DATA": str(data)}
        command = self.suite.command(self.python.path, *options)

        def once() -> SuiteRun:
            shutil.rmtree(data, ignore_errors=True)
            return run_suite(command, self.root, environment, junit=self.scratch / f"{name}.xml")

        return repeated(once, self.suite.clocked)

    def shown(self, name: str) -> list[dict[str, Any]]:
        command = [str(Path(self.python.path).parent / "alibi"), "show", "--json"]
        environment = {**self.suite.environment(self.root), "ALIBI_DATA": str(self.scratch / f"data-{name}")}
        result = subprocess.run(
            command, cwd=self.root, env=environment, check=True, capture_output=True, text=True
        )
        tests: list[dict[str, Any]] = json.loads(result.stdout)["tests"]
        return tests


Lines = set[tuple[str, int]]


def lines_by_test(tests: list[dict[str, Any]], racing: Lines) -> dict[str, Lines]:
    return {
        str(test["id"]): {(path, line) for path, lines in test["files"].items() for line in lines} - racing
        for test in tests
    }


def all_lines(evidence: dict[str, Lines]) -> Lines:
    return set().union(*evidence.values())


@pytest.fixture(scope="module", params=list(SUITES))
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(SUITES[request.param], Path(tmp_path_factory.mktemp(request.param)).resolve())


def test_the_plain_suite_runs_here(project: Project) -> None:
    # One of boltons' tests strips letters of the folder's path from file names: it depends on where it lies.
    outcomes = list(project.plain.outcomes.values())
    unexpected = sum(outcome in ("failed", "error") for outcome in outcomes)
    assert len(outcomes) > 100, project.plain.tail(40)
    assert unexpected <= 1, project.plain.tail(40)


def test_outcomes_and_exit_status_are_those_of_plain_pytest(project: Project) -> None:
    run = project.run("alibi", "--alibi", "--alibi-noselect")
    assert differences(project.plain, run) == [], run.tail(40)
    shown = project.shown("alibi")
    assert len(shown) == len({str(test["id"]) for test in shown})
    assert len(shown) >= len(project.plain.outcomes)
    without_lines = [
        test["id"] for test in shown if not test["files"] and test["outcome"] in ("passed", "failed")
    ]
    assert without_lines == []
    assert [test["id"] for test in shown if test["drops"]] == []


def test_evidence_of_two_workers_is_that_of_none(project: Project) -> None:
    # What a thread runs once its test is over is in no run for sure.
    racing = project.suite.racing_lines(project.root)
    alone = lines_by_test(project.shown("alibi"), racing)
    run = project.run("workers", "--alibi", "--alibi-noselect", "-n", "2")
    assert differences(project.plain, run) == [], run.tail(40)
    together = lines_by_test(project.shown("workers"), racing)
    assert set(together) == set(alone)
    # What runs once in a process (a lazy global, a cache, an import) runs in another test, or in one of each
    # worker: jinja2's import hook for a package that other tests import is asked only where none of them was
    # before. No line may be lost.
    assert all_lines(alone) - all_lines(together) == set()
    moved = [test for test in alone if alone[test] != together[test]]
    assert len(moved) <= len(alone) // 50, moved


def test_a_failing_test_fails_in_the_same_way(project: Project) -> None:
    added = project.root / project.suite.tests[0] / "test_alibi_added.py"
    added.write_text("def test_it():\n    left = [1, 2]\n    assert left == [1, 3]\n")
    try:
        plain = project.run("failing-plain", "-p", "no:alibi")
        run = project.run("failing", "--alibi", "--alibi-noselect")
    finally:
        added.unlink()
    assert plain.exit_status == 1
    assert differences(plain, run) == []
    said = "test_alibi_added.py::test_it - assert [1, 2] == [1, 3]"
    assert said in plain.output
    assert said in run.output
