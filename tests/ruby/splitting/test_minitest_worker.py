"""Minitest as a persistent worker: outcomes, reports and evidence are those of a plain run of the same files."""

from pathlib import Path

import pytest
from ruby_at_hand import ruby

DRIVERS = Path(__file__).resolve().parents[3] / "collector" / "framework" / "drivers"

HELPER = """
require "minitest/autorun"
def note(text) = File.open(ENV["JOURNAL"], "a") { |file| file.puts(text) }
Minitest.after_run { note "after run" }
class Base < Minitest::Test
  def setup = note("setup")
end
"""
TEST = """
require "test_helper"
class {0}Test < Base
  def test_one = note("{0} one")
  def test_two = note("{0} two")
  def test_three = note("{0} three")
end
"""


@pytest.fixture
def suite(project):
    project.write("test/test_helper.rb", HELPER)
    return project, [project.write(f"test/{name.lower()}_test.rb", TEST.format(name)) for name in "ABC"]


def test_loading_a_file_is_told_apart_from_its_tests(suite):
    project, _ = suite
    text = "sleep 0.2\n" + TEST.format("Slow").replace('note("Slow one")', "sleep(0.1)")
    done = project.minitest([project.write("test/slow_test.rb", text)]).all("done")[0]
    assert 200 <= done["loading_ms"] <= done["ms"] - 100


def test_each_file_runs_in_its_order_with_one_report(suite):
    project, files = suite
    run = project.minitest(files, "--seed", "11")
    each = [project.plain_minitest([file], "--seed", "11").journal[:-1] for file in files]
    assert run.journal == [*each[0], *each[1], *each[2], "after run"], run.output
    assert run.status == 0
    assert run.outcomes == ["passed"] * 3
    assert [done["tests"] for done in run.all("done")] == [3, 3, 3]
    assert run.output.count("9 runs, 0 assertions, 0 failures") == 1
    assert run.messages[0]["framework"] == "minitest"


def test_failures_are_told_with_what_selects_them(suite):
    project, files = suite
    bad = project.write(
        "test/bad_test.rb",
        'require "test_helper"\nclass BadTest < Base\n  def test_a = assert(false)\n  def test_b = skip\n  def test_c = raise("no")\nend\n',
    )
    run = project.minitest([bad, files[0], (bad, [f"{bad}:4"])])
    assert run.outcomes == ["failed", "passed", "passed"]
    assert sorted(run.done[1]["failed"]) == [f"{bad}:3", f"{bad}:5"]
    assert run.done[3]["tests"] == 1
    assert run.status == 1
    assert run.journal[-1] == "after run"


def test_a_failed_unit_may_be_given_again(suite):
    project, files = suite
    flaky = project.write(
        "test/flaky_test.rb",
        'require "test_helper"\nclass F < Base\n  def test_f = assert(File.exist?("mark") || !File.write("mark", ""))\nend\n',
    )
    run = project.minitest([flaky, files[0]], retry=[1])
    assert run.outcomes == ["failed", "passed", "passed"]


def test_a_class_that_two_files_open_runs_each_test_once(suite):
    project, files = suite
    more = project.write(
        "test/more_test.rb", 'require "test_helper"\nclass ATest\n  def test_four = note("four")\nend\n'
    )
    run = project.minitest([files[0], more])
    assert [done["tests"] for done in run.all("done")] == [3, 1]


def test_specs_and_parallel_tests_belong_to_their_unit(suite):
    project, files = suite
    spec = project.write(
        "test/spec_test.rb", 'require "test_helper"\ndescribe("Ä") { it("ü") { _(1).must_equal 1 } }\n'
    )
    many = project.write(
        "test/many_test.rb",
        'require "test_helper"\nclass Many < Minitest::Test\n  parallelize_me!\n'
        + "".join(f"  def test_{n} = (sleep(0.01); assert({n} != 3))\n" for n in range(8))
        + "end\n",
    )
    run = project.minitest([spec, many, files[0]])
    assert run.outcomes == ["passed", "failed", "passed"]
    assert [done["tests"] for done in run.all("done")] == [1, 8, 3]


