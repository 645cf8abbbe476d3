# frozen_string_literal: true

module Teahouse
  # Teas that are mixed in the house.
  module Blends
    MORNING = %w[assam mint].freeze
    EVENING = %w[mint sencha].freeze

    def self.for(time) = const_get(time.to_s.upcase)
    def self.price(time) = self.for(time).sum { |tea| Menu.price(tea) } / 2
  end
end
