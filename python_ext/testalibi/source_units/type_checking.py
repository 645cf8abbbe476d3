"""Takes out of a tree what only type checkers read: the bodies of `if TYPE_CHECKING:`.

Used by extract.py, before it looks for units. Only at the top of a module, and only where the name is that of
`typing`, bound by nothing but its import: that constant is false whenever code runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

_NAME = "TYPE_CHECKING"
_MODULES = frozenset(("typing", "typing_extensions"))
_OTHER_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def take_out_unchecked(tree: ast.Module) -> None:
    spellings = _spellings(tree)
    for node in tree.body:
        if isinstance(node, ast.If) and spellings and ast.unparse(node.test) in spellings:
            node.body = [ast.copy_location(ast.Pass(), node)]


def _spellings(tree: ast.Module) -> set[str]:
    """`TYPE_CHECKING`, `t.TYPE_CHECKING`: however the module spells it."""
    found = {name: spelling for node in tree.body for name, spelling in _spellings_by(node)}
    bound = [name for name in _names_bound(tree) if name in found or name == "*"]
    return {spelling for name, spelling in found.items() if bound.count(name) == 1 and "*" not in bound}


def _spellings_by(node: ast.stmt) -> Iterable[tuple[str, str]]:
    """With the name that the import binds."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name in _MODULES:
                name = alias.asname or alias.name
                yield name, f"{name}.{_NAME}"
    elif isinstance(node, ast.ImportFrom) and node.module in _MODULES and not node.level:
        for alias in node.names:
            if alias.name == _NAME:
                yield alias.asname or _NAME, alias.asname or _NAME


def _names_bound(tree: ast.Module) -> Iterable[str]:
    """In the module's namespace, as often as they are; modules that are given another constant count too."""
    pending: list[tuple[ast.AST, bool]] = [(node, True) for node in tree.body]
    while pending:
        node, here = pending.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if here:
                yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
            continue
        if isinstance(node, ast.Global):
            yield from node.names
        elif isinstance(node, ast.Name):
            if here and not isinstance(node.ctx, ast.Load):
                yield node.id
        elif isinstance(node, ast.Attribute):
            if node.attr == _NAME and not isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name):
                yield node.value.id
        elif here:  # definitions, handlers, patterns
            yield from (name for key in ("name", "rest") if isinstance(name := getattr(node, key, None), str))
        here = here and not isinstance(node, _OTHER_SCOPES)
        pending += [(child, here) for child in ast.iter_child_nodes(node)]
