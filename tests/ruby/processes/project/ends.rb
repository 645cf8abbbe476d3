# frozen_string_literal: true

# Ways for a process to end, once its work is done.
module Ends
  STATUS = { return: 0, exception: 1, exit: 3, exit!: 4, SIGTERM: -15, SIGKILL: -9 }.freeze

  def self.end(way)
    case way
    when :exception then raise "on purpose"
    when :exit then exit(3)
    when :exit! then exit!(4)
    when :SIGTERM, :SIGKILL
      Process.kill(way, Process.pid)
      sleep
    end
  end
end
