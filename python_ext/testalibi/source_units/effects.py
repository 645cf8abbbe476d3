"""What a statement of a module body or class body visibly does beyond binding its own names.

Used by extract.py, after all names that the file binds are known. `Origins` answers what a name in such a
statement stands for; where it cannot tell, a call is not pure.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Set

from testalibi.source_units import known_names
from testalibi.source_units.syntax import Statement
from testalibi.source_units.writes import ANYTHING, LONGEST_CHAIN, last_name

TYPE_CHECKING = False  # typing is only for those who read types
if TYPE_CHECKING:
    from typing import Any

_LITERALS = (ast.Constant, ast.JoinedStr, ast.Tuple, ast.List, ast.Dict, ast.Set)
_RISKS = (ast.Raise, ast.Assert, ast.Await)


class Effect:
    """`roots`: names that the statement visibly writes through, None if it does nothing of the kind; `calls`:
    names of what it calls that is not known to be pure.
    """

    __slots__ = ("calls", "roots")

    def __init__(self, roots: Set[str] | None, calls: Set[str]) -> None:
        self.roots = roots
        self.calls = calls


class Origins:
    """What the names of a file stand for.

    `bound`: the names that statements bind, by class ("" for the module); `imported`: what those names stand
    for that nothing but import statements of the module bind; `has_star_import`: any name may be bound.
    """

    def __init__(
        self,
        bound: Mapping[str, Set[str]],
        imported: Mapping[str, str],
        has_star_import: bool,
        aliases: Mapping[str, Set[str]],
    ) -> None:
        self._bound = bound
        self._aliases = aliases
        self._imported = imported
        self._has_star_import = has_star_import

    def with_aliases(self, names: Set[str]) -> set[str]:
        """`T` of `from things import Thing as T` is `Thing` to others."""
        return set(names).union(*(self._aliases.get(name, ()) for name in names))

    def is_builtin(self, name: str, class_name: str) -> bool:
        return not (
            self._has_star_import
            or name in self._bound.get("", ())
            or (class_name != "" and name in self._bound.get(class_name, ()))
        )

    def dotted(self, node: ast.expr, class_name: str) -> str:
        """`os.path.join` for whatever reaches it through imports, or an empty string."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute) and len(attributes) < LONGEST_CHAIN:
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        if class_name and node.id in self._bound.get(class_name, ()):
            return ""
        origin = self._imported.get(node.id)
        return ".".join([origin, *reversed(attributes)]) if origin else ""

    def is_pure_member(self, node: ast.expr, class_name: str) -> bool:
        dotted = self.dotted(node, class_name)
        return dotted in known_names.PURE_MEMBERS or dotted.startswith(known_names.PURE_PREFIXES)

    def is_transparent(self, decorator: ast.expr, class_name: str) -> bool:
        """A decorator that neither runs what it decorates nor hands it to anybody."""
        name = last_name(decorator)
        while isinstance(decorator, ast.Call):
            decorator = decorator.func
        if self.dotted(decorator, class_name).startswith(known_names.PURE_PREFIXES):
            return True
        if name not in known_names.TRANSPARENT:
            return False
        if isinstance(decorator, ast.Name) and name in known_names.TRANSPARENT_BUILTINS:
            return self.is_builtin(name, class_name)
        if isinstance(decorator, ast.Attribute) and name in known_names.PROPERTY_PARTS:
            owner = decorator.value
            return isinstance(owner, ast.Name) and owner.id in self._bound.get(class_name, ())
        return self.is_pure_member(decorator, class_name)

    def is_pure(self, call: ast.Call, class_name: str) -> bool:
        called = call.func
        if isinstance(called, ast.Name) and self.is_builtin(called.id, class_name):
            name = called.id
            if name in known_names.BUILTINS:
                return True
            if name in known_names.BUILTINS_OF_DATA:
                return not call.keywords
            return name == known_names.TYPE and len(call.args) == 1 and not call.keywords
        if (
            isinstance(called, ast.Attribute)
            and called.attr in known_names.PURE_METHODS
            and self._is_plain(called.value, class_name)
        ):
            return True
        return self.is_pure_member(called, class_name)

    def _is_plain(self, node: ast.expr, class_name: str) -> bool:
        """A literal, or what a pure call gives."""
        for _ in range(LONGEST_CHAIN):
            if isinstance(node, _LITERALS):
                return True
            if isinstance(node, ast.Call):
                if self.is_pure_member(node.func, class_name):
                    return True
                if isinstance(node.func, ast.Name):
                    return node.func.id not in ("getattr", "super", "type") and self.is_pure(node, class_name)
                if not isinstance(node.func, ast.Attribute) or node.func.attr not in known_names.PURE_METHODS:
                    return False
                node = node.func.value
            elif isinstance(node, ast.BinOp):
                node = node.left
            else:
                return False
        return False


