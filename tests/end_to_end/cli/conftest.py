"""The command `alibi` on a data folder of its own, and sessions merged into it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from alibi_command import Alibi  # noqa: E402  (found through the path set above)


@pytest.fixture
def alibi(tmp_path: Path) -> Alibi:
    return Alibi(tmp_path / "data")


@pytest.fixture
def merged(alibi: Alibi) -> Callable[..., Any]:
    def merge(name: str, **options: Any) -> Any:
        return alibi.json("merge", alibi.session(name, **options))

    return merge
