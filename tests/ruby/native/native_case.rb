# frozen_string_literal: true

# Runs a small project under the recorder, in a process of its own, and reads what was written.
#
# ALIBI_RUBY_NATIVE_DIR: the folder of testalibi_native.so; ALIBI_COMMAND: the collector.
require "English"
require "fileutils"
require "json"
require "minitest/autorun"
require "open3"
require "tmpdir"

class NativeCase < Minitest::Test
  KINDS = { 1 => :file, 2 => :directory, 3 => :probe, 4 => :environment, 5 => :process, 6 => :socket, 7 => :import,
            8 => :written, 9 => :option }.freeze
  STATES = { 1 => :present, 2 => :absent, 3 => :other, 4 => :none }.freeze

  Input = Struct.new(:context, :kind, :state, :subject, :detail, :hash, keyword_init: true) do
    def words = detail.split("\n")
  end

  # What was recorded, by all processes.
  class Evidence
    attr_reader :root, :output

    def initialize(shards, root, output)
      @shards = shards
      @root = root
      @output = output
      @names = { 0 => "session" }
      @main = shards.find { |records| records.first["role"] == "main" }
      @main.each { |record| @names[record["context"]] = record["name"] if record["record"] == "context" }
    end

    def name_of(context) = @names[context]
    def records(type) = @shards.flatten.select { |record| record["record"] == type }

    def inputs
      records("input").map do |record|
        Input.new(context: @names[record["context"]], kind: KINDS.fetch(record["kind"]),
                  state: STATES.fetch(record["state"]), subject: record["subject"], detail: record["detail"],
                  hash: record["hash"])
      end
    end

    # Of a context: [kind, state, subject below the project's root, or as it is] of what matters.
    def of(context) = inputs.select { |input| input.context == context }

    def find(context, kind, subject)
      whole = kind == :environment || kind == :socket || kind == :import || subject.start_with?("/") || subject.start_with?("environ:") ? subject : File.join(@root, subject)
      of(context).select { |input| input.kind == kind && input.subject == whole }
    end

    def programs(context)
      records("started").select { |record| @names[record["context"]] == context }.map { |record| record["command"] }
    end

    # Lines of a file that ran for a context, also in its children.
    def lines(context, file)
      number = @names.key(context)
      @shards.flat_map { |shard| lines_of(shard, number, file) }.uniq.sort
    end

    def drops = records("drop").to_h { |record| [record["reason"], record["count"]] }

    private

    def lines_of(shard, number, file)
      # Numbers of a child are its own, from those of its parent on.
      known = shard + @main
      codes = known.select { |record| record["record"] == "code" }
      files = known.select { |record| record["record"] == "file" }.select { |record| record["path"] == File.join(@root, file) }.map { |record| record["file"] }
      current = 0
      shard.select { |record| record["record"] == "hits" }.flat_map { |record| record["entries"] }.filter_map do |entry|
        current = Regexp.last_match(1).to_i if entry.to_s =~ /\Acontext (\d+)/
        next unless entry.is_a?(Integer) && current == number

        code = codes.find { |each| (each["base"]...(each["base"] + each["span"])).cover?(entry) }
        code["first_line"] + entry - code["base"] if code && files.include?(code["file"])
      end
    end
  end

  def setup
    @folder = File.realpath(Dir.mktmpdir("alibi-native"))
    @root = File.join(@folder, "project")
    Dir.mkdir(@root)
  end

  def teardown
    FileUtils.rm_rf(@folder)
  end

  # files: path below the project => text. tests: name => Ruby code that is in a file of the project.
  # `before`: code of the project that is loaded before the first test. `losses`: that are expected, by reason.
  def record(tests, files: {}, before: "", environment: {}, stress: false, wrapper: [], after: "", strategy: nil, losses: "{}")
    FileUtils.rm_rf(File.join(@folder, "data", "sessions", "one"))
    files.each { |path, text| write(path, text) }
    write("subject.rb", subject(tests, before))
    script = File.join(@folder, "run.rb")
    File.write(script, driver(tests.keys, stress, after, strategy, losses))
    output, status = Open3.capture2e({ "FOO" => nil, **environment }, *wrapper, RbConfig.ruby, script, chdir: @root)
    assert status.success?, output
    Evidence.new(shards, @root, output)
  end

  def write(path, text)
    whole = File.join(@root, path)
    FileUtils.mkdir_p(File.dirname(whole))
    File.binwrite(whole, text)
  end

  private

  def subject(tests, before)
    methods = tests.map { |name, code| "def test_#{name}\n#{code}\nend\n" }
    "# frozen_string_literal: true\n#{before}\n#{methods.join}"
  end

  def driver(names, stress, after, strategy, losses)
    <<~RUBY
      require #{extension.inspect}
      native = Testalibi::Native
      root = Dir.pwd
      native.open(directory: #{session.inspect}, root: root, interpreter: "cruby", session_id: 7, role: 1,
                  roots: [root], strategy: #{strategy.inspect})
      load File.join(root, "subject.rb")
      #{names.map(&:to_s)}.each do |name|
        context = native.begin_test(name)
        GC.stress = #{stress}
        send("test_\#{name}")
        GC.stress = false
        native.end_test(context, 1, 1, "")
      end
      #{after}
      abort native.drops.inspect unless native.drops.inspect == #{losses.inspect}
      native.close
    RUBY
  end

  # Where everybody can read it.
  def extension
    FileUtils.cp(File.join(ENV.fetch("ALIBI_RUBY_NATIVE_DIR"), "testalibi_native.so"), @folder)
    File.join(@folder, "testalibi_native.so")
  end

  def session = File.join(@folder, "data", "sessions", "one").tap { |path| FileUtils.mkdir_p(File.dirname(path)) }

  def shards
    Dir.glob(File.join(session, "*.shard")).map do |path|
      output, status = Open3.capture2(ENV.fetch("ALIBI_COMMAND"), "dump", "--json", path)
      assert status.success?, output
      JSON.parse(output)["records"]
    end
  end
end
