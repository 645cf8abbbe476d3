"""Which instructions of the running CPython name something, and how to read them from bytecode.

Used by meaning.py. Reads `co_code` as bytes, since `dis` makes an object for every instruction. What an
opcode means is looked up by its name in the interpreter's own table; `misread()` compares the outcome with
what a sample is known to contain, so that a release this was never tried on gives an error and no wrong
answer.
"""

from __future__ import annotations

import opcode
import sys
from collections.abc import Iterable, Iterator, Set
from types import CodeType

LOADS_GLOBAL, STORES_GLOBAL, STORES_NAME, ATTRIBUTE, UNKNOWN = range(5)

# name -> what it does, low bits of its argument that are not the index of the name, since which release
_KNOWN = {
    "LOAD_GLOBAL": (LOADS_GLOBAL, 1, (3, 11)),
    "LOAD_NAME": (LOADS_GLOBAL, 0, (3, 0)),
    "LOAD_FROM_DICT_OR_GLOBALS": (LOADS_GLOBAL, 0, (3, 12)),
    "STORE_GLOBAL": (STORES_GLOBAL, 0, (3, 0)),
    "DELETE_GLOBAL": (STORES_GLOBAL, 0, (3, 0)),
    "STORE_NAME": (STORES_NAME, 0, (3, 0)),
    "DELETE_NAME": (STORES_NAME, 0, (3, 0)),
    "LOAD_ATTR": (ATTRIBUTE, 1, (3, 12)),
    "LOAD_METHOD": (ATTRIBUTE, 0, (3, 0)),
    "LOAD_SUPER_ATTR": (ATTRIBUTE, 2, (3, 12)),
    "STORE_ATTR": (ATTRIBUTE, 0, (3, 0)),
    "DELETE_ATTR": (ATTRIBUTE, 0, (3, 0)),
}
# Imports are read from the syntax tree.
_IMPORTS = frozenset(("IMPORT_NAME", "IMPORT_FROM"))
_SMALLEST_SPECIAL = 256  # numbers from here on exist inside the compiler only

EXTENDED_ARG: int = opcode.opmap["EXTENDED_ARG"]
STORE_NAME: int = opcode.opmap["STORE_NAME"]
LOAD_NAME: int = opcode.opmap["LOAD_NAME"]
CONSTANTS = frozenset(opcode.hasconst)
SMALL_INT: int = opcode.opmap.get("LOAD_SMALL_INT", -1)


def _uses() -> dict[int, tuple[int, int]]:
    uses = {}
    for number in opcode.hasname:
        name = opcode.opname[number] if number < _SMALLEST_SPECIAL else ""
        if name in _KNOWN:
            what, bits, since = _KNOWN[name]
            uses[number] = (what, bits if sys.version_info >= since else 0)
        elif name and name not in _IMPORTS:
            uses[number] = (UNKNOWN, 0)
    return uses


_USES = _uses()


def decoded(bytecode: bytes) -> Iterator[tuple[int, int]]:
    """Opcode and argument of each instruction; inline caches appear as instructions without meaning."""
    extension = 0
    for number, argument in zip(bytecode[::2], bytecode[1::2]):
        if number == EXTENDED_ARG:
            extension = (extension | argument) << 8
        else:
            yield number, extension | argument
            extension = 0


def distinct(code: CodeType) -> set[tuple[int, int]]:
    """The different pairs of opcode and argument."""
    bytecode = code.co_code
    opcodes = bytecode[::2]
    return set(decoded(bytecode) if EXTENDED_ARG in opcodes else zip(opcodes, bytecode[1::2]))


def uses_of_names(code: CodeType, pairs: Iterable[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    """(what, name) of the names in these instructions of `code`; some appear twice."""
    names = code.co_names
    for number, argument in pairs:
        use = _USES.get(number)
        if use is None:
            continue
        what, bits = use
        if what != UNKNOWN:
            yield what, names[argument >> bits]
            continue
        # Which of the names is meant is unknown, and what for.
        for name in names:
            yield LOADS_GLOBAL, name
            yield ATTRIBUTE, name


def loads_first_constant(pairs: Set[tuple[int, int]]) -> bool:
    return any((number, 0) in pairs for number in CONSTANTS)


_SAMPLE = """
class C(B):
    def f(self):
        global stored
        stored = loaded.read.deep
        self.written = called(1)
        self.method(2)
        del self.gone
        return super().inherited, super().invoked()
"""
_SAMPLE_USES = {
    (LOADS_GLOBAL, "loaded"), (LOADS_GLOBAL, "called"), (LOADS_GLOBAL, "super"), (STORES_GLOBAL, "stored"),
    (ATTRIBUTE, "read"), (ATTRIBUTE, "deep"), (ATTRIBUTE, "written"), (ATTRIBUTE, "method"),
    (ATTRIBUTE, "gone"), (ATTRIBUTE, "inherited"), (ATTRIBUTE, "invoked"),
}  # fmt: skip


def misread() -> str:
    """Why this interpreter's bytecode cannot be trusted to be understood, or an empty string."""
    module = compile(_SAMPLE, "<sample>", "exec", dont_inherit=True)
    body = next(constant for constant in module.co_consts if isinstance(constant, CodeType))
    function = next(constant for constant in body.co_consts if isinstance(constant, CodeType))
    try:
        found = set(uses_of_names(function, distinct(function)))
        outer = set(uses_of_names(module, distinct(module)))
    except IndexError:
        found = outer = set()
    if found == _SAMPLE_USES and outer == {(LOADS_GLOBAL, "B"), (STORES_NAME, "C")}:
        return ""
    return f"the bytecode of Python {sys.version.split()[0]} is not understood"
