"""Recording beside other tools, threads, Ractors and whatever else looks at the same events."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from ruby_at_hand import native_folder, ruby
from shard_reader import Shard, read_shard, shards_of

PRELUDE = """
require File.join(ENV.fetch("ALIBI_RUBY_NATIVE_DIR"), "testalibi_native")
$VERBOSE = nil
ROOT = __dir__
N = Testalibi::Native
def record(strategy = nil)
  N.open(directory: ENV.fetch("SESSION"), root: ROOT, interpreter: "cruby", session_id: 7, role: 1,
         roots: [ROOT], strategy: strategy)
end
def test(name)
  context = N.begin_test(name)
  yield
ensure
  N.end_test(context, 1, 5, "")
end
END { N.close }
"""
LIB = """\
def one(x)
  x + 1
end
def two(x)
  y = one(x)
  y + 1
end
def endless = 43
def empty; end
"""


def run(tmp_path: Path, body: str, *options: str, lib: str = LIB) -> list[Shard]:
    project = tmp_path / "project"
    project.mkdir()
    (project / "lib.rb").write_text(lib)
    (project / "script.rb").write_text(PRELUDE + body)
    session = tmp_path / "session"
    session.mkdir()
    done = subprocess.run(
        [ruby(), *options, "script.rb"],
        cwd=project,
        env={**os.environ, "SESSION": str(session), "ALIBI_RUBY_NATIVE_DIR": str(native_folder(tmp_path))},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[:3000]
    return [read_shard(path) for path in shards_of(session)]


def lines(shards: list[Shard], test: str, file: str = "lib.rb") -> set[int]:
    found: set[int] = set()
    for shard in shards:
        for number, context in shard.contexts.items():
            if context.name == test:
                for path, seen in shard.lines(shard.hits.get(number, set())).items():
                    found |= set(seen) if Path(path).name == file else set()
    return found


def test_methods_without_a_line_event_are_seen(tmp_path: Path) -> None:
    shards = run(tmp_path, 'record\nload "./lib.rb"\ntest("a") { endless; empty }\ntest("b") { one(1) }\n')
    assert lines(shards, "a") == {8, 9}
    assert lines(shards, "b") == {2}


def test_the_main_script_is_known_by_its_whole_path(tmp_path: Path) -> None:
    body = "record\ndef here(x)\n  x\nend\ntest('a') { here(1) }\n"
    shards = run(tmp_path, body)
    first = len(PRELUDE.splitlines())
    assert first + 3 in lines(shards, "a", "script.rb")


def test_tests_on_several_threads_have_lines_of_their_own(tmp_path: Path) -> None:
    body = """
record
load "./lib.rb"
gate = Queue.new
a = Thread.new { test("a") { one(1); gate.pop; one(2) } }
Thread.pass until gate.num_waiting == 1
b = Thread.new { test("b") { two(1) } }
b.join
gate << 1
a.join
test("c") { one(1) }
"""
    shards = run(tmp_path, body)
    assert lines(shards, "a") == {2}
    assert lines(shards, "b") == {2, 5, 6}
    assert lines(shards, "c") == {2}


def test_the_file_whose_load_began_the_tests_has_no_lines_of_the_last_thread(tmp_path: Path) -> None:
    body = """
record
load "./lib.rb"
gate = Queue.new
a = Thread.new { test("a") { gate.pop } }
Thread.pass until gate.num_waiting == 1
b = Thread.new { test("b") { gate << 1; a.join; two(1) } }
b.join
"""
    shards = run(tmp_path, body)
    assert lines(shards, "b") == {2, 5, 6}
    for shard in shards:
        for statement in shard.statements.values():
            assert not [path for path in shard.lines(statement.hits) if Path(path).name == "lib.rb"]


def test_a_thread_of_no_test_counts_for_all_that_run(tmp_path: Path) -> None:
    body = """
record
load "./lib.rb"
work = Queue.new
done = Queue.new
pool = Thread.new { while work.pop; two(1); done << 1; end }
gate = Queue.new
a = Thread.new { test("a") { gate.pop } }
Thread.pass until gate.num_waiting == 1
b = Thread.new { test("b") { work << 1; done.pop } }
b.join
gate << 1
a.join
"""
    shards = run(tmp_path, body)
    assert lines(shards, "a") == lines(shards, "b") == {2, 5, 6}


def test_another_line_tracer_sees_each_line(tmp_path: Path) -> None:
    body = """
record
load "./lib.rb"
seen = []
test("a") do
  one(1)
  trace = TracePoint.new(:line) { |event| seen << event.lineno if event.path.end_with?("lib.rb") }
  trace.enable { one(1); two(1) }
  one(1)
end
abort seen.inspect unless seen == [2, 5, 2, 6]
test("b") { one(1) }
calls = []
test("c") do
  one(1)
  trace = TracePoint.new(:call) { |event| calls << event.method_id }
  trace.enable
  one(1)
  endless
  trace.disable
end
abort calls.inspect unless (calls - [:disable]) == [:one, :endless]
traced = []
test("d") do
  one(1)
  set_trace_func(proc do |event, file, line, *|
    traced << line if event == "line" && file.end_with?("lib.rb")
  end)
  one(1)
  set_trace_func(nil)
end
abort traced.inspect unless traced == [2]
"""
    shards = run(tmp_path, body)
    assert lines(shards, "a") == {2, 5, 6}
    assert lines(shards, "b") == {2}
    assert lines(shards, "c") == {2, 8}


def test_coverage_keeps_its_counts(tmp_path: Path) -> None:
    body = """
