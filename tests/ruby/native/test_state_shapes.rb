# frozen_string_literal: true

require_relative "native_case"

# What tests leave in objects whose variables CRuby keeps in ways of its own: shapes (3.2 and later), objects with too
# many of them, objects that lie in slots of their size, classes that lost variables, data.
class TestStateShapes < NativeCase
  LIB = <<~RUBY
    Warning[:performance] = true if RUBY_VERSION >= "3.3"
    class Many
      def initialize(order) = order.each { |i| instance_variable_set("@v\#{i}", i) }
      def leave(name) = remove_instance_variable(name)
    end
    Pair = defined?(Data) && Data.respond_to?(:define) ? Data.define(:left, :right) : Struct.new(:left, :right)
    class Keeper
      SHAPES = (0..40).map { |i| Many.new([i, *0..5]) }
      WIDE = Many.new(0..300)
      PAIR = Pair.new([1], "text")
      NAMED = +"text"
      NAMED.instance_variable_set(:@note, [1])
      LENGTHS = [8, 24, 40, 80, 160, 320, 640, 1000].map { |size| +("x" * size) } + (0..40).map { |size| Array.new(size) { 0 } }
      TABLES = (0..20).map { |size| (0...size).to_h { |i| [i, i] } }
      60.times { |i| instance_variable_set("@w\#{i}", i) }
      class << self
        def put(name, value) = instance_variable_set(name, value)
        def take(name) = remove_instance_variable(name)
      end
    end
    class Keeper
      (0..40).each { |i| Class.new(self).tap { |made| made.instance_variable_set("@x\#{i}", i) } }
    end
    $thread = Thread.new { sleep }
  RUBY

  CHANGES = {
    shape: ["Keeper::SHAPES[30].instance_variable_set(:@more, 1)", ["Keeper SHAPES"]],
    value_in_shape: ["Keeper::SHAPES[7].instance_variable_set(:@v3, 30)", ["Keeper SHAPES"]],
    variable_taken: ["Keeper::SHAPES[20].leave(:@v1)", ["Keeper SHAPES"]],
    wide: ["Keeper::WIDE.instance_variable_set(:@v299, 1)", ["Keeper WIDE"]],
    data: ["Keeper::PAIR.left << 2", ["Keeper PAIR"]],
    of_a_text: ["Keeper::NAMED.instance_variable_set(:@note, 2); Keeper::NAMED << 'y'", ["Keeper NAMED"]],
    length: ["Keeper::LENGTHS[5] << 'y'", ["Keeper LENGTHS"]],
    table: ["Keeper::TABLES[9][:new] = 1", ["Keeper TABLES"]],
    class_variable_taken: ["Keeper.take(:@w3)", ["Keeper @w3"]],
    class_variable_put: ["Keeper.put(:@w3, [1])", ["Keeper @w3"]],
    class_of_many: ["90.times { |i| Keeper.put(\"@y\#{i}\", i) }", (0...90).map { |i| "Keeper @y#{i}" }.sort]
  }.freeze
  EVERYTHING = { "ALIBI_STATE_BUDGET_US" => "0" }.freeze

  def written(evidence)
    evidence.records("state write").group_by { |record| evidence.name_of(record["context"]) }.transform_values do |records|
      records.map { |record| [record["name"], record["attribute"]].join(" ") }.uniq.sort
    end
  end

  def changes(stress: false, strategy: nil)
    written(record(CHANGES.transform_values(&:first), before: LIB, environment: EVERYTHING, stress: stress, strategy: strategy))
  end

  def test_each_change_is_seen
    assert_equal CHANGES.to_h { |name, (_, expected)| [name.to_s, expected] }, changes
  end

  def test_each_change_is_seen_by_public_functions
    assert_equal CHANGES.size, changes(strategy: "api").size
  end

  def test_each_change_is_seen_under_gc_stress
    assert_equal CHANGES.size, changes(stress: true).size
  end

  def test_each_change_is_seen_after_objects_moved
    moved = "GC.start; GC.compact if GC.respond_to?(:compact); "
    tests = CHANGES.transform_values { |code, _| moved + code }
    found = written(record(tests, before: LIB, environment: EVERYTHING))
    CHANGES.each { |name, (_, expected)| assert_empty expected - found.fetch(name.to_s), name }
  end
end
