"""The session of a run that records: what the main process owns, and an xdist worker's part in it.

Made by pytest_start, once it is settled that this run records; registered as plugins, which end with the run.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pytest

from testalibi import (
    foreseeing,
    merging,
    preloading,
    pytest_crashes,
    pytest_inputs,
    pytest_report,
    pytest_xdist,
    reporting,
    session,
    session_folder,
)
from testalibi.configuration import Configuration
from testalibi.pytest_collect import Recorder
from testalibi.pytest_collections import CollectionLedger
from testalibi.pytest_fixtures import FixtureLedger
from testalibi.pytest_inputs import RunInputs
from testalibi.selection_account import SelectionAccount
from testalibi.tracked_files import TrackedFiles

if TYPE_CHECKING:
    from testalibi.pytest_reports import TestReports
    from testalibi.pytest_retry_terminal import RetryTerminal

PLUGIN_NAME = "alibi-session"


class WorkerSession:
    """An xdist worker's part: its own shard in the main process's session folder."""

    def __init__(
        self,
        config: pytest.Config,
        recording: session.Recording | None,
        problem: str,
        told: RunInputs,
        opened: reporting.Opened,
    ) -> None:
        self._config = config
        self._recording = recording
        self._problem = problem
        self._process = os.getpid()
        if recording is not None:
            _register_recorder(config, recording, told, opened)
            config.add_cleanup(recording.stop)

    # Innermost, so that the shard is closed before xdist reports this worker as finished.
    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_sessionfinish(self) -> Iterator[None]:
        yield
        if os.getpid() != self._process:  # a test forked, and its child came to the end of pytest
            return
        if self._recording is not None:
            self._recording.stop()
        pytest_xdist.leave_results(self._config, self._recording, self._problem)


class MainSession:
    """The session of a whole run, owned by the main process: folder, own shard, merge, report."""

    def __init__(
        self,
        config: pytest.Config,
        chosen: Configuration,
        problems: list[str],
        tracked: TrackedFiles,
        outside: Mapping[str, str],
    ) -> None:
        self._config = config
        self._chosen = chosen
        self._problems = problems
        self._outside = outside
        self._process = os.getpid()
        self._told = RunInputs("", chosen.ignored_packages, tracked)
        self._folder = self._make_folder()
        self.opened = self._open_report(outside)
        try:
            self._recording = session.start(chosen, self._folder.path, self._folder.session_id, role="main")
        except session.CannotRecord:
            self._folder.discard()
            raise
        # Inherited by workers.
        self._preloading = preloading.start(problems) if chosen.children == "record" else None
        self._workers = pytest_xdist.WorkerBook(self._folder.path, self._folder.session_id, outside)
        header = pytest_report.header_of(chosen, self._recording.strategy, self._recording.strategy_reason)
        self._reporter = pytest_report.Reporter(chosen, header, problems)
        self._finished = False
        self.account = SelectionAccount()
        self._retries: RetryTerminal | None = None

    def register(self) -> None:
        plugins = self._config.pluginmanager
        plugins.register(self, PLUGIN_NAME)
        plugins.register(self._workers, "alibi-workers")
        plugins.register(self._reporter, "alibi-report")
        _register_recorder(self._config, self._recording, self._told, self.opened)
        if self.opened.tests:
            self._recording.guarded("tests that are tried again are not counted", self._register_terminal)
        # The run may end before it began: a broken conftest.py, a usage error.
        self._config.add_cleanup(self._abandon)

    def _register_terminal(self) -> None:
        from testalibi.pytest_retry_terminal import RetryTerminal

        self._retries = RetryTerminal(self.opened.tests)
        self._config.pluginmanager.register(self._retries, "alibi-retry-terminal")

    # Innermost, so that everything is stored before the terminal's closing lines are written.
    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        yield
        if not self._is_owner():
            return
        try:
            self._finish(int(session.exitstatus), max(session.testscollected, self._workers.collected))
        except Exception as error:
            self._reporter.summary = pytest_report.Summary(
                problems=[*self._problems_so_far(), f"nothing was stored ({type(error).__name__}: {error})"]
            )

    def _make_folder(self) -> session_folder.SessionFolder:
        chosen = self._chosen
        description = {
            "root": chosen.root,
            "environment": chosen.environment,
            "command": [sys.executable, "-m", "pytest", *map(str, self._config.invocation_params.args)],
            "interpreter": session.interpreter_version(),
            "pytest": pytest.__version__,
            "executable": sys.executable,
            "prefix": sys.prefix,
            "invocation_directory": str(self._config.invocation_params.dir),
            "options": {
                "select": chosen.select,
                "force_select": chosen.force_select,
                "strategy": chosen.strategy,
            },
        }
        try:
            return session_folder.create(chosen.data, description)
        except OSError as error:
            raise session.CannotRecord(
                f"the data folder {chosen.data} cannot be written ({error.strerror});"
                " set ALIBI_DATA to one that can"
            ) from error

    def _open_report(self, outside: Mapping[str, str]) -> reporting.Opened:
        """Before anything is recorded: who talks to the service is none of the project's programs."""
        if not reporting.is_asked_for(outside):
            return reporting.Opened()
        opened = reporting.open_session(
            self._folder.path,
            {
                "framework": "pytest",
                "framework_version": pytest.__version__,
                "command": " ".join(["pytest", *map(str, self._config.invocation_params.args)]),
                "language": "python",
                "runtime_name": platform.python_implementation(),
                "runtime_version": platform.python_version(),
                "root": self._chosen.root,
            },
            outside,
        )
        self._problems.extend(opened.problems)
        return opened

    def _finish(self, exit_status: int, collected: int) -> None:
        self._finished = True
        self._stop()
        summary = pytest_report.Summary(spent_s=(self._recording.spent_ns + self._workers.spent_ns) / 1e9)
        summary.crashed_workers = self._workers.crashed
        summary.statistics = _added_up(self._recording.statistics, self._workers.statistics)
        try:
            self._folder.complete(
                exit_status=exit_status,
                collected=collected,
                node_count=self._workers.started,
                sys_path=self._workers.sys_path or self._recording.sys_path or pytest_inputs.search_path(),
                **self.account.totals(),
            )
        except OSError as error:
            summary.problems.append(f"the session could not be marked as complete ({error.strerror})")
        started = time.perf_counter()
        self._merge(summary)
        if summary.stored:
            foreseeing.remove_mark(self._chosen)
        summary.merge_s = time.perf_counter() - started
        summary.problems[:0] = self._problems_so_far()
        summary.selection = self.account.document()
        if self._retries is not None:
            summary.retries = self._retries.document()
            summary.notices.extend(self._retries.lines())
        if self._chosen.report:
            failure = pytest_report.write_json(self._chosen.report, summary)
            summary.problems.extend([failure] if failure else [])
        self._reporter.summary = summary

    def _merge(self, summary: pytest_report.Summary) -> None:
        chosen, folder = self._chosen, self._folder
        # Locked until it is stored: another run would take it for a killed one's, and be first.
        merged = merging.merge(folder.path, chosen, os.environ, self._for_service())
        folder.release()
        drops = dict(merged.drops or self._own_drops())
        summary.drops, summary.incomplete_tests = drops, merged.incomplete_tests
        summary.problems.extend(pytest_report.losses(merged.incomplete_tests, drops, summary.crashed_workers))
        if merged.failure:
            summary.problems.append(
                f"this run's evidence was not stored: {merged.failure};"
                f" the next run tries again (kept in {folder.path})"
            )
            return
        summary.stored = True
        summary.tests, summary.files, summary.lines = merged.tests, merged.files, merged.lines
        summary.processes = merged.processes
        summary.spared_sessions, summary.spared_s = merged.spared_sessions, merged.spared_s
        summary.notices.extend(merged.notices)
        if merged.reported_to:
            summary.notices.append(f"reported to {merged.reported_to}")
        summary.crashes = merged.crashes

    def _for_service(self) -> dict[str, str]:
        """The variables of reporting, as they were before anybody of the project changed them."""
        return {name: value for name, value in self._outside.items() if name.startswith(reporting.PREFIXES)}

    def _own_drops(self) -> dict[str, int]:
        return _added_up(self._recording.drops, self._workers.drops)

    def _problems_so_far(self) -> list[str]:
        return [*self._recording.problems, *self._workers.problems]

    def _is_owner(self) -> bool:
        """No: a test forked, and its child came to the end of pytest. The session goes on without it."""
        return os.getpid() == self._process

    def _abandon(self) -> None:
        if not self._finished and self._is_owner():
            self._stop()
            self._folder.discard()

    def _stop(self) -> None:
        if self._preloading is not None:
            self._preloading.stop()
        self._recording.stop()


