"""What a mutant shows: the tests that it changes, and which of them the selected run left out. Pure.

*Changed*: another outcome than in the baseline, absent included (its module could not be loaded, a parameter
went away), or new. *Seen*: the selected run shows the change: it ran the test; or it looked into the test's
file and met the same collection error or the same absence; or it died of the mutant. *Missed*: changed and
not seen. *Blind*: the whole run has a new failure and the selected one has none.

Instead of a selected run its verdicts can be judged: what `alibi select` says that it would run, and
which files it would not even look into. That is stricter: a selected run that dies of the mutant is not
foreseen.
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


class Verdicts(NamedTuple):
    """What a selected run would do. Tests that are not known run where their file is looked into."""

    running: Mapping[str, str]  # known tests -> why they run
    skipped: Collection[str]
    settled_files: Collection[str]  # nothing in them is looked into


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


def judge_verdicts(baseline: Baseline, truth: Run, verdicts: Verdicts) -> Judgement:
    """As `judge`, of a selected run that is not made. Whether an unmade run is blind is not known: only where
    nothing is missed, it is not.
    """
    changed = changes(baseline, truth)
    counted = [test for test in baseline.outcomes if test not in baseline.flaky]
    missed = tuple(
        sorted(test for test, (_, after) in changed.items() if not _is_foreseen(test, after, verdicts))
    )
    runs = sum(test not in verdicts.skipped for test in counted)
    return Judgement(len(counted), runs, changed, missed, bool(missed), False)


def _is_foreseen(test: str, after: str, verdicts: Verdicts) -> bool:
    if test in verdicts.running:
        return True
    if test.partition("::")[0] in verdicts.settled_files:
        return False
    return test not in verdicts.skipped or after == ABSENT


def differences(verdicts: Verdicts, selected: Run) -> list[str]:
    """Tests with which a selected run dealt otherwise than the verdicts say."""
    if selected.died:
        return []
    ran = [test for test in selected.outcomes if test in verdicts.skipped]
    left_out = [
        test for test in verdicts.running if test in selected.collected and test not in selected.outcomes
    ]
    return sorted([*ran, *left_out])


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
