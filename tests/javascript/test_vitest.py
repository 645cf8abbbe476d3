"""Vitest: lists its own files; a share runs its files and no others whose paths look like them."""

from __future__ import annotations

from node_project import NodeProject, lines, report_cases, reports_of, thirds

PROJECT = "vitest"
FILES = [
    "a.test.js", "src/[id].test.js", "src/a.test.js", "src/b.test.js", "src/ba.test.js", "src/fails.test.js",
    "src/sub/(group) a.test.js", "src/sub/A.test.js",
]  # fmt: skip


def test_it_finds_what_vitest_lists(project: NodeProject) -> None:
    found = project.found()
    assert found["files"] == FILES
    assert found["notices"] == []


def test_patterns_of_ours_filter_what_vitest_lists(project: NodeProject) -> None:
    found = project.found(tests_location="src/**/*.js", tests_exclude="src/sub")
    assert found["files"] == FILES[1:6]


def test_a_sub_command_of_the_users_is_replaced(project: NodeProject) -> None:
    command = "node_modules/.bin/vitest watch --config vitest.config.js"
    assert project.found(command=command)["files"] == FILES
    split = project.noting("split")
    assert project.run([["src/b.test.js"]], command=command)[0].status == 0
    assert lines(split) == ["src/b.test.js one", "src/b.test.js two"]


def test_three_shares_run_what_a_plain_run_does(project: NodeProject) -> None:
    plain = project.noting("plain")
    assert project.start(["node_modules/.bin/vitest", "run"], {}).status == 0
    split = project.noting("split")
    ended = project.run(thirds(FILES))
    assert [one.status for one in ended] == [0, 0, 0], ended
    assert lines(split) == lines(plain)


def test_each_file_alone_runs_alone(project: NodeProject) -> None:
    split = project.noting("split")
    for file in ("a.test.js", "src/[id].test.js", "src/sub/(group) a.test.js"):
        split.write_text("")
        assert project.run([[file]])[0].status == 0
        assert lines(split) == [f"{file} one", f"{file} two"]


def test_a_report_is_written_beside_the_default_output(project: NodeProject) -> None:
    project.environment["FAIL"] = "1"
    ended = project.run([["src/fails.test.js", "src/b.test.js"]], junit=str(project.scratch / "junit"))
    assert ended[0].status == 1
    assert "Test Files" in ended[0].text
    assert report_cases(*reports_of(project)) == [
        ("src/b.test.js", "one", "passed"), ("src/b.test.js", "two", "passed"),
        ("src/fails.test.js", "fails when told", "failure"),
    ]  # fmt: skip


def test_a_version_without_a_list_of_files_is_asked_by_a_program(project: NodeProject) -> None:
    old = project.folder / "vitest"
    old.write_text("#!/bin/sh\necho 'CACError: Unknown option `--filesOnly`' >&2\nexit 1\n")
    old.chmod(0o755)
    found = project.found(command="./vitest --config vitest.config.js")
    assert found["files"] == FILES
    assert found["notices"] == []


def test_where_nothing_lists_the_default_pattern_does(project: NodeProject) -> None:
    old = project.folder / "vitest"
    old.write_text("#!/bin/sh\necho 'Unknown option `--filesOnly`' >&2\nexit 1\n")
    old.chmod(0o755)
    (project.folder / "node_modules").unlink()
    found = project.found(command="./vitest")
    assert found["files"] == FILES
    assert "those that" in found["notices"][0]
