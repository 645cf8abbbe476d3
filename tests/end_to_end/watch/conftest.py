"""Projects to watch, and terminals that are closed whatever happens."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from watched_terminal import WatchedTerminal  # noqa: E402  (found through the path set above)

_EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "example"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".alibi").mkdir(parents=True)  # so that a data folder above it is not taken for its own
    (folder / "pytest.ini").write_text("[pytest]\n")
    return folder


@pytest.fixture
def bakery(tmp_path: Path) -> Path:
    """The example, without the tests that run whatever changes."""
    folder = tmp_path / "bakery"
    shutil.copytree(
        _EXAMPLE, folder, ignore=shutil.ignore_patterns(".alibi", "__pycache__", "test_command.py")
    )
    (folder / ".alibi").mkdir()
    tests = folder / "tests" / "test_shop.py"
    kept, _, rest = tests.read_text().partition("def test_price_in_another_currency")
    tests.write_text(kept + "def test_wedding" + rest.partition("def test_wedding")[2])
    return folder


@pytest.fixture
def watch() -> Iterator[Callable[..., WatchedTerminal]]:
    opened: list[WatchedTerminal] = []

    def start(folder: Path, *arguments: str, **size: int) -> WatchedTerminal:
        opened.append(WatchedTerminal(folder, *arguments, **size))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()
