"""Names whose objects a function or statement hands on: gives to somebody, returns, keeps. Whoever only calls
an object's methods, indexes, iterates or compares it does not.

Used by extract.py. Selection asks it of what a variable of a module holds: as long as nobody hands that on,
only those that name the variable change it. Errs on the side of handing on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Set

from testalibi.source_units import known_names

# The first parameter of a method, whatever it is called.
SELF = "@self"

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOKS_ONLY = frozenset(("len", "bool", "isinstance", "id", "repr", "str", "hasattr", "type"))
_TESTS = (ast.If, ast.While, ast.Assert, ast.IfExp)


class HandedOn:
    """Of every function and statement of a module, by the id() of the node."""

    def __init__(self, tree: ast.Module) -> None:
        self._parents: dict[int, ast.AST] = {}
        # Whose, attribute of self, what it stands for.
        self._aliases: list[tuple[ast.AST, str, set[str]]] = []
        self._found: dict[int, set[str]] = {}  # attributes, and SELF
        self._variables: dict[int, set[str]] = {}
        self._methods = set(known_names.MUTATORS)
        for node in ast.walk(tree):
            if isinstance(node, _FUNCTIONS):
                self._methods.add(node.name)
            for child in ast.iter_child_nodes(node):
                self._parents[id(child)] = node
        for node in ast.walk(tree):
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                self._look_at(node)
            elif isinstance(node, ast.ImportFrom):
                renamed = {alias.name for alias in node.names if alias.asname not in (None, alias.name)}
                if renamed:
                    self._found.setdefault(id(self._owner(node)), set()).update(renamed)
        # self.pop = self._queue.pop stays within the object as long as nobody hands on `pop`.
        everywhere = set().union(*self._found.values()) if self._found else set()
        for owner, attribute, names in self._aliases:
            if attribute in everywhere:
                self._found.setdefault(id(owner), set()).update(names)

    def by(self, node: ast.AST, local_names: Set[str] = frozenset()) -> set[str]:
        return self._found.get(id(node), set()) | (self._variables.get(id(node), set()) - local_names)

    def _look_at(self, node: ast.Name | ast.Attribute) -> None:
        parent = self._parents[id(node)]
        if _only_uses(node, parent):
            return
        owner = self._owner(node)
        first = _first_parameter(owner, self._parents)
        names: set[str] = set()
        variables: set[str] = set()
        # A bound method holds its object.
        is_method = isinstance(node, ast.Attribute) and node.attr in self._methods
        for each in (node, node.value if is_method and isinstance(node, ast.Attribute) else None):
            if isinstance(each, ast.Attribute):
                names.add(each.attr)
            elif isinstance(each, ast.Name):
                variables.add(each.id)
        if isinstance(parent, ast.Assign) and parent.value is node and _root(node) == first:
            targets = [_own_attribute(target, first) for target in parent.targets]
            if first and all(targets):
                self._aliases.extend((owner, target, names) for target in targets)
                return
        if first in variables:
            names.add(SELF)
        self._found.setdefault(id(owner), set()).update(names)
        self._variables.setdefault(id(owner), set()).update(variables)

    def _owner(self, node: ast.AST) -> ast.AST:
        """The function around it, or the statement of a module or class body."""
        while True:
            parent = self._parents[id(node)]
            in_body = isinstance(parent, _FUNCTIONS) and any(node is each for each in parent.body)
            if in_body:
                return parent
            if isinstance(parent, (ast.Module, ast.ClassDef)) and isinstance(node, ast.stmt):
                return node
            node = parent


def _only_uses(node: ast.expr, parent: ast.AST) -> bool:
    if isinstance(parent, (ast.Attribute, ast.Subscript)):
        return parent.value is node
    if isinstance(parent, ast.Call):
        return parent.func is node or (isinstance(parent.func, ast.Name) and parent.func.id in _LOOKS_ONLY)
    if isinstance(parent, ast.UnaryOp):
        return isinstance(parent.op, ast.Not)
    if isinstance(parent, _TESTS):
        return parent.test is node
    if isinstance(parent, ast.withitem):
        return parent.context_expr is node
    if isinstance(parent, (ast.For, ast.AsyncFor, ast.comprehension)):
        return parent.iter is node
    return isinstance(parent, (ast.Compare, ast.Expr, ast.FormattedValue, ast.Delete, ast.ExceptHandler))


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _own_attribute(target: ast.expr, first: str) -> str:
    if not isinstance(target, ast.Attribute) or not isinstance(target.value, ast.Name):
        return ""
    return target.attr if target.value.id == first else ""


def _first_parameter(owner: ast.AST, parents: dict[int, ast.AST]) -> str:
    if not isinstance(owner, _FUNCTIONS) or not isinstance(parents.get(id(owner)), ast.ClassDef):
        return ""
    arguments: Iterable[ast.arg] = (*owner.args.posonlyargs, *owner.args.args)
    return next((argument.arg for argument in arguments), "")
