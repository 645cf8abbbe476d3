"""Wider fixtures and collectors whose set-up failed: made anew for another attempt, unless no attempt helped.

pytest keeps such a failure for all tests of the scope, and so it stays where there is no other attempt. One
that skips has not failed. Knows pytest's inner parts, 6.2 to 9.
"""

from __future__ import annotations

import copy
import functools
import unittest
from collections.abc import Iterator
from typing import Any

import pytest

from testalibi.pytest_teardowns import finalizers_of

_SKIPS = (pytest.skip.Exception, unittest.SkipTest)


class FailedSetUps:
    """Of one process."""

    def __init__(self) -> None:
        # By identity, kept alive: what failed in each attempt at a test. Nothing is tried again for it.
        self._given_up: dict[int, Any] = {}

    def have_been_given_up(self, failed: list[tuple[Any, Any]]) -> bool:
        return any(id(maker) in self._given_up for maker, _ in failed)

    def give_up(self, failed: list[list[tuple[Any, Any]]]) -> None:
        """`failed`: of each attempt at a test."""
        for maker, _ in failed[0] if failed else ():
            if all(any(maker is other for other, _ in attempt) for attempt in failed):
                self._given_up[id(maker)] = maker


def failed_set_ups(item: Any, asked_for: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Fixtures with a request and collectors without, before the teardown. `asked_for`: fixtures that failed
    while the test ran."""
    request = getattr(item, "_request", None) or getattr(item, "fixture_request", None)
    named = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    # Those that failed for an earlier test, too.
    candidates = [(definition, request) for definitions in named.values() for definition in definitions or ()]
    found = {
        id(definition): (definition, asking)
        for definition, asking in [*candidates, *asked_for]
        if is_failed_fixture(definition)
    }
    return [*found.values(), *((node, None) for node in _broken_collectors(item))]


def forget(item: Any, failed: list[tuple[Any, Any]]) -> None:
    """By pytest itself, in the item's teardown, after everything else: it reports what fails then."""
    for definition, request in failed:
        if request is not None:
            finalizers_of(item).insert(0, functools.partial(definition.finish, request))


def following(item: Any) -> Any:
    """What stands for another attempt where pytest and its hooks expect the next test: the fixtures of what
    is above it stay."""
    node = item.parent
    for broken in _broken_collectors(item):
        node = broken.parent  # its set-up failed: it is to be set up again
        break
    following = copy.copy(item)  # not itself, that would stay set up
    following.parent = node
    return following


def is_failed_fixture(definition: Any) -> bool:
    """Of a wider scope than the test's own."""
    result = getattr(definition, "cached_result", None)
    if result is None or result[2] is None or getattr(definition, "scope", "function") == "function":
        return False
    return not any(isinstance(part, _SKIPS) for part in result[2])


def _broken_collectors(item: Any) -> Iterator[Any]:
    stack = item.session._setupstate.stack
    for node in item.listchain()[:-1]:
        entry = stack.get(node) if isinstance(stack, dict) else None
        if hasattr(node, "_prepare_exc") or (entry is not None and entry[1] is not None):
            yield node
