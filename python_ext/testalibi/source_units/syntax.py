"""One walk over a syntax tree: finds its units, and takes out of the tree what is not meaning.

Used by extract.py, before it compiles the tree. Docstrings and annotations of functions leave the tree and
are kept aside. All nodes of a unit get one line: where the source breaks its lines decides over
instructions (superinstructions, jumps, NOPs). The line of a function is its number, by which its code
object is found again. The real positions are kept per unit. Iterative: expressions may be nested as deep as
the parser accepts.
"""

from __future__ import annotations

import ast
from array import array
from collections.abc import Iterable, Sequence
from operator import attrgetter

TYPE_CHECKING = False  # typing is only for those who read types
if TYPE_CHECKING:
    from typing import Callable, Union

    FunctionNode = Union[ast.FunctionDef, ast.AsyncFunctionDef]
    _Locator = Callable[[ast.AST], tuple[int, ...]]
FUNCTION_NODES = (ast.FunctionDef, ast.AsyncFunctionDef)

_TOP_LINE = 1
# Node types that later stages look at; attributes and subscripts only where they are stored to or deleted.
_NOTED = {
    getattr(ast, name)
    for name in """Call Assign AugAssign AnnAssign For AsyncFor NamedExpr comprehension withitem Import
    ImportFrom Nonlocal Raise Assert Await Expr MatchClass""".split()
    if hasattr(ast, name)
}
_STORABLE = frozenset((ast.Attribute, ast.Subscript))
_SKIPPED_FIELDS = frozenset("ctx op ops type_ignores".split())
_LEAVES = frozenset(("Name", "Constant", "MatchSingleton"))


_SHAPES: dict[type[ast.AST], tuple[_Locator | None, tuple[str, ...]]] = {}  # filled as types appear


def _shape(kind: type[ast.AST]) -> tuple[_Locator | None, tuple[str, ...]]:
    """How to read the position of such a node, and its fields that may hold nodes."""
    located: _Locator | None = None
    if "lineno" in kind._attributes:
        # Where a statement ends is not in its code.
        ends = () if issubclass(kind, ast.stmt) else ("end_lineno", "end_col_offset")
        located = attrgetter("lineno", "col_offset", *ends)
    fields = () if kind.__name__ in _LEAVES else tuple(n for n in kind._fields if n not in _SKIPPED_FIELDS)
    _SHAPES[kind] = (located, fields)
    return located, fields


class Scope:
    """A namespace of the source: module, class or function."""

    __slots__ = ("global_names", "kind", "name", "parent")

    def __init__(self, parent: Scope | None, kind: str, name: str) -> None:
        self.parent = parent
        self.kind = kind  # "module", "class" or "function"
        self.name = name
        self.global_names: set[str] = set()

    def qualname(self) -> str:
        """Only after the walk: a `global` statement takes a function out of its surroundings."""
        parent = self.parent
        if parent is None or parent.kind == "module" or self.name in parent.global_names:
            return self.name
        return parent.qualname() + (".<locals>." if parent.kind == "function" else ".") + self.name

    def class_around(self) -> Scope | None:
        """The innermost class whose private names are spelled here."""
        scope: Scope | None = self
        while scope is not None and scope.kind != "class":
            scope = scope.parent
        return scope

    def class_name(self) -> str:
        """The qualified name of the class this is directly in, or an empty string."""
        parent = self.parent
        return parent.qualname() if parent is not None and parent.kind == "class" else ""


class Part:
    """A unit under the walk: a function or a statement."""

    def __init__(self, line: int) -> None:
        self.line = line  # of all its nodes from now on
        self.notes: list[ast.AST] = []  # nodes of the types above, in no particular order
        self.delayed: list[ast.AST] = self.notes  # the same inside lambdas
        self.positions = array("l")
        self.annotations: list[ast.expr] = []  # of the functions it defines
        self.decorators: list[ast.expr] = []  # of the functions and classes it defines


class Function(Part):
    def __init__(self, node: FunctionNode, scope: Scope, owner: Part, line: int) -> None:
        super().__init__(line)
        self.node = node
        self.scope = scope
        self.owner = owner  # the unit that defines it
        self.place = (node.lineno, node.col_offset)
        self.first_line = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        self.end_line = node.end_lineno or node.lineno
        self.positions.extend((self.first_line, *self.place))


class Statement(Part):
    """A statement that runs when its module is imported: of the module or of a class body."""

    def __init__(self, node: ast.stmt, scope: Scope, head: Scope | None) -> None:
        super().__init__(_TOP_LINE)
        self.delayed = []
        self.node = node
        self.scope = scope  # whose body it is in
        self.head = head  # the class it opens
        decorators: Sequence[ast.expr] = getattr(node, "decorator_list", ())
        self.first_line = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        self.end_line = node.end_lineno or node.lineno


