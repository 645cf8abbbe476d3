"""One small project in each test framework, run under the Alibi of this tree's build and reported.

Each has the same four tests: one that passes and reads a data file, one that passes, one that fails (and
always has to run), one that is skipped. A source file has code on lines 1, 8, 255 and 256 and nowhere else.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from compiled import compile_package
from ruby_at_hand import native_folder, ruby

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ["ALIBI_BUILD"]).resolve()
COMMAND = BUILD / "collector" / "cli" / "alibi"
KEY = "0123456789abcdefKEY"
FRAMEWORKS = ("pytest", "rspec", "minitest", "cucumber")

_AT_LINES = "{0}\n" + "\n" * 6 + "{1}\n" + "\n" * 246 + "{1}\n{1}\n"
_CALC_PY = """
import far

def add(a, b):
    return a + b

def sub(a, b):
    return a - b
"""
_TESTS_PY = """
import pytest
import calc

def test_adds():
    with open("numbers.txt") as numbers:
        assert calc.add(1, 2) == int(numbers.read())

@pytest.mark.parametrize("x", [3])
def test_subtracts(x):
    assert calc.sub(x, 2) == 1

@pytest.mark.skipif(False, reason="datadog_itr_unskippable")
def test_fails():
    raise ValueError("boom" + "é" * 6000)

@pytest.mark.skip(reason="not now")
def test_waits():
    pass
"""
_CALC_RB = """
require_relative "far"
class Calc
  def add(a, b)
    a + b
  end

  def sub(a, b)
    a - b
  end
end
"""
_SPEC = """
require_relative "../lib/calc"
RSpec.describe Calc do
  it("adds") { expect(subject.add(1, 2)).to eq Integer(File.read("numbers.txt")) }
  it("subtracts") { expect(subject.sub(3, 2)).to eq 1 }
  it("fails", :datadog_itr_unskippable) { raise ArgumentError, "boom" + "é" * 6000 }
  it("waits") { skip "not now" }
end
"""
_MINITEST = """
require "minitest/autorun"
require_relative "../lib/calc"
class CalcTest < Minitest::Test
  def test_adds = assert_equal(Integer(File.read("numbers.txt")), Calc.new.add(1, 2))
  def test_subtracts = assert_equal(1, Calc.new.sub(3, 2))
  datadog_itr_unskippable "test_fails"
  def test_fails = raise(ArgumentError, "boom" + "é" * 6000)
  def test_waits = skip("not now")
end
"""
_FEATURE = """Feature: Calculating

  Scenario: adds
    Then add gives 3

  Scenario: subtracts
    Then sub gives 1

  @datadog_itr_unskippable
  Scenario: fails
    Then it fails with boom

  Scenario: waits
    Then it waits
"""
_STEPS = """
require "testalibi/cucumber"
require_relative "../../lib/calc"
Then(/^add gives 3$/) { raise "wrong" unless Calc.new.add(1, 2) == Integer(File.read("numbers.txt")) }
Then(/^sub gives 1$/) { raise "wrong" unless Calc.new.sub(3, 2) == 1 }
Then(/^it fails with boom$/) { raise ArgumentError, "boom" + "é" * 6000 }
Then(/^it waits$/) { skip_this_scenario("not now") }
"""
_RUBY = {"lib/calc.rb": _CALC_RB, "lib/far.rb": _AT_LINES.format("FAR = [1]", "FAR << 1")}
_FILES = {
    "pytest": {
        "calc.py": _CALC_PY,
        "far.py": _AT_LINES.format("FAR = [1]", "FAR.append(1)"),
        "conftest.py": "",
        "tests/unit/test_calc.py": _TESTS_PY,
    },
    "rspec": {**_RUBY, "spec/calc_spec.rb": _SPEC},
    "minitest": {**_RUBY, "test/calc_test.rb": _MINITEST},
    "cucumber": {**_RUBY, "features/calc.feature": _FEATURE, "features/support/env.rb": _STEPS},
}
_COMMANDS = {
    "rspec": ["-S", "rspec", "--require", "testalibi/rspec"],
    "minitest": ["-rtestalibi/minitest", "test/calc_test.rb"],
    "cucumber": ["-S", "cucumber"],
}
MODULES = {"pytest": "tests.unit", "rspec": "rspec", "minitest": "minitest", "cucumber": "cucumber"}
SUITES = {
    "pytest": "test_calc.py",
    "rspec": "Calc at ./spec/calc_spec.rb",
    "minitest": "CalcTest at test/calc_test.rb",
    "cucumber": "Calculating at features/calc.feature",
}
_NAMES = {
    "pytest": {"subtracts": "test_subtracts[3]"},
    "rspec": {},
    "minitest": {},
    "cucumber": {},
}


def name_of(framework: str, test: str) -> str:
    """As the intake knows it. `test`: adds, subtracts, fails or waits."""
    prefix = "test_" if framework in ("pytest", "minitest") else ""
    return _NAMES[framework].get(test, prefix + test)


@dataclass
class Ended:
    status: int
    text: str


def python_site(folder: Path) -> Path:
    """A folder for PYTHONPATH with this tree's package and what the build made for it."""
    package = folder / "testalibi"
    if package.exists():
        return folder
    shutil.copytree(
        ROOT / "python_ext" / "testalibi",
        package,
        ignore=shutil.ignore_patterns("*.so", "_bin", "__pycache__"),
    )
    native = "_native" + str(sysconfig.get_config_var("EXT_SUFFIX"))
    shutil.copy(BUILD / "python_ext" / "testalibi" / native, package)
    information = folder / "testalibi-0.1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: testalibi\nVersion: 0.1.0\n")
    (information / "entry_points.txt").write_text("[pytest11]\nalibi = testalibi.pytest_plugin\n")
    compile_package(sys.executable, folder)  # runs write no bytecode
    return folder


