"""Switches recording on: called by pytest_plugin once Alibi was asked for, before conftest files are
imported.

Whatever fails here ends as one line in the terminal; the tests run as if Alibi were not there.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from testalibi import configuration as settings
from testalibi import (
    foreseeing,
    merging,
    preloading,
    pytest_crashes,
    pytest_inputs,
    pytest_report,
    pytest_xdist,
    session,
    session_folder,
    watching,
)
from testalibi.configuration import Configuration
from testalibi.foreseeing import Foreseen
from testalibi.pytest_collect import Recorder
from testalibi.pytest_collections import CollectionLedger
from testalibi.pytest_fixtures import FixtureLedger
from testalibi.pytest_inputs import RunInputs
from testalibi.selection_account import SelectionAccount
from testalibi.tracked_files import TrackedFiles

PLUGIN_NAME = "alibi-session"
_NOTHING_RUNS = (
    "collectonly",
    "setuponly",
    "setupplan",
    "showfixtures",
    "show_fixtures_per_test",
    "markers",
    "help",
    "version",
)
_OPTIONS = (
    "alibi",
    "alibi_noselect",
    "alibi_nocollect",
    "alibi_forceselect",
    "no_alibi",
    "alibi_mode",
    "alibi_external",
    "alibi_children",
    "alibi_env",
    "alibi_report",
    "alibi_data",
    "alibi_order",
    "alibi_explain",
    "alibi_hang",
    "alibi_cov",
    "alibi_cov_context",
)


def prepare(config: pytest.Config, parser: pytest.Parser, arguments: list[str]) -> None:
    """Reads the configuration and, where it says so, starts recording and registers the plugins for it."""
    added, notices = _register_aliases(parser, arguments)
    # The first holds defaults until conftest files are loaded, the second what was given so far.
    options = {**vars(config.option), **vars(config.known_args_namespace)}
    if added:
        options = vars(parser.parse_known_args(arguments, namespace=_copy(config.option)))
    chosen = settings.read(
        settings.Sources(
            options={name: options.get(name) for name in _OPTIONS},
            environ=os.environ,
            ini=lambda name: _ini(config, name),
            root=str(config.rootpath),
            invocation_directory=str(config.invocation_params.dir),
        )
    )
    problems = [*notices, *chosen.problems]
    if options.get("alibi_cov") and not (chosen.enabled or options.get("no_alibi")):
        problems.append("--alibi-cov does nothing without --alibi")
    if pytest_xdist.is_worker():
        if chosen.enabled:
            _join(config, chosen)
        return
    watcher = watching.of(config)
    if watcher is not None and chosen.enabled:
        watcher.session(chosen)
    header = "" if not chosen.enabled else _start(config, chosen, options, problems)
    if header is not None and (header or problems) and not config.pluginmanager.has_plugin(PLUGIN_NAME):
        config.pluginmanager.register(pytest_report.Reporter(chosen, header, problems), PLUGIN_NAME)


def _start(
    config: pytest.Config, chosen: Configuration, options: Mapping[str, Any], problems: list[str]
) -> str | None:
    """Registers a session; or returns the header line that says why there is none, or None to keep silent."""
    tracked = TrackedFiles(chosen.tracked, chosen.root)
    if any(options.get(name) for name in _NOTHING_RUNS):
        if options.get("collectonly"):
            quiet = chosen._replace(collect=False, report="")
            _register_selection(config, quiet, Foreseen(), tracked, dict(os.environ))
        return None
    inside_a_test = session.is_recording() or "PYTEST_CURRENT_TEST" in os.environ
    if inside_a_test and not chosen.requested:
        return None
    outside = dict(os.environ)  # before conftest files set what they like
    foreseen = foreseeing.foresee(chosen, outside, tracked)
    recording = chosen.collect and not foreseen.nothing_to_do
    if chosen.coverage is not None:
        from testalibi.pytest_coverage import CoverageWriter

        # Before the session: what it stores is part of it.
        writer = CoverageWriter(config, chosen, tracked, outside, recording)
        config.pluginmanager.register(writer, "alibi-coverage")
    if not recording:
        account = _register_selection(config, chosen, foreseen, tracked, outside)
        if chosen.report:
            config.pluginmanager.register(
                ReportWriter(chosen.report, account, problems), "alibi-report-writer"
            )
        return "not recording, as asked" if not chosen.collect else "nothing has changed: not recording"
    try:
        running = MainSession(config, chosen, problems, tracked, outside)
    except session.CannotRecord as error:
        problems.append(f"not recording: {error}")
        return ""
    # Before the session, whose closing lines come last.
    running.account = _register_selection(config, chosen, foreseen, tracked, outside)
    running.register()
    return None


def _register_selection(
    config: pytest.Config,
    chosen: Configuration,
    foreseen: Foreseen,
    tracked: TrackedFiles,
    outside: Mapping[str, str],
) -> SelectionAccount:
    from testalibi.pytest_select import MainSelection

    account = SelectionAccount()
    selection = MainSelection(config, chosen, account, foreseen, tracked, outside)
    config.pluginmanager.register(selection, "alibi-selection")
    return account


def _join(config: pytest.Config, chosen: Configuration) -> None:
    from testalibi.pytest_select import WorkerSelection

    config.pluginmanager.register(WorkerSelection(config), "alibi-selection")
    joined = pytest_xdist.joined_session(config)
    if joined is None:
        return
    told = RunInputs(joined.options, chosen.ignored_packages)
    problem = ""
    recording = None
    try:
        if not os.path.isdir(joined.directory):
            raise session.CannotRecord("the data folder of the main process is not on this machine")
        with pytest_xdist.environment_outside(joined):
            recording = session.start(
                chosen, joined.directory, joined.session_id, role="worker", worker=pytest_xdist.worker_name()
            )
    except session.CannotRecord as error:
        problem = f"a worker is not recording: {error}"
    config.pluginmanager.register(WorkerSession(config, recording, problem, told), PLUGIN_NAME)


class WorkerSession:
    """An xdist worker's part: its own shard in the main process's session folder."""

    def __init__(
        self, config: pytest.Config, recording: session.Recording | None, problem: str, told: RunInputs
    ) -> None:
        self._config = config
        self._recording = recording
        self._problem = problem
        if recording is not None:
            _register_recorder(config, recording, told)
            config.add_cleanup(recording.stop)

    # Innermost, so that the shard is closed before xdist reports this worker as finished.
    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_sessionfinish(self) -> Iterator[None]:
        yield
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
        self._told = RunInputs("", chosen.ignored_packages, tracked)
        self._folder = self._make_folder()
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

    def register(self) -> None:
        plugins = self._config.pluginmanager
        plugins.register(self, PLUGIN_NAME)
        plugins.register(self._workers, "alibi-workers")
        plugins.register(self._reporter, "alibi-report")
        _register_recorder(self._config, self._recording, self._told)
        # The run may end before it began: a broken conftest.py, a usage error.
        self._config.add_cleanup(self._abandon)

    # Innermost, so that everything is stored before the terminal's closing lines are written.
    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        yield
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
        if self._chosen.report:
            failure = pytest_report.write_json(self._chosen.report, summary)
            summary.problems.extend([failure] if failure else [])
        self._reporter.summary = summary

    def _merge(self, summary: pytest_report.Summary) -> None:
        chosen, folder = self._chosen, self._folder
        # Locked until it is stored: another run would take it for a killed one's, and be first.
        merged = merging.merge(folder.path, chosen, os.environ)
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
        summary.crashes = merged.crashes

    def _own_drops(self) -> dict[str, int]:
        return _added_up(self._recording.drops, self._workers.drops)

    def _problems_so_far(self) -> list[str]:
        return [*self._recording.problems, *self._workers.problems]

    def _abandon(self) -> None:
        if not self._finished:
            self._stop()
            self._folder.discard()

    def _stop(self) -> None:
        if self._preloading is not None:
            self._preloading.stop()
        self._recording.stop()


class ReportWriter:
    """Writes the report of a run that records nothing."""

    def __init__(self, path: str, account: SelectionAccount, problems: list[str]) -> None:
        self._path = path
        self._account = account
        self._problems = problems

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        summary = pytest_report.Summary(problems=self._problems)
        summary.selection = self._account.document()
        failure = pytest_report.write_json(self._path, summary)
        if failure:
            self._problems.append(failure)


def _added_up(counts: dict[str, int], more: dict[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) + more.get(name, 0) for name in {**counts, **more}}


def _register_recorder(config: pytest.Config, recording: session.Recording, told: RunInputs) -> None:
    fixtures = FixtureLedger(recording)
    collections = CollectionLedger(recording)
    plugins = config.pluginmanager
    plugins.register(fixtures, "alibi-fixtures")
    plugins.register(collections, "alibi-collections")
    plugins.register(collections.beginning, "alibi-collections-beginning")
    plugins.register(pytest_crashes.CrashTerminal(recording), "alibi-crashes")
    plugins.register(Recorder(recording, fixtures, collections, told), "alibi-recorder")


def _register_aliases(parser: pytest.Parser, arguments: list[str]) -> tuple[bool, list[str]]:
    """Makes pytest accept given options of other tools that nobody else accepts. Returns whether there are
    any, and notices.
    """
    added = False
    notices: dict[str, str] = {}
    group = parser.getgroup("alibi")
    for option, takes_value, ours, owner in settings.OPTION_ALIASES:
        if not any(given == option or given.startswith(option + "=") for given in arguments):
            continue
        own = "--" + ours.replace("_", "-")
        if importlib.util.find_spec(owner) is not None:
            notices[owner] = (
                f"{option} is left to {owner}, which is installed here; Alibi's own option is {own}"
            )
            continue
        try:
            if takes_value:
                group.addoption(option, dest=ours, metavar="NAME", help=f"the same as {own}")
            else:
                group.addoption(option, dest=ours, action="store_true", help=f"the same as {own}")
            added = True
        except ValueError:
            notices[owner] = f"{option} is left to the plugin that defines it; Alibi's own option is {own}"
    return added, list(notices.values())


def _ini(config: pytest.Config, name: str) -> Any:
    for key in (name, *(other for other, ours in settings.INI_ALIASES.items() if ours == name)):
        try:
            value = config.getini(key)
        except Exception:
            # Not a value of the key's type (each pytest has its own exception), or another tool's key.
            value = pytest_inputs.ini_items(config).get(key)
        if value:
            return value
    return None


def _copy(namespace: Any) -> Any:
    return type(namespace)(**vars(namespace))
