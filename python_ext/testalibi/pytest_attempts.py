"""One attempt to run a test as pytest itself does, and what has to be put back before the next one.

Knows pytest's inner parts, 6.2 to 9. Fixtures of the test's own scope are torn down after each attempt; those
of its class, module, package and session stay, unless they failed (pytest_failed_set_ups).
"""

from __future__ import annotations

import contextlib
import copy
from typing import Any, Callable

import pytest
from _pytest.runner import call_and_report, runtestprotocol, show_test_item

from testalibi.outcomes import Ending, OutcomeOfTest

_SUBTESTS: Any = None  # before pytest 9
with contextlib.suppress(ImportError):  # once: a failed import is looked for anew each time
    from _pytest.subtests import failed_subtests_key as _SUBTESTS  # noqa: N812
# As of 8.3: a session that has failed as often as allowed has its fixtures torn down with that test.
ENDS_EARLY = "shouldfail" in runtestprotocol.__code__.co_names


class Attempt:
    """`reports` also has those that somebody else made while it ran: of subtests."""

    def __init__(self) -> None:
        self.reports: list[Any] = []
        # Fixtures with the request for each, and collectors: of all that the test needs, when it has run.
        self.failed_set_ups: list[tuple[Any, Any]] = []
        self._failed_subtests: dict[Any, int] = {}
        self._outcome = OutcomeOfTest()
        self._added = 0

    def ending(self) -> Ending | None:
        """As far as it has come."""
        for report in self.reports[self._added :]:
            self._added += 1
            self._outcome.add(report)
        return self._outcome.end()

    def run(self, item: Any, is_set_up: Callable[[Any], None]) -> None:
        """Without its teardown."""
        if hasattr(item, "_request") and not item._request:
            item._initrequest()
        setup = call_and_report(item, "setup", log=False)
        self.reports.append(setup)
        if setup.passed:
            is_set_up(item)
            if item.config.getoption("setupshow", False):
                _show(item)
            self.reports.append(call_and_report(item, "call", log=False))

    @property
    def failures(self) -> int:
        return sum(report.failed and not hasattr(report, "wasxfail") for report in self.reports)

    def has_set_up(self) -> bool:
        return any(report.when == "setup" and report.passed for report in self.reports)

    def tear_down(self, item: Any, next_node: Any) -> None:
        """`next_node`: what follows, whose fixtures stay."""
        self.reports.append(call_and_report(item, "teardown", log=False, nextitem=next_node))

    def take_teardown_of(self, other: Attempt) -> None:
        """Of the one that tore down what tests share."""
        if other is not self:
            kept = [report for report in self.reports if report.when != "teardown"]
            self.reports = kept + [report for report in other.reports if report.when == "teardown"]

    def close(self, item: Any) -> None:
        if hasattr(item, "_request"):
            item._request = False
            item.funcargs = None

    def keep_failed_subtests(self, item: Any) -> None:
        self._failed_subtests = dict(_failed_subtests(item.config))

    def put_back_failed_subtests(self, item: Any) -> None:
        """pytest looks at the number when the test's own report comes."""
        counts = _failed_subtests(item.config)
        counts.clear()
        counts.update(self._failed_subtests)

    def log(self, item: Any) -> None:
        for report in self.reports:
            item.ihook.pytest_runtest_logreport(report=report)

    def as_one_report(self) -> Any:
        """The one that says most."""
        for outcome in ("failed", "skipped", "passed"):
            found = [report for report in self.reports if report.outcome == outcome]
            if found:
                chosen = next((report for report in found if report.when == "call"), found[0])
                break
        made = copy.copy(chosen)
        made.when = "call"  # a teardown's would end the test for those who write it down
        made.duration = sum(float(getattr(report, "duration", 0.0)) for report in self.reports)
        made.__dict__.pop("wasxfail", None)
        return made


def is_set_up_above(item: Any) -> bool:
    return item.parent in item.session._setupstate.stack


def is_to_end(item: Any) -> bool:
    return bool(item.session.shouldstop or item.session.shouldfail)


class Before:
    """The state of an item before its first attempt."""

    def __init__(self, item: Any) -> None:
        self._properties = list(getattr(item, "user_properties", ()))
        self._markers = list(item.own_markers)
        self._sections = list(getattr(item, "_report_sections", ()))
        self._subtests = dict(_failed_subtests(item.config))
        names = getattr(getattr(item, "dtest", None), "globs", None)
        self._globals = dict(names) if isinstance(names, dict) else None

    def restore(self, item: Any) -> None:
        item.user_properties[:] = self._properties
        item.own_markers[:] = self._markers
        item._report_sections[:] = self._sections
        item.__dict__.pop("_excinfo", None)  # of a unittest.TestCase: failures that nobody reported
        counts = _failed_subtests(item.config)
        counts.clear()
        counts.update(self._subtests)
        if self._globals is not None:
            item.dtest.globs.clear()  # the doctest runner does it too
            item.dtest.globs.update(self._globals)
        for node in item.listchain():
            node.__dict__.pop("_prepare_exc", None)
        _renew_instance(item)


def forget_failed_subtests(config: pytest.Config, report: Any) -> None:
    counts = _failed_subtests(config)
    for name in (report.nodeid, getattr(report, "id", None)):
        counts.pop(name, None)


def _failed_subtests(config: pytest.Config) -> dict[Any, int]:
    """How many of each test; pytest fails a test that has some."""
    counts: dict[Any, int] = config.stash.get(_SUBTESTS, {}) if _SUBTESTS is not None else {}
    return counts


def _renew_instance(item: Any) -> None:
    """Each attempt of a class's test has an instance of its own. pytest before 7 makes one by itself, and so
    do unittest's items."""
    if not isinstance(item.parent, pytest.Class) or getattr(item, "_obj", None) is None:
        return
    if hasattr(item._obj, "hypothesis"):  # which wants one instance for all that it runs
        return
    instance = item.__dict__.pop("_instance", None)
    made = item._getobj()
    if getattr(made, "__func__", None) is getattr(item._obj, "__func__", item):
        item._obj = made
    elif instance is not None:
        item._instance = instance  # somebody wrapped its method


def _show(item: Any) -> None:
    show: Any = show_test_item
    try:
        show(item)
    except TypeError:  # of pytest 9.2
        show(item, add_space=True)
