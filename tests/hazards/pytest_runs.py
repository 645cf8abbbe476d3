"""Runs of pytest in a hazard's project, and what came of them.

Two ways with one meaning: forked from a process that has imported pytest already (pytest_server.py), or
started as anybody would. The second is for scripts/hazards, and for rules that signal or trace the process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "support"))

from forked_pytest import PytestServer  # noqa: E402

# scripts/hazards: see conftest.py.
FULL = os.environ.get("ALIBI_HAZARDS") == "full"
TIMEOUT_S = 60.0
_NOT_INHERITED = ("ALIBI", "PYTEST", "PYTHON", "DD_", "HAZARD", "COV_")


@dataclass(frozen=True)
class Run:
    """`status` is pytest's own, negative for a signal, None for a run that had to be stopped."""

    status: int | None
    text: str
    outcomes: Mapping[str, str] = field(default_factory=dict)
    broken: tuple[str, ...] = ()  # node ids that could not be collected

    @property
    def tests(self) -> frozenset[str]:
        return frozenset(self.outcomes)


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Nothing of whoever runs these tests, but where this build's parts are."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
    for name in ("ALIBI_COMMAND", "ALIBI_NATIVE_DIR"):
        if name in os.environ:
            kept[name] = os.environ[name]
    kept.update(
        PYTHONPATH=os.pathsep.join(filter(None, [os.environ.get("ALIBI_SITE", ""), str(HERE / "inside")])),
        # An edit within a second that keeps the length would find the old .pyc file.
        PYTHONDONTWRITEBYTECODE="1",
        PYTHONHASHSEED="0",
    )
    kept.update(more or {})
    return kept


class Starter:
    """Starts runs as processes of their own; `prefix` comes before the command."""

    def __init__(self, *prefix: str) -> None:
        self._prefix = prefix

    def run(
        self,
        folder: Path,
        arguments: list[str],
        more: Mapping[str, str] | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> Run:
        with tempfile.TemporaryDirectory(prefix="hazard-run-") as scratch:
            outcomes, output = Path(scratch, "outcomes.json"), Path(scratch, "output")
            chosen = environment({**(more or {}), "PYTEST_HAZARD_OUTCOMES": str(outcomes)})
            command = ["-q", "-p", "outcomes_plugin", "-p", "no:cacheprovider", *arguments]
            status = self.start(folder, command, chosen, output, timeout_s)
            found = json.loads(outcomes.read_text(encoding="utf-8")) if outcomes.exists() else {}
            return Run(
                status,
                output.read_text(encoding="utf-8", errors="replace") if output.exists() else "",
                found.get("outcomes", {}),
                tuple(found.get("broken", ())),
            )

    def start(
        self, folder: Path, arguments: list[str], chosen: dict[str, str], output: Path, timeout_s: float
    ) -> int | None:
        with output.open("wb") as file:
            try:
                return subprocess.run(
                    [*self._prefix, sys.executable, "-m", "pytest", *arguments],
                    cwd=folder,
                    env=chosen,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    timeout=timeout_s,
                    check=False,
                ).returncode
            except subprocess.TimeoutExpired:
                return None

    def close(self) -> None:
        pass


class ForkingStarter(Starter):
    """Starts runs by the server, one at a time. For one thread."""

    def __init__(self) -> None:
        super().__init__()
        self._server = PytestServer(environment())

    def start(
        self, folder: Path, arguments: list[str], chosen: dict[str, str], output: Path, timeout_s: float
    ) -> int | None:
        return self._server.run(folder, arguments, chosen, output, timeout_s=timeout_s)

    def close(self) -> None:
        self._server.close()
