"""The main process's side of pytest-xdist, and how a worker learns about the session. The only file that
knows xdist.

A worker must start recording before it imports conftest files, and xdist hands over `workerinput` only after
that. So the session travels in an environment variable that execnet sets in the worker alone, and that the
worker takes out again before anything of the project runs; `workerinput` carries it a second time, for
workers that load the plugin late.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from testalibi import pytest_inputs
from testalibi.session import Recording

_VARIABLE = "ALIBI_XDIST_SESSION"
_KEY = "alibi"


class JoinedSession(NamedTuple):
    directory: str
    session_id: int
    options: str  # pytest_inputs.canonical_options of the main process
    outside: dict[str, str | None]  # variables that the main process has set, as they were before


def is_worker() -> bool:
    if _VARIABLE in os.environ:
        return True
    # The second variable is there in a pytest that a test started: it inherits the first, and is no worker.
    return "PYTEST_XDIST_WORKER" in os.environ and "PYTEST_CURRENT_TEST" not in os.environ


def test_id(item: Any) -> str:
    """The node id, without the name of its group that --dist=loadgroup hangs on to it in workers."""
    nodeid: str = item.nodeid
    if "@" not in nodeid or not getattr(item.config.option, "loadgroup", False):
        return nodeid
    named = [
        str(mark.args[0] if mark.args else mark.kwargs.get("name", "default"))
        for mark in item.iter_markers("xdist_group")
    ]
    # Of several marks one release takes the closest, another all of them.
    for suffix in {*named, "_".join(sorted(named)), "_".join(sorted(set(named)))}:
        if suffix and nodeid.endswith("@" + suffix):
            return nodeid[: -len(suffix) - 1]
    return nodeid


def worker_name() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "")


def joined_session(config: pytest.Config) -> JoinedSession | None:
    """In a worker: the session of its main process, None when that records nothing."""
    told = os.environ.pop(_VARIABLE, "") or getattr(config, "workerinput", {}).get(_KEY)
    return JoinedSession(*json.loads(told)) if told else None


@contextmanager
def environment_outside(joined: JoinedSession) -> Iterator[None]:
    """In a worker: as if the main process had set no variable. A recorder that starts inside takes the
    present values for the session's own, as it does in the main process."""
    present = {name: os.environ.get(name) for name in joined.outside}
    _put(joined.outside)
    try:
        yield
    finally:
        _put(present)


def _put(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _differences(before: Mapping[str, str]) -> dict[str, str | None]:
    now = dict(os.environ)
    names = {name for name in {*before, *now} if not name.startswith(("PYTEST_", "ALIBI_"))}
    return {name: before.get(name) for name in names if before.get(name) != now.get(name)}


def leave_results(config: pytest.Config, recording: Recording | None, problem: str) -> None:
    """In a worker, at its end: what the main process shall report."""
    output = getattr(config, "workeroutput", None)
    if output is None:
        return
    if recording is None:
        output[_KEY] = {"spent_ns": 0, "problems": [problem], "drops": {}, "statistics": {}, "sys_path": []}
    else:
        output[_KEY] = {
            "spent_ns": recording.spent_ns,
            "problems": recording.problems,
            "drops": recording.drops,
            "statistics": recording.statistics,
            "sys_path": recording.sys_path,
        }


class WorkerBook:
    """Registered in the main process only."""

    def __init__(self, directory: str, session_id: int, outside: Mapping[str, str]) -> None:
        self._session = JoinedSession(directory, session_id, "", {})
        self._outside = outside
        self.started = 0
        self.collected = 0
        self.crashed = 0
        self.spent_ns = 0
        self.drops: dict[str, int] = {}
        self.statistics: dict[str, int] = {}
        self.problems: list[str] = []
        self.sys_path: list[str] = []  # of the first worker that says it

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self, config: pytest.Config, specs: list[Any]) -> None:
        try:
            self._session = self._session._replace(
                options=pytest_inputs.canonical_options(config), outside=_differences(self._outside)
            )
            for spec in specs:
                spec.env[_VARIABLE] = json.dumps(self._session)
        except Exception as error:
            self.problems.append(f"workers were not told to record ({type(error).__name__}: {error})")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        self.started += 1
        node.workerinput[_KEY] = json.dumps(self._session)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self.collected = max(self.collected, len(ids))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        results = getattr(node, "workeroutput", {}).get(_KEY)
        if results is None:
            self.crashed += 1
            return
        self.spent_ns = max(self.spent_ns, int(results["spent_ns"]))
        self.sys_path = self.sys_path or [str(entry) for entry in results["sys_path"]]
        self.problems.extend(str(problem) for problem in results["problems"])
        for reason, count in results["drops"].items():
            self.drops[reason] = self.drops.get(reason, 0) + int(count)
        for name, count in results["statistics"].items():
            self.statistics[name] = self.statistics.get(name, 0) + int(count)
