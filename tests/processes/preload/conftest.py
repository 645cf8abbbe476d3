from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from preload_session import Session


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path)
