# frozen_string_literal: true

require "test_helper"

class PagesRequestTest < ActiveSupport::TestCase
  include Rack::Test::Methods

  def app = Routes

  test("about") { assert_equal "about us", get("/about").body }
end
