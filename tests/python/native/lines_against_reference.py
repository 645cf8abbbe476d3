"""The line scenarios under a strategy, held against sys.settrace in another fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROUNDS = 12
# Lines we report and the reference does not, by scenario, with the reason.
EXPLAINED = {
    "exec": "module-level code, which the reference leaves out",
    "imported again": "module-level code, which the reference leaves out",
    "finalizer": "before 3.11 the object dies in the reference's own callback, where nothing is traced",
    "recursion error": "the reference is itself out of stack there and not called",
}


def _run(strategy: str) -> dict[str, Any]:
    script = Path(__file__).parent / "line_scenarios" / "run.py"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(script), strategy, str(Path(folder).resolve()), str(ROUNDS)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    said: dict[str, Any] = json.loads(result.stdout)
    return said


def assert_same_lines(strategy: str) -> None:
    expected, recorded = _run("reference"), _run(strategy)
    assert recorded["strategy"] == strategy
    assert recorded["drops"] == {}
    assert len(expected["results"]) >= 26 * ROUNDS
    missing, unexplained = [], []
    for name, lines in expected["results"].items():
        want = {tuple(line) for line in lines}
        have = {tuple(line) for line in recorded["results"].get(name, [])}
        missing += [(name, line) for line in want - have]
        if name.split(":")[1] not in EXPLAINED:
            unexplained += [(name, line) for line in have - want]
    assert missing == [], missing[:10]
    assert unexplained == [], unexplained[:10]
