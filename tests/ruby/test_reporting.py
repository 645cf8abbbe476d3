"""RSpec and Minitest runs that are reported to a Test Optimization service."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from misbehaving_intake import MisbehavingIntake
from msgpack_reader import unpacked
from ruby_at_hand import abi, native_folder, ruby
from serving import requests_of, serving

ROOT = Path(__file__).resolve().parents[2]
COMMAND = os.environ.get("ALIBI_COMMAND") or str(
    Path(os.environ["ALIBI_BUILD"]).resolve() / "collector/cli/alibi"
)
CALC = "class Calc\n  def add(a, b)\n    a + b\n  end\n\n  def sub(a, b)\n    a - b\n  end\nend\n"
SPEC = """
require_relative "../lib/calc"
RSpec.describe Calc do
  it("adds") { expect(subject.add(1, 2)).to eq 3 }
  it("subtracts") { expect(subject.sub(3, 2)).to eq 1 }
  it("fails", :datadog_itr_unskippable) { raise ArgumentError, "boom" }
  it("waits") { skip "not now" }
end
"""
TEST = """
require "minitest/autorun"
require_relative "../lib/calc"
class CalcTest < Minitest::Test
  def test_add = assert_equal(3, Calc.new.add(1, 2))
  def test_sub = assert_equal(1, Calc.new.sub(3, 2))
  datadog_itr_unskippable :test_fail
  def test_fail = raise(ArgumentError, "boom")
  def test_wait = skip("not now")
end
"""


FEATURE = """Feature: Calculating

  Scenario: adds
    Then add gives 3

  Scenario: subtracts
    Then sub gives 1

  @datadog_itr_unskippable
  Scenario: fails
    Then it fails with boom

  Scenario: waits
    Then it waits
