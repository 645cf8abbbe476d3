# frozen_string_literal: true

require "yaml"

module Teahouse
  # What there is, and what it costs in cents.
  module Menu
    PRICES = YAML.load_file(File.expand_path("../../data/teas.yml", __dir__)).freeze

    def self.price(tea) = PRICES.fetch(tea.to_s)
  end
end
