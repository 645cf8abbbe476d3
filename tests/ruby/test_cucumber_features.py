"""Cucumber does what the service wants, as RSpec and Minitest do: their tests run here with scenarios.

ALIBI_TEST_CUCUMBER: the command, default: cucumber.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from misbehaving_intake import MisbehavingIntake
from ruby_at_hand import ruby
from service_runs import (  # noqa: F401
    CALC,
    DETECTION,
    MANAGEMENT,
    RETRIES,
    Framework,
    Ran,
    intake,
    knows,
    made,
    manages,
    wants,
)
from test_reporting import Project
from test_service_features import (  # noqa: F401
    test_a_disabled_test_is_skipped_and_nothing_of_it_runs,
    test_a_failed_test_is_tried_again_until_it_passes,
    test_a_new_test_is_tried_again_though_it_passes,
    test_a_quarantined_failure_is_none_of_the_run_and_runs_again_next_time,
    test_a_test_to_be_fixed_runs_though_it_has_an_alibi_and_the_service_lists_it,
    test_a_test_to_be_fixed_runs_until_it_fails,
    test_an_intake_that_answers_nonsense_changes_no_outcome,
    test_in_a_session_with_too_many_new_tests_none_is_tried_again,
    test_without_features_each_test_runs_once_and_nothing_more_is_said,
)

COMMAND = shlex.split(os.environ.get("ALIBI_TEST_CUCUMBER", "-S cucumber"))
FEATURE = """Feature: Calculating

  Scenario: adds
    Then add gives 3

  Scenario: fails at first
    Given a step before
    Then it fails at first
    And a step after

  Scenario: fails
    Given a step before
    Then it fails always

  Scenario: waits
    Then it waits
