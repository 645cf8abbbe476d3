# frozen_string_literal: true

require "minitest"
require_relative "../minitest/testalibi_plugin"
require_relative "../testalibi"
require_relative "class_marks"
require_relative "test_classes"
require_relative "minitest/switches"
require_relative "minitest/hooks"

# `require "testalibi/minitest"` as the first line of test_helper.rb. Records from here on when ALIBI=1 or --alibi was
# given; otherwise only defines the marks, so that classes which use them load.
Minitest::Test.extend(Testalibi::ClassMarks)
unless ARGV.include?("--help")
  Testalibi::Run.attaching { Testalibi::Minitest::Hooks.begin(Testalibi::Minitest::Switches.of(ARGV)) }
end
