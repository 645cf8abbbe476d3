# frozen_string_literal: true

# Makes RSpec a persistent worker: it asks `alibi run` for one spec file after another (collector/run/WORKERS.md).
#
# Loaded with `-r`, without files on the command line. The first file is loaded before before(:suite) runs, because a
# helper that it requires may define such hooks; each later one when its turn comes, with the groups of the earlier
# ones put aside. One reporter, one summary. A file that cannot be loaded fails its unit, the others go on. What
# filter_run_when_matching (focus) says holds for the files in which something matches.
# Ruby 3.0 or later, RSpec 3.8 or later; requires nothing else.

require "set"
require "rspec/core"
require_relative "alibi_worker_folder"
require_relative "alibi_worker_line"

module AlibiRSpecWorker
  # What Runner#run_specs takes for the groups to run: those of one unit after the other.
  class Units
    def initialize(worker) = @worker = worker
    def flat_map(&block) = @worker.groups.flat_map(&block)
    def map(&block) = @worker.run_units(&block)
  end

  # Which examples of a unit run: filters that it brings along are gone when it is over.
  class Filters
    def initialize(world) = @world = world

    def focus(filter) = (@focus ||= {}).update(filter)

    def begin_unit
      rules = @world.filter_manager.inclusions.rules
      rules.replace(@before) if @before
      @before = rules.dup
    end

    # A helper that the first files require may set filters for all.
    def loaded
      rules = @world.filter_manager.inclusions.rules
      @before = rules.reject { |name, _| %i[ids locations].include?(name) }
      forget
      return if @focus.nil? || rules.key?(:full_description)

      others = rules.dup
      rules.replace(@focus.merge(rules))
      return unless @world.example_count.zero?

      rules.replace(others)
      forget
    end

    def run_all_if_none(configuration)
      return unless configuration.run_all_when_everything_filtered? && @world.example_count.zero?

      @world.filter_manager.inclusions.rules.clear
      forget
    end

    private

    def forget
      @world.filtered_examples.clear
      @world.all_example_groups.each { |group| group.instance_variable_set(:@descendant_filtered_examples, nil) }
    end
  end

  # The run of this process.
  class Worker
    def initialize(line, files)
      @line = line
      @files = files
      @folder = AlibiWorkerFolder.new
      @all = []
      @is_interrupted = false
    end

    attr_reader :files, :filters
    attr_writer :is_interrupted # by a signal

    def start(configuration)
      @configuration = configuration
      @world = configuration.world
      configuration.requires.delete(__FILE__)
      configuration.backtrace_exclusion_patterns << /#{Regexp.escape(__FILE__)}/
      decline("--dry-run runs nothing") if configuration.dry_run?
      @filters = Filters.new(@world)
      @line.say(ready: 1, framework: "rspec", version: RSpec::Core::Version::STRING)
      load_next
      configuration.fail_if_no_examples = false # of all files: this worker's may have none
    end

    def groups = @world.example_groups

    # Truth for each group that passed.
    def run_units(&run_group)
      results = []
      @folder.tests_begin
      while @unit
        results.concat(run_unit(&run_group))
        break @line.say(stop: "RSpec ends the run") if @world.wants_to_quit

        load_next
      end
      finish(results)
    rescue Exception => e # rubocop:disable Lint/RescueException -- of an example that exits
      done("failed", arguments) if @unit
      @line.say(stop: e.class.name)
      finish([])
      raise
    end

    # What units were told with is put aside before after(:suite).
    def all_over
      return unless @over

      @line.say(failed_outside: true) if @world.non_example_failure
      @world.non_example_failure ||= @told_failure
    end

    private

    def decline(reason)
      warn "alibi: no persistent worker: #{reason}"
      exit! 1
    end

    def load_next
      @unit = @line.ask
      return groups.clear unless @unit

      @started = now
      @line.say(begin: @unit["id"])
      @failures = reporter.failed_examples.size
      @examples = reporter.examples.size
      @others_failed, @world.non_example_failure = @world.non_example_failure, nil
      @loading = nil
      @folder.load { load_unit }
      @loading = milliseconds_since(@started)
      @suite_hooks ? run_new_suite_hooks : @suite_hooks = suite_hooks.size # RSpec runs the first ones
    end

    def load_unit
      file = @folder.path(@unit["file"])
      selectors = (Array(@unit["arguments"]) - [@unit["file"]]).map { |selector| @folder.path(selector) }
      @filters.begin_unit
      load_file(file) unless file == @loaded && @unit["attempt"].to_i <= 1
      selectors.each { |selector| @configuration.__send__(:extract_location, selector) }
      @filters.loaded
      @filters.run_all_if_none(@configuration)
      tell_alibi
    end

    def load_file(file)
      groups.clear
      @world.example_group_counts_by_spec_file.delete(file)
      forget_lines
      @loaded = file
      begin
        @configuration.__send__(:load_file_handling_errors, :load, file)
      rescue SystemExit
        @world.rspec_is_quitting = false
      end
      @configuration.loaded_spec_files << file
      put_aside_failed if @world.non_example_failure
      @all.concat(groups)
    end

    # RSpec ends the whole run where a file cannot be loaded.
    def put_aside_failed
      @loaded = nil
      @world.wants_to_quit = false
      groups.clear
    end

    def forget_lines
      memo = :@descending_declaration_line_numbers_by_file
      @world.remove_instance_variable(memo) if @world.instance_variable_defined?(memo)
    end

    def run_unit
      failed_to_load = @world.non_example_failure
      found = !@world.all_examples.empty?
      ordered = @configuration.ordering_registry.fetch(:global).order(groups)
      results = ordered.map { |group| yield group }
      failed = reporter.failed_examples.drop(@failures).map { |example| example.id.delete_prefix("./") }
      failed << @unit["file"] if failed.empty? && (failed_to_load || @world.non_example_failure || lost?(found))
      has_failed = failed.any? || @world.wants_to_quit
      # Cut short it is to run again as a whole. What a signal interrupted failed nothing.
      failed = arguments if @world.wants_to_quit && (failed.any? || !@is_interrupted)
      done(has_failed ? "failed" : (found ? "passed" : "none"), failed)
      results << !has_failed
    end

    # A retry that finds nothing of what failed; filters leave out the same of a whole file as before.
    def lost?(found)
      return false if @unit["attempt"].to_i <= 1 || @world.wants_to_quit || reporter.examples.size > @examples

      !found || arguments != [@unit["file"]]
    end

    def arguments
      given = Array(@unit["arguments"])
      given.empty? ? [@unit["file"]] : given
    end

    def done(outcome, failed)
      tests = reporter.examples.size - @examples
      left_out = [@world.all_examples.size - tests, 0].max
      @world.non_example_failure ||= @others_failed
      @line.say(done: @unit["id"], outcome: outcome, ms: milliseconds_since(@started), loading_ms: @loading, tests: tests,
                left_out: left_out, failed: failed)
      @unit = nil
    end

    def milliseconds_since(moment) = ((now - moment) * 1000).round

    # All that ran, for whoever looks at it in the end: arguments to run failures again, stored states.
    def finish(results)
      groups.replace(@all.uniq)
      @told_failure, @world.non_example_failure = @world.non_example_failure, nil
      @over = true
      results
    end

    # A helper that only a later file requires may define some.
    def run_new_suite_hooks
      added = suite_hooks.drop(@suite_hooks)
      @suite_hooks = suite_hooks.size
      @configuration.__send__(:run_suite_hooks, "a `before(:suite)` hook", added) unless added.empty?
      @folder.tests_begin
    end

    def suite_hooks = @configuration.instance_variable_get(:@before_suite_hooks) || []

    # Where its library is there, it leaves out examples of each unit.
    def tell_alibi
      return unless @suite_hooks && alibi.respond_to?(:unit_loaded)

      alibi.unit_loaded(@world)
    end

    def alibi = defined?(::Testalibi::RSpec::Hooks) ? ::Testalibi::RSpec::Hooks : nil

    def reporter = @configuration.reporter
    def now = CLOCK.call(Process::CLOCK_MONOTONIC)
    CLOCK = Process.method(:clock_gettime) # as it is now: examples stop the clock
  end

  # -- where RSpec comes by after its options are known, with this file among them

  module Loading
    def load_spec_files
      AlibiRSpecWorker.worker.start(self)
      @spec_files_loaded = true
    end

    def with_suite_hooks
      super
    ensure
      AlibiRSpecWorker.worker.all_over
    end

    # All that this worker may come to run: helpers look at it.
    def files_to_run = AlibiRSpecWorker.worker.files || super

    def filter_run_including(*given) = filtered(given) || super
    def filter_run(*given) = filtered(given) || super

    def filtered(given)
      filters = AlibiRSpecWorker.worker.filters
      return unless filters && caller_locations(2, 2).any? { |place| place.base_label == "filter_run_when_matching" }

      filters.focus(RSpec::Core::Metadata.build_hash_from(given.dup))
    end
  end

  module Groups
    def ordered_example_groups = Units.new(AlibiRSpecWorker.worker)

    def announce_filters = nil
  end

  module Interrupts
    private

    def handle_interrupt
      AlibiRSpecWorker.worker.is_interrupted = true
      super
    end
  end

  class << self
    attr_reader :worker

    def install
      list = ENV.delete("ALIBI_WORKER_FILES")
      files = File.readlines(list, chomp: true, encoding: "UTF-8") if list
      @worker = Worker.new(AlibiWorkerLine.open, files)
      RSpec::Core::Configuration.prepend(Loading)
      RSpec::Core::World.prepend(Groups)
      RSpec::Core::Runner.singleton_class.prepend(Interrupts)
    end
  end
end

AlibiRSpecWorker.install
