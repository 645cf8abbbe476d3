# frozen_string_literal: true

module Testalibi
  module Cucumber
    # A filter of Cucumber's: keeps all test cases until the last is known, and lets those through that have to run.
    class Chosen
      def initialize(receiver = nil, &choose)
        @receiver = receiver
        @choose = choose
        @found = []
      end

      def with_receiver(receiver) = self.class.new(receiver, &@choose)

      def test_case(test_case)
        @found << test_case
        self
      end

      def done
        @choose.call(@found).each { |test_case| test_case.describe_to(@receiver) }
        @receiver.done
        self
      end
    end
  end
end
