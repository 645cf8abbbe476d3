"""Runs a test as often as the service wants: early flake detection, retries of failed tests, attempts to fix.

A plugin of runs that are reported, registered only where some test may need more than one attempt. All
attempts belong to the one context that the recorder opened around the test's protocol. What is logged comes
when all attempts are over: those that do not count as one report each with the outcome `rerun`, then the
reports of the one that decides. A test that needs one attempt at most, or that another plugin repeats, takes
pytest's normal path.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from testalibi.outcomes import HELD_BACK, RETRIED
from testalibi.pytest_attempts import ENDS_EARLY, Attempt, Before, is_set_up_above, is_to_end
from testalibi.pytest_failed_set_ups import (
    FailedSetUps,
    failed_set_ups,
    following,
    forget,
    is_failed_fixture,
)
from testalibi.pytest_reports import STATUS, TestReports
from testalibi.retrying import AUTO_TEST_RETRY, Attempts
from testalibi.session import Recording

if TYPE_CHECKING:
    from testalibi.pytest_collect import Recorder
    from testalibi.pytest_service import SaidOfTests

# Of those who run tests: pytest and Alibi, and those that are left alone by other means.
_KNOWN_RUNNERS = frozenset(("_pytest", "testalibi", "pytest_rerunfailures", "flaky", "pytest_forked"))


class Retries:
    def __init__(
        self, recording: Recording, said: SaidOfTests, reports: TestReports, recorder: Recorder
    ) -> None:
        self._recording = recording
        self._said = said
        self._reports = reports
        self._recorder = recorder
        self._teardowns = said.teardowns
        self._failed_set_ups = FailedSetUps()
        self._running: dict[str, Attempt] = {}  # by node id

    # Before pytest's own and those of other plugins, and inside all wrappers.
    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        prepared = self._recording.guarded("a test is not tried again", self._prepare, item)
        if prepared is None:
            return None
        attempts, before = prepared
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        made: list[Attempt] = []
        try:
            self._run(item, nextitem, attempts, before, made)
        except BaseException:  # Ctrl-C, pytest.exit(): what was found before is told all the same
            if made[:-1]:
                self._log(item, attempts, made[:-1])
            raise
        self._log(item, attempts, made)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    # A wrapper, because pytest's own session comes before everybody else.
    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> Iterator[None]:
        attempt = self._running.get(getattr(report, "nodeid", ""))
        if attempt is not None:
            self._recording.guarded("a subtest is not tried again", _hold_back, attempt, report)
        yield

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[None]:
        yield
        attempt = self._running.get(getattr(getattr(request, "_pyfuncitem", None), "nodeid", ""))
        if attempt is not None and is_failed_fixture(fixturedef):
            attempt.failed_set_ups.append((fixturedef, request))

    def _prepare(self, item: Any) -> tuple[Attempts, Before] | None:
        if _runs_elsewhere(item) or _is_run_by_others(item):
            return None
        attempts = self._said.attempts_at(item, may_retry_failures=not _is_repeated_by_others(item))
        if attempts.reason is None or (attempts.reason == AUTO_TEST_RETRY and attempts.most < 1):
            return None
        return attempts, Before(item)

    def _run(self, item: Any, nextitem: Any, attempts: Attempts, before: Before, made: list[Attempt]) -> None:
        goes_on = True
        while goes_on:
            attempt = Attempt()
            made.append(attempt)
            self._running[item.nodeid] = attempt
            try:
                goes_on = self._try(item, nextitem, attempts, attempt)
            finally:
                del self._running[item.nodeid]
                attempt.close(item)
            # Whatever goes wrong here, there is another attempt: pytest's state is made for it.
            what = "a test that is tried again is not as it was before"
            self._recording.guarded(what, attempt.keep_failed_subtests, item)
            if goes_on:
                self._recording.guarded(what, before.restore, item)
        if attempts.statuses[-1:] == ["fail"]:
            failed = [attempt.failed_set_ups for attempt in made]
            what = "a fixture that failed is tried again"
            self._recording.guarded(what, self._failed_set_ups.give_up, failed)

    def _try(self, item: Any, nextitem: Any, attempts: Attempts, attempt: Attempt) -> bool:
        """Whether there is another attempt: decided before the teardown, which depends on it."""
        guarded = self._recording.guarded
        attempt.run(item, self._recorder.set_up)
        node = guarded("a test is not tried again", self._followed_by, item, attempts, attempt)
        if node is None:
            # As pytest does it itself: a session that ends has its fixtures torn down with this test.
            guarded("an error of a shared teardown may count for one attempt", self._teardowns.watch, item)
            ends = is_to_end(item) or guarded("-x is late", self._reaches_maxfail, item, attempts, attempt)
            attempt.tear_down(item, None if ends else nextitem)
            what = "a test whose teardown failed is not tried again"
            node = guarded(what, self._repeated_after_teardown, item, attempts, attempt)
        else:
            guarded("a fixture that failed stays so", forget, item, attempt.failed_set_ups)
            attempt.tear_down(item, node)
        guarded("an attempt at a test is not told", self._tell, item, attempts, attempt, node is not None)
        return node is not None

    def _followed_by(self, item: Any, attempts: Attempts, attempt: Attempt) -> Any:
        """The next item for the teardown where there is another attempt, None where there is none."""
        ending = attempt.ending()
        if ending is None:
            return None
        attempts.add(STATUS[ending.outcome], ending.duration_ns / 1e9)
        attempt.failed_set_ups = failed_set_ups(item, attempt.failed_set_ups)
        if is_to_end(item) or self._is_vain(attempt) or attempts.next_reason() is None:
            return None
        return following(item)

    def _repeated_after_teardown(self, item: Any, attempts: Attempts, attempt: Attempt) -> Any:
        """What is still set up, where the test's own teardown made it fail; None: no other attempt."""
        ending = attempt.ending()
        if ending is None or is_to_end(item) or not is_set_up_above(item) or self._is_vain(attempt):
            return None
        attempts.amend(STATUS[ending.outcome], ending.duration_ns / 1e9)
        return item.parent if attempts.next_reason() is not None else None

    def _reaches_maxfail(self, item: Any, attempts: Attempts, attempt: Attempt) -> bool:
        """pytest would have ended the session at the report that is still held back."""
        most = item.config.getoption("maxfail", 0)
        if not ENDS_EARLY or not most or not attempts.statuses or self._said.of(item).is_forgiven:
            return False
        if attempts.final != "fail":
            return False
        return bool(item.session.testsfailed + max(1, attempt.failures) >= most)

    def _is_vain(self, attempt: Attempt) -> bool:
        return not attempt.has_set_up() and self._failed_set_ups.have_been_given_up(attempt.failed_set_ups)

    def _tell(self, item: Any, attempts: Attempts, attempt: Attempt, goes_on: bool) -> None:
        ending = attempt.ending()
        if ending is None:
            return
        is_shared = self._teardowns.has_shared_failed(item.nodeid)
        status = attempts.statuses[-1] if is_shared and attempts.statuses else STATUS[ending.outcome]
        attempts.amend(status, ending.duration_ns / 1e9)
        if goes_on:
            self._reports.next_attempt(item, ending, str(attempts.reason))
        else:
            slow = {"test.early_flake.abort_reason": "slow"} if attempts.is_too_slow else {}
            self._reports.last_attempt(item, ending, slow)

    def _log(self, item: Any, attempts: Attempts, made: list[Attempt]) -> None:
        guarded = self._recording.guarded
        deciding = guarded("the last attempt at a test counts", attempts.deciding)
        if deciding is None or len(attempts.statuses) != len(made):
            deciding = len(made) - 1
        for number, attempt in enumerate(made):
            if number != deciding:
                report = guarded("an attempt at a test is not told", _retried, attempt, attempts)
                if report is not None:
                    item.ihook.pytest_runtest_logreport(report=report)
        if self._teardowns.has_shared_failed(item.nodeid):
            made[deciding].take_teardown_of(made[-1])
        guarded("subtests are not counted", made[deciding].put_back_failed_subtests, item)
        made[deciding].log(item)


