"""Functions that name `__dict__` only of plain instances: what they see there was put into the object when it
ran through code that ran too, never a module's or a class's names.

Used by extract.py. Errs on the side of modules and classes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set

from testalibi.source_units.writes import last_name

_DICT = "__dict__"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_OF_THE_CLASS = frozenset(("__new__", "__init_subclass__", "__class_getitem__", "__prepare__"))
_NOT_BOUND = frozenset(("classmethod", "staticmethod"))
_METACLASS_ENDINGS = ("Meta", "Type", "meta")


def readers_of_instance_dicts(tree: ast.Module) -> set[int]:
    """The id() of their nodes."""
    instances = _global_instances(tree)
    found: set[int] = set()
    pending: list[tuple[ast.AST, ast.ClassDef | None]] = [(tree, None)]
    while pending:
        node, owner = pending.pop()
        if isinstance(node, _FUNCTIONS) and _reads_instances_only(node, owner, instances):
            found.add(id(node))
        inner = owner if not isinstance(node, _FUNCTIONS) else None
        pending.extend(
            (child, node if isinstance(node, ast.ClassDef) else inner) for child in ast.iter_child_nodes(node)
        )
    return found


def _reads_instances_only(
    function: ast.FunctionDef | ast.AsyncFunctionDef, owner: ast.ClassDef | None, instances: Set[str]
) -> bool:
    nodes = list(_own_nodes(function))
    objects = [node.value for node in nodes if isinstance(node, ast.Attribute) and node.attr == _DICT]
    if not objects:
        return False
    stored = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    parameters = {argument.arg for argument in (*named, arguments.vararg, arguments.kwarg) if argument}
    known = {name for name in _made_here(nodes) if name not in parameters}
    known.update(name for name in instances if name not in parameters and name not in stored)
    is_method = owner is not None and _is_method_of_instances(function, owner)
    if is_method and named and named[0].arg not in stored:
        known.add(named[0].arg)
    return all(isinstance(value, ast.Name) and value.id in known for value in objects)


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Not those of functions inside."""
    pending = list(ast.iter_child_nodes(function))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _FUNCTIONS):
            pending.extend(ast.iter_child_nodes(node))


def _is_method_of_instances(function: ast.FunctionDef | ast.AsyncFunctionDef, owner: ast.ClassDef) -> bool:
    names = [owner.name, *(last_name(base) for base in owner.bases)]
    if "type" in names or any(name.endswith(_METACLASS_ENDINGS) for name in names):
        return False
    decorators = {last_name(decorator) for decorator in function.decorator_list}
    return function.name not in _OF_THE_CLASS and not decorators & _NOT_BOUND


def _made_here(nodes: list[ast.AST]) -> set[str]:
    """Local variables that only ever hold objects of a class that is called here."""
    made: dict[str, int] = {}
    stored: dict[str, int] = {}
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            stored[node.id] = stored.get(node.id, 0) + 1
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            stored.update(dict.fromkeys(node.names, len(nodes)))
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and _makes_instance(node.value):
            target = node.targets[0]
            if isinstance(target, ast.Name):
                made[target.id] = made.get(target.id, 0) + 1
    return {name for name, count in made.items() if stored.get(name) == count}


def _makes_instance(value: ast.expr) -> bool:
    if not isinstance(value, ast.Call):
        return False
    name = last_name(value.func)
    # A name like a class's, or threading.local.
    return name[:1].isupper() or name in ("__new__", "local")


def _global_instances(tree: ast.Module) -> set[str]:
    """Variables of the module that nothing but one assignment at its top level binds, to a new instance."""
    bound: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            bound[node.id] = bound.get(node.id, 0) + 1
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound[node.name] = bound.get(node.name, 0) + 1
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                bound[name] = bound.get(name, 0) + 1
    found = set()
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name) and bound[target.id] == 1 and _makes_instance(statement.value):
                found.add(target.id)
    return found
