"""A Ruby test has the evidence of all its processes, however they are started and whatever way they end."""

from __future__ import annotations

import time

import pytest
from recorded_ruby import RubyProject

LIBRARY = "def f = 1\ndef g = 2\n"


def test_every_kind_of_process_leaves_what_the_same_code_leaves_in_process(all_kinds: RubyProject) -> None:
    evidence = all_kinds.evidence()
    expected = set(evidence["in_this_process"]["files"]["lib.rb"])
    assert len(expected) == 8
    definitions = {4, 12}  # where a new interpreter loads the file
    assert {test for test, each in evidence.items() if not each["complete"]} == set()
    without = {
        test
        for test, each in evidence.items()
        if test != "without_children" and set(each["files"].get("lib.rb", [])) - definitions != expected
    }
    assert without == set()
    assert "lib.rb" not in evidence["without_children"]["files"]
    assert len(evidence) > 110


def test_nothing_changed_runs_nothing_and_a_changed_function_all_that_called_it(
    all_kinds: RubyProject,
) -> None:
    assert all_kinds.would_run("kinds_test.rb") == set()
    all_kinds.edit("lib.rb", "3 * number + 1", "1 + 3 * number")
    try:
        selected = all_kinds.would_run("kinds_test.rb")
    finally:
        all_kinds.edit("lib.rb", "1 + 3 * number", "3 * number + 1")
    assert set(all_kinds.evidence()) - selected == {"without_children"}


def test_only_what_a_program_runs_counts(project: RubyProject) -> None:
    project.write("lib.rb", LIBRARY)
    project.write("child.rb", "require_relative 'lib'\ndef unused = 1\nX = f\nputs X\n")
    project.tests(started='assert system("ruby", "child.rb", out: File::NULL)', none="")
    project.record()
    assert project.would_run() == set()
    for file, old, new in [
        ("lib.rb", "g = 2", "g = 33"),
        ("child.rb", "unused = 1", "unused = 22"),
    ]:
        project.edit(file, old, new)
        assert project.would_run() == set()
        project.edit(file, new, old)
    for file, old, new in [
        ("lib.rb", "f = 1", "f = 3"),
        ("child.rb", "puts X", "print X"),
        ("child.rb", "X = f", "X = f + 1"),
    ]:
        project.edit(file, old, new)
        assert project.would_run() == {"started"}
        project.edit(file, new, old)


def test_what_a_program_reads_counts(project: RubyProject) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        project.write(name, "1")
    project.write(
        "child.rb", "File.read('a.txt')\nsystem('cat', 'b.txt', out: File::NULL)\nENV['SOMETHING']\n"
    )
    project.tests(
        reads="assert system('ruby', 'child.rb')",
        text="assert system('ruby', '-e', %q(File.read('a.txt'); ENV['SOMETHING']))",
        none="",
    )
    project.record()
    assert project.would_run() == {"reads"}  # of cat nobody tells
    assert project.would_run(SOMETHING="1") == {"reads", "text"}
    project.edit("a.txt", "1", "2")
    assert project.would_run() == {"reads", "text"}


def test_unobserved_programs(project: RubyProject) -> None:
    project.write("child.rb", "1\n")
    project.tests(
        clean="assert system({}, 'ruby', 'child.rb', unsetenv_others: true)",
        env="assert system('env', '-i', '/usr/bin/env', 'ruby', 'child.rb')",
        without_option="assert system('ruby', '--disable=rubyopt', 'child.rb')",
        shell="assert system('ruby child.rb; true')",
        observed="assert system('ruby child.rb')",
        at_once="Process.kill(:KILL, spawn('ruby', 'child.rb'))",
        none="",
    )
    project.record()
    selected = project.would_run()
    assert selected - {"at_once"} == {"clean", "env", "without_option", "shell"}
    assert "at_once" in selected or project.evidence()["at_once"]["complete"]


def test_what_a_program_would_find_in_another_folder_counts(project: RubyProject) -> None:
    project.write("first/other.rb", "")
    project.write("second/helper.rb", LIBRARY)
    project.tests(
        started="assert system('ruby', '-Ifirst', '-Isecond', '-e', 'require %q(helper); f')",
        library="assert system('ruby', '-Ifirst', '-rset', '-e', '1')",
        early="assert system('ruby', '-Isecond', '-rhelper', '-e', '1')",
        none="",
    )
    project.record()
    assert project.would_run() == {"early"}  # what it did before the recorder came is not known
    project.write("first/helper.rb", LIBRARY)
    assert project.would_run() == {"early", "started", "library"}


