#!/usr/bin/env python3
"""What it takes to merge very many processes: python3 bench/processes/merge_children.py [options]

  --build DIR       where the command and the generator were built. Default: build/bench/cpp
  --forks N         children that leave evidence. Default 20000
  --chained N       each test's children fork each other, N in a row, instead of being forked by the test
  --rounds N        merges. Default 3
  --json FILE       figures for compare.py

The session is recorded anew by the real recorder: one parent with 10,000 code units and 1,000 tests (or as
many as chains need), each of which forks its share of the children. `alibi merge --leave` is timed as a
whole process, into an empty data folder each time: wall time, and the largest resident set.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(BENCH)]

from measure import Cost, Figure, median, parser_of, run, spread, tell  # noqa: E402

TESTS, LINES, FILES, FUNCTIONS = 1000, 200, 250, 40


def built(build: Path, *places: str) -> str:
    for place in places:
        if (build / place).exists():
            return str(build / place)
    raise SystemExit(f"{build}/{places[0]} is not built")


def record(generator: str, root: Path, forks: int, chained: int) -> Path:
    session = root / ".alibi" / "sessions" / "20261121T120000-00000000000000ab"
    tests = max(1, forks // chained) if chained else TESTS
    shape = [f"files={FILES}", f"functions={FUNCTIONS}", f"forks={forks}", f"chained={int(chained > 0)}"]
    subprocess.run([generator, str(root), str(session), str(tests), str(LINES), *shape], check=True)
    return session


def merge(alibi: str, session: Path, data: Path, forks: int) -> Cost:
    shutil.rmtree(data, ignore_errors=True)
    command = [alibi, "merge", "--json", "--leave", "--data", str(data), str(session)]
    cost = run(command, session, {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
    if cost.exit_status != 0:
        raise SystemExit(f"alibi merge ended with {cost.exit_status}:\n{cost.output[-1500:]}")
    report = json.loads(cost.output)
    if report["processes"] != forks + 1 or report["incomplete_tests"] != 0:
        raise SystemExit(f"evidence was lost: {cost.output[-1500:]}")
    return cost


def main(arguments: list[str]) -> int:
    parser = parser_of(__doc__, rounds=3)
    parser.add_argument("--build", type=Path, default=BENCH.parent / "build" / "bench" / "cpp")
    parser.add_argument("--forks", type=int, default=20_000)
    parser.add_argument("--chained", type=int, default=0)
    options = parser.parse_args(arguments)
    build = options.build.resolve()
    alibi = built(build, "collector/cli/alibi")
    generator = built(build, "bench/generate_session", "tests/unit/collector_model/generate_session")
    with tempfile.TemporaryDirectory(prefix="alibi-bench-") as name:
        root = Path(name).resolve()
        session = record(generator, root, options.forks, options.chained)
        files = [path.stat().st_size for way in ("shard", "nursery") for path in session.glob(f"*.{way}")]
        costs = [merge(alibi, session, root / "data", options.forks) for _ in range(options.rounds)]
    seconds = [cost.wall_s for cost in costs]
    resident = [cost.max_rss_kib / 1024 for cost in costs]
    subject = f"{options.forks} forks" + (f", chains of {options.chained}" if options.chained else "")
    detail = {"rounds": options.rounds, "files": len(files), "shard_mib": sum(files) >> 20}
    figures = [
        Figure("merge_processes_s", subject, "", median(seconds), "s", {**detail, "noise": spread(seconds)}),
        Figure(
            "merge_processes_mib", subject, "", max(resident), "MiB", {**detail, "noise": spread(resident)}
        ),
    ]
    cpu = median([cost.cpu_s for cost in costs])
    table = (
        f"{subject}: {len(files)} files of shards, {sum(files) >> 20} MiB\n"
        f"merge: {median(seconds):.2f} s (CPU {cpu:.2f} s), {max(resident):.0f} MiB resident"
    )
    return tell(figures, table, options.json)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
