# frozen_string_literal: true

require_relative "project"

# test-unit.
class TestUnitAdapterTest < FrameworkCase
  RUN = [FrameworkProject::RUBY, "-Itest", "-Ilib", "-e", "Dir['test/*_test.rb'].sort.each { |f| require './' + f }", "--"].freeze

  def setup
    super
    skip "no test-unit here" unless @project.run(FrameworkProject::RUBY, "-e", "require 'test/unit/version'").status.zero?
  end

  def project_files
    {
      "lib/calc.rb" => <<~RUBY, "test/test_helper.rb" => <<~RUBY, "test/calc_test.rb" => <<~RUBY
        class Calc
          def add(a, b)
            a + b
          end

          def sub(a, b)
            a - b
          end

          def warm
            :warm
          end
        end
      RUBY
        require "testalibi/test_unit"
        require "test/unit"
        require "calc"
        #{SAY_SO}
      RUBY
        require "test_helper"

        class CalcTest < Test::Unit::TestCase
          class << self
            def startup
              Calc.new.warm
            end
          end

          setup { @calc = Calc.new }

          def test_add
            ran "add"
            assert_equal(3, @calc.add(1, 2))
          end

          data("two" => 2, "three" => 3)
          def test_add_zero(number)
            ran "add \#{number}"
            assert_equal(number, @calc.add(number, 0))
          end

          def test_omitted
            ran "omitted"
            omit "no"
          end

          sub_test_case "sub" do
            test "subtracts" do
              ran "sub"
              assert_equal(1, @calc.sub(3, 2))
            end
          end
        end
      RUBY
    }
  end

  def all = ["add", "add 2", "add 3", "omitted", "sub"]

  def test_that_outcomes_and_output_are_the_same
    recorded = assert_unchanged(*RUN)
    assert_equal all, recorded.ran
    assert_match(/recorded 5 tests/, recorded.alibi)
  end

  def test_evidence
    @project.run(*RUN)
    assert_equal [3, 11], @project.evidence("*test_add")["files"]["lib/calc.rb"]
    assert_equal [11], @project.evidence("*test_omitted")["files"]["lib/calc.rb"]
    assert_equal "skipped", @project.evidence("*test_omitted")["outcome"]
    assert_equal "test/calc_test.rb::CalcTest::test_add_zero[two]", @project.ids.grep(/two/).first
  end

  def test_that_only_what_a_change_can_break_runs
    @project.run(*RUN)
    again = @project.run(*RUN)
    assert_equal [[], 0], [again.ran, again.status]
    assert_match(/0 tests ran, 5 left out/, again.alibi)
    @project.edit("lib/calc.rb", "a - b", "b - a")
    broken = @project.run(*RUN)
    assert_equal [["sub"], 1], [broken.ran, broken.status]
    assert_match(/^1 tests, 1 assertions, 1 failures/, broken.own)
    refute_match(/testalibi/, broken.own)
    @project.edit("lib/calc.rb", "b - a", "a - b")
    @project.edit("lib/calc.rb", ":warm", "\"warm\"")
    assert_equal all, @project.run(*RUN).ran
  end

  def test_omissions
    @project.write("test/omitted_test.rb" => <<~RUBY, "lib/gate.rb" => "module Gate\n  SHUT = true\nend\n")
      require "test_helper"
      require "gate"

      class OmittedTest < Test::Unit::TestCase
        setup { omit("shut") if Gate::SHUT }

        def test_omitted_before
          ran "body"
          assert_equal(1, 2)
        end
      end
    RUBY
    assert_equal all, @project.run(*RUN).ran
    assert_match(/0 tests ran, 6 left out/, @project.run(*RUN).alibi)
    @project.edit("lib/gate.rb", "true", "false")
    assert_equal ["body"], @project.run(*RUN).ran
  end

  def test_marks_and_filters
    @project.edit("test/calc_test.rb", "setup {", "datadog_itr_unskippable :test_add\n  setup {")
    @project.run(*RUN)
    assert_equal ["add"], @project.run(*RUN).ran
    assert_empty @project.run(*RUN, "-n", "test_omitted").ran
    assert_equal all, @project.run(*RUN, alibi: false).ran
  end

  def test_files_that_cannot_be_loaded
    @project.write("test/zzz_test.rb" => "require 'test_helper'\nraise 'broken'\n")
    assert_equal 1, assert_unchanged(*RUN).status
    assert_empty Dir[File.join(@project.path, ".alibi/sessions/*")]
  end
end
