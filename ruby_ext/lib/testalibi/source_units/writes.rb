# frozen_string_literal: true

require_relative "parameters"
require_relative "syntax"

module Testalibi
  module SourceUnits
    # Does code change what outlives its call, other than the object it is called on? "?": yes, through names
    # that are not looked into. "@param": an object that it is given. "@hidden": it keeps something for later where
    # no look at the variables of classes, constants and globals sees it.
    class Writes
      KINDS = {
        GASGN: :global, CVASGN: :global, CVDECL: :global, CDECL: :global, OP_CDECL: :global, VALIAS: :global,
        IASGN: :variable, DASGN: :local, LASGN: :local, OP_ASGN1: :attribute, OP_ASGN2: :attribute, ATTRASGN: :attribute,
        CALL: :call, OPCALL: :call, QCALL: :call, FCALL: :bare_call
      }.freeze
      SHARED = %i[CONST COLON2 COLON3 GVAR CVAR].freeze
      OWN = %i[IVAR SELF VCALL FCALL].freeze
      LOCALS = %i[LVAR DVAR].freeze
      KEEPING = %i[OP_ASGN1 OP_ASGN2].freeze
      CHAIN = %i[CALL QCALL OPCALL ITER].freeze
      KNOWN_WORDS = (Words::CONFINED | Words::REMARKS | Words::PURE).freeze

      # of_class: the object that it is called on is a class, or whatever runs the block: shared by everybody.
      Code = Struct.new(:of_class, :is_block, :runs_at_load, :parameters)

      def self.of_definition(scope, of_class, parameters)
        new(Code.new(of_class, false, false, parameters)).in(scope)
      end

      def self.of_block(found)
        scope = found.node.children.last
        at_load = found.runs_at_load?
        new(Code.new(at_load, true, at_load, Parameters.of(scope).last)).in(scope)
      end

      def initialize(code)
        @code = code
        @found = []
        @own = [] # tables of locals around what is looked at
      end

      def in(scope)
        look_at(scope)
        @found.sort
      end

      private

      def look_at(node)
        return unless Syntax.node?(node)

        note(node)
        return if node.type == :DEFN || node.type == :DEFS

        @own.push(node.children[0]) if node.type == :SCOPE
        node.children.each { |child| look_at(child) }
        @own.pop if node.type == :SCOPE
      end

      def note(node)
        kind = KINDS[node.type]
        return if kind.nil?

        add(:"@hidden") if keeps_hidden?(kind, node)
        add(:"?") if shared_write?(kind, node)
        add(:"@param") if given?(node.children[0]) && parameter_write?(kind, node)
      end

      def add(write)
        @found |= [write]
      end

      def shared_write?(kind, node)
        case kind
        when :call then mutates?(node.children[1]) && shared?(node.children[0])
        when :bare_call then word_writes?(node)
        when :attribute then shared?(node.children[0])
        when :variable then @code.of_class
        when :global then true
        when :local then captured?(node)
        end
      end

      # Of the code around it, which goes on with it when the block has run: `all = nil; define_method(:all) { all ||= find }`.
      def captured?(local)
        !@code.runs_at_load && @own.none? { |table| table.include?(local.children[0]) }
      end

      # all = nil; define_method(:all) { all ||= find }; Thread.current[:all] ||= find
      def keeps_hidden?(kind, node)
        case kind
        when :local then captured?(node)
        when :attribute then KEEPING.include?(node.type) && node.children.include?(:"||") && hidden?(node.children[0])
        end
      end

      def hidden?(receiver)
        return false unless Syntax.node?(receiver)
        return captured?(receiver) if LOCALS.include?(receiver.type)

        CHAIN.include?(receiver.type) && SHARED.include?(root_of(receiver)&.type)
      end

      def root_of(receiver)
        receiver = receiver.children[0] while Syntax.node?(receiver) && CHAIN.include?(receiver.type)
        receiver if Syntax.node?(receiver)
      end

      # A word that nobody knows, in a block that runs as the file is loaded, tells whoever runs it something.
      def word_writes?(node)
        name = node.children[0]
        return !KNOWN_WORDS.include?(name) || Call.new(node).loads_anything? if @code.runs_at_load

        @code.of_class && !@code.is_block && Words::MUTATORS.include?(name)
      end

      # A block is given what it is to fill in (`configure { |it| it.use X }`).
      def parameter_write?(kind, node)
        return true if kind == :attribute
        return false unless kind == :call

        name = node.children[1]
        @code.is_block ? @code.runs_at_load && !Words::PURE.include?(name) : mutates?(name)
      end

      def given?(receiver)
        return false unless Syntax.node?(receiver)
        return given?(receiver.children[0]) if CHAIN.include?(receiver.type)

        (receiver.type == :LVAR || receiver.type == :DVAR) && @code.parameters.include?(receiver.children[0])
      end

      def mutates?(name)
        Words::MUTATORS.include?(name) || (name.end_with?("!") && name != :!)
      end

      # Is it, or comes it from, something that everybody has?
      def shared?(receiver)
        return @code.of_class if receiver.nil?
        return false unless Syntax.node?(receiver)
        return true if SHARED.include?(receiver.type)
        return @code.of_class if OWN.include?(receiver.type)
        return captured?(receiver) if LOCALS.include?(receiver.type)
        return shared?(receiver.children[0]) if CHAIN.include?(receiver.type)

        receiver.children.any? { |child| Syntax.node?(child) && shared?(child) }
      end
    end
  end
end
