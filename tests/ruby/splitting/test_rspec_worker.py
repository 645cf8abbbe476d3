"""RSpec as a persistent worker: hooks, outcomes and evidence are those of a plain run of the same files."""

import re
from pathlib import Path

import pytest

DRIVERS = Path(__file__).resolve().parents[3] / "collector" / "framework" / "drivers"

HELPER = """
def note(text) = File.open(ENV["JOURNAL"], "a") { |file| file.puts(text) }
RSpec.configure do |config|
  config.before(:suite) { note "suite begins" }
  config.after(:suite) { note "suite ends" }
  config.filter_run_when_matching :focus
end
"""
SPEC = """
require "spec_helper"
RSpec.describe "{0}" do
  before(:context) {{ note "+{0}" }}
  after(:context) {{ note "-{0}" }}
  before {{ note "before" }}
  it("one") {{ note "{0} one" }}
  context "inner" do
    it("two") {{ note "{0} two" }}
  end
end
"""


@pytest.fixture
def specs(project):
    project.write("spec/spec_helper.rb", HELPER)
    return project, [project.write(f"spec/{name}_spec.rb", SPEC.format(name)) for name in ("a", "b", "ü")]


def test_hooks_run_as_in_a_plain_run(specs):
    project, files = specs
    plain = project.plain_rspec(files)
    run = project.rspec(files)
    assert run.journal == plain.journal
    assert run.journal.count("suite begins") == 1
    assert run.status == plain.returncode == 0, run.output
    assert run.messages[0]["framework"] == "rspec"
    assert run.outcomes == ["passed"] * 3
    assert [done["tests"] for done in run.all("done")] == [2, 2, 2]
    assert "6 examples, 0 failures" in run.output
    assert run.output.count("Finished in") == 1


def test_loading_a_file_is_told_apart_from_its_examples(project):
    file = project.write("spec/a_spec.rb", "sleep 0.2\nRSpec.describe('a') { it('x') { sleep 0.1 } }\n")
    done = project.rspec([file]).all("done")[0]
    assert 200 <= done["loading_ms"] <= done["ms"] - 100


def test_dot_rspec_may_require_the_helper_and_choose_the_format(specs):
    project, files = specs
    project.write(".rspec", "--require spec_helper\n--format documentation\n")
    run = project.rspec(files)
    assert run.journal == project.plain_rspec(files).journal
    assert re.findall(r"^\S+$", run.output, re.MULTILINE)[:3] == ["a", "b", "ü"]


def test_hooks_of_a_helper_that_only_a_later_file_requires_run_before_its_examples(specs):
    project, files = specs
    project.write(
        "spec/late.rb",
        'RSpec.configure { |c| c.before(:suite) { note "late" }; c.after(:suite) { note "late ends" } }\n',
    )
    late = project.write(
        "spec/late_spec.rb", 'require "late"\nRSpec.describe("L") { it("l") { note "l" } }\n'
    )
    run = project.rspec([files[0], late])
    assert run.journal.count("suite begins") == 1
    assert run.journal[-4:] == ["late", "l", "late ends", "suite ends"]


def test_failures_are_told_with_what_selects_them(specs):
    project, files = specs
    bad = project.write(
        "spec/bad_spec.rb", 'RSpec.describe("B") { it("x") {}\n it("y") { expect(1).to eq(2) } }\n'
    )
    run = project.rspec([files[0], bad, ("spec/bad_spec.rb", ["spec/bad_spec.rb[1:1]"]), files[1]])
    assert run.outcomes == ["passed", "failed", "passed", "passed"]
    assert run.all("done")[1]["failed"] == ["spec/bad_spec.rb[1:2]"]
    assert [done["tests"] for done in run.all("done")] == [2, 2, 1, 2]
    assert run.status == 1
    assert "rspec ./spec/bad_spec.rb:2" in run.output


def test_selectors_of_one_unit_are_none_of_the_next(specs):
    project, files = specs
    parts = [(files[0], [f"{files[0]}[1:1]"]), (files[0], [f"{files[0]}[1:2:1]"]), files[1]]
    run = project.rspec(parts)
    assert [line for line in run.journal if " " in line and "suite" not in line] == [
        "a one",
        "a two",
        "b one",
        "b two",
    ]


def test_a_failed_unit_is_loaded_again(specs):
    project, files = specs
    flaky = project.write(
        "spec/flaky_spec.rb",
        'RSpec.describe("F") { it("x") { expect(File.exist?("mark") || !File.write("mark", "")).to be true } }\n',
    )
    run = project.rspec([flaky, files[0]], retry=[1])
    assert [(done["done"], done["outcome"]) for done in run.all("done")] == [
        (1, "failed"),
        (1, "passed"),
        (2, "passed"),
    ]