@pytest.mark.parametrize("body", ['raise "no"', 'require "nothing_of_this_name"', "exit 3", "def ("])
def test_a_file_that_cannot_be_loaded_fails_alone(suite, body):
    project, files = suite
    broken = project.write("test/broken_test.rb", f"{body}\n")
    run = project.minitest([broken, files[0]])
    assert run.outcomes == ["failed", "passed"]
    assert run.status == 1
    assert run.done[1]["failed"] == [broken]
    assert "3 runs, 0 assertions, 0 failures" in run.output


def test_empty_files_crashes_and_a_closed_socket(suite):
    project, files = suite
    empty = project.write("test/empty_test.rb", "")
    assert project.minitest([empty, files[0]]).outcomes == ["none", "passed"]
    assert project.minitest([]).status == 0
    crash = project.write(
        "test/crash_test.rb", 'require "test_helper"\nclass C < Base\n  def test_c = exit!(9)\nend\n'
    )
    run = project.minitest([files[0], crash, files[1]])
    assert run.status == 9
    assert list(run.done) == [1]
    assert len(run.all("begin")) == 2
    run = project.minitest(files, close_after=1)
    assert run.status == 0
    assert "3 runs" in run.output


def test_an_interrupt_ends_the_worker_with_a_report(suite):
    project, files = suite
    stop = project.write(
        "test/stop_test.rb", 'require "test_helper"\nclass S < Base\n  def test_s = raise(Interrupt)\nend\n'
    )
    run = project.minitest([stop, files[0]])
    assert run.outcomes == ["failed"]
    assert run.done[1]["failed"] == []  # nothing failed
    assert run.all("stop")
    assert "runs," in run.output


@pytest.mark.parametrize("early", [True, False])
def test_a_failure_after_the_run_is_told_last(suite, early):
    project, files = suite
    options = []
    if early:  # before the driver is there
        project.write("early.rb", 'require "minitest"\nMinitest.after_run { raise "late" }\n')
        project.environment["RUBYOPT"] = "-r./early"
    else:
        project.write("test/test_helper.rb", HELPER + 'Minitest.after_run { raise "late" }\n')
    run = project.minitest(files, *options)
    assert run.outcomes == ["passed"] * 3
    assert "late" in run.output
    assert run.messages[-1] == {"failed_outside": True}
    assert run.status == 1


def test_a_reporter_that_fails_the_run_is_told_last_and_failed_units_are_not(suite):
    project, files = suite
    bad = project.write(
        "test/bad_test.rb", 'require "test_helper"\nclass B < Base\n  def test_b = flunk\nend\n'
    )
    assert not project.minitest([bad, files[0]]).all("failed_outside")
    assert not project.minitest(files).all("failed_outside")
    project.write(
        "test/test_helper.rb",
        HELPER
        + "class Strict < Minitest::AbstractReporter\n  def passed? = false\nend\n"
        + "Minitest.extensions << 'strict'\ndef Minitest.plugin_strict_init(_) = reporter << Strict.new\n",
    )
    run = project.minitest(files, "--no-plugins")
    assert run.outcomes == ["passed"] * 3
    assert (run.messages[-1], run.status) == ({"failed_outside": True}, 1), run.output


def test_a_retry_that_finds_nothing_of_what_failed_is_failed(suite):
    project, files = suite
    gone = {"file": files[0], "arguments": [f"{files[0]}:99"], "attempt": 2}
    run = project.minitest([gone, {**gone, "attempt": 1}])
    assert run.outcomes == ["failed", "passed"]
    assert run.all("done")[0]["failed"] == [files[0]]
    empty = project.write("test/empty_test.rb", "")
    assert project.minitest([{"file": empty, "arguments": [empty], "attempt": 2}]).outcomes == ["failed"]
    whole = {"file": files[0], "arguments": [files[0]], "attempt": 2}
    assert project.minitest([whole], "-n", "nothing").outcomes == ["passed"]


