# frozen_string_literal: true

require "rspec/core"
require_relative "../testalibi"
require_relative "rspec/block_name"
require_relative "rspec/examples"
require_relative "rspec/hooks"

# `--require testalibi/rspec` in .rspec, or on the command line. Does nothing unless ALIBI=1.
Testalibi::Run.attaching { Testalibi::RSpec::Hooks.install }
