#!/usr/bin/env python3
"""Turns Google Benchmark's JSON into figures for compare.py: python3 google_benchmark.py IN.json… --json
OUT.json
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from measure import Figure  # noqa: E402

_UNITS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}


def figures_of(document: dict[str, list[dict[str, object]]]) -> list[Figure]:
    figures = []
    for entry in document["benchmarks"]:
        if entry.get("run_type", "iteration") != "iteration" or entry.get("error_occurred"):
            continue
        name = str(entry["name"]).partition("/iterations:")[0]
        nanoseconds = float(str(entry["cpu_time"])) * _UNITS[str(entry["time_unit"])]
        if name == "merge_session/1000/500":
            figures.append(Figure("merge_ms", "1000 tests x 500 lines", "", nanoseconds / 1e6, "ms"))
        elif name == "newest_per_test/6":
            figures.append(Figure("newest_ms", "6 of 100000 tests, 50 sessions", "", nanoseconds / 1e6, "ms"))
        elif name == "encode_test_events":
            # Budgets are upper bounds: time for a gigabyte instead of speed.
            seconds = 1e9 / float(str(entry["bytes_per_second"]))
            figures.append(Figure("encode_gb_s", "test events", "", seconds, "s"))
        elif name.startswith("plan_files"):
            figures.append(Figure("plan_ms", name, "", nanoseconds / 1e6, "ms"))
        elif name == "encode_million_lines":
            figures.append(Figure("encode_ms", "1000000 covered lines", "", nanoseconds / 1e6, "ms"))
        elif name.startswith("open_store/"):
            subject = f"{name.partition('/')[2]}, 100000 tests x 300 scopes"
            figures.append(Figure("open_ms", subject, "", nanoseconds / 1e6, "ms"))
            if name == "open_store/cold":
                figures.append(
                    Figure("store_mb", "100000 tests x 300 scopes", "", float(str(entry["MB"])), "MB")
                )
        else:
            figures.append(Figure("micro_ns", name, "", nanoseconds, "ns"))
    return figures


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--json", type=Path, required=True)
    options = parser.parse_args(arguments)
    figures = [figure for path in options.files for figure in figures_of(json.loads(path.read_text()))]
    for figure in figures:
        print(f"{figure.name:12}{figure.subject:40}{figure.value:12.2f} {figure.unit}")
    options.json.write_text(json.dumps([figure.as_document() for figure in figures], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
