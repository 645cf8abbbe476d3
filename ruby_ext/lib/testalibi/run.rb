# frozen_string_literal: true

require_relative "command"
require_relative "configuration"
require_relative "installation"
require_relative "loaded_before"
require_relative "preloading"
require_relative "reporting"
require_relative "selection"
require_relative "session_folder"
require_relative "trials"

module Testalibi
  # One run of a test command: from its first test file to its report. The adapters drive it; nothing in here raises
  # into them.
  class Run
    OUTCOMES = { passed: 1, failed: 2, skipped: 3, error: 4, xfailed: 5, xpassed: 6 }.freeze
    ROLE_MAIN = 1
    INPUT = { file: 1, directory: 2, probe: 3, environment: 4, process: 5, socket: 6, import: 7, written: 8, option: 9 }.freeze
    STATE = { present: 1, absent: 2, other: 3, none: 4 }.freeze
    # The option input of a test that runs whatever has changed.
    ALWAYS = "always"
    INSIDE = :testalibi_inside_test
    DROP_STATE = 13 # evidence of unknown extent is missing
    CLOCK = Process.method(:clock_gettime) # as it is now: tests stop the clock

    class << self
      attr_accessor :current

      # Nil: not asked for.
      def begin(framework, asked: false, environ: ENV.to_h)
        return current if current

        configuration = Configuration.new(environ: environ, asked: asked)
        return unless configuration.enabled?

        return if inside_other_session?(asked)

        self.current = new(configuration, framework).tap(&:abandon_at_failed_start)
      rescue StandardError => e
        warn("alibi: nothing is recorded (#{e.class}: #{e.message})")
        nil
      end

      # A test run inside a test: by the variable alone it stays a part of that test.
      def inside_other_session?(asked)
        return false unless defined?(StartedProcess) && StartedProcess.session

        stays = StartedProcess.joined? && !asked
        StartedProcess.leave unless stays
        stays
      end

      # For the test that runs, also in a program that it started.
      def declare(paths, variables)
        return unless defined?(Native) && Native.open?

        paths.flatten.each { |path| Native.observe(:file, File.expand_path(path)) }
        variables.each { |name| Native.observe(:environment, name.to_s) }
      end

      # What an adapter does to its framework before the first test. Nothing of it reaches the user's suite but a line.
      def attaching
        yield
      rescue StandardError => e
        current&.abandon
        warn("alibi: nothing is recorded (#{e.class}: #{e.message.lines.first&.strip})")
      end

      # Does a test run on this thread? What a framework does then is that test's doing.
      def inside_test? = Thread.current.thread_variable_get(INSIDE)

      def inside_test
        Thread.current.thread_variable_set(INSIDE, true)
        yield
      ensure
        Thread.current.thread_variable_set(INSIDE, nil)
      end

      def now = CLOCK.call(Process::CLOCK_MONOTONIC)
    end

    attr_reader :configuration, :selection

    def initialize(configuration, framework)
      @configuration = configuration
      @framework = framework
      @problems = configuration.problems.dup
      @left_out = {}
      @wanted = {}
      @main = Process.pid
      start if configuration.collect?
    end

    # -- what runs and what does not

    # options: what the run was asked for, as far as it decides what a test does: name -> canonical text.
    # of_tests: likewise, recorded by the adapter for the one test that each decides about.
    def select(options, of_tests: {})
      @selection = Selection.ask(@configuration, options.merge(of_tests), command: command) if @configuration.select?
      options.each { |name, value| record(:option, name, content: value) }
    end

    # Does the test have an alibi? Asked once for each test that would run. The block says how the service knows it.
    def spare?(id, always: false, &told)
      milliseconds = @selection&.skipped&.[](id)
      spared = !always && leaves_out?(!milliseconds.nil?, &told)
      spared ? @left_out[id] = milliseconds || 0.0 : @wanted[id] = true
      reporting { @trials.left_out(@native, told.call) } if spared && told
      spared
    end

    # "test.source.file" and the like, where the run is reported. code: of the test, a block or a method.
    def place(path, line, code = nil) = @reporting ? @reporting.place(path, line, code) : {}

    def left_out? = !@left_out.empty?

    # -- what the service wants of tests that run, where the run is reported

    def acts? = reporting(false) { @reporting.wanted.acts? }

    # Before the first test. The block gives [suite, name] of all that were collected.
    def look_at(&tests) = reporting { @trials.look_at(@native, &tests) }

    # Is the test to be skipped, for the reason Attempts::DISABLED? The block says how the service knows it.
    def disabled? = reporting(false) { @reporting.wanted.manages? && @trials.disabled?(@native, yield) }

    # Of a test that may be tried again, or whose failure may be none of the run: a Trial. Nil of all others.
    def trial(context) = reporting { @trials.eventful(context) }

    # An attempt of such a test has ended. Why there is to be another one, or nil; end_test tells how it came out.
    def tried(context, outcome, seconds, exception)
      reporting { @trials.tried(@native, context, outcome, seconds, exception) }
    end

    # -- evidence

    # always: it is marked to run whatever has changed. The block says how the service knows it.
    def begin_test(id, always: false, &told)
      context = guarded(0) { @native ? @native.begin_test(id) : 0 }
      reporting { @trials.begins(@native, context, told.call) } if told && context != 0
      record(:option, ALWAYS, detail: ALWAYS, content: ALWAYS) if always
      context
    end

    def end_test(context, outcome, seconds, reason = "", exception: nil)
      reporting { @trials.ends(@native, context, outcome, seconds, exception) }
      guarded { @native&.end_test(context, OUTCOMES.fetch(outcome), (seconds * 1e9).to_i, reason) }
    end

    def begin_context(kind, name, scope = "")
      guarded(0) { @native ? @native.begin_context(kind, name, scope) : 0 }
    end

    def end_context(context)
      guarded { @native&.end_context(context) }
    end

    def charge(user, used)
      guarded { @native&.charge(user, used) }
    end

    def collected(context, id)
      guarded { @native&.record_collected(context, id) }
    end

    def end_collection(context, ended_well)
      end_test(context, ended_well ? :passed : :failed, 0)
    end

    def record(kind, subject, state: :present, detail: "", content: nil)
      guarded { @native&.record_input(INPUT.fetch(kind), STATE.fetch(state), subject, detail, content) }
    end

    # -- the end

    # In the process that began it only. Returns lines for people.
    def finish(exit_status)
      return [] unless Process.pid == @main && Run.current.equal?(self)

      Run.current = nil
      stop(exit_status)
      report
    rescue StandardError => e
      ["alibi: nothing was stored (#{e.class}: #{e.message})"]
    end

    # As if nothing had been asked for.
    def abandon
      return unless Process.pid == @main

      Run.current = nil
      @preloading&.stop
      @native&.close
      @native = nil
      @folder&.discard
    end

    # When the files of the tests cannot be loaded, no framework comes to its end.
    def abandon_at_failed_start
      at_exit do
        failed = $! && !($!.is_a?(SystemExit) && $!.success?) # rubocop:disable Style/SpecialGlobalVars
        abandon if failed && @selection.nil? && Run.current.equal?(self)
      end
    end

    # A surprise in the block must not reach the user's test.
    def guarded(otherwise = nil)
      yield
    rescue StandardError => e
      give_up(e)
      otherwise
    end

    private

    # What was recorded so far may lack something, so none of it is kept.
    def give_up(error)
      native, @native = @native, nil
      return unless native

      @problems << "recording stopped (#{error.class}: #{error.message.lines.first&.strip})"
      return native.lose(DROP_STATE) unless Process.pid == @main

      native.close
      @folder.discard
    rescue StandardError
      nil # said already
    end

    def leaves_out?(has_alibi, &told)
      return has_alibi unless told && @reporting&.on? && @selection && !@selection.failure

      reporting(false) do
        known_as = told.call
        @reporting.leaves_out?(known_as, has_alibi) && !@trials.to_fix?(known_as)
      end
    end

    # Does nothing unless the run is reported; a surprise ends the report, not the recording.
    def reporting(otherwise = nil)
      return otherwise unless @native && @reporting&.on?

      yield
    rescue StandardError => e
      @reporting = nil
      @problems << "tests are no longer reported (#{e.class}: #{e.message.lines.first&.strip})"
      otherwise
    end

    def open_report
      @reporting = Reporting.new(command, @folder.path, @framework, @configuration)
      @problems.concat(@reporting.problems)
      @trials = Trials.new(@reporting) if @reporting.on?
    end

    def start
      Installation.load_native # perhaps loaded already, by the server that this process was forked from
      native = Native
      @folder = SessionFolder.new(@configuration.data, description)
      open_report if @configuration.reported?
      native.open(directory: @folder.path, root: @configuration.root, interpreter: Installation.interpreter,
                  session_id: @folder.number, role: ROLE_MAIN, roots: roots, ignored: ignored,
                  strategy: @configuration.strategy, **Installation.for_programs)
      @native = native
      preload if @configuration.children == "record"
      at_exit { native.settle } # of children that are forked
      record_loaded_before
    rescue Installation::MissingPart, SystemCallError, RuntimeError => e
      @folder&.discard
      @folder = @native = nil
      @problems << "nothing is recorded: #{e.message}"
    end

    def preload
      @preloading = Preloading.new(Installation.preload)
      @problems << @preloading.problem if @preloading.problem
    end

    # What tests made of the variables of reporting does not count.
    def command = Command.new(outside: { **@configuration.for_service, **(@preloading&.outside || {}) })

    def record_loaded_before
      LoadedBefore.new(roots, ignored).paths.each do |path|
        record(:file, path, content: File.binread(path)) if File.file?(path)
      end
    end

    def roots = [@configuration.root, *@configuration.extra_roots].uniq

    # What lies inside the project and is not its own: gems, and this very package.
    def ignored
      folders = [File.expand_path("..", __dir__), @configuration.data, *@configuration.excludes]
      folders.concat(Gem.path) if defined?(Gem)
      folders << Bundler.bundle_path.to_s if defined?(Bundler)
      folders.uniq.select { |folder| folder.start_with?("#{@configuration.root}/") }
    end

    def description
      {
        root: @configuration.root, environment: @configuration.environment,
        command: [RbConfig.ruby, $PROGRAM_NAME, *ARGV], interpreter: Installation.interpreter,
        framework: @framework, executable: RbConfig.ruby, prefix: RbConfig::CONFIG["prefix"],
        invocation_directory: Dir.pwd, library: File.expand_path("..", __dir__), options: { select: @configuration.select?, strategy: @configuration.strategy }
      }
    end

    def stop(exit_status)
      return unless @native

      @preloading&.stop
      @drops = @native.drops
      failure = @native.close
      @problems << failure if failure
      @native = nil
      @folder.complete(exit_status: exit_status, collected: @wanted.size + @left_out.size, node_count: 1, sys_path: $LOAD_PATH.map(&:to_s))
      @merged = command.merge(@folder.path, data: @configuration.data, keep: @configuration.keep,
                                                timeout_s: @configuration.merge_timeout_s)
      @folder.release
    end

    def report
      lines = []
      lines << "alibi: #{selected_line}" if @selection
      lines.concat(reasons) if @selection
      if @merged&.document
        told = @merged.document
        lines << "alibi: recorded #{told["tests"]} tests, #{told["lines"]} lines of #{told["files"]} files"
        lines << "alibi: #{told["incomplete_tests"]} tests without complete evidence run next time" if told["incomplete_tests"].to_i.positive?
      elsif @merged
        lines << "alibi: this run's evidence was not stored: #{@merged.failure}; the next run tries again"
      end
      lines << "alibi: #{@trials.line}" if @trials&.line
      lines << "alibi: reported to #{@merged.document["reported"]["to"]}" if all_reported?
      notices = [*@selection&.notices, *@merged&.notices, *@problems]
      lines.concat(notices.map { |notice| "alibi: #{notice}" })
    end

    def all_reported?
      sent = @merged&.document&.dig("reported", "sent")
      !sent.nil? && sent["kept"].to_i.zero? && sent["set_aside"].to_i.zero?
    end

    def reasons
      return [] if @configuration.explain == "no"

      otherwise = @selection.failure ? "nothing was left out" : "unknown so far"
      told = @wanted.keys.map { |id| "alibi: #{id} ran: #{@selection.needed[id]&.reason || otherwise}" }
      told.concat(@left_out.keys.map { |id| "alibi: #{id} left out" }) if @configuration.explain == "all"
      told
    end

    def selected_line
      return "nothing was left out: #{@selection.failure}" if @selection.failure
      return "no evidence yet, all tests run" unless @selection.known?

      seconds = @left_out.values.sum / 1000
      "#{@wanted.size} tests ran, #{@left_out.size} left out (#{format("%.1f", seconds)} s)"
    end
  end
end
