# frozen_string_literal: true

Rows.group "classes" do
  row "reopened in the same file", must: "asks", edit: ["size = 5", "size = 6"], lib: <<~LIB, spec: <<~SPEC
    class Box
      def name = "box"
    end
    class Box
      def size = 5
    end
  LIB
    it("asks") { expect(Box.new.size).to eq(5) }
    it("named") { expect(Box.new.name).to eq("box") }
  SPEC
  box = "class Box\n  def name = \"box\"\nend\n"
  row "reopened in a file of its own", must: "asks", lib: %(require "box"\nrequire "more_box"\n), spec: <<~SPEC,
    it("asks") { expect(Box.new.size).to eq(5) }
    it("named") { expect(Box.new.name).to eq("box") }
  SPEC
      files: { "lib/box.rb" => box, "lib/more_box.rb" => "class Box\n  def size = 5\nend\n" }, edit: { "lib/more_box.rb" => ["5", "6"] }
  row "method replaced in a file of its own", must: "named", lib: %(require "box"\nrequire "more_box"\n), spec: <<~SPEC,
    it("asks") { expect(Box.new.size).to eq(5) }
    it("named") { expect(Box.new.name).to eq("box") }
  SPEC
      files: { "lib/box.rb" => box, "lib/more_box.rb" => "class Box\n  def size = 5\nend\n" },
      edit: { "lib/more_box.rb" => ["def size", "def name = \"crate\"\n  def size"] }
  row "core class reopened", must: "shouts", edit: ["upcase", "downcase"], lib: <<~LIB, spec: <<~SPEC
    class String
      def shout = upcase
    end
  LIB
    it("shouts") { expect("Hello".shout).to eq("HELLO") }
  SPEC
  row "method of a core class replaced", must: "asks", edit: ["  def one", "  def presence = 7\n  def one"], lib: <<~LIB, spec: <<~SPEC, may: "one",
    class String
      def presence = 5
      def one = 1
    end
  LIB
    it("asks") { expect("Hello".presence).to eq(5) }
    it("one") { expect("Hello".one).to eq(1) }
  SPEC
      because: "a new method of a core class may be called by anything"
  row "attr-only", must: "reads", edit: ["attr_accessor :name", "attr_reader :name"], lib: <<~LIB, spec: <<~SPEC
    class Note
      attr_accessor :name
      attr_accessor :size
    end
  LIB
    it("reads") { expect { Note.new.name = "a" }.not_to raise_error }
    it("sizes") { expect(Note.new.size).to be_nil }
  SPEC
  row "attribute removed", must: "reads", edit: [":name, :size", ":size"], lib: <<~LIB, spec: <<~SPEC, may: "sizes", because: "one statement makes both"
    class Note
      attr_accessor :name, :size
    end
  LIB
    it("reads") { expect(Note.new).to respond_to(:name) }
    it("sizes") { expect(Note.new.size).to be_nil }
  SPEC
  row "empty class", must: "makes", edit: ["class Mark\nend", "class Mark\n  def initialize(*) = raise(\"no\")\nend"], lib: <<~LIB, spec: <<~SPEC
    class Mark
    end
    class Other
    end
  LIB
    it("makes") { expect(Mark.new).to be_a(Mark) }
    it("other") { expect(Other.new).to be_a(Other) }
  SPEC
  row "empty subclass", must: "makes", edit: ["class Child < Base\nend", "class Child < Base\n  def size = 2\nend"], lib: <<~LIB, spec: <<~SPEC
    class Base
      def size = 1
    end
    class Child < Base
    end
    class Sister < Base
    end
  LIB
    it("makes") { expect(Child.new.size).to eq(1) }
    it("sister") { expect(Sister.new.size).to eq(1) }
  SPEC
  row "empty class removed and made an alias", must: "makes", edit: ["class Error < StandardError\n  end", "Error = ArgumentError"], lib: <<~LIB, spec: <<~SPEC
    module M
      class Error < StandardError
      end
      OTHER = 1
    end
  LIB
    it("makes") { expect(M::Error.ancestors).not_to include(ArgumentError) }
    it("other") { expect(M::OTHER).to eq(1) }
  SPEC
  row "superclass switched", must: "makes", edit: ["Child < One", "Child < Two"], lib: <<~LIB, spec: <<~SPEC
    class One
      def size = 1
    end
    class Two
      def size = 2
    end
    class Child < One
      def own = 3
    end
  LIB
    it("makes") { expect(Child.new.size).to eq(1) }
    it("one") { expect(One.new.size).to eq(1) }
  SPEC
  row "override in a class between", must: "makes", edit: ["class Between < Base\nend", "class Between < Base\n  def size = 2\nend"], lib: <<~LIB, spec: <<~SPEC
    class Base
      def size = 1
    end
    class Between < Base
    end
    class Child < Between
      def twice = size * 2
    end
  LIB
    it("makes") { expect(Child.new.twice).to eq(2) }
    it("base") { expect(Base.new.size).to eq(1) }
  SPEC
  row "Struct", must: "makes", edit: ["Point = Struct.new(:x, :y)", "Point = Struct.new(:y, :x)"], lib: <<~LIB, spec: <<~SPEC
    Point = Struct.new(:x, :y)
    Pair = Struct.new(:a, :b)
  LIB
    it("makes") { expect(Point.new(1, 2).x).to eq(1) }
    it("pairs") { expect(Pair.new(1, 2).a).to eq(1) }
  SPEC
  row "Struct with keyword_init", must: "makes", edit: ["keyword_init: true", "keyword_init: false"], lib: <<~LIB, spec: <<~SPEC
    Point = Struct.new(:x, :y, keyword_init: true)
  LIB
    it("makes") { expect(Point.new(x: 1, y: 2).x).to eq(1) }
  SPEC
  row "Struct with a block", must: "sums", edit: ["x + y", "x - y"], lib: <<~LIB, spec: <<~SPEC
    Point = Struct.new(:x, :y) do
      def sum = x + y
      def first = x
    end
  LIB
    it("sums") { expect(Point.new(1, 2).sum).to eq(3) }
    it("first") { expect(Point.new(1, 2).first).to eq(1) }
  SPEC
  row "subclass of a Struct", must: "makes", edit: ["Struct.new(:x, :y)", "Struct.new(:y, :x)"], lib: <<~LIB, spec: <<~SPEC
    class Point < Struct.new(:x, :y)
    end
  LIB
    it("makes") { expect(Point.new(1, 2).x).to eq(1) }
  SPEC
  row "value object with members from a constant", must: "makes", edit: ["%i[x y]", "%i[y x]"], lib: <<~LIB, spec: <<~SPEC
    FIELDS = %i[x y]
    Point = Struct.new(*FIELDS)
  LIB
    it("makes") { expect(Point.new(1, 2).x).to eq(1) }
  SPEC
  row "held in a registry that is filled at load", must: "makes", edit: ["def size = 1", "def size = 2"], lib: <<~LIB, spec: <<~SPEC
    KINDS = {}
    class One
      def size = 1
    end
    class Two
      def size = 3
    end
    KINDS[:one] = One
    KINDS[:two] = Two
  LIB
    it("makes") { expect(KINDS[:one].new.size).to eq(1) }
    it("second") { expect(KINDS[:two].new.size).to eq(3) }
  SPEC
  row "attr-only class held in a registry", must: "makes", edit: ["attr_accessor :one", "attr_reader :one"], lib: <<~LIB, spec: <<~SPEC, may: "second",
    KINDS = {}
    class One
      attr_accessor :one
    end
    class Two
      attr_accessor :two
    end
    KINDS[:one] = One
    KINDS[:two] = Two
  LIB
    it("makes") { expect(KINDS[:one].new).to respond_to(:one=) }
    it("second") { expect(KINDS[:two].new).to respond_to(:two=) }
  SPEC
      because: "the registry names both classes"
  row "registered by inherited", must: "lists", edit: ["class Two < Base\nend", "class Two < Base\nend\nclass Three < Base\nend"], lib: <<~LIB, spec: <<~SPEC
    class Base
      ALL = []
      def self.inherited(child)
        super
        ALL << child.name
      end
      def self.size = 4
    end
    class Two < Base
    end
  LIB
    it("lists") { expect(Base::ALL.size).to eq(1) }
  SPEC
  row "registered by a word of the class", must: "makes", edit: ["register :one", "register :uno"], lib: <<~LIB, spec: <<~SPEC
    class Base
      KINDS = {}
      def self.register(name) = KINDS[name] = self
    end
    class One < Base
      register :one
    end
  LIB
    it("makes") { expect(Base::KINDS[:one]).to eq(One) }
  SPEC
  row "subclass registered in a file of its own", must: "lists", lib: %(require "base"\nrequire "one"\n), edit: { "lib/one.rb" => ["One", "Uno"] }, spec: <<~SPEC,
    it("lists") { expect(Base::ALL.map(&:name)).to eq(["One"]) }
  SPEC
      files: { "lib/base.rb" => "class Base\n  ALL = []\n  def self.inherited(child)\n    super\n    ALL << child\n  end\nend\n",
               "lib/one.rb" => "class One < Base\nend\n" }
  row "subclasses listed", must: "lists", edit: ["class Two < Base\nend", "class Two < Base\nend\nclass Three < Base\nend"], lib: <<~LIB, spec: <<~SPEC
    class Base
    end
    class Two < Base
    end
  LIB
    it("lists") { expect(Base.subclasses.size).to eq(1) }
  SPEC
  row "private made public", must: "calls", edit: ["  private\n", "  public\n"], may: "other", because: "whoever uses a class rests on its words", lib: <<~LIB, spec: <<~SPEC
    class Box
      def open = hidden
      private
      def hidden = 1
    end
  LIB
    it("calls") { expect { Box.new.hidden }.to raise_error(NoMethodError) }
    it("other") { expect(Box.name).to eq("Box") }
  SPEC
  row "private_constant", must: "asks", edit: ["private_constant :A", "public_constant :A"], lib: <<~LIB, spec: <<~SPEC
    module M
      A = 1
      private_constant :A
    end
  LIB
    it("asks") { expect { M::A }.to raise_error(NameError) }
  SPEC
  row "singleton class", must: "asks", edit: ["size = 1", "size = 2"], lib: <<~LIB, spec: <<~SPEC
    class Box
      class << self
        def size = 1
        def name2 = "b"
      end
    end
  LIB
    it("asks") { expect(Box.size).to eq(1) }
    it("named") { expect(Box.name2).to eq("b") }
  SPEC
  row "attribute of the singleton class", must: "asks", edit: ["attr_accessor :level", "def level = 7"], lib: <<~LIB, spec: <<~SPEC
    class Box
      class << self
        attr_accessor :level
      end
    end
  LIB
    it("asks") { expect(Box.level).to be_nil }
  SPEC
  row "Class.new", must: "makes", edit: ["size = 1", "size = 2"], lib: <<~LIB, spec: <<~SPEC
    Box = Class.new(Object) do
      def size = 1
      def name = "b"
    end
  LIB
    it("makes") { expect(Box.new.size).to eq(1) }
    it("named") { expect(Box.new.name).to eq("b") }
  SPEC

  part = "class Box\n  def size = 5\nend\n"
  again = "class Box\n  def size = 6\nend\n"
  asks = <<~SPEC
    it("asks") { expect(Box.new.size).to eq(5) }
    it("other") { expect(Box.name).to eq("Box") }
  SPEC
  {
    "Dir[]" => 'Dir[File.join(__dir__, "parts/*.rb")].sort.each { |file| require file }',
    "Dir.glob, by method" => 'Dir.glob("parts/*.rb", base: __dir__).sort.map { |file| File.join(__dir__, file) }.each(&method(:require))',
    "Dir.children" => 'Dir.children(File.join(__dir__, "parts")).sort.each { |file| load File.join(__dir__, "parts", file) }',
    "Dir.each_child" => 'Dir.each_child(File.join(__dir__, "parts")) { |file| require_relative "parts/#{file}" }',
    "Pathname" => %(require "pathname"\nPathname(__dir__).join("parts").children.sort.each { |file| require file.to_s }),
    "Dir.entries" => 'Dir.entries(File.join(__dir__, "parts")).grep(/rb$/).sort.each { |file| require "parts/#{file}" }',
    "Gem.find_files" => 'Gem.find_files("parts/*").sort.each { |file| require file }',
    "each folder of $LOAD_PATH" => '$LOAD_PATH.flat_map { |folder| Dir["#{folder}/parts/*.rb"] }.sort.each { |file| load file }',
    "a method at load" => %(def load_parts = Dir[File.join(__dir__, "parts/*.rb")].sort.each { |file| require file }\nload_parts),
    "names that are tried" => '%w[a b].each { |name| begin; require_relative "parts/#{name}"; rescue LoadError; nil; end }'
  }.each do |title, text|
    row "new file reopens a class, found by #{title}", must: "asks", edit: { "lib/parts/b.rb" => again }, files: { "lib/parts/a.rb" => part }, lib: "#{text}\n", spec: asks,
                                                       may: "other bystander", because: "what is loaded is there for all"
  end
  row "new file of a folder of support reopens a class", must: "asks", edit: { "spec/support/b.rb" => again }, may: "other bystander", because: "what is loaded is there for all",
                                                         lib: part, spec: asks, files: { "spec/support/a.rb" => "A = 1\n", ".rspec" => "--require testalibi/rspec\n--require spec_helper\n",
                                                                                         "spec/spec_helper.rb" => %(require "m"\nDir[File.join(__dir__, "support/**/*.rb")].sort.each { |file| require file }\n) }
  row "new file of a new folder of support reopens a class", must: "asks", edit: { "spec/support/more/b.rb" => again }, may: "other bystander", because: "what is loaded is there for all",
                                                             lib: part, spec: asks, files: { "spec/support/a.rb" => "A = 1\n", ".rspec" => "--require testalibi/rspec\n--require spec_helper\n",
                                                                                             "spec/spec_helper.rb" => %(require "m"\nDir[File.join(__dir__, "support/**/*.rb")].sort.each { |file| require file }\n) }
  row "new spec file reopens a class", must: "asks", edit: { "spec/n_spec.rb" => "require \"m\"\n\n#{again}" }, lib: part, spec: asks, may: "other", because: "it names the class",
                                            known_miss: "a test file that is new to the run changes classes of others (docs/ruby-frameworks.md)"
  row "new spec file defines a helper of its own", edit: { "spec/n_spec.rb" => "require \"m\"\n\nclass Fake < Box\n  def other = 2\nend\n\nRSpec.shared_examples(\"n\") { it(\"inside\") { expect(1).to eq(1) } }\n" \
                                                                             "RSpec.describe \"n\" do\n  let(:fake) { Fake.new }\nend\n" }, lib: part, spec: asks
end
