# frozen_string_literal: true

require_relative "retrying"

module Testalibi
  # One test that is reported: its attempts, and the note about each (collector/ship/NOTES.md). Belongs to one thread.
  class Trial
    attr_reader :attempts

    def initialize(reporting, context, told, attempts)
      @reporting = reporting
      @context = context
      @told = told
      @attempts = attempts
      @notes = []
    end

    # why: there was an attempt before, and this is the reason for one more.
    def begins(native, why = nil)
      @why = why
      @start_ns = Run::CLOCK.call(Process::CLOCK_REALTIME, :nanosecond)
      write(native, [*@notes, @reporting.begun(@told, @start_ns, tags(@attempts.size))])
    end

    # Why there is to be another attempt, or nil.
    def ended(outcome, seconds, exception)
      number = @attempts.size
      @attempts.ended(Reporting::STATUS.fetch(outcome, "fail"), seconds)
      why = @attempts.next_reason
      @notes << @reporting.ended(@told, @start_ns, tags(number), seconds, outcome, exception)
      why
    end

    def write(native, notes = @notes) = native.record_note(@context, JsonText.generate(notes.one? ? notes.first : notes))

    private

    def tags(number) = @attempts.tags(number, @why)
  end

  # The tests of a run that is reported, from their first attempt to what they have come to. Any thread.
  class Trials
    def initialize(reporting)
      @reporting = reporting
      @retrying = Retrying.new(reporting.wanted)
      @trials = {}
      @counts = Hash.new(0)
      @mutex = Mutex.new
    end

    # Before the first test: [suite, name] of all that were collected, from the block.
    def look_at(native)
      return unless @retrying.looks?

      told = { session_tags: { "test.early_flake.abort_reason" => "faulty" } }
      native.record_note(Reporting::SESSION, JsonText.generate(told)) if @retrying.look_at(yield)
    end

    def begins(native, context, told)
      trial = Trial.new(@reporting, context, told, attempts(told))
      @mutex.synchronize { @trials[context] = trial }
      trial.begins(native)
    end

    # Nil: there is nothing to do but to run the test.
    def eventful(context)
      trial = of(context)
      trial if trial&.attempts&.eventful?
    end

    def tried(native, context, outcome, seconds, exception)
      trial = of(context)
      trial.ended(outcome, seconds, exception)&.tap { |why| trial.begins(native, why) }
    end

    def ends(native, context, outcome, seconds, exception)
      trial = @mutex.synchronize { @trials.delete(context) } or return
      trial.ended(outcome, seconds, exception) if trial.attempts.size.zero?
      trial.write(native)
      count(trial.attempts)
    end

    def to_fix?(told) = @retrying.wanted.manages? && attempts(told).to_fix?

    # Is it to be skipped, whatever else? The service hears of it.
    def disabled?(native, told)
      return false unless (attempts = attempts(told)).disabled?

      @reporting.skipped(native, told, attempts.tags(0), Attempts::DISABLED)
      @mutex.synchronize { @counts[:disabled] += 1 }
      true
    end

    def left_out(native, told) = @reporting.left_out(native, told, attempts(told).tags(0))

    # For people; nil when nothing happened.
    def line
      counts = @counts
      said = []
      said << "#{tests(counts[:again])} tried again (#{counts[:flaky]} flaky)" if counts[:again].positive?
      said << "#{counts[:forgiven]} quarantined #{counts[:forgiven] == 1 ? "test" : "tests"} failed" if counts[:forgiven].positive?
      said << "#{tests(counts[:disabled])} skipped as disabled" if counts[:disabled].positive?
      said.join(", ") unless said.empty?
    end

    private

    def of(context) = @mutex.synchronize { @trials[context] }

    def attempts(told)
      file, first, last = told.tags.values_at("test.source.file", "test.source.start", "test.source.end")
      @retrying.attempts(told.suite, told.name, file ? [file, first&.to_i, last&.to_i] : [])
    end

    def tests(count) = count == 1 ? "1 test was" : "#{count} tests were"

    def count(attempts)
      return unless attempts.size > 1 || attempts.forgiven?

      @mutex.synchronize do
        @counts[:again] += 1 if attempts.size > 1
        @counts[:flaky] += 1 if attempts.flaky?
        @counts[:forgiven] += 1 if attempts.forgiven?
      end
    end
  end
end
