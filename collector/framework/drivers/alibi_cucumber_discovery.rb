# frozen_string_literal: true

require "json"
require "cucumber"
require_relative "alibi_listing"

# `cucumber --dry-run --format AlibiCucumberDiscovery --out FILE`: writes the scenarios, one JSON object a line, for
# `alibi plan`.
class AlibiCucumberDiscovery
  include AlibiListing

  MAJOR = Cucumber::VERSION.to_i
  $LOAD_PATH.delete(__dir__)
  %w[testalibi/intake_name testalibi/cucumber/outline_rows].each do |file|
    require file
  rescue LoadError
    nil # names as they are, rows unknown
  end

  def initialize(config)
    @output = config.out_stream
    @features = {}
    @rows = defined?(Testalibi::Cucumber::OutlineRows) ? Testalibi::Cucumber::OutlineRows.new : nil
    config.on_event(:gherkin_source_parsed) { |event| parsed(event.gherkin_document) } if MAJOR >= 4
    @lines = []
    config.on_event(MAJOR >= 3 ? :test_case_finished : :after_test_case) { |event| @lines << line(event.test_case) }
    config.on_event(MAJOR >= 3 ? :test_run_finished : :finished_testing) { write }
  end

  private

  def parsed(document)
    @features[document.uri] = document.feature&.name
    @rows.read(document.uri, document.feature) if @rows && document.feature
  end

  def line(test_case)
    location = test_case.location
    file = location.file.to_s.delete_prefix("./").delete_prefix("#{Dir.pwd}/")
    row = @rows&.at(location.file, location.line)
    { name: known_as(test_case.name), suite: known_as("#{feature(test_case)} at #{location.file}"), module: "cucumber",
      parameters: row ? JSON.generate("arguments" => row, "metadata" => {}) : "", suiteSourceFile: file,
      selector: "#{file}:#{location.line}", group: "", skipped: false, reason: "" }
  end

  def feature(test_case)
    return test_case.feature.name if test_case.respond_to?(:feature)

    @features[test_case.location.file] || "feature"
  end

  def write
    text = lines(@lines)
    return File.write(@output, text) if @output.is_a?(String)

    @output.write(text)
    @output.flush
  end
end
