"""What the service wants, in what only RSpec or Minitest has: formatters, hooks, threads, processes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from misbehaving_intake import MisbehavingIntake
from ruby_at_hand import ruby
from service_runs import MANAGEMENT, RETRIES, Framework, Ran, intake, made, manages, project, wants
from test_reporting import Project

__all__ = ["intake", "project"]  # fixtures


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
