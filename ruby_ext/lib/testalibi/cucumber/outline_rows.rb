# frozen_string_literal: true

module Testalibi
  module Cucumber
    # The example rows of scenario outlines, by file and line: {header => value}. Reads what Cucumber 4 and later parsed.
    class OutlineRows
      def initialize
        @rows = {}
      end

      def read(file, feature)
        scenarios(feature).each do |scenario|
          scenario.examples.each { |examples| table(file, examples) }
        end
      end

      def at(file, line) = @rows[[file, line]]

      private

      # Also those of its rules.
      def scenarios(parent)
        parent.children.flat_map do |child|
          rule = child.rule if child.respond_to?(:rule)
          rule ? scenarios(rule) : [*child.scenario]
        end
      end

      def table(file, examples)
        header = examples.table_header or return
        names = header.cells.map(&:value)
        examples.table_body.each { |row| @rows[[file, row.location.line]] = names.zip(row.cells.map(&:value)).to_h }
      end
    end
  end
end
