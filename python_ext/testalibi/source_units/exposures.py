"""Which names' objects code lets out of its hands: returned, passed on, stored, given another name.

Used by extract.py. Of a container that nobody lets out, only code that spells its name can have changed it.
An element that is taken out, a method that is called, a look at its size let nothing out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence, Set

from testalibi.source_units.syntax import FUNCTION_NODES
from testalibi.source_units.writes import last_name

TYPE_CHECKING = False  # typing is only for those who read types
if TYPE_CHECKING:
    from typing import TypeGuard

# Whoever names these may reach any attribute under no name.
_NAMESPACES = frozenset(("__dict__", "__getattribute__", "__setattr__"))
_NAMESPACE_CALLS = frozenset(("globals", "vars"))
_COLLECTOR = "gc"
ANY = "*"
NEW = "+"

# They look at what they are given, or take its elements.
_LOOKERS = frozenset(
    """all any bool dict enumerate filter frozenset id isinstance iter len list map max min repr reversed
    set sorted str sum tuple type zip""".split()
)
_CONTAINERS = frozenset(("Counter", "OrderedDict", "defaultdict", "deque"))
_METHODS = frozenset(
    """__contains__ __delitem__ __getitem__ __setitem__ add append appendleft clear count discard extend
    extendleft get index insert items keys move_to_end pop popitem popleft remove rotate setdefault update
    values""".split()
)
_DISPLAYS = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp, ast.Constant)
_IDENTITY = (ast.In, ast.NotIn, ast.Is, ast.IsNot)


class Exposures:
    """`names`: let out; with the builtin, if it is one, that was given them. `aliases`: pairs of a name and
    another one that its method got.
    """

    def __init__(self, roots: Iterable[ast.AST], *, binds_globals: bool, own: Sequence[str] = ()) -> None:
        """`own`: the variable that holds the object whose method this is, then those of others like it."""
        self.names: set[tuple[str, str]] = set()
        self.aliases: set[tuple[str, str]] = set()
        self.imported: set[str] = set()  # into local variables
        self.reaches_own = False
        self.own_loads: set[str] = set()  # attributes of that object, methods perhaps
        self._own = own
        self._binds_globals = binds_globals
        self._pending: list[tuple[ast.AST, bool, str]] = [(root, True, "") for root in roots]
        while self._pending:
            self._look(*self._pending.pop())

    def _look(self, node: ast.AST, held: bool, taker: str) -> None:
        """`held`: what it gives goes nowhere."""
        if isinstance(node, (ast.Name, ast.Attribute)):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if isinstance(node, ast.Attribute) and name in _NAMESPACES:
                self._reach(node.value)
            elif isinstance(node, ast.Name) and name in (*_NAMESPACE_CALLS, _COLLECTOR):
                self.names.add((ANY, "" if name == _COLLECTOR else name))
            if not held:
                self.names.add((name, taker))
            if isinstance(node, ast.Attribute):
                self._look_at_owner(node)
        elif isinstance(node, ast.Call):
            self._look_at_call(node)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            self._look_at_assignment(node)
        elif isinstance(node, ast.ImportFrom):
            if self._binds_globals:
                renamed = (each for each in node.names if each.asname and each.asname != each.name)
                self.aliases.update((each.name, str(each.asname)) for each in renamed)
            else:
                self.imported.update(each.name for each in node.names)
                self.names.update((each.name, "") for each in node.names if each.asname)
        elif isinstance(node, FUNCTION_NODES):
            self._look_at_decorators(node.decorator_list)
            self._push(node.args, False)
        elif isinstance(node, ast.ClassDef):
            self._look_at_decorators(node.decorator_list)
            self._push_all([*node.bases, *node.keywords, *node.body], False)
        else:
            for child, is_held in _parts(node, held):
                self._push(child, is_held)

    def _look_at_owner(self, node: ast.Attribute) -> None:
        owner = node.value
        if isinstance(owner, ast.Name) and owner.id in self._own[:1]:
            self.own_loads.add(node.attr)
        else:
            self._push(owner, not isinstance(node.ctx, ast.Load))

    def lets_own_out(self, shadowed: Set[str]) -> bool:
        return not {*self._own[:1]}.isdisjoint(exposed(self, shadowed))

    def _push(self, node: ast.AST | None, held: bool, taker: str = "") -> None:
        if node is not None:
            self._pending.append((node, held, taker))

    def _push_all(self, nodes: Iterable[ast.AST], held: bool) -> None:
        for node in nodes:
            self._push(node, held)

    def _look_at_called(self, called: ast.expr, arguments: Sequence[ast.expr] = ()) -> None:
        # object.__setattr__(self, …), super().__setattr__(…), vars(self)
        if isinstance(called, ast.Attribute):
            if called.attr in _NAMESPACES:
                is_own = bool(self._own) and _is_super(called.value)
                self._reach(None if is_own or not arguments else arguments[0], is_own)
            self._push(called.value, True)
        elif isinstance(called, ast.Name):
            if called.id == "vars" and arguments:
                self._reach(arguments[0])
            elif called.id in _NAMESPACE_CALLS:
                self.names.add((ANY, called.id))
        else:
            self._push(called, True)

    def _reach(self, reached: ast.expr | None, is_own: bool = False) -> None:
        if is_own or (isinstance(reached, ast.Name) and reached.id in self._own):
            self.reaches_own = True
        else:
            self.names.add((ANY, ""))

    def _look_at_call(self, node: ast.Call) -> None:
        self._look_at_called(node.func, node.args)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        looks = name in _LOOKERS
        # other._queue.extend(self._queue): from one such container to another.
        receiver = _name_of(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        for argument in node.args:
            if isinstance(argument, ast.Starred) or (receiver and receiver == _name_of(argument)):
                self._push(argument.value if isinstance(argument, ast.Starred) else argument, True)
            else:
                self._push(argument, False, name if looks else "")
        for keyword in node.keywords:
            self._push(keyword.value, keyword.arg is None)

    def _look_at_decorators(self, decorators: Iterable[ast.expr]) -> None:
        for decorator in decorators:
            self._look_at_called(decorator)

    def _look_at_assignment(self, node: ast.Assign | ast.AnnAssign) -> None:
        """A name that gets what somebody else may hold as well is let out too."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        value = node.value
        if isinstance(node, ast.AnnAssign):
            self._push(node.annotation, False)
        if value is None or (len(targets) == 1 and self._is_alias(targets[0], value)):
            self._push_all(targets, True)
            return
        self._push(value, False)
        maker = _maker(value)
        for target in targets:
            self._push(target, maker == NEW, maker or "")
        names = [
            each.attr if isinstance(each, ast.Attribute) else each.id for each in targets if _is_name(each)
        ]
        self.aliases.update((names[0], other) for other in names[1:])

    def _is_alias(self, target: ast.expr, value: ast.expr) -> bool:
        """`self._append = self._queue.append`"""
        if not isinstance(value, ast.Attribute) or value.attr not in _METHODS:
            return False
        owner = value.value
        if not isinstance(owner, (ast.Name, ast.Attribute)):
            return False
        if isinstance(target, ast.Attribute):
            other = target.attr
        elif isinstance(target, ast.Name) and self._binds_globals:
            other = target.id
        else:
            return False
        self.aliases.add((owner.id if isinstance(owner, ast.Name) else owner.attr, other))
        self._push(owner, True)
        return True


