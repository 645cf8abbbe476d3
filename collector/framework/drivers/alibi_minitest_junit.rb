# frozen_string_literal: true

require "minitest"
require_relative "alibi_junit_stream"
require_relative "alibi_junit_text"

# Loaded as if it were the first test file: a JUnit report without another gem.
module AlibiMinitestJunit
  OUTPUT = ENV.delete("ALIBI_JUNIT")
  ROOT = "#{Dir.pwd}/" # tests may leave it

  class Report < Minitest::AbstractReporter
    include AlibiJunitText

    def initialize
      super
      @stream = AlibiJunitStream.new(OUTPUT, "minitest")
    end

    def record(result) = @stream.put(testcase(result))
    def report = @stream.finish

    private

    def seconds(value) = format("%.6f", value)

    def testcase(result)
      name = result.respond_to?(:klass) ? result.klass : result.class.name
      %(<testcase classname="#{text(name)}" name="#{text(result.name)}" file="#{text(place(result))}" ) +
        %(time="#{seconds(result.time.to_f)}">#{result.failures.map { |each| ending(each) }.join}</testcase>\n)
    end

    def place(result)
      path = result.respond_to?(:source_location) ? result.source_location : result.method(result.name).source_location
      path.first.to_s.delete_prefix(ROOT)
    end

    def ending(failure)
      return %(<skipped message="#{text(failure.message)}"/>) if failure.is_a?(Minitest::Skip)

      kind = failure.is_a?(Minitest::UnexpectedError) ? "error" : "failure"
      %(<#{kind} message="#{text(failure.message)}" type="#{text(failure.result_label)}">#{text(failure.location)}</#{kind}>)
    end
  end

  module Attaching
    def init_plugins(*) = super.tap { reporter << Report.new }
  end
end

Minitest.singleton_class.prepend(AlibiMinitestJunit::Attaching)
