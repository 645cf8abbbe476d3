# frozen_string_literal: true

require "test_helper"

class BooksRequestTest < ActiveSupport::TestCase
  include Rack::Test::Methods

  def app = Routes

  test("listed") { assert_includes get("/books").body, "<p>ONE</p>" }
  test("titled") { assert_includes get("/books").body, "All books" }
  test("shown") { assert_includes get("/books/#{books(:two).id}").body, "Two (published)" }
end
