# frozen_string_literal: true

module Testalibi
  module SourceUnits
    # Values that the parser made, as bytes: equal for equal values alone, the same in every process.
    module Literals
      module_function

      def append(value, out)
        case value
        when Symbol then append_text("y", value.to_s, out)
        when nil then out << "n;"
        when true then out << "t;"
        when false then out << "f;"
        when Integer then out << "i" << value.to_s << ";"
        when String then append_text("s", value, out)
        else append_other(value, out)
        end
      end

      def append_text(tag, text, out)
        return out << tag << ":" << text.bytesize.to_s << ":" << text if text.ascii_only?

        out << tag << text.encoding.name << ":" << text.bytesize.to_s << ":" << text.b
      end

      def append_other(value, out)
        case value
        when Float then out << "d" << [value].pack("G")
        when Regexp then append_text("x#{value.options}#{value.encoding.name}", value.source, out)
        when Range then append_all("r#{value.exclude_end?}", [value.begin, value.end], out)
        when Rational then append_all("q", [value.numerator, value.denominator], out)
        when Complex then append_all("c", [value.real, value.imaginary], out)
        when Array then append_all("a#{value.size}", value, out)
        when Encoding then append_text("e", value.name, out)
        else append_text("?", "#{value.class}#{value.inspect}", out)
        end
      end

      def append_all(tag, values, out)
        out << tag << "("
        values.each { |value| append(value, out) }
        out << ")"
      end
    end
  end
end
