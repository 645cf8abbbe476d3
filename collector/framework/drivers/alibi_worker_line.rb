# frozen_string_literal: true

# What the persistent workers of Ruby's frameworks share (collector/run/WORKERS.md). Written beside each of them.
# Ruby 3.0 or later; needs no gem.

require "fcntl"
require "json"
require "socket"

# The other end of the socket. Lost, or in a forked child: as if there were no more units.
class AlibiWorkerLine
  LONGEST = 16 << 20
  HIGH = 600 # above what tests close by number, or expect a file that they open to get

  # Without it nothing may run: the whole suite would.
  def self.open
    new(Integer(ENV.delete("ALIBI_WORKER_SOCKET")))
  rescue ArgumentError, TypeError, SystemCallError
    abort "alibi: no persistent worker: there is nobody to ask for files"
  end

  def initialize(descriptor)
    given = IO.for_fd(descriptor, autoclose: false)
    raise ArgumentError unless given.stat.socket?

    @socket = UNIXSocket.for_fd(moved(given))
    @socket.close_on_exec = true
    @process = Process.pid
  end

  def say(**message)
    return unless open?

    @socket.write("#{JSON.generate(message)}\n")
  rescue SystemCallError, IOError
    close
  end

  # The unit, or nil.
  def ask
    say(next: true)
    line = open? && @socket.gets("\n", LONGEST)
    answer = line && line.end_with?("\n") && JSON.parse(line.force_encoding(Encoding::UTF_8))
    return answer["unit"] if answer.is_a?(Hash) && answer["unit"]

    close unless answer.is_a?(Hash) && answer["end"]
    nil
  rescue SystemCallError, IOError, JSON::ParserError
    close
  end

  private

  def moved(given)
    number = given.fcntl(Fcntl::F_DUPFD, HIGH)
    given.close
    number
  rescue SystemCallError # as few are allowed
    given.fileno
  end

  def open? = !@socket.nil? && Process.pid == @process

  def close
    @socket&.close if Process.pid == @process
    @socket = nil
  rescue SystemCallError, IOError # a test has closed every descriptor
    @socket = nil
  end
end