def _added_up(counts: dict[str, int], more: dict[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) + more.get(name, 0) for name in {**counts, **more}}


def _register_recorder(
    config: pytest.Config, recording: session.Recording, told: RunInputs, opened: reporting.Opened
) -> None:
    fixtures = FixtureLedger(recording)
    collections = CollectionLedger(recording)
    plugins = config.pluginmanager
    plugins.register(fixtures, "alibi-fixtures")
    plugins.register(collections, "alibi-collections")
    plugins.register(collections.beginning, "alibi-collections-beginning")
    plugins.register(pytest_crashes.CrashTerminal(recording), "alibi-crashes")
    reports = None
    if opened.reporting:
        from testalibi.pytest_reports import TestReports

        reports = TestReports(recording, opened.root)
        plugins.register(reports, reporting.PLUGIN_NAME)
    recorder = Recorder(recording, fixtures, collections, told, reports)
    plugins.register(recorder, "alibi-recorder")
    if reports is not None and opened.tests:
        what = "what the service says of tests is not done"
        recording.guarded(what, _act, config, recording, opened, reports, recorder)


def _act(
    config: pytest.Config,
    recording: session.Recording,
    opened: reporting.Opened,
    reports: TestReports,
    recorder: Recorder,
) -> None:
    from testalibi import pytest_retries, pytest_select, pytest_service

    said = pytest_service.SaidOfTests(recording, opened, reports)
    config.pluginmanager.register(said, pytest_select.SAID_NAME)
    if opened.tests.may_retry:
        retries = pytest_retries.Retries(recording, said, reports, recorder)
        config.pluginmanager.register(retries, "alibi-retries")
