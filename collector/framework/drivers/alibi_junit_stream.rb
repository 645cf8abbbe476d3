# frozen_string_literal: true

# A JUnit report that has every test that ended, also where its process dies. Written beside what reports.
class AlibiJunitStream
  OPEN = File.method(:open) # as it is now: tests replace it

  def initialize(path, name)
    @path = File.expand_path(path)
    @process = Process.pid
    put(%(<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="#{name}">\n), "wb")
  end

  # Opened for each: tests close descriptors, and open files of their own under the same numbers.
  def put(xml, mode = "ab")
    OPEN.call(@path, mode) { |file| file.write(xml) } if Process.pid == @process
  rescue SystemCallError, IOError
    nil # who reads it sees that it is not whole
  end

  def finish = put("</testsuite>\n")
end
