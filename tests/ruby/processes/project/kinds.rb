# frozen_string_literal: true

require "rbconfig"
require_relative "ends"
require_relative "lib"

# Ways to start a process that does work(6) and then ends in a given way: each returns its status.
module Kinds
  RUBY = RbConfig.ruby
  QUIET = { err: File::NULL }.freeze

  class << self
    def task(way)
      raise "wrong" unless work(6) == 8

      Ends.end(way)
    end

    def quiet_task(way)
      $stderr.reopen(File::NULL)
      task(way)
    end

    def status(process)
      Process.wait(process)
      ended
    end

    def ended = $?.signaled? ? -$?.termsig : $?.exitstatus

    def block_of_fork(way) = status(fork { quiet_task(way) })

    def fork_that_returns(way)
      process = Process.fork
      return status(process) if process

      child_ends(way)
    end

    def minus_of_popen(way)
      pipe = IO.popen("-")
      if pipe
        pipe.read
        pipe.close
        return ended
      end
      child_ends(way)
    end

    # What it raises would go on in a copy of the test run.
    def child_ends(way)
      trap(:TERM, "SYSTEM_DEFAULT")
      task(way)
      exit!(0)
    rescue RuntimeError
      exit!(1)
    rescue SystemExit => e
      exit!(e.status)
    end

    def fork_in_fork(way)
      reader, writer = IO.pipe
      status(fork do
        reader.close
        inner = fork { quiet_task(way) }
        Process.wait(inner)
        writer.puts(ended)
      end)
      writer.close
      reader.read.to_i
    end

    # Its parent is gone before it works; the pipe ends with it.
    def daemon(way)
      reader, writer = IO.pipe
      status(fork do
        reader.close
        Process.daemon(true, false)
        quiet_task(way)
      end)
      writer.close
      reader.read
      Ends::STATUS.fetch(way)
    end

    def system_(way)
      system(RUBY, "child.rb", way.to_s, **QUIET)
      ended
    end

    def one_line(way)
      system("#{RUBY} child.rb #{way}", **QUIET)
      ended
    end

    def backticks(way)
      `#{RUBY} -W0 child.rb #{way}`
      ended
    end

    def spawn_(way) = status(spawn(RUBY, "child.rb", way.to_s, **QUIET))
    def own_environment(way) = status(spawn({ "ANYTHING" => "1" }, RUBY, "child.rb", way.to_s, **QUIET))
    def own_folder(way) = status(spawn(RUBY, File.expand_path("child.rb", __dir__), way.to_s, chdir: "/", **QUIET))
    def new_group(way) = status(spawn(RUBY, "child.rb", way.to_s, pgroup: true, **QUIET))
    def script(way) = status(spawn("./tool", way.to_s, **QUIET))
    def without_gems(way) = status(spawn(RUBY, "--disable-gems", "child.rb", way.to_s, **QUIET))
    def text(way) = status(spawn(RUBY, "-e", "require './kinds'; Kinds.task(:#{way})", **QUIET))
    def in_thread(way) = Thread.new { spawn_(way) }.value
    def exec_after_fork(way) = status(fork { exec(RUBY, "child.rb", way.to_s, **QUIET) })

    def popen(way)
      IO.popen([RUBY, "child.rb", way.to_s, QUIET], &:read)
      ended
    end

    # A program that starts one.
    def grandchild(way)
      code = "require './kinds'; s = Kinds.spawn_(:#{way}); s < 0 ? Process.kill(-s, $$) && sleep : exit!(s)"
      status(spawn(RUBY, "-e", code, **QUIET))
    end
  end

  ALL = %i[
    block_of_fork fork_that_returns minus_of_popen fork_in_fork daemon system_ one_line backticks spawn_ own_environment
    own_folder new_group script without_gems text in_thread exec_after_fork popen grandchild
  ].freeze
end
