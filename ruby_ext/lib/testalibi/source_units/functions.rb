# frozen_string_literal: true

require "digest"
require_relative "labels"
require_relative "parameters"
require_relative "writes"

module Testalibi
  module SourceUnits
    # A FUNCTION of FORMAT.md while it is being put together: a definition, or a block of load-time code.
    class Function
      attr_reader :name, :class_name, :line, :end_line, :content, :reads, :positions, :shape, :arguments, :writes,
                  :found
      attr_accessor :ordinal, :fingerprint

      def initialize(source, found)
        @found = found
        @class_name = found.class_name
        meaning = definition? ? read_definition(source) : read_block(source)
        scope = found.node.children.last
        @content = meaning.content
        @reads = meaning.reads
        @inner = meaning.found
        @positions = meaning.positions
        @shape, @arguments = Parameters.of(scope)
        @line = first_line
        @end_line = [found.node.last_lineno, meaning.last_line].max
        @last_name = last_name_in(source)
        @name = @class_name.empty? ? @last_name : "#{@class_name}.#{@last_name}"
        @writes = definition? ? Writes.of_definition(scope, of_class?, @arguments) : Writes.of_block(found)
        @fingerprint = @content
      end

      # Definitions and blocks inside that are units of their own.
      attr_reader :inner, :last_name

      def definition?
        @found.definition?
      end

      def runs_at_load?
        @found.runs_at_load?
      end

      def to_h(salt)
        {
          "name" => @name, "ordinal" => @ordinal, "line" => @line, "end" => @end_line, "class" => @class_name,
          "fp" => digest(@fingerprint.b + salt), "pos" => digest([@line, *@positions].pack("L*")),
          "sig" => digest(@shape.inspect), "args" => given, "lazy" => false,
          "reads" => @reads.to_h, "writes" => Words.sorted(@writes), "keeps_parameter" => false, "passes_to" => [],
          "gives_to" => [], "calls_values" => false, "exposes" => [], "aliases" => [], "reaches_own" => false,
          "lets_own_out" => false, "own_loads" => []
        }
      end

      private

      # What it may know besides names that lead anywhere: an object has variables, a block the locals around it.
      def given
        of_nothing = definition? && (of_class? || @class_name.empty?)
        [*(of_nothing ? [] : ["self"]), *@arguments.map { |name| Words.spelled(name) }]
      end

      def last_name_in(source)
        return Words.spelled(@found.node.children[-2]) if definition?

        Labels.of_block(source, @found.call, @found.node, @found.locals)
      end

      def digest(bytes)
        Digest::SHA256.hexdigest(bytes)[0, 32]
      end

      # Where the code of a block begins: its opening. Of a lambda that may be below its arguments.
      def first_line
        node = @found.node
        node.type == :ITER ? node.children.last.first_lineno : node.first_lineno
      end

      def of_class?
        @found.node.type == :DEFS || @found.of_class
      end

      def read_definition(source)
        name = @found.node.children[-2]
        meaning = Meaning.new(source, LocalNames.new, class_name: @class_name, owner: name)
        meaning.enter(@found.node.children.last)
        meaning
      end

      # Calls that stand in it and look like definitions are units of their own when it runs at once.
      def read_block(source)
        owner = @found.call.first_name if @found.call && @found.call.name == :define_method
        meaning = Meaning.new(source, @found.locals.seen_from_unit, class_name: @class_name, owner: owner)
        meaning.enter(@found.node.children.last) { |statement| runs_at_load? && bare_block?(statement) }
        meaning
      end

      def bare_block?(node)
        node.type == :ITER && Call.of(node)&.bare?
      end

    end
  end
end
