"""These tests read the package from the tree; the end-to-end ones run what is installed with this Python."""

from __future__ import annotations

import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[3] / "python_ext" / "testalibi"
sys.path.insert(0, str(PACKAGE.parent))

import testalibi  # noqa: E402

if str(PACKAGE) not in testalibi.__path__:
    testalibi.__path__.insert(0, str(PACKAGE))
