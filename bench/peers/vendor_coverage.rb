# frozen_string_literal: true

# The vendor's native extension (ALIBI_BENCH_VENDOR: its .so) around each test, without the rest of its library: which
# files each test executes, kept in memory. For suites.py; loaded with -r.
require ENV.fetch("ALIBI_BENCH_VENDOR")

module VendorCoverage
  COLLECTOR = Datadog::CI::TestImpactAnalysis::Coverage::DDCov.new(root: Dir.pwd, threading_mode: :multi)
  FILES = [] # rubocop:disable Style/MutableConstant -- it grows

  def run(...)
    COLLECTOR.start
    super
  ensure
    FILES << COLLECTOR.stop
  end
end

if defined?(RSpec::Core::Example)
  RSpec::Core::Example.prepend(VendorCoverage)
else
  require "minitest"
  Minitest::Test.prepend(VendorCoverage)
end
