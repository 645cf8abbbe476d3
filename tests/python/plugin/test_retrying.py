"""What a run makes of known, managed and flaky tests: the examples of all adapters, and pytest's names."""

import json

import pytest
from conftest import REPOSITORY

from testalibi import retrying
from testalibi.intake_names import Names
from testalibi.retrying import Opening, Plan, Said, opening_of

SHARED = json.loads((REPOSITORY / "tests" / "support" / "retry_examples.json").read_text())


@pytest.mark.parametrize("example", SHARED["examples"], ids=lambda example: example["name"])
def test_the_examples_of_all_adapters(example):
    plan = Plan(opening_of(SHARED["opening"]))
    for _ in range(example.get("retried_tests_before", 0)):
        before = plan.attempts_at(Said())
        before.add("fail", 1)
        assert before.next_reason()
    plan.is_faulty = example.get("faulty", False)
    marks = frozenset(["attempt_to_fix"] if example.get("attempt_to_fix") else [])
    said = Said(example.get("is_new", False), example.get("is_modified", False), marks)
    attempts = plan.attempts_at(said)
    for number, (status, seconds) in enumerate(example["attempts"]):
        if number:
            assert attempts.next_reason()
        attempts.add(status, seconds)
    assert attempts.next_reason() == example["next"]
    assert attempts.next_reason() == example["next"]  # to ask changes nothing
    assert attempts.final == example["final"]
    assert attempts.is_too_slow == example.get("too_slow", False)
    assert example["attempts"][attempts.deciding()][0] == example["final"]


@pytest.mark.parametrize("example", SHARED["faulty"])
def test_a_session_with_too_many_new_tests_is_faulty(example):
    plan = Plan(opening_of(SHARED["opening"]))
    plan.found(example["new"], example["of"])
    assert plan.is_faulty == example["faulty"]


def plan_of(**members):
    return Plan(opening_of(members))


def test_a_test_is_new_when_the_service_lacks_it():
    plan = plan_of(known={"a.b": {"test_x.py": ["test_one", "test_many[1-0x7f]"]}})

    def is_new(name, parametrised=False, module="a.b"):
        return plan.said_of(Names(module, "test_x.py", name), parametrised, "").is_new

    assert not is_new("test_one")
    assert is_new("test_one", module="a")
    assert is_new("test_two")
    assert not is_new("test_many[1-0x8f]", parametrised=True)
    assert is_new("test_many[1-0x8f]")  # the bracket is somebody's name
    assert is_new("test_other[1]", parametrised=True)


def test_a_test_is_modified_when_lines_of_it_are():
    plan = plan_of(modified={"t.py": [[5, 9], [20, 20]], "u.py": []})

    def is_modified(file, *lines):
        return plan.said_of(Names("", file, "test"), False, file, lines or None).is_modified

    assert [is_modified("t.py", *lines) for lines in ((1, 4), (1, 5), (9, 30), (10, 19), (20, 20))] == [
        False, True, True, False, True,
    ]  # fmt: skip
    assert is_modified("t.py")
    assert is_modified("u.py")
    assert not is_modified("u.py", 1, 2)
    assert not is_modified("v.py")


@pytest.mark.parametrize(
    ("marks", "left_out", "forgiven"),
    [
        ([], False, False),
        (["quarantined"], False, True),
        (["disabled"], True, False),
        (["disabled", "attempt_to_fix"], False, True),
        (["attempt_to_fix"], False, False),
        (["quarantined", "attempt_to_fix"], False, True),
    ],
)
def test_marks_of_the_service(marks, left_out, forgiven):
    names = Names("m", "s", "n")
    said = plan_of(managed=[[*names, marks]]).said_of(names, False, "")
    assert (said.is_left_out, said.is_forgiven) == (left_out, forgiven)
    assert len(said.tags()) == len(marks)


def test_what_is_off_does_nothing():
    assert not opening_of({})
    assert not opening_of({"known": {}, "managed": [], "modified": {}, "attempt_to_fix_retries": 3})
    attempts = plan_of(known={"m": {"s": ["n"]}}).attempts_at(Said(is_new=True))
    assert attempts.reason is None
    attempts.add("fail", 1)
    assert (attempts.next_reason(), attempts.final) == (None, "fail")


def test_failures_may_be_left_to_somebody_else():
    plan = plan_of(flaky_test_retries={"per_test": 5, "tests": 1000})
    assert plan.attempts_at(Said()).reason == retrying.AUTO_TEST_RETRY
    assert plan.attempts_at(Said(), may_retry_failures=False).reason is None


def test_a_row_without_seconds_is_slow_for_nobody():
    attempts = plan_of(early_flake_detection={"retries": []}).attempts_at(Said(is_new=True))
    attempts.add("pass", 0)
    assert (attempts.next_reason(), attempts.is_too_slow) == (None, False)


WRONG = [None, True, -1, 1.5, 2**64, float("nan"), "text", [], ["text"], [[1]], [[1, 2, 3, 4]], {}, {"a": 1}]
MEMBERS = [
    "known",
    "early_flake_detection",
    "flaky_test_retries",
    "managed",
    "attempt_to_fix_retries",
    "modified",
]


@pytest.mark.parametrize("member", MEMBERS)
def test_answers_of_the_wrong_type_are_off(member):
    for wrong in WRONG:
        for value in (wrong, {"retries": wrong, "per_test": wrong, "tests": wrong}, {"m": wrong}, [wrong]):
            opening = opening_of({member: value})
            plan = Plan(opening)
            said = plan.said_of(Names("m", "s", "n"), True, "m", (1, 2))
            plan.found(3, 4)
            attempts = plan.attempts_at(said)
            attempts.add("fail", 1.0)
            attempts.next_reason()
    assert opening_of({"managed": [["m", "s", "n", ["quarantined", 7, "other"]], 3]}).managed == {
        Names("m", "s", "n"): frozenset(["quarantined"])
    }
    assert isinstance(opening, Opening)


def test_no_count_of_the_service_makes_a_test_run_without_end():
    many = 900_000_000
    opening = opening_of(
        {
            "attempt_to_fix_retries": many,
            "flaky_test_retries": {"per_test": many, "tests": many},
            "early_flake_detection": {"retries": [[5, many]]},
        }
    )
    assert opening.attempt_to_fix_retries == opening.retries_per_test == 100
    assert opening.early_flake_retries == ((5.0, 100),)
    assert opening.retried_tests == many


def test_attempts_to_fix_a_test_end_after_a_time():
    plan = Plan(opening_of({"attempt_to_fix_retries": 20}))
    attempts = plan.attempts_at(Said(marks=frozenset(["attempt_to_fix"])))
    attempts.add("pass", 299)
    assert attempts.next_reason() == "attempt_to_fix"
    attempts.add("pass", 1)
    assert attempts.next_reason() is None
    assert attempts.final == "pass"
