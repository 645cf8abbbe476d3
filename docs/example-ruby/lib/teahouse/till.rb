# frozen_string_literal: true

module Teahouse
  # Adds up.
  class Till
    DISCOUNT = 10 # percent, from four cups on

    def initialize = @teas = []

    def sell(tea)
      @teas << tea
      self
    end

    def total
      sum = @teas.sum { |tea| Menu.price(tea) }
      sum -= sum * DISCOUNT / 100 if @teas.size >= 4
      sum + sum * tax / 100
    end

    private

    def tax = ENV.fetch("TEAHOUSE_TAX", "0").to_i
  end
end
