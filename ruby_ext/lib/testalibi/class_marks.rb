# frozen_string_literal: true

module Testalibi
  # Class methods of Minitest::Test and Test::Unit::TestCase that say which tests run whatever the evidence says:
  #
  #   class PaymentTest < Minitest::Test
  #     alibi_always                             # all of them, and those of subclasses
  #     alibi_always :test_refund, "test_charge" # or these
  #
  # datadog_itr_unskippable is the same under the name that suites already use. In a spec a test may be named by the
  # description of its `it`.
  module ClassMarks
    def self.always?(klass, method)
      klass.ancestors.any? do |each|
        marked = each.instance_variable_get(:@testalibi_always)
        marked && (marked == :all || marked.include?(method) || marked.include?(method.sub(TestClasses::ORDINAL, "")))
      end
    end

    def alibi_always(*names)
      marked = @testalibi_always || []
      @testalibi_always = names.empty? || marked == :all ? :all : marked + names.flatten.map(&:to_s)
      nil
    end

    def datadog_itr_unskippable(*names) = alibi_always(*names)
  end
end
