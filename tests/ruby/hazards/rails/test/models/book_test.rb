# frozen_string_literal: true

require "test_helper"

class BookTest < ActiveSupport::TestCase
  test("labelled") { assert_equal "New (draft)", Book.new(title: "New").label }
  test("slugged") { assert_equal "a-b", Book.create!(title: "A b").slug }
  test("cheap") { assert_equal ["One"], Book.cheap.map(&:title) }
  test("priced") { assert_equal "3 EUR", Book.new(price: 3).price_text }
  test("costly") { refute Book.new(price: 0).valid? }
  test("enumerated") { assert Book.new(status: 1).published? }
end