def aliases_in(statements: Iterable[Statement]) -> dict[str, set[str]]:
    """Names that import statements bind -> the last parts of what they stand for."""
    aliases: dict[str, set[str]] = {}
    for statement in statements:
        for note in statement.notes:
            if isinstance(note, (ast.Import, ast.ImportFrom)):
                for alias in note.names:
                    if alias.asname:
                        aliases.setdefault(alias.asname, set()).add(alias.name.rpartition(".")[2])
    return aliases


def origins_in(
    statements: Iterable[tuple[Statement, Mapping[str, Any]]],
    written: Set[str],
    aliases: Mapping[str, Set[str]],
) -> Origins:
    """From all statements of a file and their units, and the module's names that its functions write."""
    bound: dict[str, set[str]] = {"": set(written)}
    imported: dict[str, str] = {}
    rebound = set(written)
    has_star_import = False
    for statement, unit in statements:
        bound.setdefault(unit["class"], set()).update(unit["binds"])
        has_star_import |= bool(unit["stars"])
        module_names = unit["reads"].get("w", ()) if unit["class"] else unit["binds"]
        origins = {} if unit["class"] else dict(_imported_names(statement))
        for name in module_names:
            if name not in origins or imported.setdefault(name, origins[name]) != origins[name]:
                rebound.add(name)
    only = {name: origin for name, origin in imported.items() if name not in rebound}
    return Origins(bound, {} if has_star_import else only, has_star_import, aliases)


def _imported_names(statement: Statement) -> Iterable[tuple[str, str]]:
    """Only of plain import statements: one under a condition may not be the one that ran."""
    node = statement.node
    if isinstance(node, ast.Import):
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            yield name, alias.name if alias.asname else name
    elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        for alias in node.names:
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def effect_of(statement: Statement, class_name: str, origins: Origins) -> Effect:
    roots: set[str] = set()
    calls: set[str] = set()
    acts = False
    for note in statement.notes:
        found: set[str] | None = None
        if isinstance(note, ast.Call):
            found = _effect_of_call(note, class_name, origins, calls)
        elif isinstance(note, (ast.Attribute, ast.Subscript)):
            found = _names_of(note)
        elif isinstance(note, _RISKS):
            found = set()
        elif isinstance(note, ast.Expr):
            if not isinstance(note.value, ast.Constant):
                found = {_root_name(note.value)}
        elif isinstance(note, ast.AugAssign):
            if isinstance(note.target, ast.Name) and not isinstance(
                note.value, (ast.Constant, ast.JoinedStr)
            ):
                found = {note.target.id}
        elif isinstance(note, ast.withitem) and not isinstance(note.context_expr, ast.Call):
            found = {_root_name(note.context_expr)}
        if found is not None:
            acts = True
            roots |= origins.with_aliases(found)
    for decorator in statement.decorators:
        if isinstance(decorator, ast.Call):
            if last_name(decorator.func) in calls:
                calls.add(f"{last_name(decorator.func)}()")  # what it returns is called, too
        elif not origins.is_transparent(decorator, class_name):
            calls.add(last_name(decorator))
    return Effect(roots if acts else None, calls)


def _effect_of_call(call: ast.Call, class_name: str, origins: Origins, calls: set[str]) -> set[str] | None:
    called = call.func
    if isinstance(called, ast.Attribute) and called.attr in known_names.MUTATORS:
        return _names_of(called.value)
    if isinstance(called, ast.Name) and called.id in ("setattr", "delattr"):
        return _names_of_setattr(call)
    if not origins.is_pure(call, class_name):
        calls.add(last_name(called))
    return None


def _names_of(node: ast.expr) -> set[str]:
    """Whoever reaches the object that changes says one of them: the beginning of the path to it, or its end
    by another path.
    """
    names = {_root_name(node)}
    while isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Attribute):
        names.add(node.attr)
    return names


def _names_of_setattr(call: ast.Call) -> set[str]:
    if len(call.args) < 2:
        return {ANYTHING}
    changed, name = call.args[:2]
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        return {*_names_of(changed), name.value}
    return {ANYTHING} if isinstance(changed, (ast.Call, ast.Subscript)) else _names_of(changed)


def _root_name(node: ast.expr) -> str:
    for _ in range(LONGEST_CHAIN):
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Await)):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            break
    return node.id if isinstance(node, ast.Name) else ANYTHING
