# frozen_string_literal: true

# Makes Minitest a persistent worker: it asks `alibi run` for one test file after another (collector/run/WORKERS.md).
#
# Given in place of the test files: `ruby -Itest alibi_minitest_worker.rb --seed 1`, `bin/rails test <this file>`. The
# first file is loaded before Minitest starts, because the helper that it requires brings plugins and options; each later
# one when its turn comes. What a file defines is run, with one set of reporters, told once. A file that cannot be loaded
# fails its unit, the others go on.
# Ruby 3.0 or later, Minitest 5.10 or later; requires nothing else.

require "minitest"
require_relative "alibi_worker_folder"
require_relative "alibi_worker_line"
# What reports: of the runner's, loaded here so that Ruby's path stays the project's.
ENV.delete("ALIBI_WORKER_LOAD")&.then { |file| require file }

module AlibiMinitestWorker
  # Which classes a file defines, and to which of others it adds tests.
  class Definitions
    def initialize
      @known = {}.compare_by_identity
      @added = {}.compare_by_identity
    end

    def added(owner, method)
      return unless method.start_with?("test_") && @known[owner]

      heirs = @known.keys.select { |suite| suite <= owner && suite.instance_method(method).owner == owner }
      heirs.each { |suite| (@added[suite] ||= []) << method.to_s }
    end

    # Class -> methods, or nil for all of it.
    def of
      @added = {}.compare_by_identity
      yield
      runnables = Minitest::Runnable.runnables
      fresh = runnables.drop(@seen.to_i).reject { |runnable| @known[runnable] }
      @seen = runnables.size
      fresh.each { |runnable| @known[runnable] = true }
      fresh.to_h { |runnable| [runnable, nil] }.compare_by_identity.merge(@added)
    end
  end

  # Hears of every test.
  class Counter < Minitest::AbstractReporter
    attr_reader :tests, :failed
    attr_accessor :is_broken # a file could not be loaded

    def initialize
      @root = "#{Dir.pwd}/"
      super
    end

    def reset
      @tests = 0
      @failed = []
    end

    def record(result)
      synchronize do
        @tests += 1
        @failed << place(result) unless result.passed? || result.skipped?
      end
    end

    def passed? = !is_broken

    def synchronize(&block) = (@lock ||= Mutex.new).synchronize(&block)

    private

    # "test/a_test.rb:12"
    def place(result)
      known = result.respond_to?(:source_location) ? result.source_location : result.method(result.name).source_location
      file, line = known
      "#{file.to_s.delete_prefix(@root)}:#{line}"
    end
  end

  # The run of this process.
  class Worker
    CLOCK = Process.method(:clock_gettime) # as it is now: tests stop the clock

    attr_reader :definitions

    def initialize(line)
      @line = line
      @folder = AlibiWorkerFolder.new
      @definitions = Definitions.new
      @of_files = {}
      @counter = Counter.new
      @counter.reset
    end

    def start
      @line.say(ready: 1, framework: "minitest", version: Minitest::VERSION)
      load_next
    end

    # In place of what Minitest does between the start of its reporters and their report.
    def run_units(reporter, options)
      reporter << @counter
      @running = true
      @folder.tests_begin
      while @unit
        run_unit(reporter, options)
        load_next
      end
    rescue Exception => e # rubocop:disable Lint/RescueException -- Interrupt, or a test that exits
      # What a signal interrupted failed nothing.
      done("failed", e.is_a?(Interrupt) && @counter.failed.empty? ? [] : arguments) if @unit
      @line.say(stop: e.class.name)
      raise
    end

    # A reporter or a block of after_run's that fails the run.
    def failed_outside = @line.say(failed_outside: true)

    def ran(is_passed)
      failed_outside unless is_passed || @has_failed
    end

    private

    def load_next
      return unless (@unit = @line.ask)

      @started = CLOCK.call(Process::CLOCK_MONOTONIC)
      @line.say(begin: @unit["id"])
      @counter.reset
      file = @folder.path(@unit["file"])
      @failed_to_load = false
      @classes = @of_files[file] ||= @folder.load { @definitions.of { load_file(file) } }
      @of_files.delete(file) if @failed_to_load # a retry loads it again
      tell_alibi
      @loading = milliseconds_since(@started)
    end

    def load_file(file)
      require file
    rescue ScriptError, StandardError, SystemExit => e
      @failed_to_load = @counter.is_broken = true
      warn "\nAn error occurred while loading #{@unit["file"]}:\n#{e.full_message(highlight: false)}"
    end

    def run_unit(reporter, options)
      # As in a plain run, whatever other files did to random numbers.
      srand(Minitest.seed) if Minitest.seed
      parallel, serial = @classes.keys.shuffle.partition { |suite| suite.test_order == :parallel }
      serial.each { |suite| run_suite(suite, reporter, options) }
      parallel.each { |suite| run_suite(suite, reporter, options) }
      wait_for_threads unless parallel.empty?
      done(outcome, @failed_to_load || lost? ? [@unit["file"]] : failed_here)
    end

    # A retry that finds nothing of what failed; filters leave out the same of a whole file as before.
    def lost?
      return false if @unit["attempt"].to_i <= 1 || @counter.tests.positive?

      arguments != [@unit["file"]] || @classes.none? { |suite, _| tests?(suite) }
    end

    def arguments
      given = Array(@unit["arguments"])
      given.empty? ? [@unit["file"]] : given
    end

    def outcome
      return "failed" if @failed_to_load || @counter.failed.any? || lost?

      @classes.any? { |suite, _| tests?(suite) } ? "passed" : "none"
    end

    # Inherited tests stand in another file, and a retry is of this one.
    def failed_here
      here, elsewhere = @counter.failed.uniq.partition { |place| place.start_with?("#{@unit["file"]}:") }
      elsewhere.empty? ? here : [@unit["file"]]
    end

    def run_suite(suite, reporter, options)
      options = chosen(suite, options)
      suite.respond_to?(:run_suite) ? suite.run_suite(reporter, options) : suite.run(reporter, options)
    end

    # What a unit selects ("test/a_test.rb:12"), or a file adds to a class of another one.
    def chosen(suite, options)
      names = selected(suite) || @classes[suite]
      return options unless names

      pattern = "/\\A(?:#{names.map { |name| Regexp.escape(name) }.join("|")})\\z/"
      { **options, filter: pattern, include: pattern }
    end

    def selected(suite)
      return if arguments.include?(@unit["file"])

      lines = arguments.map { |argument| argument[/:(\d+)\z/, 1].to_i }
      file = @folder.path(@unit["file"])
      suite.methods_matching(/\Atest_/).select do |name|
        path, line = suite.instance_method(name).source_location
        path && @folder.path(path) == file && lines.include?(line)
      end
    end

    def tests?(suite)
      suite.runnable_methods.any?
    rescue NotImplementedError
      false
    end

    def wait_for_threads
      executor = Minitest.parallel_executor
      return unless executor.respond_to?(:shutdown) && executor.respond_to?(:start)

      executor.shutdown
      executor.start
    end

    def done(outcome, failed)
      @has_failed ||= outcome == "failed"
      @line.say(done: @unit["id"], outcome: outcome, ms: milliseconds_since(@started), loading_ms: @loading,
                tests: @counter.tests, failed: failed)
      @unit = nil
    end

    def milliseconds_since(moment) = ((CLOCK.call(Process::CLOCK_MONOTONIC) - moment) * 1000).round

    # Where its library is there, it records and leaves out tests of each unit.
    def tell_alibi
      hooks = defined?(::Testalibi::Minitest::Hooks) && ::Testalibi::Minitest::Hooks
      hooks.classes_loaded(@classes.keys) if @running && hooks.respond_to?(:classes_loaded)
    end
  end

  # -- where Minitest comes by

  module Whole
    def __run(reporter, options) = AlibiMinitestWorker.worker.run_units(reporter, options) # Minitest 5
    def run_all_suites(reporter, options) = AlibiMinitestWorker.worker.run_units(reporter, options) # Minitest 6
  end

  module Ends
    def run(*) = super.tap { |is_passed| AlibiMinitestWorker.worker.ran(is_passed) }
    def after_run(&block) = super(&AlibiMinitestWorker.watched(block))
  end

  module Watched
    def method_added(name)
      AlibiMinitestWorker.worker.definitions.added(self, name)
      super
    end
  end

  class << self
    attr_reader :worker

    def begin
      forget_folder
      @worker = Worker.new(AlibiWorkerLine.open)
      Minitest.singleton_class.prepend(Whole, Ends)
      Minitest.class_variable_get(:@@after_run).map! { |block| watched(block) }
      Minitest::Runnable.singleton_class.prepend(Watched)
      @worker.start
      Minitest.autorun
    end

    def watched(block)
      lambda do
        block.call
      rescue Exception => e # rubocop:disable Lint/RescueException -- also of one that exits
        @worker.failed_outside unless e.is_a?(SystemExit) && e.success?
        raise
      end
    end

    private

    # Programs that tests start find Ruby's path as it was; a plugin of Minitest's may lie here.
    def forget_folder
      first, rest = ENV["RUBYLIB"].to_s.split(":", 2)
      ENV["RUBYLIB"] = rest if first == __dir__
    end
  end
end

AlibiMinitestWorker.begin
