# frozen_string_literal: true

require_relative "../shared_setup"
require_relative "repeated"

module Testalibi
  module RSpec
    # Where Alibi stands in a run of RSpec: before all examples, to leave out those that have an alibi; around the
    # hooks of each group and around each example, to record. Recording begins as soon as this is required, so that
    # what loads after it is seen.
    module Hooks
      BISECT = /Bisect/.freeze
      SKIPPED = "skipped"
      ANONYMOUS = "anonymous example"
      OWN_FRAMES = %r{/lib/testalibi/}.freeze

      class << self
        def install
          # It starts a run for each set of examples, by itself.
          return if @installed || ARGV.any? { |argument| argument.start_with?("--bisect") }

          @installed = true
          return unless Run.begin("rspec #{::RSpec::Core::Version::STRING}")

          ::RSpec.configuration.backtrace_exclusion_patterns << OWN_FRAMES
          ::RSpec::Core::Runner.prepend(Whole)
        end

        # No sooner than this: an alias that somebody makes of a method with ours before it is ours, and calls itself.
        def stand_around_examples
          ::RSpec::Core::Example.prepend(Running)
          ::RSpec::Core::ExampleGroup.singleton_class.prepend(Groups)
        end

        # Nil: nothing is recorded here. RSpec inside an example is part of that example.
        def run = Run.inside_test? ? nil : Run.current

        def examples = @examples ||= Examples.new(Run.current.configuration.root)

        # A run of RSpec that shows or divides examples, in place of running them.
        def idle?(configuration)
          configuration.dry_run? || configuration.formatters.any? { |formatter| BISECT.match?(formatter.class.name) }
        end

        # RSpec counts what is left, and runs the hooks of a context for what is left.
        def leave_out(run, world, configuration)
          examples.number_all(world.all_examples)
          run.select(options(configuration), of_tests: skipped(world.all_examples))
          run.look_at { world.all_examples.map { |example| [suite(example), test_name(example)] } }
          reject_spared(run, world)
        end

        # Of a worker that loads one file after another (`alibi run`): the next one's groups are all there are.
        def unit_loaded(world)
          run = self.run or return
          run.guarded do
            examples.number_anew(world.all_examples)
            run.look_at { world.all_examples.map { |example| [suite(example), test_name(example)] } }
            reject_spared(run, world)
          end
        end

        def left_out? = run&.left_out?

        def reject_spared(run, world)
          world.all_example_groups.each do |group|
            world.filtered_examples[group].reject! do |example|
              run.spare?(examples.id(example), always: examples.always?(example)) { told(run, example) }
            end
          end
        end

        # What the run was asked for that can change what an example does.
        def options(configuration)
          given = { warnings: configuration.warnings?, threadsafe: configuration.threadsafe?, libs: configuration.libs,
                    requires: configuration.requires - ["testalibi/rspec"] }
          { "rspec" => given.map { |name, value| "#{name}=#{value}" }.join(" ") }
        end

        # Of an example that RSpec skips no code runs, so that it is one counts by itself.
        def skipped(all) = all.select { |example| skipped?(example) }.to_h { |example| [skip_of(example), SKIPPED] }
        def skipped?(example) = example.metadata[:skip]
        def skip_of(example) = "skip of #{examples.id(example)}"

        # Of before(:context) and after(:context), by group.
        def shared = @shared ||= SharedSetup.new(Run.current)

        def around_context(group, what)
          return yield unless run && group.metadata

          shared.around(group, "#{what} of #{group.description}") { yield }
        end

        # The block runs the example, with an instance of its group and a reporter.
        def record(example, instance, reporter, &once)
          run = self.run
          return yield(instance, reporter) if run.nil? || disabled?(run, example)

          context = began(run, example)
          trial = run.trial(context)
          return Repeated.new(run, context, trial, example, reporter).run(instance, &once) if trial

          record_once(run, context, example) { yield instance, reporter }
        end

        def record_once(run, context, example)
          started = Run.now
          begin
            Run.inside_test { yield }
          ensure
            run.guarded { run.end_test(context, outcome(example), Run.now - started, exception: exception_of(example)) }
          end
        end

        # RSpec then runs nothing of it.
        def disabled?(run, example)
          run.guarded(false) do
            run.disabled? { told(run, example) } && example.metadata[:skip] = Attempts::DISABLED
          end
        end

        def began(run, example)
          run.guarded(0) do
            always = examples.always?(example)
            run.begin_test(examples.id(example), always: always) { told(run, example) }.tap do |context|
              shared.began(context, example.example_group.parent_groups)
              run.record(:option, skip_of(example), content: SKIPPED) if skipped?(example)
            end
          end
        end

        # As the vendor's client names it: positions of an example stand for its parameters.
        def told(run, example)
          metadata = example.metadata
          scoped = JsonText.generate({ arguments: {}, metadata: { scoped_id: metadata[:scoped_id].to_s } })
          tags = run.place(metadata[:absolute_file_path], metadata[:line_number], metadata[:block])
          tags["test.itr.unskippable"] = "true" if examples.always?(example)
          Reporting::Told.new(module: "rspec", suite: suite(example), name: test_name(example), parameters: scoped, tags: tags)
        end

        def suite(example)
          top = example.example_group.parent_groups.last
          IntakeName.of("#{top.description} at #{top.metadata[:file_path]}")
        end

        def test_name(example)
          top = example.example_group.parent_groups.last
          name = full_name(example.metadata).sub(top.description.to_s, "").strip
          name.empty? ? ANONYMOUS : IntakeName.of(name)
        end

        def full_name(metadata)
          return metadata[:full_description].to_s if metadata[:description_args].to_a.any? { |each| !each.to_s.strip.empty? }

          "#{metadata[:example_group][:full_description]} #{BlockName.of(metadata[:block]) || ANONYMOUS}"
        end

        def exception_of(example)
          result = example.execution_result
          result.exception || (result.pending_message && StandardError.new(result.pending_message))
        end

        def outcome(example)
          result = example.execution_result
          return :passed if result.status == :passed
          return :failed unless result.status == :pending

          result.pending_exception ? :xfailed : :skipped
        end
      end

      module Groups
        def run_before_context_hooks(*) = Hooks.around_context(self, "before(:context)") { super }
        def run_after_context_hooks(*) = Hooks.around_context(self, "after(:context)") { super }
      end

      module Running
        def run(instance, reporter) = Hooks.record(self, instance, reporter) { |*given| super(*given) }
      end

      module Whole
        def run_specs(example_groups)
          run = Hooks.run or return super
          return super.tap { run.abandon } if run.guarded(true) { Hooks.idle?(@configuration) }

          Hooks.stand_around_examples
          all = @world.example_count(example_groups)
          run.guarded { Hooks.leave_out(run, @world, @configuration) }
          fails_when_empty = @configuration.fail_if_no_examples
          @configuration.fail_if_no_examples = false if all.positive?
          super.tap do |status|
            @configuration.fail_if_no_examples = fails_when_empty
            run.finish(status).each { |line| @configuration.reporter.message(line) }
          end
        end
      end
    end
  end
end
