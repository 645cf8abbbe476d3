"""What a mutant shows: the tests that it changes, and which of them the selected run left out. Pure.

*Changed*: another outcome than in the baseline, absent included (its module could not be loaded, a parameter
went away), or new. *Seen*: the selected run shows the change: it ran the test; or it looked into the test's
file and met the same collection error or the same absence; or it died of the mutant. *Missed*: changed and
not seen. *Blind*: the whole run has a new failure and the selected one has none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from testalibi.audit.running import Run

ABSENT = "absent"
_BAD = frozenset(("failed", "error"))


class Baseline(NamedTuple):
    """The project as it is: outcomes, tests that do not always end the same way, collectors that fail."""

    outcomes: Mapping[str, str]
    flaky: Collection[str]
    broken: Collection[str]


class Judgement(NamedTuple):
    total: int
    selected: int
    changed: Mapping[str, tuple[str, str]]  # test -> outcome before, outcome with the mutant
    missed: tuple[str, ...]
    blind: bool
    died: bool


def changes(baseline: Baseline, truth: Run) -> dict[str, tuple[str, str]]:
    changed = {}
    for test, before in baseline.outcomes.items():
        after = truth.outcomes.get(test, ABSENT)
        if after != before and test not in baseline.flaky:
            changed[test] = (before, after)
    for test, after in truth.outcomes.items():
        if test not in baseline.outcomes and test not in baseline.flaky:
            changed[test] = (ABSENT, after)
    return changed


def judge(baseline: Baseline, truth: Run, selected: Run) -> Judgement:
    changed = changes(baseline, truth)
    counted = [test for test in baseline.outcomes if test not in baseline.flaky]
    missed: tuple[str, ...] = ()
    if not selected.died:
        missed = tuple(sorted(test for test in changed if not _is_seen(test, changed[test][1], selected)))
    ran = len(counted) if selected.died else sum(test in selected.outcomes for test in counted)
    blind = bool(changed) and _goes_red(baseline, truth) and not _goes_red(baseline, selected)
    return Judgement(len(counted), ran, changed, missed, blind, selected.died)


def _is_seen(test: str, after: str, selected: Run) -> bool:
    if test in selected.outcomes or _is_below_any(test, selected.broken):
        return True
    # It cannot run, and whoever looks for it does not find it.
    file = test.partition("::")[0]
    return after == ABSENT and file in selected.looked_into and test not in selected.collected


def _is_below_any(test: str, collectors: Collection[str]) -> bool:
    """Collectors are known by a prefix of a test's id: a folder, a file, a class; "" is the whole session."""
    return any(
        not collector or test == collector or test.startswith((collector + "::", collector.rstrip("/") + "/"))
        for collector in collectors
    )


def _goes_red(baseline: Baseline, run: Run) -> bool:
    """It shows a failure that the project does not have."""
    if run.died or run.broken.difference(baseline.broken):
        return True
    return any(
        outcome in _BAD and baseline.outcomes.get(test) not in _BAD and test not in baseline.flaky
        for test, outcome in run.outcomes.items()
    )


def flaky_tests(runs: Collection[Run]) -> set[str]:
    """Those that did not end the same way each time."""
    tests = {test for run in runs for test in run.outcomes}
    return {test for test in tests if len({run.outcomes.get(test, ABSENT) for run in runs}) > 1}


def kind_of_miss(expected: tuple[str, str], again: str, alone_with: str, alone_without: str) -> str:
    """`expected`: outcome before and with the mutant. The others: with it in a second whole run, and alone
    with and without it.
    """
    if again != expected[1]:
        return "flaky"
    if expected[1] != ABSENT and alone_with == alone_without != ABSENT:
        return "order"  # what changed it is what another test left behind
    return "real"
