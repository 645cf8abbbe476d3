#!/usr/bin/env python3
"""Runs groups of tests, some at a time, each when a runner is free; prints a group's output when it ended.

  run_groups.py RESULTS [--at-once N] <GROUPS   lines "NAME: ARGUMENT OF pytest…" or "NAME: ! COMMAND…"

Groups are taken in their order: the longest first, so that no runner idles at the end. RESULTS gets
NAME.xml (JUnit) of each pytest, groups.json with each group's seconds, and each output while it grows. A
group that left no results has failed there, too, and keeps no other from running. Interrupted or terminated,
this ends what it started.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from xml.sax.saxutils import quoteattr

PYTEST = [".venv/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Group:
    name: str
    words: list[str]

    @property
    def stem(self) -> str:
        return self.name.replace(" ", "-")

    def command(self, results: Path) -> list[str]:
        if self.words[0] == "!":
            return self.words[1:]
        return [
            *PYTEST,
            f"--junitxml={results / self.stem}.xml",
            "-o",
            f"junit_suite_name={self.name}",
            *self.words,
        ]


def groups_of(text: str) -> list[Group]:
    """Raises ValueError, which names the line."""
    groups = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition(":")
        try:
            words = shlex.split(rest)
        except ValueError as error:
            raise ValueError(f"{line!r}: {error}") from error
        if not name.strip() or not words:
            raise ValueError(f"{line!r} is no group: give NAME: and what to run")
        groups.append(Group(name.strip(), words))
    return groups


class Groups:
    """Taken by the runners in their order."""

    def __init__(self, groups: list[Group], results: Path) -> None:
        self._waiting = list(groups)
        self._results = results
        self._lock = threading.Lock()
        self._running: dict[int, Group] = {}
        self._stopped = False
        self.seconds: dict[str, dict[str, float]] = {}

    def take_all(self) -> None:
        while True:
            with self._lock:
                if self._stopped or not self._waiting:
                    return
                group = self._waiting.pop(0)
                log = self._results / f"{group.stem}.log"
                began = time.monotonic()
                with log.open("wb") as output:
                    process = self._start(group, output.fileno())
                if process is not None:
                    self._running[process.pid] = group
            if process is None:
                self._lost(group, "it could not be started; is scripts/test run in its own folder?")
                continue
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            with self._lock:
                del self._running[process.pid]
                if self._stopped:
                    return
            cpu = used.ru_utime + used.ru_stime
            self._ended(group, process.returncode, time.monotonic() - began, cpu, log)

    def _start(self, group: Group, output: int) -> subprocess.Popen[bytes] | None:
        try:
            return subprocess.Popen(
                group.command(self._results),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # an interruption is this script's, which ends them in turn
            )
        except OSError:
            return None

    def _ended(self, group: Group, status: int, wall_s: float, cpu_s: float, log: Path) -> None:
        # pytest: 1 is for failed tests, of which its results tell; other commands have theirs.
        if group.words[0] != "!" and (
            status not in (0, 1) or not (self._results / f"{group.stem}.xml").exists()
        ):
            self._lost(group, f"pytest ended with status {status}: see its output above")
        with self._lock:
            self.seconds[group.name] = {"wall": round(wall_s, 1), "cpu": round(cpu_s, 1)}
            print(
                f"\033[1m==> {group.name}\033[0m ({wall_s:.0f} s, {cpu_s:.0f} s of a processor)", flush=True
            )
            sys.stdout.buffer.write(log.read_bytes())
            sys.stdout.flush()
        log.unlink()

    def _lost(self, group: Group, why: str) -> None:
        case = f'<testcase classname={quoteattr(group.name)} name="comes to its end">'
        text = f"{case}<failure message={quoteattr(why)}/></testcase>"
        lost = f"<testsuite name={quoteattr(group.name)}>{text}</testsuite>"
        (self._results / f"{group.stem}-lost.xml").write_text(lost)

    def stop(self) -> None:
        """Ends what runs: asks pytest as the terminal would, and waits not for ever."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for number in (signal.SIGINT, signal.SIGKILL):
            for pid in running:
                try:
                    os.killpg(pid, number)
                except ProcessLookupError:
                    continue
            until = time.monotonic() + _PATIENCE_S
            while self._running and time.monotonic() < until:
                time.sleep(0.05)


class Interrupted(BaseException):
    pass


def _interrupt(number: int, _: FrameType | None) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):  # one is enough, and the terminal and scripts/test send two
        signal.signal(each, signal.SIG_IGN)
    raise Interrupted(number)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path)
    parser.add_argument("--at-once", type=int, default=2)
    options = parser.parse_args(arguments)
    try:
        groups = Groups(groups_of(sys.stdin.read()), options.results)
        options.results.mkdir(parents=True, exist_ok=True)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    # scripts/test starts this in the background: there it is ignored.
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    runners = [threading.Thread(target=groups.take_all) for _ in range(options.at_once)]
    try:
        for runner in runners:
            runner.start()
        for runner in runners:
            runner.join()
    except Interrupted as interrupted:
        groups.stop()
        return 128 + int(interrupted.args[0])
    (options.results / "groups.json").write_text(json.dumps(groups.seconds, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
