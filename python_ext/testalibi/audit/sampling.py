"""`alibi audit --sample`: runs a random sample of the tests that would be skipped now, in the project as it
stands, and holds each outcome against the stored one.

A difference is a miss only if it shows again: in two runs of the test alone (else it is flaky), and in a run
of the whole suite (else its outcome depends on which tests run before it). A real miss is a defect of Alibi:
the test is distrusted from then on.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from testalibi import distrusted
from testalibi.audit.judging import ABSENT
from testalibi.audit.project import CannotAudit, Project
from testalibi.audit.running import Run, Runner

Say = Callable[[str], None]


class Size(NamedTuple):
    """How many of the skipped tests: a number, or a share of them in percent."""

    number: int
    is_share: bool

    def of(self, total: int) -> int:
        # Rounded up: a small share of a few tests is one, not none.
        return min(total, -(-total * self.number // 100) if self.is_share else self.number)


def audit(project: Project, size: Size, seed: int, say: Say) -> dict[str, Any]:
    """Raises CannotAudit."""
    try:
        known_bad = distrusted.tests(project.data)
    except distrusted.Unreadable as error:
        raise CannotAudit(str(error)) from error
    verdicts = project.asked("select")["tests"]
    skipped = sorted(test["id"] for test in verdicts if test["verdict"] == "skip")
    skipped = [test for test in skipped if test not in known_bad]
    stored = {test["id"]: test["outcome"] for test in project.asked("list")["tests"]}
    sample = random.Random(seed).sample(skipped, size.of(len(skipped)))  # noqa: S311  (nothing secret)
    say(f"{len(skipped)} of {len(verdicts)} known tests would be skipped; {len(sample)} of them run now")
    result: dict[str, Any] = {
        "version": 1,
        "audit": "sample",
        "project": os.path.basename(project.root),
        "seed": seed,
        "known": len(verdicts),
        "skipped": len(skipped),
        "audited": len(sample),
        "misses": [],
        "distrusted": [],
    }
    if sample:
        result["misses"] = _Sample(project, stored, say).misses(sample)
    real = [miss["test"] for miss in result["misses"] if miss["kind"] == "real"]
    if real:
        result["distrusted"] = _distrust(project, real, say)
    return result


def _distrust(project: Project, tests: Sequence[str], say: Say) -> list[str]:
    try:
        distrusted.add(project.data, tests)
    except (OSError, distrusted.Unreadable) as error:
        say(f"{distrusted.path_of(project.data)} cannot be written: {error}")
        return []
    return list(tests)


class _Sample:
    def __init__(self, project: Project, stored: dict[str, str], say: Say) -> None:
        self._project = project
        self._stored = stored
        self._say = say

    def misses(self, sample: Sequence[str]) -> list[dict[str, Any]]:
        scratch = os.path.realpath(tempfile.mkdtemp(prefix="alibi-audit-"))
        project = self._project
        try:
            runner = Runner(project.python, project.invocation.folder, project.variables, scratch)
            return self._misses(runner, sample)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _misses(self, runner: Runner, sample: Sequence[str]) -> list[dict[str, Any]]:
        run = self._run(runner, sample)
        if run.died and not run.outcomes and not run.collected and not run.broken:
            raise CannotAudit(f"the tests do not run here (status {run.status}):\n{run.tail()}")
        different = sorted(test for test in sample if run.outcomes.get(test, ABSENT) != self._stored[test])
        if not different:
            return []
        self._say(
            f"{len(different)} ended otherwise than when they last ran: each runs alone twice, then all"
        )
        alone = {test: [self._outcome(runner, test) for _ in range(2)] for test in different}
        whole = self._run(runner, None)
        return [self._miss(test, run, alone[test], whole) for test in different]

    def _miss(self, test: str, run: Run, alone: Sequence[str], whole: Run) -> dict[str, Any]:
        stored, found = self._stored[test], run.outcomes.get(test, ABSENT)
        in_suite = whole.outcomes.get(test, ABSENT)
        return {
            "test": test,
            "kind": kind_of_difference(stored, found, alone, in_suite),
            "stored": stored,
            "found": found,
            "alone": list(alone),
            "in_suite": in_suite,
            "reason": run.reasons.get(test, ""),
            "why": self._project.why(test),
        }

    def _outcome(self, runner: Runner, test: str) -> str:
        return self._run(runner, [test]).outcomes.get(test, ABSENT)

    def _run(self, runner: Runner, tests: Iterable[str] | None) -> Run:
        arguments = [*self._project.invocation.plain, "--continue-on-collection-errors"]
        with contextlib.suppress(FileNotFoundError):
            return runner.run(arguments, wanted=tests)
        raise CannotAudit(f"{runner.python} or {runner.folder} is not there")


def kind_of_difference(stored: str, found: str, alone: Sequence[str], in_suite: str) -> str:
    """Of a test that did not end as stored. Pure."""
    if len(set(alone)) > 1 or (found != ABSENT and stored in alone and in_suite == found):
        return "flaky"
    if in_suite == stored or alone[0] == stored:
        return "order"
    return "real" if alone[0] == found == in_suite else "flaky"
