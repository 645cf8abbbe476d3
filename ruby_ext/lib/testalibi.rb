# frozen_string_literal: true

# Alibi runs only the tests that a change can break. This file is loaded by the adapters (testalibi/rspec,
# testalibi/minitest, testalibi/cucumber); nothing is recorded before one of them starts a run.
module Testalibi
  # Declares inputs that cannot be seen: the current test (or what is loaded) depends on them.
  # Does nothing outside of a recording.
  def self.depends_on(*paths, env: [])
    Run.declare(paths, Array(env))
  end
end

require_relative "testalibi/version"
require_relative "testalibi/run"
