# frozen_string_literal: true

require "json"
require "minitest/autorun"
require_relative "../../../ruby_ext/lib/testalibi/json_text"

# What the command prints is read as any JSON is, and nothing else is taken for it.
class TestJsonText < Minitest::Test
  VALUES = [{}, [], nil, true, false, 0, -12, 1.5, -2e-3, "", "a", "\"", "\\", "a\\\"b", "{[:,]}", "\n\t\r\b\f", "ä 漢 😀", "\u0001",
            [[[]], [{}]], { "" => { "a" => [1, "2", nil] } }, { "a\"b" => [{ "c" => {} }, -1] }].freeze

  def test_reads_what_json_writes
    VALUES.each do |value|
      [JSON.generate(value), JSON.pretty_generate(value), JSON.generate(value, ascii_only: true)].each do |text|
        assert_equal [value], [Testalibi::JsonText.parse(text.b)], text
      end
    end
  end

  def test_reads_what_it_writes
    VALUES.each { |value| assert_equal [value], [Testalibi::JsonText.parse(Testalibi::JsonText.generate(value))] }
  end

  def test_refuses_what_is_cut_off_or_is_none
    whole = JSON.generate({ "a" => [1, "b\\\"", nil] })
    (0...whole.size).each { |length| assert_raises(ArgumentError, whole[0, length]) { Testalibi::JsonText.parse(whole[0, length]) } }
    ["", " ", "nul", "\"", "{1:2}", "}", "[:]", "{\"a\":}", "1x", "--1", "\xFF".b, "[" * 1000].each do |text|
      assert_raises(ArgumentError, text) { Testalibi::JsonText.parse(text) }
    end
  end

  # The answer about some thousand tests is read each time that a suite starts.
  def test_reads_an_answer_at_once_whatever_letters_are_in_it
    tests = Array.new(20_000) { |i| { "id" => "test/ä_test.rb::A::test_#{i}", "duration_ms" => 0.1, "verdict" => "skip" } }
    text = JSON.generate({ "tests" => tests })
    began = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
    assert_equal tests, Testalibi::JsonText.parse(text)["tests"]
    assert_operator Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - began, :<, 5 # token by token: minutes
  end
end
