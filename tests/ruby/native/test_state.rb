# frozen_string_literal: true

require_relative "native_case"

# What tests leave in variables of classes, constants and globals.
class TestState < NativeCase
  LIB = <<~RUBY
    require "singleton"
    TABLE = { a: [1, { b: +"x" }] }
    NAMES = %w[a b]
    LOUD = +"text"
    $level = nil
    Point = Struct.new(:x)
    class Config
      @level = nil
      @@count = 0
      LIST = []
      ORIGIN = Point.new(1)
      Limit = Struct.new(:value)
      FROZEN = [1].freeze
      class << self
        attr_accessor :level, :other
        def count=(count)
          @@count = count
        end
        def other_again = remove_instance_variable(:@other)
      end
      class Keeper
        include Singleton
        attr_accessor :kept
      end
    end
    class String
      OURS = []
    end
  RUBY

  # name => [code, what is written]
  CHANGES = {
    variable: ["Config.level = 1", ["Config @level"]],
    class_variable: ["Config.count = 1", ["Config @@count"]],
    global: ["$level = 1", ["$level"]],
    new_global: ["$fresh = 1", ["$fresh"]],
    list: ["Config::LIST << 1", ["Config LIST"]],
    deep: ["TABLE[:a][1][:b] << 'y'", ["TABLE"]],
    order: ["NAMES.reverse!", ["NAMES"]],
    text: ["LOUD << '!'", ["LOUD"]],
    struct: ["Config::ORIGIN.x = 2", ["Config ORIGIN"]],
    class_of_struct: ["Config::Limit.instance_variable_set(:@most, 3)", ["Config::Limit @most"]],
    top_class_of_struct: ["Point.instance_variable_set(:@most, 3)", ["Point @most"]],
    singleton: ["Config::Keeper.instance.kept = 2", ["Config::Keeper instance"]],
    core: ["String::OURS << 1", ["OURS"]],
    added: ["Config.other = 1", ["Config @other"]],
    removed: ["Config.other_again", ["Config @other"]],
    constant_replaced: ["Config.send(:remove_const, :LIST); Config.const_set(:LIST, [7])", ["Config LIST"]],
    constant_removed: ["Config.send(:remove_const, :LIST)", ["Config LIST"]],
    variable_of_a_text: ["LOUD.instance_variable_set(:@seen, 1)", ["LOUD"]],
    variable_of_a_list: ["NAMES.instance_variable_set(:@seen, 1)", ["NAMES"]],
    frozen: ["NAMES.freeze", ["NAMES"]]
  }.freeze

  EVERYTHING = { "ALIBI_STATE_BUDGET_US" => "0" }.freeze

  def writes(evidence)
    evidence.records("state write").group_by { |record| evidence.name_of(record["context"]) }.transform_values do |records|
      records.map { |record| [record["name"], record["attribute"]].reject { |part| part.to_s.empty? }.join(" ") }.uniq.sort
    end
  end

  def test_each_change_that_outlives_a_test
    evidence = record(CHANGES.transform_values(&:first), before: LIB, environment: EVERYTHING)
    expected = CHANGES.to_h { |name, (_, written)| [name.to_s, written] }
    assert_equal expected, writes(evidence)
  end

  def test_each_change_under_gc_stress
    evidence = record(CHANGES.transform_values(&:first), before: LIB, environment: EVERYTHING, stress: true)
    assert_equal CHANGES.size, writes(evidence).size
  end

  def test_what_is_put_back_is_no_change
    tests = { variable: "Config.level = 1; Config.level = nil", list: "Config::LIST << 1; Config::LIST.clear",
              equal: "Config.send(:remove_const, :LIST); Config.const_set(:LIST, [])", reads: "TABLE.dup; NAMES.map(&:upcase)" }
    assert_empty writes(record(tests, before: LIB, environment: EVERYTHING))
  end

  def test_a_change_may_be_of_each_test_since_the_last_look
    tests = (1..300).to_h { |i| ["t#{i}", i == 5 ? "Config::LIST << 1" : "1"] }
    found = writes(record(tests, before: LIB + (1..200).map { |i| "class C#{i}; A = [#{i}]; end\n" }.join))
    assert_includes found.keys, "t5"
    assert_equal [["Config LIST"]], found.values.uniq
  end

  # So much that it is looked into once, and not again before many tests have ended.
  LARGE = "class Config; LARGE = (1..1400).map { |i| i.to_s * 4000 }; end\n"
  LITTLE_TIME = { "ALIBI_STATE_BUDGET_US" => "200" }.freeze

  # What three runs wrote for the three tests in the middle. Contents are looked into while it warms up, and at the
  # end; a look that is interrupted uses up its time, so it may be fewer.
  def state_between_looks(changes, puts_back)
    tests = { warms: "1", is_warm: "1", stays_warm: "1", changes: changes, reads: "1", puts_back: puts_back, after: "1" }
    Array.new(3) do
      found = writes(record(tests, before: LIB + LARGE + "Config.other = [[0], 1]\n", environment: LITTLE_TIME))
      %w[changes reads puts_back].map { |name| found.fetch(name, []).join }
    end
  end

  def test_a_change_of_size_that_is_put_back_before_contents_are_looked_at
    { "Config::LIST << 1" => ["Config::LIST.clear", "Config LIST"], "Config.other << 1" => ["Config.other.pop", "Config @other"],
      "LOUD << 'x'" => ["LOUD.chop!", "LOUD"] }.each do |changes, (puts_back, name)|
      assert_operator state_between_looks(changes, puts_back).map(&:first).count(name), :>, 1, changes
    end
  end

  def test_what_was_replaced_before_it_was_looked_at_may_have_been_changed
    found = state_between_looks("Config.other[0][0] = 5", "Config.other = [[0], 1]")
    assert_operator found.count(["Config @other"] * 3), :>, 1
  end

  def test_an_equal_object_in_place_of_one_that_was_looked_at_is_no_change
    tests = (1..4).to_h { |i| ["t#{i}", "Config.other = [[0], 1]"] }
    assert_equal ["t1"], writes(record(tests, before: LIB, environment: EVERYTHING)).keys
  end

  def test_what_is_loaded_in_a_test_starts_as_it_was_loaded
    files = { "late.rb" => "class Late\n  TABLE = {}\n  @kept = []\n  class << self\n    attr_reader :kept\n  end\nend\n" }
    tests = { loads: 'require "./late"', changes: "Late::TABLE[1] = 2", again: "1" }
    assert_equal({ "changes" => ["Late TABLE"] }, writes(record(tests, files: files, environment: EVERYTHING)))
    at_once = { both: 'require "./late"; Late.kept << 1', again: "1" }
    assert_equal({ "both" => ["Late @kept"] }, writes(record(at_once, files: files, environment: EVERYTHING)))
  end

  def test_a_constant_at_the_top_of_a_file_that_a_test_loads_may_be_changed_by_it
    files = { "late.rb" => "CACHE = {}\nSAFE = [1].freeze\n" }
    tests = { both: 'require "./late"; CACHE[1] = 2', again: "1" }
    assert_equal({ "both" => ["CACHE"] }, writes(record(tests, files: files, environment: EVERYTHING)))
  end

  def test_nothing_is_loaded_and_nothing_said_by_looking
    files = { "lazy.rb" => 'abort "it was loaded"' }
    before = <<~RUBY
      $VERBOSE = true
      Warning[:deprecated] = true
      class Config
        autoload :Lazy, "#{@root}/lazy.rb"
        OLD = [1]
        deprecate_constant :OLD
        def self.const_missing(name) = abort("asked for \#{name}")
      end
    RUBY
    evidence = record({ one: "1", two: 'abort("quiet now") unless Warning[:deprecated]' }, files: files, before: before, environment: EVERYTHING)
    refute_match(/deprecated|loaded|asked/, evidence.output)
  end

  def test_what_holds_itself_and_what_is_large_and_deep
    before = <<~RUBY
      class Config
        RING = []
        RING << RING << { RING => RING }
        LARGE = (1..5000).map { |i| "text " * (i % 7) }
        DEEP = (1..200).inject([]) { |inner, _| [inner] }
        HUGE = [10**2000]
      end
    RUBY
    tests = { ring: "Config::RING << 1", large: "Config::LARGE[3] << 1.to_s", huge: "Config::HUGE[0] += 1" }
    assert_equal({ "ring" => ["Config RING"], "large" => ["Config LARGE"], "huge" => ["Config HUGE"] },
                 writes(record(tests, before: before, environment: EVERYTHING)))
  end

  def test_objects_of_every_kind_are_looked_at
    before = <<~RUBY
      require "set"
      require "bigdecimal"
      class Config
        ALL = [1.5, 3r, 2i, :a, "s".to_sym, /x/, 1..2, nil, true, Object.new, Class.new, Mutex.new, Queue.new, $stdout, proc { 1 },
               method(:puts), [].each, Set[1], Time.at(0), Thread.current, BasicObject.new, ENV, Struct.new(:a, :b, :c, :d).new(1),
               Encoding::UTF_8, Random.new(1), binding, ObjectSpace::WeakMap.new, Comparable, Dir, File::Stat.new("."), Rational(1, 2), 2**80, {}.compare_by_identity,
               Exception.new("x"), Fiber.new { 1 }, "x".match(/x/), Process.clock_gettime(0), BigDecimal("1")]
      end
    RUBY
    tests = { one: "Config::ALL[17] << 2", two: "1", three: "GC.start; GC.compact if GC.respond_to?(:compact)", four: "1" }
    found = writes(record(tests, before: before, environment: EVERYTHING))
    assert_equal ["Config ALL"], found["one"]
    assert_nil found["two"]
  end

  def test_tests_on_several_threads_may_each_have_made_it
    evidence = record({ one: <<~RUBY }, before: LIB, environment: EVERYTHING)
      native = Testalibi::Native
      inner = Queue.new
      thread = Thread.new do
        other = native.begin_test("other")
        inner.push(1)
        sleep 0.1
        native.end_test(other, 1, 1, "")
      end
      inner.pop
      Config::LIST << 1
      thread.join
    RUBY
    assert_includes writes(evidence).keys, "other"
    assert_includes writes(evidence).keys, "one"
  end
end
