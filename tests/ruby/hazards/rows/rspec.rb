# frozen_string_literal: true

Rows.group "rspec" do
  helper = { "spec/spec_helper.rb" => "FACTOR = 2\nmodule Helper\n  def doubled(n) = n * FACTOR\n  def plain(n) = n\nend\n" \
                                      "RSpec.configure do |config|\n  config.include Helper\nend\n" }
  row "helper module included by RSpec.configure", must: "helps", edit: { "spec/spec_helper.rb" => ["n * FACTOR", "n + 3"] }, files: helper, whole: true, spec: <<~SPEC
    require "spec_helper"
    RSpec.describe "m" do
      it("helps") { expect(doubled(2)).to eq(4) }
      it("plain") { expect(plain(1)).to eq(1) }
    end
  SPEC
  row "constant of spec_helper", must: "helps", edit: { "spec/spec_helper.rb" => ["FACTOR = 2", "FACTOR = 3"] }, files: helper, whole: true, spec: <<~SPEC
    require "spec_helper"
    RSpec.describe "m" do
      it("helps") { expect(doubled(2)).to eq(4) }
      it("plain") { expect(plain(1)).to eq(1) }
    end
  SPEC
  row "global before hook", must: "asks bystander", edit: { "spec/spec_helper.rb" => ["= 1", "= 2"] }, same_outcome: "it runs for all", whole: true, spec: <<~SPEC,
    require "spec_helper"
    RSpec.describe "m" do
      it("asks") { expect(@level).to eq(1) }
    end
  SPEC
      files: { "spec/spec_helper.rb" => "RSpec.configure do |config|\n  config.before { @level = 1 }\nend\n", ".rspec" => "--require testalibi/rspec\n--require spec_helper\n" }
  row "before(:context), second example", must: "first second", edit: ["= 5", "= 6"], lib: <<~LIB, spec: <<~SPEC
    module M
      def self.costly = 5
      def self.other = 1
    end
  LIB
    context "with much" do
      before(:context) { @level = M.costly }
      it("first") { expect(@level).to eq(5) }
      it("second") { expect(@level + 1).to eq(6) }
    end
    it("other") { expect(M.other).to eq(1) }
  SPEC
  row "text of before(:context)", must: "first second", edit: { "spec/m_spec.rb" => ["= 5 }", "= 6 }"] }, lib: "ONE = 1\n", spec: <<~SPEC
    context "with much" do
      before(:context) { @level = 5 }
      it("first") { expect(@level).to eq(5) }
      it("second") { expect(@level + 1).to eq(6) }
    end
    it("other") { expect(ONE).to eq(1) }
  SPEC
  row "before", must: "first", edit: { "spec/m_spec.rb" => ["= 5 }", "= 6 }"] }, lib: "ONE = 1\n", spec: <<~SPEC
    context "with much" do
      before { @level = 5 }
      it("first") { expect(@level).to eq(5) }
    end
    it("other") { expect(ONE).to eq(1) }
  SPEC
  row "before is added", must: "first", edit: { "spec/m_spec.rb" => [%(  it("first")), %(  before { @level = 1 }\n    it("first"))] }, lib: "ONE = 1\n", spec: <<~SPEC
    context "with much" do
      it("first") { expect(@level).to be_nil }
    end
    it("other") { expect(ONE).to eq(1) }
  SPEC
  row "around", must: "first", edit: { "spec/m_spec.rb" => ["@level = 5", "@level = 6"] }, lib: "ONE = 1\n", spec: <<~SPEC
    context "with much" do
      around do |example|
        @level = 5
        example.run
      end
      it("first") { expect(@level).to eq(5) }
    end
    it("other") { expect(ONE).to eq(1) }
  SPEC
  shared = { "spec/shared.rb" => <<~RUBY }
    RSpec.shared_examples "a number" do
      it("positive") { expect(number).to be > 0 }
      it("small") { expect(number).to be < 9 }
    end
    RSpec.shared_context "with a number" do
      let(:number) { 5 }
      let(:other) { 1 }
    end
  RUBY
  including = %(require "shared"\nRSpec.describe "m" do\n  include_context "with a number"\n  it_behaves_like "a number"\n  it("others") { expect(other).to eq(1) }\nend\n)
  row "shared examples in another file", must: "small", edit: { "spec/shared.rb" => ["be < 9", "be < 4"] }, whole: true, spec: including, files: shared
  row "shared context in another file", must: "positive small", edit: { "spec/shared.rb" => ["{ 5 }", "{ -5 }"] }, whole: true, spec: including.sub("a number\"\n  it(", "a number\"\n  it("),
                                        files: shared, same_outcome: "one of them"
  row "shared example is added", must: "large", edit: { "spec/shared.rb" => [%(it("small")), %(it("large") { expect(number).to be > 4 }\n  it("small"))] }, whole: true, spec: including, files: shared
  row "shared examples with an argument", must: "asks", edit: { "spec/m_spec.rb" => [%("a list", 2), %("a list", 3)] }, whole: true, spec: <<~SPEC, may: "others",
    RSpec.shared_examples "a list" do |size|
      it("asks") { expect([1, 2].size).to eq(size) }
    end
    RSpec.describe "m" do
      it_behaves_like "a list", 2
      it("others") { expect(1).to eq(1) }
    end
  SPEC
      because: "the group that includes them is one"
  row "let", must: "asks", edit: { "spec/m_spec.rb" => ["{ 5 }", "{ 6 }"] }, lib: "ONE = 1\n", spec: <<~SPEC
    let(:level) { 5 }
    it("asks") { expect(level).to eq(5) }
    it("other") { expect(ONE).to eq(1) }
  SPEC
  row "let in a parent group", must: "asks", edit: { "spec/m_spec.rb" => ["{ 5 }", "{ 6 }"] }, lib: "ONE = 1\n", spec: <<~SPEC
    let(:level) { 5 }
    context "inside" do
      it("asks") { expect(level).to eq(5) }
      it("other") { expect(ONE).to eq(1) }
    end
  SPEC
  row "let overridden below", must: "asks", edit: { "spec/m_spec.rb" => [%(context "inside" do), %(context "inside" do\n    let(:level) { 6 })] }, lib: "ONE = 1\n", spec: <<~SPEC
    let(:level) { 5 }
    context "inside" do
      it("asks") { expect(level).to eq(5) }
      it("other") { expect(ONE).to eq(1) }
    end
  SPEC
  row "let!", must: "asks other", edit: { "spec/m_spec.rb" => ["{ LOG << 5 }", "{ LOG << 6 }"] }, lib: "LOG = []\n", same_outcome: "it runs for both", spec: <<~SPEC
    let!(:level) { LOG << 5 }
    it("asks") { expect(LOG.last).to eq(5) }
    it("other") { expect(1).to eq(1) }
  SPEC
  row "subject in a parent group", must: "asks", edit: { "spec/m_spec.rb" => ["{ [1] }", "{ [1, 2] }"] }, lib: "ONE = 1\n", spec: <<~SPEC
    subject { [1] }
    context "inside" do
      it("asks") { expect(subject.size).to eq(1) }
      it("other") { expect(ONE).to eq(1) }
    end
  SPEC
  row "is_expected", must: "sized", edit: { "spec/m_spec.rb" => ["{ [1] }", "{ [1, 2] }"] }, lib: "ONE = 1\n", spec: <<~SPEC
    subject(:list) { [1] }
    it("sized") { is_expected.to have_attributes(size: 1) }
    it("other") { expect(ONE).to eq(1) }
  SPEC
  row "described_class", must: "sized", edit: ["= 1", "= 2"], whole: true, lib: "class Box\n  def size = 1\n  def other = 1\nend\n", spec: <<~SPEC
    require "m"
    RSpec.describe Box do
      it("sized") { expect(described_class.new.size).to eq(1) }
      it("others") { expect(subject.other).to eq(1) }
    end
  SPEC
  row "custom matcher", must: "asks", edit: { "spec/matchers.rb" => ["n.even?", "n.odd?"] }, whole: true, spec: <<~SPEC,
    require "matchers"
    RSpec.describe "m" do
      it("asks") { expect(2).to be_fine }
      it("other") { expect(1).to eq(1) }
    end
  SPEC
      files: { "spec/matchers.rb" => "RSpec::Matchers.define :be_fine do\n  match { |n| n.even? }\nend\n" }
  row "metadata that a hook reads", must: "asks", edit: { "spec/m_spec.rb" => ["level: 1", "level: 2"] }, lib: "ONE = 1\n", spec: <<~SPEC
    before { |example| @level = example.metadata[:level] }
    it("asks", level: 1) { expect(@level).to eq(1) }
    it("other") { expect(@level).to be_nil }
  SPEC
  row "metadata of a group", must: "asks", edit: { "spec/m_spec.rb" => ["level: 1", "level: 2"] }, lib: "ONE = 1\n", spec: <<~SPEC
    before { |example| @level = example.metadata[:level] }
    context "inside", level: 1 do
      it("asks") { expect(@level).to eq(1) }
    end
    it("other") { expect(@level).to be_nil }
  SPEC
  row "skip removed", must: "asks", edit: { "spec/m_spec.rb" => [", skip: true", ""] }, lib: "ONE = 1\n", spec: <<~SPEC
    it("asks", skip: true) { expect(1).to eq(2) }
    it("other") { expect(ONE).to eq(1) }
  SPEC
  row "skip of a group removed", must: "asks", edit: { "spec/m_spec.rb" => [", skip: true", ""] }, lib: "ONE = 1\n", spec: <<~SPEC
    context "inside", skip: true do
      it("asks") { expect(1).to eq(2) }
    end
    it("other") { expect(ONE).to eq(1) }
  SPEC
  row "xit", must: "asks", edit: { "spec/m_spec.rb" => ["xit", "it"] }, lib: "ONE = 1\n", spec: <<~SPEC
    xit("asks") { expect(1).to eq(2) }
    it("other") { expect(ONE).to eq(1) }
  SPEC
  row "condition on a group", must: "asks", edit: ["true", "false"], lib: "ON = true\nONE = 1\n", spec: <<~SPEC
    it("asks", if: true, skip: ON) { expect(1).to eq(2) }
    it("other") { expect(ONE).to eq(1) }
  SPEC
  row "condition turns on", must: "asks", edit: ["false", "true"], lib: "ON = false\nONE = 1\n", spec: <<~SPEC
    it("asks", skip: ON) { expect(1).to eq(1) }
    it("other") { expect(ONE).to eq(1) }
  SPEC
  row "skip by another constant", must: "asks", edit: { "lib/gate.rb" => ["= true", "= false"] }, files: { "lib/gate.rb" => "module Gate\n  SHUT = true\nend\n" },
                                  lib: %(require "gate"\nONE = 1\ndef shut? = Gate::SHUT\n), spec: <<~SPEC
    context "inside", skip: shut? do
      context "further" do
        it("asks") { expect(1).to eq(2) }
      end
    end
    it("other") { expect(ONE).to eq(1) }
  SPEC
  row "skip by derived metadata", must: "asks", may: "bystander other", because: "what configures all of them is one", edit: { "spec/spec_helper.rb" => ["meta[:skip] = true", "meta[:slow] = true"] }, whole: true, spec: <<~SPEC,
    require "spec_helper"
    RSpec.describe "m" do
      it("asks", :slow) { expect(1).to eq(2) }
      it("other") { expect(1).to eq(1) }
    end
  SPEC
      files: { "spec/spec_helper.rb" => "RSpec.configure do |config|\n  config.define_derived_metadata(:slow) { |meta| meta[:skip] = true }\nend\n" }
  row "example without a block gets one", must: "asks", may: "bystander other", because: "a call without a block may do anything", edit: { "spec/m_spec.rb" => [%(it("asks")), %(it("asks") { expect(1).to eq(2) })] }, lib: "ONE = 1\n", spec: <<~SPEC
    it("asks")
    it("other") { expect(ONE).to eq(1) }
  SPEC
  row "pending by a constant", must: "asks", edit: ["true", "false"], lib: "ON = true\nONE = 1\n", spec: <<~SPEC
    it("asks", pending: ON) { expect(1).to eq(2) }
    it("other") { expect(ONE).to eq(1) }
  SPEC
  row "skip in before", must: "asks", edit: ["true", "false"], lib: "ON = true\nONE = 1\n", spec: <<~SPEC
    context "inside" do
      before { skip("no") if ON }
      it("asks") { expect(1).to eq(2) }
    end
    it("other") { expect(ONE).to eq(1) }
  SPEC
  row "skip in before(:context)", must: "asks", edit: ["true", "false"], lib: "ON = true\nONE = 1\n", spec: <<~SPEC
    context "inside" do
      before(:context) { skip("no") if ON }
      it("asks") { expect(1).to eq(2) }
    end
    it("other") { expect(ONE).to eq(1) }
  SPEC
  row "condition that leaves out", must: "asks", edit: ["false", "true"], lib: "ON = false\nONE = 1\n", spec: <<~SPEC
    it("asks", if: ON) { expect(1).to eq(2) }
    it("other") { expect(ONE).to eq(1) }
  SPEC
  row "examples made from a list elsewhere", must: "three", edit: ["two]", "two three]"], lib: "NAMES = %w[one two]\n", spec: <<~SPEC
    NAMES.each do |name|
      it(name) { expect(name.size).to be > 2 }
    end
  SPEC
  row "values of examples made from a table", must: "one", edit: ["one: 1", "one: 2"], lib: "TABLE = { one: 1, two: 2 }\n", may: "two", because: "one statement makes both", spec: <<~SPEC
    TABLE.each do |name, value|
      it(name) { expect(value).to eq({ one: 1, two: 2 }[name]) }
    end
  SPEC
  row "method of a group", must: "asks", edit: { "spec/m_spec.rb" => ["= 5", "= 6"] }, lib: "ONE = 1\n", spec: <<~SPEC
    def level = 5
    context "inside" do
      it("asks") { expect(level).to eq(5) }
      it("other") { expect(ONE).to eq(1) }
    end
  SPEC
  row "option in .rspec", must: "asks bystander", edit: { ".rspec" => "--require testalibi/rspec\n--require loud\n" }, lib: "ONE = 1\n", same_outcome: "all rest on it",
                          spec: %(it("asks") { expect(defined?(LOUD)).to be_nil }\n), files: { "spec/loud.rb" => "LOUD = 1\n" }
  row "stub of a constant", must: "asks", edit: ["= 5", "= 6"], lib: "class Box\n  SIZE = 5\n  def self.size = SIZE\n  def self.other = 1\nend\n", spec: <<~SPEC,
    it("stubs") { stub_const("Box::SIZE", 7); expect(Box.size).to eq(7) }
    it("asks") { expect(Box.size).to eq(5) }
    it("other") { expect(Box.other).to eq(1) }
  SPEC
      may: "stubs", because: "it reads the constant's name"
  row "verified double", must: "doubles", edit: ["def size = 5", "def length = 5"], lib: "class Box\n  def size = 5\n  def other = 1\nend\n", spec: <<~SPEC
    it("doubles") { expect(instance_double("Box", size: 3).size).to eq(3) }
    it("other") { expect(Box.new.other).to eq(1) }
  SPEC
end