require "coverage"
Coverage.start(lines: true)
record
load "./lib.rb"
2.times { |i| test("a#{i}") { 3.times { one(1) } } }
counted = Coverage.result.find { |path, _| path.end_with?("lib.rb") }.last[:lines]
abort counted.inspect unless counted[1] == 6
"""
    shards = run(tmp_path, body)
    assert lines(shards, "a0") == lines(shards, "a1") == {2}


def test_coverage_that_starts_later_keeps_its_counts(tmp_path: Path) -> None:
    body = """
require "coverage"
record
test("a") { one(1) } if load("./lib.rb")
Coverage.start
load "./lib.rb"
test("b") { 3.times { one(1) } }
abort unless Coverage.result.values.last[1] == 3
"""
    shards = run(tmp_path, body)
    assert lines(shards, "b") == {2}


def test_recording_goes_on_after_a_ractor_has_been_collected(tmp_path: Path) -> None:
    body = """
record
load "./lib.rb"
test("a") { Ractor.new { 1 }.take }
3.times { GC.start }
100.times { |i| test("n#{i}") { GC.start if i % 10 == 0; Ractor.new { 1 }.take if i % 20 == 0 } }
GC.start
test("b") { two(1) }
"""
    shards = run(tmp_path, body)
    assert lines(shards, "b") == {2, 5, 6}


def test_what_a_ractor_runs_is_a_counted_loss(tmp_path: Path) -> None:
    body = 'record\nload "./lib.rb"\ntest("a") { Ractor.new { 1 }.take }\ntest("b") { one(1) }\n'
    (shard,) = run(tmp_path, body)
    lost = {
        shard.contexts[drop.context].name: drop.reason
        for drop in shard.drops
        if drop.context in shard.contexts
    }
    assert lost == {"a": "thread"}


@pytest.mark.parametrize("end", ["", "exit!(0)", "Process.kill(:KILL, Process.pid)", "raise 'on purpose'"])
def test_a_forked_child_records_for_its_test(tmp_path: Path, end: str) -> None:
    body = f"""
record
load "./lib.rb"
$stderr = File.open("/dev/null", "w")
test("a") do
  Process.wait(fork {{ two(1); {end} }})
end
test("b") {{ one(1) }}
"""
    shards = run(tmp_path, body)
    assert lines(shards, "a") == {2, 5, 6}
    assert lines(shards, "b") == {2}


def test_a_file_loaded_in_a_test_belongs_to_its_statements_and_later_code_to_the_test(tmp_path: Path) -> None:
    lib = "def one(x)\n  x + 1\nend\nclass Late\n  MADE = one(1)\nend\n"
    body = """
record
test("a") { load "./lib.rb"; one(5) }
test("b") { one(5) }
test("c") { Late::MADE }
test("d") { one(1); load "./lib.rb" }
"""
    (shard,) = run(tmp_path, body, lib=lib)
    assert lines([shard], "a") == lines([shard], "b") == {2}
    assert lines([shard], "c") == set()
    made = next(s for probe, s in shard.statements.items() if shard.locate(probe)[1] == 5)
    assert [sorted(seen) for seen in shard.lines(made.hits).values()] == [[2]]


def test_templates_with_a_file_of_their_own_are_recorded_each_time(tmp_path: Path) -> None:
    body = """
require "erb"
record
File.write("page.erb", "<% x = 1 %>\\n<%= x %>\\n")
def render
  template = ERB.new(File.read("page.erb"))
  template.filename = File.expand_path("page.erb")
  template.result(binding)
end
30.times { |i| test("t#{i}") { render }; GC.start if i % 7 == 0 }
"""
    shards = run(tmp_path, body)
    assert all(lines(shards, f"t{i}", "page.erb") == {1, 2, 3} for i in range(30))


def test_code_that_is_gone_leaves_its_place_to_no_other_between_minor_collections(tmp_path: Path) -> None:
    body = """
record
5.times { GC.start }
200.times do |i|
  File.write("part#{i}.rb", "\\n" * i + "def part(x)\\n  x + 1\\nend\\n")
  test("t#{i}") { load "./part#{i}.rb"; part(1) }
  Object.send(:remove_method, :part)
  3.times { GC.start(full_mark: false, immediate_sweep: true) }
end
"""
    (shard,) = run(tmp_path, body)
    assert all(lines([shard], f"t{i}", f"part{i}.rb") == {i + 2} for i in range(200))


def test_names_that_code_makes_are_recorded_for_who_made_them(tmp_path: Path) -> None:
    lib = """\
class Shades
  RED = 1
  module Deep; BLUE = 2; end
  FOUND = const_get("RE" + "D")
  def self.shade(name) = const_get(name.to_s.upcase)
end
"""
    body = """
record
load "./lib.rb"
test("a") { Shades.shade(:red) }
test("b") { Object.const_get("Shades::Deep::BLUE") }
test("c") { Shades.const_defined?(:GREEN) }
test("d") { nil }
"""
    (shard,) = run(tmp_path, body, lib=lib)
    names = {context.name: shard.names_at_run_time(number) for number, context in shard.contexts.items()}
    assert names["a"] == {"RED"}
    assert names["b"] == {"Shades", "Deep", "BLUE"}
    assert names["c"] == {"GREEN"}
    assert names["d"] == set()
