# frozen_string_literal: true

require "socket"
require_relative "native_case"

# Programs that tests start, children that they fork, sockets that they use.
class TestInputsProcesses < NativeCase
  STARTS = {
    system: 'system("/bin/ls", "a.txt", out: File::NULL)', spawn: 'Process.wait(spawn("/bin/ls", "a.txt", out: File::NULL))',
    backticks: "`/bin/ls a.txt`", popen: 'IO.popen(["/bin/ls", "a.txt"], &:read)',
    open3: 'Open3.capture2e("/bin/ls", "a.txt")', by_name: 'system("ls", "a.txt", out: File::NULL)',
    shell: "`/bin/ls a.txt; exit 0`", forked: 'Process.wait(fork { exec("/bin/ls", "a.txt", out: File::NULL) })',
    daemon: 'Process.detach(spawn("/bin/ls", "a.txt", out: File::NULL)).join', thread: "Thread.new { `/bin/ls a.txt` }.join",
    environment: 'system({ "A" => "1" }, "/bin/ls", "a.txt", out: File::NULL)',
    cleared: 'system({ "A" => "1" }, "/bin/ls", "a.txt", out: File::NULL, unsetenv_others: true)'
  }.freeze

  def assert_started(evidence)
    STARTS.each_key do |name|
      commands = evidence.programs(name.to_s)
      assert(commands.any? { |command| command.include?("ls a.txt") }, "#{name}: #{commands} #{evidence.of(name.to_s)}")
    end
  end

  def test_each_way_of_starting_a_program
    assert_started(record(STARTS, files: { "a.txt" => "a" }, before: 'require "open3"'))
  end

  # Without privileges Ruby starts programs by vfork.
  def test_the_same_as_somebody_else
    skip "needs root" unless Process.uid.zero?
    FileUtils.mkdir_p(File.join(@folder, "data", "sessions"))
    FileUtils.chmod_R(0o777, @folder)
    wrapper = %w[setpriv --reuid 65534 --regid 65534 --clear-groups]
    evidence = record(STARTS, files: { "a.txt" => "a" }, before: 'require "open3"', wrapper: wrapper)
    assert_started(evidence)
    assert_equal %w[child main], evidence.records("process").map { |record| record["role"] }.uniq.sort
    assert_operator evidence.records("process").size, :<, STARTS.size # forked children have a record of their own
  end

  def test_whoever_starts_a_program_with_other_variables_does_not_read_all
    evidence = record(STARTS.slice(:environment, :cleared), files: { "a.txt" => "a" })
    assert_empty evidence.find("environment", :environment, "*")
  end

  def test_programs_that_look_at_nothing_are_none
    evidence = record({ machine: "`uname -m`", outcome: 'system("false"); system("/bin/true")', words: "`echo a`", shell: 'system("true; false")' })
    %w[machine outcome words].each { |name| assert_empty evidence.programs(name), name }
    assert_equal 1, evidence.programs("shell").size
  end

  def test_a_program_that_is_not_there
    evidence = record({ absent: 'system("no-such-program")' })
    assert_empty evidence.programs("absent")
    assert(evidence.of("absent").any? { |input| input.subject.end_with?("/no-such-program") && input.state == :absent })
  end

  CHILD = <<~RUBY
    def child(way)
      deep = 1
      File.read("a.txt")
      way == :kill ? Process.kill(:KILL, Process.pid) : way == :hard ? exit!(0) : exit(0)
    end
  RUBY

  def test_lines_and_inputs_of_forked_children
    tests = %i[exit hard kill].to_h { |way| [:"by_#{way}", "Process.wait(fork { child(:#{way}) })"] }
    evidence = record(tests, files: { "a.txt" => "a" }, before: CHILD)
    tests.each_key do |name|
      assert_equal [:present], evidence.find(name.to_s, :file, "a.txt").map(&:state), name
      assert_equal [3, 4, 5], evidence.lines(name.to_s, "subject.rb") & [3, 4, 5], name
      assert_equal ["observed"], evidence.of(name.to_s).select { |input| input.kind == :process }.map(&:detail).uniq
    end
  end

  def test_files_that_are_opened_for_a_program
    evidence = record({ reads: 'system("/bin/cat", in: "a.txt", out: File::NULL)', writes: 'system("/bin/echo", out: "log.txt")' }, files: { "a.txt" => "a" })
    assert_equal [:present], evidence.find("reads", :file, "a.txt").map(&:state)
    assert_equal ["created"], evidence.find("writes", :written, "log.txt").map(&:detail)
  end

  def test_a_server_of_its_own
    tests = { own: <<~RUBY, unix: <<~RUBY2 }
      server = TCPServer.new("127.0.0.1", 0)
      thread = Thread.new { server.accept.close }
      TCPSocket.new("127.0.0.1", server.addr[1]).close
      thread.join
    RUBY
      server = UNIXServer.new("s.sock")
      UNIXSocket.new("s.sock").close
    RUBY2
    evidence = record(tests, before: 'require "socket"')
    %w[own unix].each do |name|
      connects = evidence.of(name).select { |input| input.kind == :socket && input.words.last == "connect" }
      assert_equal ["own"], connects.map { |input| input.words.first }.uniq, evidence.of(name).to_s
    end
  end

  def test_a_server_in_a_child_of_its_own
    evidence = record({ child: <<~RUBY }, before: 'require "socket"')
      reader, writer = IO.pipe
      path = File.expand_path("s.sock")
      child = fork do
        servers = [TCPServer.new("127.0.0.1", 0), UNIXServer.new(path)]
        writer.puts(servers.first.addr[1])
        sleep
      end
      TCPSocket.new("127.0.0.1", reader.gets.to_i).close
      UNIXSocket.new(path).close
      Process.kill(:KILL, child)
      Process.wait(child)
    RUBY
    connects = evidence.of("child").select { |input| input.kind == :socket && input.words.last == "connect" }
    assert_equal [%w[own connect]] * 2, connects.map(&:words)
  end

  def test_a_server_of_somebody_else
    server = TCPServer.new("127.0.0.1", 0)
    evidence = record({ other: "TCPSocket.new('127.0.0.1', #{server.addr[1]}).close", world: "begin; Socket.tcp('192.0.2.1', 9, connect_timeout: 0.1); rescue SystemCallError; end",
                        name: "begin; TCPSocket.new('no-such-host.invalid', 9); rescue SocketError; end" }, before: 'require "socket"')
    words = ->(name) { evidence.of(name).select { |input| input.kind == :socket }.map(&:words) }
    assert_includes words["other"], %w[loopback connect]
    assert_includes words["world"], %w[external connect]
    assert_includes words["name"], %w[external getaddrinfo]
  ensure
    server&.close
  end
end
