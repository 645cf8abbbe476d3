#!/usr/bin/env python3
"""How long a run takes in which nothing has to run: python3 bench/decision/no_change.py [options]

  --python PATH     interpreter; repeatable. Default: the one that runs this script
  --suite NAME      repeatable. Default: all four
  --rounds N        pairs per suite. Default 7
  --json FILE       figures for compare.py

Each suite is recorded once; then `pytest --alibi` with nothing changed and a pytest that finds an empty
folder take turns, from one environment with the same plugins. The ratio is CPU of the process tree, taken
within the round; the median of the rounds counts.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(BENCH), str(BENCH.parent / "tests" / "support")]

from alibi_install import install  # noqa: E402
from environments import Interpreter, interpreter, venv_with  # noqa: E402
from measure import Figure, median, parser_of, run, spread, tell  # noqa: E402
from real_suites import PYTEST, RealSuite, Unavailable, selected, work_copy  # noqa: E402

_NO_TESTS_COLLECTED = 5


def measure(suite: RealSuite, python: Interpreter, scratch: Path, rounds: int) -> Figure:
    root = work_copy(suite, scratch)
    empty = scratch / "empty"
    empty.mkdir(exist_ok=True)
    environment = suite.environment(root)
    nothing = suite.command(python.path, "-p", "no:xdist", "--alibi")
    start = [python.path, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", "-p", "no:xdist"]
    for _ in range(2):  # records; then what a first decision keeps
        warm = run(nothing, root, environment)
    if warm.exit_status != 0:
        raise Unavailable(f"a run with nothing changed ends with {warm.exit_status}:\n{warm.output[-1500:]}")
    ran = re.search(r"(\d+) passed", warm.output)
    costs = []
    for number in range(rounds):
        pair = {}
        for kind in ("nothing", "start") if number % 2 else ("start", "nothing"):
            pair[kind] = (
                run(nothing, root, environment) if kind == "nothing" else run(start, empty, environment)
            )
        if pair["nothing"].exit_status != 0 or pair["start"].exit_status != _NO_TESTS_COLLECTED:
            raise Unavailable("; ".join(f"{kind}: exit {cost.exit_status}" for kind, cost in pair.items()))
        costs.append((pair["nothing"], pair["start"]))
    ratios = [nothing.cpu_s / start.cpu_s for nothing, start in costs]
    detail = {
        "noise": spread(ratios),
        "rounds": rounds,
        "ran": int(ran[1]) if ran else 0,  # tests that no alibi can clear
        "nothing_ms": round(median([nothing.cpu_s for nothing, _ in costs]) * 1e3, 1),
        "start_ms": round(median([start.cpu_s for _, start in costs]) * 1e3, 1),
        "nothing_wall_ms": round(median([nothing.wall_s for nothing, _ in costs]) * 1e3, 1),
        "start_wall_ms": round(median([start.wall_s for _, start in costs]) * 1e3, 1),
    }
    return Figure("nochange_ratio", suite.name, python.short, median(ratios), "ratio", detail)


def table(figures: list[Figure]) -> str:
    head = ("ran", "start ms", "nothing", "ratio", "noise", "wall ms", "wall")
    lines = [f"{'suite':10}{'python':10}" + "".join(f"{word:>9}" for word in head)]
    for figure in figures:
        detail = figure.detail
        lines.append(
            f"{figure.subject:10}{figure.python:10}{detail['ran']:9}{detail['start_ms']:9.1f}{detail['nothing_ms']:9.1f}"
            f"{figure.value:9.3f}{detail['noise']:9.3f}{detail['start_wall_ms']:9.1f}"
            f"{detail['nothing_wall_ms']:9.1f}"
        )
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    parser = parser_of(__doc__, rounds=7)
    parser.add_argument("--suite", action="append")
    options = parser.parse_args(arguments)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="alibi-bench-") as name:
        for path in options.python or [sys.executable]:
            try:
                python = venv_with(interpreter(path), (PYTEST, "markupsafe", "trio", "pytest-xdist"))
                install(python)
            except Unavailable as error:
                print(f"{path}: not measured: {error}", flush=True)
                continue
            for suite in selected(options.suite):
                try:
                    figures.append(measure(suite, python, Path(name).resolve(), options.rounds))
                except Unavailable as error:
                    print(f"{suite.name} on {python.short}: not measured: {error}", flush=True)
    return tell(figures, table(figures), options.json)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
