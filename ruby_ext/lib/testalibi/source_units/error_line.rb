# frozen_string_literal: true

require "ripper"

module Testalibi
  module SourceUnits
    # The line of the first syntax error, which the parser's own message may lack.
    class ErrorLine < Ripper
      def self.in(text)
        parser = new(text)
        parser.parse
        parser.line || parser.lineno || 1
      rescue StandardError, SyntaxError
        1
      end

      attr_reader :line

      private

      def note_line(*)
        @line ||= lineno
      end

      %i[on_parse_error on_alias_error on_assign_error on_class_name_error on_param_error
         compile_error].each { |event| alias_method event, :note_line }
    end
  end
end
