# frozen_string_literal: true

require_relative "repeated"

module Testalibi
  module Minitest
    # Where Alibi stands in a run of Minitest: between a class and its tests, to leave out those that have an alibi;
    # around Minitest::Test#run, to record; and at the end of the report.
    #
    # A run of Minitest inside a test is part of that test.
    module Hooks
      # Minitest 6 gave what was called run_one_method the name of what was called run before.
      HAS_SUITES = ::Minitest::Runnable.respond_to?(:run_suite)

      class << self
        attr_reader :tests

        # As early as it can be. Nothing happens when it has begun, or nobody asks for it.
        def begin(switches)
          run = Run.begin("minitest #{::Minitest::VERSION}", asked: !switches.empty?,
                                                             environ: Switches.environ(switches))
          return if run.nil? || @tests

          @tests = TestClasses.new(run.configuration.root)
          @process = Process.pid
          ::Minitest.singleton_class.prepend(Whole)
          # Minitest 6 looks for no plugins by itself; to know one would keep Minitest 5 from looking for others.
          ::Minitest.register_plugin("testalibi") if HAS_SUITES
          # When Minitest stops before its first test. Blocks are called last to first.
          ::Minitest.after_run { Run.current&.abandon unless @attached }
        end

        # Of the outermost run of Minitest only; all tests are loaded.
        def attach(reporter, options)
          run = Run.current
          return if run.nil? || @attached || Process.pid != @process

          @attached = true
          @output = options[:io] || $stdout
          reporter.singleton_class.prepend(Report)
          run.guarded do
            prepend_all
            cover_all(::Minitest::Runnable.runnables)
            run.look_at { collected }
            run.select({ "minitest" => "warnings=#{$VERBOSE.inspect} error=#{options[:Werror].inspect}" })
          end
        end

        # Of a worker that loads one file after another (`alibi run`).
        def classes_loaded(classes)
          run = Run.current
          return unless run && @attached && Process.pid == @process

          run.guarded do
            cover_all(classes)
            run.look_at { collected }
          end
        end

        def report(passed)
          run = Run.current
          return if run.nil? || Process.pid != @process

          @all_spared = run.left_out?
          @tests = @attached = nil
          run.finish(passed ? 0 : 1).each { |line| @output.puts(line) }
        end

        def all_spared? = @all_spared

        def spare?(klass, method)
          run = Run.current
          return false if run.nil? || Run.inside_test?

          run.guarded(false) do
            run.spare?(@tests.id(klass, method), always: @tests.always?(klass, method)) { told(run, klass, method) }
          end
        end

        # The block runs the test.
        def record(test, &once)
          run = Run.current
          return yield if run.nil? || Run.inside_test?
          return test_result(test) if disabled?(run, test)

          context = began(run, test)
          trial = run.trial(context)
          return Repeated.new(run, context, trial, test).run(&once) if trial

          record_once(run, context, &once)
        end

        def failure_of(result) = result.respond_to?(:failures) ? result.failures.first : nil

        # An error that is no assertion, without what Minitest wraps it in.
        def raised(failure) = failure.is_a?(::Minitest::UnexpectedError) ? failure.error : failure

        def outcome(result)
          return :error if result.nil? || (result.respond_to?(:error?) && result.error?)
          return :skipped if result.skipped?

          result.passed? ? :passed : :failed
        end

        private

        def record_once(run, context)
          started = Run.now
          begin
            result = Run.inside_test { yield }
          ensure
            failure = raised(failure_of(result))
            run.guarded { run.end_test(context, outcome(result), Run.now - started, exception: failure) }
          end
        end

        # It becomes one that was skipped.
        def disabled?(run, test)
          run.guarded(false) do
            klass = test.class
            next false unless run.disabled? { told(run, klass, test.name) }

            place = klass.instance_method(test.name).source_location.to_a.join(":")
            test.time = 0
            Repeated.skip(test.failures, Attempts::DISABLED, [place])
          end
        end

        # As Minitest::Test#run gives it.
        def test_result(test) = defined?(::Minitest::Result) ? ::Minitest::Result.from(test) : test

        # Not what the classes say that runs: to ask them takes from the random numbers of the order.
        def collected
          ::Minitest::Runnable.runnables.select { |klass| klass <= ::Minitest::Test }.flat_map do |klass|
            klass.methods_matching(TestClasses::TEST).map { |method| [suite(klass, method), test_name(method)] }
          end
        end

        def began(run, test)
          run.guarded(0) do
            klass = test.class
            run.begin_test(@tests.id(klass, test.name), always: @tests.always?(klass, test.name)) do
              told(run, klass, test.name)
            end
          end
        end

        # As the vendor's client names it.
        def told(run, klass, method)
          code = klass.instance_method(method)
          path, line = code.source_location
          tags = run.place(path, line, code)
          tags["test.itr.unskippable"] = "true" if @tests.always?(klass, method)
          Reporting::Told.new(module: "minitest", suite: suite(klass, method), name: test_name(method), parameters: "",
                              tags: tags)
        end

        # A class is where its name was first given; the examples of a spec are where they are written.
        def suite(klass, method)
          path, = klass.instance_method(method).source_location
          path = place(klass) || path unless defined?(::Minitest::Spec) && klass <= ::Minitest::Spec
          IntakeName.of("#{klass.name} at #{from_here(path.to_s)}")
        end

        def test_name(method) = IntakeName.of(method.to_s)

        def from_here(path)
          return path unless path.start_with?("/")

          parts = path.split("/")
          here = Dir.pwd.split("/")
          common = parts.zip(here).take_while { |part, own| part == own }.size
          [*[".."] * (here.size - common), *parts.drop(common)].join("/")
        end

        def place(klass)
          Object.const_source_location(klass.name)&.first if klass.name
        rescue StandardError
          nil # a class that gives itself a name
        end

        # No sooner than this: an alias that somebody makes of a method with ours before it is ours, and calls itself.
        def prepend_all
          ::Minitest::Test.prepend(Recorded)
          @chosen ||= [chosen, chosen]
          ::Minitest::Runnable.singleton_class.prepend(@chosen.first)
          ::Minitest::Parallel::Test::ClassMethods.prepend(@chosen.last)
        end

        # Each place has a module of its own: Ruby extends no class with what a class above it has.
        def chosen
          Module.new do
            define_method(HAS_SUITES ? :run : :run_one_method) do |klass, method, reporter|
              Hooks.spare?(klass, method) ? nil : super(klass, method, reporter)
            end
          end
        end

        def cover_all(classes)
          @tests.number_all(classes)
          classes.each { |klass| cover(klass) if klass <= ::Minitest::Test }
        end

        # What stands before Minitest::Test#run (a process per test, a hook around it) belongs to the test too.
        def cover(klass)
          owner = klass.instance_method(:run).owner
          klass.prepend(Recorded) unless owner == Recorded || owner == ::Minitest::Test
        end
      end

      module Recorded
        def run(*) = Hooks.record(self) { super }
      end

      module Whole
        def init_plugins(options) = super.tap { Run.attaching { Hooks.attach(reporter, options) } }

        # Of Minitest 6: nothing ran, since all that was asked for has an alibi.
        def empty_run!(*) = Hooks.all_spared? || super
      end

      module Report
        def report(*) = super.tap { Hooks.report(passed?) }
      end
    end
  end
end
