"""Runs of RSpec and Minitest that are told what a service wants of tests."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from misbehaving_intake import MisbehavingIntake
from ruby_at_hand import native_folder
from test_reporting import Project, events

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
