# frozen_string_literal: true

require_relative "support"

# Edits in pairs of texts: which units differ.
class ChangesTest < Minitest::Test
  include SourceUnits

  CALCULATOR = <<~RUBY
    class Calculator
      RATE = 2

      attr_accessor :memory

      def add(left, right)
        sum = left + right
        sum * RATE
      end

      def subtract(left, right = 0)
        left - right
      end

      private

      def log(text)
        puts "log: \#{text}"
      end
    end
  RUBY

  def edit(from, to, text = CALCULATOR)
    assert_includes text, from
    changed(text, text.sub(from, to))
  end

  # ---- edits that change nothing

  def test_comments_blank_lines_and_formatting
    after = <<~RUBY
      # What it is.
      class Calculator
        RATE    =  2 # two

        attr_accessor(:memory)
        def add( left,right )

          sum = left +
            right
          (sum * RATE)
        end
        def subtract(left, right = 0) left - right; end
        private
        def log(text); puts("log: \#{text}"); end
      end
    RUBY
    assert_unchanged CALCULATOR, after
  end

  def test_quotes_and_ways_to_write_literals
    assert_unchanged %(def a; ["x", 'y', 1000, { :k => 1 }, %w[a b]]; end),
                     %(def a; ['x', "y", 1_000, { k: 1 }, ["a", "b"]]; end)
  end

  def test_braces_and_do
    assert_unchanged "describe X do\n it('a') { foo { |x| x } }\nend", "describe X do\n it 'a' do\n foo do |y| y end\n end\nend"
  end

  def test_renamed_locals
    assert_unchanged CALCULATOR, CALCULATOR.gsub("sum", "total")
    assert_unchanged "describe(X) { it('a') { x = 1; y { |z| x + z } } }", "describe(X) { it('a') { a = 1; y { |b| a + b } } }"
  end

  def test_a_renamed_positional_parameter_matters_to_those_who_ask_for_names
    difference = changed(CALCULATOR, CALCULATOR.gsub("left", "first"))
    assert_equal [[], [], [], %w[Calculator.add Calculator.subtract]], difference.to_a.first(4)
  end

  def test_reordered_methods
    methods = ["def a; 1; end\n", "def b; 2; end\n", "attr_reader :c\n"]
    assert_unchanged "class X\n#{methods.join}end", "class X\n#{methods.reverse.join}end"
    assert_unchanged "describe X do\n it('a') { 1 }\n it('b') { 2 }\nend", "describe X do\n it('b') { 2 }\n it('a') { 1 }\nend"
  end

  def test_moved_down_moves_positions
    difference = changed(CALCULATOR, "\n#{CALCULATOR}")
    assert_predicate difference, :nothing?
    assert_equal %w[Calculator.add Calculator.subtract Calculator.log], difference.positions
  end

  def test_line_given_to_evaluated_text
    text = "class A\n class_eval <<-X, __FILE__, __LINE__ + 1\n def a; end\n X\nend"
    assert_unchanged text, "\n#{text}"
  end

  # ---- edits of one thing

  def test_a_new_method_concerns_its_name_alone
    difference = edit("  private\n", "  def twice; end\n\n  private\n")
    assert_equal [[], [], %w[Calculator.twice]], difference.to_a.first(3)
  end

  def test_a_constant
    assert_equal [[], %w[Calculator.RATE], %w[Calculator.RATE]], edit("RATE = 2", "RATE = 3").to_a.first(3)
    assert_equal [[], %w[A], %w[A]], changed("A = [1].map { |x| x }", "A = [1].map { |x| x + 1 }").to_a.first(3)
                                                                                            .tap { |found| found[0].clear }
  end

  def test_bodies
    [["left + right", "left - right"], ["sum * RATE", "sum * OTHER"], ["sum = left", "sum = -left"],
     ["sum * RATE", "sum.to_s * RATE"]].each do |from, to|
      assert_equal [%w[Calculator.add], [], []], edit(from, to).to_a.first(3)
    end
    assert_equal %w[Calculator.log], edit("log: ", "Log: ").functions
  end

  def test_everything_that_a_body_can_mean
    bodies = ["1", "1.0", "1r", ":a", "'a'", "nil", "/a/", "/a/i", "/\#{x}/", "/\#{x}/i", "/\#{x}/o", "a", "a()", "a(b)", "a(*b)", "a(**b)",
              "a(&b)", "a.b", "a&.b", "a.b = 1", "a.b += 1", "a.b ||= 1", "a[1] += 1", "a[2] += 1", "begin; 1; rescue; 2; end",
              "begin; 1; rescue A; 2; end", "begin; 1; ensure; 2; end", "1..2", "1...2", "a..2", "a...2", "begin; a; end while b",
              "a while b", "a until b", "super", "super()", "yield", "yield 1", "__LINE__.b", "@a", "@@a", "$a", "A", "::A",
              "B::A", "`a`", "a ? b : c", "case a; when 1; end", "case a; in 1; end", "case a; in {k: 1}; end",
              "case a; in {k: 1, **nil}; end", "-> { 1 }", "->(x) { 1 }", "-> { 2 }", "a { break }", "a { next }", "defined?(a)",
              "a, b = 1, 2", "a, *b = c", "a(k: 1)", "a('k': 2)", "a('k' => 1)", "not a", "a and b", "a or b", "a =~ b", "a !~ b",
              "<<~X\n 1\nX\n", "alias b c", "undef b", "def x; end", "class << self; self; end", "redo", "retry; rescue; retry"]
    bodies.pop(2)
    prints = bodies.map { |body| function("def m\n#{body}\nend", "m")["fp"] }
    twice = bodies.zip(prints).group_by(&:last).values.select { |same| same.size > 1 }
    assert_empty(twice.map { |same| same.map(&:first) })
  end

  def test_arguments
    lists = ["", "a", "a = 1", "a = 2", "*a", "**a", "&a", "a:", "b:", "a: 1", "a, b", "(a, b)", "**nil", "..."]
    prints = lists.map { |list| function("def m(#{list}); end", "m")["fp"] }
    assert_equal prints.size, prints.uniq.size
    assert_equal [%w[Calculator.subtract], [], []], edit("right = 0", "right = 1").to_a.first(3)
  end

  def test_strings_that_are_frozen
    text = "def a; ''; end\ndef b; 1; end\nA = 'x'"
    assert_equal [%w[a], %w[A], %w[A]], changed(text, "# frozen_string_literal: true\n#{text}").to_a.first(3)
  end

  def test_refinements_concern_the_file
    text = "def a; 1; end\n"
    assert_equal %w[a], changed(text, "using Short\n#{text}").functions
    assert_includes names_in(function("using Short\n#{text}", "a")["reads"]), "Short"
    refined = "module Short\n refine String do\n  def shout; upcase; end\n end\nend"
    assert_equal "Short::refine String.shout", names_of(refined).first
    assert_equal [[], [], %w[Short::refine\ String.size]],
                 changed(refined, refined.sub("  def", "  def size; 1; end\n  def")).to_a.first(3)
  end

  def test_visibility
    difference = edit("  private\n\n", "")
    assert_equal ["Calculator.line 15", "Calculator.log"], difference.old.sort
    assert_equal ["Calculator.log"], difference.new
    assert_equal %w[X.a], changed("class X\n def a; end\nend", "class X\n private def a; end\nend").new
  end

  def test_attributes
    assert_equal [[], %w[Calculator.memory,memory=], %w[Calculator.memory]],
                 edit("attr_accessor", "attr_reader").to_a.first(3)
    assert_equal %w[X.b,b=], changed("class X; end", "class X; attr_accessor :b; end").new
  end

  def test_superclasses_and_mixins
    assert_equal [%w[B], %w[B]], changed("class B < A; end", "class B < C; end").to_a[1, 2]
    text = "class B\n include X\n include Y\nend"
    difference = changed(text, "class B\n include Y\n include X\nend")
    assert_equal 1, difference.old.size
    assert_equal 1, difference.new.size
    assert_equal %w[X Y], head(text, "B")["bases"]
  end

  def test_reopened_classes_are_one_class
    text = "class A\n def a; end\nend\nclass A\n def b; end\nend"
    assert_equal %w[A A], statements(text).map { |unit| unit["head"] }.reject(&:empty?)
    assert_equal %w[A.a A.b], names_of(text)
  end

  # ---- groups of examples

  SPEC = <<~RUBY
    RSpec.describe Calculator, type: :model do
      let(:left) { 1 }
      before { prepare }

      it "adds" do
        expect(subject.add(left, 2)).to eq 3
      end

      context "when empty" do
        it { is_expected.to be_empty }
        specify("x.y") { expect { boom }.to raise_error(ArgumentError) }
      end
    end
  RUBY

  def test_a_new_example_concerns_nobody_else
    difference = edit("  it \"adds\"", "  it \"multiplies\" do\n    expect(1).to eq 1\n  end\n\n  it \"adds\"", SPEC)
    assert_equal [[], [], ["describe Calculator.it \"multiplies\""]], difference.to_a.first(3)
    difference = edit("    it {", "    it { is_expected.to be_nil }\n    it {", SPEC)
    assert_equal [[], []], difference.to_a.first(2)
  end

  def test_an_edited_example
    difference = edit("left, 2", "left, 3", SPEC)
    assert_equal [["describe Calculator.it \"adds\""], [], []], difference.to_a.first(3)
    assert_equal 1, edit("boom", "bang", SPEC).functions.size
  end

  def test_names_of_examples
    assert_equal ["describe Calculator.let (left)", "describe Calculator.before", "describe Calculator.it \"adds\""],
                 names_of(SPEC).first(3)
    assert_equal "describe Calculator::context when empty.specify \"x/y\"", names_of(SPEC).last
  end

  def test_definitions_in_groups
    assert_equal ["describe Calculator.let (left)"], edit("{ 1 }", "{ 2 }", SPEC).functions
    difference = edit("    it {", "    let(:left) { 5 }\n    it {", SPEC)
    assert_equal ["describe Calculator::context when empty.left"], difference.new
    assert_equal ["describe Calculator.before"], edit("prepare", "other", SPEC).functions
  end

  def test_equal_descriptions_stay_apart
    text = "describe 'a' do\n it('x') { 1 }\nend\ndescribe 'a' do\n it('x') { 2 }\nend"
    assert_equal ["describe a", "describe a#2"], statements(text).map { |unit| unit["head"] }.reject(&:empty?)
    assert_equal [["describe a#2.it \"x\""], [], []], changed(text, text.sub("{ 2 }", "{ 3 }")).to_a.first(3)
  end

  def test_examples_made_in_a_loop_or_under_a_condition
    text = "describe 'a' do\n [1, 2].each do |n|\n  it \"n\" do\n   n\n  end\n  it('m') do\n   2\n  end\n end\nend"
    assert_equal ["describe a.it \"m\""], changed(text, text.sub("   2\n", "   3\n")).functions
    assert_equal ["describe a.each"], changed(text, text.sub("[1, 2].each do |n|\n", "\\0  it('k') { 1 }\n")).functions
    text = "describe 'a' do\n if ENV['X']\n  it 'n' do\n   1\n  end\n end\nend"
    assert_equal [["describe a.it \"n\""], [], []], changed(text, text.sub("   1\n", "   2\n")).to_a.first(3)
  end

  def test_unknown_words_with_blocks
    text = "factory :user do\n  name { 'x' }\n  trait :admin do\n    role { 1 }\n  end\nend\n"
    assert_equal ["role"], changed(text, text.sub("role { 1 }", "role { 2 }")).functions
    assert_equal [["factory (user)"], [], []], changed(text, text.sub("  name", "  age { 3 }\n  name")).to_a.first(3)
  end

  def test_what_shares_a_line_shares_its_meaning
    text = "describe X do\n let(:a) { 1 }; let(:b) { 2 }\nend"
    assert_equal 2, changed(text, text.sub("{ 2 }", "{ 3 }")).functions.size
    text = "X = foo.map do |x|\n x\nend.select { |x|\n x\n}"
    assert_equal 2, changed(text, text.sub("|x|\n x\nend", "|x|\n y\nend")).functions.size
  end

  # ---- code around classes

  def test_classes_made_by_calls
    text = "Point = Struct.new(:x, :y) do\n def dist; x; end\nend"
    assert_equal %w[Point.dist], names_of(text)
    assert_equal %w[Point], changed(text, text.sub(":y", ":z")).new
    assert_equal %w[Base Class], head("A = Class.new(Base) do\nend", "A")["bases"].sort
  end

  def test_singleton_classes
    text = "class A\n class << self\n  def a; 1; end\n  private\n  def b; 2; end\n end\n def c; 3; end\nend"
    assert_equal %w[A.a A.b A.c], names_of(text)
    assert_equal [%w[A.a], [], []], changed(text, text.sub("1", "4")).to_a.first(3)
    outside = "class A\n def a; 1; end\n class << self\n  private\n  def b; 2; end\n end\n def c; 3; end\nend"
    refute_predicate changed(text, outside), :nothing?
  end

  def test_bodies_that_belong_to_the_class
    text = "module M\n extend ActiveSupport::Concern\n included do\n  scope :a, -> { where(b: 1) }\n end\n " \
           "class_methods do\n  def c; end\n end\nend"
    assert_equal ["M.lambda", "M.c"], names_of(text)
    assert_equal %w[M.a], statements(text).select { |unit| unit["binds"] == %w[a] }.map { |unit| "#{unit["class"]}.a" }
  end

  def test_data_after_the_end
    text = "def a; DATA.read; end\ndef b; end\n__END__\n1\n"
    assert_equal %w[a], changed(text, text.sub("1\n", "2\n")).functions
  end

  def test_locals_seen_by_evaluated_text
    refute_predicate changed("def a; x = 1; binding; end", "def a; y = 1; binding; end"), :nothing?
  end

  def test_locals_of_the_file_count_by_name
    text = "x = 1\ndescribe('a') { it('b') { x } }"
    assert_equal [[], %w[x], %w[x]], changed(text, text.sub("1", "2")).to_a.first(3)
    assert_includes function(text, "describe a.it \"b\"")["reads"]["a"], "x"
  end
end
