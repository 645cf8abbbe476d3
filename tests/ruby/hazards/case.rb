# frozen_string_literal: true

# What a row is: a small project, an edit, and the tests that must run after it. Every other test must be left out.
#
# Rows of RSpec are written with `lib:` and `spec:`; the class around the examples and a bystander that nothing
# touches are added. `files:` adds files, or replaces these.
Case = Struct.new(:group, :title, :framework, :files, :edit, :must, :may, :because, :environment, :environment_after, :known_miss,
                  :known_over, :same_outcome, :arguments, :unrecorded, :prepare, :whole, keyword_init: true) do
  def id = "#{group}: #{title}"
  def harmless? = must.empty?
end

# The words that rows are written with.
module Rows
  ALL = []
  LIB = "lib/m.rb"
  SPEC = "spec/m_spec.rb"
  TEST = "test/m_test.rb"

  class << self
    attr_accessor :current_group, :framework

    # Rows that follow are of this group.
    def group(name, framework: :rspec, &rows)
      self.current_group = name
      self.framework = framework
      module_eval(&rows)
    end

    # edit: pairs [old, new] in lib/m.rb; or file => pairs, text, nil (removed) or a proc of the old text.
    # must: tests that have to run, by the last word of their name. may: such as a limit (because) selects as well.
    # known_miss, known_over: why this row does not hold; it fails when it does.
    def row(title, lib: nil, spec: nil, edit: nil, must: "", may: "", files: {}, whole: false, **more)
      files = (files.key?("config/application.rb") ? {} : laid_out(lib, spec, whole)).merge(files)
      edit = { LIB => edit } if edit.is_a?(Array)
      framework = more.delete(:framework) || self.framework
      ALL << Case.new(group: current_group, title: title, framework: framework, files: files, edit: edit, must: must.split,
                      may: may.split, whole: whole, **more)
      raise "two rows #{ALL.last.id}" if ALL.map(&:id).uniq!
    end

    private

    def laid_out(lib, spec, whole)
      files = {}
      files[LIB] = lib if lib
      requires = lib ? %(require "m"\n) : ""
      if framework == :rspec
        files[SPEC] = whole ? spec : %(#{requires}\nRSpec.describe "m" do\n#{indented(spec)}end\n) if spec
        files["spec/bystander_spec.rb"] = %(RSpec.describe "bystander" do\n  it("bystander") { expect(1 + 1).to eq(2) }\nend\n)
      else
        files["test/test_helper.rb"] = %(require "testalibi/minitest"\nrequire "minitest/autorun"\n)
        files[TEST] = whole ? spec : %(require "test_helper"\n#{requires}\nclass MTest < Minitest::Test\n#{indented(spec)}end\n) if spec
        files["test/bystander_test.rb"] = %(require "test_helper"\n\nclass BystanderTest < Minitest::Test\n  def test_bystander = assert(true)\nend\n)
      end
      files
    end

    def indented(text) = text.lines.map { |line| line.strip.empty? ? line : "  #{line}" }.join
  end
end
