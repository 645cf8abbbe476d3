"""One pytest run under observation: started, waited for, stopped when it takes too long. Used by both audits.

A run gets a process group of its own, of which nothing is left when `run` returns, no standard input, and
limits, because mutated code does what nobody meant it to.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

_MEMORY_LIMIT = 8 << 30
_STATUS_OF_A_COMPLETE_RUN = frozenset((0, 1, 5))


@dataclass
class Run:
    """What the observer told."""

    status: int = -1
    outcomes: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)  # why it failed or was skipped, one line
    collected: set[str] = field(default_factory=set)  # found, whether they then ran or not
    looked_into: set[str] = field(default_factory=set)  # files and folders
    broken: set[str] = field(default_factory=set)  # what could not be collected
    finished: bool = False
    timed_out: bool = False
    wall_s: float = 0.0
    cpu_s: float = 0.0
    output: str = ""

    @property
    def died(self) -> bool:
        """It ended otherwise than a run in which tests fail: everybody sees that something is wrong."""
        return not self.finished or self.status not in _STATUS_OF_A_COMPLETE_RUN

    def tail(self, lines: int = 12) -> str:
        return "\n".join(self.output.splitlines()[-lines:])


@dataclass(frozen=True)
class Runner:
    """Runs pytest in one folder with one environment. `scratch` is the runner's own, and the same each time:
    its path must not be what differs between two runs.
    """

    python: str
    folder: str
    environment: Mapping[str, str]
    scratch: str

    def run(
        self,
        arguments: Sequence[str],
        *,
        wanted: Iterable[str] | None = None,
        timeout_s: float | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Run:
        journal, request = os.path.join(self.scratch, "journal"), os.path.join(self.scratch, "request.json")
        temporary, cache = os.path.join(self.scratch, "tmp"), os.path.join(self.scratch, "cache")
        # What one run leaves in temporary folders (caches!) must not meet the next one.
        for folder in (temporary, cache):
            shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(temporary)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(journal)
        chosen = None if wanted is None else sorted(wanted)
        with open(request, "w", encoding="utf-8") as file:
            json.dump({"journal": journal, "cache": cache, "wanted": chosen}, file)
        environment = {
            **self.environment,
            "TMPDIR": temporary,
            "COVERAGE_FILE": os.path.join(self.scratch, "coverage"),
            "ALIBI_AUDIT_RUN": request,
            **(variables or {}),
        }
        command = [self.python, "-m", "pytest", *arguments, "-p", "testalibi.audit.observer"]
        run = _run(command, self.folder, environment, os.path.join(self.scratch, "output"), timeout_s)
        _read_journal(journal, run)
        return run


def _limit() -> None:
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        if hard == resource.RLIM_INFINITY or hard > _MEMORY_LIMIT:
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_LIMIT, hard))


def _run(
    command: Sequence[str], folder: str, environment: Mapping[str, str], log: str, timeout_s: float | None
) -> Run:
    run = Run()
    started = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(log, "wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_limit,  # noqa: PLW1509  (no other thread is here)
        )
        try:
            run.status = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            run.timed_out = True
        finally:  # also when the user interrupts the audit
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    run.wall_s = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    run.cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with open(log, encoding="utf-8", errors="replace") as text:
        run.output = text.read()
    return run


def _read_journal(path: str, run: Run) -> None:
    with contextlib.suppress(FileNotFoundError), open(path, encoding="utf-8") as file:
        for line in file:
            try:
                entry = json.loads(line)
            except ValueError:  # the last words of a run that was killed
                continue
            if "test" in entry:
                run.outcomes[entry["test"]] = entry["outcome"]
                run.reasons[entry["test"]] = entry["reason"]
            run.collected.update(entry.get("collected", ()))
            if "looked_into" in entry:
                run.looked_into.add(entry["looked_into"])
            if "broken" in entry:
                run.broken.add(entry["broken"])
            run.finished = run.finished or "finished" in entry
