"""A pytest plugin inside every run of a hazard's project: writes what happened, and disturbs if told to.

$PYTEST_HAZARD_OUTCOMES names the file for the worst outcome of each test, the node ids whose collection
failed and the exit status. $HAZARD_DISTURB is a JSON document: before the test number `at` (from 0), or at
the end of the session (-1), the process gets `signal`, or exits (`exit`), or files are replaced (`replace`:
path -> file that takes its place); with `worker` only in workers of xdist. Neither is in the command line,
which is an input of the tests.
"""

from __future__ import annotations

import ctypes
import json
import os

import pytest

_WORST_LAST = ("passed", "xfail-skipped", "skipped", "xfail-passed", "failed")
_outcomes: dict[str, str] = {}
_broken: list[str] = []
_disturbance = json.loads(os.environ.get("HAZARD_DISTURB", "{}"))
_begun = 0


def _disturb(moment: int) -> None:
    if not _disturbance or moment != _disturbance["at"]:
        return
    if _disturbance.get("worker", False) != ("PYTEST_XDIST_WORKER" in os.environ):
        return
    for path, ready in _disturbance.get("replace", {}).items():
        # As if by another process: what this one writes is seen, and no input.
        ctypes.CDLL(None).rename(os.fsencode(ready), os.fsencode(path))
    if "signal" in _disturbance:
        os.kill(os.getpid(), _disturbance["signal"])
    if _disturbance.get("exit"):
        os._exit(1)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    global _begun
    _disturb(_begun)
    _begun += 1


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    outcome = ("xfail-" if hasattr(report, "wasxfail") else "") + report.outcome
    known = _outcomes.get(report.nodeid, _WORST_LAST[0])
    _outcomes[report.nodeid] = max(known, outcome, key=_WORST_LAST.index)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        _broken.append(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(exitstatus: int) -> None:
    _disturb(-1)
    path = os.environ.get("PYTEST_HAZARD_OUTCOMES")
    if path and "PYTEST_XDIST_WORKER" not in os.environ:
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"outcomes": _outcomes, "broken": _broken, "status": int(exitstatus)}, file)
