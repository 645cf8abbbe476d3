"""The scoreboard of the hazards: one row per row of evidence.md, its cases, how many were detected, and what
ran without need. Printed at the end of the run and kept in build/results.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Line:
    group: str
    row: str
    title: str
    harmless: bool
    detected: bool
    over: int
    note: str  # a known miss or over-selection, or what is wrong


def table(lines: Iterable[Line]) -> str:
    lines = sorted(lines, key=lambda line: (line.group, line.row))
    text: list[str] = []
    for group in sorted({line.group for line in lines}):
        members = [line for line in lines if line.group == group]
        text.append(f"{group}: {_score(members)}")
        for line in members:
            verdict = "-" if line.harmless else ("yes" if line.detected else "MISSED")
            text.append(
                f"  {line.row:7} {line.title[:76]:76} {verdict:7} {line.over or '-':>4}  {line.note}".rstrip()
            )
    text.append(f"hazards: {_score(lines)}")
    return "\n".join(text)


def _score(lines: list[Line]) -> str:
    hazards = [line for line in lines if not line.harmless]
    detected = sum(line.detected for line in hazards)
    over = sum(line.over > 0 for line in lines)
    return f"{detected} of {len(hazards)} detected, {over} of {len(lines)} cases run tests without need"


def write(lines: Iterable[Line], folder: Path) -> None:
    lines = list(lines)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hazards.txt").write_text(table(lines) + "\n", encoding="utf-8")
    (folder / "hazards.json").write_text(
        json.dumps([vars(line) for line in lines], indent=1) + "\n", encoding="utf-8"
    )
