"""Mutation operators: for each kind, every place of a source where it applies, as one edit of its bytes.

Pure. An edit replaces one range and keeps the number of lines, so that all code below stands where it stood.
Whether the result is valid and means something else is for `mutation` to find out: an operator may propose an
edit that turns out to be none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from testalibi.audit.source_text import FUNCTIONS, Place, Source


class Edit(NamedTuple):
    start: int
    end: int
    replacement: bytes
    line: int


_ARITHMETIC: Mapping[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "+"), ast.Div: ("/", "*"), ast.Mod: ("%", "*"),
    ast.FloorDiv: ("//", "*"), ast.Pow: ("**", "*"), ast.BitAnd: ("&", "|"), ast.BitOr: ("|", "&"),
    ast.LShift: ("<<", ">>"), ast.RShift: (">>", "<<"),
}  # fmt: skip
_COMPARISON: Mapping[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Lt: ("<", ">="), ast.GtE: (">=", "<"),
    ast.Gt: (">", "<="), ast.LtE: ("<=", ">"), ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"),
}  # fmt: skip
# Assigned for people and tools, not for the program.
_METADATA = frozenset("__all__ __version__ __author__ __license__ __copyright__ __doc__".split())
_SUSPENDING = (ast.Yield, ast.YieldFrom, ast.Await)


def _between(source: Source, left: ast.AST, right: ast.AST, old: str, new: str) -> Iterator[Edit]:
    """The operator's own word between two operands, among brackets."""
    start, end = source.span(left)[1], source.span(right)[0]
    gap = source.content[start:end]
    if b"#" in gap or b"\n" in gap:
        return  # a comment may hold the word too
    found = re.fullmatch(rb"[\s)]*(" + re.escape(old.encode()).replace(rb"\ ", rb"\s+") + rb")[\s(]*", gap)
    if found:
        line = left.end_lineno  # type: ignore[attr-defined]
        yield Edit(start + found.start(1), start + found.end(1), new.encode(), line)


def _replaced(source: Source, first: ast.AST, last: ast.AST, text: bytes, *, statement: bool) -> Edit:
    """`text` instead of all from `first` to `last`, over as many lines."""
    start, end = source.span(first)[0], source.span(last)[1]
    lines = source.content.count(b"\n", start, end)
    if lines:
        text = text + b"\n" * lines if statement else b"(" + text + b"\n" * lines + b")"
    return Edit(start, end, text, first.lineno)  # type: ignore[attr-defined]


