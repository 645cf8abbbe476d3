#!/usr/bin/env python3
"""What the preloaded recorder costs a program that does nothing: `true`, without it, with it but without a
session, and recording, by turns; medians.

    bench/processes/start.py BUILD [ROUNDS]     BUILD: a build folder with the tests, such as build/test
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def seconds(program: str, environment: dict[str, str]) -> float:
    begin = time.perf_counter()
    process = os.posix_spawn(program, [program], environment)
    os.waitpid(process, 0)
    return time.perf_counter() - begin


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    build = Path(arguments[0]).resolve()
    rounds = int(arguments[1]) if len(arguments) > 1 else 500
    if not (build / "tests" / "processes" / "preload_session").exists():
        print(f"{build} is no build with tests: ninja -C build/test first", file=sys.stderr)
        return 2
    library = str(build / "tracer" / "preload" / "libalibi_preload.so")
    with tempfile.TemporaryDirectory() as folder:
        helper = build / "tests" / "processes" / "preload_session"
        made = subprocess.run([helper, Path(folder) / "session"], capture_output=True, text=True, check=True)
        plain = {"PATH": "/usr/bin:/bin"}
        loaded = {**plain, "LD_PRELOAD": library}
        recording = {**loaded, "ALIBI_SESSION": made.stdout.strip()}
        ways = {"without": plain, "loaded, no session": loaded, "recording": recording}
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, environment in ways.items():
                taken[way].append(seconds("/usr/bin/true", environment))
    without = statistics.median(taken["without"])
    for way, each in taken.items():
        median = statistics.median(each)
        print(f"{way:20} {median * 1e3:6.3f} ms  (+{(median - without) * 1e3:.3f})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
