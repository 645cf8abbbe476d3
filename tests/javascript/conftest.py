"""Real projects of Jest, Vitest, Mocha, cucumber-js and Playwright, planned and run as Alibi does.

Their packages are those of package.json, installed into build/javascript by scripts/common.sh (node_modules);
without them, or without node, every test here is skipped and says why.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from node_project import NodeProject, packages  # noqa: E402


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path) -> NodeProject:
    """The project that the test's module is named after, in a folder of its own."""
    if shutil.which("node") is None:
        pytest.skip("no node here")
    if packages() is None:
        pytest.skip("the packages of tests/javascript/package.json are not installed in build/javascript")
    name = request.module.PROJECT
    folder = tmp_path / name
    shutil.copytree(HERE / "projects" / name, folder)
    (folder / "node_modules").symlink_to(packages())
    return NodeProject(folder, tmp_path / "scratch")
