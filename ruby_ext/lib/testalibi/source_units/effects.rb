# frozen_string_literal: true

require_relative "syntax"

module Testalibi
  module SourceUnits
    # What a load-time statement visibly does beyond binding its own names: the names through which it may
    # change objects (:"?": any), or nil if it does nothing of the kind.
    class Effects
      UNKNOWN = %i[?].freeze
      CALLS_THAT_FAIL = %i[raise fail abort exit].freeze
      # Of these nothing but what they hold can do anything.
      ASSIGNMENTS = %i[LASGN DASGN DASGN_CURR IASGN CVASGN CVDECL OP_CDECL OP_ASGN_OR OP_ASGN_AND OP_ASGN].freeze
      DEFINITIONS = %i[DEFN DEFS CLASS MODULE LAMBDA SCOPE].freeze

      def initialize(in_class:)
        @in_class = in_class
      end

      def of(node)
        return unless Syntax.node?(node)
        return of_call(node, Call.of(node)) if Call.of(node)

        case node.type
        when *DEFINITIONS, *ASSIGNMENTS then nil
        when :GASGN then [node.children[0]]
        when :VALIAS then [node.children[0]]
        when :CDECL then of_constant(node)
        when :ALIAS, :UNDEF then @in_class ? nil : UNKNOWN
        when :SCLASS then [Syntax.root_name(node.children[0])].compact
        when :OP_ASGN1, :OP_ASGN2 then [Syntax.root_name(node.children[0])].compact
        when :XSTR, :DXSTR, :POSTEXE, :SUPER, :ZSUPER, :YIELD then UNKNOWN
        else of_parts(node)
        end
      end

      private

      def of_parts(node)
        node.children.map { |child| of(child) }.compact.reduce { |one, other| one | other }
      end

      def of_constant(node)
        target = node.children[0]
        [Syntax.root_name(target.children[0]) || :"?"] if Syntax.node?(target) && target.type == :COLON2
      end

      def of_call(node, call)
        return [] if CALLS_THAT_FAIL.include?(call.name)
        return of_bare(call) if call.bare?
        return of_parts(call.node) if Words::PURE.include?(call.name) || makes_object?(call)

        root = Syntax.root_name(call.receiver)
        return [root] if root

        # Something of self: in a class body the class, which is what this one is about.
        @in_class || node.type == :ITER ? of_self : UNKNOWN
      end

      def of_self
        @in_class ? nil : UNKNOWN
      end

      # What it does is known from whatever ran, or from its name.
      def makes_object?(call)
        call.name == :new || (call.name == :define && Syntax.constant_path(call.receiver) == [:Data])
      end

      def of_bare(call)
        return UNKNOWN if call.loads_anything?
        return if @in_class || Words::PURE.include?(call.name)

        known = Words::LOADERS | Words::GROUPS | Words::VISIBILITIES
        known.include?(call.name) || call.name == :using ? nil : UNKNOWN
      end
    end
  end
end
