"""A program that Ruby starts finds its environment as it would be without Alibi."""

from __future__ import annotations

import time

import pytest
from recorded_ruby import RubyProject

PRINTS = "ENV.each { |name, value| puts %(#{name}=#{value}) unless name.start_with?('ALIBI') }"


@pytest.mark.parametrize("given", [None, "", "-W0", "W0", "-W0 -rset", " -W0"])
def test_variables_of_programs(project: RubyProject, given: str | None) -> None:
    project.write("child.rb", f"{PRINTS}\n$stdout.flush\nsystem('ruby', '-e', %q({PRINTS}))\nsystem('env')\n")
    project.tests(
        started="puts 'BEGIN', IO.popen(['ruby', 'child.rb'], &:read), 'END', ENV['RUBYOPT'].inspect"
    )
    more = {} if given is None else {"RUBYOPT": given}

    def printed(text: str) -> list[str]:
        inner = text.partition("BEGIN\n")[2].partition("\nEND\n")
        lines = [line for line in inner[0].splitlines() if not line.startswith(("ALIBI", "_="))]
        return [*lines, inner[2].splitlines()[0]]

    recorded = printed(project.record(**more))
    assert recorded == printed(project.run(**more))
    assert any(line.startswith("PATH=") for line in recorded)
    assert project.would_run(**more) == {"started"}  # env is not observed


def test_programs_that_programs_start_join_too(project: RubyProject) -> None:
    project.write("lib.rb", "def f = 1\n")
    project.write("child.rb", "exec('ruby', 'grandchild.rb')\n")
    project.write("grandchild.rb", "require_relative 'lib'\nf\n")
    project.tests(started="assert system('ruby', 'child.rb')", none="")
    project.record(RUBYOPT="-W0")
    assert project.would_run(RUBYOPT="-W0") == set()
    project.edit("lib.rb", "f = 1", "f = 2")
    assert project.would_run(RUBYOPT="-W0") == {"started"}


def test_an_environment_that_was_put_back(project: RubyProject) -> None:
    project.write("lib.rb", "def f = 1\n")
    project.write("child.rb", "require_relative 'lib'\nf\n")
    before = (
        "BEFORE = ENV.to_h\nmodule Back\n  def setup = ENV.replace(BEFORE)\n"
        "  def teardown = ENV.replace(BEFORE)\nend\nMinitest::Test.include(Back)"
    )
    start = "assert system('ruby', 'child.rb')"
    project.tests(before=before, first=start, second=start, third=start, none="")
    project.record()
    assert project.would_run() == set()
    project.edit("lib.rb", "f = 1", "f = 2")
    assert project.would_run() == {"first", "second", "third"}


def test_a_session_that_is_over(project: RubyProject) -> None:
    project.write(
        "child.rb",
        "sleep 0.1 while File.exist?('wait')\nFile.write('done', `ruby -e 'p ENV[%q(RUBYOPT)]'`)\n",
    )
    project.write("wait", "")
    project.tests(started="Process.detach(spawn('ruby', 'child.rb', out: File::NULL, err: File::NULL))")
    project.record()
    (project.folder / "wait").unlink()
    for _ in range(100):
        done = project.folder / "done"
        if done.exists() and done.read_text():
            break
        time.sleep(0.1)
    assert done.read_text() == "nil\n"