def test_focus_holds_for_the_file_that_has_some(specs):
    project, files = specs
    focused = project.write("spec/focus_spec.rb", 'RSpec.describe("F") { it("x", :focus) {}\n it("y") {} }\n')
    run = project.rspec([files[0], focused, files[1], focused])
    assert [done["tests"] for done in run.all("done")] == [2, 1, 2, 1]


@pytest.mark.parametrize("body", ['raise "no"', 'require "nothing_of_this_name"', "exit 3", "def ("])
def test_a_file_that_cannot_be_loaded_fails_alone(specs, body):
    project, files = specs
    broken = project.write("spec/broken_spec.rb", f"{body}\n")
    run = project.rspec([broken, files[0], broken, files[1]])
    assert run.outcomes == ["failed", "passed", "failed", "passed"], run.output
    assert run.done[1]["failed"] == [broken]
    assert run.status == 1
    assert "4 examples, 0 failures" in run.output


def test_fail_fast_ends_the_worker(specs):
    project, files = specs
    bad = project.write("spec/bad_spec.rb", 'RSpec.describe("B") { it("y") { expect(1).to eq(2) } }\n')
    run = project.rspec([bad, files[0]], "--fail-fast")
    assert run.outcomes == ["failed"]
    assert run.all("stop")
    assert run.status == 1


def test_a_unit_that_fail_fast_cuts_short_is_to_run_again_as_a_whole(specs):
    project, _ = specs
    body = 'RSpec.describe("B") { it("x") { expect(1).to eq(2) }\n it("y") {}\n it("z") {} }\n'
    bad = project.write("spec/bad_spec.rb", body)
    done = project.rspec([bad], "--fail-fast").done[1]
    assert (done["outcome"], done["tests"], done["left_out"]) == ("failed", 1, 2)
    assert done["failed"] == [bad]
    part = [f"{bad}[1:1]", f"{bad}[1:3]"]
    assert project.rspec([(bad, part)], "--fail-fast").done[1]["failed"] == part


@pytest.mark.parametrize("expected", [1, 2])
def test_a_unit_that_a_signal_cuts_short_is_not_passed(specs, expected):
    project, files = specs
    stop = project.write(
        "spec/stop_spec.rb",
        f'RSpec.describe("S") {{ it("x") {{ expect(1).to eq({expected}) }}\n'
        ' it("y") { Process.kill("INT", Process.pid); sleep 0.1 }\n it("z") {} }\n',
    )
    run = project.rspec([stop, files[0]])
    assert run.outcomes == ["failed"]
    assert run.done[1]["failed"] == ([stop] if expected == 2 else [])
    assert run.all("stop")
    assert run.status == 1


@pytest.mark.parametrize("before", ["suite", "nothing"])
def test_a_failure_after_the_suite_is_told_last(specs, before):
    project, files = specs
    broken = project.write("spec/broken_spec.rb", 'raise "no"\n')
    units = files if before == "nothing" else [broken, *files]
    assert not project.rspec(units).all("failed_outside")
    project.write(
        "spec/spec_helper.rb", HELPER + 'RSpec.configure { |c| c.after(:suite) { raise "late" } }\n'
    )
    run = project.rspec(units)
    assert run.outcomes[-3:] == ["passed"] * 3
    assert run.messages[-1] == {"failed_outside": True}
    assert run.status == 1


def test_a_retry_that_finds_nothing_of_what_failed_is_failed(specs):
    project, files = specs
    gone = {"file": files[0], "arguments": [f"{files[0]}[1:9]"], "attempt": 2}
    run = project.rspec([gone, {**gone, "attempt": 1}])
    assert [(done["outcome"], done["failed"]) for done in run.all("done")] == [
        ("failed", [files[0]]),
        ("passed", []),
    ]
    assert run.status == 1
    empty = project.write("spec/empty_spec.rb", 'require "spec_helper"\n')
    again = {"file": empty, "arguments": [empty], "attempt": 2}
    assert project.rspec([again]).outcomes == ["failed"]
    whole = {"file": files[0], "arguments": [files[0]], "attempt": 2}
    assert project.rspec([whole], "--tag", "nothing").outcomes == ["passed"]


