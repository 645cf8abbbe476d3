# frozen_string_literal: true

module Priced
  extend ActiveSupport::Concern

  included do
    validates :price, numericality: { greater_than: 0 }
  end

  def price_text
    "#{price} #{Shop::CURRENCY}"
  end
end
