# frozen_string_literal: true

# Runs each scenario three times, in an order that repeats nothing at once, and records it: natively (STRATEGY) or, for
# comparison, with TracePoint. Prints {scenario: [lines] of each run} of the second kind as JSON.

require "json"

$VERBOSE = nil
SUBJECT = File.expand_path(ENV.fetch("SUBJECT"))
ORACLE = ENV["STRATEGY"] == "tracepoint"

unless ORACLE
  require File.join(ENV.fetch("ALIBI_RUBY_NATIVE_DIR"), "testalibi_native")
  NATIVE = Testalibi::Native
  NATIVE.open(directory: ENV.fetch("SESSION"), root: File.dirname(SUBJECT), interpreter: "cruby", session_id: 7,
              role: 1, roots: [File.dirname(SUBJECT)], strategy: ENV.fetch("STRATEGY"))
end

load SUBJECT
B = Base.new

SCENARIOS = {
  accessors: -> { B.aa = B.ar }, struct: -> { Base::S.new(1, 2).a }, made: -> { Base.made(3) },
  compared: -> { Base.new(1) > Base.new(2) }, clamped: -> { [Base.new(2), Base.new(1)].sort.min },
  one_liner: -> { B.one_liner }, defaults: -> { B.defarg }, given: -> { B.defarg(1, 2) },
  keywords: -> { B.keywords(a: 1, c: 2) }, loopy: -> { B.loopy(500) }, dm: -> { B.dm }, raiser: -> { B.raiser },
  retried: -> { B.retried }, fiber: -> { B.fiber }, enumerated: -> { B.enumerated }, external: -> { B.external },
  builtins: -> { 3.times { B.builtins } }, outer: -> { B.outer(9) }, lazy: -> { B.lazy }, thread: -> { B.thread }, evaluated: -> { B.evaluated }, nameless: -> { B.nameless },
  case_one: -> { B.casey(1) }, case_string: -> { B.casey("s") }, case_other: -> { B.casey(nil) },
  match_list: -> { B.matched([1]) }, match_hash: -> { B.matched({ k: 1 }) }, match_none: -> { B.matched(2) },
  caught: -> { B.caught }, multi: -> { B.multi }, missing: -> { B.magic(1) { |x| x } }, ternary: -> { B.ternary(1) },
  ternary_else: -> { B.ternary(nil) }, conditions: -> { [nil, false, 1].map { |x| B.conditions(x) } },
  heredoc: -> { B.heredoc(1) }, blocks: -> { B.blocks }, numbered: -> { B.numbered },
  yielding: -> { B.yielding { |x| x } }, procs: -> { B.procs }, recursive: -> { B.recursive(5) },
  refined: -> { UsesRefinement.go }, top: -> { top(1) { |x| x } }, symbol: -> { [B].map(&:one_liner) },
  method_object: -> { [1].each(&B.method(:step)) }, sent: -> { B.public_send(:step, 1) },
  nothing: -> {}, disturbed: -> { GC.start; B.step(1); GC.compact if GC.respond_to?(:compact); B.loopy(2) }
}.freeze

def traced(scenario)
  lines = []
  trace = TracePoint.new(:line) { |event| lines << event.lineno if event.path == SUBJECT }
  trace.enable
  scenario.call
  trace.disable
  lines.uniq.sort
end

GC.stress = true if ENV["STRESS"]
found = Hash.new { |hash, name| hash[name] = [] }
3.times do
  SCENARIOS.each do |name, scenario|
    next found[name] << traced(scenario) if ORACLE

    context = NATIVE.begin_test(name.to_s)
    scenario.call
    NATIVE.end_test(context, 1, 1, "")
  end
end
GC.stress = false

if ORACLE
  puts JSON.generate(found)
else
  puts JSON.generate(strategy: NATIVE.strategy, drops: NATIVE.drops)
  NATIVE.close
end
