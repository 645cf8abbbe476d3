"""Jest: lists its own files, runs some of them, keeps the user's reporters beside a JUnit report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
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


def test_a_name_with_a_line_break_is_listed_and_runs(project: NodeProject) -> None:
    name = "src/new\nline.test.js"
    (project.folder / "src/a.test.js").rename(project.folder / name)
    files = project.found()["files"]
    assert files == sorted([*FILES[:1], name, *FILES[2:]])
    assert project.run([[name]])[0].status == 0


@pytest.mark.parametrize("own", ["command", "script"])
def test_a_shard_of_the_users_is_left_out(project: NodeProject, own: str) -> None:
    command = "node_modules/.bin/jest --shard=1/2"
    if own == "script":
        configuration = json.loads((project.folder / "package.json").read_text())
        configuration["scripts"] = {"test": "jest --shard 1/2"}
        (project.folder / "package.json").write_text(json.dumps(configuration))
        command = "npm test"
    found = project.found(command=command)
    assert found["files"] == FILES
    assert "Alibi divides the files itself" in " ".join(found["notices"])
    plain = project.noting("plain")
    assert project.start(["node_modules/.bin/jest"], {}).status == 0
    split = project.noting("split")
    assert [one.status for one in project.run(thirds(FILES), command=command)] == [0, 0, 0]
    assert lines(split) == lines(plain)


@pytest.mark.parametrize("junit", [False, True])
def test_a_run_that_a_test_ends_keeps_its_mark(project: NodeProject, junit: bool) -> None:
    asked = {"command": "node_modules/.bin/jest --runInBand"}
    if junit:
        asked["junit"] = str(project.scratch / "junit")
    assert project.run([FILES], **asked)[0].status == 0
    assert list(project.scratch.glob("*.mark")) == []
    (project.folder / "src/exit.test.js").write_text("test('ends', () => process.exit(0));")
    assert project.run([["src/exit.test.js", *FILES]], **asked)[0].status == 0
    assert len(list(project.scratch.glob("*.mark"))) == 1


def test_a_run_without_tests_leaves_no_mark(project: NodeProject) -> None:
    command = "node_modules/.bin/jest --passWithNoTests --testPathIgnorePatterns=a.test"
    ended = project.run([["src/a.test.js"]], command=command)
    assert ended[0].status == 0, ended[0].text
    assert list(project.scratch.glob("*.mark")) == []


def test_a_threshold_for_the_whole_run_fails_no_share(project: NodeProject) -> None:
    (project.folder / "src/code.js").write_text("exports.one = () => 1;\nexports.two = () => 2;\n")
    for half in ("one", "two"):
        (project.folder / f"src/{half}.test.js").write_text(
            f"test('{half}', () => expect(require('./code').{half}()).toBeDefined());"
        )
    configuration = json.loads((project.folder / "package.json").read_text())
    configuration["jest"] |= {
        "collectCoverageFrom": ["src/code.js"], "coverageThreshold": {"global": {"functions": 100}},
    }  # fmt: skip
    (project.folder / "package.json").write_text(json.dumps(configuration))
    command = "node_modules/.bin/jest --coverage"
    assert project.start([*command.split(), "src/one.test.js"], {}).status == 1
    assert "coverageThreshold" in " ".join(project.found(command=command)["notices"])
    ended = project.run([["src/one.test.js"], ["src/two.test.js"]], command=command)
    assert [one.status for one in ended] == [0, 0], ended
    assert "code.js" in ended[0].text  # what is covered is still said
    assert project.found()["notices"] == []
