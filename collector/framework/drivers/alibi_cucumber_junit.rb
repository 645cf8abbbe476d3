# frozen_string_literal: true

require "cucumber"
require_relative "alibi_junit_text"

# `--format AlibiCucumberJunit --out FILE`: one JUnit report, where Cucumber's own formatter writes a folder.
class AlibiCucumberJunit
  include AlibiJunitText

  MAJOR = Cucumber::VERSION.to_i
  SKIPPED = %i[skipped pending undefined].freeze
  $LOAD_PATH.delete(__dir__)

  def initialize(config)
    @output = config.out_stream
    @cases = []
    config.on_event(MAJOR >= 3 ? :test_case_started : :before_test_case) { @began = now }
    config.on_event(MAJOR >= 3 ? :test_case_finished : :after_test_case) { |event| add(event.test_case, event.result) }
    config.on_event(MAJOR >= 3 ? :test_run_finished : :finished_testing) { write }
  end

  private

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

  def add(test_case, result)
    file = test_case.location.file.to_s.delete_prefix("./").delete_prefix("#{Dir.pwd}/")
    @cases << { file: file, name: test_case.name, time: now - @began, status: result.to_sym,
                error: (result.exception if result.respond_to?(:exception)) }
  end

  def write
    text = +%(<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="cucumber" tests="#{@cases.size}" )
    text << %(failures="#{count { |status| failed?(status) }}" errors="0" skipped="#{count { |status| SKIPPED.include?(status) }}" )
    text << %(time="#{seconds(@cases.sum { |each| each[:time] })}">\n)
    @cases.each { |each| text << testcase(each) }
    text << "</testsuite>\n"
    return File.write(@output, text) if @output.is_a?(String)

    @output.write(text)
    @output.flush
  end

  def count = @cases.count { |each| yield each[:status] }
  def failed?(status) = status != :passed && !SKIPPED.include?(status)
  def seconds(value) = format("%.6f", value)

  def testcase(each)
    %(<testcase classname="#{text(each[:file])}" name="#{text(each[:name])}" file="#{text(each[:file])}" ) +
      %(time="#{seconds(each[:time])}">#{ending(each)}</testcase>\n)
  end

  def ending(each)
    return %(<skipped message="#{text(each[:status])}"/>) if SKIPPED.include?(each[:status])
    return unless failed?(each[:status])

    error = each[:error]
    %(<failure message="#{text(error&.message)}" type="#{text(error&.class)}">#{text(error&.backtrace.to_a.join("\n"))}</failure>)
  end
end
