# frozen_string_literal: true

require_relative "../frameworks/project"
require_relative "case"
require "json"

# Judges a row: records, edits, runs, and holds what ran against what had to.
#
# With ALIBI_HAZARDS=full it also runs everything without Alibi before and after the edit, so that a row whose
# edit changes no outcome is found out, and selects before the edit, so that tests that would run anyway are.
class Judge
  FULL = ENV["ALIBI_HAZARDS"] == "full"
  RSPEC = %w[rspec --format json --out .result.json --format progress].freeze
  MINITEST = ["ruby", "-Ilib", "-Itest", "-e", 'Dir["./test/**/*_test.rb"].sort.each { |file| require file }', "--", "-v", "--seed", "1"].freeze
  MINITEST_LINE = /^\w+#test_(\S+)(?: .*)? = [\d.]+ s = ([.FES])/.freeze
  LETTERS = { "." => "passed", "F" => "failed", "E" => "failed", "S" => "pending" }.freeze
  NO_FILE = ".no-options"

  # outcomes: test => how it ended. text: all that was said.
  Run = Struct.new(:outcomes, :text, :status)

  def initialize(row)
    @row = row
    @project = FrameworkProject.new
  end

  # Texts that say what is wrong; none: the row holds.
  def verdict
    @project.write(dot_rspec) if @row.framework == :rspec
    @project.write(@row.files)
    @row.prepare&.call(@project)
    judge
  ensure
    @project.close
  end

  private

  def dot_rspec
    { ".rspec" => "--require testalibi/rspec\n" }
  end

  def judge
    plain_before = run(alibi: false) if FULL
    recorded = run
    return ["recorded nothing (status #{recorded.status})\n#{recorded.text}"] unless recorded.text.match?(/^alibi: recorded/)

    @problems = []
    note_idle(recorded) if FULL && !@row.unrecorded
    edit
    plain_after = run(alibi: false, environment: after_environment) if FULL
    selected = run(environment: after_environment)
    hold(selected)
    note_truth(plain_before, plain_after) if FULL
    @problems << selected.text unless @problems.empty?
    @problems
  end

  def after_environment = @row.environment_after || @row.environment

  def run(alibi: true, environment: @row.environment)
    environment = { "ALIBI_EXPLAIN" => "reasons" }.merge(environment || {})
    command = @row.framework == :rspec ? RSPEC : MINITEST
    out = @project.run(*command, *@row.arguments, alibi: alibi, env: environment)
    outcomes = @row.framework == :rspec ? of_rspec : of_minitest(out.text)
    Run.new(outcomes, out.text + out.errors, out.status)
  end

  def of_rspec
    result = File.join(@project.path, ".result.json")
    return {} unless File.exist?(result)

    examples = JSON.parse(File.read(result)).fetch("examples")
    File.delete(result)
    examples.to_h { |example| [example["full_description"].split.last, example["status"]] }
  end

  def of_minitest(text)
    text.scan(MINITEST_LINE).to_h { |name, letter| [name, LETTERS.fetch(letter)] }
  end

  def note_idle(recorded)
    idle = run.outcomes.keys - recorded.outcomes.reject { |_, outcome| outcome == "passed" }.keys
    @problems << "ran though nothing changed: #{idle.join(" ")}" unless idle.empty?
  end

  def hold(selected)
    ran = selected.outcomes.keys
    missed = @row.must - ran
    over = ran - @row.must - @row.may
    @problems << "missed: #{missed.join(" ")}" unless missed.empty?
    @problems << "ran without need: #{over.join(" ")}" unless over.empty?
  end

  def note_truth(before, after)
    differing = (before.outcomes.keys | after.outcomes.keys).select { |test| before.outcomes[test] != after.outcomes[test] }
    differing &= after.outcomes.keys
    unknown = differing - @row.must
    inert = @row.must - differing
    @problems << "must run as well: #{unknown.join(" ")}" unless unknown.empty?
    @problems << "inert: #{inert.join(" ")} ends as before\n#{after.text}" unless inert.empty? || @row.same_outcome
  end

  def edit
    return @row.edit.call(@project) if @row.edit.respond_to?(:call)

    (@row.edit || {}).each { |name, to| change(name, to) }
  end

  def change(name, change)
    whole = File.join(@project.path, name)
    case change
    when nil then FileUtils.rm_rf(whole)
    when String then @project.write(name => change)
    when Array then pairs(change).each { |from, to| @project.edit(name, from, to) }
    else @project.write(name => change.call(File.read(whole)))
    end
  end

  def pairs(change) = change.first.is_a?(Array) ? change : [change]
end