"""
STEPS = """
require "testalibi/cucumber"
require_relative "../../lib/calc"
Then(/^add gives 3$/) { raise "wrong" unless Calc.new.add(1, 2) == 3 }
Then(/^sub gives 1$/) { raise "wrong" unless Calc.new.sub(3, 2) == 1 }
Then(/^it fails with boom$/) { raise ArgumentError, "boom" }
Then(/^it waits$/) { skip_this_scenario("not now") }
"""


class Project:
    def __init__(self, folder: Path, native: Path) -> None:
        self.folder = folder
        self._native = native
        self.status = 0  # of the last run

    def run(self, command: list[str], url: str, **more: str) -> str:
        environment = {
            **os.environ,
            "ALIBI": "1",
            "ALIBI_COMMAND": COMMAND,
            "ALIBI_RUBY_NATIVE_DIR": str(self._native),
            # ALIBI_TEST_LOAD: folders of another version of a framework, as in frameworks/project.rb
            "RUBYLIB": f"{os.environ.get('ALIBI_TEST_LOAD', '')}:{ROOT / 'ruby_ext' / 'lib'}".lstrip(":"),
            "DD_CIVISIBILITY_AGENTLESS_ENABLED": "1",
            "DD_CIVISIBILITY_AGENTLESS_URL": url,
            "DD_API_KEY": "0123456789abcdef",
            **more,
        }
        done = subprocess.run(
            [ruby(), *command], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        self.status = done.returncode
        return done.stdout + done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "shop"
    files = {"lib/calc.rb": CALC, "spec/calc_spec.rb": SPEC, "test/calc_test.rb": TEST}
    files.update({"features/calc.feature": FEATURE, "features/support/env.rb": STEPS})
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git = ["git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=e"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], check=True)
    return Project(folder, native_folder(tmp_path))


def rspec() -> list[str]:
    return ["-S", "rspec", "--require", "testalibi/rspec"]


def cucumber() -> list[str]:
    return ["-S", "cucumber"]


def minitest() -> list[str]:
    return ["-rtestalibi/minitest", "test/calc_test.rb"]


SUITES = {
    "rspec": "Calc at ./spec/calc_spec.rb",
    "minitest": "CalcTest at test/calc_test.rb",
    "cucumber": "Calculating at features/calc.feature",
}
NAMES = {
    "rspec": ("adds", "subtracts", "fails", "waits"),
    "minitest": ("test_add", "test_sub", "test_fail", "test_wait"),
    "cucumber": ("adds", "subtracts", "fails", "waits"),
}


def events(intake: MisbehavingIntake, kind: str = "test", since: int = 0) -> list[dict[str, Any]]:
    found = []
    for request in intake.accepted("citestcycle")[since:]:
        found += [e["content"] for e in unpacked(request.body)["events"] if e["type"] == kind]
    return found


@pytest.mark.parametrize("framework", [rspec, minitest, cucumber])
def test_a_run_reports_tests_as_the_service_names_them(
    project: Project, framework: Callable[[], list[str]]
) -> None:
    name = framework.__name__
    add, _, fail, wait = NAMES[name]
    with MisbehavingIntake("ok") as intake:
        printed = project.run(framework(), intake.url)
        tests = {event["meta"]["test.name"]: event for event in events(intake)}
        assert sorted(tests) == sorted(NAMES[name]), printed
        meta = tests[add]["meta"]
        assert (meta["test.module"], meta["test.suite"]) == (name, SUITES[name])
        assert meta["test.status"] == "pass"
        assert meta["test.source.file"].endswith(
            ("spec/calc_spec.rb", "test/calc_test.rb", "features/calc.feature")
        )
        assert tests[fail]["meta"]["test.status"] == "fail"
        assert tests[fail]["meta"]["test.itr.unskippable"] == "true"
        error = tests[fail]["meta"]
        assert (error["error.type"], error["error.message"]) == ("ArgumentError", "boom")
        assert tests[wait]["meta"]["test.status"] == "skip"
        assert tests[wait]["meta"]["test.skip_reason"] == "not now"
        assert (tests[add]["name"], len(events(intake, "test_session_end"))) == (f"{name}.test", 1)
        span = tests[add]["span_id"]
        (files,) = [
            event["files"]
            for request in intake.accepted("citestcov")
            for event in unpacked(request.parts["coverage1"])["coverages"]
            if event["span_id"] == span
        ]
        bitmap = {file["filename"]: file["bitmap"] for file in files}["lib/calc.rb"]
        assert bitmap[0] & 0b00010001 == 0b00010000  # line 3 ran, line 7 did not
        if name == "rspec":
            assert json.loads(meta["test.parameters"]) == {"arguments": {}, "metadata": {"scoped_id": "1:1"}}


@pytest.mark.parametrize("framework", [rspec, minitest, cucumber])
def test_a_test_is_left_out_when_neither_the_service_nor_the_evidence_objects(
    project: Project, framework: Callable[[], list[str]]
) -> None:
    name = framework.__name__
    add, sub, fail, _ = NAMES[name]
    listed = [{"suite": SUITES[name], "name": each} for each in (add, fail)]
    with MisbehavingIntake("ok") as intake:
        answer = {
            "meta": {"correlation_id": "c"},
            "data": [{"type": "test", "attributes": a} for a in listed],
        }
        intake.set_answer("skippable", 200, answer)
        project.run(framework(), intake.url, ALIBI_NOSELECT="1")
        for trust, expected in (("both", {add}), ("service", {add}), ("local", {add, sub})):
            before = len(intake.accepted("citestcycle"))
            printed = project.run(framework(), intake.url, ALIBI_TRUST=trust)
            told = events(intake, since=before)
            assert len(told) == 4, printed
            skipped = [e["meta"] for e in told if e["meta"].get("test.skipped_by_itr") == "true"]
            names = {meta["test.name"] for meta in skipped}
            assert names - {NAMES[name][3]} == expected, (trust, printed)
            assert {meta["test.skip_reason"] for meta in skipped} == {
                "Skipped by Datadog's Test Impact Analysis"
            }


NAMED_SPEC = """
require_relative "../lib/calc"
RSpec.describe Calc do
  it("gives #{Object.new}") { expect(subject.add(1, 2)).to eq 3 }
  it("is at #{Time.now.strftime("%F %T")}") { expect(subject.sub(3, 2)).to eq 1 }
  describe("sums") { it { subject.add(1, 2) } }
  describe("class") { it { is_expected.to be_a(Calc) } }
  it("  ") { 1 }
