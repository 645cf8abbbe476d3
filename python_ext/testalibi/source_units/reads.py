"""What a unit refers to, as FORMAT.md has it: names from its code objects, imports from its syntax.

Used by extract.py.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Set

from testalibi.source_units import known_names
from testalibi.source_units.meaning import Names
from testalibi.source_units.syntax import Part, Statement

TYPE_CHECKING = False  # typing is only for those who read types
if TYPE_CHECKING:
    from typing import Any

_MATCH_CLASS: Any = getattr(ast, "MatchClass", ())  # since 3.10


def reads_of(part: Part, names: Names) -> dict[str, Any]:
    imports: set[tuple[int, str, tuple[str, ...]]] = set()
    attributes = names.attributes
    for note in (*part.notes, *(part.delayed if part.delayed is not part.notes else ())):
        if isinstance(note, ast.Import):
            imports.update((0, alias.name, ()) for alias in note.names)
        elif isinstance(note, ast.ImportFrom):
            imports.add((note.level, note.module or "", tuple(sorted({alias.name for alias in note.names}))))
        elif isinstance(note, _MATCH_CLASS):
            attributes.update(note.kwd_attrs)
            if note.patterns:
                attributes.add("__match_args__")
    loaded = names.loaded | names.written
    reads: dict[str, Any] = {
        "g": sorted(loaded),
        "a": sorted(attributes),
        "i": [[level, module, list(fromlist)] for level, module, fromlist in sorted(imports)],
        "d": sorted(names.dotted()),
        "s": _imports_by_name(loaded, attributes, imports),
        "w": sorted(names.written),
    }
    return {key: value for key, value in reads.items() if value}


def _imports_by_name(
    loaded: Set[str], attributes: Set[str], imports: Iterable[tuple[int, str, tuple[str, ...]]]
) -> bool:
    """Whether any module that is loaded may be meant."""
    if loaded & known_names.IMPORT_GLOBALS or attributes & known_names.IMPORT_ATTRIBUTES:
        return True
    for level, module, fromlist in imports:
        if level == 0 and module in known_names.IMPORT_MODULES:
            if not fromlist or known_names.IMPORT_ATTRIBUTES.intersection(fromlist) or "*" in fromlist:
                return True
        elif module == "sys" and "modules" in fromlist:
            return True
    return False


def reads_in_annotations(names: Names) -> dict[str, list[str]]:
    reads = {"g": sorted(names.loaded), "a": sorted(names.attributes)}
    return {key: value for key, value in reads.items() if value}


def names_handed_on(statements: Iterable[Statement]) -> set[str]:
    """What import-time calls are given by name."""
    calls = (note for statement in statements for note in statement.notes if isinstance(note, ast.Call))
    return {
        value.id
        for call in calls
        for value in (*call.args, *(keyword.value for keyword in call.keywords))
        if isinstance(value, ast.Name)
    }


def star_imports(statement: Statement) -> list[list[Any]]:
    stars = {
        (note.level, note.module or "")
        for note in statement.notes
        if isinstance(note, ast.ImportFrom) and any(alias.name == "*" for alias in note.names)
    }
    return [list(star) for star in sorted(stars)]
