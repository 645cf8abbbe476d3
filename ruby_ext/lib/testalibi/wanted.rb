# frozen_string_literal: true

require "set"

module Testalibi
  # What the service wants of a run, as `alibi ship --open` printed it (collector/ship/OPENING.md): which tests may be
  # left out, which it knows, which it manages, what is tried again. Asked by the adapters, on any thread; never changes.
  # A member that is not what it should be is off.
  class Wanted
    MARKS = %w[quarantined disabled attempt_to_fix].freeze
    FIX_RETRIES = 20
    NO_MARKS = [].freeze

    # rows: [[seconds, retries], ...], the first that fits holds.
    FlakeDetection = Struct.new(:rows, :faulty_percent)
    # Of failed tests: retries of each, and how many tests of this process.
    FailedRetries = Struct.new(:per_test, :tests)

    attr_reader :root, :early_flake_detection, :flaky_test_retries, :attempt_to_fix_retries

    def initialize(document)
      @root = document["root"] if document["root"].is_a?(String)
      @skippable = skippable(document["skippable"])
      @known = known(document["known"])
      @managed = managed(document["managed"])
      @modified = modified(document["modified"])
      @early_flake_detection = flake_detection(document["early_flake_detection"])
      @flaky_test_retries = failed_retries(document["flaky_test_retries"])
      count = document["attempt_to_fix_retries"]
      @attempt_to_fix_retries = count?(count) ? count : FIX_RETRIES
    end

    # Is there more to do than to leave tests out?
    def acts? = !(@known || @managed || @modified || @early_flake_detection || @flaky_test_retries).nil?

    def lists? = !@skippable.nil?
    def knows? = !@known.nil?
    def manages? = !@managed.nil?
    def compares? = !@modified.nil?

    # An entry without parameters stands for all of them: `alibi serve` leaves out together what differs in them only.
    def listed?(suite, name, parameters)
      return false unless @skippable

      [[suite, ""], [suite, name]].any? do |key|
        texts = @skippable[key]
        texts && (texts.include?("") || texts.include?(parameters.to_s))
      end
    end

    def new?(suite, name) = !@known.nil? && !@known[suite]&.include?(name)

    def marks(suite, name) = @managed ? @managed.fetch([suite, name], NO_MARKS) : NO_MARKS

    # first, last: nil when the lines are not known.
    def modified?(file, first = nil, last = nil)
      ranges = @modified&.[](file)
      return false unless ranges

      first.nil? || last.nil? || ranges.any? { |from, to| from <= last && to >= first }
    end

    private

    # Ruby's client ignores the module, and so does the service for it: here, too, it does not count.
    def skippable(listed)
      return unless rows?(listed)

      listed.each_with_object({}) do |(_, suite, name, parameters), found|
        (found[[suite, name]] ||= Set.new) << parameters.to_s
      end
    end

    def known(modules)
      return unless modules.is_a?(Hash) && !modules.empty?

      modules.each_value.grep(Hash).each_with_object({}) do |suites, found|
        suites.each { |suite, names| (found[suite] ||= Set.new).merge(names) if names.is_a?(Array) }
      end
    end

    def managed(listed)
      return unless rows?(listed)

      listed.each_with_object({}) do |(_, suite, name, marks), found|
        found[[suite, name]] = found.fetch([suite, name], NO_MARKS) | (MARKS & marks) if marks.is_a?(Array)
      end
    end

    def modified(files)
      return unless files.is_a?(Hash)

      files.transform_values { |ranges| ranges.is_a?(Array) ? ranges.select { |range| numbers?(range) } : [] }
    end

    def flake_detection(document)
      return unless document.is_a?(Hash) && document["retries"].is_a?(Array)

      rows = document["retries"].select { |row| numbers?(row) && count?(row.last) }
      percent = document["faulty_percent"]
      FlakeDetection.new(rows, percent.is_a?(Numeric) ? percent : 0)
    end

    def failed_retries(document)
      return unless document.is_a?(Hash) && document.values_at("per_test", "tests").all? { |each| count?(each) }

      FailedRetries.new(document["per_test"], document["tests"])
    end

    def rows?(listed) = listed.is_a?(Array) && listed.all?(Array)
    def numbers?(pair) = pair.is_a?(Array) && pair.size == 2 && pair.all?(Numeric)
    def count?(value) = value.is_a?(Integer) && value >= 0
  end
end