def _name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _is_name(node: ast.expr) -> TypeGuard[ast.Name | ast.Attribute]:
    return isinstance(node, (ast.Name, ast.Attribute))


def _maker(value: ast.expr) -> str | None:
    """NEW for a container that nobody else has; a builtin whose call gives one; None for anything else."""
    if isinstance(value, _DISPLAYS):
        return NEW
    if not isinstance(value, ast.Call):
        return None
    if isinstance(value.func, ast.Name) and value.func.id in ("dict", "list", "set"):
        return value.func.id
    return NEW if last_name(value.func) in _CONTAINERS else None


def _parts(node: ast.AST, held: bool) -> Iterable[tuple[ast.AST, bool]]:
    """With whether what each gives stays here."""
    if isinstance(node, ast.Subscript):
        return ((node.value, True), (node.slice, False))
    if isinstance(node, ast.Compare):
        operands = (node.left, *node.comparators)
        # Containers compare themselves; other objects would be given them.
        alike = {_name_of(each) for each in operands if not isinstance(each, _DISPLAYS)}
        equals = len(alike) < 2 and all(isinstance(operator, (ast.Eq, ast.NotEq)) for operator in node.ops)
        looks = equals or all(isinstance(operator, _IDENTITY) for operator in node.ops)
        return ((each, looks) for each in operands)
    if isinstance(node, ast.BoolOp):
        return ((each, held) for each in node.values)
    if isinstance(node, ast.IfExp):
        return ((node.test, True), (node.body, held), (node.orelse, held))
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values)
        return (
            *((value, key is None) for key, value in pairs),
            *((key, False) for key in node.keys if key is not None),
        )
    kept = _HELD_FIELDS.get(node.__class__.__name__, ())
    return [(child, name in kept) for name, child in _children(node)]


