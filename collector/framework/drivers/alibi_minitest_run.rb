# frozen_string_literal: true

# ruby alibi_minitest_run.rb FILE[:LINE]... [OPTIONS]: loads these test files, and Minitest runs what is in them, or of
# those with a line only the tests that begin there. ALIBI_RUN_MARK: a file that is there until the run has come to its
# end, which `exit` in a test, or while the files are loaded, keeps it from.
module AlibiMinitestRun
  # Minitest reports what ran before Ctrl-C and ends as if that were all.
  module Interrupted
    STATUS = 130

    def run(*)
      super.then { |status| @alibi_interrupted ? STATUS : status }.tap { AlibiMinitestRun.ended }
    end

    def __run(*) = noting_interrupts { super } # Minitest 5
    def run_all_suites(*) = noting_interrupts { super } # Minitest 6

    private

    def noting_interrupts
      yield
    rescue Interrupt
      @alibi_interrupted = true
      raise
    end
  end

  PLACED = /\A(?<file>.+):(?<line>\d+)\z/.freeze

  MARK = ENV.delete("ALIBI_RUN_MARK").freeze

  class << self
    def begun = MARK && noting { File.write(MARK, "") }
    def ended = MARK && noting { File.delete(MARK) }

    def load(arguments)
      options, places = arguments.partition { |argument| argument.start_with?("-") }
      arguments.replace(options)
      @lines = Hash.new { |lines, file| lines[file] = [] }
      whole, parts = places.partition { |place| File.file?(place) || !PLACED.match?(place) }
      parts.each { |place| PLACED.match(place).then { |found| @lines[path(found[:file])] << found[:line].to_i } }
      whole.each { |place| @lines.delete(path(place)) }
      (whole.map { |place| path(place) } + @lines.keys).uniq.each { |file| require file }
      return ended unless defined?(Minitest) && Minitest.respond_to?(:autorun)

      arguments.push("-n", filter) unless @lines.empty?
      Minitest.singleton_class.prepend(Interrupted)
      Minitest.autorun
    end

    private

    def noting
      yield
    rescue SystemCallError
      nil # then nobody is told
    end

    def path(file) = File.expand_path(file)

    def filter
      names = Minitest::Runnable.runnables.flat_map do |klass|
        klass.methods_matching(/^test_/).select { |name| chosen?(klass, name) }.map { |name| Regexp.escape("#{klass}##{name}") }
      end
      "/^(?:#{names.uniq.join("|")})$/"
    end

    def chosen?(klass, name)
      file, line = klass.instance_method(name).source_location
      lines = @lines.fetch(path(file.to_s), nil)
      lines.nil? || lines.include?(line)
    end
  end
end

AlibiMinitestRun.begun
AlibiMinitestRun.load(ARGV)
