# frozen_string_literal: true

require_relative "project"

# ActiveSupport's test cases: tests that run in several processes or threads, or in a process each.
class ActiveSupportAdapterTest < FrameworkCase
  RUN = [FrameworkProject::RUBY, "-Itest", "-Ilib", "-e", "Dir['test/*_test.rb'].sort.each { |f| require './' + f }", "--"].freeze

  def setup
    super
    skip "no ActiveSupport here" unless @project.run(FrameworkProject::RUBY, "-e", "require 'active_support'").status.zero?
  end

  def project_files
    {
      "lib/calc.rb" => <<~RUBY, "test/test_helper.rb" => <<~RUBY, "test/calc_test.rb" => <<~RUBY
        class Calc
          #{Array.new(6) { |i| "def number_#{i}\n    #{i}\n  end" }.join("\n\n  ")}
        end
      RUBY
        require "testalibi/minitest"
        require "minitest/autorun"
        require "active_support"
        require "active_support/test_case"
        require "calc"
        #{SAY_SO}
        class ActiveSupport::TestCase
          # parallel
        end
      RUBY
        require "test_helper"

        class CalcTest < ActiveSupport::TestCase
          # isolation
          setup { @calc = Calc.new }

          #{Array.new(6) { |i| "test \"number #{i}\" do\n    ran \"#{i}\"\n    assert_equal #{i}, @calc.number_#{i}\n  end" }.join("\n\n  ")}
        end
      RUBY
    }
  end

  def test_in_one_process
    assert_unchanged(*RUN, "--seed", "1")
    assert_selects
  end

  def test_in_several_processes
    @project.edit("test/test_helper.rb", "# parallel", "parallelize(workers: 2, with: :processes)")
    assert_equal %w[0 1 2 3 4 5], @project.run(*RUN).ran
    assert_selects
  end

  def test_on_several_threads
    @project.edit("test/test_helper.rb", "# parallel", "parallelize(workers: 3, with: :threads)")
    assert_equal %w[0 1 2 3 4 5], @project.run(*RUN).ran
    assert_selects
  end

  def test_in_a_process_each
    @project.edit("test/calc_test.rb", "# isolation", "include ActiveSupport::Testing::Isolation")
    @project.edit("test/test_helper.rb", "require \"calc\"", "require \"active_support/testing/isolation\"\nrequire \"calc\"")
    assert_equal %w[0 1 2 3 4 5], @project.run(*RUN).ran
    assert_selects
  end

  private

  # After one run: each test has its own lines, and a change finds its test.
  def assert_selects
    assert_equal 6, @project.ids.size
    6.times do |number|
      lines = @project.evidence("*test_number_#{number}").fetch("files").fetch("lib/calc.rb")
      assert_equal [3 + (4 * number)], lines, "of number_#{number}"
    end
    assert_empty @project.run(*RUN).ran
    @project.edit("lib/calc.rb", "    3\n", "    3 + 0\n")
    changed = @project.run(*RUN)
    assert_equal ["3"], changed.ran
    assert_match(/^1 runs, 1 assertions, 0 failures/, changed.own)
    assert_match(/1 tests ran, 5 left out/, changed.alibi)
    assert_match(/recorded 1 tests/, changed.alibi)
    @project.edit("lib/calc.rb", "    2\n", "    7\n")
    assert_equal 1, @project.run(*RUN).status
  end
end
