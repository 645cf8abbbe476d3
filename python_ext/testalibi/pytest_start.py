"""Switches recording on: called by pytest_plugin once Alibi was asked for, before conftest files are
imported.

Whatever fails here ends as one line in the terminal; the tests run as if Alibi were not there.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from typing import Any

import pytest

from testalibi import configuration as settings
from testalibi import (
    foreseeing,
    pytest_inputs,
    pytest_report,
    pytest_xdist,
    reporting,
    session,
    watching,
)
from testalibi.configuration import Configuration
from testalibi.foreseeing import Foreseen
from testalibi.pytest_inputs import RunInputs
from testalibi.pytest_session import PLUGIN_NAME, MainSession, WorkerSession
from testalibi.selection_account import SelectionAccount
from testalibi.tracked_files import TrackedFiles

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
_LISTING = "alibi_pytest_discovery"  # collector/framework/drivers
_OPTIONS = (
    "alibi",
    "alibi_noselect",
    "alibi_nocollect",
    "alibi_forceselect",
    "no_alibi",
    "alibi_mode",
    "alibi_external",
    "alibi_children",
    "alibi_trust",
    "alibi_intake",
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
            _register_selection(config, quiet, Foreseen(), tracked, _environment_outside(config))
        return None
    inside_a_test = session.is_recording() or "PYTEST_CURRENT_TEST" in os.environ
    if inside_a_test and not chosen.requested:
        return None
    # Before conftest files set what they like.
    outside = {**os.environ, reporting.VARIABLE: chosen.intake}
    foreseen = foreseeing.foresee(chosen, outside, tracked)
    # A run that is reported is one also where all tests are left out.
    recording = chosen.collect and (not foreseen.nothing_to_do or reporting.is_asked_for(outside))
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
    running.account = _register_selection(config, chosen, foreseen, tracked, outside, running.opened)
    running.register()
    return None


def _environment_outside(config: pytest.Config) -> dict[str, str]:
    """As a run of the tests would see it: `alibi plan` sets variables to list them."""
    listing = config.pluginmanager.get_plugin(_LISTING)
    return dict(listing.outside(os.environ)) if listing is not None else dict(os.environ)


def _register_selection(
    config: pytest.Config,
    chosen: Configuration,
    foreseen: Foreseen,
    tracked: TrackedFiles,
    outside: Mapping[str, str],
    opened: reporting.Opened | None = None,
) -> SelectionAccount:
    from testalibi.pytest_select import MainSelection

    account = SelectionAccount()
    skippable = opened.skippable if opened is not None else None
    selection = MainSelection(config, chosen, account, foreseen, tracked, outside, skippable)
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
    opened = reporting.opened_by_main_process(joined.directory)
    config.pluginmanager.register(WorkerSession(config, recording, problem, told, opened), PLUGIN_NAME)


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
