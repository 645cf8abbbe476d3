# frozen_string_literal: true

require "test_helper"

class AuthorTest < ActiveSupport::TestCase
  test("initials") { assert_equal "CG", Author.new(name: "Cy Green").initials }
  test("nameless") { refute Author.new.valid? }
  test("written") { assert_equal ["One"], authors(:ann).books.map(&:title) }
end
