# frozen_string_literal: true

require_relative "../shared_setup"

module Testalibi
  module Cucumber
    # Where Alibi stands in a run of Cucumber: among its filters, to leave out scenarios that have an alibi; at the
    # beginning and end of each test case, around BeforeAll and AfterAll, to record.
    module Hooks
      MAJOR = ::Cucumber::VERSION.to_i
      EVENTS = MAJOR >= 3 ? %i[test_case_started test_case_finished] : %i[before_test_case after_test_case]
      # What a scenario comes to that was not brought to its end runs again.
      OUTCOMES = Hash.new(:failed).update(passed: :passed, skipped: :skipped, pending: :skipped).freeze
      OWN_FRAMES = %r{/lib/testalibi/}.freeze
      GLOBAL_HOOKS = { before_all: "BeforeAll", after_all: "AfterAll" }.freeze

      class << self
        def install
          return if @run

          @run = Run.begin("cucumber #{::Cucumber::VERSION}")
          return unless @run

          @scenarios = Scenarios.new(@run.configuration.root)
          @shared = SharedSetup.new(@run)
          ::Cucumber::Runtime::SupportCode.prepend(GlobalHooks)
          at_plugins { |configuration| attach(configuration) }
          at_exit { finish($!) } # rubocop:disable Style/SpecialGlobalVars
        end

        def around_global_hooks(name)
          return yield unless Run.current.equal?(@run)

          @shared.around(self, name, "session") { yield }
        end

        # What stands between Cucumber's runner and its event bus while this scenario runs; nil: nothing.
        def attempts(test_case, bus)
          return unless Run.current.equal?(@run)

          @disabled = @run.guarded(false) { @run.disabled? { told(test_case) } }
          Repeated.new(@run, bus, strict_flaky: @strict_flaky) { tried }
        end

        def disabled? = @disabled

        # A scenario that began and ended already.
        def telling_again
          @again = true
          yield
        ensure
          @again = false
        end

        def outcome(result) = OUTCOMES[result.to_sym]
        def exception_of(result) = (result.exception if result.respond_to?(:exception))

        private

        # Of the scenario that began, if the service may want more than one run of it. One that Cucumber's own --retry runs
        # again was tried again already.
        def tried
          context = @context
          trial = context && !@tried[@id] && @run.trial(context)
          return unless trial

          @tried[@id] = true
          @context = nil
          [context, trial]
        end

        def at_plugins(&block)
          main = TOPLEVEL_BINDING.receiver
          hook = %i[InstallPlugin AfterConfiguration].find { |name| main.respond_to?(name, true) }
          main.send(hook) { |configuration, *| Run.attaching { block.call(configuration) } }
        end

        def attach(configuration)
          return @run.abandon if configuration.dry_run?

          act(configuration) if @run.acts?
          configuration.filters << Chosen.new { |found| choose(found, configuration) }
          if MAJOR >= 4
            configuration.on_event(:gherkin_source_parsed) do |event|
              @run.guarded { @scenarios.parsed(event.gherkin_document) }
            end
          end
          configuration.on_event(EVENTS.first) { |event| began(event.test_case) }
          configuration.on_event(EVENTS.last) { |event| ended(event.result) }
        end

        # On what the service wants of scenarios that run.
        def act(configuration)
          @strict_flaky = MAJOR >= 3 && configuration.strict.strict?(:flaky)
          @tried = {}
          ::Cucumber::Core::Test::Runner.prepend(Attempted)
          ::Cucumber::Runtime.prepend(Disabled)
          ::Cucumber::Formatter::BacktraceFilter.prepend(WithoutOwnFrames)
        end

        def choose(found, configuration)
          @run.guarded(found) do
            @run.look_at { found.map { |test_case| told(test_case).to_h.values_at(:suite, :name) } }
            texts = found.to_h { |test_case| [option(test_case), @scenarios.text(test_case)] }
            @run.select({ "cucumber" => options(configuration) }, of_tests: texts)
            found.reject do |test_case|
              @run.spare?(@scenarios.id(test_case), always: @scenarios.always?(test_case)) { told(test_case) }
            end
          end
        end

        def option(test_case) = "scenario #{@scenarios.id(test_case)}"

        # Support code is looked for in folders: another file there may change what any scenario does.
        def options(configuration)
          files = configuration.support_to_load + configuration.step_defs_to_load
          files.map { |path| File.expand_path(path).delete_prefix("#{@run.configuration.root}/") }.sort.join("\n")
        end

        def began(test_case)
          return if @disabled || @again

          @run.guarded do
            @id = @scenarios.id(test_case)
            @context = @run.begin_test(@id, always: @scenarios.always?(test_case)) { told(test_case) }
            @run.record(:option, option(test_case), content: @scenarios.text(test_case))
            @shared.began(@context, [self])
            @started = Run.now
          end
        end

        def ended(result)
          context, @context = @context, nil
          return unless context

          @run.guarded do
            @run.end_test(context, outcome(result), Run.now - @started, exception: exception_of(result))
          end
        end

        def told(test_case) = @scenarios.told(test_case, @run)

        # Cucumber ends with exit, after the last hook.
        def finish(error)
          return if Run.current.nil?

          status = error.is_a?(SystemExit) ? error.status : 1
          @run.finish(error ? status : 0).each { |line| warn(line) }
        end
      end

      # Of Cucumber's runner.
      module Attempted
        def test_case(test_case, &descend)
          attempts = Hooks.attempts(test_case, MAJOR >= 3 ? event_bus : report) or return super
          begin
            @alibi_attempts = attempts
            attempts.run { super(test_case, &descend) }
          ensure
            @alibi_attempts = nil
          end
          attempts.show(test_case)
          self
        end

        private

        def event_bus = @alibi_attempts&.between? ? @alibi_attempts : super
        def report = @alibi_attempts&.between? ? @alibi_attempts : super
      end

      module Disabled
        def begin_scenario(*)
          raise ::Cucumber::Core::Test::Result::Skipped, ::Testalibi::Attempts::DISABLED if Hooks.disabled?

          super
        end
      end

      module WithoutOwnFrames
        def exception
          found = super
          found.set_backtrace(found.backtrace.grep_v(OWN_FRAMES)) unless found.backtrace.nil? || ::Cucumber.use_full_backtrace
          found
        end
      end

      module GlobalHooks
        def fire_hook(name, *)
          label = GLOBAL_HOOKS[name]
          label ? Hooks.around_global_hooks(label) { super } : super
        end
      end
    end
  end
end
