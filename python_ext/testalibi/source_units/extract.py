"""From the bytes of a source file to the document that FORMAT.md defines.

Used by protocol.py, one call per file. Compiles the whole tree once for the functions, then each statement
by itself with its functions emptied, so that no body is compiled twice. A pure function: equal sources give
equal documents in every process of one release of the interpreter.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import sys
from collections.abc import Iterable, Mapping, Set
from types import CodeType

from testalibi.source_units import known_names
from testalibi.source_units.effects import Effect, Origins, aliases_in, effect_of, origins_in
from testalibi.source_units.exposures import ANY, Exposures, exposed, own_names
from testalibi.source_units.instances import readers_of_instance_dicts
from testalibi.source_units.meaning import (
    Names,
    Units,
    argument_names,
    class_body,
    digest,
    is_unit,
    meaning,
)
from testalibi.source_units.reads import names_handed_on, reads_in_annotations, reads_of, star_imports
from testalibi.source_units.statement_facts import is_order_free, may_be_autouse, may_raise
from testalibi.source_units.syntax import FUNCTION_NODES, Function, Part, Scope, SourceSyntax, Statement
from testalibi.source_units.type_checking import take_out_unchecked
from testalibi.source_units.writes import FunctionWrites, last_name

TYPE_CHECKING = False  # typing is only for those who read types
if TYPE_CHECKING:
    from typing import Any

    Document = dict[str, Any]

VERSION = 1
_FILE_NAME = "<source>"
# Generator, coroutine, iterable coroutine, asynchronous generator.
_LAZY = 0x20 | 0x80 | 0x100 | 0x200
_SHAPE = _LAZY | 0x04 | 0x08
# What the compiler binds for annotations and type parameters, under the one name that older releases bind.
_ANNOTATION_BINDINGS = frozenset(
    "__annotations__ __annotate__ __annotate_func__ __conditional_annotations__ __annotations_cache__".split()
)
_CLASS_BINDINGS = frozenset("__classcell__ __classdictcell__ __type_params__".split())


def units_of_source(source: bytes) -> Document:
    """Raises what the compiler raises for a source that it cannot compile."""
    return _Extraction(source).document()


class _Extraction:
    def __init__(self, source: bytes) -> None:
        tree = ast.parse(source, _FILE_NAME)
        if b"TYPE_CHECKING" in source:
            take_out_unchecked(tree)
        self._syntax = SourceSyntax(tree)
        self._flags = 0
        for name in self._syntax.future_names:
            self._flags |= getattr(__future__, name).compiler_flag
        self._units: Units = {function.line: function.node.name for function in self._syntax.functions}
        try:
            module = self._compile(tree)
        except SyntaxError:
            compile(source, _FILE_NAME, "exec", dont_inherit=True, optimize=0)  # the same error where it is
            raise
        self._codes = self._codes_of_functions(module)
        self._of_instances = readers_of_instance_dicts(tree) if b"__dict__" in source else set()
        self._facts = {id(part): self._names_in_annotations(part) for part in self._all_parts()}
        self._exposures = {id(part): _exposures_of(part) for part in self._all_parts()}
        self._scopes = {id(function.node): function.scope for function in self._syntax.functions}
        self._function_units: list[tuple[Function, Document]] = []
        self._handed_on = names_handed_on(self._syntax.statements)
        for function in self._syntax.functions:
            function.node.body = [ast.copy_location(ast.Pass(), function.node)]

    def document(self) -> Document:
        aliases = aliases_in(self._syntax.statements)
        functions = self._functions(aliases)
        statements = [(statement, self._statement(statement)) for statement in self._syntax.statements]
        written = {name for function in functions for name in function["reads"].get("w", ())}
        origins = origins_in(statements, written, aliases)
        bound = set(dir(builtins))
        evaluated = sys.version_info < (3, 14) and "annotations" not in self._syntax.future_names
        parts: list[tuple[Function | Statement, Document]] = [*self._function_units, *statements]
        for part, unit in parts:
            self._add_exposures(part, unit, origins)
        for statement, unit in statements:
            self._add_effect(statement, unit, effect_of(statement, unit["class"], origins), origins)
            unit["annotations_may_raise"] = evaluated and not all(
                isinstance(each, ast.Constant) or (isinstance(each, ast.Name) and each.id in bound)
                for each in statement.annotations
            )
            if not unit["class"] and unit["kind"] != "other":
                bound.update(unit["binds"])
        return {
            "version": VERSION,
            "functions": functions,
            "statements": [unit for _, unit in statements],
            "docs": self._documentation(),
            "annotations": self._annotations(),
        }

    def _compile(self, tree: ast.Module) -> CodeType:
        code: CodeType = compile(tree, _FILE_NAME, "exec", flags=self._flags, dont_inherit=True, optimize=0)
        return code

    def _all_parts(self) -> Iterable[Part]:
        yield from self._syntax.functions
        yield from self._syntax.statements

    def _codes_of_functions(self, module: CodeType) -> dict[int, CodeType]:
        """By line. What the compiler found dead has no code."""
        codes: dict[int, CodeType] = {}
        pending = [module]
        while pending:
            for constant in pending.pop().co_consts:
                if isinstance(constant, CodeType):
                    pending.append(constant)
                    if is_unit(constant, self._units):
                        codes[constant.co_firstlineno] = constant
        return codes

    def _names_in_annotations(self, part: Part) -> Names:
        """Evaluating the definition reads them; those in strings, whoever looks at the annotations."""
        names = Names()
        if part.annotations:
            self._meaning_of_expressions(part.annotations, names)
            words = Names()
            words.loaded = set(known_names.NAME_PATH_TAKERS)
            words.strings = names.strings
            names.loaded |= words.dotted()
            names.strings = []
        return names

    def _meaning_of_expressions(self, expressions: list[ast.expr], names: Names) -> list[Any]:
        joined = ast.Tuple(expressions, ast.Load())
        ast.copy_location(joined, expressions[0])
        code = compile(
            ast.Expression(joined), _FILE_NAME, "eval", flags=self._flags, dont_inherit=True, optimize=0
        )
        return meaning(code, self._units, names)

    # ---- functions

    def _functions(self, aliases: Mapping[str, Set[str]]) -> list[Document]:
        counts: dict[str, int] = {}
        units = []
        keepers: set[int] = set()
        for function in self._syntax.functions:
            code = self._codes.get(function.line)
            if code is None:
                continue
            name = function.scope.qualname()
            ordinal = counts[name] = counts.get(name, -1) + 1
            unit, keeps = self._function(function, code, name, ordinal)
            units.append((function, unit))
            owner: Part = function
            while keeps and isinstance(owner, Function):
                # What an inner function keeps may be what the outer one was given.
                keepers.add(id(owner))
                owner = owner.owner
        for function, unit in units:
            unit["keeps_parameter"] = id(function) in keepers
            others = (aliases.get(written, ()) for written in unit["writes"])
            unit["writes"] = sorted({*unit["writes"]}.union(*others))
        self._function_units = units
        return [unit for _, unit in units]

    def _function(self, function: Function, code: CodeType, name: str, ordinal: int) -> tuple[Document, bool]:
        names = self._facts[id(function)]
        fingerprint = digest(meaning(code, self._units, names))
        local_names = _local_names(code, self._units)
        writes = FunctionWrites(function, local_names, frozenset(code.co_freevars))
        arguments = argument_names(code)
        if id(function.node) in self._of_instances:
            names.attributes.discard("__dict__")
        around = function.scope.class_around()
        shape = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & _SHAPE)
        unit: Document = {
            "name": name,
            "ordinal": ordinal,
            "line": function.first_line,
            "end": function.end_line,
            "class": function.scope.class_name(),
            "fp": fingerprint,
            "pos": digest(function.positions.tobytes()),
            "sig": digest((*shape, arguments)),
            "args": list(arguments),
            "lazy": code.co_flags & _LAZY != 0,
            "reads": reads_of(function, names),
            "writes": sorted({_mangled(each, around) for each in writes.names} | names.written),
            "passes_to": sorted(_mangled(each, around) for each in writes.passes_to),
            "gives_to": sorted(_mangled(each, around) for each in writes.gives_to),
            "calls_values": writes.calls_values,
        }
        return unit, writes.keeps_parameter

    # ---- statements

    def _statement(self, statement: Statement) -> Document:
        node = statement.node
        scope = statement.scope
        in_class = scope.kind == "class"
        kind = _kind(statement)
        # Of a definition only whoever is given the function may look at them: see _add_annotations.
        names = Names() if isinstance(node, FUNCTION_NODES) else self._facts[id(statement)]
        content = self._simple_content(statement, names)
        if content is None:
            content = self._compiled_content(statement, names)
        if isinstance(node, ast.AnnAssign):
            names.bound.add("__annotations__")
            if isinstance(node.target, ast.Name):
                names.bound.add(_mangled(node.target.id, scope) if in_class else node.target.id)
        names.loaded -= _ANNOTATION_BINDINGS
        binds = names.bound | names.written
        return {
            "class": scope.qualname() if in_class else "",
            "line": statement.first_line,
            "end": statement.end_line,
            "kind": kind,
            "head": statement.head.qualname() if statement.head is not None else "",
            "fp": digest([kind, content]),
            "reads": reads_of(statement, names),
            "binds": sorted(binds),
            "stars": star_imports(statement),
            "hooks": not in_class and any(name.startswith("pytest_") for name in binds),
        }

    def _simple_content(self, statement: Statement, names: Names) -> list[Any] | None:
        """Of what needs no compiler to be told apart: imports, and definitions that evaluate nothing."""
        node = statement.node
        scope = statement.scope
        if scope.global_names:
            return None
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                name = alias.asname or alias.name
                if isinstance(node, ast.Import) and alias.asname is None:
                    name = name.partition(".")[0]
                if name != "*":
                    names.bound.add(_mangled(name, scope))
            source = [node.level, node.module] if isinstance(node, ast.ImportFrom) else []
            return [source, [(alias.name, alias.asname) for alias in node.names]]
        if isinstance(node, FUNCTION_NODES):
            defaults = node.args.defaults or any(node.args.kw_defaults)
            plain = not (node.decorator_list or defaults or getattr(node, "type_params", None))
        elif isinstance(node, ast.ClassDef):
            plain = not (
                node.decorator_list or node.bases or node.keywords or getattr(node, "type_params", None)
            )
        else:
            return None
        if not plain:
            return None
        names.bound.add(_mangled(node.name, scope))
        return [node.name]

    def _compiled_content(self, statement: Statement, names: Names) -> list[Any]:
        node = statement.node
        scope = statement.scope
        if isinstance(node, ast.ClassDef):
            node.body = [ast.copy_location(ast.Pass(), node)]
        body = [node]
        if scope.kind != "class":
            content = meaning(self._compile(ast.Module(body, [])), self._units, names)
            names.bound -= _ANNOTATION_BINDINGS
            return content
        if scope.global_names:
            body.insert(0, ast.copy_location(ast.Global(sorted(scope.global_names)), node))
        wrapper = ast.ClassDef(name=scope.name, bases=[], keywords=[], body=body, decorator_list=[])
        wrapper.type_params = []  # type: ignore[attr-defined,unused-ignore]
        ast.copy_location(wrapper, node)
        wrapper.lineno = wrapper.end_lineno = 1
        code = self._compile(ast.Module([wrapper], []))
        inner = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
        content = class_body(inner, self._units, names, names.bound)
        names.bound -= _ANNOTATION_BINDINGS | _CLASS_BINDINGS
        return [content, inner.co_names, getattr(inner, "co_exceptiontable", b"")]

    def _add_effect(self, statement: Statement, unit: Document, effect: Effect, origins: Origins) -> None:
        node = statement.node
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        bases = [last_name(base) for base in node.bases] if isinstance(node, ast.ClassDef) else []
        class_name = unit["class"]
        unit["effect"] = sorted(effect.roots) if effect.roots is not None else None
        unit["calls"] = sorted(effect.calls)
        unit["decorators"] = [last_name(decorator) for decorator in decorators]
        unit["order_free"] = is_order_free(statement, unit, acts=effect.roots is not None)
        unit["may_raise"] = may_raise(node)
        unit["special"] = isinstance(node, ast.ClassDef) and bool(
            node.keywords
            or not known_names.SPECIAL_BASES.isdisjoint(bases)
            or any(not origins.is_transparent(decorator, class_name) for decorator in decorators)
        )
        unit["autouse"] = any(may_be_autouse(note) for note in statement.notes if isinstance(note, ast.Call))
        unit["bases"] = bases
        if isinstance(node, FUNCTION_NODES):
            seen = any(not origins.is_transparent(decorator, class_name) for decorator in decorators)
            self._add_annotations(statement, unit, seen or (not class_name and node.name in self._handed_on))

    def _add_exposures(self, part: Function | Statement, unit: Document, origins: Origins) -> None:
        found = self._exposures[id(part)]
        takers = {taker for _, taker in found.names if taker}
        own = {taker for taker in takers if not origins.is_builtin(taker, unit["class"])}
        code = self._codes.get(part.line) if isinstance(part, Function) else None
        enclosed = () if code is None else code.co_freevars  # what the function around it imports, perhaps
        if code is not None:
            own |= takers & {*_local_names(code, self._units), *enclosed}
        if isinstance(part, Function):
            unit["reaches_own"] = found.reaches_own
            unit["lets_own_out"] = found.lets_own_out(own)
            unit["own_loads"] = sorted(found.own_loads)
        reads = unit["reads"]
        global_names = {ANY, *reads.get("g", ()), *reads.get("a", ()), *found.imported, *enclosed}
        global_names.update(unit.get("binds", ()))
        around = part.scope.class_around()
        exposures = {_mangled(name, around) for name in exposed(found, own)}
        unit["exposes"] = sorted(exposures & global_names)
        unit["aliases"] = sorted([_mangled(each, around) for each in pair] for pair in found.aliases)

    def _add_annotations(self, statement: Statement, unit: Document, seen: bool) -> None:
        """What is given a function when it is defined may look at its annotations and docstring: they are
        part of what the statement makes.
        """
        names = self._facts[id(statement)]
        if not seen:
            unit["annotations"] = reads_in_annotations(names)
            return
        own = self._scopes[id(statement.node)]
        texts = [text for scope, text in self._syntax.documentation if scope is own]
        signatures = [
            [self._flags, arguments, self._meaning_of_expressions(expressions, Names())]
            for scope, arguments, expressions in self._syntax.signatures
            if scope is own
        ]
        unit["fp"] = digest([unit["fp"], texts, signatures])
        for key, values in reads_in_annotations(names).items():
            unit["reads"][key] = sorted({*unit["reads"].get(key, ()), *values})

    # ---- what is kept aside

    def _documentation(self) -> dict[str, str]:
        texts: dict[str, list[str]] = {}
        for scope, text in self._syntax.documentation:
            texts.setdefault(scope.qualname(), []).append(text)
        return {name: digest(found) for name, found in sorted(texts.items())}

    def _annotations(self) -> dict[str, str]:
        found: dict[str, list[Any]] = {}
        for scope, names, expressions in self._syntax.signatures:
            content = [self._flags, names, self._meaning_of_expressions(expressions, Names())]
            found.setdefault(scope.qualname(), []).append(content)
        return {name: digest(contents) for name, contents in sorted(found.items())}


def _exposures_of(part: Part) -> Exposures:
    if isinstance(part, Function):
        arguments = [*part.node.args.posonlyargs, *part.node.args.args]
        is_static = any(last_name(each) == "staticmethod" for each in part.node.decorator_list)
        is_method = part.scope.class_name() and arguments and not is_static
        own = own_names(part.notes, arguments[0].arg) if is_method else ()
        return Exposures(part.node.body, binds_globals=False, own=own)
    if not isinstance(part, Statement):
        return Exposures((), binds_globals=True)
    node = part.node
    if isinstance(node, ast.ClassDef):  # its members are statements of their own
        node = ast.ClassDef(node.name, node.bases, node.keywords, [], node.decorator_list)
    return Exposures([node], binds_globals=True)


def _kind(statement: Statement) -> str:
    node = statement.node
    in_class = statement.scope.kind == "class"
    if isinstance(node, ast.ClassDef):
        return "class"
    if isinstance(node, FUNCTION_NODES):
        return "method" if in_class else "def"
    if in_class:
        return "member"
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return "import"
    return "assign" if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) else "other"


def _mangled(name: str, scope: Scope | None) -> str:
    """As the compiler spells a private name in a class body."""
    owner = scope.name.lstrip("_") if scope is not None else ""
    if (
        scope is None
        or scope.kind != "class"
        or not owner
        or not name.startswith("__")
        or name.endswith("__")
        or "." in name
    ):
        return name
    return f"_{owner}{name}"


def _local_names(code: CodeType, units: Units) -> Set[str]:
    """Those of its lambdas and comprehensions included."""
    names: set[str] = set()
    pending = [code]
    while pending:
        current = pending.pop()
        names.update(current.co_varnames, current.co_cellvars)
        pending += [c for c in current.co_consts if isinstance(c, CodeType) and not is_unit(c, units)]
    return names
