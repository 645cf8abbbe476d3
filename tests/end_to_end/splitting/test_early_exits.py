"""A test that ends its process with 0 takes the tests behind it along: nobody is told that they passed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from split_project import SplitProject

FILES = {
    "minitest": {
        "test/a_test.rb": "require 'minitest/autorun'\nclass ATest < Minitest::Test\n  def test_it = exit!(0)\nend\n",
        "test/b_test.rb": "require 'minitest/autorun'\nclass BTest < Minitest::Test\n  def test_it = flunk\nend\n",
    },
    "rspec": {
        "spec/a_spec.rb": "RSpec.describe('a') { it('leaves') { exit!(0) } }\n",
        "spec/b_spec.rb": "RSpec.describe('b') { it('fails') { expect(1).to eq 2 } }\n",
    },
    "pytest": {
        "tests/test_a.py": "import os\n\ndef test_it():\n    os._exit(0)\n",
        "tests/test_b.py": "def test_it():\n    assert False\n",
    },
}
LOADING = {
    "test/a_test.rb": "require 'minitest/autorun'\nexit(0)\n",
    "test/b_test.rb": FILES["minitest"]["test/b_test.rb"],
}
FINE = {"test/c_test.rb": FILES["minitest"]["test/b_test.rb"].replace("flunk", "assert(true)")}
BATCH = ["--no-persistent-workers", "--max-parallelism=1"]


def made(folder: Path, framework: str, files: dict[str, str]) -> SplitProject:
    if framework == "rspec" and shutil.which("rspec") is None:
        pytest.skip("there is no RSpec")
    project = SplitProject(folder)
    project.commit(files)
    project.words = [
        "--platform=python" if framework == "pytest" else "--platform=ruby",
        f"--framework={framework}",
    ]
    return project


@pytest.mark.parametrize("framework", sorted(FILES))
def test_a_batch_without_the_report_asked_for_fails(tmp_path: Path, framework: str) -> None:
    project = made(tmp_path / "p", framework, FILES[framework])
    done = project.run(*BATCH, "--junit=all.xml", status=1)
    first, second = sorted(FILES[framework])
    assert f"count as failed: {first}, {second}" in done.stderr


@pytest.mark.parametrize("files", [FILES["minitest"], LOADING], ids=["in a test", "while loading"])
def test_a_batch_of_minitest_fails_without_a_report_too(tmp_path: Path, files: dict[str, str]) -> None:
    project = made(tmp_path / "p", "minitest", files)
    done = project.run(*BATCH, status=1)
    assert "count as failed: test/a_test.rb, test/b_test.rb" in done.stderr


@pytest.mark.parametrize("more", [[], ["--junit=all.xml"]], ids=["", "report"])
def test_a_batch_that_came_to_its_end_passes(tmp_path: Path, more: list[str]) -> None:
    silent = {"test/d_test.rb": "# no test\n", "test/e_test.rb": "exit 0 if false\n"}
    project = made(tmp_path / "p", "minitest", {**FINE, **silent})
    done = project.run(*BATCH, *more)
    assert "failed" not in done.stderr
