# frozen_string_literal: true

module Testalibi
  VERSION = "0.1.0"
end
