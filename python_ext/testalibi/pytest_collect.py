"""The recorder as a pytest plugin of one process: which test is current, what it used, how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from testalibi import pytest_inputs, pytest_marks, pytest_xdist
from testalibi.outcomes import HELD_BACK, RETRIED, OutcomeOfTest
from testalibi.pytest_collections import CollectionLedger
from testalibi.pytest_fixtures import FixtureLedger
from testalibi.pytest_names import NamesAskedFor
from testalibi.session import Recording

if TYPE_CHECKING:
    from testalibi.pytest_reports import TestReports


class Recorder:
    """Outermost around each test's protocol, so that everything a test causes is charged to it."""

    def __init__(
        self,
        recording: Recording,
        fixtures: FixtureLedger,
        collections: CollectionLedger,
        told: pytest_inputs.RunInputs,
        reports: TestReports | None = None,
    ) -> None:
        self._recording = recording
        self._reports = reports
        self._fixtures = fixtures
        self._collections = collections
        self._told = told
        self._conftests: pytest_inputs.ConftestChains | None = None
        self._names: NamesAskedFor | None = None
        self._modules: str | None = None  # as they were recorded
        self._outcomes: dict[str, OutcomeOfTest] = {}  # of tests that run now: one, or one for each thread

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._recording.guarded("options and ini file were not recorded", self._record_inputs, session.config)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._recording.sys_path = pytest_inputs.search_path()
        self._recording.guarded("plugin modules were not recorded", self._record_modules, session.config)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        if not self._recording.active:
            yield
            return
        context = self._recording.begin_test(pytest_xdist.test_id(item))
        outcome = self._outcomes[item.nodeid] = OutcomeOfTest()
        self._fixtures.begin_test(context, item)
        self._recording.guarded("what a test was found by was not recorded", self._charge_surroundings, item)
        self._recording.guarded("marks were not recorded", pytest_marks.record, self._recording, item)
        reports = self._reports
        if reports is not None:
            reports.begin(context, item)
        interrupted = (yield).excinfo is not None  # type: ignore[attr-defined]
        self._fixtures.end_test()
        self._outcomes.pop(item.nodeid, None)
        end = outcome.end()
        if reports is not None:
            reports.end(context, item, None if interrupted else end)
        if interrupted or end is None:
            # Ctrl-C, pytest.exit(), --setup-only: the test did not end, so what it did is no evidence.
            self._recording.end_context(context)
        else:
            self._recording.end_test(context, end)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        outcome = self._outcomes.get(getattr(report, "nodeid", ""))
        if outcome is None and len(self._outcomes) == 1:
            (outcome,) = self._outcomes.values()  # a plugin gave the report a name of its own
        if outcome is None or hasattr(report, HELD_BACK):
            return
        if self._reports is not None and report.outcome == "rerun" and not hasattr(report, RETRIED):
            self._reports.add_rerun(report.nodeid)
        try:
            outcome.add(report)
        except Exception:
            outcome.give_up()
            self._recording.problems.append(
                f"the outcome of {report!r} is not understood; that test runs next time"
            )

    # Not a wrapper: it is called once per test, and before pytest's own teardown all the same.
    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        outcome = self._outcomes.get(item.nodeid)
        if outcome is not None:
            charge = self._fixtures.charge_test
            self._recording.guarded("a test's fixtures are not known", charge, item, outcome.setup_passed)

    def set_up(self, item: pytest.Item) -> None:
        """Where reports come only when the test is over: its set-up passed."""
        outcome = self._outcomes.get(item.nodeid)
        if outcome is not None:
            outcome.setup_passed = True

    def _record_inputs(self, config: pytest.Config) -> None:
        pytest_inputs.record_session_inputs(self._recording, config, self._told)
        self._conftests = pytest_inputs.ConftestChains(self._recording, config)
        self._names = NamesAskedFor(self._recording, str(config.rootpath), self._contexts_of_file)

    def _record_modules(self, config: pytest.Config) -> None:
        """A session that collects file after file comes upon conftest files later, too."""
        modules = pytest_inputs.plugin_modules(self._recording, config)
        if modules != self._modules:
            self._modules = modules
            self._recording.record_input("option", "plugin modules", detail=modules, content=modules)

    def _charge_surroundings(self, item: pytest.Item) -> None:
        names = self._names.context_of(item) if self._names is not None else 0
        for context in (names,) if names else self._contexts_of_file(item):
            self._fixtures.charge_context(context)

    def _contexts_of_file(self, item: pytest.Item) -> Iterator[int]:
        yield from self._collections.contexts_of(item)
        if self._conftests is not None:
            yield self._conftests.context_of(item)
