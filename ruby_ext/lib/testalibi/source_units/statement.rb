# frozen_string_literal: true

require "digest"
require_relative "meaning"

module Testalibi
  module SourceUnits
    # A STATEMENT of FORMAT.md while it is being put together.
    class Statement
      attr_accessor :class_name, :line, :end_line, :kind, :head, :content, :reads, :binds, :effect, :calls,
                    :decorators, :bases, :order_free, :may_raise, :special, :links

      def initialize(class_name:, kind:, node:, meaning:)
        @class_name = class_name
        @kind = kind
        @line = node.first_lineno
        @end_line = [node.last_lineno, meaning.last_line].max
        @content = meaning.content
        @reads = meaning.reads
        @binds = meaning.binds.to_a
        @calls = meaning.calls.to_a
        @may_raise = meaning.may_raise?
        @head = ""
        @effect = nil
        @links = []
        @decorators = []
        @bases = []
        @order_free = false
        @special = false
      end

      def definition?
        %w[def method].include?(@kind)
      end

      def head?
        !@head.empty?
      end

      # The names that it looks up when it runs.
      def read_names
        @read_names ||= @reads.spelled
      end

      # `links`: names that it does not look up, but that lead to what it rests on.
      def to_h(salt)
        @links.each { |name| @reads.add(name) }
        {
          "class" => @class_name, "line" => @line, "end" => @end_line, "kind" => @kind, "head" => @head,
          "fp" => Digest::SHA256.hexdigest("#{@kind}\0#{@content}\0".b << salt)[0, 32],
          "reads" => @reads.to_h(running: !definition?), "annotations" => {},
          "binds" => Words.sorted(@binds), "effect" => @effect && Words.sorted(@effect),
          "calls" => Words.sorted(@calls), "decorators" => @decorators.map { |name| Words.spelled(name) },
          "bases" => @bases.map { |name| Words.spelled(name) }, "exposes" => [], "aliases" => [],
          "order_free" => @order_free, "may_raise" => @may_raise, "annotations_may_raise" => false,
          "special" => @special, "autouse" => false, "stars" => [], "hooks" => false
        }
      end
    end
  end
end
