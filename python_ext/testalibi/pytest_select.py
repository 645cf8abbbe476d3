"""Leaves out the tests that have an alibi: registered in each process that collects.

The main process asks once and hands the answer to its xdist workers, so that all of them leave out the same
tests. Whatever is not known to have an alibi runs: new tests, failed ones, those that nobody may skip.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

import pytest

from testalibi import foreseeing, pytest_inputs, selecting
from testalibi.configuration import Configuration
from testalibi.pytest_marks import is_unskippable
from testalibi.selecting import Selected

_WORKER_KEY = "alibi_selection"


class Deselector:
    """Deselects, and keeps settled files from being collected."""

    def __init__(self, selected: Selected, root: str) -> None:
        self._selected = selected
        self._root = root
        self._deselected: list[str] = []
        self._ignored: set[str] = set()

    def left_out(self) -> tuple[int, float]:
        """How many tests, and the seconds they took when they last ran."""
        skipped = self._selected.skipped
        tests = set(self._deselected)
        tests.update(test for test in skipped if test.partition("::")[0] in self._ignored)
        return len(tests), sum(skipped[test] for test in tests) / 1000

    def ignores(self, path: str) -> bool:
        """True for a test file in which nothing has to run."""
        if not self._selected.settled_files:
            return False
        name = os.path.relpath(path, self._root).replace(os.sep, "/")
        if name not in self._selected.settled_files:
            return False
        self._ignored.add(name)
        return True

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        kept, left_out = [], []
        for item in items:
            known = item.nodeid in self._selected.skipped
            (left_out if known and not is_unskippable(item) else kept).append(item)
        self._deselected = [item.nodeid for item in left_out]
        if left_out:
            items[:] = kept
            config.hook.pytest_deselected(items=left_out)

    if hasattr(pytest, "version_tuple") and pytest.version_tuple >= (7, 0):

        def pytest_ignore_collect(self, collection_path: Any) -> bool | None:
            return True if self.ignores(str(collection_path)) else None

    else:

        def pytest_ignore_collect(self, path: Any) -> bool | None:  # type: ignore[misc]
            return True if self.ignores(str(path)) else None


class MainSelection:
    """In the main process: asks when all options are known, tells what came of it."""

    def __init__(
        self, config: pytest.Config, chosen: Configuration, foreseen: Selected, recording: bool
    ) -> None:
        """`foreseen`: the answer for the options of the last session, had before anything else was done."""
        self._config = config
        self._chosen = chosen
        self._foreseen = foreseen
        self._recording = recording
        self._selected = Selected()
        self._deselector = Deselector(self._selected, chosen.root)
        self._switched_off = ""

    # Before xdist starts its workers.
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        config = self._config
        self._switched_off = why_not(config, self._chosen)
        if self._switched_off:
            return
        try:
            options = pytest_inputs.option_texts(config)
            if self._foreseen.known and self._foreseen.options == options:
                self._selected = self._foreseen
            else:
                request = selecting.request_document(self._chosen, options)
                self._selected = selecting.select(self._chosen, request, os.environ)
        except Exception as error:
            self._selected = Selected(failure=f"unexpected failure ({type(error).__name__}: {error})")
        if self._selected.skipped:
            self._deselector = Deselector(self._selected, self._chosen.root)
            config.pluginmanager.register(self._deselector, "alibi-deselector")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[_WORKER_KEY] = json.dumps(
            [dict(self._selected.skipped), sorted(self._selected.settled_files)]
        )

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        # What runs now although nothing known had to is recorded next time.
        if session.items and not self._recording and self._chosen.collect:
            foreseeing.leave_mark(self._chosen)

    def pytest_report_collectionfinish(self, items: list[pytest.Item]) -> list[str]:
        # That tests were left out is said even then.
        quiet = self._config.option.verbose < 0 and not (self._selected.failure or self._selected.skipped)
        return [] if quiet else [f"alibi: {line}" for line in self._lines(items)]

    def _lines(self, items: list[pytest.Item]) -> Iterable[str]:
        selected = self._selected
        if not self._chosen.select:
            return
        if self._switched_off:
            yield f"selects nothing: {self._switched_off}"
        elif selected.failure:
            yield f"nothing is left out: {selected.failure}"
        elif not selected.known:
            yield "nothing is known yet: all tests run"
        else:
            yield self._line(items)
        yield from selected.notices[:5]

    def _line(self, items: list[pytest.Item]) -> str:
        left_out, saved_s = self._deselector.left_out()
        if not left_out:
            return f"all {len(items)} tests run{self._because()}"
        if not items:
            return f"none of {left_out} tests has to run; {saved_s:.2f} s of tests saved"
        return f"{len(items)} of {len(items) + left_out} tests run{self._because()}; {saved_s:.2f} s of tests saved"

    def _because(self) -> str:
        changes = self._selected.changes
        if not changes:
            return ""
        more = f" and {len(changes) - 3} more" if len(changes) > 3 else ""
        return f": changed {', '.join(changes[:3])}{more}"

    # After pytest has set its own status: everything left out is no failure to find tests.
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if int(exitstatus) == 5 and self._selected.skipped and not session.testsfailed:
            session.exitstatus = 0


class WorkerSelection:
    """In an xdist worker: what the main process found out."""

    def __init__(self, config: pytest.Config, root: str) -> None:
        self._config = config
        self._root = root

    # xdist hands over its input only after the plugins were loaded.
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        told = getattr(self._config, "workerinput", {}).get(_WORKER_KEY)
        if told:
            skipped, settled = json.loads(told)
            selected = Selected(known=True, skipped=skipped, settled_files=frozenset(settled))
            self._config.pluginmanager.register(Deselector(selected, self._root), "alibi-deselector")


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
