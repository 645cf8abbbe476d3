# frozen_string_literal: true

Rows.group "constants" do
  two = <<~LIB
    module M
      LIMIT = 5
      OTHER = 1

      def self.limit
        LIMIT
      end

      def self.named(name)
        const_get(name)
      end
    end
  LIB
  value = ["LIMIT = 5", "LIMIT = 6"]
  other = %(it("other") { expect(M::OTHER).to eq(1) }\n)

  row "qualified, in another file", must: "limit", edit: value, lib: two,
                                    spec: %(it("limit") { expect(M::LIMIT).to eq(5) }\n#{other})
  row "unqualified, in the executed method", must: "limit", edit: value, lib: two,
                                             spec: %(it("limit") { expect(M.limit).to eq(5) }\n#{other})
  row "const_get with a computed name", must: "limit", edit: value, lib: two,
                                        spec: %(it("limit") { expect(M.named("LI" + "MIT")).to eq(5) }\n)
  row "const_get with a computed name in the test", must: "limit", edit: value, lib: two,
                                                    spec: %(it("limit") { expect(M.const_get("lim".upcase + "it".upcase)).to eq(5) }\n)
  row "Object.const_get", must: "limit", edit: value, lib: two,
                          spec: %(it("limit") { expect(Object.const_get("M::" + "limit".upcase)).to eq(5) }\n)
  row "constants listed and read", must: "limit", edit: value, lib: two,
                                   spec: %(it("limit") { expect(M.constants.sort.map { |name| M.const_get(name) }).to eq([5, 1]) }\n)
  row "constantize", must: "made", edit: ["size = 5", "size = 6"], lib: <<~LIB, spec: <<~SPEC
    require "active_support"
    require "active_support/core_ext/string/inflections"
    class WideThing
      def size = 5
    end
  LIB
    it("made") { expect(["wide", "thing"].join("_").camelize.constantize.new.size).to eq(5) }
  SPEC
  row "constantize of a class without methods", must: "made", lib: <<~LIB, spec: <<~SPEC, edit: ["WideThing = Struct.new(:a)", "WideThing = Struct.new(:a, :b)"]
    require "active_support"
    require "active_support/core_ext/string/inflections"
    WideThing = Struct.new(:a)
  LIB
    it("made") { expect("wide_thing".camelize.constantize.members).to eq([:a]) }
  SPEC
  row "lexical scope over inherited", must: "limit", edit: ["OUTER = 1", "LIMIT = 6"], lib: <<~LIB, spec: <<~SPEC
    class Base
      LIMIT = 5
    end
    module M
      OUTER = 1
      class Child < Base
        def limit = LIMIT
      end
    end
  LIB
    it("limit") { expect(M::Child.new.limit).to eq(5) }
  SPEC
  row "nearer scope gets the name", must: "limit", edit: ["  class Child", "  LIMIT = 6\n  class Child"], lib: <<~LIB, spec: <<~SPEC
    LIMIT = 5
    module M
      class Child
        def limit = LIMIT
      end
    end
  LIB
    it("limit") { expect(M::Child.new.limit).to eq(5) }
  SPEC
  row "inherited constant overridden in a subclass", must: "limit", edit: ["class Child < Base", "class Child < Base\n  LIMIT = 6"], lib: <<~LIB, spec: <<~SPEC
    class Base
      LIMIT = 5
      def limit = self.class::LIMIT
    end
    class Child < Base
    end
  LIB
    it("limit") { expect(Child.new.limit).to eq(5) }
    it("base") { expect(Base.new.limit).to eq(5) }
  SPEC
  row "built from another constant", must: "sum", edit: ["A = 1", "A = 2"], lib: <<~LIB, spec: <<~SPEC
    module M
      A = 1
      B = A + 1
      C = 7
    end
  LIB
    it("sum") { expect(M::B).to eq(2) }
    it("seven") { expect(M::C).to eq(7) }
  SPEC
  row "in a default argument", must: "greets", edit: ["NAME = 'you'", "NAME = 'me'"], lib: <<~LIB, spec: <<~SPEC
    module M
      NAME = 'you'
      def self.greet(name = NAME) = "hello \#{name}"
    end
  LIB
    it("greets") { expect(M.greet).to eq("hello you") }
  SPEC
  row "missing constant appears", must: "asks", edit: ["OTHER = 1", "EXTRA = 1"], lib: <<~LIB, spec: <<~SPEC
    module M
      OTHER = 1
      def self.extra? = defined?(M::EXTRA) ? true : false
    end
  LIB
    it("asks") { expect(M.extra?).to eq(false) }
  SPEC
  row "missing constant appears in a new file", must: "asks", lib: <<~LIB, spec: <<~SPEC,
    Dir[File.join(__dir__, "parts/*.rb")].sort.each { |file| require file }
    module M
      def self.extra? = Object.const_defined?(:Extra)
    end
  LIB
    it("asks") { expect(M.extra?).to eq(false) }
    it("other") { expect(M.name).to eq("M") }
  SPEC
      files: { "lib/parts/one.rb" => "ONE = 1\n" }, edit: { "lib/parts/extra.rb" => "Extra = 1\n" }, may: "other",
      because: "a listing that all examples of the file rest on"
  row "const_missing", must: "asks", edit: ['"no #{name}"', '"none of #{name}"'], lib: <<~'LIB', spec: <<~SPEC
    module M
      def self.const_missing(name) = "no #{name}"
    end
  LIB
    it("asks") { expect(M::Nothing).to eq("no Nothing") }
  SPEC
  row "autoload", must: "loads", edit: { "lib/part.rb" => ["size = 5", "size = 6"] }, lib: <<~LIB, spec: <<~SPEC,
    module M
      autoload :Part, "part"
    end
  LIB
    it("loads") { expect(M::Part.new.size).to eq(5) }
    it("other") { expect(M.name).to eq("M") }
  SPEC
      files: { "lib/part.rb" => "module M\n  class Part\n    def size = 5\n  end\nend\n" }
  row "autoload of a constant", must: "loads second", edit: { "lib/part.rb" => ["5", "6"] }, lib: <<~LIB, spec: <<~SPEC,
    module M
      autoload :PART, "part"
    end
  LIB
    it("loads") { expect(M::PART).to eq(5) }
    it("second") { expect(M::PART + 1).to eq(6) }
    it("other") { expect(M.name).to eq("M") }
  SPEC
      files: { "lib/part.rb" => "module M\n  PART = 5\nend\n" }

  zeitwerk = lambda do |eager|
    <<~LIB
      require "zeitwerk"
      LOADER = Zeitwerk::Loader.new
      LOADER.push_dir(File.join(__dir__, "app"))
      LOADER.setup
      #{"LOADER.eager_load" if eager}
    LIB
  end
  app = { "lib/app/shop.rb" => "module Shop\n  RATE = 3\nend\n",
          "lib/app/shop/item.rb" => "module Shop\n  class Item\n    def price = 2 * RATE\n  end\nend\n",
          "lib/app/shop/tax.rb" => "module Shop\n  class Tax\n    PERCENT = 7\n  end\nend\n",
          "lib/app/shop/note.rb" => "module Shop\n  class Note\n    attr_accessor :text\n  end\nend\n" }
  spec = <<~SPEC
    it("price") { expect(Shop::Item.new.price).to eq(6) }
    it("tax") { expect(Shop::Tax::PERCENT).to eq(7) }
    it("twice") { expect(Shop.const_get(:Tax)::PERCENT * 2).to eq(14) }
    it("notes") { expect(Shop::Note.new.tap { |note| note.text = "a" }.text).to eq("a") }
  SPEC
  acronym = ->(eager) { zeitwerk[eager].sub("LOADER.setup", %(LOADER.inflector.inflect("html_card" => "HTMLCard")\nLOADER.setup)) }
  gift = { "lib/app/shop/gift.rb" => "module Shop\n  class Gift\n    def self.size = 2\n  end\nend\n" }
  { "lazy" => false, "eager" => true }.each do |kind, eager|
    row "Zeitwerk #{kind}: a method", must: "price", files: app, lib: zeitwerk[eager], spec: spec,
                                      edit: { "lib/app/shop/item.rb" => ["2 *", "3 *"] }
    row "Zeitwerk #{kind}: a constant of the namespace", must: "price", files: app, lib: zeitwerk[eager], spec: spec,
                                                         edit: { "lib/app/shop.rb" => ["3", "4"] }
    row "Zeitwerk #{kind}: a constant", must: "tax twice", files: app, lib: zeitwerk[eager], spec: spec,
                                        edit: { "lib/app/shop/tax.rb" => ["7", "8"] }
    row "Zeitwerk #{kind}: a class of attributes", must: "notes", files: app, lib: zeitwerk[eager], spec: spec,
                                                   edit: { "lib/app/shop/note.rb" => ["attr_accessor :text", "attr_accessor :text\n    def text = @text.upcase"] }
    row "Zeitwerk #{kind}: a missing constant appears", must: "asks", files: app, lib: zeitwerk[eager], edit: gift,
                                                        spec: %(it("asks") { expect(Shop.const_defined?(:Gift)).to be(false) }\n)
    row "Zeitwerk #{kind}: a missing constant that is asked for in many ways appears", must: "defined rescues text", files: app, lib: zeitwerk[eager], edit: gift, spec: <<~SPEC
      it("defined") { expect(defined?(Shop::Gift)).to be_nil }
      it("rescues") { expect { Shop::Gift }.to raise_error(NameError) }
      it("text") { expect { Object.const_get("Shop::" + %w[Gi ft].join) }.to raise_error(NameError) }
      it("other") { expect(Shop::RATE).to eq(3) }
    SPEC
    row "Zeitwerk #{kind}: a missing constant appears in a new folder", must: "asks", files: app, lib: acronym[eager], spec: <<~SPEC,
      it("asks") { expect { Shop::GiftShop::HTMLCard }.to raise_error(NameError) }
      it("other") { expect(Shop::RATE).to eq(3) }
    SPEC
                                                                         edit: { "lib/app/shop/gift_shop/html_card.rb" => "module Shop\n  module GiftShop\n    class HTMLCard\n    end\n  end\nend\n" }
    row "Zeitwerk #{kind}: a nearer constant appears", must: "asks", files: app.merge("lib/app/gift.rb" => "class Gift\n  def self.size = 1\nend\n"), lib: zeitwerk[eager], edit: gift, spec: <<~SPEC
      it("asks") { module Shop; def self.gift = Gift.size; end; expect(Shop.gift).to eq(1) }
      it("other") { expect(Shop::RATE).to eq(3) }
    SPEC
    row "Zeitwerk #{kind}: nothing of a new file that nobody names", files: app, lib: zeitwerk[eager], spec: spec,
                                                                     edit: { "lib/app/shop/gift.rb" => "module Shop\n  class Gift < Item\n    COLOUR = :red\n    attr_reader :text\n    def price = 1\n  end\nend\n" }
    row "Zeitwerk #{kind}: nothing of a comment", files: app, lib: zeitwerk[eager], spec: spec,
                                                  edit: { "lib/app/shop/tax.rb" => ["  class Tax", "  # of us all\n  class Tax"] }
  end
  listing = app.merge("lib/app/shop/item.rb" => <<~RUBY)
    module Shop
      class Item
        KINDS = []
        def self.inherited(kind)
          super
          KINDS << kind.name
        end
        def self.below = subclasses.size
        def price = 6
      end
    end
  RUBY
  row "Zeitwerk eager: a subclass is new", must: "kinds below", files: listing, lib: zeitwerk[true], may: "price bystander other", because: "`inherited` may write anywhere",
                                           edit: { "lib/app/shop/gift.rb" => "module Shop\n  class Gift < Item\n  end\nend\n" }, spec: <<~SPEC
    it("kinds") { expect(Shop::Item::KINDS).to eq([]) }
    it("below") { expect(Shop::Item.below).to eq(0) }
    it("price") { expect(Shop::Item.new.price).to eq(6) }
    it("other") { expect(Shop::RATE).to eq(3) }
  SPEC
  row "Zeitwerk eager: a new file reopens a class", must: "price", files: app, lib: zeitwerk[true],
                                                    edit: { "lib/app/shop/gift.rb" => "module Shop\n  class Gift\n  end\n  class Item\n    def price = 7\n  end\nend\n" }, spec: <<~SPEC
    it("price") { expect(Shop::Item.new.price).to eq(6) }
    it("other") { expect(Shop::RATE).to eq(3) }
  SPEC
  row "Zeitwerk eager: a new file acts on another", must: "list", files: app.merge("lib/app/shop/list.rb" => "module Shop\n  LIST = []\n  List = LIST\nend\n"), lib: zeitwerk[true],
                                                    edit: { "lib/app/shop/gift.rb" => "module Shop\n  class Gift\n  end\n  List << Gift\nend\n" }, spec: <<~SPEC
    it("list") { expect(Shop::List.size).to eq(0) }
    it("other") { expect(Shop::RATE).to eq(3) }
  SPEC
end