def test_a_batch_that_a_signal_interrupts_ends_with_its_status(specs):
    project, files = specs
    driver = [
        "--require",
        str(DRIVERS / "alibi_rspec_junit.rb"),
        "--format",
        "AlibiRspecJunit",
        "--out",
        "j.xml",
    ]
    body = 'RSpec.describe("S") {{ it("y") {{ {0} }}\n it("z") {{}} }}\n'
    stop = project.write("spec/stop_spec.rb", body.format('Process.kill("INT", Process.pid); sleep 0.1'))
    assert project.plain_rspec([stop, files[0]], *driver).returncode == 130
    assert "</testsuite>" in (project.folder / "j.xml").read_text()
    project.write("spec/stop_spec.rb", body.format("expect(1).to eq 2"))
    assert project.plain_rspec([stop, files[0]], *driver).returncode == 1
    assert project.plain_rspec(files, *driver).returncode == 0


def test_a_failed_suite_hook_ends_the_worker(specs):
    project, files = specs
    project.write("spec/spec_helper.rb", HELPER + 'RSpec.configure { |c| c.before(:suite) { raise "no" } }\n')
    run = project.rspec(files)
    assert run.status == 1
    assert run.outcomes == ["failed"]
    assert run.all("stop")


def test_empty_files_and_nothing_at_all(specs):
    project, files = specs
    empty = project.write("spec/empty_spec.rb", "")
    run = project.rspec([empty, files[0]])
    assert (run.outcomes, run.status) == (["none", "passed"], 0)
    assert project.rspec([]).status == 0
    project.write("spec/spec_helper.rb", HELPER + "RSpec.configure { |c| c.fail_if_no_examples = true }\n")
    empty = project.write("spec/empty_spec.rb", 'require "spec_helper"\n')
    run = project.rspec([empty])
    assert (run.outcomes, run.status) == (["none"], 0), run.output
    assert project.rspec([empty, files[0]]).status == 0


def test_a_crash_and_an_exit_end_the_worker_in_their_unit(specs):
    project, files = specs
    crash = project.write("spec/crash_spec.rb", 'RSpec.describe("C") { it("y") { exit!(9) } }\n')
    run = project.rspec([files[0], crash, files[1]])
    assert run.status == 9
    assert list(run.done) == [1]
    assert len(run.all("begin")) == 2
    leave = project.write("spec/leave_spec.rb", 'RSpec.describe("C") { it("y") { exit(7) } }\n')
    run = project.rspec([leave, files[1]])
    assert run.outcomes == ["failed"]
    assert run.all("stop")
    assert run.status == 7


def test_a_closed_socket_means_no_more_units(specs):
    project, files = specs
    run = project.rspec(files, close_after=1)
    assert run.status == 0
    assert "2 examples, 0 failures" in run.output


def test_examples_see_neither_the_socket_nor_the_variables(project):
    file = project.write(
        "spec/a_spec.rb",
        'RSpec.describe("A") { it("x") { expect(ENV.keys.grep(/ALIBI_WORKER/)).to be_empty\n'
        " expect(RSpec.configuration.requires.grep(/worker/)).to be_empty } }\n",
    )
    run = project.rspec([file])
    assert run.status == 0, run.output


def test_what_the_helper_asks_of_all_files_is_answered(project):
    project.write("list.txt", "spec/a_spec.rb\nspec/b_spec.rb\n")
    file = project.write(
        "spec/a_spec.rb",
        'RSpec.describe("A") { it("x") { expect(RSpec.configuration.files_to_run.size).to eq 2 } }\n',
    )
    project.environment["ALIBI_WORKER_FILES"] = "list.txt"
    run = project.rspec([file])
    assert run.status == 0, run.output


def test_two_hundred_files(specs):
    project, _ = specs
    files = [
        project.write(
            f"spec/n{n}_spec.rb", f'RSpec.describe("{n}") {{ it("x") {{ expect({n}).not_to eq 77 }} }}\n'
        )
        for n in range(200)
    ]
    run = project.rspec(files)
    assert run.outcomes.count("passed") == 199
    assert run.done[78]["outcome"] == "failed"
    assert "200 examples, 1 failure" in run.output


CODE = {
    "lib/one.rb": "def one = 1\n",
    "lib/two.rb": "def two = 2\n",
    ".rspec": "--require testalibi/rspec\n--require ./spec/strict\n-Ilib\n",
    "spec/strict.rb": "RSpec.configure { |c| c.fail_if_no_examples = true }\n",
    "spec/a_spec.rb": 'require "one"\nRSpec.describe("A") { before(:context) { @x = one }\n it("x") { expect(@x).to eq 1 } }\n',
    "spec/b_spec.rb": 'require "two"\nRSpec.describe("B") { it("x") { expect(two).to eq 2 }\n it("y") {} }\n',
    "spec/c_spec.rb": 'require "one"\nRSpec.describe("C") { it("x") { expect(one + File.size(".rspec")).to be > 1 } }\n',
}
SPECS = [name for name in CODE if name.endswith("_spec.rb")]


