# frozen_string_literal: true

require_relative "effects"
require_relative "labels"
require_relative "load_scope"
require_relative "members"
require_relative "statement"
require_relative "writes"

module Testalibi
  module SourceUnits
    # The statements that run when the file is loaded, in the order of the file, a head before its members, and
    # the definitions and blocks that stand in them.
    class LoadTime
      attr_reader :statements, :found, :special_classes, :refinements

      def initialize(source)
        @source = source
        @statements = []
        @found = []
        @special_classes = Set.new
        @refinements = Meaning.new(source, LocalNames.new)
        @group_names = Hash.new(0)
        table, _arguments, body = source.root.children
        walk(body, LoadScope.of_file(table))
      end

      private

      def walk(body, scope)
        Syntax.statements(body).each do |node|
          statement(node, scope)
          scope.last_word = call_name(node)
        end
      end

      def call_name(node)
        call = Call.of(node)
        call.name if call&.bare?
      end

      def statement(node, scope)
        case node.type
        when :CLASS, :MODULE then class_statement(node, scope)
        when :SCLASS then singleton_class(node, scope)
        when :DEFN, :DEFS then definition(node, node, [], scope)
        when :CDECL then constant(node, scope)
        else
          call = Call.of(node)
          call ? call_statement(node, call, scope) : plain(node, scope)
        end
      end

      # ---- building

      def add(node, kind, scope, meaning)
        unit = Statement.new(class_name: scope.class_name, kind: kind, node: node, meaning: meaning)
        unit.content = scope.marker.b + unit.content
        meaning.found.each { |found| found.of_class = scope.singleton? }
        @found.concat(meaning.found)
        @statements << unit
        unit
      end

      def meaning_of(node, scope, blocks: :apart)
        meaning = Meaning.new(@source, scope.locals, class_name: scope.class_name, blocks: blocks)
        meaning.visit(node) if node
        meaning
      end

      def plain(node, scope)
        assigns = ASSIGNMENTS.include?(node.type)
        meaning = meaning_of(node, scope, blocks: assigns ? :both : :apart)
        unit = add(node, plain_kind(scope, assigns), scope, meaning)
        unit.effect = Effects.new(in_class: scope.in_class?).of(node)
        forget_known_calls(unit)
        note_blocks(unit, meaning)
        unit.binds += meaning.found.map { |found| found.call && own_name(found) }.compact
        note_reflection(meaning, scope)
        unit.order_free = assigns && !unit.may_raise && unit.effect.nil?
        unit
      end

      ASSIGNMENTS = %i[LASGN DASGN DASGN_CURR IASGN GASGN CVASGN CVDECL CDECL MASGN OP_ASGN_OR OP_ASGN_AND OP_CDECL
                       OP_ASGN1 OP_ASGN2].freeze
      KNOWN_CALLEES = (Words::CONFINED | Words::REMARKS | %i[<< []=]).freeze
      private_constant :ASSIGNMENTS, :KNOWN_CALLEES

      def plain_kind(scope, assigns)
        return "member" if scope.in_class?

        assigns ? "assign" : "other"
      end

      # Of an example that stands in an `if`: so that adding it adds a name.
      def own_name(found)
        return unless Words::EXAMPLES.include?(found.call.name)

        Labels.of_block(@source, found.call, found.node, found.locals)
      end

      def forget_known_calls(unit)
        unit.calls = unit.calls.reject { |name| KNOWN_CALLEES.include?(name) }
      end

      # What blocks do that run with the statement.
      def note_blocks(unit, meaning)
        writes = meaning.found.select(&:runs_at_load?).flat_map { |found| Writes.of_block(found) }
        bound_here = unit.kind == "assign"
        unit.effect = Effects::UNKNOWN if writes.include?(:"?") || (!bound_here && !writes.empty?)
      end

      def note_reflection(meaning, scope)
        @special_classes << scope.class_name unless Words::REFLECTION.disjoint?(meaning.reads.names)
      end

      # ---- classes

      def class_statement(node, scope)
        path, superclass = node.type == :CLASS ? node.children[0, 2] : [node.children[0], nil]
        names = Syntax.constant_path(path) || [:"?"]
        body = node.children.last
        meaning = Meaning.new(@source, scope.locals, class_name: scope.class_name, blocks: :both)
        meaning.visit(path)
        meaning.visit(superclass)
        head = add_head(node, scope, meaning, scope.inside(names.join("::")), names.last(1))
        head.bases = superclass_names(superclass)
        head.may_raise = !superclass.nil? && Call.of(superclass) ? true : false
        head.effect = Effects::UNKNOWN if !scope.in_class? && superclass.nil? && core_class?(names)
        enter(head, names.last, body, scope, own_locals: true)
      end

      def core_class?(names)
        names.size == 1 && Words::CORE_CLASSES.include?(names[0])
      end

      def add_head(node, scope, meaning, name, binds)
        head = add(node, "class", scope, meaning)
        head.end_line = [node.last_lineno, head.end_line].max
        head.head = name
        head.binds = binds
        forget_known_calls(head)
        head
      end

      # One's own name leads to other openings of the class, those around it to what it finds there.
      def enter(head, name, body, scope, own_locals:, is_group: false)
        inner = scope.body_of(head, name, body.children[0], own_locals: own_locals, is_group: is_group)
        head.content += block_arguments(body, inner)
        walk(body.children[2], inner)
        head.links = inner.names_around
        @special_classes << head.head if head.special
      end

      def block_arguments(body, scope)
        meaning = Meaning.new(@source, scope.locals)
        meaning.visit(body.children[1])
        meaning.content
      end

      def superclass_names(superclass)
        return [] if superclass.nil?

        path = Syntax.constant_path(superclass)
        [path ? path.last : Syntax.root_name(superclass) || :"?"]
      end

      def singleton_class(node, scope)
        receiver, body = node.children
        return plain(node, scope) unless receiver.type == :SELF && scope.in_class?

        walk(body.children[2], scope.flattened(LoadScope::SINGLETON, body.children[0], own_locals: true))
      end

      # Foo = Class.new(Base) do ... end
      def constant(node, scope)
        value = node.children.last
        call = Call.of(value)
        return plain(node, scope) unless call&.block && makes_class?(call)

        meaning = meaning_of(nil, scope, blocks: :both)
        target = node.children[0]
        name = target.is_a?(Node) ? node.children[1] : target
        meaning.visit(target)
        meaning.visit_call_alone(value)
        path = target.is_a?(Node) ? Syntax.constant_path(target) || [name] : [name]
        head = add_head(node, scope, meaning, scope.inside(path.join("::")), [name])
        head.bases = [Syntax.root_name(call.receiver), *class_arguments(call)]
        enter(head, name, call.block, scope, own_locals: false)
      end

      def makes_class?(call)
        Words::CLASS_MAKERS[Syntax.constant_path(call.receiver)&.last] == call.name
      end

      def class_arguments(call)
        call.arguments.map { |argument| Syntax.constant_path(argument)&.last }.compact
      end

      # ---- definitions

      def definition(node, whole, wrappers, scope)
        meaning = meaning_of(whole, scope)
        name = node.children[-2]
        unit = add(whole, scope.in_class? ? "method" : "def", scope, meaning)
        visible = node.type == :DEFN ? scope.visibility : ""
        unit.content = "#{visible}\0".b + unit.content
        unit.binds = [name]
        unit.decorators = wrappers - Words::PLAIN_WRAPPERS.to_a
        unit.calls = unit.decorators
        unit.may_raise = !unit.decorators.empty?
        follows_word = scope.last_word && !Words::CONFINED.include?(scope.last_word)
        unit.order_free = unit.decorators.empty? && !follows_word
        @special_classes << scope.class_name if Words::CLASS_HOOKS.include?(name) && scope.in_class?
      end

      # [definition, wrappers] of `private memoize def x`.
      def wrapped_definition(call)
        wrappers = []
        while call&.bare? && call.arguments.size == 1
          wrappers << call.name
          inside = call.arguments.first
          return [inside, wrappers] if %i[DEFN DEFS].include?(inside.type)

          call = Call.of(inside)
        end
        nil
      end

      # ---- calls

      def call_statement(node, call, scope)
        wrapped = call.block.nil? && wrapped_definition(call)
        return definition(wrapped[0], node, wrapped[1], scope) if wrapped
        return group(node, call, scope) if group?(call)
        return reopening(node, call, scope) if call.block && class_evaluation?(call, scope)

        body_follows = call.block && body_of_class?(call, scope)
        meaning = meaning_of(body_follows ? call.node : node, scope)
        unit = add(node, call_kind(call, scope), scope, meaning)
        unit.end_line = node.first_lineno if body_follows
        describe_call(unit, node, call, scope, meaning)
        note_call(call, meaning, scope)
        return unless body_follows

        walk(call.block.children[2], scope.flattened(call.name, call.block.children[0], own_locals: false))
      end

      def call_kind(call, scope)
        return "import" if !scope.in_class? && call.bare? && Words::LOADERS.include?(call.name)
        return "method" if scope.in_class? && example?(call)
        # Of a member that has an effect, all that it reads would count as touched.
        return "other" if nests_shared?(call)

        scope.in_class? ? "member" : "other"
      end

      def example?(call)
        call.bare? && Words::EXAMPLES.include?(call.name) && (call.block || !call.arguments.empty?)
      end

      def nests_shared?(call)
        call.bare? && Words::NESTING_SHARED.include?(call.name)
      end

      def describe_call(unit, node, call, scope, meaning)
        unit.effect = Effects.new(in_class: scope.in_class?).of(node)
        note_blocks(unit, meaning)
        unit.binds += binds_of(unit, node, call, scope)
        Members.variables_of(call).each { |name| unit.reads.add(name) } if call.bare? && scope.in_class?
        forget_known_calls(unit)
        known = call.bare? && Words::CONFINED.include?(call.name)
        unit.may_raise = false if known && unit.calls.empty?
        unit.order_free = known && !unit.binds.empty? && unit.effect.nil? && !unit.may_raise
        include_shared(unit, call, scope) if call.bare? && Words::INCLUDING_SHARED.include?(call.name)
        mix_in(call, scope) if call.bare? && Words::MIXERS.include?(call.name)
      end

      def binds_of(unit, node, call, scope)
        return [] unless call.bare?
        return [Syntax.name(call.arguments.first)].compact if call.name == :autoload
        return [] unless scope.in_class?

        example?(call) || nests_shared?(call) ? [label_of(node, call, scope)] : Members.of_call(call)
      end

      def label_of(node, call, scope)
        Labels.of_block(@source, call, node, scope.locals)
      end

      # Whoever runs the shared examples rests on the group that includes them.
      def include_shared(unit, call, scope)
        name = call.first_name && Labels.of_shared(call.first_name).to_sym
        unit.reads.add(name) if name
        unit.links = scope.names_around
        unit.effect = name ? [name] : Effects::UNKNOWN
        scope.head.bases |= [name] if name && scope.head
      end

      def mix_in(call, scope)
        return unless scope.head

        call.arguments.each do |argument|
          path = Syntax.constant_path(argument)
          path ? scope.head.bases |= [path.last] : @special_classes << scope.class_name
        end
      end

      def note_call(call, meaning, scope)
        note_reflection(meaning, scope)
        return use_refinements(call) if call.bare? && call.name == :using
        return scope.visibility = call.name.to_s if call.bare? && sets_visibility?(call)
        return unless Syntax.self?(call.receiver)

        by_name = Words::MAKERS_BY_NAME.include?(call.name) && call.literal_names.nil? && call.first_name.nil?
        from_text = Words::TEXT_EVALUATORS.include?(call.name) && call.block.nil?
        @special_classes << scope.class_name if by_name || from_text
      end

      def sets_visibility?(call)
        Words::VISIBILITIES.include?(call.name) && call.arguments.empty? && call.complete?
      end

      def use_refinements(call)
        call.arguments.each { |argument| @refinements.visit(argument) }
      end

      # ---- bodies of blocks

      def group?(call)
        return false unless call.block && Words::GROUPS.include?(call.name)

        call.bare? || Words::GROUP_OWNERS.include?(Syntax.constant_path(call.receiver)&.last)
      end

      def group(node, call, scope)
        label = Labels.of_group(call)
        count = @group_names[scope.inside(label)] += 1
        label = "#{label}##{count}" if count > 1
        meaning = meaning_of(nil, scope, blocks: :both)
        meaning.visit_call_alone(node)
        binds = [label.to_sym]
        binds << call.first_name if Words::SHARED_GROUPS.include?(call.name) && call.first_name
        head = add_head(node, scope, meaning, scope.inside(label), binds)
        head.bases = [scope.names_around.last].compact
        head.may_raise = false
        head.order_free = head.calls.empty?
        # Groups include it that say nothing but such a word about themselves.
        head.effect = Effects::UNKNOWN if Words::SHARED_GROUPS.include?(call.name) && call.arguments.size > 1
        enter(head, label.to_sym, call.block, scope, own_locals: false, is_group: true)
      end

      # class_eval do ... end, included do ... end: of the class around it.
      def body_of_class?(call, scope)
        scope.in_class? && Words::SAME_CLASS.include?(call.name) && Syntax.self?(call.receiver)
      end

      def class_evaluation?(call, scope)
        return scope.in_class? && call.bare? if call.name == :refine

        Words::EVALUATING.include?(call.name) && !call.bare? && Syntax.constant_path(call.receiver)
      end

      # Foo.class_eval do ... end, refine Foo do ... end
      def reopening(node, call, scope)
        meaning = meaning_of(nil, scope, blocks: :both)
        meaning.visit_call_alone(node)
        refines = call.name == :refine
        path = Syntax.constant_path(refines ? call.arguments.first : call.receiver) || [:"?"]
        name = refines ? "refine #{path.join("/")}" : path.join("::")
        head = add_head(node, scope, meaning, scope.inside(name), refines ? [] : path.last(1))
        head.effect = Effects::UNKNOWN unless refines
        enter(head, refines ? nil : path.last, call.block, scope, own_locals: false)
      end
    end
  end
end
