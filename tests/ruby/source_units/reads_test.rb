# frozen_string_literal: true

require_relative "support"

class ReadsTest < Minitest::Test
  include SourceUnits

  def reads(body)
    function("def m(arg)\n#{body}\nend", "m")["reads"]
  end

  def assert_reads(names, body)
    missing = names.split - names_in(reads(body))
    assert_empty missing, "#{body}: #{reads(body)}"
  end

  def test_names
    { "A::B::C" => "A B C", "::D" => "D", "foo" => "foo", "foo.bar(1).baz" => "foo bar baz", "a + b[1]" => "+ []",
      "x.y = 1" => "y=", "x[1] = 2" => "[]=", "x.y ||= 1" => "y y=", "x[1] += 1" => "[] []= +", "@a" => "@a",
      "@a = 1" => "@a", "@@b" => "@@b", "$c = 1" => "$c", "x&.y" => "y", "-x" => "-@", "!x" => "!", "x <=> y" => "<=>",
      "A = 1 if false" => "A" }.each { |body, names| assert_reads(names, body) unless body.start_with?("A =") }
  end

  def test_what_is_called_without_being_spelled
    { "\"\#{x}\"" => "to_s", "a(*b)" => "to_a", "a(&b)" => "to_proc", "a(**b)" => "to_hash", "a, b = c" => "to_ary",
      "case a; when b; end" => "===", "case a; in [b]; end" => "deconstruct", "case a; in {b:}; end" => "deconstruct_keys",
      "for a in b; end" => "each", "`x`" => "`", "begin; a; rescue; end" => "StandardError ===" }.each do |body, names|
      assert_reads(names, body)
    end
  end

  def test_super_reads_its_own_name
    assert_reads "m", "super"
    assert_reads "m", "super(1)"
    block = function("class A\n define_method(:x) { super() }\nend", "A.define_method (x)")
    assert_includes block["reads"]["a"], "x"
  end

  def test_symbols_and_strings_that_look_like_names
    assert_reads "foo bar A B baz @q x?", "send(:foo); y('bar', 'A::B.baz', :@q, 'x?')"
    assert_reads "foo bar=", "map(&:foo); %i[bar=]"
    refute_includes names_in(reads("y('not a name')")), "not"
  end

  def test_words_of_evaluated_text
    assert_reads "foo Bar @x", "class_eval(\"def y; foo(Bar, @x) end\")"
  end

  def test_locals_are_no_names
    assert_nil reads("x = arg; x")["a"]
    assert_reads "x", "x()"
  end

  def test_blocks_and_lambdas_count_inside_a_definition
    assert_reads "foo bar", "a { foo }; -> { bar }"
  end

  def test_definitions_inside_do_not
    text = "def m\n def inner; foo; end\n bar\nend"
    assert_equal %w[bar], function(text, "m")["reads"]["a"]
    assert_equal %w[foo], function(text, "inner")["reads"]["a"]
  end

  def test_running_code_may_mean_any_module
    assert_equal true, reads("1")["s"]
    assert_equal true, statements("A = 1")[0]["reads"]["s"]
  end

  def test_imports
    { "require 'a/b-c'" => [0, "a/b-c", []], "require 'a.rb'" => [0, "a", []], "load 'x.rb'" => [0, "x", []],
      "autoload :A, 'a'" => [0, "a", []], "require_relative 'x'" => [1, "x", []],
      "require_relative './x/y-z.rb'" => [1, "x/y-z", []], "require_relative '../../lib/x'" => [3, "lib/x", []] }
      .each do |text, import|
      assert_equal [import], statements(text)[0]["reads"]["i"], text
      assert_equal "import", statements(text)[0]["kind"]
      assert_equal [import], reads(text)["i"]
    end
    ["require_relative 'v1.2/x'", "require_relative '/x'", "require a", "load \"\#{a}\""].each do |text|
      assert_nil statements(text)[0]["reads"]["i"], text
    end
    assert_equal %w[A], statements("autoload :A, 'a'")[0]["binds"]
  end

  def test_a_statement_reads_no_bodies
    assert_equal [[], {}], binder("class A\n def x; foo; end\nend", "x").then { |u| [u["reads"].values.flatten, u["reads"]] }
    refute_includes names_in(binder("describe('a') { it('b') { foo } }", "it \"b\"")["reads"]), "foo"
  end

  def test_values_read_their_blocks
    assert_includes names_in(binder("A = [1].map { |x| foo(x) }", "A")["reads"]), "foo"
  end

  def test_heads_read_their_own_names_and_those_around
    text = "module Outer\n class Inner < Base\n end\nend"
    assert_equal %w[Base Inner Outer], head(text, "Outer::Inner")["reads"]["a"]
    text = "describe Foo do\n context 'when' do\n end\nend"
    assert_equal ["context when", "describe Foo"], head(text, "describe Foo::context when")["reads"]["a"] - ["context"]
  end

  def test_arguments_and_signature
    unit = function("def m(a, b = 1, *c, d, e:, f: 2, **g, &h); end", "m")
    assert_equal %w[a b c d e f g], unit["args"].sort
    text = "class C\n def one(a) = 1\n def self.two(a) = 2\n class << self\n  def three = 3\n end\nend"
    assert_equal [%w[self a], %w[a], []], %w[one two three].map { |name| function(text, "C.#{name}")["args"] }
    assert_equal function("def m(a); end", "m")["sig"], function("def m(b); 1; end", "m")["sig"]
    prints = ["", "a", "a = 1", "*a", "a:", "a: 1", "b:", "**a"].map { |list| function("def m(#{list}); end", "m")["sig"] }
    assert_equal prints.uniq, prints
  end
end
