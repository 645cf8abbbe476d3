"""The vendor's own plugin for pytest reports to `alibi serve`, and acts on what it answers.

Run by scripts/conformance, which installs it: ALIBI_DDTRACE_PYTHON is a Python that has ddtrace and pytest.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import requests_of, serving, text_of

PYTHON = os.environ.get("ALIBI_DDTRACE_PYTHON", "")
TESTS = """
import pytest
import calc

def test_add():
    assert calc.add(1, 2) == 3

@pytest.mark.parametrize("x", [1, 2])
def test_sub(x):
    assert calc.sub(x, 1) == x - 1

def test_fails():
    assert calc.add(1, 1) == 3

@pytest.mark.skipif(False, reason="datadog_itr_unskippable")
def test_always():
    assert calc.add(1, 1) == 2
"""
CALC = "def add(a, b):\n    return a + b\n\ndef sub(a, b):\n    return a - b\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    command = Path(os.environ["ALIBI_BUILD"]).resolve() / "collector/cli/alibi"
    with serving(str(command), tmp_path / "store") as url:
        yield url


class Shop:
    def __init__(self, folder: Path, server: str) -> None:
        self.folder = folder
        self._server = server
        self.write("calc.py", CALC)
        self.write("tests/test_calc.py", TESTS)
        self.write("conftest.py", "")
        self._git("init", "-q")
        self._git("remote", "add", "origin", "https://example.com/acme/shop.git")
        self.commit("first")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)

    def commit(self, message: str) -> None:
        self._git("add", "-A")
        self._git("commit", "-qm", message)

    def run(self) -> dict[str, str]:
        """Outcome of each test."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("DD_", "ALIBI"))},
            "DD_CIVISIBILITY_AGENTLESS_ENABLED": "1",
            "DD_CIVISIBILITY_AGENTLESS_URL": self._server,
            "DD_API_KEY": "any",
            "DD_SERVICE": "shop",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        done = subprocess.run(
            [PYTHON, "-m", "pytest", "--ddtrace", "-v", "-p", "no:cacheprovider"],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        found = re.findall(r"::(\S+) (PASSED|FAILED|SKIPPED)", done.stdout)
        assert found, done.stdout + done.stderr
        return dict(found)

    def _git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=n", "-c", "user.email=e@x"]
        subprocess.run(["git", *identity, *arguments], cwd=self.folder, check=True)


@pytest.fixture
def shop(tmp_path: Path, server: str) -> Shop:
    if not PYTHON:
        pytest.skip("run by scripts/conformance: ALIBI_DDTRACE_PYTHON names a Python with ddtrace")
    (tmp_path / "shop").mkdir()
    return Shop(tmp_path / "shop", server)


def test_all_that_it_sends_is_taken(shop: Shop, server: str) -> None:
    assert set(shop.run().values()) == {"PASSED", "FAILED"}
    requests = requests_of(server)
    assert {"citestcycle", "citestcov", "setting", "skippable", "search_commits", "packfile"} <= set(requests)
    page = text_of(server + "/tests")
    for name in ("test_add", "test_sub[1]", "test_fails", "test_always"):
        assert name in page


def test_it_skips_what_the_server_lets_it_skip(shop: Shop, server: str) -> None:
    shop.run()
    again = shop.run()
    skipped = {name for name, outcome in again.items() if outcome == "SKIPPED"}
    assert skipped == {"test_add", "test_sub[1]", "test_sub[2]"}
    assert again["test_fails"] == "FAILED"  # it had failed: no alibi
    assert again["test_always"] == "PASSED"


def test_a_commit_that_changes_a_covered_file_runs_its_tests(shop: Shop) -> None:
    shop.run()
    shop.write("calc.py", CALC.replace("a + b", "b + a"))
    shop.commit("second")
    assert "SKIPPED" not in shop.run().values()


def test_a_commit_that_changes_other_sources_only_skips_the_rest(shop: Shop) -> None:
    shop.write("other.py", "X = 1\n")
    shop.write("tests/test_other.py", "import other\n\ndef test_other():\n    assert other.X\n")
    shop.commit("with another")
    shop.run()
    shop.write("other.py", "X = 2\n")
    shop.commit("third")
    again = shop.run()
    assert again["test_other"] == "PASSED"
    assert again["test_add"] == "SKIPPED"
