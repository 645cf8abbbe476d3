# frozen_string_literal: true

require_relative "json_text"

module Testalibi
  # The folder of one session below the data folder: DATA/sessions/<id>/{session.json, lock, shards}.
  #
  # Made by the main process only. The lock is held until the session is stored, so that what a killed run left
  # behind can be told from a run that goes on.
  class SessionFolder
    attr_reader :path, :number

    def initialize(data, description)
      started = Time.now
      @number = Random.urandom(8).unpack1("Q") >> 1
      name = "#{started.utc.strftime("%Y%m%dT%H%M%S")}-#{format("%016x", @number)}"
      @path = File.join(data, "sessions", name)
      make_data(data)
      make_folder(@path)
      @lock = take_lock(File.join(@path, "lock"))
      @description = { id: name, started_unix: started.to_f, **description, complete: false }
      write
    end

    def complete(**results)
      @description.update(results, complete: true, ended_unix: Time.now.to_f)
      write
    end

    def release
      return unless @lock

      @lock.flock(File::LOCK_UN) # by itself: a forked child may still hold the descriptor
      @lock.close
      @lock = nil
    end

    # The lock first, while it is held: what is left without one is nobody's session.
    def discard
      ["lock", *Dir.children(@path) - ["lock"]].each { |name| File.unlink(File.join(@path, name)) }
      Dir.rmdir(@path)
    rescue SystemCallError
      nil
    ensure
      release
    end

    private

    # A lock of that name is always held: a merge that saw it unheld would take this run for a killed one.
    def take_lock(path)
      lock = File.open("#{path}.new", File::RDWR | File::CREAT, 0o644)
      lock.flock(File::LOCK_EX | File::LOCK_NB)
      File.rename("#{path}.new", path)
      lock
    end

    def make_folder(path)
      return if File.directory?(path)

      make_folder(File.dirname(path))
      Dir.mkdir(path)
    rescue Errno::EEXIST
      nil # somebody else was faster
    end

    def make_data(data)
      return if File.directory?(data)

      make_folder(data)
      File.write(File.join(data, ".gitignore"), "*\n")
    end

    def write
      target = File.join(@path, "session.json")
      File.write("#{target}.new", JsonText.generate(@description))
      File.rename("#{target}.new", target)
    end
  end
end
