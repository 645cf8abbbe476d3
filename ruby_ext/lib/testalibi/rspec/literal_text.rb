# frozen_string_literal: true

module Testalibi
  module RSpec
    # A value that stands in a program's text, as the intake's names of unnamed examples have it. Pure.
    module LiteralText
      LONGEST = 80

      module_function

      def of(value)
        shortened(whole(value), LONGEST)
      end

      def array(values) = "[#{values.map { |value| of(value) }.join(", ")}]"

      def hash(values)
        "{#{values.sort_by { |key, _| key.to_s }.map { |key, value| "#{of(key)} => #{of(value)}" }.join(", ")}}"
      end

      def shortened(text, longest) = text.length > longest ? "#{text[0, longest - 3]}..." : text

      def whole(value)
        case value
        when nil, Symbol, String, Regexp then value.inspect
        when true, false, Numeric then value.to_s
        when Array then array(value)
        when Hash then hash(value)
        else value.class.name || "value"
        end
      end
    end
  end
end
