# frozen_string_literal: true

require_relative "native_case"

# Calls that come from where the recorder cannot run: threads of C, C code without the GVL, Ractors; and what becomes
# of the interpreter's tables.
class TestInputsElsewhere < NativeCase
  EXTENSION = <<~C
    #include <ruby.h>
    #include <ruby/thread.h>
    #include <pthread.h>
    #include <stdio.h>
    #include <stdlib.h>
    static void* read_it(void* path) {
      FILE* file = fopen(path, "r");
      if (file) fclose(file);
      getenv("FOO");
      return 0;
    }
    static VALUE on_thread(VALUE self, VALUE path) {
      pthread_t thread;
      pthread_create(&thread, 0, read_it, StringValueCStr(path));
      pthread_join(thread, 0);
      return Qnil;
    }
    static VALUE without_lock(VALUE self, VALUE path) {
      rb_thread_call_without_gvl(read_it, StringValueCStr(path), 0, 0);
      return Qnil;
    }
    static VALUE with_lock(VALUE self, VALUE path) { read_it(StringValueCStr(path)); return Qnil; }
    void Init_reader(void) {
      VALUE reader = rb_define_module("Reader");
      rb_define_singleton_method(reader, "on_thread", on_thread, 1);
      rb_define_singleton_method(reader, "without_lock", without_lock, 1);
      rb_define_singleton_method(reader, "with_lock", with_lock, 1);
    }
  C

  def build_extension(source = EXTENSION)
    folder = File.join(@folder, "extension")
    Dir.mkdir(folder)
    File.write(File.join(folder, "reader.c"), source)
    File.write(File.join(folder, "extconf.rb"), 'require "mkmf"; create_makefile("reader")')
    output, status = Open3.capture2e("#{RbConfig.ruby} extconf.rb && make", chdir: folder)
    skip "extensions cannot be built here: #{output}" unless status.success?
    File.join(folder, "reader.so")
  end

  def test_an_extension
    library = build_extension
    tests = %i[on_thread without_lock with_lock].to_h { |name| [name, "Reader.#{name}('a.txt'); Reader.#{name}('no.txt')"] }
    evidence = record(tests, files: { "a.txt" => "a" }, before: "require #{library.inspect}")
    tests.each_key do |name|
      assert_equal [:present], evidence.find(name.to_s, :file, "a.txt").map(&:state), name
      assert_equal [:absent], evidence.find(name.to_s, :file, "no.txt").map(&:state), name
      assert_equal [:absent], evidence.find(name.to_s, :environment, "FOO").map(&:state), name
    end
    assert_empty evidence.drops
  end

  def test_an_extension_that_is_loaded_in_a_test
    library = build_extension
    evidence = record({ loads: "require #{library.inspect}; Reader.with_lock('a.txt')" }, files: { "a.txt" => "a" })
    assert_equal [:present], evidence.find("loads", :file, "a.txt").map(&:state)
  end

  def test_an_extension_of_the_project
    library = build_extension
    FileUtils.cp(library, @root)
    evidence = record({ loads: "require './reader'" })
    assert_equal [:present], evidence.find("loads", :file, "reader.so").map(&:state)
  end

  # In one call of C, so that nothing else comes between.
  def test_a_file_that_changes_before_its_reading_is_taken
    source = EXTENSION.sub("getenv(\"FOO\");", 'file = fopen(path, "w"); if (file) { fputs("more", file); fclose(file); }')
    library = build_extension(source)
    evidence = record({ changes: "Reader.on_thread('a.txt')" }, files: { "a.txt" => "a" },
                      before: "require #{library.inspect}", losses: { "input" => 1 }.inspect)
    assert_equal({ "input" => 1 }, evidence.drops)
  end

  def test_a_ractor
    skip "no Ractors here" unless defined?(Ractor)
    evidence = record({ ractor: "Ractor.new { File.read('a.txt') }.take" }, files: { "a.txt" => "a" }, environment: { "RUBYOPT" => "-W0" },
                      losses: { "thread" => 1 }.inspect) # its lines are not seen
    assert_equal [:present], evidence.find("ractor", :file, "a.txt").map(&:state)
  end

  def test_afterwards_nothing_is_seen_and_all_works
    after = <<~RUBY
      native.close
      raise unless File.read("a.txt") == "a" && ENV.to_h.key?("PATH") && Dir.children("d") == ["x"]
      raise unless `/bin/echo 1` == "1\\n"
      native.open(directory: #{File.join(@folder, "data", "sessions", "two").inspect}, root: root, interpreter: "cruby", session_id: 8, role: 1, roots: [root])
      File.read("a.txt")
    RUBY
    evidence = record({ nothing: "1" }, files: { "a.txt" => "a", "d/x" => "" }, after: after)
    assert_empty evidence.of("nothing")
  end

  def test_each_strategy
    %w[oneshot raw api].each do |strategy|
      evidence = record({ reads: 'File.read("a.txt")' }, files: { "a.txt" => "a" }, strategy: strategy)
      assert_equal 1, evidence.find("reads", :file, "a.txt").size, strategy
    end
  end

  # Threads that are killed and interrupted in the middle of such calls.
  def test_many_threads
    before = <<~RUBY
      require "timeout"
      def busy
        threads = 6.times.map { Thread.new { 100.times { |i| File.read("a.txt"); File.exist?("no\#{i}"); ENV["A\#{i}"]; Thread.pass } } }
        killed = 3.times.map { Thread.new { loop { File.read("a.txt") } } }
        begin
          Timeout.timeout(0.02) { loop { File.stat("a.txt") } }
        rescue Timeout::Error
          nil
        end
        threads.each(&:join)
        killed.each(&:kill).each(&:join)
        GC.start
      end
    RUBY
    tests = (1..10).to_h { |i| [:"busy#{i}", "busy"] }
    evidence = record(tests, files: { "a.txt" => "a" }, before: before)
    tests.each_key do |name|
      assert_equal 1, evidence.find(name.to_s, :file, "a.txt").size, name
      assert_equal 100, evidence.of(name.to_s).count { |input| input.kind == :environment }, name
    end
  end
end