def test_alibis_evidence_is_that_of_a_plain_run(project, twin, tmp_path):
    for each in (project, twin):
        each.use_alibi(tmp_path / "native")
        for name, text in CODE.items():
            each.write(name, text)
    run = project.rspec(SPECS)
    plain = twin.plain_rspec(SPECS)
    assert "alibi: recorded 4 tests" in run.output, run.output
    assert "alibi: recorded 4 tests" in plain.stdout, plain.stdout
    found, expected = project.evidence(), twin.evidence()
    assert sorted(found) == sorted(expected)
    assert len(found) == 4
    for test in expected:
        assert found[test] == expected[test], test


def test_alibi_leaves_out_what_no_change_can_break(project, tmp_path):
    project.use_alibi(tmp_path / "native")
    for name, text in CODE.items():
        project.write(name, text)
    assert project.rspec(SPECS).status == 0
    run = project.rspec(SPECS)
    assert [done["tests"] for done in run.all("done")] == [0, 0, 0], run.output
    assert run.status == 0
    assert run.outcomes == ["passed"] * 3
    project.write("lib/one.rb", "def one = 3\n")
    run = project.rspec(SPECS)
    assert [done["tests"] for done in run.all("done")] == [1, 0, 1], run.output
    assert run.outcomes == ["failed", "passed", "passed"]
    assert "2 tests ran, 2 left out" in run.output


@pytest.mark.parametrize("number", ["", "0", "99"])
def test_without_anybody_to_ask_nothing_runs(specs, number):
    project, files = specs
    project.environment["ALIBI_WORKER_SOCKET"] = number
    done = project.plain_rspec(files, "--require", str(DRIVERS / "alibi_rspec_worker.rb"))
    assert done.returncode == 1
    assert "nobody to ask" in done.stdout
    assert done.journal == []


@pytest.mark.parametrize(
    "change",
    [
        "it('x') { Dir.chdir('/') }",
        "before(:all) { Dir.chdir(Dir.mktmpdir) }; it('x') { Dir.rmdir(Dir.pwd) }",
    ],
    ids=["elsewhere", "a removed one"],
)
def test_a_directory_that_examples_leave_is_theirs_alone(project, change):
    """A plain run has loaded every file before: what stands beside the project is found."""
    first = project.write("spec/a_spec.rb", f"require 'tmpdir'\nRSpec.describe('a') {{ {change} }}\n")
    text = "NOTE = File.read('note.txt')\nRSpec.describe('b') {\n  it('x') { expect(NOTE).to eq('n') }\n  it('y') { expect(Dir.pwd).to end_with('/project') }\n}\n"
    second = project.write("spec/b_spec.rb", text)
    project.write("note.txt", "n")
    run = project.rspec([first, second, (second, [f"{second}[1:2]"])])
    assert run.outcomes == ["passed"] * 3, run.output
    assert [done["tests"] for done in run.all("done")] == [1, 2, 1]
    assert run.status == 0


def test_a_directory_that_hooks_and_helpers_choose_holds_for_all_files(project):
    helper = "require 'fileutils'\nRSpec.configure { |c| c.before(:suite) { FileUtils.mkdir_p('work'); Dir.chdir('work') } }\n"
    project.write("spec/spec_helper.rb", helper)
    text = "require 'spec_helper'\nHERE_{0} = Dir.pwd\nRSpec.describe('{0}') {{ it('x') {{ expect(Dir.pwd).to end_with('/work'); expect(HERE_{0}).to end_with('/project'); Dir.chdir('/') }} }}\n"
    files = [project.write(f"spec/{name.lower()}_spec.rb", text.format(name)) for name in "ABC"]
    run = project.rspec(files)
    assert run.outcomes == ["passed"] * 3, run.output


def test_a_test_that_closes_every_descriptor_ends_nothing(project):
    closes = "RSpec.describe('c') { it('x') { (3..30).each { |i| IO.for_fd(i).close rescue 0 } } }\n"
    files = [project.write("spec/a_spec.rb", closes), project.write("spec/b_spec.rb", SPEC_ALONE)]
    run = project.rspec(files)
    assert run.outcomes == ["passed"] * 2, run.output
    assert run.status == 0


def test_a_worker_whose_connection_is_closed_by_a_test_finishes_by_itself(project):
    closes = "RSpec.describe('c') { it('x') { (3..999).each { |i| IO.for_fd(i).close rescue 0 } } }\n"
    run = project.rspec(
        [project.write("spec/a_spec.rb", closes), project.write("spec/b_spec.rb", SPEC_ALONE)]
    )
    assert "1 example, 0 failures" in run.output
    assert "Bad file descriptor" not in run.output
    assert run.status == 0


SPEC_ALONE = "RSpec.describe('alone') { it('x') {} }\n"
