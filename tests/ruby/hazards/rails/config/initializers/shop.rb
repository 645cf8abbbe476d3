# frozen_string_literal: true

module Shop
  CURRENCY = "EUR"
  LIMIT = 10
end
