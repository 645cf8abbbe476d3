# frozen_string_literal: true

require "test_helper"

class PlainTest < Minitest::Test
  def test_german = assert_equal("Alle Buecher", I18n.t("books.title", locale: :de))
  def test_plain = assert_equal(2, 1 + 1)
end
