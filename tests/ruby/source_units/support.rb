# frozen_string_literal: true

require "json"
require "minitest/autorun"
require "open3"
require "rbconfig"

# Asks the extractor, and compares what it says of two texts as the collector does
# (collector/change/units_difference.cc).
module SourceUnits
  FOLDER = File.expand_path("../../../ruby_ext/lib/testalibi/source_units", __dir__)
  $LOAD_PATH.unshift(FOLDER)
  require "protocol"

  Difference = Struct.new(:functions, :old, :new, :annotations, :positions) do
    def nothing?
      functions.empty? && old.empty? && new.empty? && annotations.empty?
    end
  end

  def units(text)
    Testalibi::SourceUnits::Protocol.answer_for(text.b.dup).tap do |answer|
      raise answer["error"] if answer["error"]
    end
  end

  def function(text, name)
    units(text)["functions"].find { |unit| unit["name"] == name } || flunk("no #{name}: #{names_of(text)}")
  end

  def names_of(text)
    units(text)["functions"].map { |unit| unit["name"] }
  end

  def statements(text)
    units(text)["statements"]
  end

  # The statement that binds the name.
  def binder(text, name)
    statements(text).find { |unit| unit["binds"].include?(name) } || flunk("nothing binds #{name}: #{statements(text)}")
  end

  def head(text, name)
    statements(text).find { |unit| unit["head"] == name } ||
      flunk("no #{name}: #{statements(text).map { |unit| unit["head"] }}")
  end

  def names_in(reads)
    [*reads["a"], *reads["d"]]
  end

  def changed(before, after)
    old, now = [before, after].map { |text| units(text) }
    present = now["functions"].to_h { |unit| [[unit["name"], unit["ordinal"]], unit] }
    functions = old["functions"].reject { |unit| match?(unit, present) }
    moved = old["functions"].reject { |unit| match?(unit, present, "pos") }
    gone, added = changed_statements(old["statements"], now["statements"])
    annotations = (old["annotations"].to_a - now["annotations"].to_a) + (now["annotations"].to_a - old["annotations"].to_a)
    Difference.new(functions.map { |unit| unit["name"] }, gone.map { |unit| name_of(unit) },
                   added.map { |unit| name_of(unit) }, annotations.map(&:first).uniq,
                   moved.map { |unit| unit["name"] })
  end

  def assert_unchanged(before, after)
    difference = changed(before, after)
    assert_predicate difference, :nothing?, difference.inspect
  end

  private

  def match?(unit, present, key = "fp")
    present[[unit["name"], unit["ordinal"]]]&.fetch(key) == unit[key]
  end

  def name_of(statement)
    what = statement["binds"].join(",")
    what = "line #{statement["line"]}" if what.empty?
    statement["class"].empty? ? what : "#{statement["class"]}.#{what}"
  end

  def key(statement)
    statement.values_at("class", "fp")
  end

  def changed_statements(old, now)
    kept_old, kept_new = longest_common(old.map { |unit| key(unit) }, now.map { |unit| key(unit) })
    gone = old.each_index.reject { |i| kept_old.include?(i) }.map { |i| old[i] }
    added = now.each_index.reject { |i| kept_new.include?(i) }.map { |i| now[i] }
    gone.reject! do |unit|
      next unless unit["order_free"] && alone?(unit, old)

      place = added.index { |other| key(other) == key(unit) && alone?(other, now) }
      added.delete_at(place) if place
    end
    [gone, added]
  end

  def alone?(unit, all)
    unit["binds"].all? { |name| all.count { |o| o["class"] == unit["class"] && o["binds"].include?(name) } == 1 }
  end

  def longest_common(one, other)
    table = Array.new(one.size + 1) { Array.new(other.size + 1, 0) }
    (one.size - 1).downto(0) do |i|
      (other.size - 1).downto(0) do |j|
        table[i][j] = one[i] == other[j] ? table[i + 1][j + 1] + 1 : [table[i + 1][j], table[i][j + 1]].max
      end
    end
    walk_table(table, one, other)
  end

  def walk_table(table, one, other)
    kept = [[], []]
    i = j = 0
    while i < one.size && j < other.size
      if one[i] == other[j]
        kept[0] << i
        kept[1] << j
        i += 1
        j += 1
      elsif table[i + 1][j] >= table[i][j + 1] then i += 1
      else j += 1
      end
    end
    kept
  end
end
