# frozen_string_literal: true

require "cucumber"
require_relative "../testalibi"
require_relative "cucumber/outline_rows"
require_relative "cucumber/scenarios"
require_relative "cucumber/chosen"
require_relative "cucumber/repeated"
require_relative "cucumber/hooks"

# `require "testalibi/cucumber"` as the first line of features/support/env.rb. Does nothing unless ALIBI=1.
Testalibi::Run.attaching { Testalibi::Cucumber::Hooks.install }
