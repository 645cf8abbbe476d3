"""Which units an edit changes, and which edits change none."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from sources import PACKAGE, changed, document, without_positions

from testalibi.source_units.extract import units_of_source

MODULE = '''\
"""About."""
import os
from enum import Enum

LIMIT = 3
NAMES = LIMIT in {"a", "b", "c"}
EXTRA: int = 4


def plain(first, *rest, key=None):
    """What it does."""
    total = 0
    for item in rest:
        total += item
    return [LIMIT * x for x in rest], (lambda y: y + key), total


def outer(value: os.PathLike) -> "str":
    counter = 0

    def inner(step):
        nonlocal counter
        counter += step
        return value

    class Local:
        size = 1

        def method(self):
            return self.size

    return inner, Local


@plain
def decorated(a, b=LIMIT):
    return a


class Base(dict, metaclass=type):
    """A class."""

    field = 1
    other: int = LIMIT

    @property
    def prop(self):
        return self.field

    @prop.setter
    def prop(self, new):
        self.field = new

    def __private(self):
        return os.sep

    class Nested:
        deep = 1

        def method(self):
            return 1


if os.name == "posix":
    CHOSEN = 1

    def chosen():
        return 1

    class Held:
        part = 1

        def method(self):
            return 1
else:
    CHOSEN = 2
'''

CHANGES = {
    "constant": ("LIMIT = 3", "LIMIT = 4", {":LIMIT"}),
    "member of a set": ('"c"}', '"d"}', {":NAMES"}),
    "value of an annotated name": ("EXTRA: int = 4", "EXTRA: int = 5", {":EXTRA,__annotations__"}),
    "annotation of a name": ("EXTRA: int = 4", "EXTRA: str = 4", {":EXTRA,__annotations__"}),
    "import": ("import os\n", "import os.path\n", {":os"}),
    "import under another name": ("import Enum", "import Enum as Kind", {":Enum", ":Kind"}),
    "body": ("total += item", "total -= item", {"plain"}),
    "comprehension": ("LIMIT * x", "LIMIT + x", {"plain"}),
    "lambda": ("y + key", "y - key", {"plain"}),
    "argument renamed": ("first, *rest", "second, *rest", {"plain"}),
    "default": ("key=None", "key=1", {":plain"}),
    "default with a name": ("b=LIMIT", "b=EXTRA", {":decorated"}),
    "decorator": ("@plain", "@outer", {":decorated"}),
    "inner function": ("counter += step", "counter -= step", {"outer.<locals>.inner"}),
    "inner function renamed": (
        "def inner(step)", "def inside(step)", {"outer", "outer.<locals>.inner", "outer.<locals>.inside"}
    ),
    "class inside a function": ("size = 1", "size = 2", {"outer"}),
    "method of a class inside": ("self.size", "self.size + 1", {"outer.<locals>.Local.method"}),
    "base": ("Base(dict,", "Base(list,", {":Base"}),
    "class keyword": ("metaclass=type", "metaclass=Meta", {":Base"}),
    "class attribute": ("field = 1", "field = 2", {"Base:field"}),
    "annotated attribute": ("other: int", "other: str", {"Base:__annotations__,other"}),
    "getter": ("return self.field", "return self.field + 1", {"Base.prop"}),
    "setter": ("self.field = new", "self.field = -new", {"Base.prop#1"}),
    "decorator of a method": ("@property", "@cached", {"Base:prop"}),
    "private method": ("os.sep", "os.linesep", {"Base.__private"}),
    "attribute of a nested class": ("deep = 1", "deep = 2", {"Base.Nested:deep"}),
    "nested class renamed": (
        "class Nested", "class Inside",
        {"Base:Base.Nested", "Base:Base.Inside", "Base.Nested:deep", "Base.Inside:deep", "Base.Nested:method",
         "Base.Inside:method", "Base.Nested.method", "Base.Inside.method"},
    ),
    "condition": ('os.name == "posix"', 'os.name == "nt"', {":CHOSEN,Held,chosen"}),
    "other branch": ("CHOSEN = 2", "CHOSEN = 3", {":CHOSEN,Held,chosen"}),
    "function under a condition": (
        "def chosen():\n        return 1", "def chosen():\n        return 2", {"chosen"}
    ),
    "class under a condition": ("part = 1", "part = 2", {":CHOSEN,Held,chosen"}),
    "method under a condition": (
        "part = 1\n\n        def method(self):\n            return 1",
        "part = 1\n\n        def method(self):\n            return 2",
        {"Held.method"},
    ),
    "docstring of the module": ("About.", "Around.", {"doc <module>"}),
    "docstring of a function": ("What it does.", "What it did.", {"doc plain"}),
    "docstring of a class": ("A class.", "The class.", {"doc Base"}),
    "annotation of an argument": ("os.PathLike", "os.DirEntry", {"annotation outer"}),
    "annotation of the result": ('-> "str"', "-> None", {"annotation outer"}),
    "new function": ("\n\ndef plain", "\n\ndef fresh(): pass\n\ndef plain", {"fresh", ":fresh"}),
    "class with the same name": (
        "class Base(dict", "class Base:\n    pass\n\nclass Base(dict", {":Base"}
    ),
}  # fmt: skip

NO_CHANGES = {
    "comment": ("total = 0\n", "total = 0  # nothing yet\n"),
    "blank lines": ("\n\n@plain", "\n\n\n\n\n@plain"),
    "line broken": ("(lambda y: y + key), total", "(\n        lambda y: y\n        + key\n    ), total"),
    "call broken": (
        "[LIMIT * x for x in rest]",
        "[\n        LIMIT\n        * x\n        for x\n        in rest\n    ]",
    ),
    "quotes": ('"posix"', "'posix'"),
    "number": ("LIMIT = 3", "LIMIT = 0x3"),
    "local variable": ("total", "amount"),
    "variable of a comprehension": ("LIMIT * x for x in", "LIMIT * each for each in"),
    "order of a set": ('{"a", "b", "c"}', '{"c", "b", "a"}'),
    "parentheses": ("total += item", "total += (item)"),
    "statements on one line": ("field = 1\n    other", "field = 1; other"),
    "pass": ("total = 0\n", "total = 0\n    pass\n"),
    "annotation of a local variable": ("total = 0\n", "total: Sum = 0\n"),
    "future": ("import os\n", "import os\n"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_edit_changes(name: str) -> None:
    old, new, expected = CHANGES[name]
    assert MODULE.count(old) >= 1
    assert changed(MODULE, MODULE.replace(old, new, 1)) == expected


@pytest.mark.parametrize("name", NO_CHANGES)
def test_an_edit_changes_nothing(name: str) -> None:
    old, new = NO_CHANGES[name]
    edited = MODULE.replace(old, new)
    assert changed(MODULE, edited) == set()


def test_docstrings_and_annotations_change_only_what_is_kept_aside() -> None:
    bare = MODULE.replace('    """What it does."""\n', "").replace("(value: os.PathLike)", "(value)")
    assert changed(MODULE, bare) == {"doc plain", "annotation outer"}
    twice = MODULE.replace('"""What it does."""', '"""What it does."""\n    "And more."')
    assert changed(MODULE, twice) == set()


def test_annotations_of_inner_functions_change_only_what_is_kept_aside() -> None:
    plain = "def f(T):\n    def g(x):\n        y = x\n        return y\n    return g\n"
    annotated = "def f(T):\n    def g(x: T) -> T:\n        y: T = x\n        return y\n    return g\n"
    assert changed(plain, annotated) == {"annotation f.<locals>.g"}


def test_an_annotation_without_a_value_still_makes_a_local_variable() -> None:
    assert changed("def f():\n    return x\n", "def f():\n    x: int\n    return x\n") == {"f"}


def test_a_future_import_changes_annotations_alone() -> None:
    source = "def f(x: int):\n    return x\n"
    future = "from __future__ import annotations\n"
    assert changed(source, future + source) == {":annotations", "annotation f"}
    compiling = "def f(x):\n    return eval(x)\n"
    assert changed(compiling, future + compiling) == {":annotations", "f"}


def test_names_of_locals_count_where_code_can_see_them() -> None:
    source = "def f():\n    total = 1\n    return {}\n"
    renamed = source.replace("total", "amount")
    assert changed(source.format("1"), renamed.format("1")) == set()
    for observer in ("locals()", "vars()", "eval('total')", "exec('total')", "dir()", "sys._getframe()"):
        assert changed(source.format(observer), renamed.format(observer)) == {"f"}


def test_attributes_set_by_methods_of_a_class_inside_a_function_are_the_methods() -> None:
    source = "def f():\n    class C:\n        def m(self):\n            self.a = 1\n    return C\n"
    assert changed(source, source.replace("self.a", "self.b")) == {"f.<locals>.C.m"}


def test_moved_code_means_the_same_elsewhere() -> None:
    moved = document("import sys\n\n\n\nprint(1)\n" + MODULE.split("\n", 1)[1])
    functions = {unit["name"]: unit["fp"] for unit in document(MODULE)["functions"]}
    assert {unit["name"]: unit["fp"] for unit in moved["functions"]} == functions


def test_positions_count_apart() -> None:
    source = "def f():\n    return [x\n        for x in y]\n\n\ndef g():\n    return 1\n"
    lower = document("\n" + source)["functions"]
    here = document(source)["functions"]
    assert [unit["fp"] for unit in lower] == [unit["fp"] for unit in here]
    assert all(one["pos"] != two["pos"] for one, two in zip(here, lower))
    broken = document(source.replace("[x\n        for", "[x for"))["functions"]
    assert broken[0]["pos"] != here[0]["pos"]
    commented = document(source.replace("return 1\n", "return 1  # one\n"))["functions"]
    assert [unit["pos"] for unit in commented] == [unit["pos"] for unit in here]


def test_line_ends_and_encodings_do_not_count() -> None:
    text = "# {}\nNAME = 'grün'\n\n\ndef f():\n    return 'ä'\n"
    reference = units_of_source(text.format("plain").encode())
    variants = [
        text.format("plain").replace("\n", "\r\n").encode(),
        text.format("plain").encode("utf-8-sig"),
        text.format("-*- coding: latin-1 -*-").encode("latin-1"),
        text.format("vim: set fileencoding=cp1252 :").encode("cp1252"),
        text.format("plain").replace("def", "\fdef").encode(),
    ]
    for variant in variants:
        assert without_positions(units_of_source(variant)) == without_positions(reference)


SOURCES = sorted(PACKAGE.glob("**/*.py"))
SOURCES += [Path(module.__file__) for module in (sys.modules["textwrap"], ast) if module.__file__]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_text_written_anew_from_its_tree_means_the_same(path: Path) -> None:
    source = path.read_bytes()
    anew = ast.unparse(ast.parse(source)).encode()
    assert without_positions(units_of_source(source)) == without_positions(units_of_source(anew))
