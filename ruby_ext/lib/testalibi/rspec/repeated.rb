# frozen_string_literal: true

module Testalibi
  module RSpec
    # One example that the service may want to be tried again, or whose failure may be none of the run: runs it as often
    # as that, each time in a new instance of its group. Formatters, --fail-fast and the exit status see one example,
    # which ended as the attempt that decides. Runs on the thread of the example.
    class Repeated
      QUARANTINED = "Quarantined by Datadog, its failure does not count"
      # What an example changes about itself when it says `pending` or `skip`.
      MARKS = %i[pending skip].freeze
      Ended = Struct.new(:outcome, :seconds, :failure, :exception, :result, :marks)

      def initialize(run, context, trial, example, reporter)
        @run = run
        @context = context
        @attempts = trial.attempts
        @example = example
        @reporter = reporter
        @marks = marks
        @quiet = Quiet.new(reporter)
        @ended = []
      end

      # The block runs the example once, with an instance and a reporter. Says what RSpec's own says: did it not fail?
      def run(instance, &once)
        begin
          Run.inside_test { attempt_all(instance, &once) }
        ensure
          last = decided
          @run.guarded { @run.end_test(@context, last.outcome, last.seconds, exception: last.failure) } if last
        end
        @run.guarded { show(last) } if last
        tell
      end

      private

      def attempt_all(instance, &once)
        instance = @run.guarded { another } while instance && attempt(instance, &once)
      end

      # Is there to be another one?
      def attempt(instance)
        started = Run.now
        begin
          yield instance, @quiet
        ensure
          why = @run.guarded { ended(Run.now - started) }
        end
        !why.nil? && !::RSpec.world.wants_to_quit
      end

      def ended(seconds)
        ended = state(seconds)
        @ended << ended
        @run.tried(@context, ended.outcome, seconds, ended.failure)
      end

      def state(seconds)
        Ended.new(Hooks.outcome(@example), seconds, Hooks.exception_of(@example), @example.exception,
                  @example.execution_result, marks)
      end

      def marks = @example.metadata.slice(*MARKS)

      # As RSpec makes one, and an example that has not run.
      def another
        put(nil, ::RSpec::Core::Example::ExecutionResult.new, @marks)
        group = @example.example_group
        group.new(@example.inspect_output).tap { |instance| group.set_ivars(instance, group.before_context_ivars) }
      end

      def put(exception, result, marks)
        @example.instance_variable_set(:@exception, exception)
        MARKS.each { |name| @example.metadata.delete(name) }
        @example.metadata.update(marks)
        @example.metadata[:execution_result] = result
      end

      def decided
        index = @run.guarded { @attempts.deciding }
        (index && @ended[index]) || @ended.last
      end

      def show(ended)
        put(ended.exception, ended.result, ended.marks)
        @example.instance_variable_set(:@reporter, @reporter)
        forgive(ended) if ended.exception && @attempts.forgiven?
      end

      # As an example that is pending, and fails as it is expected to.
      def forgive(ended)
        put(nil, ended.result, ended.marks)
        result = ended.result
        result.exception = nil
        result.status = :pending
        result.pending_message = QUARANTINED
        result.pending_exception = ended.exception
      end

      def tell
        status = @example.execution_result.status
        @reporter.example_finished(@example)
        @reporter.public_send("example_#{status}", @example)
        status != :failed
      end

      # The reporter as an attempt sees it: that the example has begun is told once, how it ended is not.
      class Quiet
        def initialize(reporter)
          @reporter = reporter
          @begun = false
        end

        def example_started(example)
          @reporter.example_started(example) unless @begun
          @begun = true
        end

        def example_finished(_) = nil
        def example_passed(_) = nil
        def example_failed(_) = nil
        def example_pending(_) = nil

        private

        def method_missing(name, ...) = @reporter.public_send(name, ...)
        def respond_to_missing?(name, all) = @reporter.respond_to?(name, all)
      end
    end
  end
end
