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

        private

        def at_plugins(&block)
          main = TOPLEVEL_BINDING.receiver
          hook = %i[InstallPlugin AfterConfiguration].find { |name| main.respond_to?(name, true) }
          main.send(hook) { |configuration, *| Run.attaching { block.call(configuration) } }
        end

        def attach(configuration)
          return @run.abandon if configuration.dry_run?

          configuration.filters << Chosen.new { |found| choose(found, configuration) }
          if MAJOR >= 4
            configuration.on_event(:gherkin_source_parsed) do |event|
              @run.guarded { @scenarios.parsed(event.gherkin_document) }
            end
          end
          configuration.on_event(EVENTS.first) { |event| began(event.test_case) }
          configuration.on_event(EVENTS.last) { |event| ended(event.result) }
        end

        def choose(found, configuration)
          @run.guarded(found) do
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
          @run.guarded do
            @context = @run.begin_test(@scenarios.id(test_case), always: @scenarios.always?(test_case)) { told(test_case) }
            @run.record(:option, option(test_case), content: @scenarios.text(test_case))
            @shared.began(@context, [self])
            @started = Run.now
          end
        end

        def ended(result)
          context, @context = @context, nil
          return unless context

          exception = result.exception if result.respond_to?(:exception)
          @run.guarded { @run.end_test(context, OUTCOMES[result.to_sym], Run.now - @started, exception: exception) }
        end

        def told(test_case) = @scenarios.told(test_case, @run)

        # Cucumber ends with exit, after the last hook.
        def finish(error)
          return if Run.current.nil?

          status = error.is_a?(SystemExit) ? error.status : 1
          @run.finish(error ? status : 0).each { |line| warn(line) }
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
