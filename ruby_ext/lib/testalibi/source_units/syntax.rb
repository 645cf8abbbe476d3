# frozen_string_literal: true

require_relative "words"

module Testalibi
  module SourceUnits
    Node = RubyVM::AbstractSyntaxTree::Node

    # Questions about nodes of the parser's tree.
    module Syntax
      module_function

      def node?(value)
        value.is_a?(Node)
      end

      # The statements of a body, without the empty ones that layout leaves behind.
      def statements(body)
        case body&.type
        when nil then []
        when :BLOCK then body.children.flat_map { |child| statements(child) }
        when :BEGIN then statements(body.children[0])
        else [body]
        end
      end

      LITERALS = Words.set("LIT STR SYM INTEGER FLOAT RATIONAL IMAGINARY REGX")

      # The value of a literal, or nil.
      def literal(node)
        node.children[0] if node?(node) && LITERALS.include?(node.type)
      end

      # The name that a literal symbol or string gives, or nil.
      def name(node)
        value = literal(node)
        value.to_sym if value.is_a?(Symbol) || (value.is_a?(String) && !value.empty?)
      rescue EncodingError
        nil
      end

      # [:A, :B] of A::B; nil for anything else.
      def constant_path(node)
        case node&.type
        when :CONST, :COLON3 then [node.children[0]]
        when :COLON2
          owner, last = node.children
          return [last] if owner.nil?

          path = constant_path(owner) if node?(owner)
          path && [*path, last]
        end
      end

      def self?(node)
        node.nil? || (node?(node) && node.type == :SELF)
      end

      # The last name of what stands at the beginning of a chain of calls; "?" if it has none.
      def root_name(node)
        case node&.type
        when nil, :SELF then nil
        when :CONST, :COLON2, :COLON3 then node.type == :COLON2 ? node.children[1] : node.children[0]
        when :IVAR, :GVAR, :CVAR then node.children[0]
        when :CALL, :QCALL, :OPCALL, :ITER then root_name(node.children[0])
        else :"?"
        end
      end
    end

    # A method call with its arguments and block, whatever nodes it is made of.
    class Call
      CALLS = Words.set("FCALL VCALL CALL QCALL OPCALL ATTRASGN ITER")

      attr_reader :receiver, :name, :arguments, :block

      # nil when the node is no call.
      def self.of(node)
        new(node) if Syntax.node?(node) && CALLS.include?(node.type) && called?(node)
      end

      def self.called?(node)
        node.type != :ITER || (Syntax.node?(node.children[0]) && CALLS.include?(node.children[0].type))
      end

      def initialize(node)
        @block = node.children[1] if node.type == :ITER
        @call = node.type == :ITER ? node.children[0] : node
        @receiver, @name, arguments = parts
        @complete = true
        @arguments = list(arguments)
      end

      # The call without its block.
      def node
        @call
      end

      def bare?
        %i[FCALL VCALL].include?(@call.type)
      end

      # Are all arguments written out, no splats?
      def complete?
        @complete
      end

      # Names that the arguments give as literals, options aside; nil when one of them is none.
      def literal_names
        plain = @arguments.reject { |argument| Syntax.node?(argument) && argument.type == :HASH }
        names = plain.map { |argument| Syntax.name(argument) }
        names if @complete && names.none?(&:nil?)
      end

      def first_name
        Syntax.name(@arguments.first)
      end

      # A file whose name is not written out, and which may be another one, or one more, tomorrow.
      def loads_anything?
        bare? && Words::FILE_LOADERS.include?(@name) && !@arguments.empty? && Syntax.literal(@arguments.first).nil?
      end

      # The options that it is called with, by name; of those that are written out.
      def options
        hash = @arguments.last
        return {} unless Syntax.node?(hash) && hash.type == :HASH && Syntax.node?(hash.children[0])

        pairs = hash.children[0].children[0..-2].each_slice(2)
        pairs.to_h { |key, value| [key && Syntax.name(key), value] }
      end

      private

      def parts
        case @call.type
        when :FCALL, :VCALL then [nil, *@call.children]
        else @call.children
        end
      end

      def list(arguments)
        return [] unless Syntax.node?(arguments)

        case arguments.type
        when :LIST, :ARRAY, :ZLIST then arguments.children.compact
        when :BLOCK_PASS then list(arguments.children[0])
        else
          @complete = false
          []
        end
      end
    end
  end
end
