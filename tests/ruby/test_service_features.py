"""RSpec and Minitest do what the service wants of new, failed, modified and managed tests."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from intake_answers import ANSWERS, wrong_answers
from misbehaving_intake import MisbehavingIntake
from service_runs import (
    DETECTION,
    MANAGEMENT,
    RETRIES,
    Framework,
    Ran,
    commit,
    framework,
    git,
    intake,
    knows,
    manages,
    project,
    wants,
)
from serving import requests_of, serving
from test_reporting import COMMAND, Project

__all__ = ["framework", "intake", "project"]  # fixtures


def test_a_failed_test_is_tried_again_until_it_passes(
    project: Project, framework: Framework, intake: MisbehavingIntake
) -> None:
    wants(intake, **RETRIES)
    ran = Ran(project, framework, intake, DD_CIVISIBILITY_FLAKY_RETRY_COUNT="2")
    assert (ran.counts, ran.status) == ((4, 1, 1), 1), ran.printed
    assert ran.statuses("fails at first") == ["fail", "pass"]
    assert ran.statuses("fails") == ["fail"] * 3
    assert ran.statuses("adds") == ["pass"]
    assert ran.statuses("waits") == ["skip"]
    first, second = ran.attempts("fails at first")
    assert "test.retry_reason" not in first
    assert "boom" in first["error.message"]
    assert second["test.retry_reason"] == "auto_test_retry"
    assert "error.message" not in second
    assert ran.line() == "2 tests were tried again (1 flaky)"
    assert "boom" not in ran.printed.replace("alibi", ""), "a failure that does not count is not shown"


def test_hooks_run_for_each_attempt_and_those_of_a_group_once(
    project: Project, framework: Framework, intake: MisbehavingIntake
) -> None:
    wants(intake, **RETRIES)
    ran = Ran(project, framework, intake, DD_CIVISIBILITY_FLAKY_RETRY_COUNT="1")
    assert ran.said("fails") == 2
    assert ran.said("before") == 6
    assert (
        sum(ran.said(f"after {each}") for each in ("NilClass", "ArgumentError"))
        + ran.said("after Minitest::UnexpectedError")
        + ran.said("after Minitest::Skip")
        == 6
    ), ran.printed
    assert ran.said("context") == (1 if framework.name == "rspec" else 0)
    assert ran.said("around") == (6 if framework.name == "rspec" else 0)


def test_without_features_each_test_runs_once_and_nothing_more_is_said(
    project: Project, framework: Framework, intake: MisbehavingIntake
) -> None:
    ran = Ran(project, framework, intake)
    assert (ran.counts, ran.status, ran.line()) == ((4, 2, 1), 1, "")
    assert ran.said("before") == 4


def test_a_new_test_is_tried_again_though_it_passes(
    project: Project, framework: Framework, intake: MisbehavingIntake
) -> None:
    wants(intake, **DETECTION)
    knows(intake, framework, "fails", "waits", "gone")
    ran = Ran(project, framework, intake)
    assert (ran.counts, ran.status) == ((4, 1, 1), 1), ran.printed
    assert ran.statuses("adds") == ["pass"] * 5
    assert ran.statuses("fails at first") == ["fail", "pass"]
    assert ran.statuses("fails") == ["fail"]
    assert {meta.get("test.is_new") for meta in ran.attempts("adds")} == {"true"}
    assert {meta.get("test.retry_reason") for meta in ran.attempts("adds")} == {None, "early_flake_detection"}
    assert "test.is_new" not in ran.attempts("fails")[0]


def test_in_a_session_with_too_many_new_tests_none_is_tried_again(
    project: Project, framework: Framework, intake: MisbehavingIntake
) -> None:
    detection = {**DETECTION["early_flake_detection"], "faulty_session_threshold": 1}
    wants(intake, **{**DETECTION, "early_flake_detection": detection})
    knows(intake, framework, "fails", "waits")
    ran = Ran(project, framework, intake)
    assert ran.statuses("adds") == ["pass"]
    assert ran.attempts("adds")[0]["test.is_new"] == "true"
    assert ran.session[0]["test.early_flake.abort_reason"] == "faulty"


def test_a_modified_test_is_tried_again(
    project: Project, framework: Framework, intake: MisbehavingIntake
) -> None:
    git(project.folder, "update-ref", "refs/remotes/origin/main", "HEAD")
    for name in ("spec/calc_spec.rb", "test/calc_test.rb"):
        text = (project.folder / name).read_text()
        (project.folder / name).write_text(
            text.replace("@kept = [1]; ", "@kept = [2]; ").replace("@kept = [1]\n", "@kept = [2]\n")
        )
    commit(project.folder)
    wants(intake, impacted_tests_enabled=True, **DETECTION)
    knows(intake, framework, "adds", "fails", "waits", "fails at first")
    ran = Ran(project, framework, intake, DD_CIVISIBILITY_IMPACTED_TESTS_DETECTION_ENABLED="true")
    assert ran.statuses("adds") == ["pass"] * 5, ran.printed
    assert {meta.get("test.is_modified") for meta in ran.attempts("adds")} == {"true"}
    assert ran.statuses("fails") == ["fail"]
    assert "test.is_modified" not in ran.attempts("fails")[0]


def test_a_quarantined_failure_is_none_of_the_run_and_runs_again_next_time(
    project: Project, framework: Framework, intake: MisbehavingIntake
) -> None:
    wants(intake, **MANAGEMENT)
    manages(intake, framework, fails=["quarantined"], fails_at_first=["quarantined"], adds=["quarantined"])
    ran = Ran(project, framework, intake)
    assert (ran.counts, ran.status) == ((4, 0, 3), 0), ran.printed
    (meta,) = ran.attempts("fails")
    assert (meta["test.status"], meta["test.final_status"]) == ("fail", "pass")
    assert meta["test.test_management.is_quarantined"] == "true"
    assert ran.statuses("adds") == ["pass"]
    assert ran.line() == "2 quarantined tests failed"
    again = Ran(project, framework, intake)
    assert again.said("fails") == 1, "what failed is not left out"


def test_a_disabled_test_is_skipped_and_nothing_of_it_runs(
    project: Project, framework: Framework, intake: MisbehavingIntake
) -> None:
    wants(intake, **MANAGEMENT)
    manages(intake, framework, fails=["disabled", "quarantined"], fails_at_first=["disabled"])
    ran = Ran(project, framework, intake)
    assert (ran.counts, ran.status) == ((4, 0, 3), 0), ran.printed
    assert ran.said("fails") == 0
    assert ran.said("before") == 2
    (meta,) = ran.attempts("fails")
    assert meta["test.status"] == "skip"
    assert meta["test.skip_reason"] == "Flaky test is disabled by Datadog"
    assert meta["test.test_management.is_test_disabled"] == "true"
    assert ran.line() == "2 tests were skipped as disabled"
    wants(intake)
    enabled = Ran(project, framework, intake)
    assert enabled.said("fails") == 1, "it is not taken for one that ran"


def test_a_test_to_be_fixed_runs_until_it_fails(
    project: Project, framework: Framework, intake: MisbehavingIntake
) -> None:
    wants(intake, **MANAGEMENT)
    manages(intake, framework, adds=["attempt_to_fix", "disabled"], fails=["attempt_to_fix", "quarantined"])
    ran = Ran(project, framework, intake)
    assert ran.statuses("adds") == ["pass"] * 4, ran.printed
    assert ran.statuses("fails") == ["fail"]
    assert ran.attempts("adds")[3]["test.test_management.attempt_to_fix_passed"] == "true"
    assert ran.attempts("adds")[3]["test.retry_reason"] == "attempt_to_fix"
    assert (ran.counts, ran.status) == ((4, 1, 2), 1)  # "fails at first" is not managed
    manages(intake, framework, fails_at_first=["disabled"], fails=["attempt_to_fix"])
    assert Ran(project, framework, intake).status == 1


def test_a_test_to_be_fixed_runs_though_it_has_an_alibi_and_the_service_lists_it(
    project: Project, framework: Framework, intake: MisbehavingIntake
) -> None:
    wants(intake, itr_enabled=True, tests_skipping=True, **MANAGEMENT)
    Ran(project, framework, intake)
    listed = {"type": "test", "attributes": {"suite": framework.suite, "name": framework.test("adds")}}
    intake.set_answer("skippable", 200, {"meta": {"correlation_id": "c"}, "data": [listed]})
    left_out = Ran(project, framework, intake)
    assert left_out.attempts("adds")[0]["test.skipped_by_itr"] == "true"
    manages(intake, framework, adds=["attempt_to_fix"])
    assert Ran(project, framework, intake).statuses("adds") == ["pass"] * 4


def test_a_listed_test_that_is_marked_to_run_says_that_it_was_forced(
    project: Project, framework: Framework, intake: MisbehavingIntake
) -> None:
    spec, test = project.folder / "spec/calc_spec.rb", project.folder / "test/calc_test.rb"
    spec.write_text(spec.read_text().replace('it("adds")', 'it("adds", :datadog_itr_unskippable)'))
    test.write_text(
        test.read_text().replace("  def test_adds", "  datadog_itr_unskippable :test_adds\n  def test_adds")
    )
    wants(intake, itr_enabled=True, tests_skipping=True)
    listed = {"type": "test", "attributes": {"suite": framework.suite, "name": framework.test("adds")}}
    intake.set_answer("skippable", 200, {"meta": {"correlation_id": "c"}, "data": [listed]})
    ran = Ran(project, framework, intake)
    assert ran.attempts("adds")[0]["test.itr.forced_run"] == "true"
    assert "test.itr.forced_run" not in ran.attempts("fails")[0]


def test_an_intake_that_answers_nonsense_changes_no_outcome(
    project: Project, framework: Framework, intake: MisbehavingIntake
) -> None:
    wants(intake, **RETRIES, **MANAGEMENT, **DETECTION)
    for route in ("known_tests", "test_management"):
        for answer in wrong_answers(route)[::9]:
            intake.set_answer(route, 200, answer)
            ran = Ran(project, framework, intake, DD_CIVISIBILITY_FLAKY_RETRY_COUNT="0", ALIBI_NOSELECT="1")
            assert (ran.counts, ran.status) == ((4, 2, 1), 1), (answer, ran.printed)
        intake.set_answer(route, *ANSWERS[route])


def test_all_attempts_of_a_test_are_its_evidence(
    project: Project, framework: Framework, intake: MisbehavingIntake
) -> None:
    spec, test = project.folder / "spec/calc_spec.rb", project.folder / "test/calc_test.rb"
    (project.folder / "lib/late.rb").write_text("def late\n  1\nend\n")
    for path in (spec, test):
        text = path.read_text().replace(
            'require_relative "../lib/calc"', 'require_relative "../lib/calc"\nrequire_relative "../lib/late"'
        )
        path.write_text(
            text.replace('raise(ArgumentError, "boom")', "raise(ArgumentError, late.to_s)").replace(
                'raise ArgumentError, "boom"', "raise ArgumentError, late.to_s"
            )
        )
    wants(intake, **RETRIES)
    assert Ran(project, framework, intake).statuses("fails at first") == ["fail", "pass"]
    unchanged = Ran(project, framework, intake)
    assert unchanged.attempts("fails at first")[0].get("test.skipped_by_itr") == "true", unchanged.printed
    (project.folder / "lib/late.rb").write_text("def late\n  2\nend\n")
    changed = Ran(project, framework, intake)
    assert changed.statuses("fails at first") == ["fail", "pass"], "only the first attempt called it"


@pytest.mark.parametrize(
    "place",
    [
        "Trials#look_at",
        "Trials#begins",
        "Trials#eventful",
        "Trials#tried",
        "Trials#ends",
        "Trials#disabled?",
        "Attempts#next_reason",
        "Attempts#deciding",
        "Attempts#forgiven?",
        "Repeated#ended",
        "Repeated#forgive",
    ],
)
def test_a_surprise_of_ours_loses_no_test_and_hides_no_failure(
    project: Project, framework: Framework, intake: MisbehavingIntake, place: str
) -> None:
    owner, _, method = place.partition("#")
    kind = {"rspec": "RSpec", "minitest": "Minitest"}[framework.name]
    owner = f"{kind}::{owner}" if owner == "Repeated" else owner
    (project.folder.parent / "surprise.rb").write_text(
        f'require "testalibi/run"\nrequire "testalibi/{framework.name}/repeated"\n'
        f'class Testalibi::{owner}\n  def {method}(*) = raise("surprise")\nend\n'
    )
    wants(intake, **RETRIES, **MANAGEMENT, **DETECTION)
    knows(intake, framework, "adds", "fails", "waits", "fails at first")
    manages(intake, framework, adds=["quarantined"])
    surprised = "-r" + str(project.folder.parent / "surprise.rb")
    ran = Ran(project, framework, intake, RUBYOPT=surprised)
    runs, failed, skipped = ran.counts
    assert (runs, skipped, ran.status) == (4, 1, 1), ran.printed
    assert failed in (1, 2), "without retries one more"
    assert ran.said("fails") >= 1
    assert "surprise" in ran.printed or place in ("Repeated#forgive", "Trials#look_at"), ran.printed


def test_an_exit_in_a_later_attempt_is_that_of_the_test(
    project: Project, framework: Framework, intake: MisbehavingIntake
) -> None:
    paths = [project.folder / name for name in ("spec/calc_spec.rb", "test/calc_test.rb")]
    originals = [path.read_text() for path in paths]

    def write(instead: str) -> None:
        for path, text in zip(paths, originals):
            path.write_text(re.sub(r'raise ArgumentError, "always"', instead, text))

    write("exit(3)")
    project.run(framework.command(), intake.url, ALIBI="0")
    expected = project.status
    write("($tried[:f] += 1) == 1 ? raise : exit(3)")
    wants(intake, **RETRIES)
    printed = project.run(framework.command(), intake.url)
    assert project.status == expected, printed
    assert printed.count("SAID fails") == 2


def test_with_alibi_serve_new_tests_and_failed_ones_are_tried_again(
    project: Project, framework: Framework, tmp_path: Path
) -> None:
    patience = {"ALIBI_INTAKE_PATIENCE_MS": "30000", "ALIBI_NOSELECT": "1"}
    detection = {"enabled": True, "slow_test_retries": {"5s": 2}, "faulty_session_threshold": 30}
    wanted = {"flaky_test_retries_enabled": True, "known_tests_enabled": True}
    with serving(COMMAND, tmp_path / "store") as url:
        project.run(framework.command(), url, **patience)
        address = url + "/api/alibi/v1/settings?service=shop"
        body = json.dumps({**wanted, "early_flake_detection": detection}).encode()
        with urlopen(Request(address, body, method="PUT")) as answer:
            assert answer.status == 200
        for path in (project.folder / "spec/calc_spec.rb", project.folder / "test/calc_test.rb"):
            new = (
                'it("is new") { said "new" }' if path.parent.name == "spec" else 'def test_new = said("new")'
            )
            text = path.read_text()
            path.write_text(text[: text.rindex("end")] + f"  {new}\nend\n")
        printed = project.run(framework.command(), url, **patience)
        assert framework.counts(printed) == (5, 1, 1), printed
        assert printed.splitlines().count("SAID new") == 3
        assert "alibi: 3 tests were tried again (1 flaky)" in printed
        assert {"known_tests", "test_management"} <= set(requests_of(url))
