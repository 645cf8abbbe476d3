# frozen_string_literal: true

# Methods that syntax or the library call without their being spelled.
Rows.group "protocols" do
  money = <<~LIB
    class Money
      include Comparable
      attr_reader :cents
      def initialize(cents)
        @cents = cents
      end
      def +(other) = Money.new(cents + other.cents)
      def <=>(other) = cents <=> other.cents
      def to_s = "\#{cents} cents"
      def coerce(other) = [Money.new(other), self]
      def ===(other) = other == cents
      def hash = cents.hash
      def eql?(other) = cents == other.cents
      def deconstruct = [cents, "EUR"]
      def deconstruct_keys(_keys) = { cents: cents }
      def [](index) = cents.digits[index]
      def call(n) = n * cents
      def to_proc = ->(n) { n + cents }
      def -@ = Money.new(-cents)
      def !~(other) = false
      def to_str = "money"
      def to_ary = [cents, 1]
      def each
        yield cents
        yield 2
      end
    end
  LIB
  spec = <<~'SPEC'
    let(:five) { Money.new(5) }
    it("adds") { expect((five + Money.new(1)).cents).to eq(6) }
    it("sorts") { expect([five, Money.new(1)].sort.first.cents).to eq(1) }
    it("compares") { expect(five > Money.new(1)).to be(true) }
    it("says") { expect("#{five}").to eq("5 cents") }
    it("coerces") { expect((5.method(:+).owner && (1 + Money.new(5))).cents).to eq(6) }
    it("matches") { expect(case 5 when five then 1 else 2 end).to eq(1) }
    it("keys") { expect({ five => 1 }[Money.new(5)]).to eq(1) }
    it("parts") { five => [_cents, name]; expect(name).to eq("EUR") }
    it("named") { five => { cents: Integer => n }; expect(n).to eq(5) }
    it("indexes") { expect(five[0]).to eq(5) }
    it("calls") { expect(five.(2)).to eq(10) }
    it("maps") { expect([1].map(&five)).to eq([6]) }
    it("negates") { expect((-five).cents).to eq(-5) }
    it("joins") { expect("a " + five).to eq("a money") }
    it("splats") { a, b = five; expect([a, b]).to eq([5, 1]) }
    it("loops") { total = 0; for n in five do total += n end; expect(total).to eq(7) }
  SPEC
  { "operator method" => ["adds coerces", "cents + other", "cents - other"],
    "<=> used by sort" => ["sorts compares", "= cents <=> other.cents", "= other.cents <=> cents"],
    "to_s used by interpolation" => ["says", " cents\"", " cent\""],
    "coerce" => ["coerces", "[Money.new(other), self]", "[self, self]"],
    "=== used by case" => ["matches", "other == cents", "other != cents"],
    "hash used by Hash" => ["keys", "cents.hash", "object_id.hash"],
    "eql? used by Hash" => ["keys", "eql?(other) = cents == other.cents", "eql?(other) = cents != other.cents"],
    "deconstruct used by in" => ["parts", "EUR", "USD"],
    "deconstruct_keys used by in" => ["named", "{ cents: cents }", "{ cents: cents + 1 }"],
    "[]" => ["indexes", "digits[index]", "digits[index] + 1"],
    "call used by .()" => ["calls", "n * cents", "n - cents"],
    "to_proc used by &" => ["maps", "n + cents", "n - cents"],
    "unary minus" => ["negates", "Money.new(-cents)", "Money.new(cents)"],
    "to_str used by +" => ["joins", '"money"', '"coins"'],
    "to_ary used by several assignment" => ["splats", "[cents, 1]", "[cents, 2]"],
    "each used by for" => ["loops", "yield 2", "yield 3"] }.each do |title, (must, old, new)|
    row title, must: must, edit: [old, new], lib: money, spec: spec
  end
  row "method of Comparable overridden", must: "clamps", edit: ["def size", "def between?(*) = false\n  def size"], lib: <<~LIB, spec: <<~SPEC
    class N
      include Comparable
      def initialize(n)
        @n = n
      end
      def <=>(other) = size <=> other.size
      def size = @n
    end
  LIB
    it("clamps") { expect(N.new(2).between?(N.new(1), N.new(3))).to be(true) }
    it("sized") { expect(N.new(2).size).to eq(2) }
  SPEC
  row "each used by Enumerable", must: "maps", edit: ["yield 2", "yield 3"], lib: <<~LIB, spec: <<~SPEC
    class List
      include Enumerable
      def each
        yield 1
        yield 2
      end
      def other = 1
    end
  LIB
    it("maps") { expect(List.new.map { |n| n * 2 }).to eq([2, 4]) }
    it("others") { expect(List.new.other).to eq(1) }
  SPEC
  row "method of Enumerable overridden", must: "maps", edit: ["def other", "def map = [7]\n  def other"], lib: <<~LIB, spec: <<~SPEC
    class List
      include Enumerable
      def each
        yield 1
      end
      def other = 1
    end
  LIB
    it("maps") { expect(List.new.map { |n| n * 2 }).to eq([2]) }
    it("others") { expect(List.new.other).to eq(1) }
  SPEC
  row "to_s appears", must: "says", edit: ["def other", "def to_s = 'box'\n  def other"], lib: <<~'LIB', spec: <<~'SPEC', may: "others", because: "to_s is called without being spelled"
    class Box
      def other = 1
    end
  LIB
    it("says") { expect("#{Box.new}").to start_with("#<Box") }
    it("others") { expect(Box.new.other).to eq(1) }
  SPEC
  row "== appears", must: "compares", edit: ["def other", "def ==(_box) = true\n  def other"], lib: <<~LIB, spec: <<~SPEC, may: "others", because: "== is called without being spelled"
    class Box
      def other = 1
    end
  LIB
    it("compares") { expect(Box.new).not_to eq(Box.new) }
    it("others") { expect(Box.new.other).to eq(1) }
  SPEC
  row "rescue by a class of the hierarchy", must: "rescues", edit: ["NoDisk < Failed", "NoDisk < StandardError"], lib: <<~LIB, spec: <<~SPEC
    module M
      class Failed < StandardError
      end
      class NoDisk < Failed
      end
      def self.try
        raise NoDisk
      rescue Failed
        1
      rescue StandardError
        2
      end
      def self.other = 1
    end
  LIB
    it("rescues") { expect(M.try).to eq(1) }
    it("others") { expect(M.other).to eq(1) }
  SPEC
  row "message of an exception", must: "rescues", edit: ['"no"', '"never"'], lib: <<~LIB, spec: <<~SPEC
    class Failed < StandardError
      def message = "no"
    end
    module M
      def self.try = raise(Failed)
      def self.other = 1
    end
  LIB
    it("rescues") { expect { M.try }.to raise_error("no") }
    it("others") { expect(M.other).to eq(1) }
  SPEC
  row "list of exceptions in a constant", must: "rescues", edit: ["[KeyError]", "[IOError]"], lib: <<~LIB, spec: <<~SPEC
    module M
      ERRORS = [KeyError]
      def self.try
        {}.fetch(:a)
      rescue *ERRORS
        1
      end
      def self.other = 1
    end
  LIB
    it("rescues") { expect(M.try).to eq(1) }
    it("others") { expect(M.other).to eq(1) }
  SPEC
  row "initialize_copy", must: "copies", edit: ["@a = @a.dup", "@a = []"], lib: <<~LIB, spec: <<~SPEC
    class Box
      attr_reader :a
      def initialize = @a = [1]
      def initialize_copy(_from)
        @a = @a.dup
      end
    end
  LIB
    it("copies") { expect(Box.new.dup.a).to eq([1]) }
    it("makes") { expect(Box.new.a).to eq([1]) }
  SPEC
  row "initialize appears", must: "makes", edit: ["attr_reader :a", "attr_reader :a\n  def initialize = @a = 1"], lib: <<~LIB, spec: <<~SPEC
    class Box
      attr_reader :a
    end
    class Other
      attr_reader :a
    end
  LIB
    it("makes") { expect(Box.new.a).to be_nil }
    it("others") { expect(Other.new.a).to be_nil }
  SPEC
  row "at_exit and ObjectSpace are not run by tests", edit: ["def other = 1", "def other = 2"], lib: <<~LIB, spec: <<~SPEC
    class Box
      def one = 1
      def other = 1
    end
  LIB
    it("ones") { expect(Box.new.one).to eq(1) }
  SPEC
end
