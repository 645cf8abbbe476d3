"""What the service said of each test of this process: tags for its report, disabled and quarantined tests.

A plugin of runs that are reported, registered where the service said anything of tests, in each process
that collects. Failures of quarantined tests are changed as their reports come by, before anybody else sees
them, so that it does not matter who runs the test.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from testalibi.outcomes import FORGIVEN
from testalibi.pytest_attempts import forget_failed_subtests
from testalibi.pytest_marks import ALWAYS_INPUT
from testalibi.pytest_reports import SESSION, TestReports, intake_names, place_of
from testalibi.pytest_select import DESELECTOR_NAME
from testalibi.pytest_teardowns import Teardowns
from testalibi.pytest_xdist import worker_name
from testalibi.reporting import Opened
from testalibi.retrying import DISABLED_REASON, Attempts, Plan, Said
from testalibi.session import Recording

_NOTHING = Said()


class SaidOfTests:
    def __init__(self, recording: Recording, opened: Opened, reports: TestReports) -> None:
        self._recording = recording
        self._opening = opened.tests
        self._root = opened.root
        self._plan = Plan(opened.tests)
        # By identity: xdist gives items other names later, and with them other hashes. Items are kept alive.
        self._of_items: dict[int, tuple[Any, Said]] = {}
        self._forgiven: set[str] = set()  # node ids
        self._config: Any = None
        self._new = self._found = 0  # a persistent worker collects file after file
        self.teardowns = Teardowns()
        reports.said_of = self.of

    def of(self, item: Any) -> Said:
        found = self._of_items.get(id(item))
        return found[1] if found is not None else _NOTHING

    def is_to_be_fixed(self, item: Any) -> bool:
        return self.of(item).is_to_be_fixed

    @property
    def has_tests_to_fix(self) -> bool:
        return any("attempt_to_fix" in marks for marks in (self._opening.managed or {}).values())

    def attempts_at(self, item: Any, may_retry_failures: bool) -> Attempts:
        return self._plan.attempts_at(self.of(item), may_retry_failures)

    # Before anybody takes tests away.
    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        for item in items:
            self._recording.guarded("what the service says of a test is not known", self._look_up, item)
        if self._opening.known is not None:
            self._recording.guarded("new tests were not counted", self._count_new, config, items)

    # Now they have the names that reports will have.
    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._config = session.config
        self._forgiven.update(item.nodeid for item in session.items if self.of(item).is_forgiven)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if self.of(item).is_left_out:
            # That it was skipped says nothing of a run in which the service allows it again.
            self._recording.record_input("option", ALWAYS_INPUT, detail=ALWAYS_INPUT, content=ALWAYS_INPUT)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        if item.nodeid in self._forgiven:
            self._recording.guarded("an error that tests share is forgiven", self.teardowns.watch, item)

    # A wrapper, because pytest's own session comes before everybody else.
    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> Iterator[None]:
        if report.outcome == "failed" and self._is_forgiven(report):
            self._recording.guarded("a quarantined test fails", forgive, self._config, report)
        yield

    def _is_forgiven(self, report: Any) -> bool:
        node_id = getattr(report, "nodeid", "")
        is_shared = report.when == "teardown" and self.teardowns.has_shared_failed(node_id)
        return node_id in self._forgiven and not is_shared

    def _look_up(self, item: Any) -> None:
        opening = self._opening
        if opening.known is None and opening.managed is None and opening.modified is None:
            return
        file, lines = "", None
        if opening.modified is not None:
            place = place_of(item, self._root)
            file = place["test.source.file"]
            if "test.source.start" in place:
                lines = (int(place["test.source.start"]), int(place["test.source.end"]))
        said = self._plan.said_of(intake_names(item), hasattr(item, "callspec"), file, lines)
        if said == _NOTHING:
            return
        self._of_items[id(item)] = (item, said)
        if said.is_left_out:
            item.add_marker(pytest.mark.skip(reason=DISABLED_REASON))

    def _count_new(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        was_faulty = self._plan.is_faulty
        self._new += sum(self.of(item).is_new for item in items)
        self._found += len(items)
        deselector = config.pluginmanager.get_plugin(DESELECTOR_NAME)
        not_collected = deselector.left_out().tests if deselector is not None else 0
        self._plan.found(self._new, self._found + not_collected)
        if self._plan.is_faulty and not was_faulty and worker_name() in ("", "gw0"):
            tags = {"test.early_flake.abort_reason": "faulty"}
            self._recording.note(SESSION, json.dumps({"session_tags": tags}))


def forgive(config: Any, report: Any) -> None:
    """A failure becomes what pytest does with an expected one."""
    forget_failed_subtests(config, report)
    report.outcome = "skipped"
    report.wasxfail = "quarantined by the service"
    setattr(report, FORGIVEN, True)
