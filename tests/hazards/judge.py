"""Judges one case: records, edits, selects, and holds what ran against what had to.

In full mode (scripts/hazards) it also runs everything without Alibi before and after the edit, so that a case
whose edit changes no outcome is found out, and selects once before the edit, so that tests that would run
anyway are.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path

import cases
from cases import Case
from pytest_runs import Run, Starter


@dataclass
class Verdict:
    missed: list[str] = field(default_factory=list)
    over: list[str] = field(default_factory=list)
    problems: list[str] = field(
        default_factory=list
    )  # the case itself, or its recording, is not as it should be
    lacking: str = ""  # a module that the case needs and that is not here
    selected_text: str = ""


def judge(case: Case, folder: Path, starter: Starter, full: bool = False) -> Verdict:
    verdict = Verdict()
    if case.needs and importlib.util.find_spec(case.needs) is None:
        verdict.lacking = case.needs
        return verdict
    cases.make_project(case, folder)
    place = folder / case.folder
    args = list(case.args)

    before = starter.run(place, args, case.environment) if full else None
    recorded = starter.run(place, ["--alibi", *args], case.environment)
    _check_recording(case, before, recorded, verdict)
    if full and not case.unrecorded:
        idle = starter.run(place, ["--alibi", "--alibi-nocollect", *args], case.environment)
        settled = {test for test, outcome in recorded.outcomes.items() if outcome != "failed"}
        if idle.tests & settled:
            verdict.problems.append(
                f"run though nothing changed: {_listed(idle.tests & settled)}\n{idle.text}"
            )

    cases.apply_edit(case, folder)
    after_environment = case.environment_after if case.environment_after is not None else case.environment
    if case.between:
        starter.run(place, ["--alibi", *case.between], after_environment)
    selected = starter.run(place, ["--alibi", *args], after_environment)
    verdict.selected_text = selected.text
    after = starter.run(place, args, after_environment) if full else None

    _hold(case, recorded, selected, verdict)
    if before is not None and after is not None:
        _check_truth(case, before, after, selected, verdict)
    return verdict


def _check_recording(case: Case, before: Run | None, recorded: Run, verdict: Verdict) -> None:
    if recorded.status is None:
        verdict.problems.append("the recorded run hung\n" + recorded.text)
    if not recorded.outcomes and not recorded.broken and recorded.status != 5:
        verdict.problems.append(f"nothing was recorded, status {recorded.status}\n{recorded.text}")
    if before is not None and (before.outcomes, before.status) != (recorded.outcomes, recorded.status):
        verdict.problems.append(f"recording changed outcomes: {before.outcomes} to {recorded.outcomes}")


def _hold(case: Case, recorded: Run, selected: Run, verdict: Verdict) -> None:
    if case.broken:
        verdict.missed = [name for name in case.broken if name not in selected.broken]
        return
    if selected.broken or selected.status not in (0, 1, 5):
        verdict.problems.append(f"the selected run broke, status {selected.status}\n{selected.text}")
    known = recorded.tests | selected.tests
    try:
        must = cases.resolve(case.runs, known)
    except ValueError:
        # Not known before and not run: a miss all the same.
        must = set()
        verdict.missed.extend(name for name in case.runs if not _is_known(name, known))
        must = cases.resolve([name for name in case.runs if _is_known(name, known)], known)
    may = cases.resolve([name for name in case.may_run if _is_known(name, known)], known)
    verdict.missed.extend(sorted(must - selected.tests))
    verdict.over.extend(sorted(selected.tests - must - may))


def _is_known(name: str, tests: frozenset[str]) -> bool:
    return any(test == name or test.endswith("::" + name) for test in tests)


def _check_truth(case: Case, before: Run, after: Run, selected: Run, verdict: Verdict) -> None:
    both = before.tests | after.tests
    differing = {test for test in both if before.outcomes.get(test) != after.outcomes.get(test)}
    differing = {test for test in differing if test in after.tests}
    if case.broken:
        if not set(case.broken) <= set(after.broken):
            verdict.problems.append(f"inert: {case.broken} can be collected")
        return
    must = cases.resolve(case.runs, both)
    if differing - must:
        verdict.problems.append(f"must run as well: {_listed(differing - must)}")
    if must - differing and not case.same_outcome:
        verdict.problems.append(f"inert: no other outcome of {_listed(must - differing)}")
    wrong = {test for test in selected.tests if selected.outcomes[test] != after.outcomes.get(test)}
    if wrong:
        verdict.problems.append(f"another outcome when selected than when all run: {_listed(wrong)}")


def _listed(tests: set[str] | frozenset[str]) -> str:
    return ", ".join(sorted(tests))