def test_a_file_that_could_not_be_loaded_is_loaded_again(suite):
    project, files = suite
    body = (
        'require "test_helper"\nclass FirstTest < Base\n  def test_a = note("a")\nend\n'
        'raise "no" if !File.exist?("mark") && File.write("mark", "")\n'
        "class SecondTest < Base\n  def test_b = flunk\nend\n"
    )
    half = project.write("test/half_test.rb", body)
    run = project.minitest([half, files[0]], retry=[1])
    assert [(done["done"], done["outcome"], done["tests"]) for done in run.all("done")] == [
        (1, "failed", 1),
        (1, "failed", 2),
        (2, "passed", 3),
    ]


def test_an_interrupted_batch_ends_with_the_status_of_that(suite):
    project, files = suite
    stop = project.write(
        "test/stop_test.rb", 'require "test_helper"\nclass S < Base\n  def test_s = raise(Interrupt)\nend\n'
    )
    command = [ruby(), "-Itest", str(DRIVERS / "alibi_minitest_run.rb")]
    done = project.plain([*command, stop])
    assert done.returncode == 130, done.stdout
    assert "runs," in done.stdout
    assert done.journal[-1] == "after run"
    assert project.plain([*command, *files]).returncode == 0
    assert project.plain([*command, f"{files[0]}:99", files[1]]).returncode == 0


def test_tests_see_no_variable_of_the_worker(suite):
    project, _ = suite
    file = project.write(
        "test/x_test.rb",
        'require "test_helper"\nclass X < Base\n  def test_x = assert_empty(ENV.keys.grep(/ALIBI_WORKER/))\nend\n',
    )
    assert project.minitest([file]).status == 0


def test_programs_find_the_path_as_it_was(suite):
    project, _ = suite
    body = 'require "test_helper"\nclass X < Base\n  def test_x = assert_equal(ENV["EXPECTED"], ENV["RUBYLIB"].inspect)\nend\n'
    file = project.write("test/x_test.rb", body)
    for rest, expected in (("", "nil"), (":", '""'), (":/elsewhere", '"/elsewhere"')):
        project.environment.update(RUBYLIB=str(DRIVERS) + rest, EXPECTED=expected)
        run = project.minitest([file])
        assert run.status == 0, run.output


def test_two_hundred_files(suite):
    project, _ = suite
    files = [
        project.write(
            f"test/n{n}_test.rb",
            f'require "test_helper"\nclass N{n} < Minitest::Test\n  def test_n = refute_equal({n}, 77)\nend\n',
        )
        for n in range(200)
    ]
    run = project.minitest(files)
    assert run.outcomes.count("passed") == 199
    assert run.done[78]["outcome"] == "failed"
    assert "200 runs, 200 assertions, 1 failures" in run.output


CODE = {
    "lib/one.rb": "def one = 1\n",
    "lib/two.rb": "def two = 2\n",
    "test/test_helper.rb": 'require "testalibi/minitest"\n$LOAD_PATH.unshift File.expand_path("../lib", __dir__)\nrequire "minitest/autorun"\n',
    "test/a_test.rb": 'require "test_helper"\nrequire "one"\nclass ATest < Minitest::Test\n  def test_a = assert_equal(1, one)\nend\n',
    "test/b_test.rb": 'require "test_helper"\nrequire "two"\nclass BTest < Minitest::Test\n  def test_b = assert_equal(2, two)\n  def test_c = assert(1)\nend\n',
    "test/c_test.rb": 'require "test_helper"\nrequire "one"\nclass CTest < Minitest::Test\n  def test_d = assert(one.positive? && File.size("lib/two.rb") > 1)\nend\n',
}
TESTS = [name for name in CODE if name.endswith("_test.rb")]