def _other_value(value: object) -> object:
    """A value near to a constant's; None when there is none."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return _other_text(value)
    if isinstance(value, bytes):
        changed = _other_text(value.decode("latin-1"))
        return None if changed is None else changed.encode("latin-1")
    return None


def _other_text(text: str) -> str | None:
    """One letter changed, none that a format or an expression gives a meaning of its own."""
    if not text:
        return "x"
    for position, letter in enumerate(text):
        special = position > 0 and text[position - 1] in "%{\\"
        if letter.isascii() and letter.isalpha() and not special:
            other = "q" if letter not in "qQ" else "w"
            return text[:position] + (other.upper() if letter.isupper() else other) + text[position + 1 :]
    return None


def _constant(source: Source, node: ast.AST) -> Iterator[Edit]:
    if not isinstance(node, ast.Constant):
        return
    other = _other_value(node.value)
    if other is None:
        return
    text = repr(other).encode("utf-8", "backslashreplace")
    yield _replaced(source, node, node, text, statement=False)


def _constants_below(source: Source, root: ast.AST) -> Iterator[Edit]:
    """Without those that run later, and without pieces of f-strings."""
    if isinstance(root, (ast.JoinedStr, ast.Lambda)):
        return
    yield from _constant(source, root)
    for child in ast.iter_child_nodes(root):
        yield from _constants_below(source, child)


def arithmetic(source: Source, place: Place) -> Iterator[Edit]:
    node = place.node
    if place.scope != "function" or not isinstance(node, ast.BinOp) or type(node.op) not in _ARITHMETIC:
        return
    formats = isinstance(node.left, ast.JoinedStr) or (
        isinstance(node.left, ast.Constant) and isinstance(node.left.value, (str, bytes))
    )
    if not formats:
        yield from _between(source, node.left, node.right, *_ARITHMETIC[type(node.op)])


def comparison(source: Source, place: Place) -> Iterator[Edit]:
    node = place.node
    if place.scope == "function" and isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from _between(source, node.left, node.comparators[0], *_COMPARISON[type(node.ops[0])])


def boolean(source: Source, place: Place) -> Iterator[Edit]:
    node = place.node
    if place.scope != "function":
        return
    if isinstance(node, ast.BoolOp):
        words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        yield from _between(source, node.values[0], node.values[1], *words)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield Edit(source.span(node)[0], source.span(node.operand)[0], b"", node.lineno)


def condition(source: Source, place: Place) -> Iterator[Edit]:
    """An `if` or a conditional expression in a function, the other way round."""
    node = place.node
    if place.scope == "function" and isinstance(node, (ast.If, ast.IfExp)):
        start, end = source.span(node.test)
        yield Edit(start, end, b"not (" + source.content[start:end] + b")", node.test.lineno)


def constant(source: Source, place: Place) -> Iterator[Edit]:
    if place.scope == "function":
        yield from _constant(source, place.node)


def _assigned(node: ast.AST) -> tuple[list[str], ast.expr | None]:
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)], node.value
    if isinstance(node, (ast.AnnAssign, ast.AugAssign)):
        return [node.target.id] if isinstance(node.target, ast.Name) else [], node.value
    return [], None


def module_constant(source: Source, place: Place) -> Iterator[Edit]:
    names, value = _assigned(place.node)
    if place.scope == "module" and value is not None and not _METADATA.intersection(names):
        yield from _constants_below(source, value)


def class_attribute(source: Source, place: Place) -> Iterator[Edit]:
    _, value = _assigned(place.node)
    if place.scope == "class" and value is not None:
        yield from _constants_below(source, value)


def default_argument(source: Source, place: Place) -> Iterator[Edit]:
    if isinstance(place.node, ast.arguments):
        for default in [*place.node.defaults, *place.node.kw_defaults]:
            if default is not None:
                yield from _constants_below(source, default)


def decorator(source: Source, place: Place) -> Iterator[Edit]:
    if not isinstance(place.node, (*FUNCTIONS, ast.ClassDef)):
        return
    for expression in place.node.decorator_list:
        start, end = source.span(expression)
        start = source.content.rfind(b"@", 0, start)
        if start >= 0:
            text = source.content[start:end]
            # A comment when it stands on one line, else as many empty lines.
            replacement = b"\n" * text.count(b"\n") or b"#" + text[1:]
            yield Edit(start, end, replacement, expression.lineno)


def returned(source: Source, place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, ast.Return) and node.value is not None:
        yield _replaced(source, node.value, node.value, b"None", statement=False)


def statement(source: Source, place: Place) -> Iterator[Edit]:
    node = place.node
    if place.scope != "function" or not isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign, ast.Delete)):
        return
    # Without its only `yield` a function would be of another kind.
    if not any(isinstance(child, _SUSPENDING) for child in ast.walk(node)):
        yield _replaced(source, node, node, b"pass", statement=True)


def exception(source: Source, place: Place) -> Iterator[Edit]:
    """Not raised; or caught, and then nothing done about it."""
    node = place.node
    if place.scope != "function":
        return
    if isinstance(node, ast.Raise):
        yield _replaced(source, node, node, b"pass", statement=True)
    if isinstance(node, ast.ExceptHandler):
        yield _replaced(source, node.body[0], node.body[-1], b"pass", statement=True)


def base_class(source: Source, place: Place) -> Iterator[Edit]:
    """Another only base, or the first of several left out."""
    node = place.node
    if not isinstance(node, ast.ClassDef) or not node.bases:
        return
    start, end = source.span(node.bases[0])
    name = source.content[start:end]
    if name in (b"object", b"Exception", b"Protocol"):
        return
    if len(node.bases) > 1:
        second = source.span(node.bases[1])[0]
        yield Edit(start, second, b"\n" * source.content.count(b"\n", start, second), node.lineno)
    else:
        yield Edit(start, end, b"Exception" if b"Error" in name else b"object", node.lineno)


def import_time(source: Source, place: Place) -> Iterator[Edit]:
    """A module-level statement that does not happen, or happens otherwise."""
    node = place.node
    if place.scope != "module" or not isinstance(node, ast.stmt):
        return
    names, value = _assigned(node)
    if value is not None and not _METADATA.intersection(names):
        if any(isinstance(child, ast.Call) for child in ast.walk(value)):
            yield _replaced(source, value, value, b"None", statement=False)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield _replaced(source, node, node, b"pass", statement=True)
    elif isinstance(node, ast.If):
        start, end = source.span(node.test)
        text = source.content[start:end]
        if b"TYPE_CHECKING" not in text and b"__name__" not in text:
            yield Edit(start, end, b"not (" + text + b")", node.lineno)
    elif isinstance(node, ast.For):
        yield _replaced(source, node.iter, node.iter, b"()", statement=False)
    elif isinstance(node, (ast.Import, ast.ImportFrom)) and getattr(node, "module", "") != "__future__":
        yield from _import(source, node)


def _import(source: Source, node: ast.Import | ast.ImportFrom) -> Iterator[Edit]:
    """One name of several, or all of it: without an import most modules cannot be loaded, which is a change
    that everybody notices, so only what a package re-exports is taken.
    """
    if not isinstance(node, ast.ImportFrom) or node.level == 0:
        return
    if len(node.names) > 1:
        for first, second in zip(node.names, node.names[1:]):
            if hasattr(first, "lineno"):  # 3.10 and later
                start, end = source.span(first)[0], source.span(second)[0]
                yield Edit(start, end, b"\n" * source.content.count(b"\n", start, end), first.lineno)
    else:
        yield _replaced(source, node, node, b"pass", statement=True)


Operator = Callable[[Source, Place], Iterator[Edit]]
OPERATORS: Mapping[str, Operator] = {
    "arithmetic": arithmetic,
    "comparison": comparison,
    "boolean": boolean,
    "condition": condition,
    "constant": constant,
    "module-constant": module_constant,
    "class-attribute": class_attribute,
    "default-argument": default_argument,
    "decorator": decorator,
    "return": returned,
    "statement": statement,
    "exception": exception,
    "base-class": base_class,
    "import-time": import_time,
}
DATA_FILE = "data-file"
KINDS = (*OPERATORS, DATA_FILE)


def edits(source: Source, kind: str) -> Iterator[Edit]:
    for place in source.places:
        yield from OPERATORS[kind](source, place)
