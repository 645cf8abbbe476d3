# frozen_string_literal: true

require_relative "project"

# Programs that start a framework in their own way, or stand around its tests.
class RunnersTest < FrameworkCase
  def project_files
    {
      "lib/one.rb" => "module One\n  def self.value = 1\nend\n", "lib/two.rb" => "module Two\n  def self.value = 2\nend\n",
      "spec/one_spec.rb" => spec("One", 1), "spec/two_spec.rb" => spec("Two", 2), ".rspec" => "--require testalibi/rspec\n",
      "test/one_test.rb" => unit("One", 1), "test/two_test.rb" => unit("Two", 2), "test/test_helper.rb" => <<~RUBY
        require "testalibi/minitest"
        require "minitest/autorun"
        #{SAY_SO}
      RUBY
    }
  end

  def test_parallel_rspec
    assert_selects("parallel_tests", "parallel_rspec", "-n", "2", "spec")
  end

  def test_parallel_test
    assert_selects("parallel_tests", "parallel_test", "-n", "2", "test")
  end

  def test_minitest_around
    available("minitest/around")
    @project.write("lib/wrap.rb" => "module Wrap\n  def self.around = yield\nend\n", "test/one_test.rb" => <<~RUBY)
      require_relative "test_helper"
      require "minitest/around/unit"
      require_relative "../lib/wrap"

      class AroundTest < Minitest::Test
        def around(&test) = Wrap.around(&test)
        def test_value = ran("One")
      end
    RUBY
    command = [FrameworkProject::RUBY, "-e", "Dir['./test/*_test.rb'].sort.each { |file| require file }"]
    assert_selects(nil, *command)
    @project.edit("lib/wrap.rb", "yield", "(yield; 1)")
    assert_equal ["One"], @project.run(*command).ran
  end

  # As libraries did before there was `prepend`.
  AROUND = <<~RUBY
    alias_method :run_without_wrap, :run
    def run(*arguments, **options, &block) = Wrap.around { run_without_wrap(*arguments, **options, &block) }
  RUBY

  def test_others_that_stand_around_a_test_by_an_alias
    wrap = "module Wrap\n  def self.around = yield\nend\n"
    { "Minitest::Test" => "testalibi/minitest", "Test::Unit::TestCase" => "testalibi/test_unit" }.each do |test_case, ours|
      FileUtils.rm_rf(File.join(@project.path, ".alibi"))
      available(ours == "testalibi/minitest" ? "minitest" : "test/unit/version")
      @project.write("lib/wrap.rb" => wrap, "test/one_test.rb" => <<~RUBY)
        require #{ours.inspect}
        require #{ours == "testalibi/minitest" ? '"minitest/autorun"' : '"test/unit"'}
        require_relative "../lib/wrap"
        #{SAY_SO}
        #{test_case}.class_eval { #{AROUND} }
        class OneTest < #{test_case}
          def test_one = ran("One")
          def test_two = ran("Two")
        end
      RUBY
      assert_wrapped(FrameworkProject::RUBY, "test/one_test.rb")
    end
  end

  def test_others_that_stand_around_an_example_by_an_alias
    @project.write("lib/wrap.rb" => "module Wrap\n  def self.around = yield\nend\n", "spec/one_spec.rb" => <<~RUBY)
      require_relative "../lib/wrap"
      RSpec::Core::Example.class_eval { #{AROUND} }
      describe "one" do
        #{SAY_SO}
        it("one") { ran "One" }
        it("two") { ran "Two" }
      end
    RUBY
    assert_wrapped("rspec", "spec/one_spec.rb")
  end

  def test_the_runner_of_rails
    available("rails")
    @project.write(rails)
    assert_selects(nil, FrameworkProject::RUBY, "bin/rails", "test", file: "app/models/two.rb")
    @project.edit("app/models/one.rb", "= 1", "= 1 + 0")
    assert_equal [], @project.run(FrameworkProject::RUBY, "bin/rails", "test", "test/two_test.rb").ran
    assert_equal ["One"], @project.run(FrameworkProject::RUBY, "bin/rails", "test").ran
  end

  private

  def spec(name, value) = <<~RUBY
    require_relative "../lib/#{name.downcase}"
    describe #{name.inspect} do
      it("has a value") { #{SAY_SO.strip}; ran #{name.inspect}; expect(#{name}.value).to eq(#{value}) }
    end
  RUBY

  def unit(name, value) = <<~RUBY
    require_relative "test_helper"
    require_relative "../lib/#{name.downcase}"
    class #{name}Test < Minitest::Test
      def test_value
        ran #{name.inspect}
        assert_equal #{value}, #{name}.value
      end
    end
  RUBY

  def rails
    {
      "bin/rails" => "APP_PATH = File.expand_path('../config/application', __dir__)\nrequire 'pathname'\nrequire 'rails/commands'\n",
      "config/application.rb" => <<~RUBY, "test/test_helper.rb" => <<~RUBY,
        require "rails"
        class Shop < Rails::Application
          config.eager_load = false
          config.logger = Logger.new(nil)
        end
      RUBY
        require "testalibi/minitest"
        ENV["RAILS_ENV"] = "test"
        require_relative "../config/application"
        Rails.application.initialize!
        require "rails/test_help"
        #{SAY_SO}
      RUBY
      "app/models/one.rb" => "module One\n  def self.value = 1\nend\n", "app/models/two.rb" => "module Two\n  def self.value = 2\nend\n",
      "test/one_test.rb" => unit("One", 1).sub(%r{^require_relative "\.\./.*\n}, ""), "test/two_test.rb" => unit("Two", 2).sub(%r{^require_relative "\.\./.*\n}, "")
    }
  end

  def available(feature)
    found = @project.run(FrameworkProject::RUBY, "-r#{feature}", "-e", "1", alibi: false)
    skip "#{feature} cannot be loaded: #{found.errors.lines.first}" unless found.status.zero?
  end

  def assert_wrapped(*command)
    runs = Array.new(2) { @project.run(*command) }
    assert_equal [%w[One Two], []], runs.map(&:ran), runs.map { |run| run.text + run.errors[0, 2000] }.join
    @project.edit("lib/wrap.rb", "= yield", "= [yield].first")
    assert_equal %w[One Two], @project.run(*command).ran.uniq
  end

  # All tests run first, then none, then those that the change can break.
  def assert_selects(feature, *command, file: "lib/two.rb")
    available(feature) if feature
    runs = Array.new(2) { @project.run(*command) }
    assert_equal [%w[One Two], []], runs.map(&:ran), runs.map { |run| run.text + run.errors }.join
    @project.edit(file, "= 2", "= 2 + 0")
    assert_equal ["Two"], @project.run(*command).ran
  end
end
