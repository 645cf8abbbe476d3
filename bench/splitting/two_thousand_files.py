#!/usr/bin/env python3
"""2,000 short files on two workers: `alibi run` with persistent workers to `pytest -n 2`, wall time.

  bench/splitting/two_thousand_files.py [--rounds N] [--files N] [--command ALIBI] [--json FILE]

Interleaved; the figure is the median of the ratios within a round. `alibi run` plans and runs from nothing,
`of a plan` is one CI node's run of a plan that was there; both leave nothing out. `driver`: the two drivers
alone, fed by this script. Run it with an interpreter that has pytest and pytest-xdist.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent.parent)]

from measure import Figure, median, parser_of, spread, tell  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
DRIVERS = ROOT / "collector" / "framework" / "drivers"
COMMAND = ROOT / "build" / "release" / "collector" / "cli" / "alibi"
WORKERS = 2
MOST = 1.05


def make_project(folder: Path, files: int) -> list[str]:
    names = []
    for number in range(files):
        name = f"tests/part{number % 20:02d}/test_number_{number:04d}.py"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f"def test_first():\n    assert {number} + 1 == {number + 1}\n"
        if number % 2:
            text += f"\n\ndef test_second():\n    assert str({number}) == '{number}'\n"
        path.write_text(text)
        names.append(name)
    for command in (["git", "init", "-q"], ["git", "add", "-A"]):
        subprocess.run(command, cwd=folder, check=True)
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    subprocess.run(["git", *identity, "commit", "-qm", "files"], cwd=folder, check=True)
    return sorted(names)


def outside() -> dict[str, str]:
    prefixes = ("ALIBI", "PYTEST", "PYTHON", "DD_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def timed(command: list[str], folder: Path, says: str = "") -> float:
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=outside(), capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode != 0 or says not in done.stdout + done.stderr:
        raise SystemExit(f"{command} failed:\n{(done.stdout + done.stderr)[-4000:]}")
    return seconds


def by_xdist(folder: Path) -> float:
    return timed([sys.executable, "-m", "pytest", "-q", "-n", str(WORKERS), "tests"], folder)


CHOSEN = ["--platform", "python", "--framework", "pytest", "--no-select"]


def by_alibi(command: Path, folder: Path, files: int) -> float:
    forget(folder)
    workers = ["--min-parallelism", str(WORKERS), "--max-parallelism", str(WORKERS)]
    return timed([str(command), "run", *CHOSEN, *workers], folder, f"{files:,} passed")


def by_plan(command: Path, folder: Path, files: int) -> float:
    forget(folder)
    workers = ["--ci-node-workers", str(WORKERS), "--max-parallelism", "1"]
    timed([str(command), "plan", *CHOSEN, *workers], folder)
    return timed([str(command), "run", *CHOSEN, *workers, "--ci-node", "0"], folder, f"{files:,} passed")


def forget(folder: Path) -> None:
    """What the run before left: its plan, and how long each file took."""
    for name in (".testoptimization", ".alibi"):
        shutil.rmtree(folder / name, ignore_errors=True)


def by_driver(folder: Path, files: list[str]) -> float:
    started = time.perf_counter()
    waiting = selectors.DefaultSelector()
    units = iter(enumerate(files))
    processes = [_start(folder, files, waiting) for _ in range(WORKERS)]
    done = 0
    while waiting.get_map():
        for key, _ in waiting.select():
            done += _answer(key, units, waiting)
    if any(process.wait() for process in processes) or done != len(files):
        raise SystemExit("a driver failed")
    return time.perf_counter() - started


def _start(folder: Path, files: list[str], waiting: selectors.BaseSelector) -> subprocess.Popen[bytes]:
    ours, theirs = socket.socketpair()
    places = {os.path.dirname(file): file for file in files}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "alibi_pytest_worker", *places.values()]
    environment = {**outside(), "PYTHONPATH": str(DRIVERS), "ALIBI_WORKER_SOCKET": str(theirs.fileno())}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, pass_fds=(theirs.fileno(),), stdout=subprocess.DEVNULL
    )
    theirs.close()
    waiting.register(ours, selectors.EVENT_READ, bytearray())
    return process


def _answer(
    key: selectors.SelectorKey, units: Iterator[tuple[int, str]], waiting: selectors.BaseSelector
) -> int:
    connection: socket.socket = key.fileobj  # type: ignore[assignment]
    received = connection.recv(1 << 16)
    if not received:
        waiting.unregister(connection)
        connection.close()
        return 0
    key.data.extend(received)
    *lines, rest = bytes(key.data).split(b"\n")
    key.data[:] = rest
    messages = [json.loads(line) for line in lines]
    for message in messages:
        if "next" in message:
            number, file = next(units, (0, ""))
            unit = {"unit": {"id": number, "file": file, "arguments": [file], "attempt": 1}}
            connection.sendall(json.dumps(unit if file else {"end": True}).encode() + b"\n")
    return sum(message.get("outcome") == "passed" for message in messages)


def main() -> int:
    parser = parser_of(__doc__, rounds=5)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--command", type=Path, default=Path(os.environ.get("ALIBI_COMMAND", COMMAND)))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "project"
        files = make_project(folder, given.files)
        variants = {"driver": lambda: by_driver(folder, files)}
        if given.command.is_file():
            variants["alibi run"] = lambda: by_alibi(given.command.resolve(), folder, given.files)
            variants["of a plan"] = lambda: by_plan(given.command.resolve(), folder, given.files)
        seconds: dict[str, list[float]] = {name: [] for name in (*variants, "pytest -n 2")}
        for variant in variants.values():
            variant()  # the files are in memory then
        for _ in range(given.rounds):
            for name, variant in {**variants, "pytest -n 2": lambda: by_xdist(folder)}.items():
                seconds[name].append(variant())
                print(f"{name}: {seconds[name][-1]:.2f} s", file=sys.stderr, flush=True)
    figures = []
    table = f"{given.files} files, {WORKERS} workers, wall time, median of {given.rounds}:\n"
    table += f"  {'pytest -n 2':<12} {median(seconds['pytest -n 2']):6.2f} s\n"
    for name in variants:
        ratios = [ours / theirs for ours, theirs in zip(seconds[name], seconds["pytest -n 2"])]
        table += f"  {name:<12} {median(seconds[name]):6.2f} s  {median(ratios):.2f} of it"
        table += f" +- {spread(ratios):.2f} (at most {MOST})\n"
        subject = f"{given.files} files, {name}"
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        figures.append(Figure("split_to_xdist", subject, version, median(ratios), "ratio"))
    return tell(figures, table, given.json)


if __name__ == "__main__":
    sys.exit(main())
