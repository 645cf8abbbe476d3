#!/usr/bin/env python3
"""The recorder's unit costs inside CRuby: ALIBI_BUILD=build python3 bench/micro/ruby_lines.py [options]

  --ruby PATH       the Ruby that the build is for. Default: ruby
  --yjit            with its just-in-time compiler, which has no budget of its own: compare with --vendor
  --vendor FILE     also the vendor's extension (datadog_ci_native.*.so), in the same rounds
  --rounds N        pairs. Default 5
  --json FILE       figures for compare.py

Loops that run hot, to plain; what a line costs that runs once in a test; what the beginning and end of a test
take (the reset), for a test of as many lines and for an empty one: each from paired processes, the least of
many repetitions within a process, the median over the rounds.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

from measure import Figure, median, parser_of, spread, tell  # noqa: E402

LINES = 177  # as many as a test of a real suite runs, and as the vendor's were measured with
MAKE = "meson setup build/bench -Drubies=ruby && ninja -C build/bench, then ALIBI_BUILD=build/bench"


def write_project(folder: Path) -> None:
    folder.mkdir()
    shutil.copy(HERE / "ruby_workload.rb", folder / "workload.rb")
    methods = [
        f"  def self.m{number}(a)\n" + "".join(f"    a += {line}\n" for line in range(10)) + "  end\n"
        for number in range(LINES // 11)
    ]
    calls = "".join(f"    m{number}(1)\n" for number in range(len(methods)))
    rest = "    1\n" * (LINES - 11 * len(methods))
    (folder / "many_lines.rb").write_text(
        f"module ManyLines\n{''.join(methods)}  def self.run\n{calls}{rest}  end\nend\n"
    )


def worker(ruby: list[str], mode: str, scratch: Path, environment: dict[str, str]) -> Any:
    session = scratch / "data" / "sessions" / "1"
    shutil.rmtree(scratch / "data", ignore_errors=True)
    session.parent.mkdir(parents=True)
    command = [*ruby, str(HERE / "ruby_line_worker.rb"), mode, str(scratch / "project"), str(session)]
    result = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if result.returncode != 0:
        raise SystemExit(
            f"error: {' '.join(command)} ended with {result.returncode}:\n{result.stderr[-2000:]}"
        )
    return json.loads(result.stdout)


def measure(ruby: list[str], vendor: str | None, build: Path, rounds: int) -> list[Figure]:
    version = subprocess.run(
        [ruby[0], "-e", "print RUBY_VERSION"], capture_output=True, text=True, check=True
    )
    modes = ["plain", "recorded", *(["vendor"] if vendor else [])]
    found: dict[str, list[Any]] = {mode: [] for mode in modes}
    with tempfile.TemporaryDirectory(prefix="alibi-bench-") as name:
        scratch = Path(name).resolve()
        write_project(scratch / "project")
        shutil.copy(next((build / "ruby_ext").glob("testalibi_native-*.so")), scratch / "testalibi_native.so")
        environment = {
            **os.environ,
            "ALIBI_RUBY_NATIVE_DIR": name,
            "ALIBI_BENCH_VENDOR": vendor or "",
        }
        for number in range(rounds):
            for mode in modes[number % len(modes) :] + modes[: number % len(modes)]:
                found[mode].append(worker(ruby, mode, scratch, environment))
    return [
        figure
        for mode in modes[1:]
        for figure in figures_of(mode, version.stdout, found["plain"], found[mode])
    ]


def figures_of(mode: str, version: str, plain: list[Any], recorded: list[Any]) -> list[Figure]:
    kind = "ruby_" if mode == "recorded" else "vendor_ruby_"

    def figure(name: str, subject: str, unit: str, of: Callable[[Any, Any], float]) -> Figure:
        values = [of(its, mine) for its, mine in zip(plain, recorded)]
        detail = {"noise": spread(values), "strategy": recorded[0]["strategy"]}
        return Figure(kind + name, subject, version, median(values), unit, detail)

    def added_us(key: str) -> Callable[[Any, Any], float]:
        return lambda its, mine: (mine[key] - its[key]) / 1000

    def loop_ratio(loop: str) -> Callable[[Any, Any], float]:
        return lambda its, mine: mine["loops"][loop] / its["loops"][loop]

    many = f"{LINES} lines"
    return [
        figure("line_ns", many, "ns", lambda its, mine: (mine["run_ns"] - its["run_ns"]) / LINES),
        figure("reset_us", many, "us", added_us("boundary_ns")),
        figure("reset_us", "empty test", "us", added_us("empty_ns")),
        *(figure("hot_loop_ratio", loop, "ratio", loop_ratio(loop)) for loop in plain[0]["loops"]),
    ]


def main() -> int:
    parser = parser_of(__doc__, rounds=5)
    parser.add_argument("--ruby", default="ruby")
    parser.add_argument("--yjit", action="store_true")
    parser.add_argument("--vendor")
    options = parser.parse_args()
    build = Path(os.environ.get("ALIBI_BUILD", ""))
    if len(list((build / "ruby_ext").glob("testalibi_native-*.so"))) != 1:
        raise SystemExit(f"error: ALIBI_BUILD is not a build directory with one Ruby extension: {MAKE}")
    if options.rounds < 1:
        raise SystemExit(f"error: --rounds {options.rounds}: there is nothing to measure: name 1 or more")
    if shutil.which(options.ruby) is None:
        raise SystemExit(f"error: --ruby {options.ruby} cannot be run: name an interpreter")
    if options.vendor and not Path(options.vendor).is_file():
        raise SystemExit(f"error: {options.vendor} is no file: name the vendor's compiled extension")
    ruby = [options.ruby, "--yjit"] if options.yjit else [options.ruby]
    figures = measure(
        ruby, options.vendor and str(Path(options.vendor).resolve()), build.resolve(), options.rounds
    )
    table = "\n".join(
        f"{each.name:28}{each.subject:14}{each.detail['strategy']:10}"
        f"{each.value:9.3f} ± {each.detail['noise']:.3f} {each.unit}"
        for each in figures
    )
    return tell(figures, table, options.json)


if __name__ == "__main__":
    raise SystemExit(main())
