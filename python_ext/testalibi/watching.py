"""Tells `alibi watch` how tests end, as they end: one JSON document a line on the pipe that it left open.

Loaded only where ALIBI_WATCH_FD names that pipe; collector/watch/PROTOCOL.md is the contract. Works whether
or not anything is recorded. In the main process only: with xdist it hears of all tests there. When the pipe
breaks it falls silent; the run goes on.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any

import pytest

from testalibi.configuration import Configuration
from testalibi.outcomes import OutcomeOfTest
from testalibi.selection_account import SelectionAccount

PLUGIN_NAME = "alibi-watching"
VARIABLE = "ALIBI_WATCH_FD"
_MOST_LINES = 200
_MOST_PRINTED = 8  # lines of each captured output
_LONGEST_LINE = 2000


def start(config: pytest.Config, environ: MutableMapping[str, str]) -> None:
    """Takes the pipe out of the environment, so that no child process and no test comes upon it."""
    number = environ.pop(VARIABLE, "")
    try:
        descriptor = int(number)
        if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            return
        os.set_inheritable(descriptor, False)
    except (ValueError, OSError):
        return
    config.pluginmanager.register(Watched(descriptor, str(config.rootpath)), PLUGIN_NAME)


def of(config: pytest.Config) -> Watched | None:
    plugin: Watched | None = config.pluginmanager.get_plugin(PLUGIN_NAME)
    return plugin


class Watched:
    """Somebody watches this run. No method raises."""

    def __init__(self, descriptor: int, root: str) -> None:
        self._descriptor = descriptor
        self._owner = os.getpid()  # a test may fork and run pytest's hooks there
        self._root = root
        self._outcomes: dict[str, OutcomeOfTest] = {}
        self._has_counted = False

    def session(self, chosen: Configuration) -> None:
        self._tell(event="session", root=chosen.root, data=chosen.data, environment=chosen.environment)

    def collected(self, account: SelectionAccount) -> None:
        self._has_counted = True
        notes = [line.partition("alibi: ")[2] or line for line in account.lines(0)]
        self._tell(
            event="collected", run=len(account.kept or ()), left_out=account.left_out.tests, notes=notes
        )

    # When nothing is selected nobody else counts; with xdist, the workers' first answer does.
    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.items and not self._has_counted:
            self._tell(event="collected", run=len(session.items), left_out=0)

    @pytest.hookimpl(optionalhook=True, trylast=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        if not self._has_counted:
            self._has_counted = True
            self._tell(event="collected", run=len(ids), left_out=0)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        try:
            outcome = self._outcomes.setdefault(report.nodeid, OutcomeOfTest())
            outcome.add(report)
            if report.outcome == "failed":
                self._tell(event="failure", id=report.nodeid, **self._failure(report))
            if report.when not in (
                "setup",
                "call",
                "teardown",
            ):  # xdist, of a test that took its worker along
                self._outcomes.pop(report.nodeid)
                self._tell(event="test", id=report.nodeid, outcome="failed", ms=0)
            if report.when != "teardown":
                return
            end = self._outcomes.pop(report.nodeid).end()
            if end is not None:
                self._tell(
                    event="test", id=report.nodeid, outcome=end.outcome, ms=round(end.duration_ns / 1e6, 3)
                )
        except Exception as error:
            self._tell(
                event="failure", id=str(getattr(report, "nodeid", "")), message=f"not understood: {error}"
            )

    def pytest_collectreport(self, report: Any) -> None:
        if report.outcome == "failed":
            name = report.nodeid or "collection"
            self._tell(event="failure", id=name, finding=True, **self._failure(report))

    # After everything that changes the status and before the terminal's closing lines.
    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self._tell(event="end", stopped=bool(session.shouldstop or session.shouldfail))

    def _failure(self, report: Any) -> dict[str, Any]:
        try:
            crash = getattr(report.longrepr, "reprcrash", None)
            text = list(short_traceback(report.longrepr, self._root))
            text.extend(_printed(getattr(report, "sections", ())))
            return {
                "place": f"{_below(str(crash.path), self._root)}:{crash.lineno}" if crash else "",
                "message": str(crash.message).partition("\n")[0][:_LONGEST_LINE] if crash else "",
                "text": [line[:_LONGEST_LINE] for line in text[-_MOST_LINES:]],
            }
        except Exception:  # representations are made by plugins, too
            return {"text": str(getattr(report, "longrepr", "")).splitlines()[-_MOST_LINES:]}

    def _tell(self, **document: Any) -> None:
        if self._descriptor < 0 or os.getpid() != self._owner:
            return
        try:
            # Names may hold what is no character: readers of JSON refuse that even when it is escaped.
            line = json.dumps(document, default=str, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
            while line:
                line = line[os.write(self._descriptor, line) :]
        except (OSError, ValueError, TypeError):
            self._descriptor = -1


def short_traceback(representation: Any, root: str) -> Iterator[str]:
    """As --tb=short prints it, whatever style the run uses: places, the lines there, the errors."""
    chain = getattr(representation, "chain", None)
    if chain is None:
        traceback = getattr(representation, "reprtraceback", None)
        chain = [(traceback, None, None)] if traceback is not None else []
    links = [(link[0], link[2]) for link in chain if getattr(link[0], "reprentries", None)]
    if not links:
        yield from (line.expandtabs() for line in str(representation).splitlines())
        return
    for traceback, description in links:
        for entry in traceback.reprentries:
            yield from _entry(entry, root)
        if description:
            yield str(description)


def _entry(entry: Any, root: str) -> Iterator[str]:
    lines = [line.expandtabs() for text in entry.lines for line in text.split("\n")]
    place = getattr(entry, "reprfileloc", None)
    if place is not None:
        message = f" {place.message}" if place.message else ""
        yield f"{_below(str(place.path), root)}:{place.lineno}:{message}"
    if getattr(entry, "style", "") != "long":
        yield from lines
        return
    for line in lines:
        if line.startswith(">"):
            yield f"    {line[1:].strip()}"
        elif line.startswith("E"):
            yield line


def _printed(sections: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, text in sections:
        lines = text.rstrip().splitlines()
        if not name.startswith("Captured") or not lines:
            continue
        yield f"{name}:" if len(lines) <= _MOST_PRINTED else f"{name}, the last {_MOST_PRINTED} lines:"
        yield from (f"  {line.expandtabs()}" for line in lines[-_MOST_PRINTED:])


def _below(path: str, root: str) -> str:
    return path[len(root) + 1 :] if path.startswith(root + os.sep) else path
