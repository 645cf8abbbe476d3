"""A Python source as bytes and as a tree, and where in the bytes a node stands. Pure; used by the operators.

Only UTF-8 sources with newlines of one byte are taken: positions in a tree count bytes of UTF-8.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple, Union

Definition = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BOM = b"\xef\xbb\xbf"


class Unsuitable(Exception):
    """The file cannot be mutated; str() says why."""


class Place(NamedTuple):
    """A node and what it stands in. `scope`: whose code it is; decorators, defaults and bases belong to the
    scope around the definition.
    """

    node: ast.AST
    parent: ast.AST
    scope: str  # module, class, function
    inside: Definition | None


class Source:
    def __init__(self, content: bytes) -> None:
        if b"\r" in content:
            raise Unsuitable("its lines do not end with a newline alone")
        self.content = content
        try:
            content.decode("utf-8")
            self.tree = ast.parse(content)
        except (SyntaxError, ValueError, RecursionError) as error:
            raise Unsuitable(f"it cannot be parsed ({type(error).__name__})") from error
        start = len(_BOM) if content.startswith(_BOM) else 0
        self._lines = [start]
        for line in content[start:].split(b"\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self.places = list(_places(self.tree, self.tree, "module", None))

    def offset(self, line: int, column: int) -> int:
        return self._lines[line - 1] + column

    def span(self, node: ast.AST) -> tuple[int, int]:
        start = self.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]
        return start, self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def text(self, node: ast.AST) -> bytes:
        start, end = self.span(node)
        return self.content[start:end]


def _places(node: ast.AST, parent: ast.AST, scope: str, inside: Definition | None) -> Iterator[Place]:
    yield Place(node, parent, scope, inside)
    if isinstance(node, ast.JoinedStr):
        return  # before 3.12 what stands in it has no position of its own
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        own = "class" if isinstance(node, ast.ClassDef) else "function"
        body = {id(statement) for statement in node.body}
        docstring = _docstring(node)
        for child in ast.iter_child_nodes(node):
            if child is docstring:
                continue
            if id(child) in body:
                yield from _places(child, node, own, node)
            else:
                yield from _places(child, node, scope, inside)
        return
    if isinstance(node, ast.Lambda):
        yield from _places(node.args, node, scope, inside)
        yield from _places(node.body, node, "function", inside)
        return
    docstring = _docstring(node) if isinstance(node, ast.Module) else None
    for child in ast.iter_child_nodes(node):
        if child is not docstring:
            yield from _places(child, node, scope, inside)


def _docstring(node: ast.Module | Definition) -> ast.stmt | None:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return first
    return None
