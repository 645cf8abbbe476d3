"""Documents of sources, and which of their units differ. For the tests of source units."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from testalibi.source_units.extract import units_of_source

PACKAGE = Path(__file__).resolve().parents[3] / "python_ext" / "testalibi"
POSITIONS = ("line", "end", "pos")


def document(source: str) -> dict[str, Any]:
    return units_of_source(textwrap.dedent(source).encode())


def function(source: str, name: str = "f") -> dict[str, Any]:
    (found,) = [unit for unit in document(source)["functions"] if unit["name"] == name]
    return found


def statement(source: str, index: int = -1) -> dict[str, Any]:
    found: dict[str, Any] = document(source)["statements"][index]
    return found


def label(unit: dict[str, Any]) -> str:
    if "name" in unit:
        return f"{unit['name']}#{unit['ordinal']}" if unit["ordinal"] else str(unit["name"])
    names = unit["head"] or ",".join(unit["binds"]) or unit["kind"]
    return f"{unit['class']}:{names}"


def meanings(source: str) -> list[tuple[str, str]]:
    found = document(source)
    units = found["functions"] + found["statements"]
    return [
        *((label(unit), unit["fp"]) for unit in units),
        *(("doc " + name, text) for name, text in found["docs"].items()),
        *(("annotation " + name, text) for name, text in found["annotations"].items()),
    ]


def changed(before: str, after: str) -> set[str]:
    """Labels of what is not in both: functions by name, statements as `class:bound names`."""
    old, new = meanings(before), meanings(after)
    differing = [each for each in old if each not in new] + [each for each in new if each not in old]
    return {name for name, _ in differing}


def without_positions(found: dict[str, Any]) -> dict[str, Any]:
    def strip(unit: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in unit.items() if key not in POSITIONS}

    return {
        **found,
        "functions": [strip(unit) for unit in found["functions"]],
        "statements": [strip(unit) for unit in found["statements"]],
    }
