"""Playwright, as far as it needs no browser: lists files, and runs those of a share and no others."""

from __future__ import annotations

from node_project import NodeProject, lines

PROJECT = "playwright"
FILES = ["tests/a.spec.js", "tests/b.spec.js", "tests/ba.spec.js", "tests/c+d (x).spec.js"]


def test_it_finds_files_but_those_that_set_up_for_others(project: NodeProject) -> None:
    assert project.found()["files"] == FILES


def test_a_project_without_tests_has_none(project: NodeProject) -> None:
    for file in (project.folder / "tests").iterdir():
        file.unlink()
    assert project.found()["files"] == []


def test_a_file_that_cannot_be_loaded_is_an_error_that_shows_why(project: NodeProject) -> None:
    (project.folder / "tests/z.spec.js").write_text("throw new Error('a mistake of the user')")
    answer = project.probe()
    assert answer.returncode == 1
    assert "a mistake of the user" in answer.stderr


def test_a_share_runs_its_files_and_what_prepares_them(project: NodeProject) -> None:
    split = project.noting("split")
    command = "node_modules/.bin/playwright test --reporter line tests/b.spec.js --project main --shard 1/9"
    ended = project.run([["tests/a.spec.js", "tests/c+d (x).spec.js"]], command=command)
    assert ended[0].status == 0, ended
    assert lines(split) == ["a.spec.js", "c+d (x).spec.js", "prepare.setup.js"]
