#!/usr/bin/env python3
"""What Alibi costs the suites of Ruby projects: bench/overhead/ruby/suites.py [options] FOLDER [FOLDER…]

  --rounds N        runs of each kind, interleaved. Default 5
  --json FILE       figures for compare.py
  -- COMMAND…       how a suite is run; default: rspec where there is a folder spec, else all of test/

CPU of the process tree: plain, recording everything (nothing left out, the merge included), and with nothing
changed since. Medians of the rounds' ratios to plain, and of memory. Needs ALIBI_BUILD, a build directory
made with -Drubies.
"""

from __future__ import annotations

import glob
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


def environment_with_alibi(build: Path, scratch: Path) -> dict[str, str]:
    libraries = glob.glob(str(build / "ruby_ext" / "testalibi_native-*.so"))
    if len(libraries) != 1:
        raise SystemExit(f"error: {build}/ruby_ext holds {len(libraries)} extensions, not one: {MAKE}")
    shutil.copy(libraries[0], scratch / "testalibi_native.so")
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
    ratios: dict[str, list[float]] = {"recording": [], "nothing changed": [], "memory": []}
    for _ in range(rounds):
        shutil.rmtree(folder / ".alibi", ignore_errors=True)
        without = run(plain, folder, dict(os.environ))
        if without.cpu_s == 0:
            raise SystemExit(f"error: {' '.join(plain)} cannot be run in {folder}: {without.output}")
        first = run(recorded, folder, {**alibi, "ALIBI_NOSELECT": "1"})
        second = run(recorded, folder, alibi)
        if first.exit_status != without.exit_status:
            print(
                f"{folder.name}: {without.exit_status} plain, {first.exit_status} recorded", file=sys.stderr
            )
        ratios["recording"].append(first.cpu_s / without.cpu_s)
        ratios["nothing changed"].append(second.cpu_s / without.cpu_s)
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
    own, _, given = " ".join(sys.argv[1:]).partition(" -- ")
    options = parser.parse_args(own.split())
    build = os.environ.get("ALIBI_BUILD")
    if build is None:
        parser.error(f"ALIBI_BUILD is not set: {MAKE}")
    for folder in options.folders:
        if not (folder / "spec").is_dir() and not (folder / "test").is_dir() and not given:
            parser.error(f"{folder} has neither spec/ nor test/: name a project's folder, or a command behind --")
    with tempfile.TemporaryDirectory(prefix="alibi-bench-") as scratch:
        alibi = environment_with_alibi(Path(build).resolve(), Path(scratch))
        figures = [
            figure
            for folder in options.folders
            for figure in figures_of(folder.resolve(), given.split(), options.rounds, alibi)
        ]
    table = "\n".join(
        f"{each.subject:16} {each.name:24} {each.value:5.2f} +- {each.detail['spread']:.2f}"
        for each in figures
    )
    return tell(figures, table, options.json)


if __name__ == "__main__":
    raise SystemExit(main())
