"""The project beside this file, and empty ones, run under the Alibi that this interpreter has."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from recorded_project import HERE, Project

collect_ignore = ["project"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path.resolve() / "project"
    folder.mkdir()
    return Project(folder)


@pytest.fixture(scope="session")
def all_kinds(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project beside this file, recorded."""
    folder = tmp_path_factory.mktemp("kinds").resolve() / "project"
    shutil.copytree(HERE / "project", folder, ignore=shutil.ignore_patterns("__pycache__", ".alibi"))
    made = Project(folder)
    made.pytest("--alibi", "-q")
    return made
