# frozen_string_literal: true

Rows.group "state" do
  row "memo of a class, second user", must: "first second", edit: ["[1, 2]", "[1, 3]"], lib: <<~LIB, spec: <<~SPEC
    class Config
      class << self
        def table = @table ||= build
        def build = [1, 2]
        def other = 1
      end
    end
  LIB
    it("first") { expect(Config.table).to eq([1, 2]) }
    it("second") { expect(Config.table.size + Config.table.last).to eq(4) }
    it("other") { expect(Config.other).to eq(1) }
  SPEC
  row "memo in a class variable, second user", must: "first second", edit: ["= 5", "= 6"], lib: <<~LIB, spec: <<~SPEC
    class Config
      def self.level = @@level ||= start
      def self.start = 5
      def self.other = 1
    end
  LIB
    it("first") { expect(Config.level).to eq(5) }
    it("second") { expect(Config.level + 1).to eq(6) }
    it("other") { expect(Config.other).to eq(1) }
  SPEC
  row "memo in a global variable, second user", must: "first second", edit: ["= 5", "= 6"], lib: <<~LIB, spec: <<~SPEC
    module M
      def self.level = $m_level ||= start
      def self.start = 5
      def self.other = 1
    end
  LIB
    it("first") { expect(M.level).to eq(5) }
    it("second") { expect(M.level + 1).to eq(6) }
    it("other") { expect(M.other).to eq(1) }
  SPEC
  row "cache in a constant's Hash, second user", must: "first second", edit: ["n * 2", "n * 3"], lib: <<~LIB, spec: <<~SPEC
    module M
      CACHE = Hash.new { |cache, n| cache[n] = twice(n) }
      def self.twice(n) = n * 2
      def self.other = 1
    end
  LIB
    it("first") { expect(M::CACHE[2]).to eq(4) }
    it("second") { expect(M::CACHE[2] + 1).to eq(5) }
    it("other") { expect(M.other).to eq(1) }
  SPEC
  row "counter of a class: what its other users read", must: "first", edit: { "lib/data.txt" => "two" }, files: { "lib/data.txt" => "one" }, lib: <<~LIB, spec: <<~SPEC
    module M
      def self.text = File.read(File.join(__dir__, "data.txt"))
      def self.number = @number = (@number || 0) + step
      def self.step = 1
    end
  LIB
    it("first") { expect([M.text, M.number > 0]).to eq(["one", true]) }
    it("second") { expect(M.number).to be > 0 }
  SPEC
  row "memo of what a file says, second user", must: "first second", edit: { "lib/data.txt" => "2" }, files: { "lib/data.txt" => "1" }, lib: <<~LIB, spec: <<~SPEC
    module M
      def self.number = @number ||= read.to_i
      def self.read = File.read(File.join(__dir__, "data.txt"))
      def self.other = 1
    end
  LIB
    it("first") { expect(M.number).to eq(1) }
    it("second") { expect(M.number + 1).to eq(2) }
    it("other") { expect(M.other).to eq(1) }
  SPEC
  row "value set by an earlier test", must: "first second", edit: ['"red"', '"blue"'], lib: <<~LIB, spec: <<~SPEC
    module M
      class << self
        attr_accessor :colour
        def paint = self.colour = "red"
      end
    end
  LIB
    it("first") { expect(M.paint).to eq("red") }
    it("second") { expect(M.colour).to eq("red") }
  SPEC
  row "singleton object, second user", must: "first second", edit: ["@level = 5", "@level = 6"], lib: <<~LIB, spec: <<~SPEC
    require "singleton"
    class Config
      include Singleton
      attr_reader :level
      def initialize
        @level = 5
      end
    end
    OTHER = 1
  LIB
    it("first") { expect(Config.instance.level).to eq(5) }
    it("second") { expect(Config.instance.level + 1).to eq(6) }
    it("other") { expect(OTHER).to eq(1) }
  SPEC
  row "value given by an earlier test", must: "first second", edit: ["= 5", "= 6"], lib: <<~LIB, spec: <<~SPEC
    module Maker
      def self.value = 5
      def self.other = 1
    end
    class Config
      def self.start(value) = @value ||= value
      def self.value = @value
    end
  LIB
    it("first") { expect(Config.start(Maker.value)).to eq(5) }
    it("second") { expect(Config.value).to eq(5) }
    it("other") { expect(Maker.other).to eq(1) }
  SPEC
  row "registry filled by an earlier test", must: "first second", edit: ["n * 2", "n * 3"], lib: <<~LIB, spec: <<~SPEC
    class Registry
      def initialize = @kept = {}
      def put(n) = @kept[n] = twice(n)
      def get(n) = @kept[n]
      def twice(n) = n * 2
    end
    REGISTRY = Registry.new
    OTHER = Registry.new
  LIB
    it("first") { expect(REGISTRY.put(2)).to eq(4) }
    it("second") { expect(REGISTRY.get(2)).to eq(4) }
    it("other") { expect(OTHER.get(2)).to be_nil }
  SPEC
  row "registry of a module, filled by a helper", must: "first second", edit: { "lib/maker.rb" => ["5", "6"] }, lib: <<~LIB, spec: <<~SPEC,
    require "maker"
    module Registry
      @all = []
      class << self
        attr_reader :all
        def add(value) = @all << value
      end
    end
  LIB
    it("first") { expect(Registry.add(Maker.new.value)).to eq([5]) }
    it("second") { expect(Registry.all).to eq([5]) }
    it("other") { expect(1).to eq(1) }
  SPEC
      files: { "lib/maker.rb" => "class Maker\n  def value = 5\nend\n" }
  row "settings by a block", must: "first second", edit: ["'red'", "'blue'"], lib: <<~LIB, spec: <<~SPEC
    module M
      Settings = Struct.new(:colour)
      def self.settings = @settings ||= Settings.new
      def self.configure = yield(settings)
      def self.paint = configure { |each| each.colour = 'red' }
    end
  LIB
    it("first") { expect(M.paint).to eq("red") }
    it("second") { expect(M.settings.colour).to eq("red") }
    it("other") { expect(1).to eq(1) }
  SPEC
  row "memo in a local of a block", must: "first second", edit: ["[1, 2]", "[1, 3]"], lib: <<~LIB, spec: <<~SPEC
    class Config
      table = nil
      define_singleton_method(:table) { table ||= build }
      def self.build = [1, 2]
    end
  LIB
    it("first") { expect(Config.table).to eq([1, 2]) }
    it("second") { expect(Config.table.last).to eq(2) }
    it("other") { expect(1).to eq(1) }
  SPEC
  row "memo in a variable of the thread", must: "first second", edit: ["[1, 2]", "[1, 3]"], lib: <<~LIB, spec: <<~SPEC
    class Config
      def self.table = Thread.current[:config_table] ||= build
      def self.build = [1, 2]
    end
  LIB
    it("first") { expect(Config.table).to eq([1, 2]) }
    it("second") { expect(Config.table.last).to eq(2) }
    it("other") { expect(1).to eq(1) }
  SPEC
  row "variable of a subclass, set through the class above", must: "first second", edit: ["upcase", "capitalize"], lib: <<~LIB, spec: <<~SPEC
    class Above
      def self.label = @label ||= name.upcase
      def self.label? = defined?(@label)
      def self.said = @label
    end
    class Below < Above
    end
  LIB
    it("first") { expect(Below.label).to eq("BELOW") }
    it("second") { expect(Below.said).to eq("BELOW") }
    it("other") { expect(1).to eq(1) }
  SPEC
  row "another test changed another thing", must: "first", edit: ["+ 1", "+ 2"], lib: <<~LIB, spec: <<~SPEC
    module M
      ONE = []
      TWO = []
      def self.more(n) = n + 1
    end
  LIB
    it("first") { expect(M::ONE << M.more(1)).to eq([2]) }
    it("second") { expect(M::TWO << 1).to eq([1]) }
  SPEC
  row "class variable set at load", must: "asks", edit: ["@@level = 5", "@@level = 6"], lib: <<~LIB, spec: <<~SPEC
    class Config
      @@level = 5
      @@other = 1
      def self.level = @@level
      def self.other = @@other
    end
  LIB
    it("asks") { expect(Config.level).to eq(5) }
    it("other") { expect(Config.other).to eq(1) }
  SPEC
  row "instance variable of a class set at load", must: "asks", edit: ["@level = 5", "@level = 6"], lib: <<~LIB, spec: <<~SPEC
    class Config
      @level = 5
      @other = 1
      class << self
        attr_reader :level, :other
      end
    end
  LIB
    it("asks") { expect(Config.level).to eq(5) }
    it("other") { expect(Config.other).to eq(1) }
  SPEC
  row "global variable set at load", must: "asks", edit: ["$m_level = 5", "$m_level = 6"], lib: <<~LIB, spec: <<~SPEC
    $m_level = 5
    $m_other = 1
    module M
      def self.level = $m_level
    end
  LIB
    it("asks") { expect(M.level).to eq(5) }
    it("other") { expect($m_other).to eq(1) }
  SPEC
  row "table that is computed at load", must: "asks", edit: ["n * n", "n + n"], lib: <<~LIB, spec: <<~SPEC
    module M
      def self.square(n) = n * n
      SQUARES = (1..5).map { |n| square(n) }
      OTHER = 1
    end
  LIB
    it("asks") { expect(M::SQUARES.last).to eq(25) }
    it("other") { expect(M::OTHER).to eq(1) }
  SPEC
  row "table filled by a block at load", must: "asks", edit: ["n * n", "n + n"], lib: <<~LIB, spec: <<~SPEC
    module M
      SQUARES = {}
      OTHER = 1
      (1..5).each do |n|
        SQUARES[n] = n * n
      end
    end
  LIB
    it("asks") { expect(M::SQUARES[5]).to eq(25) }
  SPEC
  row "constant changed by another file", must: "asks", lib: %(require "list"\nrequire "more"\n), edit: { "lib/more.rb" => ["3", "4"] }, spec: <<~SPEC,
    it("asks") { expect(LIST).to eq([1, 2, 3]) }
    it("other") { expect(OTHER).to eq(1) }
  SPEC
      files: { "lib/list.rb" => "LIST = [1, 2]\nOTHER = 1\n", "lib/more.rb" => "LIST << 3\n" }
  row "order of requires", must: "asks", edit: [%(require "one"\nrequire "two"), %(require "two"\nrequire "one")],
                           lib: %(LIST = []\nOTHER = 1\nrequire "one"\nrequire "two"\n), may: "other", because: "loading is an effect of the file", spec: <<~SPEC,
    it("asks") { expect(LIST).to eq([1, 2]) }
    it("other") { expect(OTHER).to eq(1) }
  SPEC
                           files: { "lib/one.rb" => "LIST << 1\n", "lib/two.rb" => "LIST << 2\n" }
  row "require removed", must: "asks", edit: [%(require "one"\n), ""], lib: %(OTHER = 1\nrequire "one"\n), may: "other", because: "loading is an effect of the file", spec: <<~SPEC,
    it("asks") { expect(ONE).to eq(1) }
    it("other") { expect(OTHER).to eq(1) }
  SPEC
                         files: { "lib/one.rb" => "ONE = 1\n" }
  row "require in a method", must: "asks", edit: { "lib/late.rb" => ["5", "6"] }, lib: <<~LIB, spec: <<~SPEC,
    module M
      def self.late
        require "late"
        LATE
      end
      def self.other = 1
    end
  LIB
    it("asks") { expect(M.late).to eq(5) }
    it("other") { expect(M.other).to eq(1) }
  SPEC
      files: { "lib/late.rb" => "LATE = 5\n" }
  row "require in a method, second user", must: "asks second", edit: { "lib/late.rb" => ["5", "6"] }, lib: <<~LIB, spec: <<~SPEC,
    module M
      def self.late
        require "late"
        LATE
      end
    end
  LIB
    it("asks") { expect(M.late).to eq(5) }
    it("second") { expect(M.late + 1).to eq(6) }
  SPEC
      files: { "lib/late.rb" => "LATE = 5\n" }
  row "file that could not be required appears", must: "asks", edit: { "lib/extra.rb" => "EXTRA = 1\n" }, lib: <<~LIB, spec: <<~SPEC
    begin
      require "extra"
      FOUND = true
    rescue LoadError
      FOUND = false
    end
    OTHER = 1
  LIB
    it("asks") { expect(FOUND).to be(false) }
  SPEC
  row "file shadows another on $LOAD_PATH", must: "asks", may: "bystander", because: "what is loaded is there for all", edit: { "lib/part.rb" => "PART = 2\n" }, lib: %($LOAD_PATH << File.join(__dir__, "later")\nrequire "part"\n),
                                            spec: %(it("asks") { expect(PART).to eq(1) }\n), files: { "lib/later/part.rb" => "PART = 1\n" }
  row "file shadows one of a computed name", must: "asks", may: "bystander", because: "what is loaded is there for all", edit: { "lib/part.rb" => "PART = 2\n" }, lib: %($LOAD_PATH << File.join(__dir__, "later")\nrequire %w[pa rt].join\n),
                                             spec: %(it("asks") { expect(PART).to eq(1) }\n), files: { "lib/later/part.rb" => "PART = 1\n" }
  row "file shadows the library's", must: "asks", may: "bystander", because: "what is loaded is there for all", edit: { "lib/abbrev.rb" => "module Abbrev\n  def self.abbrev(*) = {}\nend\n" }, lib: %(require "abbrev"\n),
                                    spec: %(it("asks") { expect(Abbrev.abbrev(%w[a]).size).to eq(1) }\n)
  row "folder shadows another on $LOAD_PATH", must: "asks", may: "bystander", because: "what is loaded is there for all", edit: { "lib/parts/one.rb" => "PART = 2\n" }, lib: %($LOAD_PATH << File.join(__dir__, "later")\nrequire "parts/one"\n),
                                              spec: %(it("asks") { expect(PART).to eq(1) }\n), files: { "lib/later/parts/one.rb" => "PART = 1\n" }
  row "file shadows one that is required in a method", must: "asks second bystander", edit: { "lib/part.rb" => "PART = 2\n" }, lib: <<~LIB, spec: <<~SPEC,
    $LOAD_PATH << File.join(__dir__, "later")
    module M
      def self.part
        require "part"
        PART
      end
    end
  LIB
    it("asks") { expect(M.part).to eq(1) }
    it("second") { expect(M.part + 1).to eq(2) }
  SPEC
      files: { "lib/later/part.rb" => "PART = 1\n" }, same_outcome: "what is loaded is there for all"
  { "empty" => "", "of comments" => "# frozen_string_literal: true\n\n# Nothing yet.\n", "of data" => "__END__\nsome\n" }.each do |kind, text|
    row "file #{kind} is filled", must: "asks", edit: { "lib/part.rb" => "EXTRA = 1\n" }, files: { "lib/part.rb" => text }, lib: %(require "part"\nOTHER = 1\n), may: "other bystander",
                                  because: "all rest on such a file", spec: <<~SPEC
      it("asks") { expect(defined?(EXTRA)).to be_nil }
      it("other") { expect(OTHER).to eq(1) }
    SPEC
    row "file #{kind} that a glob finds is filled", must: "asks", edit: { "lib/parts/part.rb" => "EXTRA = 1\n" }, files: { "lib/parts/part.rb" => text },
                                                    lib: %(Dir[File.join(__dir__, "parts/*.rb")].each { |part| require part }\nOTHER = 1\n), may: "other bystander",
                                                    because: "all rest on such a file", spec: <<~SPEC
      it("asks") { expect(defined?(EXTRA)).to be_nil }
      it("other") { expect(OTHER).to eq(1) }
    SPEC
  end
  row "require_relative", must: "asks", edit: { "lib/deep/part.rb" => ["5", "6"] }, lib: %(require_relative "deep/part"\n),
                          spec: %(it("asks") { expect(PART).to eq(5) }\nit("other") { expect(OTHER).to eq(1) }\n), files: { "lib/deep/part.rb" => "PART = 5\nOTHER = 1\n" }
  row "load", must: "asks", edit: { "lib/part.rb" => ["5", "6"] }, lib: %(load File.join(__dir__, "part.rb")\n),
              spec: %(it("asks") { expect(PART).to eq(5) }\nit("other") { expect(OTHER).to eq(1) }\n), files: { "lib/part.rb" => "PART = 5\nOTHER = 1\n" }
  row "spec file that loads another by a relative path", must: "asks", edit: { "spec/support/part.rb" => ["5", "6"] }, whole: true, spec: <<~SPEC,
    require_relative "./support/part"

    RSpec.describe "m" do
      it("asks") { expect(PART).to eq(5) }
      it("other") { expect(1).to eq(1) }
    end
  SPEC
      files: { "spec/support/part.rb" => "PART = 5\n" }
end
