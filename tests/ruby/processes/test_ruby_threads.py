"""Tests that run at once on several threads, and the processes that they start."""

from __future__ import annotations

import pytest
from recorded_ruby import RubyProject

LIB = """
def mine
  1
end
def other
  2
end
"""
# The younger one begins when the older one has begun, and runs on while that starts its process.
BEFORE = """
require "rbconfig"
require_relative "lib"
OLDER_BEGAN, YOUNGER_BEGAN, STARTED = Array.new(3) { Queue.new }
RECORDS = !ENV.key?("ALIBI_NOCOLLECT")
class Minitest::Test
  parallelize_me!
end
class T < Minitest::Test
  def self.new(name)
    OLDER_BEGAN.pop if name == "test_younger" && Thread.current != Thread.main && RECORDS
    super
  end
end
"""
WAYS = {
    "fork": "Process.wait(fork { mine; exit!(0) })",
    "fork_that_ends": "Process.wait(fork { mine; exit(0) })",
    "shell": 'system("#{RbConfig.ruby} child.rb; true", exception: true)',
    "output": "`#{RbConfig.ruby} child.rb`",
    "with_a_variable": 'system({ "A" => "1" }, RbConfig.ruby, "child.rb", exception: true)',
    "without_variables": 'system({}, RbConfig.ruby, "child.rb", exception: true, unsetenv_others: true)',
    "program": 'system(RbConfig.ruby, "child.rb", exception: true)',
    "spawn": 'Process.wait(Process.spawn(RbConfig.ruby, "child.rb"))',
}

UNSEEN = ("shell", "without_variables")  # the test that started it runs always


@pytest.mark.parametrize("way", WAYS)
def test_a_process_is_of_the_test_whose_thread_started_it(project: RubyProject, way: str) -> None:
    project.write("lib.rb", LIB)
    project.write("child.rb", 'require_relative "lib"\nmine\n')
    project.tests(
        before=BEFORE,
        older=f"    OLDER_BEGAN.push(1); YOUNGER_BEGAN.pop if RECORDS\n    {WAYS[way]}\n    STARTED.push(1)",
        younger="    other; YOUNGER_BEGAN.push(1)\n    STARTED.pop if RECORDS",
    )
    project.record(N="2", MT_CPU="2")
    found = {test: evidence["files"].get("lib.rb", []) for test, evidence in project.evidence().items()}
    assert found["younger"] == [6]
    if way in UNSEEN:
        assert project.would_run() == {"older"}
    else:
        assert 3 in found["older"]
        assert project.would_run() == set()


def test_what_a_thread_of_none_of_several_tests_starts_concerns_each_of_them(project: RubyProject) -> None:
    project.write("lib.rb", LIB)
    project.write("child.rb", 'require_relative "lib"\nmine\n')
    starts = 'Thread.new { system(RbConfig.ruby, "child.rb", exception: true) }.join'
    project.tests(
        before=BEFORE,
        older=f"    OLDER_BEGAN.push(1); YOUNGER_BEGAN.pop if RECORDS\n    {starts}\n    STARTED.push(1)",
        younger="    YOUNGER_BEGAN.push(1)\n    STARTED.pop if RECORDS",
    )
    project.record(N="2", MT_CPU="2")
    project.edit("lib.rb", "  1\n", "  3\n")
    assert project.would_run() == {"older", "younger"}
