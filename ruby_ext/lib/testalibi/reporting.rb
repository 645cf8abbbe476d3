# frozen_string_literal: true

require_relative "intake_name"
require_relative "json_text"
require_relative "wanted"

module Testalibi
  # Reporting to a Test Optimization intake: whether it was asked for, what the service wants of this run, and the notes
  # about tests that are sent at its end (collector/ship/NOTES.md).
  #
  # The command `alibi ship --open` talks to the service, within a limit of its own; `alibi merge` ships the session.
  # Nothing here opens a connection or reads a key.
  class Reporting
    # How the intake names a test, and what else is told of it.
    Told = Struct.new(:module, :suite, :name, :parameters, :tags, keyword_init: true)

    ASKING = %w[DD_CIVISIBILITY_AGENTLESS_ENABLED DD_CIVISIBILITY_AGENTLESS_URL DD_TRACE_AGENT_URL DD_AGENT_HOST
                DD_TRACE_AGENT_HOSTNAME DD_TRACE_AGENT_PORT DD_AGENT_PORT].freeze
    OFF = %w[0 false no off].freeze
    STATUS = { passed: "pass", xfailed: "pass", xpassed: "pass", skipped: "skip" }.freeze
    # As the service knows it from the vendor's client for Ruby.
    SKIP_REASON = "Skipped by Datadog's Test Impact Analysis"
    LONGEST = 5000
    STACK_LINES = 30
    SESSION = 0 # the context of what did not run

    def self.asked?(environ)
      return false if OFF.include?(environ["DD_CIVISIBILITY_ENABLED"].to_s.strip.downcase)

      ASKING.any? { |name| !environ[name].to_s.empty? }
    end

    # wanted: what the service wants of the run, nil when it is not reported.
    attr_reader :problems, :wanted

    # Asks the service. Never raises, and without an answer nothing is reported.
    def initialize(command, folder, framework, configuration)
      @trust = configuration.trust
      @root = configuration.root
      answer = command.open_report(folder, JsonText.generate(description(framework)))
      @problems = answer.notices.dup
      @problems << "nothing is reported: #{answer.failure}" if answer.failure
      document = answer.document
      @wanted = Wanted.new(document) if document.is_a?(Hash) && document["reporting"] == true
    end

    def on? = !@wanted.nil?

    # Does the service forbid that the test is left out, or want it where the evidence alone does not decide?
    def leaves_out?(told, has_alibi)
      return has_alibi if !on? || @trust == "local"
      return listed?(told) if @trust == "service"

      has_alibi && (!@wanted.lists? || listed?(told))
    end

    def listed?(told) = @wanted.listed?(told.suite, told.name, told.parameters)

    # -- notes: of an attempt that begins and has ended, of a test that did not run

    def begun(told, start_ns, tags) = document(told, start_ns, tags)

    def ended(told, start_ns, tags, seconds, outcome, exception)
      more = { duration_ns: (seconds * 1e9).to_i, status: STATUS.fetch(outcome, "fail") }
      document(told, start_ns, tags.merge(outcome_tags(outcome, exception))).merge(more)
    end

    def left_out(native, told, tags)
      skipped(native, told, tags.merge("test.skipped_by_itr" => "true"), SKIP_REASON)
    end

    def skipped(native, told, tags, reason)
      tags = tags.merge("test.skip_reason" => reason)
      native.record_note(SESSION, JsonText.generate(document(told, 0, tags).merge(status: "skip")))
    end

    # "test.source.file", where it begins and, of what is code, ends; nothing for what lies outside of the repository.
    def place(path, line, code = nil)
      whole = File.expand_path(path.to_s)
      root = @wanted&.root || @root
      return {} unless whole.start_with?("#{root}/")

      place = { "test.source.file" => whole.delete_prefix("#{root}/"), "test.source.start" => line.to_s }
      last = last_line(code)
      place["test.source.end"] = last.to_s if last && last >= line.to_i
      place
    end

    private

    def description(framework)
      name, version = framework.split(" ", 2)
      { framework: name, framework_version: version.to_s, command: [$PROGRAM_NAME, *ARGV].join(" "), language: "ruby",
        runtime_name: RUBY_ENGINE, runtime_version: RUBY_VERSION, root: @root }
    end

    def document(told, start_ns, tags)
      forced = told.tags.key?("test.itr.unskippable") && listed?(told) ? { "test.itr.forced_run" => "true" } : {}
      { module: told.module, suite: told.suite, name: told.name, parameters: told.parameters.to_s, start_ns: start_ns,
        tags: told.tags.merge(forced, tags) }
    end

    # Of a block or a method: where it returns.
    def last_line(code)
      return unless code && defined?(RubyVM::InstructionSequence)

      RubyVM::InstructionSequence.of(code)&.trace_points&.map(&:first)&.max
    end

    def outcome_tags(outcome, exception)
      return { "test.result" => outcome == :xfailed ? "xfail" : "xpass" } if %i[xfailed xpassed].include?(outcome)
      return {} if outcome == :passed || exception.nil?
      return { "test.skip_reason" => short(exception.message) } if outcome == :skipped

      { "error.type" => exception.class.name.to_s, "error.message" => short(exception.message),
        "error.stack" => short(Array(exception.backtrace).first(STACK_LINES).join("\n")) }
    end

    def short(text) = text.to_s.scrub.encode("UTF-8", invalid: :replace, undef: :replace)[0, LONGEST]
  end
end
