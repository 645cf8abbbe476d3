# frozen_string_literal: true

module Testalibi
  module Cucumber
    # One run of a scenario, between Cucumber's runner and those whom it tells of it: passes all on as it comes, but for a
    # scenario that the service may want to be tried again, or whose failure may be none of the run. That one is run as
    # often as that, and what is told of it ends as the attempt that decides: from its first step that does not pass on,
    # all is kept until then. Runs on Cucumber's only thread.
    class Repeated
      QUARANTINED = "Quarantined by Datadog, its failure does not count"
      AGAIN = ::Cucumber::VERSION.to_i >= 3
      BEGAN, STEP_BEGAN, STEP_ENDED, ENDED =
        if AGAIN
          %i[test_case_started test_step_started test_step_finished test_case_finished]
        else
          %i[before_test_case before_test_step after_test_step after_test_case]
        end
      Attempt = Struct.new(:told, :result, :seconds)

      # bus: whom the runner tells (a BasicObject in Cucumber 2). The block gives [context, trial] of the scenario that began, or nil.
      def initialize(run, bus, strict_flaky: false, &begun)
        @run = run
        @bus = bus
        @strict_flaky = strict_flaky
        @begun = begun
        @attempts = []
        @passed_on = 0
        @keeps = false
      end

      # The block runs the scenario once.
      def run(&once)
        nil while attempt(&once)
      end

      # Does it stand between the runner and the bus? Not once the scenario began that is nothing but run.
      def between? = !@asked || !@trial.nil?

      # Tells how a scenario that was kept came out. When nothing stands in between any more: Cucumber may run it again.
      def show(test_case)
        tell_of(@run.guarded(@attempts.last) { decided }, test_case) if @trial
      end

      define_method(BEGAN) do |test_case|
        next unless @attempts.one?

        @bus.__send__(BEGAN, test_case)
        @asked = true
        @context, @trial = @run.guarded(nil) { @begun.call }
      end

      define_method(STEP_BEGAN) { |step| tell(STEP_BEGAN, step) }

      define_method(STEP_ENDED) do |step, result|
        @keeps ||= !result.passed?
        tell(STEP_ENDED, step, result)
      end

      define_method(ENDED) { |_, result| @attempts.last.result = result }

      private

      # Is there to be another one?
      def attempt
        @attempts << Attempt.new([])
        started = Run.now
        yield
        return unless @trial && (result = @attempts.last.result)

        @attempts.last.seconds = Run.now - started
        @keeps = true
        why = @run.tried(@context, Hooks.outcome(result), @attempts.last.seconds, Hooks.exception_of(result))
        !why.nil? && !::Cucumber.wants_to_quit
      end

      def tell(*event)
        @attempts.last.told << event
        return if @keeps

        @passed_on += 1
        @bus.__send__(*event)
      end

      def tell_of(last, test_case)
        @run.guarded { @run.end_test(@context, Hooks.outcome(last.result), last.seconds, exception: Hooks.exception_of(last.result)) }
        rest = passed?(last.told.first(@passed_on)) ? last.told.drop(@passed_on) : told_again(last, test_case)
        rest.each { |name, step, *results| @bus.__send__(name, step, *results.map { |each| counted(each) }) }
        @bus.__send__(ENDED, test_case, counted(last.result))
      end

      # What was told is not what came of it: all is told once more, as Cucumber tells of a scenario that it tries again.
      # Formatters of Cucumber 2 know of no such thing.
      def told_again(attempt, test_case)
        return [] unless AGAIN

        Hooks.telling_again { @bus.__send__(BEGAN, test_case) }
        attempt.told
      end

      def passed?(events) = events.all? { |_, _, result| result.nil? || result.passed? }

      # With --strict-flaky a scenario that passed in the end fails.
      def decided
        attempts = @trial.attempts
        deciding = attempts.deciding && @attempts[attempts.deciding]
        deciding = @attempts.reverse.find { |attempt| attempt.result.failed? } if @strict_flaky && attempts.flaky?
        deciding || @attempts.last
      end

      # As a scenario, and steps, that were skipped.
      def counted(result)
        return result if result.passed? || result.skipped? || !@trial.attempts.forgiven?

        said = Hooks.exception_of(result)&.message
        ::Cucumber::Core::Test::Result::Skipped.new([QUARANTINED, *said].join(": "), result.duration)
      end
    end
  end
end
