#!/usr/bin/env python3
"""What Alibi costs the suites of Ruby projects: bench/overhead/ruby/suites.py [options] FOLDER [FOLDER…]

  --rounds N        runs of each kind, interleaved. Default 5
  --json FILE       figures for compare.py
  -- COMMAND…       how a suite is run; default: rspec where there is a folder spec, else all of test/

CPU of the process tree: plain, recording everything (nothing left out, the merge included), and with nothing
changed since: the first such run, which finds the units of sources that it has not seen, and the next.
Medians of the rounds' ratios to plain, and of memory. Needs ALIBI_BUILD, a build directory made with
-Drubies.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "bench")]

from measure import Figure, median, parser_of, run, spread, tell  # noqa: E402

ALL_TESTS = "Dir['test/**/{test_*,*_test,spec_*}.rb'].sort.each { |file| require './' + file }"
MAKE = "meson setup build/bench -Drubies=ruby && ninja -C build/bench, then ALIBI_BUILD=build/bench"
Commands = tuple[list[str], list[str]]


def commands(folder: Path, given: list[str]) -> Commands:
    """Plain, and with Alibi at hand."""
    if given:
        return given, given
    if (folder / "spec").is_dir():
        return ["rspec"], ["rspec", "--require", "testalibi/rspec"]
    plain = ["ruby", "-Ilib", "-Itest"]
    run_all = ["-e", ALL_TESTS]
    return [*plain, *run_all], [*plain, "-rtestalibi/minitest", *run_all]


def extensions(build: Path) -> list[Path]:
    return list((build / "ruby_ext").glob("testalibi_native-*.so"))


def fault_of(build: Path, folders: list[Path], given: list[str], rounds: int) -> str | None:
    """What cannot be measured, and what to do: one line."""
    if rounds < 1:
        return f"--rounds {rounds}: there is nothing to measure: name 1 or more"
    if len(extensions(build)) != 1:
        return f"{build}/ruby_ext holds {len(extensions(build))} extensions, not one: {MAKE}"
    if not (build / "collector/cli/alibi").is_file():
        return f"{build}/collector/cli/alibi is not there: {MAKE}"
    for folder in folders:
        if not folder.is_dir():
            return f"{folder} is no folder: name a project's folder"
        if not given and not (folder / "spec").is_dir() and not (folder / "test").is_dir():
            return f"{folder} has neither spec/ nor test/: name a project's folder, or a command behind --"
        for program in (commands(folder, given)[0][0], "ruby"):
            if shutil.which(str(folder.resolve() / program) if "/" in program else program) is None:
                return f"{program} cannot be run for {folder}: install it, or name another command behind --"
    return None


def environment_with_alibi(build: Path, scratch: Path) -> dict[str, str]:
    shutil.copy(extensions(build)[0], scratch / "testalibi_native.so")
    preload = build / "tracer" / "preload" / "libalibi_preload.so"  # for ALIBI_CHILDREN=record
    if preload.is_file():
        shutil.copy(preload, scratch)
    path = os.pathsep.join(filter(None, [str(ROOT / "ruby_ext" / "lib"), os.environ.get("RUBYLIB")]))
    return {
        **os.environ,
        "ALIBI": "1",
        "ALIBI_COMMAND": str(build / "collector" / "cli" / "alibi"),
        "ALIBI_RUBY_NATIVE_DIR": str(scratch),
        "RUBYLIB": path,
    }


def figures_of(folder: Path, given: list[str], rounds: int, alibi: dict[str, str]) -> list[Figure]:
    plain, recorded = commands(folder, given)
    ratios: dict[str, list[float]] = {
        "recording": [],
        "first after recording": [],
        "nothing changed": [],
        "memory": [],
    }
    for _ in range(rounds):
        shutil.rmtree(folder / ".alibi", ignore_errors=True)
        without = run(plain, folder, dict(os.environ))
        first = run(recorded, folder, {**alibi, "ALIBI_NOSELECT": "1"})
        second = run(recorded, folder, alibi)
        third = run(recorded, folder, alibi)
        if first.exit_status != without.exit_status:
            print(
                f"{folder.name}: {without.exit_status} plain, {first.exit_status} recorded", file=sys.stderr
            )
        ratios["recording"].append(first.cpu_s / without.cpu_s)
        ratios["first after recording"].append(second.cpu_s / without.cpu_s)
        ratios["nothing changed"].append(third.cpu_s / without.cpu_s)
        ratios["memory"].append(first.max_rss_kib / without.max_rss_kib)
    shutil.rmtree(folder / ".alibi", ignore_errors=True)
    ruby = subprocess.run(["ruby", "-e", "print RUBY_VERSION"], capture_output=True, text=True, check=True)
    return [
        Figure(f"ruby {name}", folder.name, ruby.stdout, median(found), "ratio", {"spread": spread(found)})
        for name, found in ratios.items()
    ]


def main() -> int:
    parser = parser_of(__doc__, rounds=5)
    parser.add_argument("folders", nargs="+", type=Path)
    arguments = sys.argv[1:]
    end = arguments.index("--") if "--" in arguments else len(arguments)
    given = arguments[end + 1 :]
    options = parser.parse_args(arguments[:end])
    if "ALIBI_BUILD" not in os.environ:
        raise SystemExit(f"error: ALIBI_BUILD is not set: {MAKE}")
    build = Path(os.environ["ALIBI_BUILD"]).resolve()
    fault = fault_of(build, options.folders, given, options.rounds)
    if fault is not None:
        raise SystemExit(f"error: {fault}")
    with tempfile.TemporaryDirectory(prefix="alibi-bench-") as scratch:
        alibi = environment_with_alibi(build, Path(scratch))
        figures = [
            figure
            for folder in options.folders
            for figure in figures_of(folder.resolve(), given, options.rounds, alibi)
        ]
    table = "\n".join(
        f"{each.subject:16} {each.name:28} {each.value:5.2f} +- {each.detail['spread']:.2f}"
        for each in figures
    )
    return tell(figures, table, options.json)


if __name__ == "__main__":
    raise SystemExit(main())
