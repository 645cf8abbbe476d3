"""Attempts that do not count and quarantined failures in the terminal, and how many there were.

In the main process only; with xdist the reports come from its workers.
"""

from __future__ import annotations

from typing import Any

import pytest

from testalibi.outcomes import FORGIVEN, HELD_BACK, RETRIED

_YELLOW = {"yellow": True}


class RetryTerminal:
    def __init__(self) -> None:
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

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
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
