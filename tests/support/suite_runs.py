"""Runs a suite's command and says how it ended: exit status and each test's outcome from JUnit XML. What runs
cost is measured in bench/measure.py.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

# Of several reports with one name (toolz has equal ids) the worst counts.
_RANK = ("skipped", "xfailed", "passed", "failed", "error")


@dataclass
class SuiteRun:
    command: list[str]
    exit_status: int
    outcomes: dict[str, str]
    counts: Counter[str] = field(default_factory=Counter)
    output: str = ""

    def tail(self, lines: int = 12) -> str:
        return "\n".join(self.output.splitlines()[-lines:])


def _outcome(case: ElementTree.Element) -> str:
    for child in case:
        if child.tag == "failure":
            return "failed"
        if child.tag == "error":
            return "error"
        if child.tag == "skipped":
            return "xfailed" if child.get("type") == "pytest.xfail" else "skipped"
    return "passed"


def read_outcomes(path: Path) -> tuple[dict[str, str], Counter[str]]:
    outcomes: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        outcome = _outcome(case)
        counts[outcome] += 1
        known = outcomes.get(name)
        if known is None or _RANK.index(outcome) > _RANK.index(known):
            outcomes[name] = outcome
    return outcomes, counts


def run_suite(
    command: list[str],
    folder: Path,
    environment: dict[str, str],
    *,
    junit: Path | None = None,
    timeout_s: float = 1200,
    log_folder: Path | None = None,
) -> SuiteRun:
    """Waits for the command and everything it left behind; a run that takes too long is killed and has exit
    status -9.
    """
    if junit is not None:
        junit.unlink(missing_ok=True)
        command = [*command, f"--junitxml={junit}"]
    log = (log_folder or folder.parent) / f".output-{os.getpid()}"
    with open(log, "wb") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        status = _wait(process, timeout_s)
    outcomes, counts = read_outcomes(junit) if junit is not None and junit.exists() else ({}, Counter())
    output = log.read_text(errors="replace")
    log.unlink()
    return SuiteRun(command, status, outcomes, counts, output)


def _wait(process: subprocess.Popen[bytes], timeout_s: float) -> int:
    try:
        status = process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        status = process.wait()
    # What a suite leaves running would disturb the next one.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    return status


def repeated(run: Callable[[], SuiteRun], clocked: tuple[str, ...], times: int = 5) -> SuiteRun:
    """The first run in which no test that depends on the clock failed, else the last.

    A test that Alibi breaks fails each time; one that the machine was too busy for does not.
    """
    for _ in range(times):
        result = run()
        if not any(result.outcomes.get(name) in ("failed", "error") for name in clocked):
            break
    return result


def differences(expected: SuiteRun, found: SuiteRun) -> list[str]:
    """What a user would notice: exit status and outcomes that are not the same."""
    said = []
    if expected.exit_status != found.exit_status:
        said.append(f"exit status {expected.exit_status} became {found.exit_status}")
    if expected.counts != found.counts:
        said.append(f"counts {dict(expected.counts)} became {dict(found.counts)}")
    for name in sorted(set(expected.outcomes) | set(found.outcomes)):
        before, after = expected.outcomes.get(name, "absent"), found.outcomes.get(name, "absent")
        if before != after:
            said.append(f"{name}: {before} became {after}")
    return said
