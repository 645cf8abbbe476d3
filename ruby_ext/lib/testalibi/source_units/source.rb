# frozen_string_literal: true

require "digest"

module Testalibi
  module SourceUnits
    # One source text: its tree, and what the tree does not hold.
    class Source
      COMMENT_LINE = /\A(?:\xEF\xBB\xBF)?(?:[ \t\r\f]*(?:#[^\n]*)?\n)*[ \t\r\f]*(?:#[^\n]*)?/n.freeze
      FROZEN = /frozen[-_]string[-_]literal\s*:\s*"?(true|false)/i.freeze
      SHAREABLE = /^\s*#.*shareable[-_]constant[-_]value\s*:\s*"?(\w+)/i.freeze
      DATA = /^__END__\r?\n(.*)\z/mn.freeze

      attr_reader :root

      def initialize(text)
        @text = text.dup.force_encoding(Encoding::UTF_8)
        @root = RubyVM::AbstractSyntaxTree.parse(@text)
        @bytes = @text.b
        @lines = @bytes.lines
      end

      # The last setting counts for the parser only if it is the first; so all of them are taken.
      def frozen_strings
        @frozen_strings ||= @bytes[COMMENT_LINE].scan(FROZEN).flatten.join(",").downcase
      end

      # What comments say that changes the meaning of constants everywhere in the file.
      def shareable_constants
        @shareable_constants ||= @bytes.scan(SHAREABLE).flatten.join(",").downcase
      end

      # What follows __END__.
      def data_digest
        @data_digest ||= Digest::SHA256.hexdigest(@bytes[DATA, 1].to_s)
      end

      def text_of(node)
        text_between(node.first_lineno, node.first_column, node.last_lineno, node.last_column)
      end

      def text_between(first_line, first_column, last_line, last_column)
        return @lines[first_line - 1].to_s[first_column...last_column].to_s if first_line == last_line

        [@lines[first_line - 1].to_s[first_column..].to_s, *@lines[first_line...(last_line - 1)],
         @lines[last_line - 1].to_s[0...last_column]].join
      end
    end
  end
end
