# frozen_string_literal: true

# The folder of a persistent worker of Ruby's: what tests change of it is theirs. Written beside each driver.

# A plain run loads every file before the first test changes directory, and finds it from where it was started.
class AlibiWorkerFolder
  PLACE = Dir.method(:pwd) # as they are now: tests replace them
  CHANGE = Dir.method(:chdir)

  def initialize
    @root = @loading = PLACE.call
  end

  def path(file) = File.expand_path(file, @root)

  # What a file, or a helper that it requires, changes while it is loaded holds from then on.
  def load
    go(@loading)
    yield
  ensure
    after = here
    after && after != @loading ? @loading = @running = after : go(@running || @loading)
  end

  # After the hooks of the whole run: each unit's tests begin here.
  def tests_begin = @running = here

  private

  def here
    PLACE.call
  rescue SystemCallError
    nil # removed
  end

  # The next best where one is gone, or a thread is in a block of chdir's.
  def go(folder)
    return if folder == here

    CHANGE.call(folder)
  rescue SystemCallError, RuntimeError
    go(@root) unless folder == @root
  end
end
