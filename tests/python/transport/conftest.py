"""The transport layer's probe (tests/support/transport_probe.cc) against an intake that misbehaves.

The probe is that of ALIBI_BUILD, else of build/test.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(_ROOT / "tests" / "support"))

from misbehaving_intake import MisbehavingIntake  # noqa: E402  (found through the path set above)

_BUILD = Path(os.environ.get("ALIBI_BUILD") or _ROOT / "build" / "test").absolute()
PROBE = _BUILD / "tests" / "unit" / "transport" / "transport_probe"
KEY = "0123456789abcdefRECOGNISABLE"


@dataclass
class Outcome:
    """What the probe printed: `results` of each round, and how long and how large it was."""

    results: list[Any]
    ms: int
    peak_kib: int
    seconds: float
    text: str

    @property
    def only(self) -> Any:
        (round_,) = self.results
        if isinstance(round_, list):
            (round_,) = round_
        return round_


def environment(url: str, **more: str) -> dict[str, str]:
    """An agent for unix:// and agent+http:// URLs, else agentless."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DD_", "_CI_DD")) and not name.lower().endswith("_proxy")
    }
    if url.startswith("unix:"):
        return {**clean, "DD_TRACE_AGENT_URL": url, **more}
    if url.startswith("agent+"):
        return {**clean, "DD_TRACE_AGENT_URL": url[len("agent+") :], "DD_API_KEY": KEY, **more}
    return {
        **clean,
        "DD_CIVISIBILITY_AGENTLESS_ENABLED": "true",
        "DD_API_KEY": KEY,
        "DD_CIVISIBILITY_AGENTLESS_URL": url,
        **more,
    }


Probe = Callable[..., Outcome]


@pytest.fixture
def probe(tmp_path: Path) -> Probe:
    """Runs the probe towards `intake` (a MisbehavingIntake, or a URL); options as keywords."""

    def run(
        intake: MisbehavingIntake | str, command: str, env: dict[str, str] | None = None, **options: Any
    ) -> Outcome:
        url = intake if isinstance(intake, str) else intake.url
        options.setdefault("spool", tmp_path / "spool")
        arguments = [
            text for name, value in options.items() for text in ("--" + name.replace("_", "-"), str(value))
        ]
        began = time.monotonic()
        done = subprocess.run(
            [str(PROBE), command, *arguments],
            env=environment(url, **(env or {})),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        seconds = time.monotonic() - began
        assert done.returncode == 0, done
        assert KEY not in done.stdout + done.stderr
        said = json.loads(done.stdout)
        return Outcome(said["results"], said["ms"], said["peak_kib"], seconds, done.stdout + done.stderr)

    return run
