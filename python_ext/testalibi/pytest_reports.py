"""What the intake is told of each test of this process: notes in the shard (collector/ship/NOTES.md).

Used by pytest_collect's Recorder in runs that are reported; a surprise here costs a note, never a test.
"""

from __future__ import annotations

import json
import os
import time
import traceback
from types import CodeType
from typing import Any, Callable

import pytest

from testalibi.intake_names import Names, names_of, parameters_text
from testalibi.outcomes import Ending
from testalibi.pytest_marks import is_unskippable
from testalibi.pytest_xdist import test_id
from testalibi.retrying import Said
from testalibi.session import Recording

# In a tuple, where nobody who stops the clock for a test looks for functions of the module `time`.
_CLOCKS = (time.time_ns, time.perf_counter_ns)
SESSION = 0  # the context of what did not run
_STACK_ENTRIES = 30
_LONGEST = 5000  # characters of a tag, as the intake takes them
# As the service knows it from the vendor's client for Python.
SKIP_REASON = "Skipped by Datadog Intelligent Test Runner"
STATUS = {
    "passed": "pass",
    "xfailed": "pass",
    "xpassed": "pass",
    "skipped": "skip",
    "failed": "fail",
    "error": "fail",
}


class TestReports:
    """A plugin of runs that are reported. The recorder says when a test begins and how it ended."""

    __test__ = False  # no test class, whatever its name

    def __init__(self, recording: Recording, root: str) -> None:
        self._recording = recording
        self._root = root
        self._running: dict[str, _Report] = {}  # by node id: one, or one for each thread
        self._forced: dict[int, Any] = {}  # by identity, items are kept alive
        self.said_of: Callable[[Any], Said] = lambda _item: Said()  # by the service

    def begin(self, context: int, item: Any) -> None:
        self._guarded(self._begin, context, item)

    def end(self, context: int, item: Any, ending: Ending | None) -> None:
        self._guarded(self._end, context, item, ending)

    def add_rerun(self, node_id: str) -> None:
        report = self._running.get(node_id)
        if report is not None:
            report.end_attempt("fail")

    def next_attempt(self, item: Any, ending: Ending, retry_reason: str) -> None:
        """Of those who run a test several times: an attempt is over, and there is another one."""
        self._guarded(self._next_attempt, item, ending, retry_reason)

    def last_attempt(self, item: Any, ending: Ending, tags: dict[str, str]) -> None:
        """The same, and there is no other one."""
        self._guarded(self._last_attempt, item, ending, tags)

    def force(self, item: Any) -> None:
        """The service would have left it out, and its marks say that it has to run."""
        self._forced[id(item)] = item

    def left_out(self, node_id: str, item: Any = None) -> None:
        self._guarded(self._note_left_out, node_id, item)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> None:
        report = self._running.get(item.nodeid)
        if report is not None and call.excinfo is not None:
            self._guarded(report.add_exception, call.excinfo)

    def _begin(self, context: int, item: Any) -> None:
        tags = {**place_of(item, self._root), **_marks_of(item), **self.said_of(item).tags()}
        if id(item) in self._forced:
            tags["test.itr.forced_run"] = "true"
        report = self._running[item.nodeid] = _Report(item, tags, context)
        self._note(context, [report.attempt()])

    def _next_attempt(self, item: Any, ending: Ending, retry_reason: str) -> None:
        report = self._running.get(item.nodeid)
        if report is not None:
            report.finish(ending)
            report.add_tags({"test.retry_reason": retry_reason})
            self._note(report.context, [*report.ended, report.attempt()])

    def _last_attempt(self, item: Any, ending: Ending, tags: dict[str, str]) -> None:
        report = self._running.get(item.nodeid)
        if report is not None:
            report.is_over = True
            report.add_tags(tags)
            report.finish(ending)
            self._note(report.context, report.ended)

    def _end(self, context: int, item: Any, ending: Ending | None) -> None:
        report = self._running.pop(item.nodeid, None)
        if report is None or report.is_over:
            return
        if ending is not None:
            report.finish(ending)
        self._note(context, [*report.ended, *([] if ending is not None else [report.attempt()])])

    def _note_left_out(self, node_id: str, item: Any) -> None:
        names = names_of(node_id) if item is None else intake_names(item)
        place = {} if item is None else place_of(item, self._root)
        said = {} if item is None else self.said_of(item).tags()
        tags = {**place, **said, "test.skipped_by_itr": "true", "test.skip_reason": SKIP_REASON}
        told = {**names._asdict(), "parameters": _parameters_of(item), "status": "skip", "tags": tags}
        self._note(SESSION, [told])

    def _note(self, context: int, attempts: list[dict[str, Any]]) -> None:
        # Half a character is no UTF-8 and no JSON: the whole test would not be reported.
        text = json.dumps(attempts, ensure_ascii=False).encode("utf-8", "replace").decode()
        self._recording.note(context, text)

    def _guarded(self, function: Callable[..., None], *arguments: object) -> None:
        self._recording.guarded("a test is not reported as it should be", function, *arguments)


