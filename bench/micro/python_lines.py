#!/usr/bin/env python3
"""The recorder's unit costs inside CPython: python3 bench/micro/python_lines.py [--python PATH]… [--rounds
N] [--json FILE]

Per distinct line per test, per test boundary, in hot loops, per getattr, on import: each from paired
processes, the least of many repetitions within a process, the median over the rounds.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent / "tests" / "support")]

import line_workload  # noqa: E402
from alibi_install import install  # noqa: E402
from environments import Interpreter, interpreter, venv_with  # noqa: E402
from measure import Figure, median, spread  # noqa: E402
from real_suites import PYTEST, Unavailable  # noqa: E402

IMPORTS = 15


def worker(python: Interpreter, mode: str, project: Path, scratch: Path) -> Any:
    session = scratch / "session"
    shutil.rmtree(session, ignore_errors=True)
    command = [python.path, str(HERE / "line_worker.py"), mode, str(project), str(session)]
    result = subprocess.run(command, check=False, capture_output=True, text=True, cwd=scratch)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {result.returncode}:\n{result.stderr[-2000:]}")
    return json.loads(result.stdout)


def measure(python: Interpreter, rounds: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="alibi-bench-") as name:
        scratch = Path(name).resolve()
        project = scratch / "project"
        line_workload.write(project)
        lines = worker(python, "count", project, scratch)["lines"]
        plain: list[Any] = []
        recorded: list[Any] = []
        for number in range(rounds):
            for mode in ("plain", "recorded") if number % 2 == 0 else ("recorded", "plain"):
                (plain if mode == "plain" else recorded).append(worker(python, mode, project, scratch))
        imports = [worker(python, "import", project, scratch) for _ in range(IMPORTS)]
    strategy = recorded[0]["strategy"]

    def figure(name: str, subject: str, values: list[float], unit: str, **detail: Any) -> Figure:
        return Figure(
            name,
            subject,
            python.short,
            median(values),
            unit,
            {"noise": spread(values), "strategy": strategy, **detail},
        )

    pairs = list(zip(plain, recorded))
    per_line = [(mine["total_ns"] - its["run_ns"] - mine["empty_ns"]) / lines for its, mine in pairs]
    figures = [
        figure("line_ns", f"{lines} lines", per_line, "ns", drops=recorded[0]["drops"]),
        figure("boundary_us", "native", [mine["empty_ns"] / 1000 for mine in recorded], "us"),
        figure(
            "repeat_ratio",
            "second call in a test",
            [mine["again_ns"] / its["again_ns"] for its, mine in pairs],
            "ratio",
        ),
        figure("import_ms", "extension", [found["extension_ns"] / 1e6 for found in imports], "ms"),
        figure("import_ms", "package", [found["package_ns"] / 1e6 for found in imports], "ms"),
    ]
    for loop in plain[0]["loops"]:
        ratios = [mine["loops"][loop] / its["loops"][loop] for its, mine in pairs]
        figures.append(figure("hot_loop_ratio", loop, ratios, "ratio"))
    for lookup in plain[0]["lookup_ns"]:
        added = [mine["lookup_ns"][lookup] - its["lookup_ns"][lookup] for its, mine in pairs]
        figures.append(figure("lookup_ns", f"getattr, {lookup}", added, "ns"))
    return figures


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", action="append")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json")
    options = parser.parse_args(arguments)
    figures: list[Figure] = []
    for path in options.python or [sys.executable]:
        try:
            venv = venv_with(interpreter(path), (PYTEST, "markupsafe", "trio", "pytest-xdist"))
        except Unavailable as error:
            print(f"{path}: not measured: {error}", flush=True)
            continue
        install(venv)
        figures += measure(venv, options.rounds)
    print(f"{'python':10}{'strategy':10}{'figure':18}{'of':24}{'value':>10}  {'noise':>8}")
    for f in figures:
        print(
            f"{f.python:10}{f.detail['strategy']:10}{f.name:18}{f.subject:24}"
            f"{f.value:10.3f}  {f.detail['noise']:8.3f} {f.unit}"
        )
    if options.json:
        Path(options.json).write_text(json.dumps([figure.as_document() for figure in figures], indent=1))
    return 0 if figures else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
