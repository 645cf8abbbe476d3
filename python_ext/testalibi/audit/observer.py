"""A pytest plugin that says what a run did: loaded with `-p testalibi.audit.observer` in audited runs only.

ALIBI_AUDIT_RUN names a JSON file: {"journal": file to append to, "cache": folder for pytest's cache,
"wanted": ids of the only tests to run, or null}. The journal gets one JSON object a line, so that a run that
dies half-way has told what it did until then. Does nothing without the variable. Everything is opened on
import, before a recording starts, so that no test is charged with it.

What stops a run early, picks tests by earlier runs or writes reports into the project is switched off: an
audit compares complete runs and leaves no traces. So are long tracebacks, which nobody sees and which take
longer than the tests where a mutant breaks many.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from testalibi.outcomes import OutcomeOfTest

VARIABLE = "ALIBI_AUDIT_RUN"

_SWITCHED_OFF: dict[str, Any] = {
    "maxfail": 0, "lf": False, "failedfirst": False, "newfirst": False, "stepwise": False, "usepdb": False,
    "trace": False, "xmlpath": None, "pastebin": None, "collectonly": False, "tbstyle": "line",
    "showlocals": False,
}  # fmt: skip
_CHOOSING: dict[str, Any] = {"keyword": "", "markexpr": "", "deselect": None}


class _Journal:
    """Lines appended in one write each: an xdist worker writes beside the main process."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def write(self, **entry: Any) -> None:
        os.write(self._file, json.dumps(entry).encode() + b"\n")


def _open() -> tuple[_Journal | None, str, frozenset[str] | None]:
    path = os.environ.get(VARIABLE)
    if not path:
        return None, "", None
    with open(path, encoding="utf-8") as file:
        request = json.load(file)
    wanted = request["wanted"]
    return _Journal(request["journal"]), request["cache"], None if wanted is None else frozenset(wanted)


_journal, _cache, _wanted = _open()
_open_tests: dict[str, OutcomeOfTest] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if _journal is None or hasattr(config, "workerinput"):
        return
    for name, value in _SWITCHED_OFF.items():
        if hasattr(config.option, name):
            setattr(config.option, name, value)
    # Not as an option: where the cache is switched off, pytest would complain about a key that nobody knows.
    getattr(config, "_inicache", {})["cache_dir"] = _cache
    if _wanted is None:
        return
    for name, value in _CHOOSING.items():
        if hasattr(config.option, name):
            setattr(config.option, name, value)
    # Whole files, of which all but the wanted tests are left out below: node ids as arguments are looked up
    # one by one, and not every id can be given as one.
    files = sorted({test.partition("::")[0] for test in _wanted})
    root = str(getattr(config, "rootpath", ""))
    paths = [os.path.join(root, file) for file in files]
    config.args = [path for path in paths if os.path.exists(path)]


def _speaks_for_collection(config: pytest.Config) -> bool:
    """Under xdist each worker collects the same tests."""
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        return bool(worker.get("workerid") == "gw0")
    return not getattr(config.option, "numprocesses", None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if _journal is None:
        return
    if _speaks_for_collection(config):
        _journal.write(collected=[item.nodeid for item in items])
    if _wanted is not None:
        items[:] = [item for item in items if item.nodeid in _wanted]


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if _journal is None:
        return
    if report.failed:
        _journal.write(broken=report.nodeid)
    elif report.nodeid and "::" not in report.nodeid:
        _journal.write(looked_into=report.nodeid)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if _journal is not None:
        _open_tests.setdefault(report.nodeid, OutcomeOfTest()).add(report)


def pytest_runtest_logfinish(nodeid: str) -> None:
    """Equal ids (a test defined twice) count as one test with the worst of their outcomes."""
    if _journal is None or nodeid not in _open_tests:
        return
    ending = _open_tests[nodeid].end()
    if ending is not None:
        _journal.write(test=nodeid, outcome=ending.outcome, reason=ending.reason)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _journal is not None and not hasattr(session.config, "workerinput"):
        _journal.write(finished=True)
