# frozen_string_literal: true

require_relative "project"
require "shellwords"

# RSpec. ALIBI_TEST_RSPEC: the command, default: rspec.
class RSpecAdapterTest < FrameworkCase
  RUN = ENV.fetch("ALIBI_TEST_RSPEC", "rspec").shellsplit.freeze

  def project_files
    {
      ".rspec" => "--require testalibi/rspec\n--require spec_helper\n",
      "lib/calc.rb" => <<~RUBY, "spec/spec_helper.rb" => <<~RUBY, "spec/shared.rb" => <<~RUBY,
        class Calc
          def add(a, b)
            a + b
          end

          def sub(a, b)
            a - b
          end

          def warm
            @warm = true
          end

          def cool
            @warm = false
          end

          def name
            "calc"
          end
        end
      RUBY
        require "calc"
        #{SAY_SO}
        RSpec.configure do |config|
          config.example_status_persistence_file_path = "status.txt"
          config.filter_run_when_matching :focus
          # settings
        end
      RUBY
        RSpec.shared_examples "a calculator" do
          it "has a name" do
            ran "name"
            expect(calc.name).to eq("calc")
          end
        end

        RSpec.shared_context "warm" do
          before { calc.warm }
        end
      RUBY
      "spec/calc_spec.rb" => <<~RUBY, "spec/other_spec.rb" => <<~RUBY
        require "shared"

        RSpec.describe Calc do
          subject(:calc) { Calc.new }

          let(:sum) { calc.add(1, 2) }

          it_behaves_like "a calculator"

          describe "#add" do
            before(:context) { Calc.new.cool }

            it "adds" do
              ran "adds"
              expect(sum).to eq(3)
            end

            it "adds zero" do
              ran "adds zero"
              expect(calc.add(0, 0)).to eq(0)
            end
          end

          describe "#sub" do
            include_context "warm"

            it "subtracts" do
              ran "subtracts"
              expect(calc.sub(3, 1)).to eq(2)
            end
          end
        end
      RUBY
        RSpec.describe "other" do
          it "waits" do
            ran "waits"
            pending "not yet"
            expect(1).to eq(2)
          end

          it "is skipped", skip: "no" do
            ran "skipped"
          end

          it "sees several", :aggregate_failures do
            ran "several"
            expect(1).to eq(1)
            expect(2).to eq(2)
          end
        end
      RUBY
    }
  end

  def all = ["adds", "adds zero", "name", "several", "subtracts", "waits"]

  def rspec(*arguments, **options) = @project.run(*RUN, *arguments, **options)

  def lines(pattern) = @project.evidence(pattern).fetch("files").fetch("lib/calc.rb", [])

  def test_that_outcomes_and_output_are_the_same
    recorded = assert_unchanged(*RUN, "--format", "documentation")
    assert_equal all, recorded.ran
    assert_match(/recorded 7 tests/, recorded.alibi)
  end

  def test_ids
    rspec
    assert_equal ["Calc::#add adds", "Calc::#add adds zero", "Calc::#sub subtracts",
                  "Calc::behaves like a calculator has a name"],
                 @project.ids.grep(/calc_spec/).map { |id| id.delete_prefix("spec/calc_spec.rb::") }
  end

  def test_evidence
    rspec
    assert_equal [3, 15], lines("*adds")
    assert_equal [3, 15], lines("*adds zero"), "a context's hook belongs to its second example too"
    assert_equal [7, 11], lines("*subtracts")
    assert_equal [19], lines("*has a name")
    assert_equal %w[xfailed skipped passed], ["*waits", "*skipped", "*several"].map { |id| @project.evidence(id)["outcome"] }
  end

  def test_that_a_skipped_example_runs_when_it_is_skipped_no_more
    rspec
    assert_empty rspec.ran
    @project.edit("spec/other_spec.rb", ', skip: "no"', "")
    assert_equal ["skipped"], rspec.ran
    assert_empty rspec.ran
  end

  def test_that_only_what_a_change_can_break_runs
    rspec
    again = rspec
    assert_equal [[], 0], [again.ran, again.status]
    assert_match(/^0 examples, 0 failures/, again.own)
    assert_match(/0 tests ran, 7 left out/, again.alibi)
    @project.edit("lib/calc.rb", "@warm = false", "@warm = nil")
    assert_equal ["adds", "adds zero"], rspec.ran
    @project.edit("lib/calc.rb", "@warm = true", "@warm = 1")
    assert_equal ["subtracts"], rspec.ran
    @project.edit("spec/shared.rb", "calc.name", "calc.name.to_s")
    assert_equal ["name"], rspec.ran
    @project.edit("spec/calc_spec.rb", "calc.add(1, 2)", "calc.add(2, 1)")
    assert_equal ["adds"], rspec.ran
    @project.edit("lib/calc.rb", "a - b", "b - a")
    broken = rspec
    assert_equal [["subtracts"], 1], [broken.ran, broken.status]
    assert_match(/^1 example, 1 failure/, broken.own)
    assert_equal ["subtracts"], rspec.ran, "what failed runs again"
  end

  def test_that_failures_look_the_same
    @project.edit("lib/calc.rb", "a - b", "raise 'no'")
    @project.edit("lib/calc.rb", "@warm = false", "raise 'no'")
    recorded = assert_unchanged(*RUN)
    assert_equal 1, recorded.status
    refute_match(/testalibi/, recorded.own)
    assert_equal "failed", @project.evidence("*subtracts")["outcome"]
  end

  def test_marks
    @project.edit("spec/calc_spec.rb", "it \"adds\" do", "it \"adds\", datadog_itr_unskippable: true do")
    @project.edit("spec/calc_spec.rb", "describe \"#sub\" do", "describe \"#sub\", alibi: :always do")
    @project.edit("spec/other_spec.rb", "describe \"other\" do", "describe \"other\", :datadog_itr_unskippable do")
    rspec
    assert_equal %w[adds several subtracts waits], rspec.ran
  end

  def test_that_equal_examples_are_told_apart
    @project.write("spec/equal_spec.rb" => <<~RUBY)
      RSpec.describe "equal" do
        subject { ran "one-liner"; 1 }

        it { is_expected.to eq(1) }
        it("is said once") { ran "once" }
        it("is said twice") { ran "first" }
      end
    RUBY
    rspec
    assert_empty rspec.ran
    @project.edit("spec/equal_spec.rb", "  it {", "  it(\"is said twice\") { ran \"zeroth\" }\n  it {")
    assert_equal %w[first zeroth], rspec.ran
    @project.edit("spec/equal_spec.rb", "eq(1) }", "eq(1) }\n  it { is_expected.to eq(2) }")
    assert_equal %w[first one-liner zeroth], rspec.ran
  end

  def test_that_a_surprise_of_ours_breaks_nothing
    %w[RSpec::Examples#id RSpec::Examples#always? SharedSetup#began Run#select].each do |method|
      surprise = rspec(env: surprised_by(method))
      assert_equal [0, all], [surprise.status, surprise.ran], "#{method}: #{surprise.text}#{surprise.errors}"
      assert_match(/boom/, surprise.alibi, method)
    end
  end

  def test_dry_run
    assert_match(/7 examples/, rspec("--dry-run").own)
    assert_empty @project.ids
  end

  def test_order
    assert_equal all, rspec("--order", "rand:7").ran
    assert_empty rspec("--order", "rand:8").ran
    assert_empty rspec.ran
  end

  def test_only_failures
    @project.edit("lib/calc.rb", "a - b", "b - a")
    rspec
    failed = rspec("--only-failures")
    assert_equal [["subtracts"], 1], [failed.ran, failed.status]
    @project.edit("lib/calc.rb", "b - a", "a - b")
    assert_equal 0, rspec("--only-failures").status
    assert_empty rspec("--only-failures").ran
    assert_equal 7, File.readlines(File.join(@project.path, "status.txt")).grep(/calc_spec|other_spec/).size
  end

  def test_bisect
    @project.write("spec/order_spec.rb" => <<~RUBY)
      RSpec.describe "order" do
        it("leaks") { $leaked = true }
        it("is innocent") { expect(1).to eq(1) }
        it("suffers") { expect($leaked).to be_nil }
      end
    RUBY
    plain = rspec("--bisect", "spec/order_spec.rb", alibi: false)
    rspec
    recorded = rspec("--bisect", "spec/order_spec.rb")
    assert_equal [plain.status, settled(plain.own)], [recorded.status, settled(recorded.own)]
    assert_match(/order_spec.rb\[1:1,1:3\]/, recorded.own)
    assert_empty Dir[File.join(@project.path, ".alibi/sessions/*")]
  end

  def test_filters
    @project.edit("spec/calc_spec.rb", "it \"adds zero\" do", "it \"adds zero\", :zero do")
    assert_equal ["adds zero"], rspec("--tag", "zero").ran
    assert_match(/0 tests ran, 1 left out/, rspec("--tag", "zero").alibi)
    assert_equal all - ["adds zero"], rspec.ran
    @project.edit("lib/calc.rb", "a + b", "a + b + 0")
    focused = rspec("spec/calc_spec.rb", "-e", "adds zero")
    assert_equal ["adds zero"], focused.ran
    @project.edit("spec/calc_spec.rb", "it \"adds\" do", "fit \"adds\" do")
    assert_equal ["adds"], rspec.ran
  end

  def test_that_no_example_at_all_still_fails
    @project.edit("spec/spec_helper.rb", "# settings", "config.fail_if_no_examples = true")
    assert_equal 0, rspec.status
    spared = rspec
    assert_equal [[], 0], [spared.ran, spared.status]
    assert_equal 1, rspec("-e", "nothing of this name").status
    assert_equal 1, rspec("-e", "nothing of this name", alibi: false).status
  end

  def test_files_that_cannot_be_loaded
    @project.write("spec/broken_spec.rb" => "raise 'broken'\n")
    recorded = assert_unchanged(*RUN)
    assert_equal 1, recorded.status
    assert_empty Dir[File.join(@project.path, ".alibi/sessions/*")]
  end

  def test_hooks_of_the_suite
    @project.edit("spec/spec_helper.rb", "# settings", "config.before(:suite) { Calc.new.cool }\n  config.after(:suite) { Calc.new.warm }")
    rspec
    assert_empty rspec.ran
    @project.edit("lib/calc.rb", "@warm = false", "@warm = nil")
    assert_equal all, rspec.ran
    @project.edit("lib/calc.rb", "@warm = true", "@warm = 1")
    assert_equal all, rspec.ran
  end

  def test_that_a_run_inside_an_example_is_part_of_it
    @project.write("spec/inner_spec.rb" => <<~RUBY)
      require "rspec/core/sandbox"
      require "stringio"

      RSpec.describe "inner" do
        it "runs specs" do
          ran "inner"
          passed = RSpec::Core::Sandbox.sandboxed do
            group = RSpec.describe("sandboxed") { it("adds") { expect(Calc.new.add(1, 1)).to eq(2) } }
            RSpec::Core::Runner.new(RSpec::Core::ConfigurationOptions.new([])).run_specs([group])
          end
          expect(passed).to eq(0)
        end

        it("comes after") { ran "after" }
      end
    RUBY
    assert_match(/recorded 9 tests/, rspec.text)
    assert_equal [3], lines("*runs specs")
    assert_empty rspec.ran
  end

  def test_that_simplecov_keeps_its_result
    simplecov = "require \"simplecov\"\nSimpleCov.start { add_filter \"/spec/\" }\n"
    skip "no SimpleCov here" unless @project.run(FrameworkProject::RUBY, "-e", "require 'simplecov'").status.zero?
    @project.write("spec/spec_helper.rb" => simplecov + project_files["spec/spec_helper.rb"])
    covered = [false, true].map do |alibi|
      FileUtils.rm_rf(File.join(@project.path, "coverage"))
      rspec(alibi: alibi)
      results = JSON.parse(File.read(File.join(@project.path, "coverage/.resultset.json")))
      results.values.first.fetch("coverage").values.map { |file| file.fetch("lines") }
    end
    assert_equal covered[0], covered[1]
    assert_equal [3, 15], lines("*adds")
    assert_empty rspec.ran
  end
end
