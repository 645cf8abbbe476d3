# frozen_string_literal: true

Rows.group "inputs" do
  plain = <<~LIB
    module M
      def self.text = File.read(File.join(__dir__, "data.txt"))
      def self.other = 1
    end
  LIB
  spec = <<~SPEC
    it("reads") { expect(M.text).to eq("one") }
    it("other") { expect(M.other).to eq(1) }
  SPEC
  data = { "lib/data.txt" => "one" }
  row "file relative to __dir__", must: "reads", edit: { "lib/data.txt" => "two" }, lib: plain, spec: spec, files: data
  row "file relative to __FILE__", must: "reads", edit: { "lib/data.txt" => "two" }, files: data, spec: spec,
                                   lib: plain.sub("File.join(__dir__, ", "File.expand_path(\"../\" + ").sub('"data.txt")', '"data.txt", __FILE__)')
  row "file of the working directory", must: "reads", edit: { "lib/data.txt" => "two" }, files: data, spec: spec,
                                       lib: plain.sub('File.join(__dir__, "data.txt")', '"lib/data.txt"')
  row "file read at load", must: "reads", edit: { "lib/data.txt" => "two" }, files: data, lib: <<~LIB, spec: <<~SPEC
    module M
      TEXT = File.read(File.join(__dir__, "data.txt"))
      OTHER = 1
    end
  LIB
    it("reads") { expect(M::TEXT).to eq("one") }
    it("other") { expect(M::OTHER).to eq(1) }
  SPEC
  row "file read by IO.foreach", must: "reads", edit: { "lib/data.txt" => "two" }, files: data, spec: spec,
                                 lib: plain.sub('File.read(File.join(__dir__, "data.txt"))', 'IO.foreach(File.join(__dir__, "data.txt")).to_a.join')
  row "file read by Pathname", must: "reads", edit: { "lib/data.txt" => "two" }, files: data, spec: spec,
                               lib: %(require "pathname"\n) + plain.sub('File.read(File.join(__dir__, "data.txt"))', 'Pathname(__dir__).join("data.txt").read')
  row "ERB", must: "renders", edit: { "lib/page.erb" => ["Hello", "Bye"] }, files: { "lib/page.erb" => "Hello <%= name %>" }, lib: <<~LIB, spec: <<~SPEC
    require "erb"
    module M
      def self.render(name) = ERB.new(File.read(File.join(__dir__, "page.erb"))).result(binding)
      def self.other = 1
    end
  LIB
    it("renders") { expect(M.render("you")).to eq("Hello you") }
    it("other") { expect(M.other).to eq(1) }
  SPEC
  row "YAML", must: "loads", edit: { "lib/data.yml" => ["1", "2"] }, files: { "lib/data.yml" => "level: 1\n" }, lib: <<~LIB, spec: <<~SPEC
    require "yaml"
    module M
      def self.level = YAML.load_file(File.join(__dir__, "data.yml"))["level"]
      def self.other = 1
    end
  LIB
    it("loads") { expect(M.level).to eq(1) }
    it("other") { expect(M.other).to eq(1) }
  SPEC
  row "YAML memo, second user", must: "loads second", edit: { "lib/data.yml" => ["1", "2"] }, files: { "lib/data.yml" => "level: 1\n" }, lib: <<~LIB, spec: <<~SPEC
    require "yaml"
    module M
      def self.data = @data ||= YAML.load_file(File.join(__dir__, "data.yml"))
      def self.other = 1
    end
  LIB
    it("loads") { expect(M.data["level"]).to eq(1) }
    it("second") { expect(M.data["level"] + 1).to eq(2) }
    it("other") { expect(M.other).to eq(1) }
  SPEC
  row "JSON", must: "loads", edit: { "spec/fixtures/data.json" => ["1", "2"] }, files: { "spec/fixtures/data.json" => %({"level": 1}) }, lib: "OTHER = 1\n", spec: <<~SPEC
    it("loads") { expect(JSON.parse(File.read(File.join(__dir__, "fixtures/data.json")))["level"]).to eq(1) }
    it("other") { expect(OTHER).to eq(1) }
  SPEC
  row "folder that is globbed gets a file", must: "lists", edit: { "lib/parts/b.txt" => "b" }, files: { "lib/parts/a.txt" => "a" }, lib: <<~LIB, spec: <<~SPEC
    module M
      def self.parts = Dir.glob(File.join(__dir__, "parts/*.txt")).size
      def self.other = 1
    end
  LIB
    it("lists") { expect(M.parts).to eq(1) }
    it("other") { expect(M.other).to eq(1) }
  SPEC
  row "folder that is globbed at load gets a file", must: "lists", edit: { "lib/parts/b.txt" => "b" }, files: { "lib/parts/a.txt" => "a" }, lib: <<~LIB, spec: <<~SPEC
    module M
      PARTS = Dir[File.join(__dir__, "parts/*.txt")].size
      OTHER = 1
    end
  LIB
    it("lists") { expect(M::PARTS).to eq(1) }
    it("other") { expect(M::OTHER).to eq(1) }
  SPEC
  row "folder of plugins that are required at load", must: "lists", edit: { "lib/parts/b.rb" => "PLUGINS << :b\n" }, files: { "lib/parts/a.rb" => "PLUGINS << :a\n" },
                                                     lib: <<~LIB, spec: <<~SPEC
    PLUGINS = []
    Dir[File.join(__dir__, "parts/*.rb")].sort.each { |file| require file }
  LIB
    it("lists") { expect(PLUGINS).to eq([:a]) }
  SPEC
  row "children of a folder", must: "lists", edit: { "lib/parts/b.txt" => "b" }, files: { "lib/parts/a.txt" => "a" }, lib: <<~LIB, spec: <<~SPEC
    module M
      def self.parts = Dir.children(File.join(__dir__, "parts")).size
    end
  LIB
    it("lists") { expect(M.parts).to eq(1) }
  SPEC
  own_file = { "lib/parts/a.txt" => "a" }
  with_own_file = <<~LIB
    module M
      PARTS = File.join(__dir__, "parts")
      NAME = "b.txt"
      def self.make = File.write(File.join(PARTS, NAME), "")
      def self.clear = Dir.children(PARTS).grep(/b|c/).each { |name| File.delete(File.join(PARTS, name)) }
      def self.parts = Dir.children(PARTS)
    end
  LIB
  row "folder that is listed with a file of its own gets another", must: "lists", edit: { "lib/parts/z.txt" => "z" }, files: own_file, lib: with_own_file, spec: <<~SPEC
    it("lists") { M.make; expect(M.parts.size).to eq(2); M.clear }
  SPEC
  row "folder that is listed with a file of an earlier test", must: "makes lists", edit: ["  def self.make =", "  def self.make = nil && "], files: own_file, lib: with_own_file,
                                                              spec: <<~SPEC
    after(:context) { M.clear }
    it("makes") { expect(M.make).to eq(0) }
    it("lists") { expect(Dir.children("lib/parts").size).to eq(2) }
  SPEC
  row "absent file appears", must: "asks", edit: { "lib/switch" => "" }, lib: <<~LIB, spec: <<~SPEC
    module M
      def self.on? = File.exist?(File.join(__dir__, "switch"))
      def self.other = 1
    end
  LIB
    it("asks") { expect(M.on?).to be(false) }
    it("other") { expect(M.other).to eq(1) }
  SPEC
  row "file that could not be read appears", must: "asks", edit: { "lib/data.txt" => "two" }, lib: <<~LIB, spec: <<~SPEC
    module M
      def self.text
        File.read(File.join(__dir__, "data.txt"))
      rescue Errno::ENOENT
        ""
      end
      def self.other = 1
    end
  LIB
    it("asks") { expect(M.text).to eq("") }
    it("other") { expect(M.other).to eq(1) }
  SPEC
  row "file disappears", must: "asks", edit: { "lib/data.txt" => nil }, files: data, lib: plain, spec: %(it("asks") { expect(M.text).to eq("one") }\n)
  row "ENV at run time", must: "asks", environment: { "COLOUR" => "red" }, environment_after: { "COLOUR" => "blue" }, lib: <<~LIB, spec: <<~SPEC
    module M
      def self.colour = ENV["COLOUR"]
      def self.other = 1
    end
  LIB
    it("asks") { expect(M.colour).to eq("red") }
    it("other") { expect(M.other).to eq(1) }
  SPEC
  row "ENV at load", must: "asks", environment: { "COLOUR" => "red" }, environment_after: { "COLOUR" => "blue" }, lib: <<~LIB, spec: <<~SPEC
    module M
      COLOUR = ENV.fetch("COLOUR", "none")
      OTHER = 1
    end
  LIB
    it("asks") { expect(M::COLOUR).to eq("red") }
    it("other") { expect(M::OTHER).to eq(1) }
  SPEC
  row "ENV unset before", must: "asks", environment_after: { "COLOUR" => "blue" }, lib: <<~LIB, spec: <<~SPEC
    module M
      def self.colour = ENV.fetch("COLOUR", "none")
      def self.other = 1
    end
  LIB
    it("asks") { expect(M.colour).to eq("none") }
    it("other") { expect(M.other).to eq(1) }
  SPEC
  # Bundler writes the lock file.
  locked = { files: { "Gemfile" => %(gem "rspec"\n) }, lib: "ONE = 1\n", spec: %(it("asks") { expect(ONE).to eq(1) }\n),
             prepare: ->(project) { project.run("ruby", "-rbundler/setup", "-e", "", alibi: false) } }
  lock = { "Gemfile.lock" => ->(text) { "#{text}\n" } } # Bundler 4 takes away gems that nobody names
  row "Gemfile.lock", must: "asks bystander", edit: lock, environment: { "RUBYOPT" => "-rbundler/setup" }, same_outcome: "nobody uses the gem", **locked
  row "gem in Gemfile", must: "asks bystander", edit: { "Gemfile" => [%("rspec"), %("rspec"\ngem "diff-lcs")] }, environment: { "RUBYOPT" => "-rbundler/setup" },
                        same_outcome: "nobody uses the gem", **locked
  row "nothing of a Gemfile.lock without Bundler", edit: lock, **locked
  row "variable that nobody reads", environment: { "COLOUR" => "red" }, environment_after: { "COLOUR" => "blue" }, lib: "ONE = 1\n",
                                    spec: %(it("asks") { expect(ONE).to eq(1) }\n)
  row "file that nobody reads", edit: { "lib/data.txt" => "two", "README.md" => "new" }, files: data, lib: "ONE = 1\n", spec: %(it("asks") { expect(ONE).to eq(1) }\n)
end
