"""What selection came to, in words and figures: the line after collection, the explanation, the report.

One per run, in the main process. Filled by pytest_select, read by it and by pytest_start. Says why each test
runs: a reason belongs to every test that was not left out, also where nothing was known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from testalibi.selecting import Selected

_MOST_CHANGES = 3
_MOST_NOTICES = 5
_MOST_TESTS = 3


class LeftOut(NamedTuple):
    """Tests that did not run because they have an alibi, by file."""

    files: Mapping[str, tuple[int, float]] = {}  # file -> tests, milliseconds

    @classmethod
    def of(cls, tests: Mapping[str, float]) -> LeftOut:
        files: dict[str, tuple[int, float]] = {}
        for test, milliseconds in tests.items():
            file = test.partition("::")[0]
            count, total = files.get(file, (0, 0.0))
            files[file] = (count + 1, total + milliseconds)
        return cls(files)

    @property
    def tests(self) -> int:
        return sum(count for count, _ in self.files.values())

    @property
    def seconds(self) -> float:
        return sum(milliseconds for _, milliseconds in self.files.values()) / 1000


class SelectionAccount:
    def __init__(self) -> None:
        self.switched_off = ""  # why nothing is left out although Alibi is on
        self.selected = Selected()
        self.kept: list[str] | None = None  # tests that were found and run
        self.left_out = LeftOut()
        self._is_counted = True

    def found(self, kept: list[str], left_out: LeftOut | None) -> None:
        """`left_out`: None where that is known only at the end."""
        self.kept, self.left_out = kept, left_out or LeftOut()
        self._is_counted = left_out is not None

    def lines(self, verbosity: int) -> list[str]:
        """After collection. Quiet runs are told only what changes what they do."""
        selected = self.selected
        important = bool(self.left_out.tests or selected.failure)
        if verbosity < -1 or (verbosity < 0 and not important):
            return []
        notices = selected.notices[:_MOST_NOTICES] if verbosity >= 0 else ()
        return [f"alibi: {line}" for line in (self._line(), *notices)]

    def _line(self) -> str:
        selected, kept = self.selected, len(self.kept or ())
        if selected.failure:
            return f"nothing is left out: {selected.failure}"
        if self.switched_off:
            return f"selects nothing: {self.switched_off}"
        if not selected.known:
            return "nothing is known yet: all tests run"
        if not self._is_counted:
            return f"{'1 test runs' if kept == 1 else f'{kept} tests run'}{self._because()}"
        skipped, saved = self.left_out.tests, seconds_text(self.left_out.seconds)
        if not skipped:
            return f"{'1 test runs' if kept == 1 else f'all {kept} tests run'}{self._because()}"
        if not kept:
            return f"none of {skipped} {'test' if skipped == 1 else 'tests'} has to run; {saved} saved"
        return f"{kept} of {kept + skipped} tests run{self._because()}; {saved} saved"

    def _because(self) -> str:
        changes = self.selected.changes
        if not changes:
            return ""
        more = len(changes) - _MOST_CHANGES
        text = ", ".join(changes[:_MOST_CHANGES])
        return f": changed {text}{f' and {more} more' if more > 0 else ''}"

    def reason(self, test: str) -> str:
        """Why a test that was found runs."""
        selected = self.selected
        if test in selected.needed:
            return selected.needed[test].reason
        if selected.failure:
            return f"nothing is left out: {selected.failure}"
        if self.switched_off:
            return f"nothing is left out: {self.switched_off}"
        if not selected.known:
            return "nothing is known yet"
        return "it is marked to run always" if test in selected.skipped else "it is new"

    def explanation(self, detail: str) -> list[str]:
        """`detail`: no, reasons or all."""
        if detail == "no" or self.kept is None:
            return []
        by_reason: dict[str, list[str]] = {}
        for test in self.kept:
            by_reason.setdefault(self.reason(test), []).append(test)
        lines = []
        for reason, tests in sorted(by_reason.items(), key=lambda each: -len(each[1])):
            more = f", and {len(tests) - _MOST_TESTS} more" if len(tests) > _MOST_TESTS else ""
            lines.append(f"{len(tests):>5}  {reason}: {', '.join(tests[:_MOST_TESTS])}{more}")
        if not lines:
            lines.append("no test ran")
        if detail == "all":
            lines.extend(self._left_out_lines())
        return lines

    def _left_out_lines(self) -> list[str]:
        files = sorted(self.left_out.files.items())
        heading = f"left out: {self.left_out.tests} in {len(files)} {'file' if len(files) == 1 else 'files'}"
        return [
            heading,
            *(
                f"{count:>5}  {file} ({seconds_text(milliseconds / 1000)})"
                for file, (count, milliseconds) in files
            ),
        ]

    def totals(self) -> dict[str, Any]:
        """For session.json."""
        return {
            "selected": len(self.kept or ()),
            "skipped": self.left_out.tests,
            "saved_s": round(self.left_out.seconds, 6),
        }

    def document(self) -> dict[str, Any]:
        """For --alibi-report."""
        return {
            "run": len(self.kept or ()),
            "skipped": self.left_out.tests,
            "saved_s": round(self.left_out.seconds, 6),
            "changes": list(self.selected.changes),
            "reasons": {test: self.reason(test) for test in self.kept or ()},
        }


def seconds_text(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
