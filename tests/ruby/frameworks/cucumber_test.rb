# frozen_string_literal: true

require_relative "project"
require "shellwords"

# Cucumber. ALIBI_TEST_CUCUMBER: the command, default: cucumber.
class CucumberAdapterTest < FrameworkCase
  RUN = [*ENV.fetch("ALIBI_TEST_CUCUMBER", "cucumber").shellsplit, "--format", "progress"].freeze
  QUIET = { "CUCUMBER_PUBLISH_QUIET" => "true" }.freeze

  def setup
    super
    version = @project.run(*RUN, "--version", alibi: false, env: QUIET)
    skip "no Cucumber here" unless version.status.zero?
    @major = version.text[/\d+/].to_i
  rescue Errno::ENOENT
    skip "no Cucumber here"
  end

  def project_files
    {
      "lib/calc.rb" => <<~RUBY, "features/support/env.rb" => <<~RUBY, "features/support/hooks.rb" => <<~RUBY,
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
        require "testalibi/cucumber"
        $LOAD_PATH.unshift File.expand_path("../../lib", __dir__)
        require "calc"
        #{SAY_SO}
      RUBY
        Before do |scenario|
          ran scenario.name.split(",").first
        end

        After("@warm") do
          Calc.new.warm
        end
      RUBY
      "features/step_definitions/calc_steps.rb" => <<~RUBY, "features/calc.feature" => <<~FEATURE,
        Given(/^a calculator$/) { @calc = Calc.new }

        When(/^I add (\\d+) and (\\d+)$/) do |a, b|
          @result = @calc.add(a.to_i, b.to_i)
        end

        When(/^I take (\\d+) from (\\d+)$/) do |a, b|
          @result = @calc.sub(b.to_i, a.to_i)
        end

        Then(/^I get (\\d+)$/) do |number|
          raise "it is \#{@result}" unless @result == number.to_i
        end

        Then(/^I see$/) do |table|
          raise "no" unless table.raw.flatten.first.to_i == @result
        end
      RUBY
        Feature: Calculator
          Background:
            Given a calculator

          Scenario: adding
            When I add 1 and 2
            Then I get 3

          Scenario Outline: taking
            When I take <a> from <b>
            Then I get <c>

            Examples:
              | a | b | c |
              | 1 | 3 | 2 |
              | 2 | 3 | 1 |
      FEATURE
      "features/warm.feature" => <<~FEATURE
        Feature: Warm

          @warm
          Scenario: adding
            Given a calculator
            When I add 2 and 2
            Then I see
              | 4 |
      FEATURE
    }
  end

  def cucumber(*arguments, **options)
    @project.run(*RUN, *arguments, env: QUIET, **options)
  end

  def all = %w[adding adding taking taking]

  def test_that_outcomes_and_output_are_the_same
    plain = cucumber(alibi: false)
    recorded = cucumber
    assert_equal [0, all, settled(plain.text)], [recorded.status, recorded.ran, settled(recorded.text)], recorded.errors
    assert_match(/recorded 4 tests/, recorded.errors)
  end

  def test_ids
    cucumber
    assert_equal ["features/calc.feature::Calculator::adding", "features/warm.feature::Warm::adding"], @project.ids.grep(/adding/)
    assert_equal ["| 1 | 3 | 2 |", "| 2 | 3 | 1 |"], @project.ids.grep(/taking/).map { |id| id[/\|.*/] }
  end

  def test_that_what_skips_a_scenario_belongs_to_it
    @project.write("features/waiting.feature" => <<~FEATURE, "features/step_definitions/waiting_steps.rb" => <<~RUBY)
      Feature: Waiting

        Scenario: pending
          Given something to come

        @closed
        Scenario: closed
          Given a calculator
          Then I get 3

        Scenario: undefined
          Given something else to come
    FEATURE
      Before("@closed") { skip_this_scenario }
      Given(/^something to come$/) { pending }
    RUBY
    assert_equal %w[adding adding closed pending taking taking undefined], cucumber.ran
    assert_equal %w[undefined], cucumber.ran
    @project.edit("features/step_definitions/waiting_steps.rb", "{ pending }", "{ raise 'no' }")
    assert_equal %w[pending undefined], cucumber.ran
    @project.edit("features/waiting.feature", "  @closed\n", "")
    assert_equal %w[closed pending undefined], cucumber.ran
    @project.write("features/step_definitions/more_steps.rb" => "Given(/^something else to come$/) { 1 }\n")
    assert_includes cucumber.ran, "undefined"
  end

  def test_that_hooks_belong_to_their_scenarios
    cucumber
    assert_equal [3, 11], @project.evidence("*Warm::adding")["files"]["lib/calc.rb"]
    assert_equal [3], @project.evidence("*Calculator::adding")["files"]["lib/calc.rb"]
    assert_equal [2], @project.evidence("*Calculator::adding")["files"]["features/support/hooks.rb"]
    @project.edit("features/support/hooks.rb", "Calc.new.warm", "Calc.new.warm.to_s")
    assert_equal 1, cucumber.ran.size
  end

  def test_that_only_what_a_change_can_break_runs
    cucumber
    again = cucumber
    assert_equal [[], 0], [again.ran, again.status]
    assert_match(/^0 scenarios/, again.text)
    assert_match(/0 tests ran, 4 left out/, again.errors)
    @project.edit("lib/calc.rb", "a - b", "b - a")
    broken = cucumber
    assert_equal [%w[taking taking], 1], [broken.ran, broken.status]
    assert_match(/^2 scenarios \(2 failed\)/, broken.text)
    assert_equal %w[taking taking], cucumber.ran, "what failed runs again"
    refute_match(/testalibi/, broken.text)
  end

  def test_that_a_step_is_an_input_of_its_scenario
    cucumber
    @project.edit("features/calc.feature", "I get 3", "I get 03")
    assert_equal @major >= 4 ? %w[adding] : %w[adding taking taking], cucumber.ran
    @project.edit("features/warm.feature", "| 4 |", "| 04 |")
    assert_equal %w[adding], cucumber.ran
  end

  def test_that_rows_keep_their_evidence
    skip "the whole feature counts" if @major < 4
    cucumber
    @project.edit("features/calc.feature", "      | 1 | 3 | 2 |\n", "      | 7 | 9 | 2 |\n      | 1 | 3 | 2 |\n")
    assert_equal %w[taking], cucumber.ran
  end

  def test_step_definitions
    cucumber
    @project.edit("features/step_definitions/calc_steps.rb", "@calc.add(a.to_i, b.to_i)", "@calc.add(a.to_i, b.to_i + 0)")
    assert_equal %w[adding adding], cucumber.ran
    @project.edit("features/step_definitions/calc_steps.rb", "/^I take", "/^I really take")
    assert_includes cucumber.ran, "taking"
  end

  def test_another_definition_of_a_step
    cucumber
    @project.write("features/step_definitions/more_steps.rb" => "When(/^I add (.*)$/) { |what| what }\n")
    refute_equal 0, cucumber.status, "it is ambiguous now"
  end

  def test_tags
    @project.edit("features/calc.feature", "  Scenario: adding", "  @datadog_itr_unskippable\n  Scenario: adding")
    @project.edit("features/warm.feature", "Feature: Warm", "@alibi_always\nFeature: Warm")
    cucumber
    assert_equal %w[adding adding], cucumber.ran
  end

  def test_filters_of_the_command_line
    cucumber
    @project.edit("lib/calc.rb", "a + b", "a + b + 0")
    assert_equal %w[adding], cucumber("--tags", "@warm").ran
    assert_equal %w[adding], cucumber("features/calc.feature:5").ran
    assert_empty cucumber.ran
  end

  def test_that_a_surprise_of_ours_breaks_nothing
    %w[Cucumber::Scenarios#id Cucumber::Scenarios#text SharedSetup#began Run#select].each do |method|
      surprise = @project.run(*RUN, env: QUIET.merge(surprised_by(method)))
      assert_equal [0, all], [surprise.status, surprise.ran], "#{method}: #{surprise.text}#{surprise.errors}"
      assert_match(/boom/, surprise.errors, method)
    end
  end

  def test_dry_run
    assert_match(/4 scenarios/, cucumber("--dry-run").text)
    assert_empty @project.ids
  end

  def test_undefined_steps
    @project.edit("features/calc.feature", "I add 1 and 2", "I multiply 1 and 2")
    cucumber
    assert_equal %w[adding], cucumber.ran
    @project.edit("features/step_definitions/calc_steps.rb", "Then(/^I see", "When(/^I multiply (\\d+) and (\\d+)$/) { |_a, _b| @result = 3 }\nThen(/^I see")
    assert_includes cucumber.ran, "adding"
    assert_empty cucumber.ran
  end

  def test_hooks_around_all_scenarios
    skip "Cucumber 7 brought BeforeAll" if @major < 7
    @project.write("features/support/global.rb" => <<~RUBY)
      BeforeAll do
        $warmth = Calc.new.warm
      end

      AfterAll do
        Calc.new.sub(1, 1)
      end
    RUBY
    assert_match(/recorded 4 tests/, cucumber.errors)
    assert_empty cucumber.ran
    @project.edit("lib/calc.rb", ":warm", "\"warm\"")
    assert_equal all, cucumber.ran
    @project.edit("lib/calc.rb", "a - b", "a - b - 0")
    assert_equal all, cucumber.ran
  end

  def test_hooks_around_steps_and_scenarios
    @project.write("features/support/around.rb" => <<~RUBY)
      Around("@warm") do |_scenario, block|
        Calc.new.sub(1, 1)
        block.call
      end

      AfterStep { Calc.new.warm }
    RUBY
    cucumber
    assert_equal [3, 7, 11], @project.evidence("*Warm::adding")["files"]["lib/calc.rb"]
    assert_equal [3, 11], @project.evidence("*Calculator::adding")["files"]["lib/calc.rb"]
  end

  def test_features_that_cannot_be_read
    @project.write("features/broken.feature" => "Scenario outside\n")
    plain = cucumber(alibi: false)
    recorded = cucumber
    assert_equal [plain.status, settled(plain.text)], [recorded.status, settled(recorded.text)]
  end
end
