"""What a run makes of known, managed and flaky tests (collector/ship/OPENING.md). Pure: no pytest, no clock.

The answer that it is made from was written by others: what is not of the type it should be is off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from testalibi.intake_names import Names

DISABLED_REASON = "Flaky test is disabled by Datadog"
ATTEMPT_TO_FIX = "attempt_to_fix"
EARLY_FLAKE_DETECTION = "early_flake_detection"
AUTO_TEST_RETRY = "auto_test_retry"
_MARK_TAGS = {
    "quarantined": "test.test_management.is_quarantined",
    "disabled": "test.test_management.is_test_disabled",
    "attempt_to_fix": "test.test_management.is_attempt_to_fix",
}
_MOST_SECONDS = 300.0  # for all attempts of one test
_MOST_RETRIES = 100  # of one test, whatever the service says
_NO_MARKS: frozenset[str] = frozenset()


class Opening(NamedTuple):
    """The members of the opening that say what to do with tests; None: off."""

    known: Mapping[tuple[str, str], frozenset[str]] | None = None  # by module and suite
    early_flake_retries: tuple[tuple[float, int], ...] | None = None
    faulty_percent: float = 30.0
    retries_per_test: int | None = None
    retried_tests: int = 0
    managed: Mapping[Names, frozenset[str]] | None = None
    attempt_to_fix_retries: int = 20
    modified: Mapping[str, tuple[tuple[int, int], ...]] | None = None

    def __bool__(self) -> bool:
        return (
            self.may_retry or self.known is not None or self.managed is not None or self.modified is not None
        )

    @property
    def may_retry(self) -> bool:
        managed = (self.managed or {}).values()
        flakes = self.early_flake_retries is not None or self.retries_per_test is not None
        return flakes or any("attempt_to_fix" in marks for marks in managed)


def opening_of(document: Mapping[str, Any]) -> Opening:
    """Never raises."""
    flake, retries = document.get("early_flake_detection"), document.get("flaky_test_retries")
    opening = Opening(
        known=_known(document.get("known")),
        managed=_managed(document.get("managed")),
        modified=_modified(document.get("modified")),
    )
    if isinstance(flake, dict) and isinstance(flake.get("retries"), list):
        rows = (_pair(row) for row in flake["retries"])
        opening = opening._replace(
            early_flake_retries=tuple(sorted((float(row[0]), _retries(row[1])) for row in rows if row)),
            faulty_percent=_number(flake.get("faulty_percent"), 30),
        )
    if isinstance(retries, dict):
        opening = opening._replace(
            retries_per_test=_retries(_number(retries.get("per_test"), 0)),
            retried_tests=int(_number(retries.get("tests"), 0)),
        )
    count = _number(document.get("attempt_to_fix_retries"), opening.attempt_to_fix_retries)
    return opening._replace(attempt_to_fix_retries=_retries(count))


class Said(NamedTuple):
    """Of one test."""

    is_new: bool = False
    is_modified: bool = False
    marks: frozenset[str] = _NO_MARKS

    @property
    def is_forgiven(self) -> bool:
        """Its failure is none of the run."""
        return "quarantined" in self.marks or self.marks >= {"disabled", "attempt_to_fix"}

    @property
    def is_left_out(self) -> bool:
        return "disabled" in self.marks and not self.is_to_be_fixed

    @property
    def is_to_be_fixed(self) -> bool:
        return "attempt_to_fix" in self.marks

    def tags(self) -> dict[str, str]:
        tags = {_MARK_TAGS[mark]: "true" for mark in sorted(self.marks)}
        if self.is_new:
            tags["test.is_new"] = "true"
        if self.is_modified:
            tags["test.is_modified"] = "true"
        return tags


class Plan:
    """Of one process: what was said of each test, and how often failed ones were tried again so far."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._functions = {
            place: frozenset(_function_of(name) for name in names)
            for place, names in (opening.known or {}).items()
        }
        self.is_faulty = False
        self._retried = 0

    def said_of(
        self, names: Names, parametrised: bool, file: str, lines: tuple[int, int] | None = None
    ) -> Said:
        marks = (self._opening.managed or {}).get(names, _NO_MARKS)
        return Said(self._is_new(names, parametrised), self._is_modified(file, lines), marks)

    def found(self, new: int, tests: int) -> None:
        """After collection."""
        percent = self._opening.faulty_percent
        if self._opening.early_flake_retries is not None:
            self.is_faulty = new > percent and 100 * new > percent * tests

    def attempts_at(self, said: Said, may_retry_failures: bool = True) -> Attempts:
        opening = self._opening
        attempts = Attempts(self._may_retry)
        if said.is_to_be_fixed:
            attempts.reason, attempts.most = ATTEMPT_TO_FIX, opening.attempt_to_fix_retries
        elif self._detects_flakes and (said.is_new or said.is_modified):
            attempts.reason, attempts.rows = EARLY_FLAKE_DETECTION, opening.early_flake_retries or ()
        elif may_retry_failures and opening.retries_per_test is not None:
            attempts.reason, attempts.most = AUTO_TEST_RETRY, opening.retries_per_test
        return attempts

    @property
    def _detects_flakes(self) -> bool:
        return self._opening.early_flake_retries is not None and not self.is_faulty

    def _may_retry(self) -> bool:
        """Counts tests, not attempts."""
        self._retried += 1
        return self._retried <= self._opening.retried_tests

    def _is_new(self, names: Names, parametrised: bool) -> bool:
        known = self._opening.known
        if known is None:
            return False
        place = (names.module, names.suite)
        if names.name in known.get(place, ()):
            return False
        return not parametrised or _function_of(names.name) not in self._functions.get(place, ())

    def _is_modified(self, file: str, lines: tuple[int, int] | None) -> bool:
        ranges = (self._opening.modified or {}).get(file)
        if ranges is None:
            return False
        return lines is None or any(first <= lines[1] and lines[0] <= last for first, last in ranges)


