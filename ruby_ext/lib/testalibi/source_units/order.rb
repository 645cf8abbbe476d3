# frozen_string_literal: true

require "set"

module Testalibi
  module SourceUnits
    # Which statements may be moved: those whose names nothing looks up while the file is loaded.
    class Order
      def initialize(statements, functions)
        @statements = statements
        @functions = functions
      end

      def settle
        readers = count_readers
        called = names_of_called
        @statements.each do |statement|
          next unless statement.order_free

          own = statement.read_names
          names = Words.sorted(statement.binds)
          alone = names.none? { |name| called.include?(name) || readers[name] > (own.include?(name) ? 1 : 0) }
          statement.order_free = alone && names.any?
        end
      end

      private

      def count_readers
        @statements.each_with_object(Hash.new(0)) do |statement, readers|
          statement.read_names.each { |name| readers[name] += 1 }
        end
      end

      # What functions of the file look up that may be called while it is loaded.
      def names_of_called
        by_name = @functions.select(&:definition?).group_by(&:last_name)
        pending = @statements.flat_map(&:read_names).uniq.flat_map { |name| by_name.delete(name) || [] }
        pending.concat(@functions.select(&:runs_at_load?))
        found = Set.new
        while (function = pending.pop)
          function.reads.spelled.each do |name|
            pending.concat(by_name.delete(name) || []) if found.add?(name)
          end
        end
        found
      end
    end
  end
end
