"""RSpec, Minitest and Cucumber: what there is to run, how it is run, reports without another gem."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ElementTree

import pytest
from example_project import BUILD, ROOT

SPECS = {
    "spec/a_spec.rb": """
RSpec.describe "Calc" do
  it("adds") { expect(1 + 1).to eq 2 }
  describe "deep" do
    it("fails <&>") { expect(1).to eq 2 }
    it("is pending")
  end
end
RSpec.describe("Other") { it("works") { expect(3).to eq 3 } }
""",
    "spec/b_spec.rb": 'RSpec.describe("B") { it("is") { expect(1).to eq 1 } }\n',
    "lib/thing.rb": "def thing = 1\n",
}
TESTS = {
    "test/a_test.rb": """
require "test_helper"
class ATest < Minitest::Test
  def test_one; assert true; end
  def test_two; assert_equal 1, 2; end
  def test_three; skip "later"; end
  %w[x y].each { |name| define_method("test_#{name}") { assert true } }
end
""",
    "test/deep/b_test.rb": 'require "test_helper"\ndescribe("Thing") { it("works") { _(1).must_equal 1 } }\n',
    "test/test_helper.rb": 'require "minitest/autorun"\n',
}
FEATURES = {
    "features/a.feature": """Feature: Calculator
  Scenario: adding
    Given a step
  Scenario: failing
    Given a bad step
  Scenario Outline: rows
    Given number <n>
    Examples:
      | n |
      | 1 |
      | 2 |
""",
    "features/step_definitions/steps.rb": """
