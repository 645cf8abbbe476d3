"""What a function may change that outlives it, judged by its syntax.

Used by extract.py. Selection asks it of every function that ran while a statement of a module body ran:
whoever uses one of the written names may notice that statement. Errs on the side of writing: an object that
is neither made here nor reached through a name is anything.
"""

from __future__ import annotations

import ast
from collections.abc import Set

from testalibi.source_units import known_names
from testalibi.source_units.syntax import Function

ANYTHING = "?"
# A parameter's object itself: confined to what the statement binds if it defines or assigns.
PARAMETER = "@param"

# Of a.b().c: longer ones are not followed to their root, since each of their links would be.
LONGEST_CHAIN = 500

_CONSTRUCTORS = frozenset(("__init__", "__post_init__", "__set_name__"))
_ATTRIBUTE_SETTERS = {"__setattr__": 2, "__delattr__": 1}  # arguments beside the object
_CLASS_MAKERS = frozenset(("__new__", "__prepare__", "__init_subclass__", "__set_name__"))
_NEW_OBJECTS = (
    ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.Tuple,
    ast.Constant, ast.JoinedStr, ast.BinOp, ast.UnaryOp, ast.Compare,
)  # fmt: skip
_CONTAINERS = (ast.Tuple, ast.List, ast.Dict, ast.Set, ast.BinOp, ast.IfExp, ast.BoolOp, ast.Starred)


def last_name(node: ast.expr) -> str:
    """`c` of a.b.c and of a.b.c(…)."""
    for _ in range(LONGEST_CHAIN):
        if not isinstance(node, ast.Call):
            break
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ANYTHING


