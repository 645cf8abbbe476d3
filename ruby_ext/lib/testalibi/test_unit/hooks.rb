# frozen_string_literal: true

require_relative "../shared_setup"

module Testalibi
  module TestUnit
    # Where Alibi stands in a run of test-unit: between collecting the tests and running them, to leave out those that
    # have an alibi; around each test, and around startup and shutdown of a class, to record.
    module Hooks
      class << self
        def install
          return if @run

          @run = Run.begin("test-unit #{::Test::Unit::VERSION}")
          return unless @run

          @tests = TestClasses.new(@run.configuration.root)
          @shared = SharedSetup.new(@run)
          ::Test::Unit::AutoRunner.prepend(Whole)
          ::Test::Unit::Util::BacktraceFilter.prepend(Frames)
          ::Test::Unit::Util::BacktraceFilter.singleton_class.prepend(Frames)
        end

        # No sooner than this: an alias that somebody makes of a method with ours before it is ours, and calls itself.
        def stand_around_tests
          ::Test::Unit::TestCase.prepend(Recorded)
          suites.each { |suite| suite.prepend(ClassHooks) if suite.private_method_defined?(:run_startup) }
        end

        # Nil: nothing is recorded here. A run inside a test is part of that test.
        def run = Run.inside_test? ? nil : Run.current

        def leave_out(suite)
          run&.guarded do
            number(suite)
            run.select({ "test-unit" => "warnings=#{$VERBOSE.inspect}" })
            thin_out(suite)
          end
          suite
        end

        def record(test)
          run = self.run or return yield
          context = began(run, test)
          started = Run.now
          ended = false
          begin
            Run.inside_test { yield }.tap { ended = true }
          ensure
            run.guarded { run.end_test(context, ended ? outcome(test) : :error, Run.now - started) }
          end
        end

        def around_class_hook(klass, what)
          return yield unless run && klass

          @shared.around(klass, "#{what} of #{klass.name}") { yield }
        end

        private

        # Releases after 3.5 have runners of suites.
        def suites
          %i[TestSuite TestSuiteRunner].select { |name| ::Test::Unit.const_defined?(name) }
                                       .map { |name| ::Test::Unit.const_get(name) }
        end

        # In one order, whatever order they run in.
        def number(suite)
          @tests.number_all(classes(suite).uniq.sort_by { |klass| klass.name.to_s })
        end

        def classes(suite) = suite.tests.flat_map { |each| suite?(each) ? classes(each) : [each.class] }

        def suite?(test) = test.respond_to?(:tests)

        def thin_out(suite)
          suite.tests.reject! do |each|
            next run.spare?(id(each), always: always?(each)) unless suite?(each)

            thin_out(each)
            each.empty?
          end
        end

        def id(test) = @tests.id(test.class, test.local_name)

        def always?(test) = @tests.always?(test.class, test.method_name)

        def began(run, test)
          run.guarded(0) do
            run.begin_test(id(test), always: always?(test)).tap do |context|
              @shared.began(context, test.class.ancestors.grep(Class))
            end
          end
        end

        # One that was neither brought to its end nor failed was omitted or is pending.
        def outcome(test)
          return :failed unless test.passed?

          test.interrupted? ? :skipped : :passed
        end
      end

      module Recorded
        def run(*arguments, **options, &block) = Hooks.record(self) { super(*arguments, **options, &block) }
      end

      # Of failures: without ours, as without test-unit's own.
      module Frames
        OWN = %r{/lib/testalibi/}.freeze

        def filter_backtrace(backtrace, *prefix)
          return super if backtrace.nil? || ENV["TEST_UNIT_ALL_BACKTRACE"]

          super(backtrace.grep_v(OWN), *prefix)
        end
      end

      module ClassHooks
        private

        def run_startup(*) = Hooks.around_class_hook(testalibi_class, "startup") { super }

        def run_shutdown(*) = Hooks.around_class_hook(testalibi_class, "shutdown") { super }

        def testalibi_class = @test_case || @test_suite&.test_case
      end

      module Whole
        def run
          current = Hooks.run or return super
          Hooks.stand_around_tests
          collector = @collector
          @collector = ->(runner) { collector[runner]&.then { |suite| Hooks.leave_out(suite) } }
          super.tap { |passed| current.finish(passed ? 0 : 1).each { |line| puts(line) } }
        end
      end
    end
  end
end
