# frozen_string_literal: true

require "rspec/core"
require "rspec/core/formatters"
require_relative "alibi_junit_stream"
require_relative "alibi_junit_text"

# `--require` this and `--format AlibiRspecJunit --out FILE`: a JUnit report without another gem.
class AlibiRspecJunit
  include AlibiJunitText

  DRIVER = __FILE__

  RSpec::Core::Formatters.register self, :example_passed, :example_failed, :example_pending, :dump_summary

  def initialize(output)
    @stream = AlibiJunitStream.new(output.path, "rspec")
  end

  def example_passed(notification) = @stream.put(testcase(notification.example))
  alias example_failed example_passed
  alias example_pending example_passed

  def dump_summary(_) = @stream.finish

  private

  def testcase(example)
    file = (example.metadata[:rerun_file_path] || example.metadata[:file_path]).delete_prefix("./")
    result = example.execution_result
    %(<testcase classname="#{text(file.delete_suffix(".rb").tr("/", "."))}" ) +
      %(name="#{text(example.full_description)}" file="#{text(file)}" ) +
      %(time="#{format("%.6f", result.run_time || 0)}">#{ending(example, result)}</testcase>\n)
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
