"""What counts as changed, seen, missed; kinds of misses; rates."""

from __future__ import annotations

import pytest

from testalibi.audit import judging, report
from testalibi.audit.judging import Baseline, Judgement, Verdicts
from testalibi.audit.running import Run
from testalibi.audit.sampling import Size, kind_of_difference
from testalibi.audit.statistics import mean, median, rate

BASE = Baseline({"a.py::x": "passed", "a.py::y": "passed", "b.py::z": "skipped"}, {"a.py::f"}, set())


def run(outcomes: dict[str, str], **more: object) -> Run:
    made = Run(status=1 if "failed" in outcomes.values() else 0, outcomes=outcomes, finished=True)
    made.collected = set(outcomes)
    made.looked_into = {test.partition("::")[0] for test in outcomes}
    for name, value in more.items():
        setattr(made, name, value)
    return made


def judged(truth: Run, selected: Run) -> Judgement:
    return judging.judge(BASE, truth, selected)


def test_nothing_changed_and_nothing_ran() -> None:
    judgement = judged(run(dict(BASE.outcomes)), run({}))
    assert judgement == Judgement(3, 0, {}, (), False, False)


def test_a_changed_test_that_ran_is_seen_and_one_that_did_not_is_missed() -> None:
    truth = run({"a.py::x": "failed", "a.py::y": "failed", "b.py::z": "skipped"})
    judgement = judged(truth, run({"a.py::x": "failed"}))
    assert dict(judgement.changed) == {"a.py::x": ("passed", "failed"), "a.py::y": ("passed", "failed")}
    assert judgement.missed == ("a.py::y",)
    assert (judgement.total, judgement.selected, judgement.blind) == (3, 1, False)


def test_a_selected_run_without_the_failure_that_the_whole_one_has_is_blind() -> None:
    truth = run({"a.py::x": "failed", "a.py::y": "passed", "b.py::z": "skipped"})
    assert judged(truth, run({"a.py::y": "passed"})).blind


def test_a_skip_that_ends_is_a_miss_and_not_blind() -> None:
    truth = run({**BASE.outcomes, "b.py::z": "passed"})
    judgement = judged(truth, run({}))
    assert judgement.missed == ("b.py::z",)
    assert not judgement.blind


def test_flaky_tests_are_left_out() -> None:
    truth = run({**BASE.outcomes, "a.py::f": "failed"})
    assert not judged(truth, run({})).changed


def test_an_absent_test_is_seen_where_its_file_is_broken_in_the_selected_run_too() -> None:
    truth = run({"b.py::z": "skipped"}, broken={"a.py"})
    assert judged(truth, run({}, broken={"a.py"})).missed == ()
    assert judged(truth, run({})).missed == ("a.py::x", "a.py::y")
    assert judged(truth, run({}, broken={"b.py"})).missed == ("a.py::x", "a.py::y")


def test_an_absent_test_is_seen_where_the_selected_run_looked_for_it() -> None:
    truth = run({"a.py::x": "passed", "b.py::z": "skipped", "a.py::new": "passed"})
    looked = run({"a.py::new": "passed"}, collected={"a.py::x", "a.py::new"}, looked_into={"a.py"})
    assert judged(truth, looked).missed == ()
    # One that is still there and was deselected is not seen, nor is one whose file was left out.
    still_there = run({}, collected={"a.py::x", "a.py::y"}, looked_into={"a.py"})
    assert judged(truth, still_there).missed == ("a.py::new", "a.py::y")
    assert judged(truth, run({})).missed == ("a.py::new", "a.py::y")


def test_a_selected_run_that_dies_shows_everything() -> None:
    truth = run({}, finished=False)
    judgement = judged(truth, run({}, finished=False))
    assert judgement.died
    assert judgement.missed == ()
    assert judgement.selected == 3
    assert judged(truth, run({}, status=3)).died
    assert not judged(truth, run({}, status=5)).died


def foreseen(truth: Run, running: set[str], settled: set[str] = frozenset()) -> tuple[str, ...]:  # type: ignore[assignment]
    verdicts = Verdicts(dict.fromkeys(running, "changed"), set(BASE.outcomes) - running, settled)
    return judging.judge_verdicts(BASE, truth, verdicts).missed


def test_verdicts_see_what_they_run() -> None:
    truth = run({"a.py::x": "failed", "a.py::y": "failed", "b.py::z": "skipped"})
    assert foreseen(truth, {"a.py::x", "a.py::y"}) == ()
    assert foreseen(truth, {"a.py::x"}) == ("a.py::y",)
    assert foreseen(run(dict(BASE.outcomes)), set()) == ()


def test_verdicts_see_what_is_absent_or_new_where_its_file_is_looked_into() -> None:
    truth = run({"a.py::new": "passed", "b.py::z": "skipped"})
    assert foreseen(truth, set()) == ()
    assert foreseen(truth, set(), {"b.py"}) == ()
    assert foreseen(truth, set(), {"a.py"}) == ("a.py::new", "a.py::x", "a.py::y")


def test_verdicts_count_what_they_do_not_skip_and_never_promise_that_a_miss_is_not_blind() -> None:
    truth = run({**BASE.outcomes, "a.py::x": "failed"})
    verdicts = Verdicts({}, {"a.py::x"}, set())
    assert judging.judge_verdicts(BASE, truth, verdicts)[:2] == (3, 2)
    assert judging.judge_verdicts(BASE, truth, verdicts).blind


