# frozen_string_literal: true

require_relative "support"

class StatementsTest < Minitest::Test
  include SourceUnits

  def in_class(line)
    statements("class A\n #{line}\nend").find { |unit| unit["line"] == 2 }
  end

  def in_group(line)
    statements("describe X do\n #{line}\nend").find { |unit| unit["line"] == 2 }
  end

  def test_kinds
    { "def a; end" => "def", "class A; end" => "class", "module A; end" => "class", "require 'a'" => "import", "A = 1" => "assign",
      "a = 1" => "assign", "A, B = 1, 2" => "assign", "A ||= 1" => "assign", "foo" => "other", "if a; end" => "other",
      "describe(A) { }" => "class", "RSpec.describe(A) { }" => "class", "shared_examples('a') { }" => "class",
      "$a = 1" => "assign", "def self.a; end" => "def" }.each { |text, kind| assert_equal kind, statements(text)[0]["kind"], text }
    { "def a; end" => "method", "private def a; end" => "method", "A = 1" => "member", "include B" => "member",
      "attr_reader :a" => "member", "require 'a'" => "member", "it('a') { }" => "method" }.each do |text, kind|
      assert_equal kind, in_class(text)["kind"], text
    end
  end

  def test_members_bind_what_they_spell
    { "attr_reader :a, 'b'" => %w[a b], "attr_writer :a" => %w[a=], "attr_accessor :a" => %w[a a=], "alias b a" => %w[b],
      "alias_method :b, :a" => %w[b], "define_method(:x) { }" => %w[x], "delegate :a, :b, to: :c" => %w[a b],
      "def_delegators :@c, :a, :b" => %w[a b], "def_delegator :@c, :a, :b" => %w[b], "scope :a, -> { }" => %w[a],
      "A = 1" => %w[A], "A, B = 1, 2" => %w[A B], "@a = 1" => %w[@a], "@@a = 1" => %w[@@a], "private attr_reader :a" => %w[a],
      "def self.a; end" => %w[a], "if X; def a; end; B = 1; end" => %w[B a], "autoload :B, 'b'" => %w[B] }.each do |text, binds|
      assert_equal binds, in_class(text)["binds"], text
    end
    { "let(:a) { }" => %w[a], "subject { }" => %w[subject], "subject(:a) { }" => %w[a subject], "it('a') { }" => ["it \"a\""],
      "specify(A) { }" => ["specify A"], "x = 1" => %w[x] }.each { |text, binds| assert_equal binds, in_group(text)["binds"], text }
  end

  # Whoever uses the class rests on them.
  def test_members_that_bind_nothing
    ["include B", "private", "private :a", "has_many :a", "validates :a, presence: true", "attribute :a", "enum b: [:c]",
     "foo :a", "attr_reader(*names)", "define_method(name) { }", "delegate :a, to: :b, prefix: true", "self.table_name = 'x'",
     "before_action :a", "default_scope { }", "class_eval 'def a; end'"].each { |text| assert_empty in_class(text)["binds"], text }
    ["before { }", "let!(:a) { }", "subject!(:a) { }", "after(:all) { }", "include_context 'a'", "fixtures :all"].each do |text|
      assert_empty in_group(text)["binds"], text
    end
  end

  def test_effects_at_the_top
    { "foo" => %w[?], "foo { }" => %w[?], "include A" => %w[?], "$x = 1" => %w[$x], "ENV['A'] = '1'" => %w[ENV], "A << 1" => %w[A],
      "A[1] = 2" => %w[A], "A.register(B)" => %w[A], "B::A.configure { |c| }" => %w[A], "A.b.c = 1" => %w[A], "A::B = 1" => %w[A],
      "a.b" => %w[?], "raise 'x'" => [], "if A; B.add(1); end" => %w[B], "alias a b" => %w[?], "`ls`" => %w[?],
      "def self.a; end" => nil, "A = 1" => nil, "A = foo(1)" => nil, "require 'a'" => nil,
      "describe('a') { }" => nil, "class A; end" => nil, "a = 1" => nil, "using A" => nil, "private" => nil,
      "A.freeze" => nil, "[1].each { |x| require x }" => %w[?], "[1].each { |x| A << x }" => %w[?], "A.b { |c| c.d 1 }" => %w[?],
      "X = A.b { |c| c.d 1 }" => nil, "X = [1].each { |x| A << x }" => %w[?], "class String; end" => %w[?], "class String < B; end" => nil }.each do |text, effect|
      effect.nil? ? assert_nil(statements(text)[0]["effect"], text) : assert_equal(effect, statements(text)[0]["effect"], text)
    end
  end

  def test_effects_in_classes
    { "include B" => nil, "foo :a" => nil, "B.register(self)" => %w[B], "B << self" => %w[B], "$x = 1" => %w[$x],
      "self.a = 1" => nil, "B.foo.bar { }" => %w[B] }.each do |text, effect|
      effect.nil? ? assert_nil(in_class(text)["effect"], text) : assert_equal(effect, in_class(text)["effect"], text)
    end
    assert_equal ["shared a stack"], in_group("it_behaves_like 'a stack'")["effect"]
    assert_equal ["it_behaves_like \"a stack\""], in_group("it_behaves_like 'a stack'")["binds"]
    assert_equal ["a stack"], statements("shared_examples('a stack') { }")[0]["binds"] & ["a stack"]
  end

  # What it calls that may hand the class, or the value, to somebody.
  def test_calls
    { "include B" => [], "validates :a" => [], "foo :a" => %w[foo], "memoize def a; end" => %w[memoize], "private def a; end" => [],
      "A = B.build(1)" => %w[build], "A = B.new" => %w[B], "A = [1].map(&:to_s).freeze" => [], "A = Set.new" => [],
      "self.a = 1" => %w[a=], "B.register(self)" => %w[register], "B << self" => [] }.each do |text, calls|
      assert_equal calls, in_class(text)["calls"], text
    end
    assert_equal %w[memoize], in_class("memoize def a; end")["decorators"]
    assert_equal [], in_group("it('a') { foo }")["calls"]
  end

  def test_special_classes
    ["define_method(name) { }", "class_eval 'x'", "def self.inherited(x); end", "def self.method_added(x); end", "prepend Foo.bar",
     "[1].each { |x| define_method(x) { } }", "public_instance_methods.each { }", "attr_reader(*names)"].each do |text|
      assert head("class A\n #{text}\nend", "A")["special"], text
    end
    ["define_method(:a) { }", "def a; end", "include B", "def self.included(x); end", "attr_reader :a"].each do |text|
      refute head("class A\n #{text}\nend", "A")["special"], text
    end
  end

  def test_what_may_be_moved
    ["def a; end", "B = 1", "attr_reader :a"].each { |text| assert in_class(text)["order_free"], text }
    ["include B", "private", "B = foo", "memoize def a; end", "private :a", "foo :a"].each do |text|
      refute in_class(text)["order_free"], text
    end
    assert in_group("it('a') { }")["order_free"]
    refute in_group("let!(:a) { }")["order_free"]
  end

  def test_what_is_looked_up_at_load_may_not_be_moved
    free = ->(text, name) { binder("class A\n#{text}\nend", name)["order_free"] }
    refute free.call("def a; end\nprivate :a", "a")
    refute free.call("def self.a; B; end\nB = 1\nC = a", "B")
    refute free.call("def self.a; end\nC = a", "a")
    refute free.call("desc 'x'\ndef a; end", "a")
    assert free.call("def a; B; end\nB = 1", "B")
  end

  def test_may_raise
    { "A = 1" => false, "A = foo" => true, "A = 1 + B" => true, "def a; end" => false, "include B" => false,
      "foo :a" => true, "attr_reader :a" => false, "raise 'x'" => true }.each do |text, expected|
      assert_equal expected, in_class(text)["may_raise"], text
    end
  end

  def test_writes_of_functions
    { "def m; A << 1; end" => %w[?], "def m; $a = 1; end" => %w[?], "def m; @@a = 1; end" => %w[?], "def m; @a = 1; end" => [],
      "def self.m; @a ||= 1; end" => %w[?], "def self.m; @a << 1; end" => %w[?], "def m; A[1] = 2; end" => %w[?],
      "def m; a << 1; end" => [], "def m; A.b.merge!(1); end" => %w[?], "def m; A.b; end" => [],
      "def self.m; include B; end" => %w[?] }.each do |text, writes|
      assert_equal writes, function(text, "m")["writes"], text
    end
  end

  # What a block fills in as the file is loaded belongs to others.
  def test_writes_of_blocks
    { "A.configure { |c| c.include B }" => %w[@param], "A.configure { |c| c.x = 1 }" => %w[@param], "A.define { thing :x }" => %w[?],
      "[1].each { |x| it('a') { } }" => [], "A.configure { config.x = 1 }" => %w[?], "[1].each { |x| x.to_s }" => [],
      "it('a') { thing }" => [], "before { @a = 1 }" => [],
      "class A; class << self; def m; @a = 1; end; end; end" => %w[?] }.each do |text, writes|
      assert_equal writes, units(text)["functions"][0]["writes"], text
    end
  end

  def test_shared_groups
    text = "shared_examples 'a stack' do\n it('x') { }\nend\ndescribe 'A' do\n it_behaves_like 'a stack'\nend"
    assert_equal ["a stack", "shared a stack"], head(text, "shared a stack")["binds"]
    assert_equal ["shared a stack"], head(text, "describe A")["bases"]
    assert_equal %w[?], statements("shared_context('a', :db) { }")[0]["effect"]
    assert_includes function("def m; x.include_context('a b'); end", "m")["reads"]["a"], "a b"
  end

  def test_lines
    text = "\nclass A <\n  B\n\n  def a(\n    b)\n    b\n  end\n\n  let(\n   :c) do\n    1\n  end\n  D = <<~X\n   \#{e}\n  X\nend"
    assert_equal [2, 17], head(text, "A").values_at("line", "end")
    assert_equal [5, 8], function(text, "A.a").values_at("line", "end")
    assert_equal [11, 13], function(text, "A.let (c)").values_at("line", "end")
    assert_equal [14, 15], binder(text, "D").values_at("line", "end")
  end

  def test_every_answer_has_every_key
    unit = function("def a; end", "a")
    assert_equal %w[aliases args calls_values class end exposes fp gives_to keeps_parameter lazy lets_own_out line name
                    ordinal own_loads passes_to pos reaches_own reads sig writes], unit.keys.sort
    assert_match(/\A\h{32}\z/, unit["fp"])
    assert_equal %w[aliases annotations annotations_may_raise autouse bases binds calls class decorators effect end exposes fp
                    head hooks kind line may_raise order_free reads special stars], statements("A = 1")[0].keys.sort
  end
end
