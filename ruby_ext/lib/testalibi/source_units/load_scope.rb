# frozen_string_literal: true

require_relative "local_names"

module Testalibi
  module SourceUnits
    # A body whose statements run when the file is loaded: the file itself, a class, a group of examples.
    class LoadScope
      SINGLETON = "class << self"

      attr_reader :class_name, :head, :locals, :names_around
      attr_accessor :visibility, :last_word

      def self.of_file(table)
        new(class_name: "", head: nil, locals: LocalNames.new.with(table, shared: true))
      end

      def initialize(class_name:, head:, locals:, names_around: [], is_group: false, marker: "")
        @class_name = class_name
        @head = head
        @locals = locals
        @names_around = names_around
        @is_group = is_group
        @marker = marker
        @visibility = "public"
      end

      def group?
        @is_group
      end

      def singleton?
        @marker.include?(SINGLETON)
      end

      def in_class?
        !@class_name.empty?
      end

      # Part of the meaning of every statement here: `class << self` and the like.
      attr_reader :marker

      def inside(name)
        in_class? ? "#{@class_name}::#{name}" : name
      end

      # A body that belongs to the same class.
      def flattened(marker, table, own_locals:)
        locals = own_locals ? LocalNames.new : @locals
        LoadScope.new(class_name: @class_name, head: @head, locals: locals.with(table, shared: true),
                      names_around: @names_around, is_group: @is_group, marker: "#{@marker}#{marker}\0")
      end

      def body_of(head, name, table, own_locals:, is_group: false)
        locals = own_locals ? LocalNames.new : @locals
        LoadScope.new(class_name: head.head, head: head, locals: locals.with(table, shared: true),
                      names_around: [*@names_around, *name], is_group: is_group)
      end
    end
  end
end
