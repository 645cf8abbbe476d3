"""From the service's answers to what it is told: runs against an intake, with what was really built."""

import re

import pytest
from misbehaving_intake import MisbehavingIntake
from test_reporting import by_name, events, reporting, shop, skippable  # noqa: F401

FILE = "tests/unit/test_calc.py"
TESTS = """
import os, pytest

def count(name):
    path = os.environ["DIARY"]
    with open(path, "a") as file:
        file.write(name + " ")
    with open(path) as file:
        return file.read().split().count(name)

def test_flaky():
    assert count("flaky") == 2

def test_bad():
    assert count("bad") == 0

def test_quarantined():
    assert count("quarantined") == 0

def test_disabled():
    count("disabled")

def test_fixed():
    count("fixed")

def test_new():
    count("new")
"""
MODULE = "tests.unit"
NAMES = "test_flaky test_bad test_quarantined test_disabled test_fixed".split()


def answer(intake, *, settings, known=(), managed=()):
    """`managed`: name -> property."""
    usual = {"itr_enabled": True, "tests_skipping": True, "code_coverage": True, "require_git": False}
    intake.set_answer("settings", 200, {"data": {"attributes": {**usual, **settings}}})
    known = {"data": {"attributes": {"tests": {MODULE: {"test_calc.py": list(known)}} if known else {}}}}
    intake.set_answer("known_tests", 200, known)
    tests = {name: {"properties": {mark: True}} for name, mark in dict(managed).items()}
    modules = {MODULE: {"suites": {"test_calc.py": {"tests": tests}}}}
    intake.set_answer("test_management", 200, {"data": {"attributes": {"modules": modules}}})


def attempts(intake, name):
    found = [event["meta"] for event in events(intake) if event["meta"]["test.name"] == name]
    return sorted(found, key=lambda meta: "test.is_retry" in meta)


EVERYTHING = {
    "flaky_test_retries_enabled": True,
    "known_tests_enabled": True,
    "early_flake_detection": {
        "enabled": True,
        "slow_test_retries": {"5s": 2, "10s": 1, "30s": 1, "5m": 1},
        "faulty_session_threshold": 50,
    },
    "test_management": {"enabled": True, "attempt_to_fix_retries": 3},
}
MANAGED = {
    "test_quarantined": "quarantined",
    "test_disabled": "disabled",
    "test_fixed": "attempt_to_fix",
}


@pytest.fixture
def diary(tmp_path):
    return tmp_path / "diary"


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_the_service_hears_of_each_attempt_and_of_what_it_came_to(shop, diary, workers):  # noqa: F811
    pytest.importorskip("xdist")
    shop.write(FILE, TESTS)
    with MisbehavingIntake({"*": "ok"}) as intake:
        answer(intake, settings=EVERYTHING, known=NAMES, managed=MANAGED)
        environment = reporting(intake, DIARY=str(diary), DD_CIVISIBILITY_FLAKY_RETRY_COUNT="2")
        run = shop.pytest("--alibi", workers, env=environment)
        assert run.status == 1, run.text
        ran = diary.read_text().split()
        assert {name: ran.count(name) for name in ran} == {
            "flaky": 2, "bad": 3, "quarantined": 3, "fixed": 4, "new": 3,
        }  # fmt: skip
        told = {name: attempts(intake, name) for name in [*NAMES, "test_new"]}
        (session,) = events(intake, "test_session_end")

    def values(name, tag):
        return [meta.get(tag) for meta in told[f"test_{name}"]]

    assert values("flaky", "test.status") == ["fail", "pass"]
    assert values("flaky", "test.retry_reason") == [None, "auto_test_retry"]
    assert values("flaky", "test.final_status") == [None, "pass"]
    assert values("bad", "test.final_status") == [None, None, "fail"]
    assert values("quarantined", "test.status") == ["fail"] * 3
    assert values("quarantined", "test.final_status")[-1] == "pass"
    assert values("disabled", "test.skip_reason") == ["Flaky test is disabled by Datadog"]
    assert values("disabled", "test.test_management.is_test_disabled") == ["true"]
    assert values("fixed", "test.retry_reason") == [None, *["attempt_to_fix"] * 3]
    assert values("fixed", "test.test_management.attempt_to_fix_passed")[-1] == "true"
    assert values("new", "test.is_new") == ["true"] * 3
    assert values("new", "test.retry_reason") == [None, *["early_flake_detection"] * 2]
    for metas in told.values():
        assert sum("test.final_status" in meta for meta in metas) == 1
        assert len({meta["test.name"] for meta in metas}) == 1
    assert session["meta"]["test.status"] == "fail"
    assert re.search("1 failed, 3 passed, 1 skipped, 10 retried, 1 quarantined in", run.stdout), run.stdout