Given(/^a step$/) { }
Given(/^a bad step$/) { raise "bad <x>" }
Given(/^number (\\d+)$/) { |n| }
""",
}


def by_selector(answer):
    assert "error" not in answer["found"], answer["found"]["error"]
    return {test["selector"]: test for test in answer["found"]["tests"]}


def report_of(project):
    cases = ElementTree.parse(project.scratch / "report.xml").findall(".//testcase")
    return {case.get("name"): [child.tag for child in case] for case in cases}


def asked_with_report(project, *settings):
    return project.ask("junit=" + str(project.scratch / "report.xml"), *settings)


def test_examples_have_names_selectors_and_groups(project):
    answer = project.write(SPECS).ask("full")
    assert answer["name"] == "rspec"
    found = by_selector(answer)
    assert list(found) == [
        "spec/a_spec.rb[1:1]",
        "spec/a_spec.rb[1:2:1]",
        "spec/a_spec.rb[1:2:2]",
        "spec/a_spec.rb[2:1]",
        "spec/b_spec.rb[1:1]",
    ]
    deep = found["spec/a_spec.rb[1:2:1]"]
    assert (deep["module"], deep["suite"], deep["name"]) == (
        "rspec",
        "Calc at ./spec/a_spec.rb",
        "deep fails <&>",
    )
    assert deep["group"] == "spec/a_spec.rb[1:2]"
    assert deep["file"] == "spec/a_spec.rb"


def test_specs_run_and_are_reported_without_another_gem(project):
    (launch,) = asked_with_report(project.write(SPECS))["launches"]
    done = project.launch(launch)
    assert "5 examples, 1 failure, 1 pending" in done.stdout
    assert done.returncode == 1
    report = report_of(project)
    assert report == {
        "Calc adds": [],
        "Calc deep fails <&>": ["failure"],
        "Calc deep is pending": ["skipped"],
        "Other works": [],
        "B is": [],
    }


def test_an_own_executable_of_the_project_is_preferred(project):
    project.write({**SPECS, "bin/rspec": '#!/bin/sh\nexec rspec --seed 1 "$@"\n'})
    assert project.ask()["launches"][0]["command"][0] == "rspec"
    (project.folder / "bin" / "rspec").chmod(0o755)
    answer = project.ask("full")
    assert answer["launches"][0]["command"][0] == "bin/rspec"
    assert len(answer["found"]["tests"]) == 5


def test_specs_that_cannot_be_loaded_are_an_error_with_what_rspec_said(project):
    project.write({**SPECS, "spec/b_spec.rb": "require 'nowhere'\n"})
    assert "nowhere" in project.ask("full")["found"]["error"]


def test_the_tests_of_minitest_are_run_without_a_rake_task(project):
    answer = asked_with_report(project.write(TESTS), "full")
    assert answer["name"] == "minitest"
    assert answer["found"]["files"] == ["test/a_test.rb", "test/deep/b_test.rb"]
    found = by_selector(answer)
    one = found["test/a_test.rb:4"]
    assert (one["module"], one["suite"], one["name"]) == ("minitest", "ATest at test/a_test.rb", "test_one")
    assert found["test/deep/b_test.rb:2"]["suite"] == "Thing at test/deep/b_test.rb"
    # One line makes several tests: it divides nothing.
    assert sorted(test["name"] for test in answer["found"]["tests"] if not test["selector"]) == [
        "test_x",
        "test_y",
    ]
    (launch,) = answer["launches"]
    done = project.launch(launch)
    assert "6 runs, 5 assertions, 1 failures, 0 errors, 1 skips" in done.stdout, done.stdout + done.stderr
    report = report_of(project)
    assert report["test_two"] == ["failure"]
    assert report["test_three"] == ["skipped"]
    assert len(report) == 6


def test_a_line_selects_the_test_that_begins_there(project):
    (launch,) = project.write(TESTS).ask()["launches"]
    launch["command"] = [*launch["command"][:-2], "test/a_test.rb:4", "test/deep/b_test.rb"]
    assert "2 runs, 2 assertions, 0 failures" in project.launch(launch).stdout


def test_files_called_as_rakes_own_task_wants_them_are_found(project):
    project.write(
        {"test/test_a.rb": TESTS["test/a_test.rb"], "test/test_helper.rb": TESTS["test/test_helper.rb"]}
    )
    answer = project.ask()
    assert answer["name"] == "minitest"
    assert answer["found"]["files"] == ["test/test_a.rb"]


def test_rake_is_told_the_files_as_its_own_task_reads_them(project):
    task = 'require "rake/testtask"\n'
    task += 'Rake::TestTask.new { |t| t.libs << "test"; t.pattern = "test/**/*_test.rb" }\n'
    project.write({**TESTS, "Rakefile": task})
    (launch,) = project.ask("command=rake test", "tests_location=test/deep/*_test.rb")["launches"]
    assert launch["environment"]["TEST_FILES"] == "test/deep/b_test.rb"
    assert "1 runs, 1 assertions" in project.launch(launch).stdout
    (launch,) = project.ask("command=rake test")["launches"]
    assert "6 runs, 5 assertions" in project.launch(launch).stdout


def test_rails_projects_are_run_by_their_own_command(project):
    project.write({**TESTS, "bin/rails": "#!/bin/sh\n", "config/application.rb": ""})
    (project.folder / "bin" / "rails").chmod(0o755)
    command = project.ask()["launches"][0]["command"]
    assert command == ["bin/rails", "test", "test/a_test.rb", "test/deep/b_test.rb"]


def test_scenarios_are_listed_run_and_reported(project):
    answer = asked_with_report(project.write(FEATURES), "full")
    assert answer["name"] == "cucumber"
    found = by_selector(answer)
    assert list(found) == [f"features/a.feature:{line}" for line in (2, 4, 10, 11)]
    assert found["features/a.feature:2"]["suite"] == "Calculator at features/a.feature"
    done = project.launch(answer["launches"][0])
    assert done.returncode == 1
    report = report_of(project)
    assert report["adding"] == []
    assert report["failing"] == ["failure"]
    assert len(report) == 4


def test_the_interpreter_says_what_it_runs_on(project):
    tags = project.write(SPECS).ask()["tags"]
    assert set(tags) == {"os.platform", "os.architecture", "os.version", "runtime.name", "runtime.version"}
    assert (tags["os.platform"], tags["runtime.name"]) == ("linux-gnu", "ruby")


def test_what_is_missing_is_said(project, tmp_path):
    project.write(SPECS)
    assert "there is no ruby on PATH" in project.ask(PATH="/nowhere")["check"]
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "ruby").write_text('#!/bin/sh\nexec /usr/bin/ruby -r%s "$@"\n' % (tmp_path / "none.rb"))
    (tmp_path / "none.rb").write_text(
        "module Kernel; alias r require; def require(n) = n =~ /rspec/ ? raise(LoadError) : r(n); end\n"
    )
    (fake / "ruby").chmod(0o755)
    assert project.ask(PATH=f"{fake}:/usr/bin")["check"] == "rspec is not installed: gem install rspec"


@pytest.fixture
def alibi(project, tmp_path):
    native = tmp_path / "native"
    native.mkdir()
    (library,) = BUILD.glob("ruby_ext/testalibi_native-3.1*.so")
    shutil.copy(library, native / "testalibi_native.so")
    project.variables.update(
        RUBYLIB=str(ROOT / "ruby_ext" / "lib"),
        ALIBI_RUBY_NATIVE_DIR=str(native),
        ALIBI_COMMAND=str(BUILD / "collector" / "cli" / "alibi"),
    )
    return project


def elsewhere(project):
    """Each run has a scratch folder of its own: that must be no change."""
    shutil.rmtree(project.scratch)
    project.scratch = project.scratch.with_name("another scratch")
    project.scratch.mkdir()


def test_alibis_evidence_says_which_examples_need_not_run(alibi):
    specs = {
        ".rspec": "--require testalibi/rspec\n",
        "spec/a_spec.rb": 'RSpec.describe("A") { it("is") { require "thing"; expect(thing).to eq 1 } }\n',
        "spec/b_spec.rb": SPECS["spec/b_spec.rb"],
        "lib/thing.rb": SPECS["lib/thing.rb"],
    }
    (launch,) = asked_with_report(alibi.write(specs))["launches"]
    assert launch["environment"]["ALIBI"] == "1"
    assert "2 examples, 0 failures" in alibi.launch(launch).stdout
    elsewhere(alibi)
    found = alibi.ask("full")["found"]
    assert set(found["cleared"]) == {"spec/a_spec.rb", "spec/b_spec.rb"}
    alibi.write({"lib/thing.rb": "def thing = [1].first\n"})
    before = alibi.content()
    found = alibi.ask("full")["found"]
    assert set(found["cleared"]) == {"spec/b_spec.rb"}
    assert [test["skipped"] for test in found["tests"]] == [False, True]
    assert alibi.content() == before
    assert not alibi.ask("full", "selects=0")["found"]["cleared"]
    (launch,) = asked_with_report(alibi)["launches"]
    done = alibi.launch(launch)
    assert "1 example, 0 failures" in done.stdout, done.stdout


def test_alibis_evidence_says_which_tests_need_not_run(alibi):
    tests = {
        "test/test_helper.rb": 'require "testalibi/minitest"\nrequire "minitest/autorun"\n',
        "test/a_test.rb": 'require "test_helper"\nclass ATest < Minitest::Test\n'
        '  def test_a\n    require "thing"\n    assert_equal 1, thing\n  end\nend\n',
        "test/b_test.rb": 'require "test_helper"\n'
        "class BTest < Minitest::Test\n  def test_b = assert(true)\nend\n",
        "lib/thing.rb": SPECS["lib/thing.rb"],
    }
    (launch,) = asked_with_report(alibi.write(tests))["launches"]
    done = alibi.launch(launch)
    assert "2 runs, 2 assertions, 0 failures" in done.stdout, done.stdout + done.stderr
    elsewhere(alibi)
    found = alibi.ask("full")["found"]
    assert set(found["cleared"]) == {"test/a_test.rb", "test/b_test.rb"}
    alibi.write({"lib/thing.rb": "def thing = [1].first\n"})
    before = alibi.content()
    assert set(alibi.ask("full")["found"]["cleared"]) == {"test/b_test.rb"}
    assert alibi.content() == before
    (launch,) = asked_with_report(alibi)["launches"]
    assert "1 runs, 1 assertions" in alibi.launch(launch).stdout
