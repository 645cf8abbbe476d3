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


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which the gem is there, built by a compiler that warns."""
    folder = tmp_path_factory.mktemp("gem")
    (folder / "newer.h").write_text('#warning "as of a newer compiler"\n')
    file = folder / "testalibi.gem"
    gem("build", "--silent", "--output", str(file), "testalibi.gemspec")
    command = Path(os.environ["ALIBI_BUILD"]).resolve() / "collector/cli/alibi"
    built = {"ALIBI_BUILT_COMMAND": str(command), "CXXFLAGS": f"-O1 -include {folder}/newer.h"}
    home = {"GEM_HOME": str(folder / "home")}
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