# Fields of statements and expressions whose value is only looked at, iterated over or dropped.
_HELD_FIELDS = {
    "Expr": ("value",),
    "If": ("test", "body", "orelse"),
    "While": ("test", "body", "orelse"),
    "For": ("iter", "body", "orelse"),
    "AsyncFor": ("iter", "body", "orelse"),
    "comprehension": ("iter", "ifs"),
    "Assert": ("test",),
    "FormattedValue": ("value",),
    "AugAssign": ("target",),
    "Delete": ("targets",),
    "UnaryOp": ("operand",),
}


def _children(node: ast.AST) -> Iterable[tuple[str, ast.AST]]:
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            yield name, value
        elif isinstance(value, list):
            yield from ((name, each) for each in value if isinstance(each, ast.AST))


def own_names(notes: Iterable[ast.AST], own: str) -> list[str]:
    """With those of variables that are only given new objects of the same class."""
    made: dict[str, bool] = {}
    for note in notes:
        if not isinstance(note, ast.Assign):
            continue
        for target in note.targets:
            if isinstance(target, ast.Name):
                made[target.id] = made.get(target.id, True) and _makes_own(note.value, own)
    return [own, *(name for name, is_own in made.items() if is_own and name != own)]


def _makes_own(value: ast.expr, own: str) -> bool:
    """`object.__new__(self.__class__)`, `cls.__new__(cls)`, `self.__class__(…)`, `type(self)(…)`"""
    if not isinstance(value, ast.Call):
        return False
    called = value.func
    if isinstance(called, ast.Attribute) and called.attr == "__new__" and value.args:
        return _is_own_class(value.args[0], own) or _name_of(value.args[0]) == own
    return _is_own_class(called, own)


def _is_own_class(node: ast.expr, own: str) -> bool:
    if isinstance(node, ast.Call) and _name_of(node.func) == "type" and len(node.args) == 1:
        return isinstance(node.args[0], ast.Name) and node.args[0].id == own
    return isinstance(node, ast.Attribute) and node.attr == "__class__" and _name_of(node.value) == own


def exposed(found: Exposures, shadowed: Set[str]) -> list[str]:
    """`shadowed`: names that do not mean the builtin here."""
    names = set()
    for name, taker in found.names:
        is_builtin = bool(taker) and taker not in shadowed
        if is_builtin == (name == ANY and bool(taker)):
            names.add(name)
    return sorted(names)
