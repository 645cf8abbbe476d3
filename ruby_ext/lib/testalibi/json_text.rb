# frozen_string_literal: true

module Testalibi
  # JSON as the command `alibi` reads and writes it. Not the library of that name: a constant that is loaded into the
  # user's process hides that a test or the project forgot to require it.
  module JsonText
    ESCAPES = { "\"" => "\\\"", "\\" => "\\\\", "\n" => "\\n", "\r" => "\\r", "\t" => "\\t", "\b" => "\\b", "\f" => "\\f" }.freeze
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
      # All at once: a match for each costs ten times as much. What belongs to no token is a word that means nothing.
      TOKEN = /[{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+|"/m.freeze
      NUMBER = /\A-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\z/.freeze
      WORDS = { "true" => true, "false" => false, "null" => nil }.freeze
      MOST_LEVELS = 100

      def initialize(text)
        @tokens = text.scan(TOKEN)
        @at = -1
      end

      def document = value(take, 0)

      private

      def take = @tokens[@at += 1] || raise(ArgumentError, "the JSON ends too early")

      def value(token, level)
        raise ArgumentError, "nested too deep" if level > MOST_LEVELS

        case token
        when "{" then object(level)
        when "[" then array(level)
        else scalar(token)
        end
      end

      def scalar(token)
        return string(token) if token.start_with?("\"")
        return WORDS[token] if WORDS.key?(token)
        raise ArgumentError, "no value at token #{@at}" unless NUMBER.match?(token)

        token.match?(/[.eE]/) ? token.to_f : token.to_i
      end

      def object(level)
        found = {}
        token = take
        until token == "}"
          key = string(token)
          take # the colon
          found[key] = value(take, level + 1)
          token = take
          token = take if token == ","
        end
        found
      end

      def array(level)
        found = []
        token = take
        until token == "]"
          found << value(token, level + 1)
          token = take
          token = take if token == ","
        end
        found
      end

      def string(token)
        raise ArgumentError, "no text at token #{@at}" unless token.length > 1 && token.start_with?("\"")

        unescaped(token[1..-2])
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
