# frozen_string_literal: true

Rows.group "nothing changes" do
  lib = <<~'LIB'
    # frozen_string_literal: true

    module M
      LIMIT = 5

      # What f does.
      def self.f(x = 1)
        result = x
        result + 'a'.size
      end

      def self.g
        [1, 2].each do |n|
          return n + LIMIT
        end
      end

      def self.unused
        1
      end
    end

    class Thing
      attr_reader :size

      def initialize
        @size = 1
      end

      def ask
        size if size
      end

      def h
        { :a => 1 }
      end
    end
  LIB
  spec = <<~SPEC
    it("f") { expect(M.f).to eq(2) }
    it("g") { expect(M.g).to eq(6) }
    it("thing") { expect(Thing.new.ask).to eq(1) }
    it("h") { expect(Thing.new.h).to eq({ a: 1 }) }
  SPEC
  { "comment" => ["# What f does.", "# Something else."],
    "comment on top" => ["module M", "# Licence.\nmodule M"],
    "comment at the end of a line" => ["LIMIT = 5", "LIMIT = 5 # at most"],
    "blank lines" => ["  def self.g", "\n\n  def self.g"],
    "formatting" => ["result + 'a'.size", "result +\n      'a'\n        .size"],
    "indentation" => ["    result = x\n", "      result = x\n"],
    "quotes" => ["'a'", '"a"'],
    "braces for do and end" => [["each do |n|", "each { |n|"], ["LIMIT\n    end", "LIMIT\n    }"]],
    "local renamed" => ["result = x\n    result", "value = x\n    value"],
    "parentheses" => ["def self.f(x = 1)", "def self.f x = 1"],
    "self in place of nothing is another code, then for a hash's arrow" => [":a =>", "a:"],
    "new unused method at the start" => ["module M\n", "module M\n  def self.first\n    7\n  end\n\n"],
    "new unused method in the middle" => ["  def self.g", "  def self.middle\n    7\n  end\n\n  def self.g"],
    "new unused method at the end" => ["  def ask", "  def last\n    7\n  end\n\n  def ask"],
    "endless method for one of three lines that is unused" => ["  def self.unused\n    1\n  end", "  def self.unused = 1"],
    "body of an unused method" => ["unused\n    1", "unused\n    2"],
    "unused method removed" => ["  def self.unused\n    1\n  end\n", ""],
    "new constant that nobody reads" => ["LIMIT = 5", "LIMIT = 5\n  OTHER = 6"],
    "new class that nobody uses" => ["class Thing", "class Unused\n  def ask = 1\nend\n\nclass Thing"],
    "new module that nobody uses" => ["class Thing", "module Unused\n  LEVEL = 1\nend\n\nclass Thing"],
    "underscores in a number" => ["LIMIT = 5", "LIMIT = 0x5"],
    "unless for if is another code, then for a modifier" => ["    size if size", "    if size\n      size\n    end"] }.each do |title, edit|
    row title, edit: edit, lib: lib, spec: spec
  end
  row "methods in another order", edit: { "lib/m.rb" => lambda do |text|
    ask = text[/  def ask.*?end\n\n/m]
    text.sub(ask, "").sub("class Thing\n", "class Thing\n#{ask}")
  end }, lib: lib, spec: spec
  row "touched", edit: ->(project) { Dir[File.join(project.path, "**/*.rb")].each { |file| File.utime(1_600_000_000, 1_600_000_000, file) } }, lib: lib, spec: spec
  row "written again", edit: (lambda do |project|
    Dir[File.join(project.path, "**/*.rb")].each do |file|
      text = File.read(file)
      File.delete(file)
      File.write(file, text)
    end
  end), lib: lib, spec: spec
  row "a clone in another folder", edit: (lambda do |project|
    copy = "#{project.path}-clone"
    FileUtils.cp_r(project.path, copy)
    project.instance_variable_set(:@path, copy)
  end), lib: lib, spec: spec
  row "lines end in another way", edit: { "lib/m.rb" => ->(text) { text.gsub("\n", "\r\n") } }, lib: lib, spec: spec
  row "a new example", must: "new", edit: { "spec/m_spec.rb" => [%(  it("g")), %(  it("new") { expect(1).to eq(1) }\n  it("g"))] }, lib: lib, spec: spec
  row "a new example on top", must: "new", edit: { "spec/m_spec.rb" => [%(  it("f")), %(  it("new") { expect(1).to eq(1) }\n  it("f"))] }, lib: lib, spec: spec
  row "a new group", must: "new", edit: { "spec/m_spec.rb" => [%(  it("g")), %(  context "inside" do\n    let(:a) { 1 }\n    it("new") { expect(a).to eq(1) }\n  end\n  it("g"))] }, lib: lib, spec: spec
  row "a new spec file", must: "new", edit: { "spec/new_spec.rb" => %(require "m"\nRSpec.describe "new" do\n  it("new") { expect(M.f).to eq(2) }\nend\n) }, lib: lib, spec: spec
  row "a new let that nobody uses", edit: { "spec/m_spec.rb" => [%(  it("g")), %(  let(:unused) { 1 }\n  it("g"))] }, lib: lib, spec: spec
  row "an example is removed", edit: { "spec/m_spec.rb" => [%(  it("g") { expect(M.g).to eq(6) }\n), ""] }, lib: lib, spec: spec
  row "examples in another order", edit: { "spec/m_spec.rb" => [%(  it("f") { expect(M.f).to eq(2) }\n  it("g") { expect(M.g).to eq(6) }\n), %(  it("g") { expect(M.g).to eq(6) }\n  it("f") { expect(M.f).to eq(2) }\n)] },
                                   lib: lib, spec: spec
  row "a new file that nobody requires", edit: { "lib/unused.rb" => "class Unused\n  def ask = 1\nend\n" }, lib: lib, spec: spec
  row "a folder that is listed with a file of its own, which is gone afterwards", edit: ["module M", "# more\nmodule M"], lib: <<~LIB, spec: <<~SPEC, files: { "lib/parts/a.txt" => "a" }
    module M
      PARTS = File.join(__dir__, "parts")
      def self.parts = Dir.children(PARTS).size
    end
  LIB
    it("lists") do
      File.write(File.join(M::PARTS, "b.txt"), "")
      expect(M.parts).to eq(2)
      File.delete(File.join(M::PARTS, "b.txt"))
    end
  SPEC
  row "a require that nothing uses", edit: ["module M", "require \"English\"\nmodule M"], lib: lib, spec: spec,
                                     known_over: nil
end
