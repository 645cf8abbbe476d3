# frozen_string_literal: true

require_relative "entangled"
require_relative "functions"
require_relative "load_time"
require_relative "order"
require_relative "source"

module Testalibi
  module SourceUnits
    # From the bytes of a source file to the document that FORMAT.md defines. Equal sources give equal documents
    # in every process of one release of the interpreter.
    class Document
      VERSION = 1

      def initialize(text)
        @source = Source.new(text)
        @load_time = LoadTime.new(@source)
      end

      def to_h
        functions = functions_in(@load_time.found)
        mark_special_classes(functions)
        Order.new(@load_time.statements, functions).settle
        refine(functions)
        Entangled.share(functions)
        salt = @load_time.refinements.content
        {
          "version" => VERSION,
          "functions" => functions.map { |function| function.to_h(salt) },
          "statements" => @load_time.statements.map { |statement| statement.to_h(salt) },
          "docs" => {}, "annotations" => annotations(functions)
        }
      end

      private

      def functions_in(found)
        functions = []
        pending = found.dup
        until pending.empty?
          functions << (function = Function.new(@source, pending.shift))
          pending.concat(function.inner)
        end
        functions.sort_by!.with_index { |function, index| [function.line, function.positions[1] || 0, index] }
        number(functions)
      end

      def number(functions)
        counts = Hash.new(-1)
        functions.each { |function| function.ordinal = counts[function.name] += 1 }
      end

      # Code that runs as the file is loaded and makes members under names that it computes.
      def mark_special_classes(functions)
        makers = Words::MAKERS_BY_NAME | Words::REFLECTION
        special = @load_time.special_classes
        functions.each do |function|
          special << function.class_name if function.runs_at_load? && !makers.disjoint?(function.reads.names)
        end
        @load_time.statements.each { |statement| statement.special = special.include?(statement.head) if statement.head? }
      end

      # Refinements change what every call in the file means.
      def refine(functions)
        functions.each { |function| function.reads.merge(@load_time.refinements.reads) }
      end

      # Positional parameters can be renamed without anybody noticing but those who ask for the names.
      def annotations(functions)
        functions.select(&:definition?).group_by(&:name).to_h do |name, same|
          [name, Digest::SHA256.hexdigest(same.map(&:arguments).inspect)[0, 32]]
        end
      end
    end
  end
end