def test_alibis_evidence_is_that_of_a_plain_run(project, twin, tmp_path):
    for each in (project, twin):
        each.use_alibi(tmp_path / "native")
        for name, text in CODE.items():
            each.write(name, text)
    run = project.minitest(TESTS, "--seed", "1")
    plain = twin.plain_minitest(TESTS, "--seed", "1")
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
    assert project.minitest(TESTS).status == 0
    run = project.minitest(TESTS)
    assert [done["tests"] for done in run.all("done")] == [0, 0, 0], run.output
    assert run.status == 0
    assert run.outcomes == ["passed"] * 3
    project.write("lib/one.rb", "def one = 3\n")
    run = project.minitest(TESTS)
    assert [done["tests"] for done in run.all("done")] == [1, 0, 1], run.output
    assert run.outcomes == ["failed", "passed", "passed"]


@pytest.mark.parametrize(
    "change",
    ["Dir.chdir('/')", "Dir.chdir(Dir.mktmpdir); Dir.rmdir(Dir.pwd)"],
    ids=["elsewhere", "a removed one"],
)
def test_a_directory_that_tests_leave_is_theirs_alone(suite, change):
    """A plain run has loaded every file before: what stands beside the project is found."""
    project, files = suite
    text = f"require 'tmpdir'\nclass ChangeTest < Minitest::Test\n  def test_x\n    {change}\n    assert false\n  end\nend\n"
    first = project.write("test/change_test.rb", "require 'test_helper'\n" + text)
    text = "NOTE = File.read('note.txt')\nclass NoteTest < Minitest::Test\n  def test_x = assert_match(%r{/project\\z}, Dir.pwd)\n  def test_y = 0\nend\n"
    second = project.write("test/note_test.rb", text)
    project.write("note.txt", "n")
    run = project.minitest([first, second, (second, [f"{second}:3"]), files[0]])
    assert run.outcomes == ["failed", "passed", "passed", "passed"], run.output
    assert [done["tests"] for done in run.all("done")] == [1, 2, 1, 3]
    assert run.all("done")[0]["failed"] == [f"{first}:4"]


def test_a_junit_report_has_what_ended_before_a_crash(suite):
    project, files = suite
    dies = "require 'test_helper'\nclass DieTest < Minitest::Test\n  def test_x = exit!(3)\nend\n"
    project.environment.update(
        ALIBI_WORKER_LOAD=str(DRIVERS / "alibi_minitest_junit.rb"), ALIBI_JUNIT=str(project.folder / "j.xml")
    )
    assert project.minitest([files[0], project.write("test/die_test.rb", dies)]).status == 3
    report = (project.folder / "j.xml").read_text()
    assert report.count('file="test/a_test.rb"') == report.count("</testcase>") == 3
    assert not report.endswith("</testsuite>\n")
    project.minitest(files)
    assert (project.folder / "j.xml").read_text().endswith("</testsuite>\n")


def test_what_a_later_file_adds_to_a_base_class_runs_for_its_subclasses_too(suite):
    project, files = suite
    text = "require 'test_helper'\nclass Base\n  def test_added\n    note self.class.name\n    flunk if self.class.name == 'BTest'\n  end\nend\n"
    over = project.write(
        "test/over_test.rb",
        "require 'test_helper'\nclass OverTest < Base\n  def test_added = note('own')\nend\n",
    )
    late = project.write("test/late_test.rb", text)
    run = project.minitest([*files[:2], over, late], retry=[4])
    plain = project.plain_minitest([*files[:2], over, late])
    ran = [line for line in run.journal if line in {"ATest", "BTest", "Base", "own"}]
    assert (
        sorted(ran[:4])
        == sorted(line for line in plain.journal if line in set(ran))
        == ["ATest", "BTest", "Base", "own"]
    )
    assert run.all("done")[3]["failed"] == [f"{late}:3"]
    assert (run.all("done")[3]["tests"], run.all("done")[4]["outcome"]) == (3, "failed")


def test_a_test_that_closes_every_descriptor_ends_nothing(suite):
    project, files = suite
    closes = "require 'test_helper'\nclass CloseTest < Minitest::Test\n  def test_x = (3..30).each { |i| IO.for_fd(i).close rescue 0 }\nend\n"
    run = project.minitest([project.write("test/close_test.rb", closes), files[0]])
    assert run.outcomes == ["passed"] * 2, run.output
    assert run.status == 0
