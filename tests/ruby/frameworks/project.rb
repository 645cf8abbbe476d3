# frozen_string_literal: true

require "fileutils"
require "json"
require "minitest/autorun"
require "open3"
require "rbconfig"
require "tmpdir"

# A small project in a folder of its own, whose framework is run as a user runs it.
#
#   ALIBI_RUBY         the interpreter, default: this one
#   ALIBI_RUBY_BUILD   folder with testalibi_native-<abi>.so, default: build/test/ruby_ext
#   ALIBI_COMMAND      the command, default: build/test/collector/cli/alibi
#   ALIBI_TEST_LOAD    folders that go before all others on the load path: another version of a framework
#   ALIBI_TEST_KEEP    leave the projects there, and say where they are
class FrameworkProject
  CHECKOUT = File.expand_path("../../..", __dir__)
  LIBRARY = File.join(CHECKOUT, "ruby_ext/lib")
  RUBY = ENV.fetch("ALIBI_RUBY", RbConfig.ruby)
  COMMAND = File.expand_path(ENV.fetch("ALIBI_COMMAND", File.join(CHECKOUT, "build/test/collector/cli/alibi")))
  BUILD = File.expand_path(ENV.fetch("ALIBI_RUBY_BUILD", File.join(CHECKOUT, "build/test/ruby_ext")))

  # What a run printed: of Alibi, and of the framework. `ran`: what the tests said with `ran "name"`.
  Outcome = Struct.new(:text, :errors, :status) do
    def alibi = text.lines.grep(/^alibi: /).join
    def own = text.lines.reject { |line| line.start_with?("alibi: ") }.join
    def ran = errors.scan(/^RAN (.*)$/).flatten.sort
  end

  attr_reader :path

  def initialize
    @path = File.realpath(Dir.mktmpdir("alibi-frameworks"))
    @native = Dir.mktmpdir("alibi-native")
    built = Dir[File.join(BUILD, "testalibi_native-#{abi}.so")].first or raise "#{BUILD} holds no extension for #{abi}"
    File.symlink(built, File.join(@native, "testalibi_native.so"))
    preload = File.expand_path("../tracer/preload/libalibi_preload.so", BUILD)
    File.symlink(preload, File.join(@native, "libalibi_preload.so")) if File.file?(preload)
  end

  def close
    return warn("kept: #{@path}") if ENV["ALIBI_TEST_KEEP"]

    [@path, @native, "#{@path}-surprise.rb"].each { |folder| FileUtils.rm_rf(folder) }
  end

  def write(files)
    files.each do |name, text|
      whole = File.join(@path, name.to_s)
      FileUtils.mkdir_p(File.dirname(whole))
      File.write(whole, text)
    end
  end

  def edit(name, from, to)
    whole = File.join(@path, name)
    text = File.read(whole)
    raise "#{name} has no #{from.inspect}" unless text.include?(from)

    File.write(whole, text.sub(from) { to })
  end

  def run(*command, alibi: true, env: {}, input: "")
    text, errors, status = Open3.capture3(environ(alibi).merge(env), *command, chdir: @path, stdin_data: input)
    Outcome.new(text, errors, status.exitstatus)
  end

  # The evidence of the only test whose id matches.
  def evidence(pattern)
    text, errors, status = Open3.capture3(COMMAND, "show", "--json", pattern, chdir: @path)
    raise errors unless status.success?

    tests = JSON.parse(text).fetch("tests")
    raise "#{tests.size} tests match #{pattern}" unless tests.size == 1

    tests.first
  end

  def ids
    text, _errors, _status = Open3.capture3(COMMAND, "list", "--json", chdir: @path)
    text.scan(/"(?:id|test)":"((?:[^"\\]|\\.)*)"/).flatten.map { |id| JSON.parse("\"#{id}\"") }.sort
  end

  private

  def environ(alibi)
    { "ALIBI" => alibi ? "1" : nil, "ALIBI_RUBY_NATIVE_DIR" => @native, "ALIBI_COMMAND" => COMMAND,
      "RUBYLIB" => [ENV.fetch("ALIBI_TEST_LOAD", nil), LIBRARY].compact.join(":"), "RUBYOPT" => nil, "ALIBI_SESSION" => nil, "SPEC_OPTS" => nil }
  end

  def abi
    return RbConfig::CONFIG["ruby_version"] if RUBY == RbConfig.ruby

    Open3.capture2(RUBY, "--disable-gems", "-rrbconfig", "-e", 'print RbConfig::CONFIG["ruby_version"]').first
  end
end

# Cases share: a project, written by `project_files`, and runs of it.
class FrameworkCase < Minitest::Test
  SAY_SO = "def ran(name) = $stderr.write(\"RAN \#{name}\\n\")\n"
  # Times and rates differ from run to run.
  CHANGING = [/\d+\.\d+(e-\d+)?/, /seed\D*\d+/i, /\s+/].freeze

  def setup
    @project = FrameworkProject.new
    @project.write(project_files)
  end

  def teardown = @project.close

  # Runs with and without Alibi end alike, and say the same.
  def assert_unchanged(*command, **options)
    plain = @project.run(*command, alibi: false, **options)
    recorded = @project.run(*command, **options)
    assert_equal [plain.status, plain.ran, settled(plain.own)], [recorded.status, recorded.ran, settled(recorded.own)],
                 recorded.errors
    assert_empty settled(recorded.errors.lines.grep_v(/^RAN /).join).sub(settled(plain.errors.lines.grep_v(/^RAN /).join), "")
    recorded
  end

  # An environment in which this method of Alibi's raises.
  def surprised_by(method)
    FileUtils.rm_rf(File.join(@project.path, ".alibi"))
    owner, name = method.split("#")
    @project.write("../#{File.basename(@project.path)}-surprise.rb" => <<~RUBY)
      TracePoint.trace(:end) do |point|
        next unless point.self.name == "Testalibi::#{owner}" && point.self.method_defined?(:#{name})

        point.self.send(:define_method, :#{name}) { |*, **| raise "boom" }
      end
    RUBY
    { "RUBYOPT" => "-r#{@project.path}-surprise.rb" }
  end

  def settled(text) = CHANGING.inject(text) { |each, pattern| each.gsub(pattern, " ") }
end
