# frozen_string_literal: true

require_relative "judge"
require_relative "known"
Dir[File.join(__dir__, "rows/*.rb")].sort.each { |file| require file }

# Each row is a test: test_<group>_<title>. Rows that are known not to hold fail when they do.
class HazardsTest < Minitest::Test
  parallelize_me!

  Rows::ALL.each do |row|
    define_method("test_#{row.id.gsub(/\W+/, "_")}") { hold(row) }
  end

  def self.rails?
    @rails ||= system(FrameworkProject::RUBY, "-e", "%w[active_record action_view sqlite3].each { |name| require name }", err: File::NULL)
  end

  private

  def hold(row)
    skip("no Rails with SQLite here") if row.group == "rails" && !self.class.rails?
    problems = Judge.new(row).verdict
    known = row.known_miss || row.known_over || KNOWN_OVER[row.id]
    return assert_empty(problems, "#{row.id}\n#{problems.join("\n")}") unless known

    refute_empty(problems, "#{row.id} holds now; it is down as known: #{known}")
    expected = row.known_miss ? /^missed/ : /^ran without need/
    problems.each { |problem| assert_match(expected, problem) if problem.match?(/\A(missed|ran without|inert|must)/) }
    skip("known: #{known}")
  end
end
