"""Makes pytest a persistent worker: it asks `alibi run` for file after file (collector/run/WORKERS.md).

Loaded with `-p alibi_pytest_worker`. Nothing is collected up front: the run loop asks for a unit, lets pytest
collect what its arguments name, in the one session, and runs its tests. Nodes of directories and packages are
kept, so that package and session fixtures live as in a plain run of the same files; before the last test of a
unit it asks what comes next. A file that cannot be imported fails its unit, the others go on.
Python 3.8 or later, pytest 6.2 or later; imports nothing else but what lies beside it.
"""

import contextlib
import os
import sys
from os import chdir, getcwd  # as they are now: a test may leave them patched
from os.path import abspath, join, relpath
from time import perf_counter

import pytest
from alibi_pytest_chosen import Chosen, is_special
from alibi_pytest_nodes import Boundary, KnownReports, Nodes
from alibi_pytest_reports import ReportSoFar
from alibi_pytest_runner import connected
from alibi_pytest_traces import leave_no_trace

_PASSED_ON = (KeyboardInterrupt, pytest.exit.Exception)
_BOUNDARY = "what the next worker unit begins with"


class QuietCollection:
    """Keeps the terminal from telling of each file's collection what it tells once of a whole one's."""

    def __init__(self):
        self._reporter = None
        self._lines = []

    def begin(self, reporter):
        self._reporter = reporter
        if reporter is not None:
            reporter.report_collect = lambda *_, **__: None
            reporter._write_report_lines_from_hooks = self._keep
            reporter._show_progress_info = False  # nobody knows of how many

    def _keep(self, lines):
        self._lines = lines

    def end(self):
        if self._reporter is None:
            return
        for name in ("report_collect", "_write_report_lines_from_hooks"):
            vars(self._reporter).pop(name, None)
        if self._lines:  # what is true of everything, said last
            self._reporter.ensure_newline()
            self._reporter._write_report_lines_from_hooks(self._lines)

    def error(self, text):
        if self._reporter is not None:
            self._reporter.ensure_newline()
            self._reporter.write_line("ERROR: " + text, red=True)