end
"""
NAMED_TEST = """
require "minitest/autorun"
require_relative "../lib/calc"
require_relative "shared"
class CalcTest < Minitest::Test
  include Shared
  [[1, 2], 4..5, Object.new].each do |with|
    define_method("test_with #{with.inspect}") { assert_equal 3, Calc.new.add(1, 2) }
  end
end
"""


def test_names_that_differ_from_run_to_run_are_told_as_the_vendors_client_does(project: Project) -> None:
    files = {"spec/calc_spec.rb": NAMED_SPEC, "test/calc_test.rb": NAMED_TEST}
    files["test/shared.rb"] = "module Shared\n  def test_shared = assert(Calc)\nend\n"
    for name, text in files.items():
        (project.folder / name).write_text(text)
    of_block = "is expected to be a Calc" if abi() >= "3.2" else "anonymous example"
    expected = {
        "rspec": {
            SUITES["rspec"]: [
                "anonymous example",
                f"class {of_block}",
                "gives OBJECT:Object",
                "is at TIME",
                "sums anonymous example",
            ]
        },
        "minitest": {
            SUITES["minitest"]: [
                "test_shared",
                "test_with ARRAY",
                "test_with OBJECT:Object",
                "test_with RANGE",
            ]
        },
    }
    with MisbehavingIntake("ok") as intake:
        for framework in (rspec, minitest):
            before = len(intake.accepted("citestcycle"))
            printed = project.run(framework(), intake.url)
            told: dict[str, list[str]] = {}
            for event in events(intake, since=before):
                told.setdefault(event["meta"]["test.suite"], []).append(event["meta"]["test.name"])
            assert {suite: sorted(names) for suite, names in told.items()} == expected[framework.__name__], (
                printed
            )
            again = project.run(framework(), intake.url, ALIBI_EXPLAIN="all")
            assert "#<Object:0x" in again
            assert "OBJECT" not in again, "our own ids stay"


@pytest.mark.parametrize("mode", ["silent", "reset", "503"])
def test_an_intake_that_misbehaves_changes_no_outcome(project: Project, mode: str) -> None:
    with MisbehavingIntake(mode) as intake:
        printed = project.run(rspec(), intake.url)
    assert "4 examples, 1 failure, 1 pending" in printed
    assert "0123456789abcdef" not in printed


def test_without_an_answer_the_evidence_decides(project: Project) -> None:
    with MisbehavingIntake({"*": "ok", "settings": ["ok", "503"]}) as intake:
        project.run(rspec(), intake.url, ALIBI_NOSELECT="1")
        assert "1 tests ran, 3 left out" in project.run(rspec(), intake.url)
    assert "1 tests ran, 3 left out" in project.run(rspec(), "http://127.0.0.1:9")


def test_a_test_that_changes_the_environment_is_reported_all_the_same(project: Project) -> None:
    (project.folder / "spec/calc_spec.rb").write_text(
        SPEC.replace('raise ArgumentError, "boom"', 'ENV.delete_if { |name, _| name.start_with?("DD_") }')
    )
    with MisbehavingIntake("ok") as intake:
        printed = project.run(rspec(), intake.url)
        assert f"alibi: reported to the intake at {intake.url}" in printed
        assert len(events(intake)) == 4


@pytest.mark.parametrize("framework", [rspec, minitest, cucumber])
def test_alibi_serve_takes_all_of_it_and_its_list_is_followed(
    project: Project, framework: Callable[[], list[str]], tmp_path: Path
) -> None:
    git = ["git", "-C", str(project.folder), "remote", "add", "origin", "https://example.com/acme/shop.git"]
    subprocess.run(git, check=True)
    with serving(COMMAND, tmp_path / "store") as url:
        project.run(framework(), url)
        printed = project.run(framework(), url, ALIBI_TRUST="service")
        assert "2 tests ran, 2 left out" in printed, printed
        assert {"citestcycle", "citestcov", "packfile", "skippable"} <= set(requests_of(url))
