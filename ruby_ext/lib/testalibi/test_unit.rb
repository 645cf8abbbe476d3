# frozen_string_literal: true

require "test/unit"
require "test/unit/version"
require_relative "../testalibi"
require_relative "class_marks"
require_relative "test_classes"
require_relative "test_unit/hooks"

# `require "testalibi/test_unit"` as the first line of test_helper.rb. Records from here on when ALIBI=1; otherwise
# only defines the marks, so that classes which use them load.
Test::Unit::TestCase.extend(Testalibi::ClassMarks)
Testalibi::Run.attaching { Testalibi::TestUnit::Hooks.install }
