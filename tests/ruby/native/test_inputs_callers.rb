# frozen_string_literal: true

require_relative "native_case"

# Whose an input is, by the code between the call and the project.
class TestInputsCallers < NativeCase
  # A library of that name and path, with a method that reads what it is given.
  def library(path, name)
    whole = File.join(@folder, "gems", path)
    FileUtils.mkdir_p(File.dirname(whole))
    File.write(whole, "module #{name}\n  def self.read(path) = File.read(path)\n  def self.call = yield\nend\n")
    "require #{whole.inspect}\n"
  end

  def reading(path)
    evidence = record({ reads: 'Between.read("a.txt")' }, files: { "a.txt" => "a" }, before: library(path, "Between"))
    evidence.find("reads", :file, "a.txt").size
  end

  def test_a_library_reads_for_the_project
    assert_equal 1, reading("yaml-1.0/lib/yaml/reader.rb")
  end

  def test_a_runner_reads_for_itself
    %w[rspec-core-3.12.0/lib/rspec/core/runner.rb minitest-5.17.0/lib/minitest/plugin.rb test-unit-3.5/lib/test/unit/runner.rb
       cucumber-9.0/lib/cucumber/runtime.rb simplecov-0.22/lib/simplecov/source_file.rb].each do |path|
      assert_equal 0, reading(path), path
    end
  end

  def test_what_does_as_the_test_says
    %w[rspec-mocks-3.12.0/lib/rspec/mocks/double.rb rspec-expectations-3.12.0/lib/rspec/matchers.rb
       minitest-5.17.0/lib/minitest/assertions.rb rubygems/specification.rb rails/gems/bundler-2.4/lib/bundler/dsl.rb].each do |path|
      assert_equal 1, reading(path), path
    end
  end

  def test_code_of_the_project_that_a_runner_calls
    evidence = record({ reads: 'Between.call { File.read("a.txt") }' }, files: { "a.txt" => "a" },
                                                                        before: library("rspec-core-3.12.0/lib/rspec/core/hooks.rb", "Between"))
    assert_equal 1, evidence.find("reads", :file, "a.txt").size
  end

  def test_what_a_library_keeps_counts_for_all
    evidence = record({ reads: 'Between.read("a.txt")' }, files: { "a.txt" => "a" },
                                                          before: library("i18n-1.10.0/lib/i18n/backend/base.rb", "Between"))
    assert_equal 1, evidence.find("reads", :file, "a.txt").size
    assert_equal 1, evidence.find("session", :file, "a.txt").size
  end

  def test_code_outside_of_the_project_reads_nothing_between_tests
    evidence = record({ nothing: "1" }, files: { "a.txt" => "a" }, after: 'File.read("a.txt")')
    assert_empty evidence.find("session", :file, "a.txt")
  end

  def test_deep_stacks
    before = "def deep(n) = n.zero? ? Between.call { Between.read('a.txt') } : Between.call { deep(n - 1) }\n"
    evidence = record({ reads: "deep(300)" }, files: { "a.txt" => "a" }, before: library("x-1/lib/x.rb", "Between") + before)
    assert_equal 1, evidence.find("reads", :file, "a.txt").size
  end

  def test_far_from_the_project
    path = File.join(@folder, "gems", "far-1", "lib", "far.rb")
    FileUtils.mkdir_p(File.dirname(path))
    File.write(path, "def far(n) = n.zero? ? File.read('a.txt') : far(n - 1)\n")
    tests = { reads: "far(700)", loads: 'require_relative "late"' }
    evidence = record(tests, files: { "a.txt" => "a", "late.rb" => "# late\nfar(500)\n" }, before: "require #{path.inspect}\n")
    assert_equal 1, evidence.find("reads", :file, "a.txt").size
    assert_equal ["import:#{@root}/late.rb\nline:2"], evidence.find("loads", :file, "a.txt").map(&:detail)
  end
end