def _hold_back(attempt: Attempt, report: Any) -> None:
    attempt.reports.append(copy.copy(report))
    report.outcome = "rerun"
    setattr(report, HELD_BACK, True)


def _retried(attempt: Attempt, attempts: Attempts) -> Any:
    report = attempt.as_one_report()
    report.outcome = "rerun"
    setattr(report, RETRIED, attempts.is_flaky)
    return report


def _runs_elsewhere(item: Any) -> bool:
    """In a process of its own, which reports to this one."""
    option = item.config.option
    marked = item.config.pluginmanager.has_plugin("pytest_forked") and item.get_closest_marker("forked")
    return bool(marked or getattr(option, "forked", False) or getattr(option, "boxed", False))


def _is_run_by_others(item: Any) -> bool:
    """A conftest or a plugin has a way of its own to run a test."""
    return any(
        not (hook.hookwrapper or getattr(hook, "wrapper", False))
        and str(getattr(hook.function, "__module__", "")).partition(".")[0] not in _KNOWN_RUNNERS
        for hook in item.ihook.pytest_runtest_protocol.get_hookimpls()
    )


def _is_repeated_by_others(item: Any) -> bool:
    """pytest-rerunfailures and flaky, told by their own options and marks."""
    plugins, option = item.config.pluginmanager, item.config.option
    rerunner, flaky = plugins.has_plugin("rerunfailures"), plugins.has_plugin("flaky")
    if not rerunner and not flaky:
        return False
    marked = item.get_closest_marker("flaky") is not None
    if rerunner and (marked or getattr(option, "reruns", None) or _has_setting(item.config, "reruns")):
        return True
    if not flaky:
        return False
    named = hasattr(getattr(item, "obj", None), "_flaky_max_runs")
    return marked or named or bool(getattr(option, "force_flaky", False))


def _has_setting(config: Any, name: str) -> bool:
    """In the INI file."""
    try:
        return str(config.getini(name) or "0").strip() != "0"
    except (ValueError, KeyError):  # of a version that does not have it
        return False
