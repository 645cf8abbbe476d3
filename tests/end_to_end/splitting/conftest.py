"""Small projects, run plainly and by `alibi plan` and `alibi run`: of ALIBI_BUILD, else of build/test."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(HERE), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "ruby")]
os.environ.setdefault("ALIBI_BUILD", str(ROOT / "build" / "test"))
