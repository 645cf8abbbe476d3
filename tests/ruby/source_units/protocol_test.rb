# frozen_string_literal: true

require_relative "support"
require "tempfile"

class ProtocolTest < Minitest::Test
  PROGRAM = [RbConfig.ruby, "--disable-gems", "-W0", File.join(SourceUnits::FOLDER, "main.rb")].freeze

  def ask(*sources, raw: nil, before: "")
    input = sources.each_with_index.map { |text, i| %({"name": "#{i}.rb", "bytes": #{text.bytesize}}\n).b + text.b }.join
    Open3.capture3(*PROGRAM, stdin_data: "#{before}#{raw || input}", binmode: true)
  end

  def answers(*sources)
    out, err, status = ask(*sources)
    assert_equal [0, ""], [status.exitstatus, err]
    out.lines.map { |line| JSON.parse(line) }
  end

  def test_answers_every_frame_in_order
    first, second, third = answers("def a; end", "", "def b; end\ndef c; end")
    assert_equal(%w[a], first["functions"].map { |unit| unit["name"] })
    assert_equal [1, [], [], {}, {}], second.values_at("version", "functions", "statements", "docs", "annotations")
    assert_equal(%w[b c], third["functions"].map { |unit| unit["name"] })
  end

  def test_no_frames
    assert_equal [], answers
  end

  def test_what_does_not_parse_costs_its_own_answer_only
    bad, good = answers("x = 1\ndef (\n", "A = 1")
    assert_match(/\ASyntaxError: .* line [23]\z/, bad["error"])
    assert_equal 1, good["version"]
  end

  def test_broken_frames
    ["nonsense\n", %({"name": 1, "bytes": 2}\n), %({"name": "x", "bytes": -1}\n), %([]\n), %({"name": "x"}\n),
     %({"name": "x", "bytes": 10}\nshort), "\xFF\xFE\n".b].each do |raw|
      out, err, status = ask(raw: raw)
      assert_equal [2, ""], [status.exitstatus, out], raw
      assert_match(/\Asource_units: .*\n\z/, err)
    end
  end

  def test_answers_before_a_broken_frame_are_complete
    out, _err, status = ask(raw: %({"name": "x", "bytes": 5}\nA = 1{"na))
    assert_equal 2, status.exitstatus
    assert_equal 1, JSON.parse(out)["version"]
  end

  def test_a_reader_that_has_gone
    Open3.popen3(*PROGRAM) do |input, output, err, thread|
      output.close
      input.write(%({"name": "x", "bytes": 5}\nA = 1) * 20_000) rescue Errno::EPIPE
      input.close rescue Errno::EPIPE
      assert_equal 1, thread.value.exitstatus
      assert_equal "", err.read
    end
  end

  def test_what_is_no_ruby
    sources = ["<% if a %>\n<%= b %>\n<% end %>", "\0\0\0", "\xFF\xFE\x00".b, "(" * 200_000, "[" * 20_000 + "]" * 20_000,
               "a = " + ("1 + " * 50_000) + "1", "x" + (".y" * 20_000), "\xEF\xBB\xBFA = 1", "# encoding: utf-7\nA = 1",
               "# encoding: nonsense\nA = 1", "\r\n\r\nA = 1\r\n", "__END__\nx", "=begin\n", "<<A\n", "%"]
    answers(*sources).zip(sources).each do |answer, source|
      assert answer["error"] || answer["version"] == 1, source[0, 40]
    end
  end

  def test_answers_are_ascii
    out, = ask("# encoding: utf-8\nclass Größe; def höhe = \"ä\"; end", "# encoding: iso-8859-1\nB = :\"\xE4\"".b)
    assert_predicate out, :ascii_only?
    assert_equal "Größe.höhe", JSON.parse(out.lines[0])["functions"][0]["name"]
  end

  def test_two_processes_say_the_same
    text = File.read(File.join(SourceUnits::FOLDER, "meaning.rb"))
    assert_equal ask(text)[0], ask(text)[0]
  end

  def test_nothing_of_the_source_runs
    answers("BEGIN { exit 3 }\nat_exit { exit 4 }\nputs 1\n__LINE__")
  end
end
