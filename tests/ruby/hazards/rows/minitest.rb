# frozen_string_literal: true

Rows.group "minitest", framework: :minitest do
  base = { "test/base.rb" => "class BaseTest < Minitest::Test\n  def setup\n    @level = 5\n  end\n\n  def helped = 2\nend\n" }
  inheriting = <<~SPEC
    require "test_helper"
    require "base"

    class MTest < BaseTest
      def test_asks = assert_equal(5, @level)
      def test_helps = assert_equal(2, helped)
    end
  SPEC
  row "setup in a base class", must: "asks helps", edit: { "test/base.rb" => ["= 5", "= 6"] }, whole: true, spec: inheriting, files: base, same_outcome: "it runs for both"
  row "helper in a base class", must: "helps", edit: { "test/base.rb" => ["= 2", "= 3"] }, whole: true, spec: inheriting, files: base
  row "setup is added in the class", must: "asks helps", edit: { "test/m_test.rb" => ["class MTest < BaseTest\n", "class MTest < BaseTest\n  def setup\n    @level = 6\n  end\n"] }, whole: true,
                                     spec: inheriting, files: base, same_outcome: "it runs for both"
  row "setup is added in the base class", must: "asks", edit: { "test/base.rb" => ["class BaseTest < Minitest::Test\n", "class BaseTest < Minitest::Test\n  def setup = @level = 1\n"] }, whole: true,
                                          spec: inheriting.sub(/  def test_helps.*\n/, "").sub("assert_equal(5, @level)", "assert_nil(@level)"), files: { "test/base.rb" => "class BaseTest < Minitest::Test\nend\n" }
  row "method body", must: "adds", edit: ["a + b", "a - b"], lib: "module M\n  def self.add(a, b) = a + b\n  def self.one = 1\nend\n", spec: <<~SPEC
    def test_adds = assert_equal(3, M.add(1, 2))
    def test_ones = assert_equal(1, M.one)
  SPEC
  row "constant", must: "asks", edit: ["A = 1", "A = 2"], lib: "module M\n  A = 1\n  B = 2\nend\n", spec: <<~SPEC
    def test_asks = assert_equal(1, M::A)
    def test_other = assert_equal(2, M::B)
  SPEC
  row "spec style with let", must: "0001_asks", edit: { "test/m_test.rb" => ["{ 5 }", "{ 6 }"] }, whole: true, spec: <<~SPEC
    require "test_helper"

    describe "m" do
      let(:level) { 5 }
      it("asks") { _(level).must_equal(5) }
      it("others") { _(1).must_equal(1) }
    end
  SPEC
  row "mixin of tests", must: "shared", edit: { "test/shared.rb" => ["= 5", "= 6"] }, whole: true, files: { "test/shared.rb" => "module Shared\n  def level = 5\n  def test_shared = assert_equal(5, level)\nend\n" }, spec: <<~SPEC
    require "test_helper"
    require "shared"

    class MTest < Minitest::Test
      include Shared
      def test_own = assert_equal(1, 1)
    end
  SPEC
  row "constant of test_helper", must: "asks", edit: { "test/test_helper.rb" => ["LEVEL = 5", "LEVEL = 6"] }, lib: "ONE = 1\n",
                                 files: { "test/test_helper.rb" => %(require "testalibi/minitest"\nrequire "minitest/autorun"\nLEVEL = 5\n) }, spec: <<~SPEC
    def test_asks = assert_equal(5, LEVEL)
    def test_other = assert_equal(1, ONE)
  SPEC
  row "file", must: "reads", edit: { "test/data.txt" => "two" }, files: { "test/data.txt" => "one" }, lib: "ONE = 1\n", spec: <<~SPEC
    def test_reads = assert_equal("one", File.read(File.join(__dir__, "data.txt")))
    def test_other = assert_equal(1, ONE)
  SPEC
  row "memo, second user", must: "a b", edit: ["= 5", "= 6"], lib: "module M\n  def self.level = @level ||= start\n  def self.start = 5\n  def self.other = 1\nend\n", spec: <<~SPEC
    def test_a = assert_equal(5, M.level)
    def test_b = assert_equal(6, M.level + 1)
    def test_other = assert_equal(1, M.other)
  SPEC
  row "assertion of one's own", must: "asks", edit: { "test/test_helper.rb" => ["n.even?", "n.odd?"] }, lib: "ONE = 1\n",
                                files: { "test/test_helper.rb" => %(require "testalibi/minitest"\nrequire "minitest/autorun"\nmodule Minitest::Assertions\n  def assert_fine(n) = assert(n.even?)\nend\n) }, spec: <<~SPEC
    def test_asks = assert_fine(2)
    def test_other = assert_equal(1, ONE)
  SPEC
  row "skip removed", must: "asks", edit: { "test/m_test.rb" => ["    skip\n", ""] }, lib: "ONE = 1\n", spec: <<~SPEC
    def test_asks
      skip
      assert_equal(1, 2)
    end
    def test_other = assert_equal(1, ONE)
  SPEC
  row "skip by a constant", must: "asks", may: "other", because: "both run setup", edit: ["true", "false"], lib: "OFF = true\nONE = 1\n", spec: <<~SPEC
    def setup = name == "test_asks" && OFF && skip
    def test_asks = assert_equal(1, 2)
    def test_other = assert_equal(1, ONE)
  SPEC
  row "spec without a block gets one", must: "0001_asks", may: "0002_others bystander", because: "a call without a block may do anything", edit: { "test/m_test.rb" => [%(it("asks")), %(it("asks") { _(1).must_equal(2) })] }, whole: true, spec: <<~SPEC
    require "test_helper"

    describe "m" do
      it("asks")
      it("others") { _(1).must_equal(1) }
    end
  SPEC
  row "a new test", must: "new", edit: { "test/m_test.rb" => ["  def test_other", "  def test_new = assert(true)\n  def test_other"] }, lib: "ONE = 1\n", spec: <<~SPEC
    def test_asks = assert_equal(1, 1)
    def test_other = assert_equal(1, ONE)
  SPEC
  row "nothing of a comment", edit: { "test/m_test.rb" => ["class MTest", "# Tests of m.\nclass MTest"], "lib/m.rb" => "# one\nONE = 1\n" }, lib: "ONE = 1\n", spec: <<~SPEC
    def test_asks = assert_equal(1, 1)
    def test_other = assert_equal(1, ONE)
  SPEC
end
