"""Events go off only where an instruction's word without events is known: all that lines begin with."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from ruby_at_hand import ruby

ROOT = Path(__file__).resolve().parents[3]
SELF_TEST = ROOT / "ruby_ext" / "ext" / "testalibi" / "line_self_test.cc"
# Instructions of Ruby's own library that an event stands on, less those of the samples, which stand in ARGV.
BEGINNINGS = r"""
$VERBOSE = nil
EACH = /^\d{4} (\w+)(.*)/
known = ARGV.flat_map { |sample| RubyVM::InstructionSequence.compile(sample).disasm.scan(EACH).map(&:first) }
files = Dir[RbConfig::CONFIG["rubylibdir"] + "/**/*.rb"]
codes = files.filter_map do |file|
  RubyVM::InstructionSequence.compile_file(file)
rescue SyntaxError, StandardError
  nil
end
found = codes.flat_map do |code|
  code.disasm.scan(EACH).filter_map { |name, rest| name if rest =~ /\[\w*(Li|Ca)\w*\]/ }
end
abort "no library to read" if found.size < 10_000
puts found.uniq - known
"""


def test_all_instructions_that_lines_of_the_standard_library_begin_with_are_learnt() -> None:
    text = SELF_TEST.read_text()
    samples = [
        re.search(r'kSample\[\] = R"\((.*?)\)";', text, re.DOTALL),
        re.search(r'kUnfrozenSample\[\] = "(.*?)";', text),
    ]
    given = [found[1].replace("\\n", "\n") for found in samples if found]
    assert len(given) == 2
    done = subprocess.run(
        [ruby(), "-e", BEGINNINGS, *given], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
