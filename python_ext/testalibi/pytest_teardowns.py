"""Whose teardown failed: a test's own, or that of a fixture, class or module that others share with it.

pytest makes one report of both. Used where that makes a difference: the failure of a shared teardown is none
of one attempt at a test, nor one to forgive a quarantined test. Knows pytest's inner parts, 6.2 to 9; where
these are not as known nothing is said to be shared.
"""

from __future__ import annotations

from typing import Any, Callable


class Teardowns:
    """One for each process. Of the test whose teardown was watched last."""

    def __init__(self) -> None:
        self._node_id = ""
        self._has_failed = False

    def watch(self, item: Any) -> None:
        """Before its teardown."""
        self._node_id, self._has_failed = item.nodeid, False
        for node in item.listchain()[:-1]:
            finalizers = finalizers_of(node)
            finalizers[:] = [
                finalizer if isinstance(finalizer, _Watched) else _Watched(finalizer, self._failed)
                for finalizer in finalizers
            ]

    def has_shared_failed(self, node_id: str) -> bool:
        return self._has_failed and self._node_id == node_id

    def _failed(self) -> None:
        self._has_failed = True


class _Watched:
    def __init__(self, finalizer: Callable[[], object], failed: Callable[[], None]) -> None:
        self._finalizer = finalizer
        self._failed = failed

    def __call__(self) -> None:
        try:
            self._finalizer()
        except BaseException:
            self._failed()
            raise


def finalizers_of(node: Any) -> list[Any]:
    """The list that pytest itself has; the first one runs last. Empty where the node is not set up."""
    state = node.session._setupstate
    if isinstance(state.stack, dict):
        return state.stack[node][0] if node in state.stack else []
    # Before pytest 7.
    return state._finalizers.setdefault(node, []) if node in state.stack else []
