"""What a code object means, free of positions and layout, and the names it refers to.

Used by extract.py. A nested function that is a unit of its own counts by its name only; lambdas,
comprehensions, type parameter scopes and class bodies count by value. The syntax tree that was compiled has
neither docstrings nor different lines within a unit (syntax.py), so equal meaning gives equal bytecode.
Compare fingerprints of one release of the interpreter only.
"""

from __future__ import annotations

import marshal
import re
import sys
from collections.abc import Iterable, Set
from types import CodeType

try:
    from _blake2 import blake2b  # without loading OpenSSL, which takes longer than a usual file
except ImportError:
    from hashlib import blake2b

from testalibi.source_units import instructions, known_names

TYPE_CHECKING = False  # typing is only for those who read types
if TYPE_CHECKING:
    from typing import Any

_OPTIMIZED, _VARARGS, _VARKEYWORDS = 1, 4, 8
_FUTURE_ANNOTATIONS = 0x1000000
_SIMPLE = frozenset((str, int, float, bool, bytes, complex, type(None), type(Ellipsis)))
_LONGEST_REFERENCE = 20_000
_DOTTED = re.compile(r"[^\W\d][\w.]*")
_WORD = re.compile(r"[^\W\d]\w*")
_FIELD = re.compile(r"\{[^{}]*\}")
_AFTER_DOT = re.compile(r"\.([^\W\d]\w*)")
# Tags of what marshal cannot tell apart from a constant otherwise: no constant is a list.
_UNIT, _CODE, _SET, _SLICE = range(4)

# What the compiler stores in every class: positions, a repetition of names, or the methods' attributes.
_IMPLICIT_STORES = frozenset(("__module__", "__qualname__", "__firstlineno__"))
_LAST_IMPLICIT_STORE = "__static_attributes__"

_QUALNAMES_ARE_CONSTANTS = sys.version_info < (3, 11)

Units = dict[int, str]  # line a function's code object begins at -> its name


def digest(value: Any) -> str:
    """Of plain values: the second version of the format has neither references nor interned strings."""
    return blake2b(marshal.dumps(value, 2), digest_size=16).hexdigest()


class Names:
    """What one or several code objects refer to."""

    __slots__ = ("attributes", "bound", "loaded", "strings", "written")

    def __init__(self) -> None:
        self.loaded: set[str] = set()
        self.attributes: set[str] = set()
        self.written: set[str] = set()  # with `global`
        self.bound: set[str] = set()  # in the namespace of a module or class
        self.strings: list[str] = []

    def dotted(self) -> set[str]:
        """Identifiers inside strings that look like references, or are used as such."""
        found: set[str] = set()
        named = self.loaded | self.attributes
        any_word = bool(named & known_names.NAME_PATH_TAKERS)
        whole = bool(named & known_names.NAME_TAKERS)
        for text in self.strings:
            if any_word:
                found.update(_WORD.findall(text))
            elif "." not in text:
                if whole and text.isidentifier():
                    found.add(text)
            elif "{" in text:
                for replaced in _FIELD.findall(text):
                    found.update(_AFTER_DOT.findall(replaced))
            elif _DOTTED.fullmatch(text):
                found.update(_WORD.findall(text))
        return found


def meaning(code: CodeType, units: Units, names: Names) -> list[Any]:
    """In plain values; adds to `names` what the code refers to, its nested anonymous code included."""
    optimized = code.co_flags & _OPTIMIZED
    body: object
    constants: list[Any] = []
    if optimized or code.co_name == "<module>":
        body = code.co_code
        pairs = instructions.distinct(code)
        constants = _constants(code, pairs, units, names)
        _add_names(code, pairs, names, names.bound)
    else:  # what it stores stays in the class
        body = class_body(code, units, names, set())
    flags = code.co_flags
    if not known_names.COMPILERS & set(code.co_names):
        flags &= ~_FUTURE_ANNOTATIONS
    return [
        code.co_name, flags, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount,
        len(code.co_varnames), len(code.co_freevars), len(code.co_cellvars), _telling_locals(code), body,
        constants, code.co_names, getattr(code, "co_exceptiontable", b""),
    ]  # fmt: skip


