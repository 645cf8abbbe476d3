# frozen_string_literal: true

require "testalibi/minitest"
require "minitest/autorun"
require_relative "kinds"

class KindsTest < Minitest::Test
  def test_in_this_process = assert_equal(8, work(6))

  def test_without_children = nil

  Kinds::ALL.each do |kind|
    Ends::STATUS.each do |way, status|
      define_method(:"test_#{kind}_#{way}") { assert_equal(status, Kinds.send(kind, way)) }
    end
  end
end
