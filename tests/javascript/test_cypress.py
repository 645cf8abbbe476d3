"""Cypress by a stand-in that loads the configuration as it does: its browser is not for a test of ours."""

from __future__ import annotations

import json

import pytest
from node_project import NodeProject

PROJECT = "cypress"
FILES = ["cypress/e2e/a.cy.js", "cypress/e2e/b.cy.js", "cypress/e2e/sub/c.cy.js"]
COMMAND = "node cypress.mjs --browser electron --record --key secret"


@pytest.fixture(autouse=True)
def stand_in(project: NodeProject) -> None:
    (project.folder / "stand_in.mjs").rename(project.folder / "cypress.mjs")
    project.environment["ARGUMENTS"] = str(project.scratch / "arguments")


def arguments(project: NodeProject) -> list[str]:
    words: list[str] = json.loads((project.scratch / "arguments").read_text().splitlines()[-1])
    return words


def test_its_configuration_says_which_files_there_are(project: NodeProject) -> None:
    before = sorted(entry.name for entry in project.folder.iterdir())
    assert project.found(command=COMMAND)["files"] == FILES
    assert sorted(entry.name for entry in project.folder.iterdir()) == before
    assert not {"--record", "--key", "secret"} & set(arguments(project))


def test_a_configuration_that_is_a_module_is_wrapped_as_one(project: NodeProject) -> None:
    (project.folder / "cypress.config.js").rename(project.folder / "gone")
    (project.folder / "cypress.config.mjs").write_text(
        "export default { e2e: { specPattern: ['cypress/e2e/*.cy.js', 'cypress/e2e/sub/*.draft.cy.js'] } };"
    )
    assert project.found(command=COMMAND)["files"] == [*FILES[:2], "cypress/e2e/sub/d.draft.cy.js"]


def test_a_project_without_a_configuration_has_the_default_files(project: NodeProject) -> None:
    (project.folder / "cypress.config.js").unlink()
    assert project.found(command=COMMAND)["files"] == [*FILES, "cypress/e2e/sub/d.draft.cy.js"]


def test_a_configuration_that_fails_is_an_error_that_shows_why(project: NodeProject) -> None:
    (project.folder / "cypress.config.js").write_text("throw new Error('a mistake of the user')")
    answer = project.probe(command=COMMAND)
    assert answer.returncode == 1
    assert "a mistake of the user" in answer.stderr
    assert "secret" not in answer.stderr


def test_a_share_is_one_list_of_specs(project: NodeProject) -> None:
    assert project.run([FILES[1:]], command=COMMAND + " --spec old.cy.js")[0].status == 0
    assert arguments(project) == [
        "run", "--browser", "electron", "--record", "--key", "secret",
        "--spec", "cypress/e2e/b.cy.js,cypress/e2e/sub/c.cy.js",
    ]  # fmt: skip
