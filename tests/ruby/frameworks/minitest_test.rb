# frozen_string_literal: true

require_relative "project"

# Minitest: what is recorded, what is left out, and that nothing else changes.
class MinitestAdapterTest < FrameworkCase
  RUN = [FrameworkProject::RUBY, "-Itest", "-Ilib", "-e", "Dir['test/*_test.rb'].sort.each { |f| require './' + f }", "--"].freeze

  def project_files
    {
      "lib/calc.rb" => <<~RUBY, "lib/text.rb" => <<~RUBY, "test/test_helper.rb" => <<~RUBY,
        class Calc
          def add(a, b)
            a + b
          end

          def sub(a, b)
            a - b
          end
        end
      RUBY
        class Text
          def shout(word)
            word.upcase
          end
        end
      RUBY
        require "testalibi/minitest"
        require "minitest/autorun"
        require "calc"
        require "text"
        #{SAY_SO}
      RUBY
      "test/calc_test.rb" => <<~RUBY, "test/text_test.rb" => <<~RUBY
        require "test_helper"

        class CalcTest < Minitest::Test
          def setup
            @calc = Calc.new
          end

          def test_add
            ran "add"
            assert_equal 3, @calc.add(1, 2)
          end

          def test_sub
            ran "sub"
            assert_equal 1, @calc.sub(3, 2)
          end

          def test_skipped
            ran "skipped"
            skip "not today"
          end
        end
      RUBY
        require "test_helper"

        describe "Text" do
          before { @text = Text.new }

          it "shouts" do
            ran "shouts"
            _(@text.shout("a")).must_equal "A"
          end

          describe "when empty" do
            it "shouts" do
              ran "shouts nothing"
              _(@text.shout("")).must_equal ""
            end
          end
        end
      RUBY
    }
  end

  def all = ["add", "shouts", "shouts nothing", "skipped", "sub"]

  def test_that_outcomes_and_output_are_the_same
    recorded = assert_unchanged(*RUN, "--seed", "1")
    assert_equal all, recorded.ran
    assert_match(/recorded 5 tests/, recorded.alibi)
  end

  def test_settings_that_mean_nothing_are_named_with_what_they_take
    bad = { "ALIBI_STATE_BUDGET_US" => "much", "ALIBI_CHILDREN" => "yes", "ALIBI_MERGE_TIMEOUT" => "soon", "ALIBI_NOSELECT" => "perhaps" }
    said = @project.run(*RUN, env: bad).alibi
    bad.each { |name, value| assert_match(/#{name} is "#{value}"; it takes .* and was ignored/, said) }
    refute_match(/was ignored/, @project.run(*RUN, env: { "ALIBI_STATE_BUDGET_US" => "40", "ALIBI_CHILDREN" => "off" }).alibi)
  end

  def test_ids
    @project.run(*RUN)
    assert_equal %w[test/calc_test.rb::CalcTest::test_add test/calc_test.rb::CalcTest::test_skipped
                    test/calc_test.rb::CalcTest::test_sub test/text_test.rb::Text::test_0001_shouts] +
                 ["test/text_test.rb::Text::when empty::test_0001_shouts"], @project.ids
  end

  def test_that_set_up_belongs_to_the_test
    @project.run(*RUN)
    recorded = @project.evidence("*test_add")
    assert_equal({ "lib/calc.rb" => [3], "test/calc_test.rb" => [5, 9, 10], "test/test_helper.rb" => [5] }, recorded["files"])
    assert_equal "passed", recorded["outcome"]
    assert_equal "skipped", @project.evidence("*test_skipped")["outcome"]
  end

  def test_that_only_what_a_change_can_break_runs
    @project.run(*RUN)
    again = @project.run(*RUN)
    assert_empty again.ran
    assert_match(/^0 runs, 0 assertions, 0 failures, 0 errors, 0 skips/, again.own)
    assert_match(/0 tests ran, 5 left out/, again.alibi)
    @project.edit("lib/calc.rb", "a - b", "a - b - 1")
    broken = @project.run(*RUN)
    assert_equal ["sub"], broken.ran
    assert_match(/^1 runs, 1 assertions, 1 failures/, broken.own)
    assert_equal 1, broken.status
    assert_equal ["sub"], @project.run(*RUN).ran, "what failed runs again"
  end

  # A command that cannot select.
  def failing_to_select(does)
    @project.write("failing_alibi" => "#!/bin/sh\n[ \"$1\" = select ] && { #{does}; }\nexec #{FrameworkProject::COMMAND} \"$@\"\n")
    path = File.join(@project.path, "failing_alibi")
    File.chmod(0o755, path)
    { "ALIBI_COMMAND" => path, "ALIBI_EXPLAIN" => "reasons" }
  end

  def test_that_nothing_of_ours_is_warned_of
    said = @project.run(RUN.first, "-w", *RUN.drop(1)).errors
    refute_match(/self-test|testalibi/, said)
  end

  # It is read by Ruby code, each time that a suite starts.
  def test_that_the_answer_says_no_more_of_tests_that_are_left_out_than_their_durations
    @project.run(*RUN)
    @project.edit("lib/calc.rb", "a - b", "a - b - 0")
    keeps = failing_to_select("#{FrameworkProject::COMMAND} \"$@\" | tee answer; exit 0")
    assert_equal ["sub"], @project.run(*RUN, env: keeps).ran
    answer = JSON.parse(File.read(File.join(@project.path, "answer")))
    assert_equal(["run"], answer["tests"].map { |test| test["verdict"] })
    assert_equal 4, answer["skipped"].size
    assert(answer["skipped"].all? { |id, milliseconds| id.include?("::test_") && milliseconds >= 0 })
  end

  def test_that_a_selection_that_fails_says_so_and_leaves_nothing_out
    @project.run(*RUN)
    {
      "echo 'alibi: no room' >&2; exit 9" => "alibi select failed: exit status 9 (no room); alibi doctor looks for the cause",
      "kill -9 $$" => "alibi select failed: signal 9; alibi doctor looks for the cause",
      "echo none; exit 0" => "alibi select did not print what was expected; install the gem again",
      "echo '{}'; exit 0" => "alibi select did not print what was expected; install the gem again"
    }.each do |does, said|
      failing = @project.run(*RUN, env: failing_to_select(does))
      assert_equal [all, 0], [failing.ran, failing.status], does
      assert_includes failing.alibi, "alibi: nothing was left out: #{said}\n"
      refute_match(/no evidence yet|unknown so far/, failing.alibi)
      assert_match(/recorded 5 tests/, failing.alibi)
    end
  end

  def test_that_a_command_that_is_not_there_is_said
    gone = @project.run(*RUN, env: { "ALIBI_COMMAND" => "/none/alibi", "PATH" => "/none" })
    assert_equal [all, 0], [gone.ran, gone.status]
    assert_match(/nothing was left out: .*install the gem again$/, gone.alibi)
  end

  def test_that_a_failure_looks_the_same
    @project.edit("lib/calc.rb", "a - b", "raise 'no'")
    @project.edit("lib/calc.rb", "a + b", "a * b")
    recorded = assert_unchanged(*RUN, "--seed", "1")
    assert_equal 1, recorded.status
    refute_match(/testalibi/, recorded.own)
    assert_equal "error", @project.evidence("*test_sub")["outcome"]
    assert_equal "failed", @project.evidence("*test_add")["outcome"]
  end

  def test_filters
    @project.run(*RUN)
    @project.edit("lib/text.rb", "word.upcase", "word.upcase.to_s")
    named = @project.run(*RUN, "-n", "/shouts/")
    assert_equal ["shouts", "shouts nothing"], named.ran
    assert_match(/2 tests ran, 0 left out/, named.alibi)
    excluded = @project.run(*RUN, "--exclude", "/shouts|skipped/")
    assert_empty excluded.ran
    assert_match(/0 tests ran, 2 left out/, excluded.alibi)
    assert_equal 0, excluded.status
    assert_equal 0, @project.run(*RUN, "-n", "test_add").status, "nothing is left to run"
  end

  def test_switches
    on = @project.run(*RUN, "--alibi", alibi: false)
    assert_match(/recorded 5 tests/, on.alibi)
    assert_equal all, @project.run(*RUN, "--alibi-noselect", alibi: false).ran
    assert_empty @project.run(*RUN, "--alibi", alibi: false).ran
    unrecorded = @project.run(*RUN, "--alibi-nocollect", alibi: false)
    assert_empty unrecorded.ran
    refute_match(/recorded/, unrecorded.alibi)
    off = @project.run(*RUN, alibi: false)
    assert_equal [all, ""], [off.ran, off.alibi]
  end

  def test_without_the_early_require
    @project.edit("test/test_helper.rb", "require \"testalibi/minitest\"\n", "require \"minitest\"\n")
    # Minitest 6 looks for no plugins by itself.
    @project.edit("test/test_helper.rb", "autorun\"\n", "autorun\"\nMinitest.load(:testalibi) if Minitest.respond_to?(:load)\n")
    assert_match(/recorded 5 tests/, @project.run(*RUN).alibi)
    assert_empty @project.run(*RUN).ran
    @project.edit("lib/calc.rb", "class Calc", "# what was loaded unseen counts as a whole\nclass Calc")
    assert_equal all, @project.run(*RUN).ran
    assert_equal all, @project.run(*RUN, alibi: false).ran
  end

  def test_marks
    @project.edit("test/calc_test.rb", "def setup", "datadog_itr_unskippable :test_add\n  alibi_always \"test_skipped\"\n\n  def setup")
    @project.edit("test/text_test.rb", "describe \"when empty\" do", "describe \"when empty\" do\n    datadog_itr_unskippable\n")
    @project.run(*RUN)
    assert_equal ["add", "shouts nothing", "skipped"], @project.run(*RUN).ran
    assert_equal 0, @project.run(*RUN, alibi: false).status
  end

  def test_marks_of_strings_and_of_classes_above
    @project.edit("test/calc_test.rb", "def setup", "datadog_itr_unskippable \"test_add\", \"test_sub\"\n\n  def setup")
    @project.edit("test/text_test.rb", "before {", "alibi_always \"shouts\"\n  before {")
    @project.run(*RUN)
    assert_equal ["add", "shouts", "shouts nothing", "sub"], @project.run(*RUN).ran
  end

  def test_threads
    @project.edit("test/calc_test.rb", "def setup", "parallelize_me!\n\n  def setup")
    @project.edit("test/text_test.rb", "before {", "parallelize_me!\n  before {")
    env = { "MT_CPU" => "4", "N" => "4" }
    assert_equal all, @project.run(*RUN, env: env).ran
    assert_equal [3], @project.evidence("*test_add")["files"]["lib/calc.rb"]
    assert_empty @project.run(*RUN, env: env).ran
    @project.edit("lib/calc.rb", "a - b", "a - b - 0")
    changed = @project.run(*RUN, env: env)
    assert_equal ["sub"], changed.ran, changed.alibi
    assert_match(/^1 runs, 1 assertions/, changed.own)
  end

  def test_that_a_run_inside_a_test_is_part_of_it
    @project.write("test/inner_test.rb" => <<~RUBY)
      require "test_helper"
      require "stringio"

      class InnerTest < Minitest::Test
        def test_inner
          ran "inner"
          inner = Class.new(Minitest::Test) { def test_it = assert_equal(5, Calc.new.add(2, 3)) }
          Minitest::Runnable.runnables.delete(inner)
          assert inner.new(:test_it).run.passed?
          kept = Minitest::Runnable.runnables.dup
          executor = Minitest.parallel_executor
          Minitest.parallel_executor = Minitest::Parallel::Executor.new(1)
          Minitest::Runnable.runnables.replace([inner])
          assert Minitest.run([])
        ensure
          Minitest.parallel_executor = executor
          Minitest::Runnable.runnables.replace(kept)
        end

        def test_after
          ran "after"
        end
      end
    RUBY
    first = @project.run(*RUN)
    assert_match(/recorded 7 tests/, first.alibi, first.text + first.errors)
    assert_equal [3], @project.evidence("*test_inner")["files"]["lib/calc.rb"]
    @project.edit("lib/calc.rb", "a + b", "a + b + 0")
    assert_equal %w[add inner], @project.run(*RUN).ran
  end

  def test_that_a_surprise_of_ours_breaks_nothing
    %w[TestClasses#id TestClasses#number_all TestClasses#always? Run#select Selection#known? SessionFolder#complete].each do |method|
      surprise = @project.run(*RUN, env: surprised_by(method))
      assert_equal [0, all], [surprise.status, surprise.ran], "#{method}: #{surprise.text}#{surprise.errors}"
      assert_match(/boom/, surprise.alibi, method)
    end
  end

  def test_that_the_order_is_the_same
    orders = [false, true].map { |alibi| @project.run(*RUN, "-v", "--seed", "4", alibi: alibi).errors.scan(/^RAN .*/) }
    assert_equal orders[0], orders[1]
  end

  def test_that_simplecov_keeps_its_result
    skip "no SimpleCov here" unless @project.run(FrameworkProject::RUBY, "-e", "require 'simplecov'").status.zero?
    @project.edit("test/test_helper.rb", "require \"testalibi/minitest\"\n",
                  "require \"testalibi/minitest\"\nrequire \"simplecov\"\nSimpleCov.start { add_filter \"/test/\" }\n")
    covered = [false, true].map do |alibi|
      FileUtils.rm_rf(File.join(@project.path, "coverage"))
      @project.run(*RUN, alibi: alibi)
      results = JSON.parse(File.read(File.join(@project.path, "coverage/.resultset.json")))
      results.values.first.fetch("coverage").values.map { |file| file.fetch("lines") }
    end
    assert_equal covered[0], covered[1]
    assert_empty @project.run(*RUN).ran
  end

  def test_blocks_at_the_end_and_exit_status
    @project.edit("test/test_helper.rb", "require \"calc\"", "Minitest.after_run { puts 'the end' }\nrequire \"calc\"")
    assert_unchanged(*RUN, "--seed", "1")
    assert_match(/the end/, @project.run(*RUN).own)
  end

  def test_files_that_cannot_be_loaded
    @project.write("test/zzz_test.rb" => "require 'test_helper'\nraise 'broken'\n")
    recorded = assert_unchanged(*RUN)
    refute_equal 0, recorded.status
    assert_empty Dir[File.join(@project.path, ".alibi/sessions/*")]
  end

  def test_help
    assert_unchanged(*RUN, "--help")
    assert_empty Dir[File.join(@project.path, ".alibi/sessions/*")]
  end

  def test_that_equal_classes_are_told_apart
    @project.write("test/twice_test.rb" => <<~RUBY)
      require "test_helper"

      describe "twice" do
        it("is one") { ran "one" }
      end
      describe "twice" do
        it("is one") { ran "other" }
      end
      [1, 2].each do |number|
        Class.new(Minitest::Test) { define_method("test_generated") { ran "generated \#{number}" } }
      end
    RUBY
    assert_match(/recorded 9 tests/, @project.run(*RUN).alibi)
    twice = @project.ids.grep(/twice/).map { |id| id.split("::", 2).last }
    assert_equal ["class #2::test_generated", "class::test_generated", "twice #2::test_0001_is one",
                  "twice::test_0001_is one"], twice
    assert_equal ["generated 1", "generated 2", "one", "other"], @project.run(*RUN).ran, "a number is no name"
  end

  def test_that_equal_specs_are_told_apart
    @project.edit("test/text_test.rb", "describe \"when", "it(\"is said twice\") { ran \"second\" }\n\n  describe \"when")
    @project.run(*RUN)
    assert_empty @project.run(*RUN).ran
    @project.edit("test/text_test.rb", "it(", "it(\"is said twice\") { ran \"first\" }\n  it(")
    assert_equal ["first", "second"], @project.run(*RUN).ran
    assert_equal ["first", "second"], @project.run(*RUN).ran
  end

  def test_what_stands_around_run
    @project.write("test/around_test.rb" => <<~RUBY)
      require "test_helper"

      module Around
        def run(...)
          Text.new.shout("around")
          super
        end
      end

      class AroundTest < Minitest::Test
        include Around

        def test_inside = ran("inside")
      end
    RUBY
    @project.run(*RUN)
    assert_equal [3], @project.evidence("*test_inside")["files"]["lib/text.rb"]
  end
end
