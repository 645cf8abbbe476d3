# frozen_string_literal: true

require_relative "native_case"

# Variables of the environment, features that are not there, gems.
class TestInputsEnvironment < NativeCase
  def test_each_way_of_reading_a_variable
    ways = { brackets: 'ENV["FOO"]', fetch: 'ENV.fetch("FOO", 1)', key: 'ENV.key?("FOO")', include: 'ENV.include?("FOO")',
             dig: 'ENV.values_at("FOO")', slice: 'ENV.slice("FOO")', assoc: 'ENV.assoc("FOO")' }
    evidence = record(ways, environment: { "FOO" => "1" })
    ways.each_key { |name| assert_equal [:present], evidence.find(name.to_s, :environment, "FOO").map(&:state), name }
  end

  def test_a_variable_that_is_not_set
    evidence = record({ absent: 'ENV["FOO"]' })
    assert_equal [:absent], evidence.find("absent", :environment, "FOO").map(&:state)
  end

  ALL = { to_h: "ENV.to_h", each: "ENV.each { |_| 1 }", keys: "ENV.keys", values: "ENV.values", select: "ENV.select { |_| 1 }",
          map: "ENV.map { |_| 1 }", inspect: "ENV.inspect", value: 'ENV.value?("1")', key: 'ENV.key("1")', to_a: "ENV.to_a",
          each_key: "ENV.each_key { |_| 1 }", find: 'ENV.find { |name, _| name == "FOO" }', to_hash: "Hash[ENV]",
          any: 'ENV.any? { |name, _| name == "FOO" }', reject: "ENV.reject { |_| 1 }", merged: "{}.merge(ENV)" }.freeze

  def test_each_way_of_reading_all_variables
    evidence = record(ALL, environment: { "FOO" => "1" })
    ALL.each_key { |name| assert_equal 1, evidence.find(name.to_s, :environment, "*").size, "#{name}: #{evidence.of(name.to_s)}" }
  end

  def test_what_the_session_sets
    tests = { sets: 'ENV["FOO"] = "1"; ENV["FOO"]', reads: 'ENV["FOO"]', all: "ENV.to_h", deletes: 'ENV.delete("BAR"); ENV["BAR"]',
              restores: 'old = ENV["BAZ"]; ENV["BAZ"] = "2"; ENV["BAZ"] = old' }
    evidence = record(tests, environment: { "BAR" => "1", "BAZ" => "1" })
    assert_equal [["present", "session"]], evidence.find("sets", :environment, "FOO").map { |input| [input.state.to_s, input.detail] }
    assert_equal [:present], evidence.find("sets", :written, "environ:FOO").map(&:state)
    assert_equal ["session"], evidence.find("reads", :environment, "FOO").map(&:detail)
    assert_equal ["session"], evidence.find("all", :environment, "FOO").map(&:detail)
    assert_equal [:absent], evidence.find("deletes", :written, "environ:BAR").map(&:state)
    assert_empty evidence.find("restores", :written, "environ:BAZ")
    assert_equal [""], evidence.find("restores", :environment, "BAZ").map(&:detail)
  end

  def test_in_a_body_that_is_loaded
    evidence = record({ nothing: "1" }, before: 'FOO = ENV["FOO"]')
    assert_equal ["import:#{@root}/subject.rb\nline:2"], evidence.find("session", :environment, "FOO").map(&:detail)
  end

  def test_features_that_are_not_there
    before = '$LOAD_PATH.unshift(File.expand_path("lib", __dir__))'
    missing = ->(feature) { "begin; require #{feature.inspect}; rescue LoadError; end" }
    tests = { missing: missing["no/such"], relative: 'begin; require_relative "near"; rescue LoadError; end',
              loaded: 'begin; load "no.rb"; rescue LoadError; end', other: "begin; raise ArgumentError; rescue ArgumentError; end" }
    evidence = record(tests, files: { "lib/x.rb" => "" }, before: before)
    assert_equal [:none], evidence.find("missing", :import, "no/such").map(&:state)
    assert_equal [:absent], evidence.find("missing", :file, "lib/no/such.rb").map(&:state)
    assert_equal [:absent], evidence.find("relative", :file, "near.rb").map(&:state)
    assert_equal [:none], evidence.find("loaded", :import, "no.rb").map(&:state)
    assert_empty evidence.of("other")
  end

  def test_gems_are_known_by_their_specifications
    evidence = record({ activates: 'require "minitest"' })
    specifications = evidence.of("session").map(&:subject).grep(/\.gemspec\z/)
    assert(specifications.any? { |path| path.include?("/minitest-") }, specifications.to_s)
    assert(evidence.of("session").any? { |input| input.kind == :directory && input.subject.include?("specifications") })
  end

  def test_gems_are_known_by_the_lock_file_where_there_is_one
    require "bundler"
    files = { "Gemfile" => "", "Gemfile.lock" => "GEM\n  specs:\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n\nBUNDLED WITH\n   #{Bundler::VERSION}\n" }
    evidence = record({ nothing: "1" }, files: files, environment: { "RUBYOPT" => "-rbundler/setup", "BUNDLE_GEMFILE" => File.join(@root, "Gemfile") })
    assert_equal [:present], evidence.find("session", :file, "Gemfile.lock").map(&:state)
    refute(evidence.of("session").any? { |input| input.kind == :directory && input.subject.include?("specifications") })
  end
end
