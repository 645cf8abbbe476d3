"""Attempts that do not count and quarantined failures in the terminal, and how many there were.

In the main process only; with xdist the reports come from its workers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from testalibi.intake_names import names_of
from testalibi.outcomes import FORGIVEN, HELD_BACK, RETRIED
from testalibi.pytest_service import forgive
from testalibi.retrying import Opening, Plan

_CRASHED = "???"  # the phase of a test that a worker of xdist died of
_YELLOW = {"yellow": True}


class RetryTerminal:
    def __init__(self, opening: Opening) -> None:
        self._plan = Plan(opening)
        self._config: Any = None
        self._tried_again: dict[str, bool] = {}  # node id -> is flaky
        self._quarantined: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> Any:
        if hasattr(report, HELD_BACK):
            return "", "", ""
        if hasattr(report, RETRIED):
            return "retried", "R", ("RETRY", _YELLOW)
        if hasattr(report, FORGIVEN):
            return "quarantined", "Q", ("QUARANTINED", _YELLOW)
        return None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._config = session.config

    # A wrapper, because pytest's own session comes before everybody else.
    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> Iterator[None]:
        crashed = getattr(report, "when", "") == _CRASHED and report.outcome == "failed"
        if crashed and self._plan.said_of(names_of(report.nodeid), True, "").is_forgiven:
            forgive(self._config, report)
        yield
        # After whoever else changes it on the way.
        if hasattr(report, RETRIED):
            self._tried_again[report.nodeid] = bool(getattr(report, RETRIED))
        if hasattr(report, FORGIVEN):
            self._quarantined.add(report.nodeid)

    def document(self) -> dict[str, int]:
        return {
            "tried_again": len(self._tried_again),
            "flaky": sum(self._tried_again.values()),
            "quarantined": len(self._quarantined),
        }

    def lines(self) -> list[str]:
        found = []
        again, flaky = len(self._tried_again), sum(self._tried_again.values())
        if again:
            found.append(f"{_tests(again)} tried again ({flaky} flaky)")
        if self._quarantined:
            count = len(self._quarantined)
            found.append(f"{count} quarantined {'test' if count == 1 else 'tests'} failed")
        return [", ".join(found)] if found else []


def _tests(count: int) -> str:
    return f"{count:,} test was" if count == 1 else f"{count:,} tests were"
