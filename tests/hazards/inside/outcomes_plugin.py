"""A pytest plugin that writes what happened to the file $HAZARD_OUTCOMES: the worst outcome of each test, the
node ids whose collection failed and the exit status.

Loaded with `-p outcomes_plugin` into every run of a hazard's project, with and without Alibi.
"""

from __future__ import annotations

import json
import os

import pytest

_WORST_LAST = ("passed", "xfail-skipped", "skipped", "xfail-passed", "failed")
_outcomes: dict[str, str] = {}
_broken: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    outcome = ("xfail-" if hasattr(report, "wasxfail") else "") + report.outcome
    known = _outcomes.get(report.nodeid, _WORST_LAST[0])
    _outcomes[report.nodeid] = max(known, outcome, key=_WORST_LAST.index)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        _broken.append(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(exitstatus: int) -> None:
    path = os.environ.get("HAZARD_OUTCOMES")
    if path and "PYTEST_XDIST_WORKER" not in os.environ:
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"outcomes": _outcomes, "broken": _broken, "status": int(exitstatus)}, file)
