# frozen_string_literal: true

module Teahouse
  autoload :Blends, "teahouse/blends"
end

require "teahouse/menu"
require "teahouse/pot"
require "teahouse/till"