def test_a_daemon_that_outlives_its_test(project: RubyProject) -> None:
    project.write("lib.rb", LIBRARY)
    project.tests(
        before='require_relative "lib"\n'
        # Its name before Minitest 6, and since.
        "%i[test_order run_order].each { |name| Minitest::Test.define_singleton_method(name) { :alpha } }",
        a_starts="reader, @@writer = IO.pipe\n"
        "fork { @@writer.close; Process.daemon(true, true); reader.read; f }\nreader.close\nProcess.wait",
        b_meets="@@writer.close; sleep 0.5",
        c_later="sleep 0.1",
    )
    project.record()
    project.edit("lib.rb", "f = 1", "f = 3")
    selected = project.would_run()
    assert {"a_starts", "b_meets"} <= selected


@pytest.mark.parametrize("way", ["in_processes", "in_threads"])
def test_the_gem_parallel(project: RubyProject, way: str) -> None:
    if project.run("-e", "begin; require 'parallel'; rescue LoadError; print 'absent'; end") == "absent":
        pytest.skip("no gem parallel here")
    project.write("lib.rb", LIBRARY)
    call = f"assert_equal [1] * 4, Parallel.map([1, 2, 3, 4], {way}: 2) {{ f }}"
    project.tests(before='require "parallel"\nrequire_relative "lib"', parallel=call, here="f", none="")
    project.record()
    assert project.would_run() - {"parallel"} == set()
    evidence = project.evidence()
    assert evidence["parallel"]["files"]["lib.rb"] == evidence["here"]["files"]["lib.rb"]
    assert project.would_run() == set()
    project.edit("lib.rb", "f = 1", "f = 3 - 2")
    assert project.would_run() == {"parallel", "here"}


def test_a_test_run_inside_a_test(project: RubyProject) -> None:
    project.write("lib.rb", LIBRARY)
    head = 'require "testalibi/minitest"\nrequire "minitest/autorun"\nrequire_relative "lib"\n'
    project.write("inner.rb", f"{head}class I < Minitest::Test\n  def test_f = assert_equal(1, f)\nend\n")
    library = "$LOAD_PATH.find {{ |each| each.end_with?('ruby_ext/lib') }}"
    run = f"assert system('ruby', '-I', {library}, 'inner.rb'{{}}, out: File::NULL)"
    project.tests(stays=run.format(""), leaves=run.format(", '--alibi'"), none="")
    project.record()
    assert project.would_run() == {"leaves"}
    project.edit("lib.rb", "f = 1", "f = 2 - 1")
    assert project.would_run() == {"stays", "leaves"}


def test_a_test_run_in_a_fork_of_a_server_that_outlived_its_session(project: RubyProject) -> None:
    project.write("lib.rb", LIBRARY)
    project.write(
        "server.rb",
        "File.write('up', '')\nsleep 0.05 until File.exist?('go')\n"
        "Process.wait(fork { ENV.delete('ALIBI_SESSION'); $:.unshift(ARGV.shift); load 'late.rb' })\n"
        "File.write('end', '')\n",
    )
    head = 'require "testalibi/minitest"\nrequire "minitest/autorun"\nrequire_relative "lib"\n'
    project.write("late.rb", f"{head}class L < Minitest::Test\n  def test_late = assert_equal(1, f)\nend\n")
    library = "$LOAD_PATH.find { |each| each.end_with?('ruby_ext/lib') }"
    project.tests(
        starts=f"Process.detach(spawn('ruby', 'server.rb', {library}, %i[out err] => 'log'))\n"
        "sleep 0.05 until File.exist?('up')",
    )
    project.record()
    project.write("go", "")
    for _ in range(200):
        if (project.folder / "end").exists():
            break
        time.sleep(0.05)
    log = (project.folder / "log").read_text()
    assert "alibi: recorded 1 tests" in log, log
    assert project.evidence()["late"]["files"]["lib.rb"] == [1]
