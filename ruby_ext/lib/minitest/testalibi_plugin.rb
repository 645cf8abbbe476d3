# frozen_string_literal: true

# Minitest finds this by itself. Loads the rest of Alibi only when it was asked for: ALIBI=1 or --alibi.
module Minitest
  class << self
    def plugin_testalibi_options(parser, options)
      require "testalibi/minitest/switches"
      Testalibi::Minitest::Switches.define(parser, options)
    end

    def plugin_testalibi_init(options)
      given = options.fetch(:alibi, [])
      return if given.empty? && ENV.fetch("ALIBI", "").empty?

      require "testalibi/minitest"
      Testalibi::Minitest::Hooks.begin(given)
      Testalibi::Minitest::Hooks.attach(reporter, options)
    rescue StandardError, LoadError => e
      warn("alibi: nothing is recorded (#{e.class}: #{e.message})")
    end
  end
end
