"""Rows of scripts/matrix: what the parts of one interpreter gave, and the tables that show it."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from suite_runs import run_suite

ROOT = Path(__file__).resolve().parents[2]
_OURS = ("PYTHON", "PYTEST", "ALIBI_", "RUBYOPT", "RUBYLIB")


@dataclass
class Row:
    version: str
    origin: str
    strategy: str = ""
    parts: dict[str, tuple[int, ...]] = field(default_factory=dict)  # part -> passed, failed, skipped
    skipped: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def of(self, part: str) -> str:
        if part not in self.parts:
            return "-"
        counts = zip(self.parts[part], ("passed", "failed", "skipped"))
        return ", ".join(f"{count} {word}" for count, word in counts if count or word == "passed")

    def cells(self) -> tuple[str, ...]:
        raise NotImplementedError


@dataclass(frozen=True)
class Runner:
    """Runs folders of tests with pytest. `label` tells its reports from those of others."""

    python: str
    label: str
    scratch: Path
    junit: Path | None = None

    def run(
        self,
        row: Row,
        part: str,
        folder: Path,
        *,
        environment: dict[str, str] | None = None,
        leave_out: tuple[str, ...] = (),
        name_skips: bool = False,
    ) -> None:
        report = self.scratch / f"{self.label}-{part}.xml"
        clean = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        command = [self.python, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += ["-o", f"junit_suite_name={part} {self.label}", str(folder)]
        command += [f"--ignore={folder / name}" for name in leave_out]
        run = run_suite(
            command,
            ROOT,
            {**clean, "PYTHONDONTWRITEBYTECODE": "1", **(environment or {})},
            junit=report,
            timeout_s=1500,
            log_folder=self.scratch,
        )
        failed = run.counts["failed"] + run.counts["error"]
        passed = sum(run.counts.values()) - failed - run.counts["skipped"]
        if not run.outcomes or (run.exit_status != 0 and failed == 0):
            failed += 1
            row.failures.append(f"{part} ended with {run.exit_status}:\n{run.tail(15)}")
        row.failures += [
            f"{part}: {name}" for name, outcome in run.outcomes.items() if outcome in ("failed", "error")
        ]
        row.parts[part] = (passed, failed, run.counts["skipped"])
        if report.exists():
            if name_skips:
                row.skipped += [f"{part}, {count} of: {why}" for why, count in skips_in(report).items()]
            self._keep(report, part)

    def _keep(self, report: Path, part: str) -> None:
        if self.junit is None:
            return
        self.junit.mkdir(parents=True, exist_ok=True)
        part = "" if part == "native" else f"-{part}"
        shutil.copy(report, self.junit / f"matrix-{self.label}{part}.xml")


def skips_in(report: Path) -> Counter[str]:
    """Why tests were skipped, without rows of hazards that are known not to hold."""
    found = ElementTree.parse(report).getroot().iter("skipped")
    reasons = [(each.get("message") or "?").replace(" ¶ ", " ").strip() for each in found]
    return Counter(reason[:160] for reason in reasons if not reason.startswith("known: "))


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    cells = [head, *rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def rows_in(block: str, head: tuple[str, ...]) -> dict[tuple[str, str], tuple[str, ...]]:
    """The rows of a table that was written before, by interpreter and origin."""
    lines = [line.strip("| ") for line in block.splitlines() if line.startswith("| ")]
    cells = [tuple(cell.strip() for cell in line.split("|")) for line in lines]
    return {(line[0], line[1]): line for line in cells if len(line) == len(head) and line != head}


def with_table(text: str, mark: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """`text` with these rows in the table between the comments `mark` and `end of mark`; other rows,
    and what was not run this time of these, stay.
    """
    begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    before, _, rest = text.partition(begin)
    block, _, after = rest.partition(end)
    kept = rows_in(block, head)
    for cells in rows:
        before_that = kept.get((cells[0], cells[1]), cells)
        kept[cells[0], cells[1]] = tuple(old if new == "-" else new for old, new in zip(before_that, cells))
    ordered = sorted(kept.values(), key=lambda cells: [int(part) for part in re.findall(r"\d+", cells[0])])
    stamp = time.strftime("%Y-%m-%d", time.gmtime())
    said = f"`scripts/matrix --write`, last row of {stamp}:\n\n{table(head, ordered)}"
    return f"{before}{begin}\n{said}\n{end}{after}"


def failed_in(rows: list[Row]) -> int:
    without_parts = sum(not row.parts and bool(row.failures) for row in rows)
    return sum(part[1] for row in rows for part in row.parts.values()) + without_parts
