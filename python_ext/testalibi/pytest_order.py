"""In which order tests run when the user asks for one: quick feedback instead of the project's own order.

`fast`: the file whose tests were quickest comes first. `likely`: tests that failed come first, then those
that a change can break and those nobody knows, each group as in `fast`. Tests of a file and of a class stay
together. Where nothing is left out, `fast` puts what has to run before what has an alibi, too.
Pure: works on what selection said; pytest_select calls it in each process that collects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from testalibi.pytest_xdist import test_id

FAILED, NEEDED, STABLE = range(3)  # which group of tests comes first


class Order(NamedTuple):
    """Of tests that are not in it: nobody has run them, so they are needed, and may be quick."""

    milliseconds: Mapping[str, float] = {}
    groups: Mapping[str, int] = {}


def in_order(items: Sequence[Any], order: Order) -> list[Any]:
    groups: dict[int, list[Any]] = {}
    for item in items:
        groups.setdefault(order.groups.get(test_id(item), NEEDED), []).append(item)
    found: list[Any] = []
    for group in sorted(groups):
        for file in _quickest_first(groups[group], order, lambda item: test_id(item).partition("::")[0]):
            for family in _quickest_first(file, order, lambda item: id(item.parent)):
                found.extend(sorted(family, key=lambda item: order.milliseconds.get(test_id(item), 0.0)))
    return _with_shared_parameters(found)


def _quickest_first(items: Iterable[Any], order: Order, key: Any) -> list[list[Any]]:
    families: dict[Any, list[Any]] = {}
    for item in items:
        families.setdefault(key(item), []).append(item)

    def mean(family: list[Any]) -> float:
        return sum(order.milliseconds.get(test_id(item), 0.0) for item in family) / len(family)

    return sorted(families.values(), key=mean)


def _with_shared_parameters(items: list[Any]) -> list[Any]:
    """As pytest does after collection: tests with the same parameter of a wide fixture stand together, so
    that it is set up once.
    """
    try:
        from _pytest.fixtures import reorder_items

        grouped = list(reorder_items(items))
    except Exception:  # not public: where it is another one, fixtures are set up more often
        return items
    return grouped if len(grouped) == len(items) else items
