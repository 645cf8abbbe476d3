# frozen_string_literal: true

# ruby alibi_minitest_run.rb FILE[:LINE]... [OPTIONS]: loads these test files, and Minitest runs what is in them, or of
# those with a line only the tests that begin there.
module AlibiMinitestRun
  # Minitest reports what ran before Ctrl-C and ends as if that were all.
  module Interrupted
    STATUS = 130

    def run(*) = super.then { |status| @alibi_interrupted ? STATUS : status }
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

  class << self
    def load(arguments)
      options, places = arguments.partition { |argument| argument.start_with?("-") }
      arguments.replace(options)
      @lines = Hash.new { |lines, file| lines[file] = [] }
      whole, parts = places.partition { |place| File.file?(place) || !PLACED.match?(place) }
      parts.each { |place| PLACED.match(place).then { |found| @lines[path(found[:file])] << found[:line].to_i } }
      whole.each { |place| @lines.delete(path(place)) }
      (whole.map { |place| path(place) } + @lines.keys).uniq.each { |file| require file }
      return unless defined?(Minitest) && Minitest.respond_to?(:autorun)

      arguments.push("-n", filter) unless @lines.empty?
      Minitest.singleton_class.prepend(Interrupted)
      Minitest.autorun
    end

    private

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

AlibiMinitestRun.load(ARGV)
