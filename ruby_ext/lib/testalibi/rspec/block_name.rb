# frozen_string_literal: true

require_relative "literal_text"

module Testalibi
  module RSpec
    # What the intake calls an example without a description: `it { is_expected.to eq 3 }` is "is expected to eq 3".
    #
    # Read, as the vendor's client reads it, from the instructions of its block, from the last expectation backwards:
    # nothing of the block runs. Names must be equal to the letter, so that the oddities are not ours to mend. Pure.
    class BlockName
      LONGEST = 180
      OLDEST_RUBY = [3, 2].freeze # instructions of older ones have other shapes
      BODY = 13 # of RubyVM::InstructionSequence#to_a

      EXPECTING = { to: "is expected to", not_to: "is expected not to", to_not: "is expected not to" }.freeze
      SHOULD = { should: "is expected to", should_not: "is expected not to" }.freeze
      SUBJECTS = %i[expect is_expected].freeze
      OPERATORS = %i[== != === =~ !~ < <= > >= + - * / %].freeze
      CHAINED = %i[and at_least at_most by by_at_least by_at_most exactly from of once or times to twice with within].freeze
      MATCHERS = %i[be change contain_exactly eq eql equal exist include match output raise_error satisfy throw_symbol].freeze
      MATCHER_BEGINS = %w[be_ have_ raise_ respond_ yield_ start_ end_].freeze
      CALLS = %i[send opt_send_without_block opt_plus opt_minus opt_mult opt_div opt_mod opt_eq opt_neq opt_lt opt_le opt_gt
                 opt_ge].freeze
      CONSTANT = /\A[A-Z]\w*(?:::[A-Z]\w*)*\z/.freeze
      SELF = :__datadog_rspec_self__ # gets into names: of `eq(self)`

      class << self
        # Nil: it does not end as an expectation does.
        def of(block)
          return unless block && readable?

          new(RubyVM::InstructionSequence.of(block).to_a[BODY]).name
        rescue StandardError, SystemStackError
          nil
        end

        def readable?
          RUBY_ENGINE == "ruby" && defined?(RubyVM::InstructionSequence) &&
            (RUBY_VERSION.split(".").first(2).map(&:to_i) <=> OLDEST_RUBY) >= 0
        end
      end

      # Labels and events stand between the instructions.
      def initialize(body)
        @code = body.grep(Array)
      end

      def name
        last = @code.rindex { |instruction| expectation(instruction) } or return
        @at = last
        return unless called(@code[last])[:orig_argc] == 1

        matcher = expression or return
        return if EXPECTING.key?(called(@code[last])[:mid]) && !about_a_subject?

        LiteralText.shortened("#{expectation(@code[last])} #{matcher}", LONGEST)
      end

      private

      def called(instruction) = instruction[1].is_a?(Hash) ? instruction[1] : {}

      def expectation(instruction)
        method = called(instruction)[:mid]
        EXPECTING[method] || SHOULD[method]
      end

      def about_a_subject? = @at.positive? && SUBJECTS.include?(called(@code[@at - 1])[:mid])

      # The one before those that were taken.
      def take = @at.positive? ? @code[@at -= 1] : []

      # What left the topmost value. Nil: not to be told. What is taken then does not matter any more.
      def expression
        instruction = take
        operation, operand = instruction
        case operation
        when :putself then SELF
        when :putnil then "nil"
        when :putobject, :putstring, :putchilledstring then LiteralText.of(operand)
        when :duparray then LiteralText.array(operand)
        when :duphash then LiteralText.hash(operand)
        when :opt_getconstant_path then operand.compact.join("::")
        when :newarray then expressions(operand)&.then { |found| LiteralText.array(found) }
        when :newhash then expressions(operand)&.then { |found| pairs(found) }
        when :pop then allocation
        when *CALLS then call(instruction)
        else special(operation.to_s)
        end
      end

      def special(operation)
        return "local" if operation.start_with?("getlocal")

        operation[/\Aputobject_INT2FIX_(.*?)_?\z/, 1]
      end

      def pairs(found) = "{#{found.each_slice(2).map { |key, value| "#{key} => #{value}" }.join(", ")}}"

      # In the order in which they were put.
      def expressions(count)
        found = []
        count.times { found.unshift(expression || return) }
        found
      end

      # `Thing.new` of Ruby 3.5 and later: the class, nil, swap, opt_new, …, swap, pop.
      def allocation
        return unless take.first == :swap

        @at -= 1 until @at.zero? || plain_new?(@code[@at - 1])
        return unless plain_new?(take) && take.first == :swap && take.first == :putnil

        receiver = expression
        sent(receiver, :new, [], false) if receiver
      end

      def plain_new?(instruction)
        instruction.first == :opt_new && called(instruction)[:mid] == :new && called(instruction)[:orig_argc].to_i.zero?
      end

      def call(instruction)
        arguments = expressions(called(instruction).fetch(:orig_argc)) or return
        receiver = expression or return
        sent(receiver, called(instruction)[:mid], arguments, instruction[2].is_a?(Array))
      end

      def sent(receiver, method, arguments, block)
        return receiver if method == :new && arguments.empty? && CONSTANT.match?(receiver)

        own = receiver == SELF
        words = words(method, own, arguments, block)
        listed = arguments.join(", ")
        return "#{own ? "self" : receiver} #{method} #{listed}".strip if operator?(method, own, arguments, block)
        return [*(receiver unless own), words, *(listed unless listed.empty?)].join(" ") if own || CHAINED.include?(method)

        "#{receiver}.#{method}#{"(#{listed})" unless listed.empty?}"
      end

      def operator?(method, own, arguments, block)
        OPERATORS.include?(method) && !(own && arguments.empty? && !block)
      end

      # As RSpec itself tells matchers: `be_empty` is "be empty".
      def words(method, own, arguments, block)
        name = method.to_s
        spoken = own || CHAINED.include?(method) || block
        matcher = MATCHERS.include?(method) || name.start_with?(*MATCHER_BEGINS) || !arguments.empty? || block
        spoken && matcher ? name.tr("_", " ") : name
      end
    end
  end
end
