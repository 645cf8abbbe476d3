"""RSpec and Minitest do what the service wants of new, failed, modified and managed tests."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from intake_answers import ANSWERS, wrong_answers
from misbehaving_intake import MisbehavingIntake
from ruby_at_hand import native_folder, ruby
from serving import requests_of, serving
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


def rspec_only(tmp_path: Path, spec: str) -> tuple[Project, Framework]:
    text = '$tried = Hash.new(0)\ndef said(what) = warn("SAID #{what}")\n' + spec
    return made(tmp_path, {"spec/calc_spec.rb": text}), Framework("rspec")


def test_formatters_of_rspec_see_each_example_once(project: Project, intake: MisbehavingIntake) -> None:
    framework = Framework("rspec")
    wants(intake, **RETRIES, **MANAGEMENT)
    manages(intake, framework, fails=["quarantined"])
    ran = Ran(project, framework, intake, "--format=json", "--out=told.json", "--format=json")
    told = json.loads((project.folder / "told.json").read_text())
    counts = (
        told["summary"]["example_count"],
        told["summary"]["failure_count"],
        told["summary"]["pending_count"],
    )
    assert (counts, ran.status) == ((4, 0, 2), 0)
    found = {each["description"]: each for each in told["examples"]}
    assert len(found) == len(told["examples"]) == 4
    assert {name: each["status"] for name, each in found.items()} == {
        "adds": "passed",
        "fails at first": "passed",
        "fails": "pending",
        "waits": "pending",
    }
    assert found["fails"]["pending_message"] == "Quarantined by Datadog, its failure does not count"
    assert "exception" not in found["fails at first"]
    assert found["waits"]["pending_message"] == "not now"


def test_fail_fast_and_only_failures_go_by_what_examples_came_to(
    tmp_path: Path, intake: MisbehavingIntake
) -> None:
    project, framework = rspec_only(
        tmp_path,
        """
RSpec.configure { |config| config.example_status_persistence_file_path = "told.txt" }
RSpec.describe "Calc" do
  it("fails at first") { raise "boom" if ($tried[:first] += 1) == 1 }
  it("fails") { raise "always" }
  it("never runs") { }
end
""",
    )
    wants(intake, **RETRIES)
    ran = Ran(project, framework, intake, "--fail-fast")
    assert (ran.counts, ran.status) == ((2, 1, 0), 1), ran.printed
    again = Ran(project, framework, intake, "--only-failures")
    assert again.counts == (1, 1, 0), again.printed
    assert again.statuses("fails") == ["fail"] * 6


def test_each_attempt_of_an_example_begins_anew(tmp_path: Path, intake: MisbehavingIntake) -> None:
    project, framework = rspec_only(
        tmp_path,
        """
class Counter; end
module Helped; def helped = 1; end
RSpec.configure do |config|
  config.include Helped, :helped
  config.before(:context, :helped) { said "own context" }
end
RSpec.describe Counter do
  before(:context) { @shared = 7 }
  subject(:made) { described_class.new }
  let(:count) { $tried[:let] += 1 }
  it "has its own let", :helped do
    expect([@shared, helped, made.class]).to eq [7, 1, Counter]
    expect(@own).to be_nil
    @own = 1
    expect(count).to eq 2
  end
  it "aggregates", :aggregate_failures do
    $tried[:aggregate] += 1
    expect($tried[:aggregate]).to be > 2
    expect($tried[:aggregate]).to be > 1
  end
  it "fails as expected" do
    pending "not yet" if ($tried[:pending] += 1) > 1
    raise "boom"
  end
  it "is fixed", pending: "a while" do
    raise "no" if ($tried[:fixed] += 1) > 1
  end
  it { raise "boom" if ($tried[:nameless] += 1) == 1; expect(1).to eq 1 }
  after { raise "after" if ($tried[:after] += 1) == 1 }
end
""",
    )
    wants(intake, **RETRIES)
    ran = Ran(project, framework, intake, "--order=rand:5")
    assert (ran.counts, ran.status) == ((5, 0, 2), 0), ran.printed
    assert ran.statuses("aggregates")[-1] == "pass"
    assert ran.statuses("fails as expected") == ["fail", "pass"]
    assert ran.statuses("is fixed") == ["fail", "pass"]
    assert ran.said("own context") >= 2
    assert (
        "is expected to eq 1"
        in Ran(project, framework, intake, "--format=documentation", ALIBI_NOSELECT="1").printed
    )


def test_an_example_that_ends_the_run_ends_it(tmp_path: Path, intake: MisbehavingIntake) -> None:
    project, framework = rspec_only(
        tmp_path,
        """
RSpec.describe "Calc" do
  it "fails" do
    Process.kill(:INT, Process.pid) if ($tried[:first] += 1) == 2
    raise "boom"
  end
  it("never runs") { said "more" }
