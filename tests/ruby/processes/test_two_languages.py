"""Python programs that Ruby tests start, and Ruby programs that Python tests start, are observed."""

from __future__ import annotations

import json
import subprocess

from recorded_ruby import OPTION, RubyProject, clean_environment, collector, recorded_python


def test_a_python_program_of_a_ruby_test(project: RubyProject) -> None:
    python = recorded_python()
    project.write("pylib.py", "def f():\n    return 1\n")
    project.write("unused.py", "def f():\n    return 1\n")
    project.write("child.py", "import pylib\nassert pylib.f() > 0\n")
    starter = "import subprocess; subprocess.check_call(['ruby', 'child.rb'])"
    project.tests(
        started=f"assert system({python!r}, 'child.py')",
        ruby_of_python=f"assert system({python!r}, '-c', %q({starter}))",
        none="",
    )
    project.write("child.rb", "require_relative 'lib'\nf\n")
    project.write("lib.rb", "def f = 1\n")
    project.record()
    assert project.would_run() == set()
    project.edit("pylib.py", "1", "2")
    assert project.would_run() == {"started"}
    project.edit("pylib.py", "2", "1")
    project.edit("unused.py", "1", "2")
    assert project.would_run() == set()
    project.edit("lib.rb", "1", "2")
    assert project.would_run() == {"ruby_of_python"}


PYTHON_TESTS = """
import os, subprocess
def test_own(): subprocess.check_call(["ruby", "child.rb"])
def test_given(): subprocess.check_call(["ruby", "child.rb"], env={**os.environ, "RUBYOPT": "-W0"})
def test_output(): assert subprocess.check_output(["ruby", "-e", "p ENV['RUBYOPT']"]) == b"nil\\n"
def test_kept():
    code = "require './lib'; f; p ENV['RUBYOPT']"
    done = subprocess.check_output(["ruby", "-e", code], env={**os.environ, "RUBYOPT": "-W0"})
    assert done == b'"-W0"\\n'
def test_spawn():
    pid = os.posix_spawnp("ruby", ["ruby", "child.rb"], os.environ)
    assert os.waitpid(pid, 0)[1] == 0
def test_exec():
    pid = os.fork()
    if pid == 0: os.execvpe("ruby", ["ruby", "child.rb"], os.environ)
    assert os.waitpid(pid, 0)[1] == 0
def test_cleared(): subprocess.check_call(["ruby", "child.rb"], env={"PATH": os.environ["PATH"]})
def test_none(): assert "RUBYOPT" not in os.environ
"""


def test_a_ruby_program_of_a_python_test(project: RubyProject) -> None:
    python = recorded_python()
    project.write("test_it.py", PYTHON_TESTS)
    project.write("child.rb", "require_relative 'lib'\nf\n")
    project.write("lib.rb", "def f = 1\n")
    environment = {**clean_environment(project.native), "ALIBI_RUBY_OPTION": OPTION}

    def selected() -> set[str]:
        asked = subprocess.run(
            [collector(), "select", "--json"],
            cwd=project.folder,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert asked.returncode == 0, asked.stderr
        tests = json.loads(asked.stdout)["tests"]
        return {test["id"].partition("::test_")[2] for test in tests if test["verdict"] == "run"}

    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--alibi", "test_it.py"]
    done = subprocess.run(
        command, cwd=project.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert selected() == {"cleared"}
    project.edit("lib.rb", "1", "2")
    assert selected() == {"own", "given", "kept", "spawn", "exec", "cleared"}
