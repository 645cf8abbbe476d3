# frozen_string_literal: true

Rows.group "mixins" do
  two = <<~LIB
    module A
      def size = 1
    end
    module B
      def size = 2
    end
  LIB
  row "order", must: "asks", edit: ["  include A\n  include B", "  include B\n  include A"], lib: <<~LIB, spec: <<~SPEC, may: "named", because: "whoever uses a class rests on its mixins"
    #{two}class Box
      include A
      include B
      def name = "b"
    end
  LIB
    it("asks") { expect(Box.new.size).to eq(2) }
    it("named") { expect(Box.new.name).to eq("b") }
  SPEC
  row "order in one line", must: "asks", edit: ["include A, B", "include B, A"], lib: <<~LIB, spec: %(it("asks") { expect(Box.new.size).to eq(1) }\n)
    #{two}class Box
      include A, B
    end
  LIB
  row "method of a mixin", must: "asks", edit: ["size = 1", "size = 3"], lib: <<~LIB, spec: <<~SPEC
    module A
      def size = 1
      def other = 2
    end
    class Box
      include A
    end
  LIB
    it("asks") { expect(Box.new.size).to eq(1) }
    it("others") { expect(Box.new.other).to eq(2) }
  SPEC
  row "include in a mixin", must: "asks", edit: ["module A\n", "module A\n  include B\n"], lib: <<~LIB, spec: <<~SPEC
    module B
      def extra = 1
    end
    module A
      def size = respond_to?(:extra) ? 2 : 1
    end
    class Box
      include A
    end
  LIB
    it("asks") { expect(Box.new.size).to eq(1) }
  SPEC
  row "override in a mixin appears", must: "asks", edit: ["module A\n", "module A\n  def size = 2\n"], lib: <<~LIB, spec: <<~SPEC
    class Base
      def size = 1
    end
    module A
      def other = 2
    end
    class Box < Base
      include A
    end
  LIB
    it("asks") { expect(Box.new.size).to eq(1) }
    it("base") { expect(Base.new.size).to eq(1) }
  SPEC
  row "prepend", must: "asks", edit: ["include A", "prepend A"], lib: <<~LIB, spec: <<~SPEC
    module A
      def size = 1
    end
    class Box
      include A
      def size = 2
    end
  LIB
    it("asks") { expect(Box.new.size).to eq(2) }
  SPEC
  row "prepended method appears", must: "asks", edit: ["module A\n", "module A\n  def size = super + 1\n"], lib: <<~LIB, spec: <<~SPEC
    module A
    end
    class Box
      prepend A
      def size = 2
      def name = "b"
    end
  LIB
    it("asks") { expect(Box.new.size).to eq(2) }
    it("named") { expect(Box.new.name).to eq("b") }
  SPEC
  row "prepended from outside", must: "asks", lib: %(require "box"\nrequire "patch"\n), spec: <<~SPEC, edit: { "lib/patch.rb" => ["super + 1", "super + 2"] },
    it("asks") { expect(Box.new.size).to eq(3) }
    it("named") { expect(Box.new.name).to eq("b") }
  SPEC
      files: { "lib/box.rb" => "class Box\n  def size = 2\n  def name = \"b\"\nend\n",
               "lib/patch.rb" => "module Patch\n  def size = super + 1\nend\nBox.prepend(Patch)\n" }
  row "prepending from outside is removed", must: "asks", lib: %(require "box"\nrequire "patch"\n), spec: <<~SPEC, edit: { "lib/patch.rb" => ["Box.prepend(Patch)\n", ""] },
    it("asks") { expect(Box.new.size).to eq(3) }
  SPEC
      files: { "lib/box.rb" => "class Box\n  def size = 2\n  def name = \"b\"\nend\n",
               "lib/patch.rb" => "module Patch\n  def size = super + 1\nend\nBox.prepend(Patch)\n" }
  row "extend", must: "asks", edit: ["size = 1", "size = 2"], lib: <<~LIB, spec: <<~SPEC
    module A
      def size = 1
      def other = 2
    end
    class Box
      extend A
    end
  LIB
    it("asks") { expect(Box.size).to eq(1) }
    it("others") { expect(Box.other).to eq(2) }
  SPEC
  row "extend of an object", must: "asks", edit: ["size = 1", "size = 2"], lib: <<~LIB, spec: <<~SPEC
    module A
      def size = 1
      def other = 2
    end
    THING = Object.new.extend(A)
  LIB
    it("asks") { expect(THING.size).to eq(1) }
    it("others") { expect(THING.other).to eq(2) }
  SPEC
  row "include removed", must: "asks", edit: ["  include A\n", ""], lib: <<~LIB, spec: <<~SPEC
    module A
      def size = 1
    end
    class Box
      include A
      def own = 2
    end
    class Other
      def size = 4
    end
  LIB
    it("asks") { expect(Box.new.size).to eq(1) }
    it("other") { expect(Other.new.size).to eq(4) }
  SPEC
  row "included hook", must: "asks", edit: ["extend(Words)", "extend(Others)"], lib: <<~LIB, spec: <<~SPEC
    module A
      module Words
        def word = "a"
      end
      module Others
        def word = "b"
      end
      def self.included(base) = base.extend(Words)
    end
    class Box
      include A
    end
  LIB
    it("asks") { expect(Box.word).to eq("a") }
  SPEC
  concern = <<~LIB
    require "active_support"
    require "active_support/concern"
    module Sized
      extend ActiveSupport::Concern
      included do
        attr_accessor :width
        SIZES = [1, 2]
      end
      class_methods do
        def unit = "cm"
      end
      def area = (width || 1) * 2
    end
    class Box
      include Sized
      def name = "b"
    end
  LIB
  spec = <<~SPEC
    it("area") { expect(Box.new.area).to eq(2) }
    it("width") { expect(Box.new.respond_to?(:width=)).to be(true) }
    it("unit") { expect(Box.unit).to eq("cm") }
    it("named") { expect(Box.new.name).to eq("b") }
  SPEC
  row "concern: a method", must: "area", edit: ["* 2", "* 3"], lib: concern, spec: spec
  row "concern: included do", must: "width", edit: ["attr_accessor :width", "attr_reader :width"], lib: concern, spec: spec, may: "area",
                              because: "it reads the attribute"
  row "concern: class_methods do", must: "unit", edit: ['"cm"', '"mm"'], lib: concern, spec: spec
  row "concern: a method overridden in the class", must: "area", edit: ["def name", "def area = 9\n  def name"], lib: concern, spec: spec
  row "refinement: body", must: "asks", edit: ["upcase", "downcase"], lib: <<~LIB, spec: <<~SPEC
    module Loud
      refine String do
        def shout = upcase
      end
    end
    module M
      using Loud
      def self.say(text) = text.shout
      def self.other = 1
    end
  LIB
    it("asks") { expect(M.say("a")).to eq("A") }
    it("others") { expect(M.other).to eq(1) }
  SPEC
  row "refinement: of a core method appears", must: "asks", edit: ["def shout", "def upcase = 'no'\n    def shout"], lib: <<~LIB, spec: <<~SPEC
    module Loud
      refine String do
        def shout = 1
      end
    end
    module M
      using Loud
      def self.say(text) = text.upcase
      def self.other = 1
    end
  LIB
    it("asks") { expect(M.say("a")).to eq("A") }
    it("others") { expect(M.other).to eq(1) }
  SPEC
  row "refinement: using removed", must: "asks", edit: ["  using Loud\n", ""], lib: <<~LIB, spec: <<~SPEC, may: "others", because: "all code below `using` counts it"
    module Loud
      refine String do
        def upcase = "no"
      end
    end
    module M
      using Loud
      def self.say(text) = text.upcase
      def self.other = 1
    end
  LIB
    it("asks") { expect(M.say("a")).to eq("no") }
    it("others") { expect(M.other).to eq(1) }
  SPEC
end
