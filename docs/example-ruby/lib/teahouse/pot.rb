# frozen_string_literal: true

module Teahouse
  # Holds tea, and pours it.
  class Pot
    CUPS = 4
    attr_reader :cups, :tea

    def initialize(tea)
      @tea = tea
      @cups = CUPS
    end

    def pour
      raise "the pot is empty" if empty?

      @cups -= 1
      tea
    end

    def empty? = @cups.zero?
  end
end
