"""pytest's nodes in a persistent worker: which outlive a unit, and what is collected of a directory for one.

Used by alibi_pytest_worker.py, which it lies beside.
"""

import functools
from os.path import basename, dirname, isfile

import pytest


class Boundary(pytest.Item):
    """Stands for the first test of the next unit, whose file is not loaded yet."""

    def runtest(self):
        raise RuntimeError("this is not a test")


class Nodes:
    """Keeps the nodes that outlive a unit: those of directories, and of a file whose tests are divided."""

    def __init__(self, session):
        self._session = session
        self._directories = {}  # path -> nodes
        self._files = {}  # path -> nodes, of the file that was collected last
        self._reports = {}  # node -> what was found in it, of that file
        self._listed = set()  # directories that were collected once, with their conftest.py
        self._last = ""
        if hasattr(session, "_collect_path"):  # pytest 8 or later
            original = session._collect_path
            session._collect_path = lambda path, _cache: self._shared(path, lambda: original(path, {}))
        else:
            self._share_files_of(session)

    def begin(self, path, attempt):
        if path != self._last or attempt > 1:
            self._files.clear()
            self._reports.clear()
        self._last = path

    def above(self, path, attempt):
        """The node nearest to a file that is there already: nothing of what lies below it is used again."""
        if path == self._last and attempt == 1 and len(self._files.get(path) or ()) == 1:
            return self._files[path][0]
        directory = dirname(path)
        while True:
            nodes = self._directories.get(directory)
            if nodes:
                return nodes[0]
            parent = dirname(directory)
            if parent == directory or not hasattr(self._session, "_collect_path"):
                return self._session
            directory = parent

    def _shared(self, path, make):
        path = str(path)
        if basename(path) == "__init__.py" and not hasattr(self._session, "_collect_path"):
            kept, path = self._directories, dirname(path)
        else:
            kept = self._files if isfile(path) else self._directories
        if path not in kept:
            kept[path] = list(make())
        return kept[path]

    def _share_files_of(self, collector):
        original = collector._collectfile

        def collect_file(path, handle_dupes=True):
            if handle_dupes:
                return original(path, handle_dupes)
            return self._shared(path, lambda: self._made(original(path, handle_dupes)))

        collector._collectfile = collect_file

    def _made(self, nodes):
        for node in nodes:
            if isinstance(node, pytest.Package):
                self._share_files_of(node)
        return nodes

    @pytest.hookimpl(hookwrapper=True, optionalhook=True)
    def pytest_collect_directory(self):
        node = (yield).get_result()
        # A directory of a thousand files is not listed for each of them. A project's own kind of one is.
        if type(node) in (pytest.Package, getattr(pytest, "Dir", None)):
            node.collect = functools.partial(self._wanted, node, node.collect)

    def _wanted(self, directory, everything):
        children = {}
        for path in self._session._initialpaths:
            if path == directory.path or path in directory.path.parents:
                return list(everything())
            if directory.path in path.parents:
                name = path.relative_to(directory.path).parts[0]
                children[directory.path / name] = None
        found = []
        for path in children:
            found.extend(self._shared(path, functools.partial(self._child, directory, path)))
        return found

    def _child(self, directory, path):
        hooks = directory.ihook
        if not path.is_dir():
            return hooks.pytest_collect_file(file_path=path, parent=directory)
        node = hooks.pytest_collect_directory(path=path, parent=directory)
        return [] if node is None else [node]

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector):
        outcome = yield
        if outcome.excinfo is not None or collector is self._session:
            return
        if isinstance(collector, getattr(pytest, "Directory", ())):
            if outcome.get_result().passed:
                self._listed.add(collector)
        else:
            self._reports[collector] = outcome.get_result()


class KnownReports:
    """Answers for what was collected already."""

    def __init__(self, nodes):
        self._nodes = nodes

    @pytest.hookimpl(tryfirst=True)
    def pytest_make_collect_report(self, collector):
        if collector in self._nodes._listed and "collect" in vars(collector):
            try:
                return pytest.CollectReport(collector.nodeid, "passed", None, collector.collect())
            except Exception:
                return None  # of a hook of the project: pytest makes a report of it
        return self._nodes._reports.get(collector)
