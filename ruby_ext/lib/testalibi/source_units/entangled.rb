# frozen_string_literal: true

module Testalibi
  module SourceUnits
    # The recorder knows a block by the line of its opening. Where that line belongs to several units, whichever
    # of them is taken must stand for all: they share one fingerprint and their reads.
    class Entangled
      # Functions come in the order of their first lines.
      def self.share(functions)
        new(functions).groups.each do |group|
          next if group.size == 1

          content = group.map(&:fingerprint).uniq.sort.join("\0")
          reads = Reads.new
          group.each { |function| reads.merge(function.reads) }
          group.each do |function|
            function.fingerprint = content
            function.reads.merge(reads)
          end
        end
      end

      def initialize(functions)
        @functions = functions
        @group_of = {}.compare_by_identity
        functions.each { |function| @group_of[function] = [function] }
        functions.group_by(&:line).each_value { |same_line| unite_line(same_line) }
        unite_overlapping
      end

      def groups
        @group_of.values.uniq(&:object_id)
      end

      private

      def unite_line(functions)
        return if functions.size == 1
        return unite_all(functions) unless functions.all?(&:definition?)

        functions.group_by(&:last_name).each_value { |same_name| unite_all(same_name) }
      end

      def unite_all(functions)
        functions.each_cons(2) { |one, other| unite(one, other) }
      end

      # Of two that overlap and are not nested, the second may begin on a line of the first.
      def unite_overlapping
        active = []
        @functions.chunk_while { |one, other| one.line == other.line }.each do |same_line|
          active.reject! { |earlier| earlier.end_line < same_line[0].line }
          active.each { |earlier| same_line.each { |later| unite(earlier, later) if confused?(earlier, later) } }
          active.concat(same_line)
        end
      end

      def confused?(earlier, later)
        later.end_line > earlier.end_line && !(earlier.definition? && later.definition?)
      end

      def unite(one, other)
        joined, added = @group_of.values_at(one, other)
        return if joined.equal?(added)

        joined, added = added, joined if added.size > joined.size
        joined.concat(added)
        added.each { |function| @group_of[function] = joined }
      end
    end
  end
end
