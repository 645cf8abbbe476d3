# frozen_string_literal: true

require_relative "syntax"

module Testalibi
  module SourceUnits
    # Of a definition or block: [what callers must give, names in order].
    module Parameters
      module_function

      def of(scope)
        table, arguments, = scope.children
        return [[], []] unless Syntax.node?(arguments)

        required, _init, optional, _post_name, post, _post_init, rest, keywords, other_keywords, = arguments.children
        words = chain(keywords).map { |assignment| keyword(assignment) }
        others = other_keywords.is_a?(Node) ? :any : other_keywords
        defaults = chain(optional).size
        shape = [required, defaults, post, rest.nil? ? nil : rest.is_a?(Symbol), words, others]
        count = required + defaults + post + words.size + (rest ? 1 : 0)
        last = other_keywords ? table.drop(count).compact.first(1) : []
        [shape, table.first(count).compact + last]
      end

      def keyword(assignment)
        name, value = assignment.children
        [name, value == :NODE_SPECIAL_REQUIRED_KEYWORD]
      end

      # Optional and keyword arguments are lists of [argument, rest].
      def chain(node)
        found = []
        while Syntax.node?(node)
          found << node.children[0]
          node = node.children[1]
        end
        found
      end
    end
  end
end
