# frozen_string_literal: true

require_relative "project"

# Programs that tests start and that are no interpreters: with ALIBI_CHILDREN=record they say what they read.
class ProgramsTest < FrameworkCase
  RUN = [FrameworkProject::RUBY, "-Itest", "-Ilib", "test/shop_test.rb"].freeze
  RECORD = { "ALIBI_CHILDREN" => "record", "ALIBI_EXPLAIN" => "reasons" }.freeze

  def project_files
    {
      "data.txt" => "one\n", "child.rb" => "require './part'\nputs PART\n", "part.rb" => "PART = 1 # one\n", "test/shop_test.rb" => <<~RUBY
        require "testalibi/minitest"
        require "minitest/autorun"
        #{SAY_SO}
        WIDTH = `stty size 2>/dev/null; no-such-program 2>&1`

        class ShopTest < Minitest::Test
          def test_shell
            ran "shell"
            assert_equal "one\\n", `cat data.txt 2>&1`
          end

          def test_ruby
            ran "ruby"
            assert_equal "1\\n", `\#{RbConfig.ruby} child.rb`
          end

          def test_other
            ran "other"
            assert_equal 2, 1 + 1
          end

          def test_environment
            ran "environment"
            refute_empty `env 2>&1`
            assert_equal ENV.fetch("BEFORE", nil), ENV.fetch("LD_PRELOAD", nil).to_s.split(":").reject { |path| path.include?("alibi") }.first
          end
        end
      RUBY
    }
  end

  def setup
    super
    skip "the recorder for programs is not built here" unless File.file?(File.expand_path("../tracer/preload/libalibi_preload.so", FrameworkProject::BUILD))
  end

  def test_that_their_tests_run_always_where_nobody_asked
    assert_equal %w[environment other ruby shell], @project.run(*RUN).ran
    assert_equal %w[environment other ruby shell], @project.run(*RUN).ran
  end

  def test_that_nothing_runs_while_nothing_changes
    first = @project.run(*RUN, env: RECORD)
    assert_equal [0, %w[environment other ruby shell]], [first.status, first.ran], first.text
    again = @project.run(*RUN, env: RECORD)
    assert_empty again.ran, again.alibi
  end

  def test_that_what_they_read_is_an_input
    @project.run(*RUN, env: RECORD)
    @project.edit("data.txt", "one", "two")
    changed = @project.run(*RUN, env: RECORD)
    assert_equal %w[shell], changed.ran, changed.alibi
    assert_equal 1, changed.status
  end

  def test_that_a_ruby_that_is_started_records_by_itself
    @project.run(*RUN, env: RECORD)
    @project.edit("part.rb", "# one", "# two")
    assert_empty @project.run(*RUN, env: RECORD).ran
    @project.edit("part.rb", "PART = 1", "PART = 2")
    assert_equal %w[ruby], @project.run(*RUN, env: RECORD).ran
  end

  def test_that_a_program_that_was_not_there_is_looked_for
    folder = File.join(@project.path, "bin")
    path = { "PATH" => "#{folder}:#{ENV.fetch("PATH")}" }
    @project.run(*RUN, env: { **RECORD, **path })
    assert_empty @project.run(*RUN, env: { **RECORD, **path }).ran
    @project.write("bin/no-such-program" => "#!/bin/sh\necho there\n")
    File.chmod(0o755, File.join(folder, "no-such-program"))
    assert_includes @project.run(*RUN, env: { **RECORD, **path }).ran, "other"
  end

  def test_that_a_recorder_that_is_not_installed_is_said
    FileUtils.rm_f(Dir[File.join(@project.instance_variable_get(:@native), "libalibi_preload.so")])
    assert_match(/^alibi: programs that tests start are not recorded: their recorder is not installed/, @project.run(*RUN, env: RECORD).alibi)
  end
end
