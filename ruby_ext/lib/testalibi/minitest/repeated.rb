# frozen_string_literal: true

module Testalibi
  module Minitest
    # One test that the service may want to be tried again, or whose failure may be none of the run: runs it as often as
    # that, each time as a new instance of its class. Reporters see one result, of the attempt that decides. Runs on the
    # thread, or in the process, of the test.
    class Repeated
      QUARANTINED = "Quarantined by Datadog, its failure does not count"
      Ended = Struct.new(:outcome, :seconds, :failure, :result)

      # A result as of a test that was skipped. failures: of the result; backtrace: that Minitest finds the place in.
      def self.skip(failures, reason, backtrace)
        skip = ::Minitest::Skip.new(reason)
        skip.set_backtrace(backtrace)
        failures.replace([skip])
      end

      def initialize(run, context, trial, test)
        @run = run
        @context = context
        @attempts = trial.attempts
        @test = test
        @ended = []
      end

      # The block runs the test the first time.
      def run(&once)
        begin
          Run.inside_test { attempt_all(&once) }
        ensure
          last = decided
          @run.guarded { finish(last) } if last
        end
        @run.guarded { forgive(last) if @attempts.forgiven? }
        last ? last.result : @result
      end

      private

      def finish(last)
        @run.end_test(@context, last.outcome, last.seconds, exception: Hooks.raised(last.failure))
      end

      def attempt_all(&once)
        while once && attempt(&once)
          test = @run.guarded { @test.class.new(@test.name) }
          once = test && -> { test.run }
        end
      end

      # Is there to be another one?
      def attempt
        started = Run.now
        begin
          @result = nil
          @result = yield
        ensure
          why = @run.guarded { ended(@result, Run.now - started) }
        end
        !why.nil?
      end

      def ended(result, seconds)
        ended = Ended.new(Hooks.outcome(result), seconds, Hooks.failure_of(result), result)
        @ended << ended
        @run.tried(@context, ended.outcome, seconds, Hooks.raised(ended.failure))
      end

      def decided
        index = @run.guarded { @attempts.deciding }
        (index && @ended[index]) || @ended.last
      end

      def forgive(ended)
        failure = ended.failure or return
        reason = "#{QUARANTINED}:\n#{failure.result_label}: #{failure.message}"
        self.class.skip(ended.result.failures, reason, failure.backtrace || [])
      end
    end
  end
end
