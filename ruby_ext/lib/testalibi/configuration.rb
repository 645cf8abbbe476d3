# frozen_string_literal: true

require_relative "reporting"

module Testalibi
  # What the user asked for, read once: arguments of the adapter, then ALIBI_* variables. Nothing else reads these.
  class Configuration
    TRUE_WORDS = %w[1 true yes on].freeze
    FALSE_WORDS = ["", "0", "false", "no", "off"].freeze
    MODES = %w[safe strict fast].freeze
    MOST_STATE_BUDGET_US = 1_000_000
    DEFAULT_MERGE_TIMEOUT_S = 300.0

    attr_reader :root, :data, :extra_roots, :excludes, :environment, :strategy, :mode, :external, :keep,
                :explain, :ignored_packages, :merge_timeout_s, :children, :trust, :problems

    def initialize(environ: ENV.to_h, root: Dir.pwd, asked: false)
      @environ = environ
      @problems = []
      @root = File.realpath(root)
      @asked = asked
      read_switches
      read_places
      read_rest
      freeze
    end

    # Is there anything to do?
    def enabled? = @enabled
    # Is the run told to a service?
    def reported? = @intake == "local" || Reporting.asked?(@environ)
    # The variables that decide how and to whom.
    def for_service = @environ.select { |name, _| name.start_with?("DD_", "_DD_", "_CI_DD_", "ALIBI_INTAKE") }
    # Are tests left out?
    def select? = @select
    # Is evidence recorded?
    def collect? = @collect

    private

    def read_switches
      @enabled = @asked || switch("ALIBI")
      @select = !switch("ALIBI_NOSELECT")
      @collect = !switch("ALIBI_NOCOLLECT")
    end

    def read_places
      @data = absolute(text("ALIBI_DATA", ".alibi"))
      @extra_roots = paths("ALIBI_ROOTS")
      @excludes = paths("ALIBI_EXCLUDE")
    end

    def read_rest
      @environment = text("ALIBI_ENV")
      @strategy = word("ALIBI_STRATEGY", ["", "oneshot", "raw", "api"])
      @mode = word("ALIBI_MODE", MODES)
      @external = word("ALIBI_EXTERNAL", %w[run trust])
      @children = word("ALIBI_CHILDREN", %w[off record])
      @trust = word("ALIBI_TRUST", %w[both local service])
      @intake = word("ALIBI_INTAKE", %w[remote local])
      @explain = word("ALIBI_EXPLAIN", %w[no reasons all])
      @keep = text("ALIBI_KEEP")
      @ignored_packages = text("ALIBI_IGNORE_PACKAGES").split
      check_state_budget
      @merge_timeout_s = seconds("ALIBI_MERGE_TIMEOUT", DEFAULT_MERGE_TIMEOUT_S)
    end

    def text(name, default = "")
      value = @environ.fetch(name, "")
      value.empty? ? default : value
    end

    def switch(name)
      value = @environ[name]&.strip&.downcase
      return false if value.nil? || FALSE_WORDS.include?(value)

      @problems << "#{name} is #{value.inspect}; it takes 1 or 0 and was ignored" unless TRUE_WORDS.include?(value)
      TRUE_WORDS.include?(value)
    end

    def word(name, known)
      value = text(name)
      return value if known.include?(value)

      unless value.empty?
        @problems << "#{name} is #{value.inspect}; it takes #{known.reject(&:empty?).join(", ")} and was ignored"
      end
      known.first
    end

    # The recorder itself reads it.
    def check_state_budget
      value = text("ALIBI_STATE_BUDGET_US", "0")
      return if value.match?(/\A\d+\z/) && value.to_i <= MOST_STATE_BUDGET_US

      @problems << "ALIBI_STATE_BUDGET_US is #{value.inspect}; it takes microseconds, up to #{MOST_STATE_BUDGET_US}, and was ignored"
    end

    def seconds(name, default)
      value = text(name)
      return default if value.empty?

      Float(value).clamp(0.1, 1e6)
    rescue ArgumentError
      @problems << "#{name} is #{value.inspect}; it takes seconds and was ignored"
      default
    end

    def paths(name) = text(name).split(File::PATH_SEPARATOR).reject(&:empty?).map { |path| absolute(path) }

    def absolute(path)
      whole = File.expand_path(path, @root)
      File.exist?(whole) ? File.realpath(whole) : whole
    end
  end
end
