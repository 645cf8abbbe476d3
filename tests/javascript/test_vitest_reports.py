"""Vitest's report for Alibi beside those that the user has, whatever these say of their files."""

from __future__ import annotations

import json

import pytest
from node_project import NodeProject, lines, report_cases, reports_of
from vitest_project import VITEST, WORKSPACE, WORKSPACE_FILES, make

PROJECT = "vitest"
FILES = ["src/a.test.js", "src/b.test.js"]
OWN = """import fs from 'node:fs';
export default class {
  constructor(options) { this.options = options; }
  onInit() { fs.appendFileSync(process.env.RAN, `began ${this.options?.say}\\n`); }
}
"""


def reported(project: NodeProject, **asked: str) -> list[str]:
    """The files whose test is in Alibi's report; the run passes and shows what Vitest shows."""
    (ended,) = project.run([FILES], junit=str(project.scratch / "junit"), **asked)
    assert ended.status == 0, ended
    assert "alibi:" not in ended.text
    project.environment["SHOWN"] = ended.text
    cases = report_cases(*reports_of(project))
    assert all(outcome == "passed" for _, _, outcome in cases)
    return [file for file, _, _ in cases]


@pytest.mark.parametrize("name", ["'all.xml'", "{junit: 'all.xml'}"])
def test_a_report_of_the_configuration_is_written_as_in_a_plain_run(project: NodeProject, name: str) -> None:
    config = f"{{reporters: ['default', 'junit'], outputFile: {name}}}"
    make(project, FILES, vitest__config__js=f"export default {{test: {config}}}")
    project.noting("ran")
    assert reported(project) == FILES
    assert [file for file, _, _ in report_cases(project.folder / "all.xml")] == FILES
    assert project.environment["SHOWN"].count("2 passed (2)") == 2


def test_options_and_reporters_of_the_users_own_stay(project: NodeProject) -> None:
    config = "{outputFile: 'all.json', reporters: [['json', {}], ['./own.js', {say: 'this'}]]}"
    make(project, FILES, own__js=OWN, vitest__config__js=f"export default {{test: {config}}}")
    noted = project.noting("ran")
    assert reported(project) == FILES
    assert "Test Files" not in project.environment["SHOWN"]
    assert lines(noted) == ["began this", *FILES]
    assert json.loads((project.folder / "all.json").read_text())["numPassedTests"] == 2


def test_reporters_of_the_command_and_their_file_stay(project: NodeProject) -> None:
    make(project, FILES)
    project.noting("ran")
    command = f"{VITEST} run --reporter=json --outputFile=all.json"
    assert reported(project, command=command) == FILES
    assert json.loads((project.folder / "all.json").read_text())["numPassedTests"] == 2
    command = f"{VITEST} run --reporter=junit --outputFile.junit=all.xml"
    assert reported(project, command=command) == FILES
    assert [file for file, _, _ in report_cases(project.folder / "all.xml")] == FILES


def test_runs_of_one_share_write_one_report(project: NodeProject) -> None:
    make(project, WORKSPACE_FILES, **WORKSPACE)
    project.noting("ran")
    ended = project.run([WORKSPACE_FILES[1:]], junit=str(project.scratch / "junit"))
    assert [one.status for one in ended] == [0, 0]
    assert [file for file, _, _ in report_cases(*reports_of(project))] == WORKSPACE_FILES[1:]


def test_the_report_of_vitest_is_not_given_to_what_tests_start(project: NodeProject) -> None:
    make(project, [], a__test__js=(
        "import { expect, test } from 'vitest';\n"
        "test('one', () => expect(process.env.ALIBI_NODE_REQUEST).toBe(undefined));\n"))  # fmt: skip
    for pool in ("threads", "forks"):
        ended = project.run(
            [["a.test.js"]], junit=str(project.scratch / "junit"), command=f"{VITEST} --pool={pool}"
        )
        assert [one.status for one in ended] == [0], ended
