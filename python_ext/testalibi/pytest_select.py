"""Leaves out the tests that have an alibi: registered in each process that collects.

The main process asks once and hands the answer to its xdist workers, so that all of them leave out the same
tests and run the others in the same order. Whatever is not known to have an alibi runs: new tests, failed
ones, those that nobody may skip.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from testalibi import foreseeing, pytest_inputs, reporting, selecting, tracked_files, watching
from testalibi.configuration import Configuration
from testalibi.foreseeing import Foreseen
from testalibi.intake_names import Names
from testalibi.pytest_marks import is_unskippable
from testalibi.pytest_order import FAILED, NEEDED, STABLE, Order, in_order
from testalibi.pytest_reports import intake_names
from testalibi.pytest_xdist import test_id, worker_name
from testalibi.selecting import Selected
from testalibi.selection_account import LeftOut, SelectionAccount
from testalibi.tracked_files import TrackedFiles

if TYPE_CHECKING:
    from testalibi.pytest_service import SaidOfTests

DESELECTOR_NAME = "alibi-deselector"
SAID_NAME = "alibi-said-of-tests"
_WORKER_KEY = "alibi_selection"
_FILTERS = ("keyword", "markexpr", "lf", "deselect", "ignore", "ignore_glob", "stepwise")


class Instructions(NamedTuple):
    """What each process that collects is to do; plain values, so that execnet can send it."""

    skipped: Mapping[str, float] = {}  # test to leave out -> milliseconds it took
    settled_files: Sequence[str] = ()
    # Module, suite and name of each test that the service would leave out; None: it has no opinion.
    listed: Sequence[Sequence[str]] | None = None
    trust: str = "both"
    # Of pytest_order.Order; none: the project's own order stays.
    milliseconds: Mapping[str, float] | None = None
    groups: Mapping[str, int] = {}

    def __bool__(self) -> bool:
        return bool(self.skipped) or bool(self.listed) or self.milliseconds is not None


class Deselector:
    """Deselects and orders, and keeps settled files from being collected."""

    def __init__(self, instructions: Instructions, root: str, said: SaidOfTests | None = None) -> None:
        self._said = said
        self._skipped = instructions.skipped
        self._settled = frozenset(instructions.settled_files)
        self._trust = instructions.trust
        self._listed = None
        if instructions.listed is not None:
            self._listed = frozenset(Names(*names) for names in instructions.listed)
        self._whole: frozenset[Names] = frozenset()  # suites that run as a whole
        objects = self._listed is not None and instructions.trust != "local"
        if objects or (said is not None and said.has_tests_to_fix):
            self._settled = frozenset()  # the service may object to each of their tests
        self._order = None
        if instructions.milliseconds is not None:
            self._order = Order(instructions.milliseconds, instructions.groups)
        self._root = root
        self._deselected: dict[str, None] = {}  # of everything that was collected so far
        self._ignored: set[str] = set()
        self._told: set[str] = set()  # of the ignored: reported

    def left_out(self) -> LeftOut:
        tests: set[str] = set(self._deselected)
        tests.update(test for test in self._skipped if test.partition("::")[0] in self._ignored)
        return LeftOut.of({test: self._skipped.get(test, 0.0) for test in tests})

    def deselected_tests(self) -> Sequence[str]:
        """Of files that were collected. For `alibi plan`, which lists tests by --collect-only."""
        return tuple(self._deselected)

    def ignored_files(self) -> Mapping[str, Sequence[str]]:
        """The same of those that were not: file -> its known tests."""
        files: dict[str, list[str]] = {file: [] for file in sorted(self._ignored)}
        for test in self._skipped:
            file = test.partition("::")[0]
            if file in files:
                files[file].append(test)
        return files

    def may_be_left_out(self, item: pytest.Item) -> bool:
        if is_unskippable(item) or (self._said is not None and self._said.is_to_be_fixed(item)):
            return False
        if self._trust != "service" and test_id(item) not in self._skipped:
            return False
        if self._listed is None or self._trust == "local":
            return self._trust != "service"
        return _is_listed(item, self._listed, self._whole)

    def ignores(self, path: str) -> bool:
        """True for a test file in which nothing has to run."""
        if not self._settled:
            return False
        name = os.path.relpath(path, self._root).replace(os.sep, "/")
        if name not in self._settled:
            return False
        self._ignored.add(name)
        return True

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        if any(not names.name for names in self._listed or ()):
            self._whole = frozenset(
                suite for item in items if is_unskippable(item) for suite in _suites_of(item)
            )
        kept: list[pytest.Item] = []
        left_out: list[pytest.Item] = []
        for item in items:
            (left_out if self.may_be_left_out(item) else kept).append(item)
        new = [item for item in left_out if test_id(item) not in self._deselected]
        self._deselected.update(dict.fromkeys(map(test_id, left_out)))
        if self._order is not None:
            kept = in_order(kept, self._order)
        items[:] = kept
        if left_out:
            config.hook.pytest_deselected(items=left_out)
        self._report(config, items, new)

    def _report(self, config: pytest.Config, items: list[pytest.Item], left_out: list[pytest.Item]) -> None:
        """What is left out once per run: workers all leave out the same tests."""
        reports = config.pluginmanager.get_plugin(reporting.PLUGIN_NAME)
        if reports is None:
            return
        for item in items:
            if self._listed and is_unskippable(item) and _is_listed(item, self._listed):
                reports.force(item)
        if worker_name() not in ("", "gw0"):
            return
        for item in left_out:
            reports.left_out(test_id(item), item)
        ignored = self._ignored - self._told
        self._told |= ignored
        for test in self._skipped if ignored else ():
            if test.partition("::")[0] in ignored:
                reports.left_out(test)

    if hasattr(pytest, "version_tuple") and pytest.version_tuple >= (7, 0):

        def pytest_ignore_collect(self, collection_path: Any) -> bool | None:
            return True if self.ignores(str(collection_path)) else None

    else:

        def pytest_ignore_collect(self, path: Any) -> bool | None:  # type: ignore[misc]
            return True if self.ignores(str(path)) else None


def _is_listed(item: pytest.Item, listed: frozenset[Names], whole: frozenset[Names] = frozenset()) -> bool:
    """A service that thinks in suites names no tests; `whole`: suites of which one test has to run."""
    try:
        names = intake_names(item)
    except Exception:  # of a hook of the project
        return False
    suite = names._replace(name="")
    return names in listed or (suite in listed and suite not in whole)


def _suites_of(item: pytest.Item) -> list[Names]:
    try:
        return [intake_names(item)._replace(name="")]
    except Exception:  # of a hook of the project: it is not listed either
        return []


class MainSelection:
    """In the main process: asks when all options are known, tells what came of it."""

    def __init__(
        self,
        config: pytest.Config,
        chosen: Configuration,
        account: SelectionAccount,
        foreseen: Foreseen,
        tracked: TrackedFiles,
        outside: Mapping[str, str],
        skippable: frozenset[Names] | None = None,
    ) -> None:
        self._config = config
        self._skippable = skippable  # by the service
        self._chosen = chosen
        self._account = account
        self._foreseen = foreseen
        self._tracked = tracked
        self._outside = outside  # the environment as it was before conftest files
        self._instructions = Instructions()
        self._deselector: Deselector | None = None
        self._kept: dict[str, None] = {}  # a persistent worker collects file after file

    # Before xdist starts its workers.
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        config, account = self._config, self._account
        account.switched_off = why_not(config, self._chosen)
        if account.switched_off and self._chosen.order == "off":
            return
        try:
            options = pytest_inputs.option_texts(config, self._chosen.ignored_packages)
            options[tracked_files.SUBJECT] = self._tracked.text()
            if self._foreseen.selected.known and self._foreseen.selected.options == options:
                account.selected = self._foreseen.selected
            else:
                request = selecting.request_document(self._chosen, options)
                selected = selecting.select(self._chosen, request, self._outside)
                told = self._foreseen.selected.notices  # what was taken in then is not told again
                account.selected = selected._replace(notices=tuple(dict.fromkeys((*told, *selected.notices))))
            self._instructions = self._with_service(
                instructions(account.selected, self._chosen, account.switched_off)
            )
        except Exception as error:
            account.selected = Selected(failure=f"unexpected failure ({type(error).__name__}: {error})")
        if self._instructions:
            said = config.pluginmanager.get_plugin(SAID_NAME)
            self._deselector = Deselector(self._instructions, str(config.rootpath), said)
            config.pluginmanager.register(self._deselector, DESELECTOR_NAME)

    def _with_service(self, found: Instructions) -> Instructions:
        found = found._replace(trust=self._chosen.trust)
        if self._skippable is None or self._account.switched_off:
            return found
        return found._replace(listed=sorted(map(list, self._skippable)))

    def pytest_report_collectionfinish(self, items: list[pytest.Item]) -> list[str]:
        left_out = self._deselector.left_out() if self._deselector is not None else LeftOut()
        self._kept.update(dict.fromkeys(map(test_id, items)))
        self._account.found(list(self._kept), left_out)
        self._tell_watcher()
        return self._account.lines(self._config.option.verbose)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[_WORKER_KEY] = tuple(self._instructions)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._note_unforeseen(len(session.items))

    # With xdist the main process collects nothing itself.
    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        if self._account.kept is not None:
            return
        self._note_unforeseen(len(ids))
        self._account.found(list(ids), None if self._is_filtered() else self._expected())
        self._tell_watcher()
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        lines = self._account.lines(self._config.option.verbose)
        if reporter is not None and lines:
            reporter.ensure_newline()
            for line in lines:
                reporter.write_line(line)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        told = getattr(node, "workeroutput", {}).get(_WORKER_KEY)
        if told is not None:
            self._account.left_out = LeftOut({str(file): tuple(counts) for file, counts in told.items()})

    # After pytest has set its own status: everything left out is no failure to find tests.
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if int(exitstatus) == 5 and self._account.left_out.tests and not session.testsfailed:
            session.exitstatus = 0

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        lines = self._account.explanation(self._chosen.explain)
        if lines:
            terminalreporter.write_sep("-", "why these tests ran")
            for line in lines:
                terminalreporter.write_line(line)

    def _note_unforeseen(self, tests: int) -> None:
        """What runs now although nothing known had to is recorded next time."""
        if tests and self._chosen.collect and self._foreseen.nothing_to_do:
            foreseeing.leave_mark(self._chosen)

    def _tell_watcher(self) -> None:
        watcher = watching.of(self._config)
        if watcher is not None:
            watcher.collected(self._account)

    def _is_filtered(self) -> bool:
        """Somebody else takes tests away as well: only the workers know from how many."""
        option = self._config.option
        return any(getattr(option, name, None) for name in _FILTERS)

    def _expected(self) -> LeftOut:
        """What workers leave out, before they could say so: those of what is asked for that have an alibi."""
        config = self._config
        places = [str(argument).partition("::")[0] for argument in config.args]
        asked_for = [os.path.join(str(config.invocation_params.dir), place) for place in places]
        below = tuple(os.path.realpath(place) for place in asked_for)

        def is_asked_for(test: str) -> bool:
            path = os.path.realpath(os.path.join(str(config.rootpath), test.partition("::")[0]))
            return any(path == place or path.startswith(place.rstrip(os.sep) + os.sep) for place in below)

        files = {test.partition("::")[0]: False for test in self._instructions.skipped}
        files = {file: is_asked_for(file) for file in files}
        skipped = self._instructions.skipped
        return LeftOut.of({test: skipped[test] for test in skipped if files[test.partition("::")[0]]})


class WorkerSelection:
    """In an xdist worker: what the main process found out."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._deselector: Deselector | None = None

    # xdist hands over its input only after the plugins were loaded.
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        told = getattr(self._config, "workerinput", {}).get(_WORKER_KEY)
        todo = Instructions(*told) if told else Instructions()
        if todo:
            said = self._config.pluginmanager.get_plugin(SAID_NAME)
            self._deselector = Deselector(todo, str(self._config.rootpath), said)
            self._config.pluginmanager.register(self._deselector, DESELECTOR_NAME)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        output = getattr(self._config, "workeroutput", None)
        if output is not None and self._deselector is not None:
            output[_WORKER_KEY] = dict(self._deselector.left_out().files)


def instructions(selected: Selected, chosen: Configuration, switched_off: str) -> Instructions:
    found = Instructions()
    if not switched_off:
        found = Instructions(dict(selected.skipped), sorted(selected.settled_files))
    if chosen.order == "off" or not selected.known:
        return found
    milliseconds = {test: needed.milliseconds for test, needed in selected.needed.items()}
    milliseconds.update(selected.skipped)
    groups = dict.fromkeys(selected.skipped, STABLE)
    for test, needed in selected.needed.items():
        first = needed.kind == "failed" and chosen.order == "likely"
        groups[test] = FAILED if first else NEEDED
    return found._replace(milliseconds=milliseconds, groups=groups)


def why_not(config: pytest.Config, chosen: Configuration) -> str:
    """Why nothing is to be selected although Alibi is on: an empty string when there is no reason."""
    if not chosen.select:
        return "asked not to select"
    if chosen.force_select:
        return ""
    option = config.option
    if getattr(option, "keyword", ""):
        return "-k was used"
    if getattr(option, "markexpr", ""):
        return "-m was used"
    if getattr(option, "lf", False):
        return "--lf was used"
    if any("::" in str(argument) for argument in config.args):
        return "a test was named"
    return ""
