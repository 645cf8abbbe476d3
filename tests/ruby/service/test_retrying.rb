# frozen_string_literal: true

require "json"
require "minitest/autorun"
require_relative "../../../ruby_ext/lib/testalibi/retrying"

# What a run makes of what the service wants: the examples that all adapters share.
class RetryingTest < Minitest::Test
  SHARED = JSON.parse(File.read(File.expand_path("../../support/retry_examples.json", __dir__)))

  SHARED.fetch("examples").each do |example|
    define_method("test_#{example.fetch("name").gsub(/\W+/, "_")}") do
      attempts = attempts_of(example)
      asked = example.fetch("attempts").map do |status, seconds|
        attempts.ended(status, seconds)
        attempts.next_reason
      end
      assert_equal [example["next"]], [asked.last]
      refute_includes asked[0...-1], nil
      assert_equal example.fetch("final"), attempts.final
      assert_equal example.fetch("too_slow", false), attempts.too_slow?
    end
  end

  SHARED.fetch("faulty").each do |row|
    define_method("test_#{row["new"]}_new_tests_of_#{row["of"]}") do
      known = Array.new(row["of"]) { |number| ["s", number.to_s] }
      retrying = retrying("known" => { "m" => { "s" => known.drop(row["new"]).map(&:last) | ["gone"] } })
      retrying.look_at(known)
      assert_equal row["faulty"], retrying.faulty
      assert_equal row["faulty"], retrying.faulty?(row["new"], row["of"])
    end
  end

  def test_a_test_is_new_when_its_suite_and_name_are_not_known_whatever_the_module
    wanted = wanted("known" => { "other" => { "suite" => ["name"] } })
    refute wanted.new?("suite", "name")
    assert wanted.new?("suite", "another")
    assert wanted.new?("another", "name")
    refute wanted({}).new?("suite", "name")
  end

  def test_a_test_is_modified_where_a_range_meets_its_lines
    wanted = wanted("modified" => { "a.rb" => [[3, 5], [9, 9]] })
    assert wanted.modified?("a.rb", 5, 8)
    refute wanted.modified?("a.rb", 6, 8)
    assert wanted.modified?("a.rb", 1, 20)
    refute wanted.modified?("b.rb", 1, 20)
    assert wanted.modified?("a.rb")
    assert wanted.modified?("a.rb", 6, nil)
  end

  def test_parameters_of_what_may_be_left_out_count_where_they_are_given
    wanted = wanted("skippable" => [["m", "s", "a", nil], ["m", "s", "b", "{1}"], ["m", "whole", "", nil]])
    assert wanted.listed?("s", "a", "{1}")
    assert wanted.listed?("s", "b", "{1}")
    refute wanted.listed?("s", "b", "{2}")
    assert wanted.listed?("whole", "any", "{2}")
    refute wanted({}).listed?("s", "a", "")
  end

  def test_what_decides_is_the_last_attempt_of_the_final_status
    attempts = attempts_of("is_new" => true)
    attempts.ended("pass", 1)
    attempts.ended("fail", 1)
    assert_equal 0, attempts.deciding
    attempts = attempts_of("attempt_to_fix" => true)
    attempts.ended("pass", 1)
    attempts.ended("fail", 1)
    assert_equal 1, attempts.deciding
  end

  def test_a_failure_of_a_managed_test_is_none_of_the_run
    forgiven = { %w[quarantined] => true, %w[disabled attempt_to_fix] => true, %w[attempt_to_fix] => false, [] => false }
    forgiven.each do |marks, expected|
      attempts = attempts_with(marks)
      attempts.ended("fail", 1)
      assert_equal expected, attempts.forgiven?, marks
    end
    assert_predicate attempts_with(%w[disabled quarantined]), :disabled?
    refute_predicate attempts_with(%w[disabled attempt_to_fix]), :disabled?
  end

  def test_what_is_told_of_each_attempt
    attempts = attempts_with(%w[quarantined attempt_to_fix unheard_of])
    marks = { "test.test_management.is_quarantined" => "true", "test.test_management.is_attempt_to_fix" => "true" }
    attempts.ended("pass", 1)
    assert_equal marks, attempts.tags(0, "attempt_to_fix")
    assert_equal marks.merge("test.retry_reason" => "attempt_to_fix"), attempts.tags(1, "attempt_to_fix")
    slow = attempts_of("is_new" => true, "is_modified" => true)
    slow.ended("pass", 301)
    new = { "test.is_new" => "true", "test.is_modified" => "true" }
    assert_equal new.merge("test.early_flake.abort_reason" => "slow"), slow.tags(0)
  end

  def test_threads_together_try_no_more_tests_again_than_said
    retrying = retrying("flaky_test_retries" => { "per_test" => 1, "tests" => 5 })
    again = Array.new(20) do
      Thread.new { retrying.attempts("s", "n").tap { |each| each.ended("fail", 0) }.next_reason }
    end
    assert_equal 5, again.map(&:value).compact.size
  end

  def test_members_of_other_types_are_off
    wrong = [nil, true, 1, 1.5, "text", [], ["text"], [[]], [[1, 2]], {}, { "a" => {} }, { "a" => { "b" => 1 } }]
    members = %w[skippable known early_flake_detection flaky_test_retries managed attempt_to_fix_retries modified]
    members.product(wrong).each do |member, value|
      retrying = Testalibi::Retrying.new(Testalibi::Wanted.new({ "root" => "/r", member => value }))
      retrying.look_at([%w[s n]])
      attempts = retrying.attempts("s", "n", ["a", 1, 2])
      attempts.ended("fail", 1)
      assert_nil attempts.next_reason
      refute attempts.forgiven?
      refute retrying.wanted.listed?("s", "n", "")
    end
  end

  private

  def wanted(more) = Testalibi::Wanted.new(SHARED["opening"].merge(more))
  def retrying(more, retried = 0) = Testalibi::Retrying.new(wanted(more), retried: retried)

  def attempts_of(example)
    retrying = retrying(example["faulty"] ? { "known" => { "m" => { "s" => ["gone"] } } } : {},
                        example.fetch("retried_tests_before", 0))
    retrying.look_at(Array.new(100) { |number| ["s", number.to_s] })
    marks = example["attempt_to_fix"] ? ["attempt_to_fix"] : []
    Testalibi::Attempts.new(retrying, is_new: example.fetch("is_new", false),
                                      modified: example.fetch("is_modified", false), marks: marks)
  end

  def attempts_with(marks)
    retrying("managed" => [["m", "s", "n", marks]]).attempts("s", "n")
  end
end
