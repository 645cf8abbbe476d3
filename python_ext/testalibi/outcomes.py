"""The outcome of a whole test from the reports of its phases, subtests and repetitions. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from testalibi._native import Outcome

_REASON_LIMIT = 300
# Attribute of a report: the failure of a quarantined test, which the run takes for an expected one. It stays
# a failure for the evidence.
FORGIVEN = "alibi_forgiven"
# Of reports with the outcome `rerun`: of an attempt that does not count (whether the test is flaky), and of a
# subtest that is logged once more if its attempt counts.
RETRIED = "alibi_retried"
HELD_BACK = "alibi_held_back"


class Ending(NamedTuple):
    outcome: Outcome
    duration_ns: int
    reason: str


class OutcomeOfTest:
    """Fed with every report of one test, in order."""

    # The first of these that occurred is the outcome.
    _RANK: tuple[Outcome, ...] = ("failed", "error", "xpassed", "xfailed", "skipped", "passed")

    def __init__(self) -> None:
        self._seen: dict[Outcome, str] = {}
        self._seconds: dict[str, float] = {}
        self._ran = False
        self._understood = True
        self.setup_passed = False

    def give_up(self) -> None:
        """A report could not be understood: better no outcome than a wrong one."""
        self._understood = False

    def add(self, report: Any) -> None:
        if report.outcome == "rerun":  # pytest-rerunfailures: only the last round counts
            self.__init__()  # type: ignore[misc]
            return
        phase = str(report.when)
        # A subtest's report comes before that of the phase it belongs to, which covers its time.
        self._seconds[phase] = float(getattr(report, "duration", 0.0) or 0.0)
        outcome = _outcome_of(report, phase)
        if phase == "setup":
            self.setup_passed = outcome == "passed"
        # A passed set-up or teardown says nothing: with --setup-only the test itself never runs.
        if outcome != "passed" or phase == "call":
            self._ran = True
            self._seen.setdefault(outcome, "" if outcome == "passed" else _reason_of(report))

    def end(self) -> Ending | None:
        """None when the test did not run to its end."""
        if not self._ran or not self._understood:
            return None
        duration_ns = int(sum(self._seconds.values()) * 1e9)
        outcome = next(outcome for outcome in self._RANK if outcome in self._seen)
        return Ending(outcome, max(0, duration_ns), self._seen[outcome])


def _outcome_of(report: Any, phase: str) -> Outcome:
    if hasattr(report, FORGIVEN):
        return "failed" if phase == "call" else "error"
    expected_to_fail = hasattr(report, "wasxfail")
    if report.outcome == "failed":
        return "failed" if phase == "call" else "error"
    if report.outcome == "skipped":
        return "xfailed" if expected_to_fail else "skipped"
    return "xpassed" if expected_to_fail and phase == "call" else "passed"


def _reason_of(report: Any) -> str:
    """One line: why it was skipped, or what failed."""
    if getattr(report, "wasxfail", "") and not hasattr(report, FORGIVEN):
        return _one_line(report.wasxfail)
    detail = getattr(report, "longrepr", None)
    if isinstance(detail, tuple) and len(detail) == 3:
        return _one_line(str(detail[2]).replace("Skipped: ", "", 1))
    crash = getattr(detail, "reprcrash", None)
    return _one_line(getattr(crash, "message", ""))


def _one_line(text: object) -> str:
    lines = str(text).strip().splitlines()
    return lines[0][:_REASON_LIMIT] if lines else ""
