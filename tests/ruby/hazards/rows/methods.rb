# frozen_string_literal: true

Rows.group "methods" do
  row "body", must: "adds", edit: ["a + b", "a - b"], lib: <<~LIB, spec: <<~SPEC
    module M
      def self.add(a, b)
        a + b
      end
      def self.sub(a, b)
        a - b + 0
      end
    end
  LIB
    it("adds") { expect(M.add(1, 2)).to eq(3) }
    it("subtracts") { expect(M.sub(1, 2)).to eq(-1) }
  SPEC
  row "removed", must: "adds", edit: ["  def add = 3\n", ""], lib: <<~LIB, spec: <<~SPEC
    class Calc
      def add = 3
      def sub = 1
    end
  LIB
    it("adds") { expect(Calc.new.add).to eq(3) }
    it("subtracts") { expect(Calc.new.sub).to eq(1) }
  SPEC
  row "removed, another one is found", must: "adds", edit: ["  def add = 3\n", ""], lib: <<~LIB, spec: <<~SPEC
    class Base
      def add = 4
    end
    class Calc < Base
      def add = 3
      def sub = 1
    end
  LIB
    it("adds") { expect(Calc.new.add).to eq(3) }
    it("subtracts") { expect(Calc.new.sub).to eq(1) }
  SPEC
  row "asked for and not there", must: "asks", edit: ["def sub", "def add = 1\n  def sub"], lib: <<~LIB, spec: <<~SPEC
    class Calc
      def sub = 1
    end
  LIB
    it("asks") { expect(Calc.new.respond_to?(:add)).to be(false) }
    it("subtracts") { expect(Calc.new.sub).to eq(1) }
  SPEC
  row "super", must: "calls", edit: ["def size = 1", "def size = 2"], lib: <<~LIB, spec: <<~SPEC
    class Base
      def size = 1
    end
    class Middle < Base
      def size = super + 10
    end
    class Child < Middle
      def size = super + 100
      def name = "c"
    end
  LIB
    it("calls") { expect(Child.new.size).to eq(111) }
    it("named") { expect(Child.new.name).to eq("c") }
  SPEC
  row "super gets a step between", must: "calls", edit: ["class Middle < Base\nend", "class Middle < Base\n  def size = super + 10\nend"], lib: <<~LIB, spec: <<~SPEC
    class Base
      def size = 1
    end
    class Middle < Base
    end
    class Child < Middle
      def size = super + 100
      def name = "c"
    end
  LIB
    it("calls") { expect(Child.new.size).to eq(101) }
    it("named") { expect(Child.new.name).to eq("c") }
  SPEC
  row "define_method", must: "calls", edit: ["1 + 1", "1 + 2"], lib: <<~LIB, spec: <<~SPEC
    class Box
      define_method(:size) { 1 + 1 }
      define_method(:name) { "b" }
    end
  LIB
    it("calls") { expect(Box.new.size).to eq(2) }
    it("named") { expect(Box.new.name).to eq("b") }
  SPEC
  row "define_method from a list", must: "calls", edit: ["%w[red blue]", "%w[red green]"], lib: <<~'LIB', spec: <<~SPEC
    class Box
      %w[red blue].each do |colour|
        define_method("#{colour}?") { colour }
      end
    end
  LIB
    it("calls") { expect(Box.new.blue?).to eq("blue") }
  SPEC
  row "define_method from a constant elsewhere", must: "calls", lib: %(require "colours"\nclass Box\n  COLOURS.each { |colour| define_method(colour) { colour } }\nend\n),
                                                 spec: %(it("calls") { expect(Box.new).to respond_to(:blue) }\n),
                                                 files: { "lib/colours.rb" => "COLOURS = %i[red blue]\n" }, edit: { "lib/colours.rb" => ["blue", "green"] }
  row "class_eval of a text", must: "calls", edit: ["= 1", "= 2"], lib: <<~'LIB', spec: <<~SPEC
    class Box
      class_eval "def size = 1", __FILE__, __LINE__
    end
  LIB
    it("calls") { expect(Box.new.size).to eq(1) }
  SPEC
  row "method_missing", must: "calls", edit: ["name.to_s", "name.to_s * 2"], lib: <<~LIB, spec: <<~SPEC
    class Box
      def method_missing(name, *) = name.to_s
      def respond_to_missing?(*) = true
      def known = 1
    end
  LIB
    it("calls") { expect(Box.new.anything).to eq("anything") }
    it("known") { expect(Box.new.known).to eq(1) }
  SPEC
  row "method found by method_missing gets one of its own", must: "calls", edit: ["def known", "def anything = 2\n  def known"], lib: <<~LIB, spec: <<~SPEC
    class Box
      def method_missing(name, *) = name.to_s
      def respond_to_missing?(*) = true
      def known = 1
    end
  LIB
    it("calls") { expect(Box.new.anything).to eq("anything") }
    it("known") { expect(Box.new.known).to eq(1) }
  SPEC
  row "method_missing appears", must: "calls", edit: ["def known", "def method_missing(*) = 2\n  def known"], lib: <<~LIB, spec: <<~SPEC, may: "known",
    class Box
      def known = 1
    end
  LIB
    it("calls") { expect { Box.new.anything }.to raise_error(NoMethodError) }
    it("known") { expect(Box.new.known).to eq(1) }
  SPEC
      because: "method_missing is called without being spelled"
  row "alias", must: "calls", edit: ["alias size length", "alias size width"], lib: <<~LIB, spec: <<~SPEC
    class Box
      def length = 1
      def width = 2
      alias size length
    end
  LIB
    it("calls") { expect(Box.new.size).to eq(1) }
    it("wide") { expect(Box.new.width).to eq(2) }
  SPEC
  row "alias_method", must: "calls", edit: ["alias_method :size, :length", "alias_method :size, :width"], lib: <<~LIB, spec: <<~SPEC
    class Box
      def length = 1
      def width = 2
      alias_method :size, :length
    end
  LIB
    it("calls") { expect(Box.new.size).to eq(1) }
    it("wide") { expect(Box.new.width).to eq(2) }
  SPEC
  row "original of an alias", must: "calls", edit: ["length = 1", "length = 3"], lib: <<~LIB, spec: <<~SPEC
    class Box
      def length = 1
      def width = 2
      alias size length
    end
  LIB
    it("calls") { expect(Box.new.size).to eq(1) }
    it("wide") { expect(Box.new.width).to eq(2) }
  SPEC
  row "alias chain wraps a method", must: "calls", edit: ["old_size + 1", "old_size + 2"], lib: <<~LIB, spec: <<~SPEC
    class Box
      def size = 1
      def name = "b"
      alias old_size size
      def size = old_size + 1
    end
  LIB
    it("calls") { expect(Box.new.size).to eq(2) }
    it("named") { expect(Box.new.name).to eq("b") }
  SPEC
  row "delegate", must: "calls", edit: ["to: :inner", "to: :outer"], lib: <<~LIB, spec: <<~SPEC
    require "active_support"
    require "active_support/core_ext/module/delegation"
    class Box
      delegate :size, to: :inner
      def inner = [1]
      def outer = []
    end
  LIB
    it("calls") { expect(Box.new.size).to eq(1) }
    it("outer") { expect(Box.new.outer).to eq([]) }
  SPEC
  row "delegate with a prefix", must: "calls", edit: ["prefix: :my", "prefix: :our"], may: "inner", because: "the names it makes are not known", lib: <<~LIB, spec: <<~SPEC
    require "active_support"
    require "active_support/core_ext/module/delegation"
    class Box
      delegate :size, to: :inner, prefix: :my
      def inner = [1]
    end
  LIB
    it("calls") { expect(Box.new.my_size).to eq(1) }
    it("inner") { expect(Box.new.inner).to eq([1]) }
  SPEC
  row "Forwardable", must: "calls", edit: ["def_delegators :@inner, :size", "def_delegators :@outer, :size"], lib: <<~LIB, spec: <<~SPEC
    require "forwardable"
    class Box
      extend Forwardable
      def_delegators :@inner, :size
      def_delegator :@inner, :first, :top
      def initialize
        @inner = [1]
        @outer = []
      end
    end
  LIB
    it("calls") { expect(Box.new.size).to eq(1) }
    it("top") { expect(Box.new.top).to eq(1) }
  SPEC
  row "SimpleDelegator", must: "calls", edit: ["super + 1", "super + 2"], lib: <<~LIB, spec: <<~SPEC
    require "delegate"
    class Box < SimpleDelegator
      def size = super + 1
      def name = "b"
    end
  LIB
    it("calls") { expect(Box.new([1]).size).to eq(2) }
    it("named") { expect(Box.new([1]).name).to eq("b") }
  SPEC
  row "default argument", must: "calls", edit: ["by = 1", "by = 2"], lib: <<~LIB, spec: <<~SPEC
    module M
      def self.grow(n, by = 1) = n + by
      def self.same(n) = n
    end
  LIB
    it("calls") { expect(M.grow(1)).to eq(2) }
    it("same") { expect(M.same(1)).to eq(1) }
  SPEC
  row "keyword argument renamed", must: "calls", edit: ["by: 1) = n + by", "with: 1) = n + with"], lib: <<~LIB, spec: <<~SPEC
    module M
      def self.grow(n, by: 1) = n + by
      def self.same(n) = n
    end
  LIB
    it("calls") { expect(M.grow(1, by: 2)).to eq(3) }
    it("same") { expect(M.same(1)).to eq(1) }
  SPEC
  row "number of arguments, never entered", must: "calls", edit: ["def self.grow(n)", "def self.grow(n, m)"], lib: <<~LIB, spec: <<~SPEC
    module M
      def self.grow(n) = n
      def self.same(n) = n
    end
  LIB
    it("calls") { expect { M.grow(1, 2) }.to raise_error(ArgumentError) }
    it("same") { expect(M.same(1)).to eq(1) }
  SPEC
  row "arity asked for", must: "asks", edit: ["def grow(n)", "def grow(n, m)"], lib: <<~LIB, spec: <<~SPEC
    class M
      def grow(n) = n
      def same(n) = n
    end
  LIB
    it("asks") { expect(M.instance_method(:grow).arity).to eq(1) }
    it("same") { expect(M.new.same(1)).to eq(1) }
  SPEC
  row "method object", must: "calls", edit: ["n + 1", "n + 2"], lib: <<~LIB, spec: <<~SPEC
    module M
      def self.grow(n) = n + 1
      def self.same(n) = n
      GROW = method(:grow)
    end
  LIB
    it("calls") { expect([1, 2].map(&M::GROW)).to eq([2, 3]) }
    it("same") { expect(M.same(1)).to eq(1) }
  SPEC
  row "symbol to_proc", must: "calls", edit: ["self + 1", "self + 2"], lib: <<~LIB, spec: <<~SPEC
    class Integer
      def grown = self + 1
      def same = self
    end
  LIB
    it("calls") { expect([1, 2].map(&:grown)).to eq([2, 3]) }
    it("same") { expect([1].map(&:same)).to eq([1]) }
  SPEC
  row "send with a computed name", must: "calls", edit: ["size_small = 1", "size_small = 2"], lib: <<~'LIB', spec: <<~SPEC
    class Box
      def ask(kind) = send("size_#{kind}")
      def size_small = 1
      def size_large = 5
    end
  LIB
    it("calls") { expect(Box.new.ask("small")).to eq(1) }
    it("large") { expect(Box.new.ask("large")).to eq(5) }
  SPEC
  row "send with a computed name that appears", must: "calls", edit: ["def size_large", "def size_small = 1\n  def size_large"], lib: <<~'LIB', spec: <<~SPEC, may: "large",
    class Box
      def ask(kind)
        respond_to?("size_#{kind}") ? send("size_#{kind}") : 0
      end
      def size_large = 5
    end
  LIB
    it("calls") { expect(Box.new.ask("small")).to eq(0) }
    it("large") { expect(Box.new.ask("large")).to eq(5) }
  SPEC
      because: "names that are computed may be any"
  row "module_function", must: "calls", edit: ["  module_function\n", ""], lib: <<~LIB, spec: <<~SPEC
    module M
      module_function
      def size = 1
    end
  LIB
    it("calls") { expect(M.size).to eq(1) }
  SPEC
  row "lambda in a constant", must: "calls", edit: ["n + 1", "n + 2"], lib: <<~LIB, spec: <<~SPEC
    module M
      GROW = ->(n) { n + 1 }
      SAME = ->(n) { n }
    end
  LIB
    it("calls") { expect(M::GROW.call(1)).to eq(2) }
    it("same") { expect(M::SAME.call(1)).to eq(1) }
  SPEC
  row "procs in a table that is computed at load", must: "calls", edit: ["a - b", "b - a"], may: "adds", because: "one statement makes both", lib: <<~LIB, spec: <<~SPEC
    TABLE = {
      add: ->(a, b) { a + b },
      sub: ->(a, b) { a - b }
    }.freeze
  LIB
    it("calls") { expect(TABLE[:sub].call(2, 1)).to eq(1) }
    it("adds") { expect(TABLE[:add].call(2, 1)).to eq(3) }
  SPEC
  row "heredoc", must: "reads", edit: ["Dear you", "Dear me"], lib: <<~'LIB', spec: <<~SPEC
    module M
      def self.letter(name)
        <<~TEXT
          Dear you, #{name}
        TEXT
      end
      def self.same = 1
    end
  LIB
    it("reads") { expect(M.letter("a").chomp).to eq("Dear you, a") }
    it("same") { expect(M.same).to eq(1) }
  SPEC
  row "frozen_string_literal", must: "changes", edit: ["# frozen_string_literal: true\n", "# frozen_string_literal: false\n"], lib: <<~LIB, spec: <<~SPEC
    # frozen_string_literal: true

    module M
      def self.text = "a"
      def self.number = 1
    end
  LIB
    it("changes") { expect(M.text).to be_frozen }
  SPEC
  row "encoding comment", must: "asks", edit: ["# encoding: utf-8\n", "# encoding: iso-8859-1\n"], lib: <<~LIB, spec: <<~SPEC
    # encoding: utf-8
    module M
      def self.text = "ä"
    end
  LIB
    it("asks") { expect(M.text.encoding.name).to eq("UTF-8") }
  SPEC
  row "__LINE__", must: "asks", edit: ["module M\n", "# one more\nmodule M\n"], lib: <<~LIB, spec: <<~SPEC
    module M
      def self.line = __LINE__
      def self.same = 1
    end
  LIB
    it("asks") { expect(M.line).to eq(2) }
    it("same") { expect(M.same).to eq(1) }
  SPEC
  row "after __END__", must: "reads", edit: ["one", "two"], lib: <<~LIB, spec: <<~SPEC
    module M
      TEXT = File.read(__FILE__).split("__END__\\n").last
      def self.same = 1
    end
    __END__
    one
  LIB
    it("reads") { expect(M::TEXT.strip).to eq("one") }
  SPEC
end
