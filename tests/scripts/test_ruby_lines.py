"""bench/micro/ruby_lines.py: it measures, and says in one line what cannot be measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

LINES = Path(__file__).resolve().parents[2] / "bench" / "micro" / "ruby_lines.py"


def run(build: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ALIBI_BUILD": build}
    return subprocess.run(
        [sys.executable, str(LINES), *arguments], env=environment, capture_output=True, text=True, check=False
    )


def test_each_figure_that_has_a_budget_is_measured(tmp_path: Path) -> None:
    into = tmp_path / "figures.json"
    done = run(os.environ["ALIBI_BUILD"], "--rounds", "1", "--json", str(into))
    assert done.returncode == 0, done.stderr
    figures = json.loads(into.read_text())
    assert {figure["name"] for figure in figures} == {"ruby_line_ns", "ruby_reset_us", "ruby_hot_loop_ratio"}
    assert all(figure["value"] > 0 for figure in figures if figure["name"] != "ruby_line_ns")


def test_without_a_build_it_says_how_to_make_one(tmp_path: Path) -> None:
    done = run(str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert "is not a build directory with one Ruby extension: meson setup" in done.stderr


def test_an_extension_of_the_vendor_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = run(os.environ["ALIBI_BUILD"], "--vendor", str(tmp_path / "absent.so"))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{tmp_path}/absent.so is no file" in done.stderr


def test_no_rounds_and_no_ruby_are_no_measurement() -> None:
    none = run(os.environ["ALIBI_BUILD"], "--rounds", "0")
    assert (none.returncode, none.stderr.count("\n")) == (1, 1)
    assert "--rounds 0: there is nothing to measure" in none.stderr
    absent = run(os.environ["ALIBI_BUILD"], "--ruby", "/nowhere")
    assert (absent.returncode, absent.stderr.count("\n")) == (1, 1)
    assert "--ruby /nowhere cannot be run" in absent.stderr