"""
STEPS = """
require "testalibi/cucumber"
require_relative "../../lib/calc"
$tried = Hash.new(0)
def said(what) = warn("SAID #{what}")
Before { said "before" }
After { |scenario| said "after #{scenario.failed?}" }
Around { |_, block| said "around"; block.call }
Given(/^a step before$/) { @kept.to_a.any? && raise("used"); @kept = [1] }
Then(/^a step after$/) { said "a step after" }
Then(/^add gives 3$/) { raise "wrong" unless Calc.new.add(1, 2) == 3 }
Then(/^it fails at first$/) { raise ArgumentError, "boom" if ($tried[:first] += 1) == 1 }
Then(/^it fails always$/) { said "fails"; raise ArgumentError, "always" }
Then(/^it fails from the (\\d+)$/) { |from| raise ArgumentError, "late" if ($tried[:late] += 1) >= from.to_i }
Then(/^it waits$/) { skip_this_scenario("not now") }
"""
FILES = {"lib/calc.rb": CALC, "features/calc.feature": FEATURE, "features/support/env.rb": STEPS}
FORMAT = ["--format", "progress"]


class Cucumber(Framework):
    def __init__(self) -> None:
        self.name = "cucumber"
        self.suite = "Calculating at features/calc.feature"

    def test(self, words: str) -> str:
        return words

    def command(self, *more: str) -> list[str]:
        return [*COMMAND, *FORMAT, *(["--publish-quiet"] if version() >= 5 else []), *more]

    def counts(self, printed: str) -> tuple[int, int, int]:
        found = re.search(r"^(\d+) scenarios?(?: \((.*)\))?$", plain(printed), re.MULTILINE)
        assert found is not None, printed
        of = {words.split()[1]: int(words.split()[0]) for words in (found[2] or "").split(", ") if words}
        return int(found[1]), of.get("failed", 0), of.get("skipped", 0)


def plain(printed: str) -> str:
    return re.sub(r"\x1b\[[\d;]*m", "", printed)


def version() -> int:
    done = subprocess.run([ruby(), *COMMAND, "--version"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("no Cucumber here")
    return int(done.stdout.split(".")[0])


@pytest.fixture
def framework() -> Framework:
    return Cucumber()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return made(tmp_path, FILES)


def feature(project: Project, text: str) -> None:
    (project.folder / "features/calc.feature").write_text("Feature: Calculating\n" + text)


def test_hooks_run_for_each_attempt(
    project: Project,
    framework: Framework,
    intake: MisbehavingIntake,  # noqa: F811
) -> None:
    wants(intake, **RETRIES)
    ran = Ran(project, framework, intake, DD_CIVISIBILITY_FLAKY_RETRY_COUNT="1")
    assert [ran.said(what) for what in ("before", "around", "after true", "after false")] == [6, 6, 3, 3]


def test_formatters_see_each_scenario_once_with_the_steps_of_the_attempt_that_decides(
    project: Project,
    framework: Framework,
    intake: MisbehavingIntake,  # noqa: F811
) -> None:
    wants(intake, **RETRIES, **MANAGEMENT)
    manages(intake, framework, fails=["quarantined"])
    ran = Ran(project, framework, intake, "--format", "json", "--out", "told.json")
    assert ran.status == 0, ran.printed
    (told,) = json.loads((project.folder / "told.json").read_text())
    found = [
        (each["name"], [step["result"]["status"] for step in each["steps"]]) for each in told["elements"]
    ]
    assert found == [
        ("adds", ["passed"]),
        ("fails at first", ["passed"] * 3),
        ("fails", ["passed", "skipped"]),
        ("waits", ["skipped"]),
    ]
    assert re.search(r"^7 steps \(2 skipped, 5 passed\)$", plain(ran.printed), re.MULTILINE), ran.printed
    assert ran.said("a step after") == 1


def test_a_scenario_to_be_fixed_that_fails_later_is_shown_failing(
    project: Project,
    framework: Framework,
    intake: MisbehavingIntake,  # noqa: F811
) -> None:
    feature(
        project, "  Scenario: late\n    Then it fails from the 2\n  Scenario: adds\n    Then add gives 3\n"
    )
    wants(intake, **MANAGEMENT)
    manages(intake, framework, late=["attempt_to_fix"])
    ran = Ran(project, framework, intake)
    assert (ran.counts, ran.status) == ((2, 1, 0), 1), ran.printed
    assert ran.statuses("late") == ["pass", "fail"]
    assert version() < 3 or "late (ArgumentError)" in ran.printed
    assert "recorded 2 tests" in ran.printed
    manages(intake, framework, late=["attempt_to_fix", "quarantined"])
    ran = Ran(project, framework, intake, ALIBI_NOSELECT="1")
    assert (ran.counts, ran.status) == ((2, 0, 1), 0), ran.printed


def test_what_cucumber_tries_again_by_itself_is_not_tried_again_twice(
    project: Project,
    framework: Framework,
    intake: MisbehavingIntake,  # noqa: F811
) -> None:
    if version() < 3:
        pytest.skip("Cucumber 3 brought --retry")
    wants(intake, **RETRIES)
    ran = Ran(project, framework, intake, "--retry", "2", DD_CIVISIBILITY_FLAKY_RETRY_COUNT="1")
    assert (ran.counts[1], ran.status, ran.said("fails")) == (1, 1, 4), ran.printed


@pytest.mark.parametrize("strict", [True, False])
def test_a_scenario_that_passed_in_the_end_fails_a_run_that_is_strict_about_it(
    project: Project,
    framework: Framework,
    intake: MisbehavingIntake,  # noqa: F811
    strict: bool,
) -> None:
    if version() < 3:
        pytest.skip("Cucumber 3 brought --strict-flaky")
    feature(project, "  Scenario: fails at first\n    Then it fails at first\n")
    wants(intake, **RETRIES)
    ran = Ran(project, framework, intake, *(["--strict-flaky"] if strict else []))
    assert (ran.counts, ran.status) == ((1, int(strict), 0), int(strict)), ran.printed
    assert ran.statuses("fails at first") == ["fail", "pass"]


def test_rows_of_an_outline_are_told_with_their_parameters_and_left_out_by_them(
    project: Project,
    framework: Framework,
    intake: MisbehavingIntake,  # noqa: F811
) -> None:
    if version() < 4:
        pytest.skip("the vendor's client tells no parameters before Cucumber 4")
    rows = '      | what | given |\n      | add | 3 |\n      | a\\|b | "☃" |\n'
    feature(
        project,
        "  Scenario Outline: checks [1, 2] <what>\n    Then <what> gives <given>\n    Examples:\n"
        + rows
        + "  Rule: r\n    Scenario Outline: ruled\n      Then add gives <given>\n      Examples:\n"
        + "        | given |\n        | 3 |\n",
    )
    with (project.folder / "features/support/env.rb").open("a") as steps:
        steps.write("Then(/^a.b gives/) { 1 }\n")
    wants(intake, itr_enabled=True, tests_skipping=True)
    ran = Ran(project, framework, intake)
    told = {event["meta"]["test.parameters"]: event["meta"]["test.name"] for event in ran._events}
    first = '{"arguments":{"what":"add","given":"3"},"metadata":{}}'
    second = '{"arguments":{"what":"a|b","given":"\\"☃\\""},"metadata":{}}'
    assert set(told) == {first, second, '{"arguments":{"given":"3"},"metadata":{}}'}, ran.printed
    assert told[second].startswith("checks ARRAY")
    listed = {
        "type": "test",
        "attributes": {"suite": framework.suite, "name": told[second], "parameters": second},
    }
    intake.set_answer("skippable", 200, {"meta": {"correlation_id": "c"}, "data": [listed]})
    again = Ran(project, framework, intake, ALIBI_TRUST="service")
    skipped = [
        event["meta"]["test.parameters"]
        for event in again._events
        if event["meta"].get("test.skipped_by_itr") == "true"
    ]
    assert skipped == [second], again.printed


def test_no_formatter_stumbles_over_what_is_attached_in_any_attempt(
    project: Project,
    framework: Framework,
    intake: MisbehavingIntake,  # noqa: F811
) -> None:
    given = version()
    attach = 'attach("seen", "text/plain")' if given >= 4 else 'embed("c2Vlbg==", "text/plain;base64", "")'
    with (project.folder / "features/support/env.rb").open("a") as steps:
        steps.write(f"Before {{ {attach} }}\nAfter {{ {attach} }}\nAfterStep {{ {attach} }}\n")
    wants(intake, **RETRIES, **MANAGEMENT)
    manages(intake, framework, fails=["quarantined"], adds=["attempt_to_fix"])
    formats = ["pretty", "json", "rerun", *(["html", "message"] if given >= 4 else [])]
    more = [word for each in formats for word in ("--format", each, "--out", f"told.{each}")]
    ran = Ran(project, framework, intake, *more, "--format", "junit", "--out", "junit")
    assert (ran.counts, ran.status) == ((4, 0, 2), 0), ran.printed
    assert [len(ran.statuses(each)) for each in ("adds", "fails at first", "fails")] == [4, 2, 6]
    assert (project.folder / "told.rerun").read_text() == ""
    assert (project.folder / "told.pretty").read_text().count("Scenario: fails at first") == 1
    (report,) = (project.folder / "junit").glob("*.xml")
    assert re.search(r'failures="0".* tests="4"', report.read_text())
