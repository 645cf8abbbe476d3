"""Runs of pytest that pytest_server.py forks: half of a small run is to start Python and to import pytest.

A fork is like a start for everything that reads its environment later; what Python itself reads when it
starts cannot be changed in it. `can_run` says whether a run's environment is one for the server.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_READ_AT_THE_START = (
    "PYTHON", "LC_", "LANG", "TZ", "LD_", "HOME", "TMPDIR", "MALLOC", "COV_", "COVERAGE_PROCESS",
    "ALIBI_SESSION",
)  # fmt: skip


def _at_the_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(_READ_AT_THE_START) and name != "PYTHONPATH"
    }


class PytestServer:
    """One run at a time; for one thread."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """The environment of its runs, but for what each adds or changes."""
        own = {name: value for name, value in environment.items() if name != "PYTHONPATH"}
        self._settled = _at_the_start(own)
        self._server = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("pytest_server.py"))],
            cwd="/",
            env=own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def can_run(self, environment: Mapping[str, str]) -> bool:
        # Python runs a sitecustomize.py that it finds, and nobody else does.
        paths = environment.get("PYTHONPATH", "").split(":")
        return _at_the_start(environment) == self._settled and not any(
            path and Path(path, f"{name}.py").exists()
            for path in paths
            for name in ("sitecustomize", "usercustomize")
        )

    def run(
        self,
        folder: Path,
        arguments: list[str],
        environment: Mapping[str, str],
        output: Path,
        errors: Path | None = None,
        timeout_s: float = 60.0,
    ) -> int | None:
        """pytest's status, negative for a signal, None for a run that took longer and was ended."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        request = {
            "folder": str(folder),
            "arguments": arguments,
            "environment": dict(environment),
            "output": str(output),
            "errors": str(errors or output),
            "timeout_s": timeout_s,
        }
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        answer = self._server.stdout.readline()
        if not answer:
            raise RuntimeError(f"the server that starts pytest ended with status {self._server.wait()}")
        status: int | None = json.loads(answer)["status"]
        return status

    def close(self) -> None:
        self._server.communicate(timeout=10)
