"""Every case of rows/: the tests that must run do, and no other."""

from __future__ import annotations

import cases
import pytest
from pytest_runs import FULL
from scoreboard import Line

CASES = [case for case in cases.CASES if FULL or not case.thorough]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id.replace(" ", "-"))
def test_hazard(case, judgements):
    verdict = judgements.verdict(case)
    if verdict.lacking:
        pytest.skip(f"{verdict.lacking} is not installed")
    known = case.known_miss or case.known_over
    note = f"known: {known}" if known else ""
    bad = bool(verdict.missed or verdict.over)
    if known and not bad:
        note = "known no more, the mark can go: " + known
    if verdict.problems:
        note = f"broken: {verdict.problems[0].splitlines()[0]}"
    judgements.lines.append(
        Line(case.group, case.row, case.title, case.harmless, not verdict.missed, len(verdict.over), note)
    )
    told = (
        f"missed: {verdict.missed}; run without need: {verdict.over}\n"
        + "\n".join(verdict.problems)
        + f"\n--- the selected run\n{verdict.selected_text}"
    )
    assert not verdict.problems, told
    if (verdict.missed and case.known_miss) or (verdict.over and not verdict.missed and case.known_over):
        pytest.xfail(known)
    assert not bad, told
