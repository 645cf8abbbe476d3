# frozen_string_literal: true

require_relative "lib"
require_relative "ends"

raise "wrong" unless work(6) == 8

Ends.end(ARGV.fetch(0).to_sym)
