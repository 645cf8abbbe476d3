# frozen_string_literal: true

# One measuring process of ruby_lines.py: its arguments are the mode (plain, recorded, vendor), the project's folder
# and a folder for the session. Prints JSON.
#
# Times are CPU, the least of many repetitions inside the process; the parent pairs processes.
require "json"

TESTS = 400
LOOP_REPEATS = 9

Plain = Struct.new(:project) do
  def strategy = "-"
  def begin_test(_name) = nil
  def end_test(_context) = nil
end

class Recorded
  def initialize(project, session)
    require File.join(ENV.fetch("ALIBI_RUBY_NATIVE_DIR"), "testalibi_native.so")
    Testalibi::Native.open(directory: session, root: project, interpreter: "cruby", session_id: 7, role: 1, roots: [project])
  end

  def strategy = Testalibi::Native.strategy
  def begin_test(name) = Testalibi::Native.begin_test(name)
  def end_test(context) = Testalibi::Native.end_test(context, 1, 1, "")
end

# The extension of the vendor's gem: which files a test executed.
class Vendor
  def initialize(project)
    require ENV.fetch("ALIBI_BENCH_VENDOR")
    @coverage = Datadog::CI::TestImpactAnalysis::Coverage::DDCov.new(root: project, threading_mode: :multi)
  end

  def strategy = "files"
  def begin_test(_name) = @coverage.start
  def end_test(_context) = @coverage.stop
end

def now = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :nanosecond)

def timed
  began = now
  yield
  now - began
end

# The least of a test's run, and of what its beginning and end take.
def tests(recorder, call)
  Array.new(TESTS) do |number|
    began = now
    context = recorder.begin_test("test #{number}")
    started = now
    call.call
    ended = now
    recorder.end_test(context)
    [ended - started, now - ended + started - began]
  end.transpose.map(&:min)
end

mode, project, session = ARGV
require File.join(project, "workload")
require File.join(project, "many_lines")
recorder = { "plain" => -> { Plain.new(project) }, "recorded" => -> { Recorded.new(project, session) },
             "vendor" => -> { Vendor.new(project) } }.fetch(mode).call
result = { strategy: recorder.strategy }
tests(recorder, -> { ManyLines.run })
result[:run_ns], result[:boundary_ns] = tests(recorder, -> { ManyLines.run })
result[:empty_ns] = tests(recorder, -> {}).last
result[:loops] = HotLoops::ALL.to_h do |name, call|
  context = recorder.begin_test(name)
  least = Array.new(LOOP_REPEATS) { timed(&call) }.min
  recorder.end_test(context)
  [name, least]
end
puts JSON.generate(result)
