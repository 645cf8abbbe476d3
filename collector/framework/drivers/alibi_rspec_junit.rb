# frozen_string_literal: true

require "rspec/core"
require "rspec/core/formatters"
require_relative "alibi_junit_text"

# `--require` this and `--format AlibiRspecJunit --out FILE`: a JUnit report without another gem.
class AlibiRspecJunit
  include AlibiJunitText

  DRIVER = __FILE__

  RSpec::Core::Formatters.register self, :dump_summary

  def initialize(output)
    @output = output
  end

  def dump_summary(summary)
    examples = summary.examples
    @output << %(<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="rspec" tests="#{examples.size}" ) \
            << %(failures="#{summary.failure_count}" errors="#{summary.errors_outside_of_examples_count}" ) \
            << %(skipped="#{summary.pending_count}" time="#{format("%.6f", summary.duration)}">\n)
    examples.each { |example| write(example) }
    @output << "</testsuite>\n"
  end

  private

  def write(example)
    file = (example.metadata[:rerun_file_path] || example.metadata[:file_path]).delete_prefix("./")
    result = example.execution_result
    @output << %(<testcase classname="#{text(file.delete_suffix(".rb").tr("/", "."))}" ) \
            << %(name="#{text(example.full_description)}" file="#{text(file)}" ) \
            << %(time="#{format("%.6f", result.run_time || 0)}">#{ending(example, result)}</testcase>\n)
  end

  def ending(example, result)
    case result.status
    when :pending then %(<skipped message="#{text(result.pending_message)}"/>)
    when :failed
      error = result.exception
      place = RSpec.configuration.backtrace_formatter.format_backtrace(error&.backtrace.to_a, example.metadata)
      %(<failure message="#{text(error&.message)}" type="#{text(error&.class)}">#{text(place.join("\n"))}</failure>)
    end
  end

  # That it is loaded is no option of the user's: Alibi's evidence compares those.
  module Loading
    def load_spec_files
      requires.delete(DRIVER)
      super
    end
  end

  # RSpec ends with the status of failures where Ctrl-C kept examples from running.
  module Interrupts
    attr_reader :alibi_interrupted

    private

    def handle_interrupt
      @alibi_interrupted = true
      super
    end
  end

  module Status
    INTERRUPTED = 130

    def run_specs(*)
      status = super
      self.class.alibi_interrupted && status != 0 ? INTERRUPTED : status
    end
  end
end

RSpec::Core::Configuration.prepend(AlibiRspecJunit::Loading)
RSpec::Core::Runner.singleton_class.prepend(AlibiRspecJunit::Interrupts)
RSpec::Core::Runner.prepend(AlibiRspecJunit::Status)
