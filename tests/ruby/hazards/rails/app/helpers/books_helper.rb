# frozen_string_literal: true

module BooksHelper
  def shout(text)
    text.upcase
  end
end