class FunctionWrites:
    """`names`: it may change objects through these; `keeps_parameter`: it stores what it was given;
    `passes_to`: it calls these with what it was given; `gives_to`: and with the objects of these names, which
    may keep it; `calls_values`: it calls a parameter, a local, or what an expression gives: others spell the
    callee.
    """

    def __init__(self, function: Function, local_names: Set[str], free_names: Set[str]) -> None:
        self.names: set[str] = set()
        self.keeps_parameter = False
        self.passes_to: set[str] = set()
        self.gives_to: set[str] = set()
        self.calls_values = False
        self._function = function
        self._locals = local_names
        self._free = free_names
        node = function.node
        arguments = node.args
        positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
        others = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
        self._parameters = {*positional, *(argument.arg for argument in (*arguments.kwonlyargs, *others))}
        parent = function.scope.parent
        is_method = parent is not None and parent.kind == "class"
        decorators = {last_name(decorator) for decorator in node.decorator_list}
        is_static = "staticmethod" in decorators
        self._self = positional[0] if is_method and positional and not is_static else None
        # cls() makes an instance of the class around it, or of one that inherits from it.
        self._own_class = self._self if "classmethod" in decorators else None
        self._is_constructor = node.name in _CONSTRUCTORS and self._self is not None
        self._globals = function.scope.global_names
        self._assigned: dict[str, list[ast.expr | None]] = {}
        self._imported: dict[str, str] = {}  # local variable -> last part of what it stands for
        self._made_attributes: set[str] = set()
        self._kept = (self._parameters | free_names) - {"self", "cls"}
        for note in function.notes:
            self._collect(note)
        for note in function.notes:
            self._judge(note)

    def _collect(self, note: ast.AST) -> None:
        """The values that local variables and attributes of `self` get."""
        value: ast.expr | None = None
        targets: list[ast.expr] = []
        if isinstance(note, ast.Assign):
            targets, value = list(note.targets), note.value
        elif isinstance(note, (ast.AnnAssign, ast.NamedExpr)):
            targets, value = [note.target], note.value
        elif isinstance(note, (ast.For, ast.AsyncFor, ast.comprehension)):
            targets = [note.target]
        elif isinstance(note, ast.withitem) and note.optional_vars is not None:
            targets = [note.optional_vars]
        elif isinstance(note, (ast.Import, ast.ImportFrom)):
            for alias in note.names:
                self._imported[alias.asname or alias.name.partition(".")[0]] = alias.name.rpartition(".")[2]
        while targets:
            target = targets.pop()
            if isinstance(target, ast.Name):
                self._assigned.setdefault(target.id, []).append(value)
            elif isinstance(target, ast.Attribute):
                if _is_name(target.value, self._self) and value is not None and self._is_new(value):
                    self._made_attributes.add(target.attr)
            elif isinstance(target, (ast.Tuple, ast.List)):
                targets += target.elts
                value = None
            elif isinstance(target, ast.Starred):
                targets.append(target.value)
                value = None

    def _judge(self, note: ast.AST) -> None:
        if isinstance(note, (ast.Attribute, ast.Subscript)):
            self._store(note)
        elif isinstance(note, ast.AugAssign):
            # Adding to a list changes the list; a number, or a piece of text, is replaced.
            if not isinstance(note.value, (ast.Constant, ast.JoinedStr)):
                self._mutate(note.target)
            self._keep(note.value, [note.target])
        elif isinstance(note, ast.Assign):
            self._keep(note.value, note.targets)
        elif isinstance(note, ast.AnnAssign):
            self._keep(note.value, [note.target])
        elif isinstance(note, ast.Nonlocal):
            self.names.add(ANYTHING)
        elif isinstance(note, ast.Call):
            self._judge_call(note)

    def _judge_call(self, call: ast.Call) -> None:
        self._hand_on(call)
        called = call.func
        if isinstance(called, ast.Attribute):
            if called.attr in known_names.MUTATORS:
                self._mutate(called.value)
                keeps = called.attr not in known_names.REMOVERS
                if keeps and any(self._is_kept(argument) for argument in call.args):
                    self.keeps_parameter = True
            elif called.attr in _ATTRIBUTE_SETTERS:
                # object.__setattr__(x, name, value) or x.__setattr__(name, value)
                of_type = len(call.args) > _ATTRIBUTE_SETTERS[called.attr]
                self._set_attribute(call.args[0] if of_type else called.value)
                if any(self._is_kept(argument) for argument in call.args):
                    self.keeps_parameter = True
        elif not isinstance(called, ast.Name):
            self.calls_values = True
        else:
            is_own_class = called.id == self._own_class and called.id not in self._assigned
            if called.id in self._locals and called.id not in self._imported and not is_own_class:
                self.calls_values = True
            if called.id in ("setattr", "delattr"):
                self._set_attribute(call.args[0] if call.args else None)
                if any(self._is_kept(argument) for argument in call.args[1:]):
                    self.keeps_parameter = True
            elif called.id == "exec":
                self.names.add(ANYTHING)

    def _hand_on(self, call: ast.Call) -> None:
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        others = [argument for argument in arguments if not self._is_kept(argument)]
        if len(others) == len(arguments):
            return
        self.passes_to.add(last_name(call))
        if isinstance(call.func, ast.Attribute):
            others.append(call.func.value)
        self.gives_to.update(
            last_name(other) for other in others if isinstance(other, (ast.Name, ast.Attribute))
        )

    def _set_attribute(self, changed: ast.expr | None) -> None:
        """By a name that is only known at run time."""
        if changed is not None:
            changed = self._without_super(changed)
        if isinstance(changed, ast.Name):
            if changed.id == self._self:
                if not self._is_constructor:
                    self.names.add(ANYTHING)
            elif changed.id in self._parameters:
                self.names.add(PARAMETER)
            elif not self._is_fresh(changed.id):
                self.names.add(ANYTHING)
        elif not (isinstance(changed, ast.Call) and self._is_new(changed)):
            self.names.add(ANYTHING)

    def _store(self, target: ast.Attribute | ast.Subscript) -> None:
        """x.a = …, x[k] = … or their deletion: changes x."""
        root, attributes = _path(target)
        if isinstance(root, ast.Name) and isinstance(target, ast.Attribute) and len(attributes) == 1:
            if root.id == self._self and self._is_constructor:
                return
            is_given = root.id in self._parameters and root.id != self._self
            if is_given and target.value is root and root.id not in self._globals:
                self.names.add(PARAMETER)
                return
        self._mutate_path(root, attributes)

    def _mutate(self, changed: ast.expr) -> None:
        self._mutate_path(*_path(changed))

    def _mutate_path(self, root: ast.expr, attributes: list[str]) -> None:
        """The object at the end of root.attributes changes."""
        if "__dict__" in attributes:
            self.names.add(ANYTHING)
        root = self._without_super(root)
        if not isinstance(root, ast.Name):
            if not self._is_new(root):
                self.names.update(attributes or (ANYTHING,))
            return
        name = root.id
        if name == self._self:
            # An attribute that was not made here may be the class's own, shared by all.
            if not (self._is_constructor and self._made_attributes.issuperset(attributes[-1:])):
                self.names.update(attributes or (ANYTHING,))
        elif name in self._globals:
            self.names.update((name, *attributes))
        elif name in self._parameters and self._function.node.name in _CLASS_MAKERS and not attributes:
            self.names.add(PARAMETER)
        elif name in self._imported:
            self.names.update((name, self._imported[name], *attributes))
        elif name in self._locals or name in self._free:
            if not self._is_fresh(name):
                self.names.update(attributes or (ANYTHING,))
        else:
            self.names.update((name, *attributes))

    def _without_super(self, node: ast.expr) -> ast.expr:
        """super() is the object itself."""
        is_super = isinstance(node, ast.Call) and _is_name(node.func, "super") and not node.args
        return ast.Name(self._self, ast.Load()) if is_super and self._self is not None else node

    def _is_fresh(self, name: str) -> bool:
        """A local variable that only ever holds objects made here."""
        values = self._assigned.get(name)
        if not values or name in self._parameters or name in self._free or name in self._globals:
            return False
        return all(value is not None and self._is_new(value) for value in values)

    def _is_new(self, value: ast.expr) -> bool:
        if isinstance(value, ast.Call):
            called = value.func
            if isinstance(called, ast.Name):
                # A name like a class's: an instance, by convention a new one.
                return called.id in known_names.FRESH_BUILTINS or called.id[:1].isupper()
            return isinstance(called, ast.Attribute) and called.attr == "__new__"
        return isinstance(value, _NEW_OBJECTS)

    def _keep(self, value: ast.expr | None, targets: list[ast.expr]) -> None:
        if value is None or not self._is_kept(value):
            return
        for target in targets:
            if isinstance(target, (ast.Attribute, ast.Subscript)) or (
                isinstance(target, ast.Name) and (target.id in self._globals or target.id in self._free)
            ):
                self.keeps_parameter = True

    def _is_kept(self, value: ast.expr) -> bool:
        stack: list[ast.AST] = [value]
        while stack:
            node = stack.pop()
            if isinstance(node, ast.Name):
                if node.id in self._kept:
                    return True
            elif isinstance(node, _CONTAINERS):
                stack.extend(ast.iter_child_nodes(node))
        return False


def _is_name(node: ast.expr, name: str | None) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _path(node: ast.expr) -> tuple[ast.expr, list[str]]:
    """Of a.b[0].c: the node `a`, and c, b."""
    attributes: list[str] = []
    for _ in range(LONGEST_CHAIN):
        if not isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
            break
        if isinstance(node, ast.Attribute):
            attributes.append(node.attr)
        node = node.value
    return node, attributes
