#!/usr/bin/env python3
"""What Alibi costs the suites of Ruby projects: bench/overhead/ruby/suites.py [options] FOLDER [FOLDER…]

  --rounds N        runs of each kind, interleaved. Default 5
  --yjit            with Ruby's just-in-time compiler, all of them
  --vendor FILE     also with the vendor's extension (datadog_ci_native.*.so) around each test, and nothing
                    else of its library
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
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "bench")]

from measure import Figure, median, parser_of, run, spread, tell  # noqa: E402

ALL_TESTS = "Dir['test/**/{test_*,*_test,spec_*}.rb'].sort.each { |file| require './' + file }"
MAKE = "meson setup build/bench -Drubies=ruby && ninja -C build/bench, then ALIBI_BUILD=build/bench"
VENDOR = ROOT / "bench" / "peers" / "vendor_coverage.rb"


@dataclass(frozen=True)
class Commands:
    plain: list[str]
    alibi: list[str]
    vendor: list[str]


def commands(folder: Path, given: list[str]) -> Commands:
    if given:
        return Commands(given, given, given)
    if (folder / "spec").is_dir():
        return Commands(
            ["rspec"], ["rspec", "--require", "testalibi/rspec"], ["rspec", "--require", str(VENDOR)]
        )
    ruby, run_all = ["ruby", "-Ilib", "-Itest"], ["-e", ALL_TESTS]
    return Commands(
        [*ruby, *run_all], [*ruby, "-rtestalibi/minitest", *run_all], [*ruby, f"-r{VENDOR}", *run_all]
    )


def extensions(build: Path) -> list[Path]:
    return list((build / "ruby_ext").glob("testalibi_native-*.so"))


def fault_of(
    build: Path, folders: list[Path], given: list[str], rounds: int, vendor: Path | None
) -> str | None:
    """What cannot be measured, and what to do: one line."""
    if rounds < 1:
        return f"--rounds {rounds}: there is nothing to measure: name 1 or more"
    if vendor is not None and not vendor.is_file():
        return f"--vendor {vendor} is no file: name the vendor's compiled extension"
    if vendor is not None and given:
        return "--vendor and a command behind --: what loads the extension is known for rspec and test/ only"
    if len(extensions(build)) != 1:
        return f"{build}/ruby_ext holds {len(extensions(build))} extensions, not one: {MAKE}"
    if not (build / "collector/cli/alibi").is_file():
        return f"{build}/collector/cli/alibi is not there: {MAKE}"
    for folder in folders:
        if not folder.is_dir():
            return f"{folder} is no folder: name a project's folder"
        if not given and not (folder / "spec").is_dir() and not (folder / "test").is_dir():
            return f"{folder} has neither spec/ nor test/: name a project's folder, or a command behind --"
        for program in (commands(folder, given).plain[0], "ruby"):
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


def figures_of(
    folder: Path, given: list[str], rounds: int, alibi: dict[str, str], vendor: Path | None
) -> list[Figure]:
    how = commands(folder, given)
    ratios: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        shutil.rmtree(folder / ".alibi", ignore_errors=True)
        without = run(how.plain, folder, dict(os.environ))
        runs = {
            "recording": run(how.alibi, folder, {**alibi, "ALIBI_NOSELECT": "1"}),
            "first after recording": run(how.alibi, folder, alibi),
            "nothing changed": run(how.alibi, folder, alibi),
        }
        if vendor is not None:
            environment = {**os.environ, "ALIBI_BENCH_VENDOR": str(vendor.resolve())}
            runs["vendor's extension"] = run(how.vendor, folder, environment)
        for name in ("recording", "vendor's extension"):
            if name in runs and runs[name].exit_status != without.exit_status:
                print(
                    f"{folder.name}: {without.exit_status} plain, {runs[name].exit_status} {name}",
                    file=sys.stderr,
                )
        for name, cost in runs.items():
            ratios[name].append(cost.cpu_s / without.cpu_s)
        ratios["memory"].append(runs["recording"].max_rss_kib / without.max_rss_kib)
    shutil.rmtree(folder / ".alibi", ignore_errors=True)
    ruby = subprocess.run(["ruby", "-e", "print RUBY_VERSION"], capture_output=True, text=True, check=True)
    return [
        Figure(f"ruby {name}", folder.name, ruby.stdout, median(found), "ratio", {"noise": spread(found)})
        for name, found in ratios.items()
    ]


def main() -> int:
    parser = parser_of(__doc__, rounds=5)
    parser.add_argument("folders", nargs="+", type=Path)
    arguments = sys.argv[1:]
    end = arguments.index("--") if "--" in arguments else len(arguments)
    given = arguments[end + 1 :]
    parser.add_argument("--yjit", action="store_true")
    parser.add_argument("--vendor", type=Path)
    options = parser.parse_args(arguments[:end])
    if options.yjit:
        os.environ["RUBYOPT"] = " ".join(filter(None, [os.environ.get("RUBYOPT"), "--yjit"]))
    if "ALIBI_BUILD" not in os.environ:
        raise SystemExit(f"error: ALIBI_BUILD is not set: {MAKE}")
    build = Path(os.environ["ALIBI_BUILD"]).resolve()
    fault = fault_of(build, options.folders, given, options.rounds, options.vendor)
    if fault is not None:
        raise SystemExit(f"error: {fault}")
    with tempfile.TemporaryDirectory(prefix="alibi-bench-") as scratch:
        alibi = environment_with_alibi(build, Path(scratch))
        figures = [
            figure
            for folder in options.folders
            for figure in figures_of(folder.resolve(), given, options.rounds, alibi, options.vendor)
        ]
    table = "\n".join(
        f"{each.subject:16} {each.name:28} {each.value:5.2f} +- {each.detail['noise']:.2f}"
        for each in figures
    )
    return tell(figures, table, options.json)


if __name__ == "__main__":
    raise SystemExit(main())
