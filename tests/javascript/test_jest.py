"""Jest: lists its own files, runs some of them, keeps the user's reporters beside a JUnit report."""

from __future__ import annotations

from pathlib import Path

from node_project import NodeProject, lines, report_cases, reports_of, thirds

PROJECT = "jest"
FILES = [
    "src/__tests__/inner.js", "src/a.test.js", "src/b.test.js", "src/c.test.js", "src/fails.test.js",
    "src/sub/a.test.js", "src/sub/with space.test.js",
]  # fmt: skip


def test_it_finds_what_jest_lists(project: NodeProject) -> None:
    found = project.found()
    assert found["files"] == FILES
    assert found["unskippable"] == ["src/sub/with space.test.js"]
    assert found["tags"]["runtime.name"] == "node"
    assert found["tags"]["runtime.version"].startswith("v")


def test_an_exclude_pattern_takes_away_from_what_jest_lists(project: NodeProject) -> None:
    # Jest's testMatch is the user's: a pattern of ours must not bring files back that it leaves out.
    (project.folder / "jest.config.js").write_text("module.exports = { testMatch: ['**/src/*.test.js'] };")
    (project.folder / "package.json").write_text("{}")
    assert project.found(tests_exclude="src/{b,c}.test.js")["files"] == ["src/a.test.js", "src/fails.test.js"]


def test_three_shares_run_what_a_plain_run_does(project: NodeProject) -> None:
    plain = project.noting("plain")
    assert project.start(["node_modules/.bin/jest"], {}).status == 0
    split = project.noting("split")
    ended = project.run(thirds(FILES))
    assert [one.status for one in ended] == [0, 0, 0]
    assert lines(split) == lines(plain)


def test_a_report_stands_beside_the_users_reporters(project: NodeProject) -> None:
    project.environment["OWN_REPORT"] = str(project.scratch / "own")
    project.environment["FAIL"] = "1"
    ended = project.run([FILES], junit=str(project.scratch / "junit"))
    assert ended[0].status == 1
    assert "Tests:" in ended[0].text  # the default reporter's
    assert len(lines(project.scratch / "own")) == len(FILES)
    cases = report_cases(*reports_of(project))
    assert ("src/fails.test.js", "fails when told", "failure") in cases
    assert ("src/__tests__/inner.js", 'never <&> "quoted"', "skipped") in cases
    assert ("src/a.test.js", "adds", "passed") in cases
    assert len(cases) == 11


def test_a_file_that_cannot_be_loaded_is_in_the_report(project: NodeProject) -> None:
    (project.folder / "src/broken.test.js").write_text("this is no program")
    ended = project.run([["src/broken.test.js", "src/a.test.js"]], junit=str(project.scratch / "junit"))
    assert ended[0].status == 1
    assert ("src/broken.test.js", "the file", "error") in report_cases(*reports_of(project))


def test_the_report_of_a_run_that_stops_at_the_first_failure_is_written(project: NodeProject) -> None:
    project.environment["FAIL"] = "1"
    project.run(
        [FILES], junit=str(project.scratch / "junit"), command="node_modules/.bin/jest --bail --runInBand"
    )
    assert any(outcome == "failure" for _, _, outcome in report_cases(*reports_of(project)))


def test_tests_start_programs_in_an_environment_of_nobody(project: NodeProject, tmp_path: Path) -> None:
    (project.folder / "src/child.test.js").write_text(
        "const { execFileSync } = require('child_process');\n"
        "test('child', () => expect(execFileSync(process.execPath, ['-p', '[process.env.NODE_OPTIONS,"
        " process.env.ALIBI_NODE_REQUEST].join()']).toString().trim()).toBe(','));\n"
    )
    ended = project.run([["src/child.test.js", "src/a.test.js"]], junit=str(project.scratch / "junit"))
    assert ended[0].status == 0, ended[0].text


def test_a_configuration_that_jest_refuses_is_an_error_that_shows_what_it_says(project: NodeProject) -> None:
    (project.folder / "jest.config.js").write_text("throw new Error('the user has made a mistake')")
    (project.folder / "package.json").write_text("{}")
    answer = project.probe()
    assert answer.returncode == 1
    assert "the user has made a mistake" in answer.stderr
    assert "--listTests" in answer.stderr
