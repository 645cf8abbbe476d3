"""Charges the set-up and teardown of fixtures wider than one test to every test that uses the instance.

Each set-up of such a fixture (each parameter its own) gets a context of its own; its teardown resumes that
context. A test is charged with every live instance it uses: pytest itself lists those in the request, also
the ones a fixture required (parameters are resolved again for each user). What that list cannot say, whether
a fixture that takes `request` asked for another one which was already there, is answered with yes.
setup_module, setup_class, setUpModule and setUpClass are fixtures in pytest; pytest_collectors has the
set-ups that are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from testalibi.pytest_collectors import CollectorSetups
from testalibi.session import Recording


class _Instance:
    """What one set-up of a fixture produced, until it is torn down."""

    __slots__ = ("context", "in_teardown", "used")

    def __init__(self, context: int) -> None:
        self.context = context
        self.in_teardown = False
        self.used: dict[_Instance, None] = {}


class FixtureLedger:
    """Registered as a plugin; the recorder tells it which test is current."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._live: dict[Any, _Instance] = {}
        self._setting_up: list[_Instance] = []
        self._test = 0
        self._charged: set[int] = set()
        self._collectors = CollectorSetups(recording, self.charge_context)

    def begin_test(self, context: int, item: Any) -> None:
        self._test = context
        self._charged = set()
        self._recording.guarded("a collector's set-up is not known", self._collectors.begin_test, item)

    def end_test(self) -> None:
        self._test = 0

    def charge_context(self, context: int) -> None:
        if self._test and context and context not in self._charged:
            self._charged.add(context)
            self._recording.charge(self._test, context)

    def charge_test(self, item: Any, setup_passed: bool) -> None:
        """Called when the test itself is over and its fixtures are still there."""
        used = list(_active_fixtures(item))
        if not setup_passed:
            # A fixture that failed or skipped for an earlier test raises again from pytest's cache, unlisted.
            names = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
            used.extend(definition for definitions in names.values() for definition in definitions)
        for definition in used:
            instance = self._live.get(definition)
            if instance is not None:
                self._charge(instance)
        self._collectors.charge_test(item)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[None]:
        guarded = self._recording.guarded
        setup = guarded("a fixture's set-up has no context", self._begin_setup, fixturedef, request)
        yield
        if setup is not None:
            guarded("what a fixture uses is not known", self._end_setup, fixturedef, request, *setup)

    def _begin_setup(self, fixturedef: Any, request: Any) -> tuple[_Instance, set[Any]] | None:
        if request.scope == "function" or not self._recording.active:
            return None
        before = set(_definitions_in(request))
        name = _name_of(fixturedef, request)
        instance = _Instance(self._recording.begin_context("fixture", name, request.scope))
        self._live[fixturedef] = instance
        self._charge(instance)
        if self._setting_up:
            self._use(self._setting_up[-1], instance)
        self._setting_up.append(instance)
        return instance, before

    def _end_setup(self, fixturedef: Any, request: Any, instance: _Instance, before: set[Any]) -> None:
        self._setting_up.remove(instance)
        self._recording.end_context(instance.context)
        for definition in _requirements(fixturedef, request, before):
            if definition in self._live:
                self._use(instance, self._live[definition])
        # Runs before the finalizers the set-up registered, and after those of fixtures that rest on this one.
        fixturedef.addfinalizer(lambda: self._begin_teardown(instance))

    @pytest.hookimpl(trylast=True)
    def pytest_fixture_post_finalizer(self, fixturedef: Any) -> None:
        instance = self._live.get(fixturedef)
        if instance is not None and instance.in_teardown:
            del self._live[fixturedef]
            self._recording.end_context(instance.context)

    def _begin_teardown(self, instance: _Instance) -> None:
        instance.in_teardown = True
        self._recording.resume_context(instance.context)

    def _use(self, user: _Instance, used: _Instance) -> None:
        if user is not used and used not in user.used:
            user.used[used] = None
            self._recording.charge(user.context, used.context)

    def _charge(self, instance: _Instance) -> None:
        if instance.context in self._charged:
            return
        self.charge_context(instance.context)
        for used in instance.used:
            self._charge(used)


def _definitions_in(request: Any) -> Iterable[Any]:
    return tuple(getattr(request, "_fixture_defs", {}).values())


def _active_fixtures(item: Any) -> Iterable[Any]:
    # Doctest items of pytest before 8 keep it under the second name.
    request = getattr(item, "_request", None) or getattr(item, "fixture_request", None)
    return _definitions_in(request)


def _requirements(fixturedef: Any, request: Any, before: set[Any]) -> Iterable[Any]:
    """Definitions that the fixture used, or may have used."""
    active = _definitions_in(request)
    takes_request = "request" in fixturedef.argnames
    from_pytest = str(getattr(fixturedef.func, "__module__", "")).startswith("_pytest.")
    if takes_request and not from_pytest:
        return active
    return [one for one in active if one not in before or one.argname in fixturedef.argnames]


def _name_of(fixturedef: Any, request: Any) -> str:
    name = f"{fixturedef.baseid}::{fixturedef.argname}" if fixturedef.baseid else str(fixturedef.argname)
    return f"{name}[{request.param_index}]" if hasattr(request, "param") else name
