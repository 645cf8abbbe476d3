# frozen_string_literal: true

require "set"
require_relative "words"

module Testalibi
  module SourceUnits
    # READS of FORMAT.md: the names that a piece of code may look up.
    class Reads
      NAME = /\A[@$]{0,2}[[:alpha:]_][[:alnum:]_]*(?:(?:::|\.|#)[[:alpha:]_][[:alnum:]_]*)*[?!=]?\z/.freeze
      WORD = /[@$]{0,2}[[:alpha:]_][[:alnum:]_]*[?!=]?/.freeze
      LONGEST_NAME = 120

      # The same texts come again and again, in one file and in the next.
      NAMES_IN = Hash.new do |known, text|
        words = Words.utf8(text.to_s)
        known[text] = words.match?(NAME) ? words.split(/::|\.|#/).freeze : []
      end
      private_constant :NAMES_IN

      attr_reader :names, :imports

      def initialize
        @names = Set.new
        @texts = []
        @imports = []
      end

      def add(name)
        @names << name
      end

      def text(string)
        @texts << string
      end

      # All that it says, spelled.
      def spelled
        Words.sorted(@names) | dotted.to_a
      end

      def import(level, path)
        @imports << [level, Words.utf8(path), []]
      end

      def merge(other)
        @names.merge(other.names)
        @texts.concat(other.texts)
        @imports |= other.imports
      end

      # Identifiers in strings and symbols.
      def dotted
        evaluates = !Words::TEXT_EVALUATORS.disjoint?(@names)
        @texts.uniq.each_with_object(Set.new) do |text, found|
          if evaluates
            found.merge(Words.utf8(text.to_s).scan(WORD))
          elsif text.size <= LONGEST_NAME
            found.merge(NAMES_IN[text])
          end
        end
      end

      def to_h(running: true)
        attributes = Words.sorted(@names)
        document = {}
        document["a"] = attributes unless attributes.empty?
        others = dotted.to_a.sort - attributes
        document["d"] = others unless others.empty?
        document["i"] = @imports.uniq.sort unless @imports.empty?
        document["s"] = true if running
        document
      end

      protected

      attr_reader :texts
    end
  end
end
