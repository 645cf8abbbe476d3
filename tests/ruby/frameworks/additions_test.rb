# frozen_string_literal: true

require_relative "project"

# What is added runs no line of any old evidence, and can break a test all the same.
class AdditionsTest < FrameworkCase
  MINITEST = [FrameworkProject::RUBY, "-Itest", "-Ilib", "-e", "Dir['test/*_test.rb'].sort.each { |f| require './' + f }", "--"].freeze

  def project_files
    {
      "lib/calc.rb" => <<~RUBY, "lib/base.rb" => <<~RUBY, "test/test_helper.rb" => <<~RUBY, "test/calc_test.rb" => <<~RUBY,
        require "base"

        class Calc < Base
          def add(a, b)
            a + b
          end
        end
      RUBY
        class Base
          def name
            "base"
          end
        end
      RUBY
        require "testalibi/minitest"
        require "minitest/autorun"
        require "calc"
        #{SAY_SO}
      RUBY
        require "test_helper"

        class CalcTest < Minitest::Test
          def test_name
            ran "name"
            assert_equal "base", Calc.new.name
          end
        end

        describe "spec" do
          it "has a name" do
            ran "spec"
            _(Calc.new.name).must_equal "base"
          end
        end
      RUBY
      "spec/calc_spec.rb" => <<~RUBY, "spec/spec_helper.rb" => <<~RUBY, ".rspec" => "--require testalibi/rspec\n--require spec_helper\n"
        RSpec.describe Calc do
          subject(:calc) { Calc.new }

          describe "#name" do
            it "is that of the base" do
              ran "example"
              expect(calc.name).to eq("base")
            end
          end
        end
      RUBY
        require "calc"
        #{SAY_SO}
        RSpec.configure do |config|
          config.disable_monkey_patching!
        end
      RUBY
    }
  end

  def minitest = @project.run(*MINITEST)
  def rspec = @project.run("rspec")

  # Runs all, then nothing, then what the block changes.
  def after_recording(run)
    send(run)
    assert_empty send(run).ran
    yield
    send(run)
  end

  def test_a_method_that_hides_an_inherited_one
    run = after_recording(:minitest) { @project.edit("lib/calc.rb", "  def add", "  def name = \"calc\"\n\n  def add") }
    assert_equal [%w[name spec], 1], [run.ran, run.status]
    @project.edit("lib/calc.rb", "  def name = \"calc\"\n\n", "")
    run = after_recording(:rspec) { @project.edit("lib/calc.rb", "  def add", "  def name = \"calc\"\n\n  def add") }
    assert_equal [["example"], 1], [run.ran, run.status]
  end

  def test_set_up
    run = after_recording(:minitest) { @project.edit("test/calc_test.rb", "  def test_name", "  def setup = flunk\n\n  def test_name") }
    assert_equal [["name"], 1], [["name"] | run.ran, run.status]
  end

  def test_a_second_definition_of_a_test
    run = after_recording(:minitest) do
      @project.edit("test/calc_test.rb", "  end\nend\n\ndescribe", "  end\n\n  def test_name = flunk\nend\n\ndescribe")
    end
    assert_equal 1, run.status
  end

  def test_a_hook_of_a_spec
    run = after_recording(:minitest) { @project.edit("test/calc_test.rb", "  it \"has", "  before { flunk }\n\n  it \"has") }
    assert_equal 1, run.status
  end

  def test_a_module_in_a_test_class
    run = after_recording(:minitest) do
      @project.edit("test/calc_test.rb", "class CalcTest", "module Extra\n  def setup = flunk\nend\n\nclass CalcTest")
      @project.edit("test/calc_test.rb", "  def test_name", "  include Extra\n\n  def test_name")
    end
    assert_equal 1, run.status
  end

  def test_a_hook_of_a_group
    run = after_recording(:rspec) { @project.edit("spec/calc_spec.rb", "  describe", "  before { raise \"no\" }\n\n  describe") }
    assert_equal 1, run.status
  end

  def test_a_hook_of_a_context
    run = after_recording(:rspec) { @project.edit("spec/calc_spec.rb", "  describe", "  before(:context) { raise \"no\" }\n\n  describe") }
    assert_equal 1, run.status
  end

  def test_another_subject
    run = after_recording(:rspec) { @project.edit("spec/calc_spec.rb", "    it \"is", "    let(:calc) { Struct.new(:name).new(\"x\") }\n\n    it \"is") }
    assert_equal 1, run.status
  end

  def test_a_hook_of_all_examples
    run = after_recording(:rspec) { @project.edit("spec/spec_helper.rb", "config.disable", "config.before { raise \"no\" }\n  config.disable") }
    assert_equal 1, run.status
  end

  def test_a_hook_of_the_suite
    run = after_recording(:rspec) { @project.edit("spec/spec_helper.rb", "config.disable", "config.before(:suite) { raise \"no\" }\n  config.disable") }
    assert_equal 1, run.status
  end

  def test_an_option_file
    run = after_recording(:rspec) do
      @project.write("more.rb" => "RSpec.configure { |config| config.before { raise \"no\" } }\n")
      @project.write(".rspec" => "#{project_files[".rspec"]}--require ./more\n")
    end
    assert_equal 1, run.status
  end
end
