# frozen_string_literal: true

require "digest"
require_relative "meaning"

module Testalibi
  module SourceUnits
    # What a block, an example or a group of examples is called: the call and its first literal argument.
    module Labels
      module_function

      # Examples without a description written out are told apart by what they mean.
      def of_block(source, call, node, locals)
        return "lambda" if call.nil?

        argument = argument_text(call.arguments.first)
        return "#{Words.label(call.name)} #{argument}" if argument
        return Words.label(call.name) unless Words::EXAMPLES.include?(call.name)

        meaning = Meaning.new(source, locals.seen_from_unit)
        meaning.visit(node)
        "#{call.name} {#{Digest::SHA256.hexdigest(meaning.content)[0, 8]}}"
      end

      def argument_text(node)
        case value = Syntax.literal(node)
        when String then "\"#{Words.label(value)}\""
        when Symbol then "(#{Words.label(value)})"
        when Regexp then "/#{Words.label(value.source)}/"
        else Syntax.constant_path(node)&.then { |path| Words.label(path.join("/")) }
        end
      end

      def of_group(call)
        return of_shared(call.first_name) if Words::SHARED_GROUPS.include?(call.name) && call.first_name

        texts = call.arguments.map { |argument| group_text(argument) }.compact
        Words.label([call.name, *texts].join(" "))
      end

      # The same for whoever makes it, by any of three words, and whoever includes it.
      def of_shared(name)
        Words.label("shared #{name}")
      end

      def group_text(node)
        value = Syntax.literal(node)
        value.nil? ? Syntax.constant_path(node)&.join("/") : value.to_s
      end
    end
  end
end
