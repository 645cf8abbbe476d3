# frozen_string_literal: true

require_relative "installation"
require_relative "json_text"

module Testalibi
  # Runs the command `alibi`. Never raises; what failed is one line in `failure`.
  class Command
    Answer = Struct.new(:document, :status, :failure, :notices)
    NOTHING_KNOWN = 3 # the exit status of `alibi select` without any evidence
    MOST_NOTICES = 5
    ASK_DOCTOR = "alibi doctor looks for the cause"
    OTHER_VERSION = "did not print what was expected; install the gem again"

    # outside: variables that the session has changed, as they were.
    def initialize(environ = ENV.to_h, outside: {})
      @outside = outside
      @path = Installation.command(environ)
    end

    def select(request, data:, timeout_s: 120.0, read_only: false)
      arguments = ["select", "--json", "--request", "-", "--data", data]
      arguments << "--read-only" if read_only
      ask(arguments, input: request, timeout_s: timeout_s)
    end

    def merge(folder, data:, keep:, timeout_s:)
      arguments = ["merge", folder, "--data", data, "--json"]
      arguments += ["--keep", keep] unless keep.empty?
      ask(arguments, timeout_s: timeout_s)
    end

    # description: what the run is, as JSON. Talks to the service, within a limit of its own.
    def open_report(folder, description, timeout_s: 60.0)
      ask(["ship", "--open", folder], input: description, timeout_s: timeout_s)
    end

    private

    def ask(arguments, timeout_s:, input: "")
      return Answer.new(nil, nil, "the command alibi is not installed; install the gem again", []) unless @path

      output, errors, status = run(arguments, input, timeout_s)
      return Answer.new(nil, nil, "alibi #{arguments.first} was stopped after #{timeout_s} s; #{ASK_DOCTOR}", []) unless status

      answer(arguments.first, output, told(errors), status)
    rescue SystemCallError => e
      Answer.new(nil, nil, "#{@path} cannot be run (#{e.message}); install the gem again", [])
    end

    def answer(verb, output, notices, status)
      return Answer.new(nil, status.exitstatus, nil, notices[0...-1]) if verb == "select" && status.exitstatus == NOTHING_KNOWN
      return Answer.new(JsonText.parse(output), 0, nil, notices.first(MOST_NOTICES)) if status.success?

      cause = notices.last ? " (#{notices.last[0, 200]})" : ""
      ending = status.signaled? ? "signal #{status.termsig}" : "exit status #{status.exitstatus}"
      Answer.new(nil, status.exitstatus, "alibi #{verb} failed: #{ending}#{cause}; #{ASK_DOCTOR}", [])
    rescue ArgumentError
      Answer.new(nil, 0, "alibi #{verb} #{OTHER_VERSION}", [])
    end

    # Output, errors, status; three times nil when it took too long.
    def run(arguments, input, timeout_s)
      pipes = Array.new(3) { IO.pipe }
      (child_in, our_out), (our_in, child_out), (our_errors, child_errors) = pipes
      process = Process.spawn({ **@outside, "ALIBI_SESSION" => nil }, @path, *arguments,
                              in: child_in, out: child_out, err: child_errors)
      [child_in, child_out, child_errors].each(&:close)
      threads = [Thread.new { our_in.read }, Thread.new { our_errors.read }, Thread.new { write(our_out, input) }]
      waiter = Process.detach(process)
      return stop(process) unless waiter.join(timeout_s)

      [threads[0].value, threads[1].value, waiter.value]
    ensure
      pipes&.flatten&.each { |pipe| pipe.close unless pipe.closed? }
    end

    def stop(process)
      Process.kill(:KILL, process)
      [nil, nil, nil]
    end

    def write(stream, input)
      stream.write(input)
      stream.close
    rescue Errno::EPIPE, IOError
      nil # it ended without reading all, and says what is wrong
    end

    def told(errors) = errors.lines.map { |line| line.strip.delete_prefix("alibi: ") }.reject(&:empty?)
  end
end