class Worker:
    """The session's run loop."""

    def __init__(self, config, runner):
        self._config = config
        self._runner = runner
        self._directory = str(config.invocation_params.dir)
        self._importing_in = self._directory
        self._deselects = []
        self._quiet = QuietCollection()
        self._ahead = None  # a unit that was given while a test still ran
        self._ended = False
        self._last_item = None
        self._collected = []
        self._unusable = []  # arguments that pytest cannot resolve
        self._failed = {}
        self._tests = 0
        self._loading = None  # until the tests of the unit could begin
        self._session, self._status, self._error = None, 0, None  # as it finished
        self._accounted = 0  # failures that units were told with
        self._filtered = []  # items that somebody deselected in this unit

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session):
        session.items = []
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        plugins = self._config.pluginmanager
        self._importing_in = _working_directory() or self._directory
        self._nodes = Nodes(session)
        plugins.register(self._nodes, "alibi-worker-nodes")
        plugins.register(KnownReports(self._nodes), "alibi-worker-known-reports")
        # The logging plugin's handlers are there for the whole loop; the terminal announces a collection.
        others = [self, *map(plugins.get_plugin, ("logging-plugin", "terminalreporter"))]
        self._collection = plugins.subset_hook_caller("pytest_collection", [one for one in others if one])
        self._report = ReportSoFar(plugins.get_plugins())
        self._runner.say(ready=1, framework="pytest", version=pytest.__version__)
        self._quiet.begin(plugins.get_plugin("terminalreporter"))
        try:
            self._run_units(session)
        except BaseException as error:
            self._runner.say(stop=str(error) or type(error).__name__)
            raise
        finally:
            session.items = self._collected
            self._quiet.end()
        if self._unusable:
            raise pytest.UsageError(*self._unusable)
        return True

    def _run_units(self, session):
        while True:
            unit, self._ahead = self._ahead, None
            if unit is None and not self._ended:
                unit = self._runner.ask(True)
            if unit is None:
                break
            self._run(session, unit)
        self._tear_down(session, None)

    def _run(self, session, unit):
        started, failures = perf_counter(), session.testsfailed
        self._failed, self._tests, self._loading = {}, 0, None
        self._runner.say(begin=unit.id)
        found, items = True, []  # a unit that is cut short is no unit without tests
        try:
            items, found = self._collect(session, unit)
            self._loading = _milliseconds_since(started)
            self._run_items(session, items)
        except BaseException as error:
            self._cut_short(unit, len(items), error)
            self._done(unit, started, "failed")
            self._accounted = session.testsfailed
            raise
        failed = session.testsfailed != failures or unit.arguments[0] in self._failed
        self._done(unit, started, "failed" if failed else "passed" if found else "none")
        self._accounted = session.testsfailed
        _stop_if_asked(session)

    def _cut_short(self, unit, tests, error):
        self._deselected += tests - self._tests
        # All of it is to run again, for the tests that never began. What a signal interrupted failed nothing.
        if self._failed or not isinstance(error, KeyboardInterrupt):
            self._failed = {argument: argument for argument in unit.arguments}

    def _done(self, unit, started, outcome):
        milliseconds = _milliseconds_since(started)
        failed = list(self._failed.values()) if outcome == "failed" else []
        if unit.file in failed:  # as a whole: again without the same tests
            failed += unit.deselects
        counts = {"tests": self._tests, "left_out": self._deselected}
        if self._loading is not None:
            counts["loading_ms"] = self._loading
        self._report.bring_up_to_date()
        self._runner.say(done=unit.id, outcome=outcome, ms=milliseconds, failed=failed, **counts)

    def _collect(self, session, unit):
        """Tests to run, and whether there are any at all."""
        config, failures = self._config, session.testsfailed
        path = self._path_of(unit)
        self._nodes.begin(path, unit.attempt)
        arguments, config.args = config.args, unit.arguments
        session.items, session.testscollected = [], 0
        self._filtered = []
        self._deselected = 0
        self._deselects = unit.deselected
        try:
            with self._chosen(unit), _in_directory(self._importing_in):
                self._collection(session=session)
        except pytest.UsageError as error:
            session.items = []
            if session.testsfailed == failures:  # otherwise its file could not be imported: that was said
                self._fail(unit, *map(str, error.args))
                self._unusable.extend(map(str, error.args))
        except SystemExit as error:
            session.items = []
            session.testsfailed += 1
            self._fail(
                unit, f"{unit.file} ended the interpreter while it was imported: SystemExit({error.code})"
            )
        finally:
            config.args = arguments
            self._collected.extend(session.items)
            session.testscollected = len(self._collected)
        if session.testsfailed != failures:
            self._failed.setdefault("", unit.file)
        found = bool(session.items or self._deselected)
        if unit.is_whole:
            self._deselected = self._left_out_by_alibi()
        return session.items, found

    @contextlib.contextmanager
    def _chosen(self, unit):
        if not is_special(unit.file):
            yield
            return
        chosen = Chosen(self._config, unit.arguments)
        self._config.args = chosen.places
        self._config.pluginmanager.register(chosen)
        try:
            yield
        finally:
            self._config.pluginmanager.unregister(chosen)

    def _left_out_by_alibi(self):
        """What the project's own options deselect is the same in every run, and so is the file's time."""
        chosen = self._config.pluginmanager.get_plugin("alibi-deselector") if self._filtered else None
        if chosen is None:
            return 0
        try:
            left_out = frozenset(chosen.deselected_tests())
        except Exception:  # of another version
            return len(self._filtered)
        return sum(item.nodeid in left_out for item in self._filtered)

    def _fail(self, unit, *texts):
        self._failed[unit.arguments[0]] = unit.file
        for text in texts:
            self._quiet.error(text)

    def _run_items(self, session, items):
        if items:
            self._tear_down(session, items[0])
        for index, item in enumerate(items):
            following = items[index + 1] if index + 1 < len(items) else self._following(session)
            self._last_item = item
            self._config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            self._tests += 1
            self._report.bring_up_to_date()
            if index + 1 < len(items):
                _stop_if_asked(session)

    def _following(self, session):
        answer = self._runner.ask("early")
        if answer is None:
            self._ended = True
            return None
        node = session
        if answer != "later":
            self._ahead = answer
            node = self._nodes.above(self._path_of(answer), answer.attempt)
        return Boundary.from_parent(node, name=_BOUNDARY)

    def _tear_down(self, session, following):
        """What was left for a unit that had no test after all: as the last test's teardown."""
        stack = list(session._setupstate.stack)
        chain = following.listchain() if following is not None else []
        if all(node in chain for node in stack):
            return
        from _pytest.runner import CallInfo

        # Not by the hooks: there is no test whose set-up they have seen.
        item, state = self._last_item, session._setupstate
        arguments = (following,) if isinstance(state.stack, dict) else (item, following)
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        with capture.item_capture("teardown", item) if capture else contextlib.nullcontext():
            call = CallInfo.from_call(lambda: state.teardown_exact(*arguments), "teardown", _PASSED_ON)
        if call.excinfo is not None:
            hooks = item.ihook
            hooks.pytest_runtest_logreport(report=hooks.pytest_runtest_makereport(item=item, call=call))

    def pytest_collection_modifyitems(self, config, items):
        if not self._deselects:
            return
        kept, left_out = [], []
        for item in items:
            (left_out if self._is_deselected(item) else kept).append(item)
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = kept

    def _is_deselected(self, item):
        # As a node id, or as its test is named on the command line, where pytest was started elsewhere.
        path, separator, rest = item.nodeid.partition("::")
        root = str(getattr(self._config, "rootpath", None) or self._config.rootdir)
        place = relpath(join(root, path), self._directory).replace(os.sep, "/")
        return any(
            name == one or name.startswith((one + "[", one + "::"))
            for one in self._deselects
            for name in (item.nodeid, place + separator + rest)
        )

    def pytest_deselected(self, items):
        self._deselected += len(items)
        self._filtered.extend(items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session, exitstatus):
        self._session, self._status, self._error = session, int(exitstatus), sys.exc_info()[1]

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self):
        """A session fixture may have been torn down after all units, a hook may have failed the run."""
        session = self._session
        if session is None:
            return
        is_other = int(session.exitstatus) not in (0, self._status)
        is_broken = sys.exc_info()[1] not in (None, self._error)  # by a hook that finishes the session
        if is_other or is_broken or session.testsfailed != self._accounted:
            self._runner.say(failed_outside=True)

    def pytest_runtest_logreport(self, report):
        if report.failed and not hasattr(report, "wasxfail"):
            item = self._last_item
            path = str(getattr(item, "path", None) or item.fspath)
            test = report.nodeid.partition("::")[2]
            file = relpath(path, self._directory).replace(os.sep, "/")
            self._failed[report.nodeid] = f"{file}::{test}" if test else file

    def _path_of(self, unit):
        return abspath(join(self._directory, unit.file))