def test_what_failed_in_quarantine_or_was_disabled_runs_again_and_what_passed_does_not(shop, diary):  # noqa: F811
    shop.write(FILE, TESTS.replace('count("bad") == 0', 'count("bad")'))
    with MisbehavingIntake({"*": "ok"}) as intake:
        answer(intake, settings=EVERYTHING, known=[*NAMES, "test_new"], managed=MANAGED)
        listed = [*NAMES, "test_new"]
        skippable(intake, *listed)
        environment = reporting(intake, DIARY=str(diary))
        first = shop.pytest("--alibi", "--alibi-noselect", env=environment)
        assert first.status == 0, first.text
        diary.unlink()
        answer(
            intake, settings=EVERYTHING, known=[*NAMES, "test_new"], managed={"test_fixed": "attempt_to_fix"}
        )
        second = shop.pytest("--alibi", env=environment)
        ran = diary.read_text().split()
    assert set(ran) == {"quarantined", "disabled", "fixed"}, second.text
    assert ran.count("fixed") == 4
    assert second.status == 1


def test_a_faulty_session_says_so(shop, diary):  # noqa: F811
    shop.write(FILE, "".join(f"def test_{number}(): pass\n" for number in range(8)))
    with MisbehavingIntake({"*": "ok"}) as intake:
        few = {**EVERYTHING["early_flake_detection"], "faulty_session_threshold": 6}
        answer(intake, settings={**EVERYTHING, "early_flake_detection": few}, known=["test_0"])
        assert shop.pytest("--alibi", env=reporting(intake)).status == 0
        assert len(events(intake)) == 8
        (session,) = events(intake, "test_session_end")
    assert session["meta"]["test.early_flake.abort_reason"] == "faulty"


def test_only_known_tests_are_asked_for_and_nothing_is_tried_again(shop, diary):  # noqa: F811
    shop.write(FILE, TESTS)
    with MisbehavingIntake({"*": "ok"}) as intake:
        answer(intake, settings={"known_tests_enabled": True}, known=NAMES)
        run = shop.pytest("--alibi", env=reporting(intake, DIARY=str(diary)))
        new = [name for name, event in by_name(events(intake)).items() if "test.is_new" in event["meta"]]
    assert (run.status, new) == (1, ["test_new"])
    assert len(diary.read_text().split()) == 6


@pytest.mark.parametrize("route", ["settings", "known_tests", "test_management", "skippable"])
@pytest.mark.parametrize(
    "wrong", [None, [], {"data": 3}, {"data": {"attributes": {"tests": [1], "modules": {"a": 2}}}}]
)
def test_nonsense_changes_no_outcome(shop, diary, route, wrong):  # noqa: F811
    shop.write(FILE, "def test_a(): pass\ndef test_b(): assert 0\n")
    with MisbehavingIntake({"*": "ok"}) as intake:
        answer(intake, settings=EVERYTHING, known=["test_a", "test_b"])
        intake.set_answer(route, 200, wrong)
        run = shop.pytest("--alibi", env=reporting(intake))
    assert run.status == 1, run.text
    assert "1 failed, 1 passed" in run.stdout