def argument_names(code: CodeType) -> tuple[str, ...]:
    return code.co_varnames[: _argument_count(code)]


def is_unit(code: CodeType, units: Units) -> bool:
    return code.co_flags & _OPTIMIZED != 0 and units.get(code.co_firstlineno) == code.co_name


def _argument_count(code: CodeType) -> int:
    flags = code.co_flags
    return code.co_argcount + code.co_kwonlyargcount + (flags & _VARARGS != 0) + (flags & _VARKEYWORDS != 0)


def _telling_locals(code: CodeType) -> tuple[str, ...]:
    if known_names.LOCALS_OBSERVERS.isdisjoint(code.co_names):
        return code.co_varnames[: _argument_count(code)]
    return code.co_varnames + code.co_cellvars + code.co_freevars


def _constants(code: CodeType, pairs: Set[tuple[int, int]], units: Units, names: Names) -> list[Any]:
    found = []
    nested: CodeType | None = None
    for value in code.co_consts:
        if nested is not None and _is_qualname(value, nested):
            found.append(value)  # not a string of the source
        # The place of a docstring may hold what is left of a folded expression.
        elif not found and value.__class__ is not CodeType and not instructions.loads_first_constant(pairs):
            found.append(None)
        else:
            found.append(_constant(value, units, names))
        nested = value if value.__class__ is CodeType else None
    return found


def _is_qualname(value: object, code: CodeType) -> bool:
    """Before 3.11 the name of a function follows its code."""
    return _QUALNAMES_ARE_CONSTANTS and value.__class__ is str and str(value).endswith(code.co_name)


def _constant(value: Any, units: Units, names: Names) -> Any:
    kind = value.__class__
    if kind is str:
        if len(value) < _LONGEST_REFERENCE:
            names.strings.append(value)
        return value
    if kind in _SIMPLE:
        return value
    if kind is tuple:
        return tuple([_constant(each, units, names) for each in value])
    if kind is CodeType:
        if is_unit(value, units):
            return [_UNIT, value.co_name]
        return [_CODE, meaning(value, units, names)]
    if kind is frozenset:
        return [_SET, sorted(marshal.dumps(_constant(each, units, names), 2) for each in value)]
    if kind is slice:
        return [_SLICE, *(_constant(each, units, names) for each in (value.start, value.stop, value.step))]
    raise TypeError(f"a constant of type {kind.__name__}")


def class_body(code: CodeType, units: Units, names: Names, bound: set[str]) -> list[Any]:
    """Its instructions in plain values; adds to `bound` what it stores in its own namespace."""
    kept = _class_instructions(code)
    _add_names(code, set(kept), names, bound)
    body: list[Any] = []
    nested: CodeType | None = None
    for number, argument in kept:
        body.append(number)
        if number in instructions.CONSTANTS and number != instructions.SMALL_INT:
            value = code.co_consts[argument]
            is_added = nested is not None and _is_qualname(value, nested)
            body.append(value if is_added else _constant(value, units, names))
            nested = value if value.__class__ is CodeType else None
        else:
            body.append(argument)
    return body


def _add_names(code: CodeType, pairs: Iterable[tuple[int, int]], names: Names, bound: set[str]) -> None:
    for what, name in instructions.uses_of_names(code, pairs):
        if what == instructions.ATTRIBUTE:
            names.attributes.add(name)
        elif what == instructions.LOADS_GLOBAL:
            names.loaded.add(name)
        elif what == instructions.STORES_GLOBAL:
            names.written.add(name)
        else:
            bound.add(name)


def _class_instructions(code: CodeType) -> list[tuple[int, int]]:
    """Without the stores that the compiler adds to every class body."""
    kept = list(instructions.decoded(code.co_code))
    implicit = set(_IMPLICIT_STORES)
    dropped: set[int] = set()
    for index, (number, argument) in enumerate(kept):
        if number != instructions.STORE_NAME:
            continue
        name = code.co_names[argument]
        if name in implicit:
            implicit.remove(name)
            dropped.update((index - 1, index))
        # Once per way out of the body.
        elif name == _LAST_IMPLICIT_STORE and kept[index - 1][0] in instructions.CONSTANTS:
            dropped.update((index - 1, index))
    return [each for index, each in enumerate(kept) if index not in dropped]
