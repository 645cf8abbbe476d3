# frozen_string_literal: true

class Book < ApplicationRecord
  include Priced

  belongs_to :author, optional: true

  enum status: { draft: 0, published: 1 }

  scope :cheap, -> { where("price < ?", Shop::LIMIT) }

  before_save :set_slug

  def label
    "#{title} (#{status})"
  end

  private

  def set_slug
    self.slug = title.parameterize
  end
end