def test_a_run_that_deals_with_tests_otherwise_than_foreseen_is_noticed() -> None:
    verdicts = Verdicts({"a.py::x": "changed", "a.py::gone": "changed"}, {"a.py::y"}, set())
    everything = {"a.py::x", "a.py::y"}
    assert judging.differences(verdicts, run({"a.py::x": "passed"}, collected=everything)) == []
    assert judging.differences(verdicts, run({"a.py::y": "passed"}, collected=everything)) == [
        "a.py::x",
        "a.py::y",
    ]
    assert judging.differences(verdicts, run({}, collected=everything, finished=False)) == []


def test_collectors_are_known_by_their_prefix() -> None:
    truth = run({"b.py::z": "skipped"}, broken={""})
    assert judged(truth, run({}, broken={""})).missed == ()
    nested = Baseline({"d/a.py::x": "passed", "d/ab.py::x": "passed"}, set(), set())
    assert judging.judge(nested, run({}), run({}, broken={"d/a.py"})).missed == ("d/ab.py::x",)
    assert judging.judge(nested, run({}), run({}, broken={"d"})).missed == ()


def test_flaky_tests_are_those_that_do_not_always_end_the_same_way() -> None:
    runs = [run({"a": "passed", "b": "passed"}), run({"a": "passed", "b": "failed"}), run({"a": "passed"})]
    assert judging.flaky_tests(runs) == {"b"}


@pytest.mark.parametrize(
    ("expected", "again", "alone_with", "alone_without", "kind"),
    [
        (("passed", "failed"), "failed", "failed", "passed", "real"),
        (("passed", "failed"), "passed", "failed", "passed", "flaky"),
        (("passed", "failed"), "failed", "passed", "passed", "order"),
        (("passed", "absent"), "absent", "absent", "absent", "real"),
        (("passed", "failed"), "failed", "absent", "absent", "real"),
    ],
)
def test_kinds_of_misses(
    expected: tuple[str, str], again: str, alone_with: str, alone_without: str, kind: str
) -> None:
    assert judging.kind_of_miss(expected, again, alone_with, alone_without) == kind


@pytest.mark.parametrize(
    ("found", "alone", "in_suite", "kind"),
    [
        ("failed", ["failed", "failed"], "failed", "real"),
        ("absent", ["absent", "absent"], "absent", "real"),
        ("failed", ["failed", "passed"], "failed", "flaky"),
        ("failed", ["failed", "failed"], "passed", "order"),
        ("failed", ["passed", "passed"], "passed", "order"),
        ("failed", ["error", "error"], "failed", "flaky"),
    ],
)
def test_kinds_of_differences_in_a_sample(found: str, alone: list[str], in_suite: str, kind: str) -> None:
    assert kind_of_difference("passed", found, alone, in_suite) == kind


def test_wilson_intervals_are_those_of_the_tables() -> None:
    # Reference values: R, binom::binom.wilson.
    for count, total, low, high in [
        (0, 10, 0.0, 0.2775), (1, 10, 0.0179, 0.4042), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0),
        (0, 2000, 0.0, 0.001917), (3, 682, 0.001497, 0.012852),
    ]:  # fmt: skip
        found = rate(count, total)
        assert found.low == pytest.approx(low, abs=1e-4)
        assert found.high == pytest.approx(high, abs=1e-4)
    assert rate(0, 0) == (0, 0, 0.0, 1.0)
    assert rate(0, 0).text() == "no case"


def test_means_and_medians_of_nothing_are_nothing() -> None:
    assert mean([]) == median([]) == 0
    assert median([3, 1, 2]) == 2
    assert median([4, 1, 2, 3]) == 2.5


def test_shares_are_rounded_up() -> None:
    assert Size(10, True).of(15) == 2
    assert Size(1, True).of(3) == 1
    assert Size(100, True).of(7) == 7
    assert Size(5, False).of(3) == 3
    assert Size(10, True).of(0) == 0


def test_the_worst_selections_come_with_what_selects() -> None:
    def case(line: int, selected: int) -> dict[str, object]:
        return {"kind": "return", "file": "a.py", "line": line, "before": "1", "after": "2", "total": 9,
                "selected": selected, "changed": 1, "reasons": {"a.py (f)": selected - 1}}  # fmt: skip

    lines = report.worst_selections([case(1, 3), case(2, 7), {"kind": "return", "changed": 0}], 1)
    assert lines == [
        "return a.py:2: '1' -> '2': 7 of 9 selected, 1 changed",
        "    6 a.py (f)",
    ]


def test_the_table_counts_mutants_and_bounds_the_effective_ones() -> None:
    def case(kind: str, changed: int, real: int = 0, timed_out: bool = False) -> dict[str, object]:
        misses = {"real": real, "order": 0, "flaky": 0}
        return {"kind": kind, "timed_out": timed_out, "total": 10, "selected": 5, "changed": changed,
                "misses": misses, "blind": bool(real), "judged": "run" if real else "verdicts"}  # fmt: skip

    cases = [
        case("constant", 2),
        case("constant", 0),
        case("return", 3, real=2),
        case("return", 0, timed_out=True),
    ]
    table = report.table_of_mutants(cases)
    assert [row[0] for row in table.rows] == ["constant", "return", "all"]
    assert table.rows[-1][1:] == ("3", "2", "1", "50.0", "50.0", "25.0", "1", "0", "0", "1", "1", "90.55")
    assert "3 mutants, 2 effective (seed 7): 1 mutant with a miss (2 tests)" in report.closing_line(cases, 7)
    assert table.markdown().splitlines()[1].count("---") == len(table.head)