class SourceSyntax:
    """The units of one tree, which it changes."""

    def __init__(self, tree: ast.Module) -> None:
        self.functions: list[Function] = []  # in the order of the file
        self.statements: list[Statement] = []  # in the order of the file, a class before its members
        self.documentation: list[tuple[Scope, str]] = []
        self.signatures: list[tuple[Scope, list[str], list[ast.expr]]] = []  # annotated names and annotations
        self.future_names: set[str] = set()
        self._unread: list[Function] = []
        self._first_decorators: list[tuple[ast.expr, int]] = []
        module = Scope(None, "module", "<module>")
        self._take_documentation(tree, module)
        self._read_body(tree.body, module)
        while self._unread:
            function = self._unread.pop()
            self._walk(function, function.node.body, function.scope)
        # A code object begins at its first decorator.
        for decorator, line in self._first_decorators:
            decorator.lineno = decorator.end_lineno = line
        self.functions.sort(key=lambda function: function.place)

    def _read_body(self, body: Iterable[ast.stmt], scope: Scope) -> None:
        for node in body:
            if isinstance(node, ast.Pass):
                _place(node, _TOP_LINE)
                continue
            if not isinstance(node, ast.ClassDef):
                if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                    self.future_names.update(alias.name for alias in node.names)
                statement = Statement(node, scope, None)
                self.statements.append(statement)
                self._walk(statement, [node], scope)
                continue
            inner = Scope(scope, "class", node.name)
            statement = Statement(node, scope, inner)
            self.statements.append(statement)
            _place(node, _TOP_LINE)
            statement.decorators += node.decorator_list
            self._walk(statement, _class_expressions(node), scope)
            self._take_documentation(node, inner)
            self._read_body(node.body, inner)

    def _walk(self, part: Part, roots: Iterable[ast.AST], scope: Scope) -> None:
        pending = [(roots, scope, part.notes)]
        line = part.line
        keep_positions = part.positions.extend
        while pending:
            roots, scope, notes = pending.pop()
            stack = list(roots)
            while stack:
                node = stack.pop()
                kind = node.__class__
                if kind in FUNCTION_NODES:
                    stack.extend(self._define(node, scope, part))  # type: ignore[arg-type]
                    continue
                located, fields = _SHAPES.get(kind) or _shape(kind)
                if located is not None:
                    keep_positions(located(node))
                    _place(node, line)
                if kind in _NOTED or (kind in _STORABLE and not _is_loaded(node)):
                    notes.append(node)
                if isinstance(node, ast.ClassDef):
                    part.decorators += node.decorator_list
                    stack.extend(_class_expressions(node))
                    inner = Scope(scope, "class", node.name)
                    self._take_documentation(node, inner)
                    pending.append((node.body, inner, notes))
                elif isinstance(node, ast.Lambda):
                    stack.append(node.args)
                    pending.append(([node.body], scope, part.delayed))
                elif isinstance(node, ast.Global):
                    scope.global_names.update(node.names)
                else:
                    if isinstance(node, ast.AnnAssign) and scope.kind == "function":
                        # Nobody evaluates it, but a name in it would count as a use of a variable.
                        node.annotation = _placed(ast.Constant(None), line)
                    for name in fields:
                        value = getattr(node, name)
                        if isinstance(value, ast.AST):
                            stack.append(value)
                        elif value.__class__ is list:
                            stack.extend([each for each in value if isinstance(each, ast.AST)])

    def _define(self, node: FunctionNode, scope: Scope, part: Part) -> list[ast.AST]:
        """What evaluating the definition itself evaluates, beside annotations."""
        inner = Scope(scope, "function", node.name)
        line = len(self.functions) + 1 + _TOP_LINE
        function = Function(node, inner, part, line)
        part.positions.extend(function.place)
        _place(node, line)
        self.functions.append(function)
        self._unread.append(function)
        self._take_annotations(node, function, part)
        self._take_documentation(node, inner)
        if node.decorator_list:
            part.decorators += node.decorator_list
            self._first_decorators.append((node.decorator_list[0], line))
        return [*node.decorator_list, node.args, *getattr(node, "type_params", ())]

    def _take_annotations(self, node: FunctionNode, function: Function, part: Part) -> None:
        names, annotations = [], []
        arguments = node.args
        others = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *others):
            if argument.annotation is not None:
                names.append(argument.arg)
                annotations.append(argument.annotation)
                argument.annotation = None
        if node.returns is not None:
            names.append("return")
            annotations.append(node.returns)
            node.returns = None
        if annotations:
            # Their positions, and what they call, count for nothing.
            self._walk(Part(_TOP_LINE), annotations, function.scope)
            part.annotations += annotations
            self.signatures.append((function.scope, names, annotations))

    def _take_documentation(self, node: ast.Module | ast.ClassDef | FunctionNode, scope: Scope) -> None:
        """All leading strings go: the second would be taken for a docstring once the first is gone."""
        body = node.body
        first = True
        while body and isinstance(body[0], ast.Expr) and _is_string(body[0].value):
            if first:
                self.documentation.append((scope, body[0].value.value))  # type: ignore[attr-defined]
            first = False
            place = body.pop(0)
            if not body and not isinstance(node, ast.Module):
                body.append(ast.copy_location(ast.Pass(), place))


def _is_loaded(node: ast.AST) -> bool:
    return isinstance(node.ctx, ast.Load)  # type: ignore[attr-defined]


def _is_string(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _class_expressions(node: ast.ClassDef) -> list[ast.AST]:
    return [*node.decorator_list, *node.bases, *node.keywords, *getattr(node, "type_params", ())]


def _place(node: ast.AST, line: int) -> None:
    node.lineno = node.end_lineno = line  # type: ignore[attr-defined]
    node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined]


def _placed(node: ast.Constant, line: int) -> ast.Constant:
    _place(node, line)
    return node