end
""",
    )
    wants(intake, **RETRIES)
    ran = Ran(project, framework, intake)
    assert ran.statuses("fails") == ["fail", "fail"], ran.printed
    assert ran.said("more") == 0
    assert ran.status == 1


def test_a_retry_of_the_project_itself_is_one_attempt(tmp_path: Path, intake: MisbehavingIntake) -> None:
    project, framework = rspec_only(
        tmp_path,
        """
RSpec.configure do |config|
  config.around do |procsy|  # as rspec-retry does it
    3.times do
      procsy.example.instance_variable_set(:@exception, nil)
      procsy.example.example_group_instance.instance_variable_set(:@__memoized, nil)
      procsy.example.example_group_instance.send(:__init_memoized)
      procsy.run
      break unless procsy.example.exception
    end
  end
end
RSpec.describe "Calc" do
  it("needs three") { raise "boom" if ($tried[:three] += 1) < 3 }
  it("needs five") { raise "boom" if ($tried[:five] += 1) < 5 }
end
""",
    )
    wants(intake, **RETRIES)
    ran = Ran(project, framework, intake)
    assert (ran.counts, ran.status) == ((2, 0, 0), 0), ran.printed
    assert ran.statuses("needs three") == ["pass"]
    assert ran.statuses("needs five") == ["fail", "pass"]


MINITEST = """
require "minitest/autorun"
$tried = Hash.new(0)
def said(what) = warn("SAID #{what}")
"""


@pytest.mark.parametrize("kind", ["threads", "spec", "around", "forks", "rails"])
def test_minitest_of_every_kind_is_tried_again(tmp_path: Path, intake: MisbehavingIntake, kind: str) -> None:
    beginnings = {
        "threads": "class CalcTest < Minitest::Test\n  parallelize_me!\n",
        "spec": 'describe "CalcTest" do\n  let(:own) { [] }\n',
        "around": 'require "minitest/around/unit"\nclass CalcTest < Minitest::Test\n'
        '  def around = said("around") || yield\n',
        "forks": "class CalcTest < Minitest::Test\n  def run = own_process { super }\n"
        "  def own_process\n    read, write = IO.pipe.each(&:binmode)\n"
        "    pid = fork { write.write(Marshal.dump(yield)); write.close; exit!(0) }\n"
        "    write.close\n    Marshal.load(read.read).tap { Process.wait(pid) }\n  end\n",
        "rails": 'require "active_support"\nrequire "active_support/test_case"\n'
        "class CalcTest < ActiveSupport::TestCase\n"
        "  known = method(:parallelize).parameters.map(&:last)\n"
        "  parallelize(**{ workers: 2, threshold: 0 }.slice(*known))\n",
    }
    if kind in ("around", "rails"):
        question = 'require "minitest"; require "active_support"; require "minitest/around"; '
        question += "exit(Minitest::VERSION.to_i == 5)"  # Rails before 8.1 hangs with Minitest 6
        load = {**os.environ, "RUBYLIB": os.environ.get("ALIBI_TEST_LOAD", "")}
        if subprocess.run([ruby(), "-e", question], env=load, capture_output=True, check=False).returncode:
            pytest.skip("no minitest-around, no ActiveSupport, or one that Minitest is too new for")
    body = "".join(
        f"  def test_{words} = (File.write('../tried', '{words} ', mode: 'a'); {what})\n"
        for words, what in {
            "flaky": "File.read('../tried').split.count('flaky') == 1 && raise('boom')",
            "fails": "raise('always')",
            "other": "assert(true)",
            "off": "raise('off')",
        }.items()
    )
    project = made(tmp_path, {"test/calc_test.rb": MINITEST + beginnings[kind] + body + "end\n"})
    framework = Framework("minitest")
    wants(intake, **RETRIES, **MANAGEMENT)
    manages(intake, framework, fails=["quarantined"], off=["disabled"])
    ran = Ran(project, framework, intake, DD_CIVISIBILITY_FLAKY_RETRY_COUNT="2")
    assert (ran.counts, ran.status) == ((4, 0, 2), 0), ran.printed
    assert ran.statuses("flaky") == ["fail", "pass"]
    assert ran.statuses("fails") == ["fail"] * 3
    assert ran.statuses("off") == ["skip"]
    tried = (tmp_path / "tried").read_text().split()
    assert [tried.count(each) for each in ("flaky", "fails", "other", "off")] == [2, 3, 1, 0]
    verbose = Ran(project, framework, intake, "--verbose", DD_CIVISIBILITY_FLAKY_RETRY_COUNT="0")
    assert "Quarantined by Datadog, its failure does not count" in verbose.printed
    assert "Flaky test is disabled by Datadog" in verbose.printed


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
            new = 'it("is new") { said "new" }' if path.parent.name == "spec" else 'def test_new = said("new")'
            text = path.read_text()
            path.write_text(text[: text.rindex("end")] + f"  {new}\nend\n")
        printed = project.run(framework.command(), url, **patience)
        assert framework.counts(printed) == (5, 1, 1), printed
        assert printed.splitlines().count("SAID new") == 3
        assert "alibi: 3 tests were tried again (1 flaky)" in printed
        assert {"known_tests", "test_management"} <= set(requests_of(url))