def agentless(url: str) -> dict[str, str]:
    return {
        "DD_CIVISIBILITY_AGENTLESS_ENABLED": "1",
        "DD_CIVISIBILITY_AGENTLESS_URL": url,
        "DD_API_KEY": KEY,
    }


class Shop:
    """A project in a folder of its own, committed. `parts`: where what the shops share is put."""

    def __init__(self, framework: str, folder: Path, parts: Path) -> None:
        self.framework = framework
        self.folder = folder / "shop"
        self.data = self.folder / ".alibi"
        self._parts = parts
        for name, text in _FILES[framework].items():
            self.write(name, text)
        self.write("numbers.txt", "3\n")
        self._git("init", "-q")
        self._git("add", "-A")
        self._git("commit", "-qm", "first")
        self._git("remote", "add", "origin", "https://user:secret@example.com/acme/shop.git")

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _git(self, *arguments: str) -> None:
        git = ["git", "-C", str(self.folder), "-c", "user.name=n", "-c", "user.email=e"]
        subprocess.run([*git, *arguments], check=True, capture_output=True)

    def environment(self, reporting: dict[str, str]) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ALIBI", "PYTEST", "DD_", "_DD", "_CI_DD", "RUBY"))
            and not name.lower().endswith("_proxy")
        }
        kept.update(ALIBI="1", ALIBI_COMMAND=str(COMMAND), LC_ALL="C.UTF-8", PYTHONDONTWRITEBYTECODE="1")
        if self.framework == "pytest":
            kept["PYTHONPATH"] = str(python_site(self._parts / "site"))
        else:
            kept["RUBYLIB"] = str(ROOT / "ruby_ext" / "lib")
            kept["ALIBI_RUBY_NATIVE_DIR"] = str(native_folder(self._parts))
        return {**kept, **reporting}

    def command(self) -> list[str]:
        if self.framework == "pytest":
            return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--alibi"]
        return [ruby(), *_COMMANDS[self.framework]]

    def run(self, reporting: dict[str, str], **more: str) -> Ended:
        done = subprocess.run(
            self.command(),
            cwd=self.folder,
            env=self.environment({**reporting, **more}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ended(done.returncode, done.stdout + done.stderr)

    def ship(self, reporting: dict[str, str]) -> Ended:
        """`alibi ship`: what waits is sent."""
        done = subprocess.run(
            [str(COMMAND), "ship", "--data", str(self.data)],
            cwd=self.folder,
            env=self.environment(reporting),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ended(done.returncode, done.stdout + done.stderr)

    def spooled(self) -> list[Path]:
        """Files that wait, or were set aside. One that was never finished (.new.) counts for nothing."""
        folder = self.data / "spool"
        found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".new."))
        return sorted(found) if folder.exists() else []
