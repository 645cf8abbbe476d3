# frozen_string_literal: true

require_relative "native_case"

# Files and folders that tests read, by each way there is.
class TestInputsFiles < NativeCase
  READS = {
    file_read: 'File.read("a.txt")',
    file_open: 'File.open("a.txt") { |file| file.read }',
    file_open_without_block: 'file = File.open("a.txt"); file.gets; file.close',
    file_new: 'File.new("a.txt").close',
    kernel_open: 'open("a.txt", &:read)',
    foreach: 'File.foreach("a.txt") { |line| line }',
    readlines: 'File.readlines("a.txt")',
    io_read: 'IO.read("a.txt")',
    io_binread: 'IO.binread("a.txt")',
    io_sysopen: 'IO.for_fd(IO.sysopen("a.txt")).close',
    pathname: 'require "pathname"; Pathname.new("a.txt").read',
    yaml: 'require "yaml"; YAML.load_file("a.txt")',
    copied: 'require "fileutils"; FileUtils.cp("a.txt", "copy.txt")',
    renamed_and_back: 'File.rename("a.txt", "b.txt"); File.rename("b.txt", "a.txt")',
    linked: 'File.link("a.txt", "hard.txt")',
    appended: 'File.open("a.txt", "a") { |file| file.write("") }',
    read_and_written: 'File.open("a.txt", "r+") { |file| file.read }',
    thread: 'Thread.new { File.read("a.txt") }.join',
    fiber: 'Fiber.new { File.read("a.txt") }.resume',
    other_folder: 'Dir.chdir("..") { File.read("project/a.txt") }',
    library: 'require "erb"; ERB.new(File.read("a.txt")).result',
    by_c: '[:a].each { |_| ["a.txt"].map(&File.method(:read)) }',
    ensured: 'begin; raise "x"; rescue StandardError; File.read("a.txt"); end',
    compiled: 'eval("File.read(%q(a.txt))")'
  }.freeze

  def test_files_in_shared_memory_are_inputs
    Dir.mktmpdir("alibi", "/dev/shm") do |folder|
      data = File.join(folder, "a.txt")
      File.write(data, "x")
      evidence = record({ reads: "File.read(#{data.inspect}); File.read('/dev/null')", lists: "Dir.children(#{folder.inspect})" })
      assert_equal [data], evidence.of("reads").map(&:subject)
      assert_equal [folder], evidence.of("lists").map(&:subject)
    end
  end

  def test_each_way_of_reading_a_file
    evidence = record(READS, files: { "a.txt" => "a: 1\n" })
    READS.each_key do |name|
      found = evidence.find(name.to_s, :file, "a.txt")
      assert_equal 1, found.size, "#{name}: #{evidence.of(name.to_s)}"
      assert_equal :present, found.first.state, name
    end
  end

  def test_what_was_not_read_is_not_recorded
    evidence = record({ nothing: "1 + 1" }, files: { "a.txt" => "a" })
    assert_empty evidence.of("nothing")
  end

  def test_absent_files
    tests = { reading: 'File.read("no.txt") rescue 0', asking: 'File.exist?("no.txt")', folder: 'Dir.children("no") rescue 0' }
    evidence = record(tests)
    assert_equal [:absent], evidence.find("reading", :file, "no.txt").map(&:state)
    assert_equal %w[_path_exists _path_isdir], evidence.find("asking", :probe, "no.txt").map(&:detail)
    assert_equal [:absent], evidence.find("folder", :directory, "no").map(&:state)
  end

  LISTINGS = {
    children: 'Dir.children("d")', each_child: 'Dir.each_child("d") { |_| 1 }', entries: 'Dir.entries("d")',
    glob: 'Dir.glob("d/*.txt")', brackets: 'Dir["d/*"]', empty: 'Dir.empty?("d")', open: 'Dir.open("d").each { |_| 1 }',
    based: 'Dir.glob("*", base: "d")', deep: 'Dir.glob("**/*.txt")', pathname: 'require "pathname"; Pathname("d").children'
  }.freeze

  def test_each_way_of_listing_a_folder
    evidence = record(LISTINGS, files: { "d/a.txt" => "a" })
    LISTINGS.each_key do |name|
      assert_equal [:present], evidence.find(name.to_s, :directory, "d").map(&:state), "#{name}: #{evidence.of(name.to_s)}"
    end
  end

  def test_questions_are_no_more_than_what_is_asked
    tests = { exists: 'File.exist?("a.txt")', file: 'File.file?("a.txt")', directory: 'File.directory?("a.txt")',
              link: 'File.symlink?("a.txt")', size: 'File.size("a.txt")', stat: 'File.stat("a.txt")',
              lstat: 'File.lstat("a.txt")', readable: 'File.readable?("a.txt")', mtime: 'File.mtime("a.txt")',
              pathname: 'require "pathname"; Pathname.new("a.txt").file?' }
    evidence = record(tests, files: { "a.txt" => "a" })
    words = tests.keys.to_h { |name| [name, evidence.find(name.to_s, :probe, "a.txt").map(&:detail)] }
    assert_equal({ exists: %w[_path_exists _path_isdir], file: %w[_path_isfile], directory: %w[_path_isdir],
                   link: %w[_path_islink], size: %w[stat], stat: %w[stat], lstat: %w[lstat], readable: %w[access:4],
                   mtime: %w[stat], pathname: %w[_path_isfile] }, words)
  end

  def test_what_lies_above_the_target_of_a_link
    tests = { reads: 'File.read("l/../a.txt")', asks: 'File.exist?("l/../b.txt")', lists: 'Dir.children("l/..")', missing: 'File.exist?("no/../a.txt")' }
    evidence = record(tests, files: { "a.txt" => "other", "deep/a.txt" => "a", "deep/x/k" => "" }, before: 'File.symlink("deep/x", "l") unless File.symlink?("l")')
    assert_equal 1, evidence.find("reads", :file, "deep/a.txt").size
    assert_empty evidence.find("reads", :file, "a.txt")
    assert_equal 1, evidence.find("lists", :directory, "deep").size
    refute_empty evidence.find("asks", :probe, "deep/b.txt")
    %w[reads asks lists].each do |test|
      assert_equal ["readlink"], evidence.find(test, :probe, "l").map { |input| input.words.first }, test
      assert_equal [["lstat"]], evidence.find(test, :probe, "deep/x").map(&:words), test
    end
    assert_equal [:absent], evidence.find("missing", :probe, "no").map(&:state)
  end

  def test_links
    tests = { asked: 'File.readlink("l")', resolved: 'File.realpath("l")', read: 'File.read("l")' }
    evidence = record(tests, files: { "a.txt" => "a" }, before: 'File.symlink("a.txt", "l") unless File.symlink?("l")')
    assert_equal 1, evidence.find("asked", :probe, "l").size
    assert_includes evidence.find("resolved", :probe, "l").map { |input| input.words.first }, "readlink"
    assert_equal 1, evidence.find("read", :file, "l").size
  end

  def test_what_the_session_made_is_no_input
    tests = { made: 'File.write("new.txt", "x"); File.read("new.txt")', again: 'File.read("new.txt")',
              folder: 'Dir.mkdir("f"); File.write("f/in.txt", "x"); Dir.children("f")',
              replaced: 'File.write("a.txt", "other"); File.read("a.txt")', removed: 'File.unlink("a.txt"); File.exist?("a.txt")' }
    evidence = record(tests, files: { "a.txt" => "a" })
    assert_equal ["created"], evidence.find("made", :written, "new.txt").map(&:detail)
    assert_equal ["session"], evidence.find("made", :file, "new.txt").map(&:detail)
    assert_equal ["session"], evidence.find("again", :file, "new.txt").map(&:detail)
    assert_equal ["folder"], evidence.find("folder", :written, "f").map(&:detail)
    assert_equal ["session"], evidence.find("folder", :directory, "f").map(&:detail)
    assert_equal ["replaced"], evidence.find("replaced", :written, "a.txt").map(&:detail)
    assert_equal ["session"], evidence.find("replaced", :file, "a.txt").map(&:detail)
    assert_equal [:absent], evidence.find("removed", :written, "a.txt").map(&:state)
    assert_includes evidence.find("removed", :probe, "a.txt").map(&:detail), "_path_exists\nsession"
  end

  def test_temporary_files
    tests = { temporary: 'require "tempfile"; Tempfile.create("x") { |f| f.write("1"); f.flush; File.read(f.path) }',
              folder: 'require "tmpdir"; Dir.mktmpdir { |d| File.write("#{d}/x", "1"); File.read("#{d}/x") }' }
    evidence = record(tests)
    read = evidence.of("temporary").select { |input| input.kind == :file && input.state == :present } + evidence.of("folder").select { |input| input.kind == :file && input.state == :present }
    assert_operator read.size, :>=, 2
    assert(read.all? { |input| input.words.include?("session") })
  end

  def test_what_is_read_while_a_file_is_loaded_belongs_to_the_statement
    tests = { loads: 'require_relative "late"; LATE', reads: 'File.read("b.txt")' }
    files = { "a.txt" => "a", "b.txt" => "b", "late.rb" => "# text\n\nLATE = File.read(\"a.txt\")\nclass Late\n  X = File.read(\"b.txt\")\nend\n" }
    evidence = record(tests, files: files, before: 'FIRST = File.read("a.txt")')
    assert_equal ["import:#{@root}/subject.rb\nline:2"], evidence.find("session", :file, "a.txt").map(&:detail)
    assert_equal ["import:#{@root}/late.rb\nline:3"], evidence.find("loads", :file, "a.txt").map(&:detail)
    assert_equal ["import:#{@root}/late.rb\nline:5"], evidence.find("loads", :file, "b.txt").map(&:detail)
    assert_equal [""], evidence.find("reads", :file, "b.txt").map(&:detail)
  end

  def test_code_that_is_loaded_is_known_by_its_lines
    evidence = record({ loads: 'require_relative "late"' }, files: { "late.rb" => "LATE = 1\n" })
    assert_empty(evidence.of("loads").reject { |input| input.kind == :written })
  end

  def test_each_test_has_its_own_reading
    evidence = record({ one: 'File.read("a.txt"); File.read("a.txt")', two: 'File.read("a.txt")' }, files: { "a.txt" => "a" })
    assert_equal 1, evidence.find("one", :file, "a.txt").size
    assert_equal 1, evidence.find("two", :file, "a.txt").size
  end

  def test_of_several_threads_each_has_its_own
    tests = { both: <<~RUBY }
      native = Testalibi::Native
      threads = %w[x y].map do |name|
        Thread.new do
          context = native.begin_test(name)
          Thread.pass
          File.read("\#{name}.txt")
          sleep 0.05
          native.end_test(context, 1, 1, "")
        end
      end
      threads.each(&:join)
    RUBY
    evidence = record(tests, files: { "x.txt" => "x", "y.txt" => "y" })
    assert_equal 1, evidence.find("x", :file, "x.txt").size, evidence.inputs.to_s
    assert_equal 1, evidence.find("y", :file, "y.txt").size, evidence.inputs.to_s
  end

  def test_where_require_looked
    code = '$LOAD_PATH.unshift("a", "none/deep", "b").map! { |each| File.expand_path(each) }; require "parts/one"; require "parts/one"'
    evidence = record({ requires: code, plain: "1" }, files: { "a/x" => "", "b/parts/one.rb" => "1\n" })
    absent = evidence.of("session").select { |input| input.kind == :file && input.state == :absent }.map(&:subject)
    assert_equal ["a/parts", "none"], absent.map { |path| path.delete_prefix("#{@root}/") }.sort
    assert_empty evidence.find("requires", :file, "b/parts/one.rb")
  end

  def test_loaded_files_without_lines
    code = '%w[empty comments lines].each { |name| require File.expand_path(name) }; load File.expand_path("data.rb")'
    files = { "empty.rb" => "", "comments.rb" => "# frozen_string_literal: true\n", "data.rb" => "__END__\nx\n", "lines.rb" => "ONE = 1\n" }
    evidence = record({ loads: code }, files: files)
    read = evidence.of("session").select { |input| input.kind == :file && input.state == :present }.map { |input| File.basename(input.subject) }
    assert_equal %w[comments.rb data.rb empty.rb], read.grep_v(/gemspec/).sort
  end

  def test_listings_of_zeitwerk
    code = 'require "zeitwerk"; loader = Zeitwerk::Loader.new; loader.push_dir(File.expand_path("app")); loader.setup'
    files = { "app/shop.rb" => "module Shop\nend\n", "app/shop/item.rb" => "module Shop\n  Item = 1\nend\n" }
    words = lambda do |more|
      evidence = record({ autoloads: "#{code}; #{more}" }, files: files)
      evidence.of("session").select { |input| input.kind == :directory && input.subject.include?("/app") }.map { |input| [File.basename(input.subject), input.detail] }.sort
    end
    assert_equal [%w[app autoload], %w[shop autoload]], words.call("Shop::Item")
    assert_equal [%w[app autoload], ["app", "eager load"], %w[shop autoload], ["shop", "eager load"]], words.call("loader.eager_load")
  end

  def test_a_database_that_an_extension_opens
    code = 'require "sqlite3"; db = SQLite3::Database.new("x.db"); db.execute("select * from t"); db.close'
    made = 'require "sqlite3"; db = SQLite3::Database.new("x.db"); db.execute("create table t (a)"); db.close'
    system(RbConfig.ruby, "-e", made, chdir: @root) || skip("no sqlite3 here")
    evidence = record({ database: code })
    assert_equal [:present], evidence.find("database", :file, "x.db").map(&:state)
  end

  def test_under_stress
    names = %i[file_read thread fiber copied by_c]
    tests = { **READS.slice(*names), listed: 'Dir.children("d")', asked: 'File.exist?("a.txt")',
              variables: 'ENV["FOO"]; ENV.to_h', raised: 'begin; load "./no_such"; rescue LoadError; end' }
    evidence = record(tests, files: { "a.txt" => "a: 1\n", "d/x" => "" }, before: 'require "fileutils"', stress: true)
    names.each { |name| assert_equal 1, evidence.find(name.to_s, :file, "a.txt").size, name }
    assert_equal 1, evidence.find("listed", :directory, "d").size
    assert_equal 1, evidence.find("variables", :environment, "*").size
    assert_equal 1, evidence.find("raised", :import, "./no_such").size
  end

  def test_answers_and_errors_are_those_of_ruby
    tests = { errors: <<~RUBY }
      def failure; yield; rescue SystemCallError => e; [e.class, e.message]; end
      p [failure { File.read("no") }, failure { Dir.mkdir("d") }, failure { File.rename("no", "x") }, failure { Dir.children("a.txt") },
         failure { File.open("a.txt", File::WRONLY | File::CREAT | File::EXCL) }, File.exist?("d"), File.size?("no"), ENV["NO"]]
    RUBY
    evidence = record(tests, files: { "a.txt" => "a", "d/x" => "" })
    write("subject.rb", "#{File.read(File.join(@root, "subject.rb"))}\ntest_errors\n")
    plain = Dir.chdir(@root) { IO.popen([RbConfig.ruby, "subject.rb"], &:read) }
    assert_equal plain, evidence.output
  end

  def test_declared
    native = "Testalibi::Native"
    evidence = record({ declared: "#{native}.observe(:file, File.expand_path('a.txt')); #{native}.observe(:environment, 'FOO'); #{native}.observe(:file, File.expand_path('d'))" },
                      files: { "a.txt" => "a", "d/x" => "" })
    assert_equal [:present], evidence.find("declared", :file, "a.txt").map(&:state)
    assert_equal [:absent], evidence.find("declared", :environment, "FOO").map(&:state)
    assert_equal [:present], evidence.find("declared", :directory, "d").map(&:state)
  end
end
