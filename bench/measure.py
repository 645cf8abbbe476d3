"""How a benchmark measures: CPU and memory of a command and of everything it started, instruction counts,
medians.

CPU is user plus system time of the whole process tree, orphans included: a helper becomes the reaper of
what the command leaves behind and waits for all of it. Wall time is kept beside it and never judged.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_PR_SET_CHILD_SUBREAPER = 36
_ORPHANS_MAY_TAKE_S = 20.0


@dataclass
class Cost:
    exit_status: int
    cpu_s: float
    wall_s: float
    max_rss_kib: int
    output: str = field(repr=False, default="")


@dataclass
class Figure:
    """One measured number, as compare.py judges it and README.md quotes it."""

    name: str
    subject: str
    python: str
    value: float
    unit: str
    detail: dict[str, Any] = field(default_factory=dict)

    def as_document(self) -> dict[str, Any]:
        return asdict(self)


def run(command: list[str], folder: Path, environment: dict[str, str], timeout_s: float = 1800) -> Cost:
    """In a helper process, so that the children this process has already are not waited for or counted."""
    asked = json.dumps(
        {"command": command, "folder": str(folder), "environment": environment, "timeout_s": timeout_s}
    )
    helper = subprocess.run(
        [sys.executable, __file__], input=asked, capture_output=True, text=True, check=True
    )
    return Cost(**json.loads(helper.stdout))


def _run_here(command: list[str], folder: str, environment: dict[str, str], timeout_s: float) -> Cost:
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    began = time.monotonic()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        status, cpu, rss, ended = 0, 0.0, 0, 0.0
        while True:
            try:
                done, raw, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if done == 0:
                now = time.monotonic()
                if (ended and now - ended > _ORPHANS_MAY_TAKE_S) or now - began > timeout_s:
                    os.killpg(process.pid, signal.SIGKILL)
                    timeout_s = float("inf")
                time.sleep(0.002)
                continue
            cpu += usage.ru_utime + usage.ru_stime
            rss = max(rss, usage.ru_maxrss)
            if done == process.pid:
                status, ended = os.waitstatus_to_exitcode(raw), time.monotonic()
                process.returncode = status
        log.seek(0)
        output = log.read().decode(errors="replace")
    return Cost(status, cpu, (ended or time.monotonic()) - began, rss, output)


def instructions(command: list[str], folder: Path, environment: dict[str, str]) -> int:
    """Instructions executed by the whole process tree, counted by callgrind: the same on a busy machine."""
    with tempfile.TemporaryDirectory() as scratch:
        counted = [
            "valgrind",
            "--tool=callgrind",
            "--trace-children=yes",
            f"--callgrind-out-file={scratch}/out.%p",
            *command,
        ]
        result = subprocess.run(
            counted, check=False, cwd=folder, env=environment, capture_output=True, text=True
        )
        total = 0
        for path in Path(scratch).iterdir():
            totals = re.findall(r"^(?:totals|summary): (\d+)", path.read_text(errors="replace"), re.MULTILINE)
            total += int(totals[-1]) if totals else 0
    if total == 0:
        raise RuntimeError(f"callgrind counted nothing (exit {result.returncode}): {result.stderr[-500:]}")
    return total


def parser_of(description: str | None, *, rounds: int) -> argparse.ArgumentParser:
    """The options that every benchmark of whole processes has."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", action="append")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--json", type=Path)
    return parser


def tell(figures: list[Figure], table: str, into: Path | None) -> int:
    """Prints the table, keeps the figures for compare.py. Returns the exit status."""
    print(table)
    if into is not None:
        into.write_text(json.dumps([figure.as_document() for figure in figures], indent=1))
    return 0 if figures else 2


def median(values: list[float]) -> float:
    return statistics.median(values)


def spread(values: list[float]) -> float:
    """Half the distance between the quartiles: what of a difference is noise."""
    if len(values) < 3:
        return 0.0
    quartiles = statistics.quantiles(values, n=4)
    return (quartiles[2] - quartiles[0]) / 2


def machine() -> dict[str, str]:
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {
        "cpu": model,
        "cores": str(os.cpu_count()),
        "kernel": os.uname().release,
        "load": " ".join(f"{value:.1f}" for value in os.getloadavg()),
        "date": time.strftime("%Y-%m-%d %H:%M", time.gmtime()) + " UTC",
    }


if __name__ == "__main__":
    print(json.dumps(asdict(_run_here(**json.load(sys.stdin)))))
