"""RSpec and Minitest do what the service wants: tests tried again, quarantined, disabled, to be fixed, new, modified."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from intake_answers import ANSWERS, wrong_answers
from misbehaving_intake import MisbehavingIntake
from ruby_at_hand import native_folder, ruby
from test_reporting import COMMAND, Project, events

CALC = "class Calc\n  def add(a, b)\n    a + b\n  end\nend\n"
# Each test is an example and a method: the text below is that of both. `said` prints a line of its own.
SPEC = """
require_relative "../lib/calc"
$tried = Hash.new(0)
def said(what) = warn("SAID #{what}")
RSpec.describe Calc do
  before(:context) { said "context" }
  before { said "before" }
  after { |example| said "after #{example.exception.class}" }
  around { |example| said "around"; example.run }
  let(:number) { $tried[:let] += 1 }
  it("adds") { number; @kept.to_a.any? && raise("used"); @kept = [1]; expect(number).to eq $tried[:let] }
  it("fails at first") { raise ArgumentError, "boom" if ($tried[:first] += 1) == 1 }
  it("fails") { said "fails"; raise ArgumentError, "always" }
  it("waits") { skip "not now" }
end
"""
TEST = """
require "minitest/autorun"
require_relative "../lib/calc"
$tried = Hash.new(0)
def said(what) = warn("SAID #{what}")
class CalcTest < Minitest::Test
  def setup = said("before")
  def teardown = said("after #{failures.first.class}")
  def test_adds
    @kept.to_a.any? && raise("used")
    @kept = [1]
    assert_equal 3, Calc.new.add(1, 2)
  end
  def test_fails_at_first = ($tried[:first] += 1) == 1 && raise(ArgumentError, "boom")
  def test_fails
    said "fails"
    raise ArgumentError, "always"
  end
  def test_waits = skip("not now")
end
"""
FILES = {"lib/calc.rb": CALC, "spec/calc_spec.rb": SPEC, "test/calc_test.rb": TEST}
RETRIES = {"flaky_test_retries_enabled": True}
MANAGEMENT = {"test_management": {"enabled": True, "attempt_to_fix_retries": 3}}
DETECTION = {
    "known_tests_enabled": True,
    "early_flake_detection": {
        "enabled": True,
        "slow_test_retries": {"5s": 4},
        "faulty_session_threshold": 30,
    },
}


class Framework:
    """Names of its tests, how it runs, and what its summary says."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.suite = {"rspec": "Calc at ./spec/calc_spec.rb", "minitest": "CalcTest at test/calc_test.rb"}[
            name
        ]

    def test(self, words: str) -> str:
        return words if self.name == "rspec" else f"test_{words.replace(' ', '_')}"

    def command(self, *more: str) -> list[str]:
        if self.name == "rspec":
            return ["-S", "rspec", "--require", "testalibi/rspec", *more]
        return ["-rtestalibi/minitest", "test/calc_test.rb", *more]

    def counts(self, printed: str) -> tuple[int, int, int]:
        """Tests, failed ones (or with errors), skipped (or pending) ones."""
        if self.name == "rspec":
            found = re.search(r"^(\d+) examples?, (\d+) failures?(?:, (\d+) pending)?", printed, re.MULTILINE)
            assert found is not None, printed
            return int(found[1]), int(found[2]), int(found[3] or 0)
        found = re.search(
            r"(\d+) runs, \d+ assertions, (\d+) failures, (\d+) errors, (\d+) skips", printed, re.MULTILINE
        )
        assert found is not None, printed
        return int(found[1]), int(found[2]) + int(found[3]), int(found[4])


@pytest.fixture(params=["rspec", "minitest"])
def framework(request: pytest.FixtureRequest) -> Framework:
    return Framework(request.param)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return made(tmp_path, FILES)


def made(tmp_path: Path, files: dict[str, str]) -> Project:
    folder = tmp_path / "shop"
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "init", "-q", "-b", "feature")
    git(folder, "remote", "add", "origin", "https://example.com/acme/shop.git")
    commit(folder)
    return Project(folder, native_folder(tmp_path))


def git(folder: Path, *command: str) -> None:
    subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=e", *command], check=True
    )


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "one")


@pytest.fixture
def intake() -> Iterator[MisbehavingIntake]:
    with MisbehavingIntake("ok") as started:
        yield started


def wants(intake: MisbehavingIntake, **attributes: Any) -> None:
    intake.set_answer("settings", 200, {"data": {"attributes": attributes}})


def manages(intake: MisbehavingIntake, framework: Framework, **marks: list[str]) -> None:
    """marks: words of a test, with _ between them -> its marks."""
    tests = {
        framework.test(words.replace("_", " ")): {"properties": dict.fromkeys(listed, True)}
        for words, listed in marks.items()
    }
    modules = {framework.name: {"suites": {framework.suite: {"tests": tests}}}}
    intake.set_answer("test_management", 200, {"data": {"attributes": {"modules": modules}}})


def knows(intake: MisbehavingIntake, framework: Framework, *words: str) -> None:
    tests = {framework.name: {framework.suite: [framework.test(each) for each in words]}}
    intake.set_answer("known_tests", 200, {"data": {"attributes": {"tests": tests}}})


class Ran:
    """A run: its exit status, what it printed, and what the intake got of each test, by its words."""

    def __init__(
        self,
        project: Project,
        framework: Framework,
        intake: MisbehavingIntake,
        *more: str,
        **environment: str,
    ) -> None:
        before = len(intake.accepted("citestcycle"))
        self.printed = project.run(
            framework.command(*more), intake.url, ALIBI_INTAKE_PATIENCE_MS="30000", **environment
        )
        self.status = project.status
        self.counts = framework.counts(self.printed) if "--format=json" not in more else (0, 0, 0)
        self._framework = framework
        self._events = events(intake, since=before)
        self.session = [event["meta"] for event in events(intake, "test_session_end", before)]

    def attempts(self, words: str) -> list[dict[str, str]]:
        name = self._framework.test(words)
        told = sorted(
            (event for event in self._events if event["meta"]["test.name"] == name), key=lambda e: e["start"]
        )
        return [event["meta"] for event in told]

    def statuses(self, words: str) -> list[str]:
        return [meta["test.status"] for meta in self.attempts(words)]

    def said(self, what: str) -> int:
        return self.printed.splitlines().count(f"SAID {what}")

    def line(self) -> str:
        found = re.search(r"^alibi: (.*(?:tried again|quarantined|disabled).*)$", self.printed, re.MULTILINE)
        return found[1] if found else ""


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
    assert "test.retry_reason" not in first and "boom" in first["error.message"]
    assert second["test.retry_reason"] == "auto_test_retry" and "error.message" not in second
    assert ran.line() == "2 tests were tried again (1 flaky)"
    assert "boom" not in ran.printed.replace("alibi", ""), "a failure that does not count is not shown"


def test_hooks_run_for_each_attempt_and_those_of_a_group_once(
    project: Project, framework: Framework, intake: MisbehavingIntake
) -> None:
    wants(intake, **RETRIES)
    ran = Ran(project, framework, intake, DD_CIVISIBILITY_FLAKY_RETRY_COUNT="1")
    assert ran.said("fails") == 2
    assert ran.said("before") == 6
    assert sum(ran.said(f"after {each}") for each in ("NilClass", "ArgumentError")) + ran.said(
        "after Minitest::UnexpectedError"
    ) + ran.said("after Minitest::Skip") == 6, ran.printed
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
    manages(
        intake, framework, adds=["attempt_to_fix", "disabled"], fails=["attempt_to_fix", "quarantined"]
    )
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
