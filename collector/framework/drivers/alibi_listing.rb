# frozen_string_literal: true

require "json"

# What the lists of tests of Ruby's frameworks share, for `alibi plan`; written beside each of them.
module AlibiListing
  OUTPUT = ENV.delete("ALIBI_DISCOVERY")
  RESTORE = ENV.delete("ALIBI_DISCOVERY_RESTORE").to_s
  REASON = "nothing it depends on has changed"

  module_function

  # What evidence is compared with is a plain run.
  def restore
    RESTORE.each_line(chomp: true) do |line|
      name, separator, value = line.partition("=")
      separator.empty? ? ENV.delete(name) : ENV[name] = value
    end
  end

  def lines(tests) = tests.map { |test| "#{JSON.generate(test)}\n" }.join

  # As the intake knows it, where the library is there.
  def known_as(name) = defined?(Testalibi::IntakeName) ? Testalibi::IntakeName.of(name) : name
end
