"""Projects whose Ruby tests start processes, run under the extension and the command that were built here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruby_at_hand import native_folder, ruby

CHECKOUT = Path(__file__).resolve().parents[3]
LIBRARY = CHECKOUT / "ruby_ext/lib"
OPTION = f"-r{LIBRARY}/testalibi/started_process.rb"


def collector() -> str:
    built = Path(os.environ["ALIBI_BUILD"]) / "collector/cli/alibi"
    return os.environ.get("ALIBI_COMMAND") or str(built.resolve())


@cache
def recorded_python() -> str:
    """An interpreter that has Alibi installed."""
    question = "import testalibi._native, sys; sys.exit(testalibi.__file__ is None)"
    for candidate in (sys.executable, str(CHECKOUT / ".venv/bin/python")):
        if not Path(candidate).exists():
            continue
        asked = subprocess.run([candidate, "-c", question], cwd="/", capture_output=True, check=False)
        if asked.returncode == 0:
            return candidate
    pytest.skip("no Python with Alibi here: scripts/common.sh venv")


def clean_environment(native: Path, **more: str) -> dict[str, str]:
    mine = ("ALIBI", "PYTEST", "PYTHON", "COV_", "RUBY")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    here = {"ALIBI_RUBY_NATIVE_DIR": str(native), "ALIBI_COMMAND": collector()}
    return {**kept, **here, "PYTHONDONTWRITEBYTECODE": "1", **more}


class RubyProject:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.folder.mkdir(exist_ok=True)
        self.native = native_folder(folder)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def tests(self, before: str = "", **bodies: str) -> None:
        """One class of Minitest, `t_test.rb`, with these tests."""
        methods = "".join(f"  def test_{name}\n{body}\n  end\n" for name, body in bodies.items())
        head = 'require "testalibi/minitest"\nrequire "minitest/autorun"\n'
        self.write("t_test.rb", f"{head}{before}\nclass T < Minitest::Test\n{methods}end\n")

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def run(self, file: str = "t_test.rb", *arguments: str, status: int = 0, **more: str) -> str:
        done = subprocess.run(
            [ruby(), f"-I{LIBRARY}", file, *arguments],
            cwd=self.folder,
            env=clean_environment(self.native, **more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=500,
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    def record(self, file: str = "t_test.rb", **more: str) -> str:
        return self.run(file, ALIBI="1", **more)

    def would_run(self, file: str = "t_test.rb", **more: str) -> set[str]:
        """The tests that are not left out now; nothing is recorded."""
        told = self.run(file, ALIBI="1", ALIBI_NOCOLLECT="1", ALIBI_EXPLAIN="reasons", **more)
        lines = (line for line in told.splitlines() if line.startswith("alibi: ") and " ran: " in line)
        return {line.partition(" ran: ")[0].rpartition("test_")[2] for line in lines}

    def evidence(self) -> dict[str, dict[str, Any]]:
        done = subprocess.run(
            [collector(), "show", "--json"], cwd=self.folder, capture_output=True, text=True, check=True
        )
        tests = json.loads(done.stdout)["tests"]
        return {test["id"].rpartition("test_")[2]: test for test in tests}
