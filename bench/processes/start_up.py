#!/usr/bin/env python3
"""What it costs a child to record: the median over many children, in microseconds.

  bench/processes/start_up.py [--children N] [--json FILE]

  no session       the line of testalibi.pth in an interpreter that finds no session
  started          joining a session in a new interpreter: package, extension, self-test, shard
  forked           the first line that a forked child records, which makes its shard

Run it with an interpreter that has testalibi installed. Each child says how long it took by its own clock.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
from pathlib import Path

PROJECT = "def called():\n    return 1\n"
JOIN = """
import sys, time
sys.path.insert(0, {site!r})
begin = time.perf_counter_ns()
import testalibi.started_process
print(time.perf_counter_ns() - begin)
"""


def start_line() -> str:
    import testalibi

    return (Path(testalibi.__file__).parent.parent / "testalibi.pth").read_text()


def no_session() -> list[float]:
    os.environ.pop("ALIBI_SESSION", None)
    line, rounds = start_line(), 2000
    return [seconds / rounds * 1e6 for seconds in timeit.repeat(lambda: exec(line), number=rounds, repeat=9)]


def started(children: int) -> list[float]:
    import testalibi

    program = [sys.executable, "-S", "-c", JOIN.format(site=str(Path(testalibi.__file__).parent.parent))]
    took = []
    for _ in range(children):
        done = subprocess.run(program, stdout=subprocess.PIPE, check=True)
        took.append(int(done.stdout) / 1000)
    return took


def forked(children: int, called: object) -> list[float]:
    assert callable(called)
    took = []
    for _ in range(children):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            begin = time.perf_counter_ns()
            called()
            os.write(writer, str(time.perf_counter_ns() - begin).encode())
            os._exit(0)
        os.close(writer)
        with open(reader, "rb") as pipe:
            took.append(int(pipe.read()) / 1000)
        os.waitpid(child, 0)
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--children", type=int, default=60)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    from testalibi import _native

    with tempfile.TemporaryDirectory() as folder:
        root = os.path.join(os.path.realpath(folder), "project")
        os.mkdir(root)
        Path(root, "called_module.py").write_text(PROJECT)
        sys.path.insert(0, root)
        figures = {"no session": no_session()}
        session = _native.Session(
            directory=os.path.join(folder, "shards"), root=root, roots=(root,), excludes=(), session_id=1
        )
        session.start()
        session.begin_test("bench")
        from called_module import called  # type: ignore[import-not-found]

        figures["started"] = started(options.children)
        figures["forked"] = forked(options.children, called)
        session.stop()
    medians = {name: statistics.median(values) for name, values in figures.items()}
    for name, values in figures.items():
        spread = statistics.quantiles(values, n=4)
        print(f"{name:12} {medians[name]:9.1f} µs   (quartiles {spread[0]:.1f} to {spread[2]:.1f})")
    if options.json:
        options.json.write_text(json.dumps({f"start_{name}_us": value for name, value in medians.items()}))


if __name__ == "__main__":
    main()
