# frozen_string_literal: true

require_relative "syntax"

module Testalibi
  module SourceUnits
    # The names that a call in a class body gives to the class. Where a call does more than that (has_many is
    # seen by whoever saves the object), or gives names that it does not spell, the answer is none: then
    # everybody who uses the class rests on it.
    module Members
      FIRST = %i[scope let given define_method define_singleton_method alias_method alias_attribute].freeze
      VARIABLES = %i[attr_accessor cattr_accessor mattr_accessor class_attribute thread_mattr_accessor].freeze

      module_function

      def of_call(call)
        name = call.name
        return inner(call) if Words::PLAIN_WRAPPERS.include?(name)
        return [:subject, *call.first_name] if name == :subject && call.complete?

        return [call.first_name].compact if FIRST.include?(name)

        names = call.literal_names
        names.nil? || names.empty? ? [] : of_names(name, names, call)
      end

      def of_names(macro, names, call)
        case macro
        when :attr_writer, :cattr_writer, :mattr_writer then names.map { |name| :"#{name}=" }
        when *VARIABLES then names.flat_map { |name| [name, :"#{name}=", *(:"#{name}?" if macro == :class_attribute)] }
        when :def_delegators, :def_instance_delegators then names.drop(1)
        when :def_delegator, :def_instance_delegator then names.last(1)
        when :delegate then call.options.key?(:prefix) || call.options.key?(nil) ? [] : names
        when :attr, :attr_reader, :cattr_reader, :mattr_reader then names
        else []
        end
      end

      # What readers read, which nobody spells where they are called.
      def variables_of(call)
        mark = { attr: "@", attr_reader: "@", attr_accessor: "@", cattr_reader: "@@", cattr_accessor: "@@", mattr_reader: "@@",
                 mattr_accessor: "@@" }[call.name]
        mark ? call.literal_names.to_a.map { |name| :"#{mark}#{name}" } : []
      end

      # private attr_reader :a
      def inner(call)
        inside = call.arguments.size == 1 ? Call.of(call.arguments.first) : nil
        inside ? of_call(inside) : []
      end
    end
  end
end
