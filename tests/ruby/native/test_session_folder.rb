# frozen_string_literal: true

require "minitest/autorun"
require "tmpdir"
require_relative "../../../ruby_ext/lib/testalibi/session_folder"

# Beside other runs that begin, and merges that look for killed ones, at the same moment.
class TestSessionFolder < Minitest::Test
  # What lies in the folder each time a lock is taken.
  module Watched
    def self.seen = @seen ||= []

    def flock(*)
      Watched.seen << Dir.children(File.dirname(path)) if File.exist?(path)
      super
    end
  end
  File.prepend(Watched)

  def setup = Watched.seen.clear

  def test_a_lock_is_never_there_and_unheld
    Dir.mktmpdir do |data|
      folder = Testalibi::SessionFolder.new(data, {})
      assert_equal [["lock.new"]], Watched.seen
      assert_equal %w[lock session.json], Dir.children(folder.path).sort
      File.open(File.join(folder.path, "lock")) do |lock|
        refute lock.flock(File::LOCK_EX | File::LOCK_NB)
        folder.release
        assert_equal 0, lock.flock(File::LOCK_EX | File::LOCK_NB)
      end
    end
  end

  def test_the_first_sessions_of_a_project_may_begin_at_the_same_moment
    Dir.mktmpdir do |root|
      data = File.join(root, "deep", "data")
      from, to = IO.pipe
      runs = Array.new(8) do
        fork do
          to.close
          from.read # until all are there
          Testalibi::SessionFolder.new(data, {})
          exit!(0)
        end
      end
      from.close
      to.close
      assert(runs.all? { |run| Process.wait2(run)[1].success? })
      assert_equal 8, Dir.children(File.join(data, "sessions")).size
    end
  end

  def test_what_is_given_up_is_never_a_session_without_its_owner
    Dir.mktmpdir do |data|
      folder = Testalibi::SessionFolder.new(data, {})
      File.write(File.join(folder.path, "1.shard"), "")
      gone = []
      File.singleton_class.prepend(Module.new { define_method(:unlink) { |path| gone << path && super(path) } })
      folder.discard
      assert_equal "lock", File.basename(gone.first)
      refute_path_exists folder.path
    end
  end
end
