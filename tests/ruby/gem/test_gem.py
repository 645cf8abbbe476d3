"""The gem as a user gets it: built, installed for this Ruby and used by a project."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from ruby_at_hand import ruby

CHECKOUT = Path(__file__).resolve().parents[3]
TEST = """
require "testalibi/minitest"
require "minitest/autorun"
class T < Minitest::Test
  def test_one = assert(true)
end
"""


def gem(*arguments: str, **environment: str) -> None:
    done = subprocess.run(
        [ruby(), "-S", "gem", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]


def gem_folders() -> list[str]:
    """Where gems are, but for a testalibi that this machine may have already."""
    listed = subprocess.run([ruby(), "-e", "puts Gem.path"], capture_output=True, text=True, check=True)
    return [path for path in listed.stdout.splitlines() if not any(Path(path).glob("gems/testalibi-*"))]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which the gem is there, built by a compiler that warns."""
    folder = tmp_path_factory.mktemp("gem")
    (folder / "newer.h").write_text('#warning "as of a newer compiler"\n')
    file = folder / "testalibi.gem"
    gem("build", "--silent", "--output", str(file), "testalibi.gemspec")
    command = Path(os.environ["ALIBI_BUILD"]).resolve() / "collector/cli/alibi"
    built = {"ALIBI_BUILT_COMMAND": str(command), "CXXFLAGS": f"-O1 -include {folder}/newer.h"}
    home = {
        "GEM_HOME": str(folder / "home"),
        "GEM_PATH": os.pathsep.join([str(folder / "home"), *gem_folders()]),
    }
    gem("install", "--local", "--no-document", str(file), **built, **home)
    return {**home, "ALIBI": "1"}


def test_a_gem_that_was_built_by_a_compiler_that_warns_records_and_leaves_out(
    installed: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "t_test.rb").write_text(TEST)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ALIBI", "RUBY"))}
    runs = [
        subprocess.run(
            [ruby(), "t_test.rb"],
            cwd=tmp_path,
            env={**kept, **installed},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        for _ in range(2)
    ]
    assert [run.returncode for run in runs] == [0, 0], runs[0].stdout
    assert "1 runs, 1 assertions" in runs[0].stdout
    assert "0 runs, 0 assertions" in runs[1].stdout, runs[1].stdout


def test_that_the_command_of_the_gem_never_starts_itself(installed: dict[str, str], tmp_path: Path) -> None:
    starter = Path(installed["GEM_HOME"]) / "bin" / "alibi"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ALIBI", "RUBY"))}
    path = f"{starter.parent}:{os.environ['PATH']}"

    def alibi(**environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ruby(), str(starter), "--version"],
            env={**kept, **installed, "PATH": path, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert alibi(ALIBI_COMMAND=str(starter)).stdout.startswith("alibi 0.")
    # Another copy of the library, which has no command, goes before the gem's on the load path.
    assert alibi(ALIBI_COMMAND="/none/alibi", RUBYLIB=str(CHECKOUT / "ruby_ext/lib")).stdout.startswith(
        "alibi 0."
    )
    (binary,) = Path(installed["GEM_HOME"]).glob("gems/testalibi-*/ruby_ext/lib/testalibi/alibi")
    binary.rename(tmp_path / "alibi")
    missing = alibi(ALIBI_COMMAND=str(starter))
    (tmp_path / "alibi").rename(binary)
    assert missing.returncode == 1
    assert "the command was not built with the gem testalibi" in missing.stderr