def _working_directory():
    """None: it is gone."""
    try:
        return getcwd()
    except OSError:
        return None


def _changed_to(directory):
    try:
        chdir(directory)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _in_directory(directory):
    """A plain run imports all files before a test changes the directory. What a file changes itself stays."""
    before = _working_directory()
    if before == directory or not _changed_to(directory):
        yield
        return
    try:
        yield
    finally:
        if before is not None and _working_directory() == directory:
            _changed_to(before)


def _milliseconds_since(moment):
    return round((perf_counter() - moment) * 1000)


def _stop_if_asked(session):
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)


def _why_not(option):
    """What a session of file after file cannot do: the runner gives such a pytest its files at once."""
    if getattr(option, "numprocesses", None) or getattr(option, "tx", None):
        return "pytest-xdist has workers of its own (-n)"
    for name, text in (
        ("lf", "--lf"),
        ("stepwise", "--stepwise"),
        ("collectonly", "--collect-only"),
        ("looponfail", "--looponfail"),
    ):
        if getattr(option, name, False):
            return f"{text} needs all tests at once"
    return ""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    if getattr(config.option, "help", False) or hasattr(config, "workerinput"):
        return
    reason = _why_not(config.option) if _runner is not None else "there is nobody to ask for files"
    if reason:
        raise pytest.UsageError(f"alibi: no persistent worker: {reason}")
    config.pluginmanager.register(Worker(config, _runner), "alibi-worker")


_runner = connected()
leave_no_trace()
