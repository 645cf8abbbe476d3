#!/usr/bin/env python3
"""Judges measured figures against budgets.toml: python3 bench/compare.py FILE… [--json FILE]

Ends with 1 when a budget is exceeded by more than the figure's own noise, with 2 when no figure has a
budget. A budget that nothing was measured for is named.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomllib

BUDGETS = Path(__file__).with_name("budgets.toml")


@dataclass(frozen=True)
class Budget:
    name: str
    most: float
    why: str
    subject: str = ""
    python: tuple[str, str] | None = None
    stable: bool = False

    def covers(self, figure: dict[str, Any]) -> bool:
        if figure["name"] != self.name or (self.subject and figure["subject"] != self.subject):
            return False
        if self.python is None:
            return True
        if not figure["python"]:
            return False
        oldest, newest = (_minor(end) for end in self.python)
        return oldest <= _minor(figure["python"]) <= newest

    def __str__(self) -> str:
        of = f" of {self.subject}" if self.subject else ""
        on = f" on {' to '.join(dict.fromkeys(self.python))}" if self.python else ""
        return f"{self.name}{of}{on} at most {self.most:g}"


@dataclass(frozen=True)
class Verdict:
    figure: dict[str, Any]
    budget: Budget

    @property
    def word(self) -> str:
        value, noise = self.figure["value"], self.figure["detail"].get("noise", 0.0)
        if value <= self.budget.most:
            return "ok"
        return "within noise" if not self.budget.stable and value - noise <= self.budget.most else "OVER"


def _minor(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int("".join(digit for digit in minor if digit.isdigit()))


def read_budgets(path: Path = BUDGETS) -> list[Budget]:
    found = []
    for entry in tomllib.loads(path.read_text())["budget"]:
        if "python" in entry:
            entry["python"] = tuple(entry["python"])
        found.append(Budget(**entry))
    return found


def judge(figures: list[dict[str, Any]], budgets: list[Budget]) -> tuple[list[Verdict], list[Budget]]:
    """Verdicts, and the budgets that nothing was measured for."""
    verdicts = [Verdict(figure, budget) for figure in figures for budget in budgets if budget.covers(figure)]
    used = {verdict.budget for verdict in verdicts}
    return verdicts, [budget for budget in budgets if budget not in used]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    figures = [figure for path in options.files for figure in json.loads(path.read_text())]
    verdicts, unmeasured = judge(figures, read_budgets())
    for verdict in verdicts:
        figure = verdict.figure
        noise = f" ± {figure['detail']['noise']:.3f}" if figure["detail"].get("noise") else ""
        of = f"{figure['name']} of {figure['subject']}" + (
            f" on {figure['python']}" if figure["python"] else ""
        )
        print(f"{verdict.word:13}{of:58}{figure['value']:9.3f}{noise:10} at most {verdict.budget.most:g}")
    for budget in unmeasured:
        print(f"not measured {budget}")
    if options.json:
        document = [{"figure": v.figure, "most": v.budget.most, "verdict": v.word} for v in verdicts]
        options.json.write_text(json.dumps(document, indent=1))
    over = sum(verdict.word == "OVER" for verdict in verdicts)
    print(f"{len(verdicts) - over} within budget, {over} over, {len(unmeasured)} budgets without a figure")
    return 1 if over else 0 if verdicts else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
