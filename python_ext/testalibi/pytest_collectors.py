"""Charges what a collector's own setup() and teardown() do to every test below it.

pytest calls them for the first and after the last test of a node: setup_module and teardown_module in a
package's __init__.py, and whatever a project's own Collector does. No hook tells of them, so the node's two
methods are wrapped on that very object, for its life. Modules and classes have fixtures: pytest_fixtures.
"""

from __future__ import annotations

import os
from typing import Any, Callable

import pytest

from testalibi.session import Recording


class CollectorSetups:
    """Told of each test before it is set up; says which contexts it is to be charged with."""

    def __init__(self, recording: Recording, charge: Callable[[int], None]) -> None:
        self._recording = recording
        self._charge = charge
        self._watched: dict[Any, _Setup] = {}
        self._above: dict[Any, tuple[_Setup, ...]] = {}  # of a test's parent

    def begin_test(self, item: Any) -> None:
        if item.parent not in self._above:
            nodes = item.listchain()[1:-1]
            self._above[item.parent] = tuple(self._watch(node) for node in nodes if _has_own_setup(node))

    def charge_test(self, item: Any) -> None:
        for setup in self._above.get(item.parent, ()):
            self._charge(setup.context)

    def _watch(self, node: Any) -> _Setup:
        if node not in self._watched:
            self._watched[node] = _Setup(node, self._recording, self._charge)
        return self._watched[node]


class _Setup:
    """The set-up of one node: a context that its teardown resumes."""

    def __init__(self, node: Any, recording: Recording, charge: Callable[[int], None]) -> None:
        self.context = 0  # none yet
        self._node = node
        self._recording = recording
        self._charge = charge
        self._in_teardown = False
        self._set_up, self._tear_down = node.setup, node.teardown
        node.setup, node.teardown = self._recorded_setup, self._recorded_teardown

    def _recorded_setup(self) -> None:
        __tracebackhide__ = True
        self._recording.guarded("a collector's set-up has no context", self._begin)
        try:
            self._set_up()
        finally:
            self._recording.guarded("a collector's teardown has no context", self._end)

    def _begin(self) -> None:
        name = self._node.nodeid or str(getattr(self._node, "path", self._node.name))
        self.context = self._recording.begin_context("other", f"{name}::setup", "")
        self._charge(self.context)

    def _end(self) -> None:
        self._recording.end_context(self.context)
        # Runs before the finalizers that the set-up registered, and after those of the fixtures below.
        self._node.addfinalizer(self._begin_teardown)

    def _begin_teardown(self) -> None:
        self._in_teardown = True
        self._recording.resume_context(self.context)

    def _recorded_teardown(self) -> None:
        __tracebackhide__ = True
        try:
            self._tear_down()
        finally:
            if self._in_teardown:
                self._in_teardown = False
                self._recording.end_context(self.context)


def _has_own_setup(node: Any) -> bool:
    kind = type(node)
    if kind.setup is pytest.Collector.setup and kind.teardown is pytest.Collector.teardown:
        return False
    # A package's is pytest's own, which does nothing where its __init__.py has no such function.
    return kind.setup is not pytest.Package.setup or _has_package_setup(node)


def _has_package_setup(package: Any) -> bool:
    path = str(getattr(package, "path", None) or package.fspath)
    if not path.endswith("__init__.py"):
        path = os.path.join(path, "__init__.py")
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError:
        return False
    return any(
        name in text for name in (b"setup_module", b"setUpModule", b"teardown_module", b"tearDownModule")
    )
