"""The project beside this file, and empty ones, run under the extension that was built here."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

collect_ignore = ["project"]
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from recorded_ruby import RubyProject  # noqa: E402


@pytest.fixture
def project(tmp_path: Path) -> RubyProject:
    return RubyProject(tmp_path.resolve())


@pytest.fixture(scope="session")
def all_kinds(tmp_path_factory: pytest.TempPathFactory) -> RubyProject:
    """The project beside this file, recorded."""
    made = RubyProject(tmp_path_factory.mktemp("kinds").resolve())
    shutil.copytree(HERE / "project", made.folder, dirs_exist_ok=True)
    made.record("kinds_test.rb")
    return made