def _parameters_of(item: Any) -> str:
    callspec = getattr(item, "callspec", None)
    return parameters_text(callspec.params) if callspec is not None else ""


class _Report:
    """One test, while it runs: its attempts that are over, and the one that is not."""

    def __init__(self, item: Any, tags: dict[str, str], context: int) -> None:
        self.context = context
        self.ended: list[dict[str, Any]] = []
        self.is_over = False  # and its note is written
        self._names = intake_names(item)
        self._tags = tags
        self._parameters = _parameters_of(item)
        self._begin()

    def _begin(self) -> None:
        self._start_ns, self._clock_ns = (clock() for clock in _CLOCKS)
        self._error: dict[str, str] = {}

    def attempt(self, **more: Any) -> dict[str, Any]:
        found = {**self._names._asdict(), "start_ns": self._start_ns, "tags": self._tags, **more}
        return {**found, "parameters": self._parameters} if self._parameters else found

    def add_tags(self, tags: dict[str, str]) -> None:
        self._tags = {**self._tags, **tags}

    def add_exception(self, excinfo: Any) -> None:
        kind = excinfo.type
        lines = traceback.format_exception(kind, excinfo.value, excinfo.tb)
        self._error = {
            "error.type": f"{kind.__module__}.{kind.__qualname__}",
            "error.message": _text_of(excinfo.value),
            "error.stack": "".join(lines[-_STACK_ENTRIES:])[-_LONGEST:],
        }

    def end_attempt(self, status: str, **tags: str) -> None:
        error = self._error if status == "fail" else {}
        self.ended.append(
            self.attempt(
                status=status,
                duration_ns=_CLOCKS[1]() - self._clock_ns,
                tags={**self._tags, **error, **tags},
            )
        )
        self._begin()

    def finish(self, ending: Ending) -> None:
        tags = {}
        if ending.outcome in ("xfailed", "xpassed"):
            tags["test.result"] = "xfail" if ending.outcome == "xfailed" else "xpass"
            tags["pytest.xfail.reason"] = ending.reason
        elif ending.outcome == "skipped":
            tags["test.skip_reason"] = ending.reason
        elif not self._error and ending.reason:
            tags["error.message"] = ending.reason
        self.end_attempt(STATUS[ending.outcome], **tags)


def intake_names(item: Any) -> Names:
    """Also what hooks of the project say (pytest_ddtrace_get_item_…)."""
    names = names_of(test_id(item))
    given = {}
    for part in names._fields:
        hook = getattr(
            item.config.hook, f"pytest_ddtrace_get_item_{'test' if part == 'name' else part}_name", None
        )
        said = hook(item=item) if hook is not None else None
        value = said[0] if isinstance(said, list) and said else said
        if isinstance(value, str):
            given[part] = value
    return names._replace(**given)


def place_of(item: Any, root: str) -> dict[str, str]:
    path = os.path.realpath(str(getattr(item, "path", None) or item.fspath))
    file = os.path.relpath(path, root).replace(os.sep, "/") if root else path
    if file.startswith("../"):
        return {"test.source.file": "unknown"}
    tags = {"test.source.file": file, "test.module_path": os.path.dirname(file)}
    function = getattr(item, "function", None)
    code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
    if isinstance(code, CodeType) and os.path.realpath(code.co_filename) == path:
        tags["test.source.start"] = str(code.co_firstlineno)
        tags["test.source.end"] = str(_last_line(code) + 1)
    name = getattr(item, "originalname", None)
    if name:
        tags["test.original_name"] = str(name)
    return tags


def _last_line(code: CodeType) -> int:
    if hasattr(code, "co_lines"):
        lines = [line for _, _, line in code.co_lines() if line]
    else:
        import dis

        lines = [line for _, line in dis.findlinestarts(code) if line]
    inner = [_last_line(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    return max([code.co_firstlineno, *lines, *inner])


def _marks_of(item: Any) -> dict[str, str]:
    tags = {}
    if "dd_tags" in item.keywords:
        for mark in reversed(list(item.iter_markers("dd_tags"))):  # the closest one holds
            tags.update({str(name): str(value) for name, value in mark.kwargs.items()})
    if is_unskippable(item):
        tags["test.itr.unskippable"] = "true"
    return tags


def _text_of(value: object) -> str:
    try:
        return str(value)[:_LONGEST]
    except Exception:
        return f"<{type(value).__name__}>"
