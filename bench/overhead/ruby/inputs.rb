# frozen_string_literal: true

# What recording inputs adds to calls that read something besides code: microseconds a call, without and with.
#
#   ALIBI_RUBY_NATIVE_DIR=folder of testalibi_native.so ruby bench/overhead/ruby/inputs.rb [rounds]
#
# Both in processes of their own, by turns; the least of all rounds is shown, so that other load counts little.
# "same": one file in one test, as a loop does; "new": another file each time, the price of a first reading.
require "fileutils"
require "tmpdir"

CALLS = {
  "File.read, same" => [20_000, ->(_) { File.read("f0.txt") }],
  "File.read, new" => [1_000, ->(i) { File.read("f#{i}.txt") }],
  "File.exist?, same" => [50_000, ->(_) { File.exist?("f0.txt") }],
  "File.exist?, new" => [1_000, ->(i) { File.exist?("f#{i}.txt") }],
  "File.exist?, absent" => [50_000, ->(_) { File.exist?("no.txt") }],
  "Dir.children, same" => [5_000, ->(_) { Dir.children("d") }],
  "ENV[], same" => [200_000, ->(_) { ENV["HOME"] }],
  "ENV[], absent" => [200_000, ->(_) { ENV["NOT_SET"] }],
  "File.write, same" => [5_000, ->(_) { File.write("out.txt", "x") }],
  "/dev/null" => [20_000, ->(_) { File.open("/dev/null") { nil } }]
}.freeze

def measure(call, count)
  started = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
  i = 0
  while i < count
    call.call(i)
    i += 1
  end
  (Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - started) * 1e6 / count
end

def child(mode, folder)
  native = nil
  if mode != "without"
    require File.join(ENV.fetch("ALIBI_RUBY_NATIVE_DIR"), "testalibi_native.so")
    native = Testalibi::Native
    native.open(directory: File.join(folder, "data", "sessions", "#{Process.pid}"), root: folder, interpreter: "cruby",
                session_id: 7, role: 1, roots: [folder])
  end
  CALLS.each do |name, (count, call)|
    context = native&.begin_test(name)
    puts "#{name}\t#{measure(call, count)}"
    native&.end_test(context, 1, 1, "")
  end
  native&.close
end

if ARGV.first == "child"
  child(ARGV[1], Dir.pwd)
else
  folder = File.realpath(Dir.mktmpdir("alibi-bench"))
  FileUtils.mkdir_p([File.join(folder, "d"), File.join(folder, "data", "sessions")])
  1_000.times { |i| File.write(File.join(folder, "f#{i}.txt"), "text #{i}") }
  20.times { |i| File.write(File.join(folder, "d", "f#{i}.txt"), "") }
  FileUtils.cp(__FILE__, folder)
  best = { "without" => Hash.new(1e9), "with" => Hash.new(1e9) }
  Integer(ARGV.fetch(0, "5")).times do
    best.each do |mode, figures|
      output = IO.popen([RbConfig.ruby, "inputs.rb", "child", mode], chdir: folder, &:readlines)
      output.each do |line|
        name, figure = line.chomp.split("\t")
        figures[name] = [figures[name], Float(figure)].min
      end
    end
  end
  puts format("%-22s %9s %9s %9s", "us a call", "without", "with", "adds")
  best["without"].each do |name, figure|
    with = best["with"][name]
    puts format("%-22s %9.2f %9.2f %9.2f", name, figure, with, with - figure)
  end
  FileUtils.rm_rf(folder)
end
