# frozen_string_literal: true

require_relative "literals"
require_relative "local_names"
require_relative "node_types"
require_relative "reads"
require_relative "syntax"

module Testalibi
  module SourceUnits
    # Walks a piece of the tree once and gathers its meaning as bytes, the names it reads, binds and calls, its
    # positions, and the definitions and blocks that stand in it.
    class Meaning
      # A definition or block found in the piece; of_class: in a `class << self`.
      Found = Struct.new(:node, :locals, :class_name, :call, :of_class) do
        def definition?
          %i[DEFN DEFS].include?(node.type)
        end

        # Does its body run when the file is loaded?
        def runs_at_load?
          !definition? && !call.nil? && !Words::LATER.include?(call.name)
        end
      end

      # What becomes of a block: counted by value, found (counted by its call alone), or both.
      BLOCKS = %i[by_value apart both].freeze

      attr_reader :out, :reads, :binds, :calls, :found, :positions

      def initialize(source, locals, class_name: "", blocks: :by_value, owner: nil)
        @source = source
        @locals = locals
        @class_name = class_name
        @blocks = blocks
        @owner = owner
        @out = String.new(capacity: 512, encoding: Encoding::BINARY)
        @reads = Reads.new
        @binds = Set.new
        @calls = Set.new
        @found = []
        @positions = []
        @lines_given = 0
        @last_line = 0
      end

      # The bytes that two pieces of equal meaning share.
      def content
        tail = +""
        # Whoever evaluates text here sees the names of locals.
        tail << "locals#{@all_locals.inspect}" if @all_locals && !Words::EVALUATORS.disjoint?(@reads.names)
        tail << @source.data_digest if @reads.names.include?(:DATA)
        tail << @source.shareable_constants
        @out + tail.b
      end

      # Evaluating it may raise although all names that it reads are there.
      def may_raise?
        @may_raise ? true : false
      end

      # Of the text of it that was visited.
      attr_reader :last_line

      # A body with the table of its locals. Statements for which the block holds are found, not visited.
      def enter(scope, &is_apart)
        table, arguments, body = scope.children
        outer = @locals
        @locals = @locals.with(table)
        @all_locals = [*@all_locals, table]
        visit(arguments)
        visit_body(body, &is_apart)
      ensure
        @locals = outer
      end

      def visit_body(body)
        Syntax.statements(body).each do |statement|
          next visit(statement) unless block_given? && yield(statement)

          @found << Found.new(statement, @locals, @class_name, Call.of(statement))
          visit_call_alone(statement)
        end
        @out << "."
      end

      def visit(node)
        return Literals.append(node, @out) unless node.is_a?(Node)

        type = node.type
        line = node.first_lineno
        @last_line = line if line > @last_line
        @positions << line << node.first_column
        @out << "(" << NodeTypes::TEXTS[type]
        handler = NodeTypes::HANDLERS[type]
        handler ? send(handler, node) : node.children.each { |child| visit(child) }
        @out << ")"
      end

      # A call whose block is somebody else's business.
      def visit_call_alone(node)
        visit(node.children[0])
        @out << "{}"
      end


      private

      def visit_all(values)
        values.each { |value| visit(value) }
      end

      def implicit(node)
        NodeTypes::IMPLICIT.fetch(node.type).each { |name| @reads.add(name) }
        visit_all(node.children)
      end

      def scope(node)
        enter(node)
      end

      def block(node)
        visit_body(node)
      end

      # ---- locals

      def local(node)
        local_name(node.children[0])
      end

      def local_name(name)
        distance, place = @locals.place_of(name)
        return @out << "l#{distance},#{place};" if place

        @reads.add(name) if name
        Literals.append(name, @out)
      end

      def local_assignment(node)
        name, value = node.children
        @binds << name if name && !@locals.place_of(name)
        local_name(name)
        visit(value)
      end

      def arguments(node)
        table = node.children
        table.each { |child| child.is_a?(Symbol) && @locals.place_of(child) ? local_name(child) : visit(child) }
        forwards = table.any? { |child| %i[* ... &].include?(child) } && @source.text_of(node).include?("...")
        @out << "..." if forwards
      end

      # Callers spell it.
      def keyword_argument(node)
        assignment, following = node.children
        Literals.append(assignment.children[0], @out) if assignment.is_a?(Node)
        visit(assignment)
        visit(following)
      end

      # ---- calls

      def call(node)
        receiver, name, arguments = node.children
        note_call(node, name, receiver)
        visit(receiver)
        Literals.append(name, @out)
        visit_arguments(name, arguments)
      end

      def bare_call(node)
        name, arguments = node.children
        note_call(node, name, nil)
        note_load(node, name)
        Literals.append(name, @out)
        visit_arguments(name, arguments)
      end

      # The line that is given to code made from a text is a position.
      def visit_arguments(name, arguments)
        evaluates = Words::TEXT_EVALUATORS.include?(name)
        @lines_given += 1 if evaluates
        visit(arguments)
      ensure
        @lines_given -= 1 if evaluates
      end

      # Groups are included by description.
      def note_shared(node)
        shared = Call.new(node).first_name
        @reads.add(shared) if shared
      end

      def note_call(node, name, receiver)
        @reads.add(name)
        @may_raise = true
        note_shared(node) if Words::INCLUDING_SHARED.include?(name)
        @reads.add(Words::LISTING) if Words::ASKING.include?(name) && Call.new(node).first_name.nil?
        if name == :new && (made = receiver && Syntax.constant_path(receiver)&.last)
          @calls << made unless Words::PURE_CLASSES.include?(made)
        elsif !Words::PURE.include?(name)
          @calls << name
        end
      end

      def note_load(node, name)
        return unless Words::LOADERS.include?(name)

        arguments = Call.new(node).arguments
        path = Syntax.literal(arguments[name == :autoload ? 1 : 0])
        return unless path.is_a?(String)

        name == :require_relative ? relative_import(path) : @reads.import(0, path.delete_suffix(".rb"))
      end

      # A dot would be taken for a slash.
      def relative_import(path)
        steps = path.delete_suffix(".rb").split("/").reject { |step| step.empty? || step == "." }
        ups = steps.take_while { |step| step == ".." }.size
        below = steps.drop(ups)
        return if path.start_with?("/") || below.empty? || below.any? { |step| step.include?(".") }

        @reads.import(ups + 1, below.join("/"))
      end

      def super_call(node)
        @reads.add(@owner) if @owner
        @may_raise = true
        visit_all(node.children)
      end

      def index_assignment(node)
        %i[[] []=].each { |name| @reads.add(name) }
        operator_assignment(node, node.children[1])
      end

      def attribute_assignment(node)
        name = node.children[2]
        [name, :"#{name}="].each { |each| @reads.add(each) }
        operator_assignment(node, node.children[3])
      end

      def operator_assignment(node, operator)
        @may_raise = true
        @reads.add(operator) unless %i[|| &&].include?(operator)
        visit_all(node.children)
      end

      # ---- other names

      def constant(node)
        @reads.add(node.children[0])
        Literals.append(node.children[0], @out)
      end

      def qualified_constant(node)
        @reads.add(node.children[1])
        visit_all(node.children)
      end

      def constant_assignment(node)
        target = node.children[0]
        name = target.is_a?(Node) ? node.children[1] : target
        @binds << name
        @reads.add(name)
        visit_all(node.children)
      end

      def operator_constant(node)
        target = node.children[0]
        @binds << target.children.last if target.is_a?(Node)
        visit_all(node.children)
      end

      def variable(node)
        @reads.add(node.children[0])
        Literals.append(node.children[0], @out)
      end

      def variable_assignment(node)
        @binds << node.children[0]
        @reads.add(node.children[0])
        visit_all(node.children)
      end

      def method_alias(node)
        name = Syntax.literal(node.children[0])
        @binds << name if name
        visit_all(node.children)
      end

      def variable_alias(node)
        @binds << node.children[0]
        node.children.each { |name| @reads.add(name) }
        visit_all(node.children)
      end

      # ---- definitions and blocks

      def definition(node)
        *receiver, name, _body = node.children
        @found << Found.new(node, @locals, @class_name, nil)
        @binds << name
        visit_all(receiver)
        Literals.append(name, @out)
      end

      # A class that counts by value: its definitions by name.
      def class_body(node)
        *head, scope = node.children
        visit_all(head)
        outer = [@locals, @class_name]
        path = Syntax.constant_path(head[0])
        @binds << path.last if path && node.type != :SCLASS
        @class_name = [@class_name, *path].reject { |part| part.to_s.empty? }.join("::") unless node.type == :SCLASS
        @locals = LocalNames.new
        enter(scope)
      ensure
        @locals, @class_name = outer
      end

      def iterator(node)
        return count_block(node, Call.of(node)) { node.children[0] } if @blocks != :by_value

        visit_all(node.children)
      end

      def lambda_literal(node)
        return count_block(node, nil) if @blocks != :by_value

        visit_all(node.children)
      end

      def count_block(node, call)
        @found << Found.new(node, @locals, @class_name, call)
        visit(yield) if block_given?
        return @out << "{}" if @blocks == :apart

        mode = @blocks
        @blocks = :by_value
        visit(node.children.last)
        @blocks = mode
      end

      def loop_over(node)
        @reads.add(:each)
        visit_all(node.children)
      end

      # ---- literals

      def literal(node)
        value = node.children[0]
        @reads.text(value) if value.is_a?(Symbol)
        is_position = @lines_given.positive? && value == node.first_lineno && @source.text_of(node) == "__LINE__"
        is_position ? @out << "line" : Literals.append(value, @out)
      end

      def string(node)
        @reads.text(node.children[0]) if node.children[0].is_a?(String)
        @out << @source.frozen_strings
        visit_all(node.children)
      end

      def command(node)
        @reads.add(:`)
        @may_raise = true
        string(node)
      end

      def regexp(node)
        @out << @source.text_of(node)[/[a-z]*\z/].chars.sort.join
        visit_all(node.children)
      end

      def hash(node)
        pairs = node.children[0]
        @reads.add(:to_hash) if pairs.is_a?(Node) && pairs.children.each_slice(2).any? { |key, value| key.nil? && value }
        visit_all(node.children)
      end

      def rescue_clause(node)
        @reads.add(:===)
        @reads.add(:StandardError) if node.children[0].nil?
        visit_all(node.children)
      end
    end
  end
end
