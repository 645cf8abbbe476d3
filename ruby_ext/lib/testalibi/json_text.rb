# frozen_string_literal: true

module Testalibi
  # JSON as the command `alibi` reads and writes it. Not the library of that name: a constant that is loaded into the
  # user's process hides that a test or the project forgot to require it.
  module JsonText
    ESCAPES = { "\"" => "\\\"", "\\" => "\\\\", "\n" => "\\n", "\r" => "\\r", "\t" => "\\t" }.freeze
    UNESCAPES = { "n" => "\n", "r" => "\r", "t" => "\t", "b" => "\b", "f" => "\f" }.freeze

    module_function

    def generate(value)
      case value
      when Hash then "{#{value.map { |key, each| "#{text(key.to_s)}:#{generate(each)}" }.join(",")}}"
      when Array then "[#{value.map { |each| generate(each) }.join(",")}]"
      when String, Symbol then text(value.to_s)
      when nil then "null"
      when Float then value.finite? ? value.to_s : "null"
      else value.to_s
      end
    end

    def text(string)
      utf8 = string.encoding == Encoding::UTF_8 ? string : string.dup.force_encoding(Encoding::UTF_8)
      "\"#{utf8.scrub.gsub(/["\\\u0000-\u001f]/) { |char| ESCAPES[char] || format("\\u%04x", char.ord) }}\""
    end

    # Raises ArgumentError.
    def parse(text) = Parser.new(text.dup.force_encoding(Encoding::UTF_8)).document

    # Reads one token after the other; nesting is what the command prints, a few levels.
    class Parser
      TOKEN = /\G\s*(?:([{}\[\],:])|"((?:[^"\\]|\\.)*)"|(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|(true|false|null))/m.freeze
      WORDS = { "true" => true, "false" => false, "null" => nil }.freeze
      MOST_LEVELS = 100

      def initialize(text)
        @text = text
        @at = 0
      end

      def document
        take
        value(0)
      end

      private

      def take
        found = TOKEN.match(@text, @at) or raise ArgumentError, "no JSON at character #{@at}"
        @at = found.end(0)
        @mark, @string, @number, @word = found.captures
      end

      def value(level)
        raise ArgumentError, "nested too deep" if level > MOST_LEVELS
        return object(level) if @mark == "{"
        return array(level) if @mark == "["
        return unescaped(@string) if @string
        return @number.match?(/[.eE]/) ? @number.to_f : @number.to_i if @number
        return WORDS[@word] if @word

        raise ArgumentError, "no value at character #{@at}"
      end

      def object(level)
        found = {}
        take
        until @mark == "}"
          key = unescaped(@string.to_s)
          take # the colon
          take
          found[key] = value(level + 1)
          take
          take if @mark == ","
        end
        found
      end

      def array(level)
        found = []
        take
        until @mark == "]"
          found << value(level + 1)
          take
          take if @mark == ","
        end
        found
      end

      def unescaped(string)
        return string unless string.include?("\\")

        string.gsub(/\\u([dD][89abAB]\h\h)\\u([dD][c-fC-F]\h\h)|\\u(\h{4})|\\(.)/m) do
          high, low, code, char = $1, $2, $3, $4 # rubocop:disable Style/PerlBackrefs
          next [0x10000 + ((high.hex - 0xD800) << 10) + (low.hex - 0xDC00)].pack("U") if high
          next [code.hex].pack("U") if code

          UNESCAPES.fetch(char, char)
        end
      end
    end
  end
end
