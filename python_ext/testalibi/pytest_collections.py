"""What collecting each test file runs and reads, and which tests it finds.

A file's collector and the collectors below it (classes) share one context, so that importing the test module,
pytest_generate_tests and the inputs these read belong to the tests of that file and not to the whole session.
Packages and directories find files, not tests: what their hooks do belongs to the session. All tests that the
collectors found are stored, before anybody deselects some of them.

A file that is not collected as a module (a text file with doctests, a table of cases, a source file that a
linter looks at) is an input by its content, whoever reads it.

A session may collect several times: a persistent worker collects one file after another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from testalibi.pytest_xdist import test_id
from testalibi.session import Recording


class _TestFile:
    """One node id; with --doctest-modules a file has two collectors of the same id."""

    __slots__ = ("context", "failed", "items", "pending")

    def __init__(self) -> None:
        self.context = 0
        self.items: list[Any] = []
        self.pending = 0  # collectors that were found and have not been collected
        self.failed = False


class CollectionLedger:
    """Registered as a plugin, together with its `beginning`."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._files: dict[str, _TestFile] = {}
        self._unstored: dict[_TestFile, None] = {}  # of them: collected since the last were stored
        self._of_collector: dict[Any, _TestFile | None] = {}
        self._contents: dict[str, int] = {}  # contexts of source files that are tested as text
        self._charged: dict[Any, tuple[int, ...]] = {}  # to tests below a collector
        self._collecting: list[tuple[Any, _TestFile]] = []
        self.beginning = _Beginning(self)

    def contexts_of(self, item: Any) -> tuple[int, ...]:
        """The collection that a test comes from, and what its file holds where that is not a module."""
        parent = item.parent
        if parent not in self._charged:
            files = [node for node in item.listchain() if _is_test_file(node)]
            known = (self._files[node.nodeid].context for node in files if node.nodeid in self._files)
            contexts = [next(known, 0), *(self._content_of(node) for node in files)]
            self._charged[parent] = tuple(context for context in contexts if context)
        return self._charged[parent]

    # Innermost: what comes after may filter the result (--last-failed does).
    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_make_collect_report(self, collector: Any) -> Iterator[None]:
        outcome: Any = yield
        if self._collecting and self._collecting[-1][0] is collector:
            _, file = self._collecting.pop()
            note = self._note
            self._recording.guarded("what a test file holds is not known", note, file, collector, outcome)
            self._recording.end_context(file.context)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection(self) -> Iterator[None]:
        outcome: Any = yield
        if outcome.excinfo is None:
            self._recording.guarded("the tests that were found were not stored", self._store)
        self._unstored.clear()

    def begin(self, collector: Any) -> None:
        if not self._recording.active:
            return
        file = self._of_collector.get(collector)
        if file is None:
            if not _is_test_file(collector):
                return
            file = self._files.setdefault(collector.nodeid, _TestFile())
            file.pending += 1
            self._of_collector[collector] = file
        self._unstored[file] = None
        if file.context:
            self._recording.resume_context(file.context)
        else:
            file.context = self._recording.begin_context("collection", collector.nodeid)
        self._collecting.append((collector, file))
        if _is_test_file(collector) and _is_text(collector) and not _is_source(collector):
            self._recording.observe("file", _path_of(collector))

    def _content_of(self, collector: Any) -> int:
        """A context of its own: the tests that Python finds in the same file do not depend on its text."""
        if not _is_text(collector) or not _is_source(collector):
            return 0
        path = _path_of(collector)
        if path not in self._contents:
            context = self._recording.begin_context("other", f"text of {collector.nodeid}")
            self._recording.observe("file", path)
            self._recording.end_context(context)
            self._contents[path] = context
        return self._contents[path]

    def _note(self, file: _TestFile, collector: Any, outcome: Any) -> None:
        report = None if outcome.excinfo is not None else outcome.get_result()
        if report is None or report.outcome != "passed":
            file.failed = True
            return
        if not report.result and _is_test_file(collector) and _is_text(collector):
            self._recording.observe("file", _path_of(collector))  # another text may hold tests
        for node in report.result:
            if isinstance(node, pytest.Item):
                file.items.append(node)
            else:
                self._of_collector[node] = file
                file.pending += 1
        file.pending -= 1  # last: a surprise above leaves the file incomplete

    def _store(self) -> None:
        for file in self._unstored:
            # Only now: plugins change node ids when everything is collected.
            ids = tuple(map(test_id, file.items))
            file.items = []
            self._recording.end_collection(file.context, ids, not file.failed and file.pending == 0)


class _Beginning:
    """Begins the context once it is clear that pytest itself collects: other plugins answer before, without
    looking into the file (--last-failed, for a file that had no failure).
    """

    def __init__(self, ledger: CollectionLedger) -> None:
        self._ledger = ledger

    def pytest_make_collect_report(self, collector: Any) -> None:
        ledger = self._ledger
        ledger._recording.guarded("a test file has no context", ledger.begin, collector)


def _is_test_file(node: Any) -> bool:
    # Before pytest 8 a package is a file as well.
    return isinstance(node, pytest.File) and not isinstance(node, pytest.Package)


def _is_text(collector: Any) -> bool:
    """Also the modules that are none: pytest's collector of doctests in a text file."""
    return not isinstance(collector, pytest.Module) or getattr(type(collector), "obj", True) is None


def _is_source(collector: Any) -> bool:
    return _path_of(collector).endswith((".py", ".pyi"))


def _path_of(collector: Any) -> str:
    return str(getattr(collector, "path", None) or collector.fspath)
