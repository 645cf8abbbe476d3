# frozen_string_literal: true

require "minitest"
require_relative "alibi_listing"

# Loaded as if it were the first test file: writes the tests that would run, one JSON object a line, in place of running
# them; for `alibi plan`. Where the project loads Alibi, what it leaves out is marked.
module AlibiMinitestDiscovery
  class << self
    include AlibiListing

    def write
      begin
        require "testalibi/intake_name"
      rescue LoadError
        nil # names as they are
      end
      tests = Minitest::Runnable.runnables.flat_map do |klass|
        klass.runnable_methods.map { |method| line(klass, method) }
      end
      drop_ambiguous(tests)
      tests.sort_by! { |line| [line[:suiteSourceFile], line.delete(:line)] }
      File.write(OUTPUT, lines(tests))
    end

    private

    def line(klass, method)
      path, number = klass.instance_method(method).source_location
      file = from_here(spec?(klass) ? path : place(klass) || path)
      skipped = alibi? && Testalibi::Minitest::Hooks.spare?(klass, method)
      { name: known_as(method.to_s), suite: known_as("#{klass.name} at #{file}"), module: "minitest", parameters: "",
        suiteSourceFile: file, selector: from_here(path) == file ? "#{file}:#{number}" : "", group: "",
        skipped: skipped ? true : false, reason: skipped ? REASON : "", line: number.to_i }
    end

    # Tests that one line defines are run together.
    def drop_ambiguous(lines)
      lines.group_by { |line| line[:selector] }.each_value do |same|
        same.each { |line| line[:selector] = "" } if same.size > 1
      end
    end

    def alibi? = defined?(Testalibi::Minitest::Hooks) && defined?(Testalibi::Run) && Testalibi::Run.current
    def spec?(klass) = defined?(Minitest::Spec) && klass <= Minitest::Spec

    def place(klass)
      Object.const_source_location(klass.name)&.first if klass.name
    rescue StandardError
      nil # a class that gives itself a name
    end

    def from_here(path)
      return path.delete_prefix("./") unless path.start_with?("/")

      parts = path.split("/")
      here = Dir.pwd.split("/")
      common = parts.zip(here).take_while { |part, own| part == own }.size
      [*[".."] * (here.size - common), *parts.drop(common)].join("/")
    end
  end

  module Listing
    # All files are loaded, and nobody has asked yet what may be left out.
    def init_plugins(*)
      AlibiListing.restore
      super
    end

    # Minitest 6 has the second name.
    def __run(*) = AlibiMinitestDiscovery.write
    def run_all_suites(*) = AlibiMinitestDiscovery.write
  end
end

Minitest.singleton_class.prepend(AlibiMinitestDiscovery::Listing)
