"""Other recorders of what a test touched, from the package index, as variants of a suite's run.

Each has an environment of its own, because two of them register the same options. None is needed: a peer
that cannot be installed is reported by name with the reason.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Peer:
    name: str
    packages: tuple[str, ...]
    options: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    leaves: tuple[str, ...] = ()  # files in the project's folder, removed before each run
    intake: bool = False  # records only when a service answers: bench/peers/loopback_intake.py


PEERS = (
    Peer(
        "coverage-contexts",
        ("coverage", "pytest-cov"),
        ("--cov=.", "--cov-context=test", "--cov-report=", "-o", "addopts="),
        (("COVERAGE_CORE", "ctrace"),),
        (".coverage",),
    ),
    Peer(
        "testmon",
        ("pytest-testmon==2.2.0",),
        ("--testmon-noselect",),
        (),
        (".testmondata", ".testmondata-shm", ".testmondata-wal"),
    ),
    Peer(
        "ddtrace",
        ("ddtrace",),
        ("--ddtrace",),
        (
            ("DD_INSTRUMENTATION_TELEMETRY_ENABLED", "0"),
            ("DD_CIVISIBILITY_GIT_UPLOAD_ENABLED", "0"),
            ("_DD_CIVISIBILITY_ITR_FORCE_ENABLE_COVERAGE", "1"),
            ("_DD_COVERAGE_FILE_LEVEL", "false"),
        ),
        (),
        True,
    ),
)


@contextlib.contextmanager
def intake(peer: Peer) -> Iterator[dict[str, str]]:
    """The peer's environment variables, with a loopback service running where it needs one."""
    variables = dict(peer.environment)
    if not peer.intake:
        yield variables
        return
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("loopback_intake.py"))],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = server.stdout.readline().strip() if server.stdout else ""
        variables["DD_TRACE_AGENT_URL"] = f"http://127.0.0.1:{port}"
        yield variables
    finally:
        server.terminate()
        server.wait()
