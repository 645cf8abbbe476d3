#!/usr/bin/env python3
"""What recording costs suites whose tests start processes: bench/processes/fork_suite.py [options]

  --rounds N        runs of each kind, interleaved. Default 7
  --json FILE       figures for compare.py

Three suites: 300 tests that fork 4 children each, which work for about 2 ms; 60 tests that start 2
interpreters each; 30 tests with a pool of two workers each. CPU of the process tree, the merge included, with
Alibi (everything recorded, nothing left out) to plain; the median of the rounds' ratios.

Run it with an interpreter that has pytest and testalibi installed.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent.parent)]

from measure import Figure, median, parser_of, run, spread, tell  # noqa: E402

WORK = """
def step(number):
    return number * 3 % 1009


def work(rounds=12000):
    number = 7
    for _ in range(rounds):
        number = step(number)
    return number
"""
SUITES = {
    "forks": """
import os, pytest, lib

@pytest.mark.parametrize("number", range(300))
def test_forks(number):
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            lib.work()
            os._exit(0)
        children.append(child)
    assert all(os.waitpid(child, 0)[1] == 0 for child in children)
""",
    "starts": """
import subprocess, sys, pytest

@pytest.mark.parametrize("number", range(60))
def test_starts(number):
    for _ in range(2):
        subprocess.run([sys.executable, "-c", "import lib; lib.work()"], check=True)
""",
    "pools": """
import multiprocessing, pytest, lib

@pytest.mark.parametrize("number", range(30))
def test_pool(number):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(lib.work, [12000] * 4)
""",
}


def costs(folder: Path, rounds: int) -> list[float]:
    plain = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    ratios = []
    for _ in range(rounds):
        taken = []
        for options in ([], ["--alibi", "--alibi-noselect"]):
            shutil.rmtree(folder / ".alibi", ignore_errors=True)
            cost = run([*plain, *options], folder, environment)
            if cost.exit_status != 0:
                raise SystemExit(cost.output[-1500:])
            taken.append(cost.cpu_s)
        ratios.append(taken[1] / taken[0])
    return ratios


def main(arguments: list[str]) -> int:
    if importlib.util.find_spec("testalibi") is None:
        print(f"{sys.executable} has no testalibi: run this with .venv/bin/python", file=sys.stderr)
        return 2
    options = parser_of(__doc__, rounds=7).parse_args(arguments)
    version = ".".join(map(str, sys.version_info[:3]))
    figures, lines = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in SUITES.items():
            folder = Path(os.path.realpath(scratch)) / name
            folder.mkdir()
            (folder / "lib.py").write_text(WORK)
            (folder / "test_suite.py").write_text(text)
            ratios = costs(folder, options.rounds)
            figures.append(Figure("process_suite_cpu", name, version, median(ratios), "x"))
            lines.append(f"{name:8} {median(ratios):6.3f} ± {spread(ratios):.3f}")
    return tell(figures, "\n".join(lines), options.json)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
