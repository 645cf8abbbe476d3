# frozen_string_literal: true

require "rbconfig"
require_relative "command"
require_relative "configuration"
require_relative "json_text"

module Testalibi
  # Which known tests have an alibi now.
  class Selection
    Needed = Struct.new(:reason, :kind, :milliseconds)

    attr_reader :failure, :skipped, :needed, :changes, :notices

    # Never raises; without an answer all tests run.
    def self.ask(configuration, options, command: Command.new)
      answer = command.select(request(configuration, options), data: configuration.data,
                                                               read_only: !configuration.collect?)
      new(answer)
    end

    # options: nil where no framework is there that knows them.
    def self.request(configuration, options = nil)
      document = {
        version: 1, root: configuration.root, environment: configuration.environment,
        python: RbConfig.ruby, program: File.expand_path("source_units/main.rb", __dir__),
        interpreter: Installation.interpreter, sys_path: $LOAD_PATH.map(&:to_s), library: library, builtin: [],
        external: configuration.external, mode: configuration.mode,
        ignored_packages: configuration.ignored_packages, skipped: "apart"
      }
      document[:options] = options if options
      JsonText.generate(document)
    end

    # What `require` finds without the project.
    def self.library
      names = Dir.children(RbConfig::CONFIG["rubylibdir"]).map { |name| name.delete_suffix(".rb") }
      names.concat(Gem.loaded_specs.keys) if defined?(Gem)
      names.uniq.sort
    rescue SystemCallError
      []
    end

    def initialize(answer)
      @failure = answer.failure
      @notices = answer.notices
      @skipped = {}
      @needed = {}
      @changes = []
      take(answer.document) if answer.document
    end

    def known? = !(@skipped.empty? && @needed.empty?)

    private

    def take(document)
      document.fetch("tests").each do |test|
        @needed[test.fetch("id")] = Needed.new(test["reason"], test["kind"], test.fetch("duration_ms").to_f)
      end
      document.fetch("skipped").each { |id, milliseconds| @skipped[id] = milliseconds.to_f }
      @changes = document.fetch("changes", [])
      @notices += document.fetch("notices", [])
    rescue KeyError, NoMethodError
      @skipped.clear
      @failure = "alibi select #{Command::OTHER_VERSION}"
    end
  end
end