class Attempts:
    """At one test: fed with each of them, in order."""

    def __init__(self, may_retry: Any) -> None:
        self.reason: str | None = None  # what there may be another attempt for
        self.most = 0
        self.rows: tuple[tuple[float, int], ...] = ()
        self._may_retry = may_retry
        self._allowed: bool | None = None
        self._seen: list[tuple[str, float]] = []

    def add(self, status: str, seconds: float) -> None:
        """`status`: pass, fail or skip."""
        if not self._seen and self.reason == EARLY_FLAKE_DETECTION:
            self.most = next((retries for limit, retries in self.rows if seconds <= limit), 0)
        self._seen.append((status, seconds))

    def amend(self, status: str, seconds: float) -> None:
        """The last one."""
        if self._seen:
            self._seen.pop()
        self.add(status, seconds)

    def next_reason(self) -> str | None:
        """Why there is another attempt, None where there is none."""
        statuses = self.statuses
        if not self._seen or "skip" in statuses or len(statuses) > self.most:
            return None
        if self._seconds >= _MOST_SECONDS:
            return None
        if self.reason == ATTEMPT_TO_FIX:
            goes_on = "fail" not in statuses
        elif self.reason == EARLY_FLAKE_DETECTION:
            goes_on = not self.is_flaky
        else:
            goes_on = self.reason == AUTO_TEST_RETRY and statuses[-1] == "fail" and self._is_allowed()
        return self.reason if goes_on else None

    @property
    def statuses(self) -> list[str]:
        return [status for status, _ in self._seen]

    @property
    def is_flaky(self) -> bool:
        return {"pass", "fail"} <= set(self.statuses)

    @property
    def is_too_slow(self) -> bool:
        if self.reason != EARLY_FLAKE_DETECTION or not self._seen or self.is_flaky:
            return False
        slow_rows = bool(self.rows) and self._seen[0][1] > self.rows[-1][0]
        return slow_rows or (len(self._seen) <= self.most and self._seconds >= _MOST_SECONDS)

    @property
    def final(self) -> str:
        statuses = self.statuses
        if self.reason == ATTEMPT_TO_FIX:
            return "fail" if "fail" in statuses else statuses[-1]
        return next((status for status in ("pass", "fail") if status in statuses), "skip")

    def deciding(self) -> int:
        """The index of the attempt that the test's outcome is."""
        statuses = self.statuses
        return len(statuses) - 1 - statuses[::-1].index(self.final)

    @property
    def _seconds(self) -> float:
        return sum(seconds for _, seconds in self._seen)

    def _is_allowed(self) -> bool:
        if self._allowed is None:
            self._allowed = bool(self._may_retry())
        return self._allowed


def _function_of(name: str) -> str:
    return name.partition("[")[0]


def _number(value: object, otherwise: float) -> float:
    return value if _is_number(value) else otherwise  # type: ignore[return-value]


def _retries(value: float) -> int:
    return min(int(value), _MOST_RETRIES)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e9


def _pair(value: object) -> Any:
    """Of two numbers, or None."""
    if isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)):
        return value
    return None


def _items(value: object) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()


def _texts(value: object) -> frozenset[str]:
    return (
        frozenset(text for text in value if isinstance(text, str)) if isinstance(value, list) else _NO_MARKS
    )


def _known(value: object) -> Mapping[tuple[str, str], frozenset[str]] | None:
    found = {
        (module, suite): _texts(names) for module, suites in _items(value) for suite, names in _items(suites)
    }
    return found if any(found.values()) else None  # a service that knows nothing makes nothing new


def _managed(value: object) -> Mapping[Names, frozenset[str]] | None:
    if not isinstance(value, list):
        return None
    found = {}
    for entry in value:
        if isinstance(entry, list) and len(entry) == 4 and _are_texts(entry[:3]):
            marks = _texts(entry[3]) & _MARK_TAGS.keys()
            if marks:
                found[Names(*entry[:3])] = frozenset(marks)
    return found or None


def _modified(value: object) -> Mapping[str, tuple[tuple[int, int], ...]] | None:
    found = {}
    for file, ranges in _items(value):
        pairs = (_pair(entry) for entry in ranges) if isinstance(ranges, list) else ()
        found[file] = tuple((int(pair[0]), int(pair[1])) for pair in pairs if pair)
    return found or None


def _are_texts(values: Iterable[object]) -> bool:
    return all(isinstance(value, str) for value in values)
