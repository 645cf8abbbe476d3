#!/usr/bin/env python3
"""What it costs a child to record: the median over many children, in microseconds.

  bench/processes/start_up.py [--rounds N] [--json FILE]

  no session       the line of testalibi.pth in an interpreter that finds no session
  loaded           in a new interpreter: loading the package and its extension
  joined           and then joining the session, the shard included
  forked           the first line that a forked child records, which makes its shard

Run it with an interpreter that has testalibi installed. Each child says how long it took by its own clock.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent.parent)]

from measure import Figure, parser_of, spread, tell  # noqa: E402

PROJECT = "def called():\n    return 1\n"
JOIN = """
import sys, time
sys.path.insert(0, {site!r})
begin = time.perf_counter_ns()
from testalibi import _native
loaded = time.perf_counter_ns()
import testalibi.started_process
print(loaded - begin, time.perf_counter_ns() - loaded)
"""


def start_line() -> str:
    import testalibi

    return (Path(testalibi.__file__).parent.parent / "testalibi.pth").read_text()


def no_session() -> list[float]:
    os.environ.pop("ALIBI_SESSION", None)
    line, rounds = start_line(), 2000
    return [
        seconds / rounds * 1e6
        for seconds in timeit.repeat("exec(line)", globals={"line": line}, number=rounds, repeat=9)
    ]


def started(children: int) -> tuple[list[float], list[float]]:
    import testalibi

    program = [sys.executable, "-S", "-c", JOIN.format(site=str(Path(testalibi.__file__).parent.parent))]
    loading, joining = [], []
    for _ in range(children):
        done = subprocess.run(program, stdout=subprocess.PIPE, check=True)
        load, join = (int(each) / 1000 for each in done.stdout.split())
        loading.append(load)
        joining.append(join)
    return loading, joining


def forked(children: int, called: Callable[[], object]) -> list[float]:
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


def main(arguments: list[str]) -> int:
    if importlib.util.find_spec("testalibi") is None:
        print(f"{sys.executable} has no testalibi: run this with .venv/bin/python", file=sys.stderr)
        return 2
    parser = parser_of(__doc__, rounds=60)
    options = parser.parse_args(arguments)
    from testalibi import _native

    with tempfile.TemporaryDirectory() as folder:
        root = os.path.join(os.path.realpath(folder), "project")
        os.mkdir(root)
        Path(root, "called_module.py").write_text(PROJECT)
        sys.path.insert(0, root)
        taken = {"no session": no_session()}
        session = _native.Session(
            directory=os.path.join(folder, "shards"), root=root, roots=(root,), excludes=(), session_id=1
        )
        session.start()
        session.begin_test("bench")
        from called_module import called  # type: ignore[import-not-found]

        taken["forked"] = forked(options.rounds, called)
        taken["loaded"], taken["joined"] = started(options.rounds)
        session.stop()
    version = ".".join(map(str, sys.version_info[:3]))
    figures = [
        Figure("process_start_us", subject, version, statistics.median(values), "µs")
        for subject, values in taken.items()
    ]
    lines = [
        f"{each.subject:12} {each.value:9.1f} µs ± {spread(taken[each.subject]):.1f}" for each in figures
    ]
    return tell(figures, "\n".join(lines), options.json)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
