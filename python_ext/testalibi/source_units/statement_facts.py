"""Single questions about a statement that runs at import, answered by its syntax.

Used by extract.py.
"""

from __future__ import annotations

import ast

from testalibi.source_units.syntax import FUNCTION_NODES

TYPE_CHECKING = False  # typing is only for those who read types
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from testalibi.source_units.syntax import Statement


def is_order_free(statement: Statement, unit: Mapping[str, Any], *, acts: bool) -> bool:
    """Whether it means the same anywhere among its neighbours, as long as nothing else binds its names."""
    node = statement.node
    if unit["stars"] or acts:
        return False
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return True
    if isinstance(node, FUNCTION_NODES):
        defaults = node.args.defaults or any(node.args.kw_defaults)
        return not (node.decorator_list or defaults)
    calls = any(isinstance(note, ast.Call) for note in statement.notes)
    return isinstance(node, (ast.Assign, ast.AnnAssign)) and not calls and "g" not in unit["reads"]


_NEVER_RAISE = (ast.Constant, ast.Name, ast.Attribute, ast.Lambda, ast.Tuple, ast.List, ast.Load, ast.Store)


def may_raise(node: ast.stmt) -> bool:
    """Although all names that it reads are there; of a definition its defaults, decorators aside."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return False
    if isinstance(node, FUNCTION_NODES):
        pending: list[ast.AST | None] = [*node.args.defaults, *node.args.kw_defaults]
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if not all(isinstance(target, ast.Name) for target in targets):
            return True
        pending = [node.value, getattr(node, "annotation", None)]
    else:
        return True
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Dict):  # keys need a hash
            if not all(isinstance(key, ast.Constant) for key in part.keys):
                return True
            pending += part.values
        elif isinstance(part, _NEVER_RAISE):
            if not isinstance(part, ast.Lambda):
                pending += ast.iter_child_nodes(part)
        elif part is not None and not _is_arithmetic(part):
            return True
    return False


def _is_arithmetic(node: ast.AST) -> bool:
    """Sums and products of numbers written out."""
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, (ast.USub, ast.UAdd)) and _is_arithmetic(node.operand)
    if isinstance(node, ast.BinOp):
        harmless = isinstance(node.op, (ast.Add, ast.Sub, ast.Mult))
        return harmless and _is_arithmetic(node.left) and _is_arithmetic(node.right)
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def may_be_autouse(call: ast.Call) -> bool:
    return any(
        keyword.arg == "autouse" and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
        for keyword in call.keywords
    )
