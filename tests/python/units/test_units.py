"""What is a unit, what it is called and where it is."""

from __future__ import annotations

import sys
from types import CodeType

import pytest
from sources import document, function, label, statement

SOURCE = '''\
"""Documented."""
from m import *


@deco(
    lambda: 1,
)
@other
async def first(a, /, b, *c, d=1, **e):
    yield a


class Outer(
    Base.Deep[int], key=1
):
    """Documented."""

    pass

    @property
    def twice(self):
        return [lambda: 1 for _ in self]

    @twice.setter
    def twice(self, value):
        def local():
            class Deep:
                def method(self): ...

    class Inner:
        __secret = 1

        def __hidden(self, __value): ...


if 0:
    def dead(): ...
for name in names:
    def loop(): ...
try:
    import fast
except ImportError:
    def fallback(): ...
else:
    def fallback(): ...
'''


def test_functions() -> None:
    functions = document(SOURCE)["functions"]
    found = [(unit["name"], unit["ordinal"], unit["class"]) for unit in functions if unit["name"] != "dead"]
    assert found == [
        ("first", 0, ""),
        ("Outer.twice", 0, "Outer"),
        ("Outer.twice", 1, "Outer"),
        ("Outer.twice.<locals>.local", 0, ""),
        (
            "Outer.twice.<locals>.local.<locals>.Deep.method",
            0,
            "Outer.twice.<locals>.local.<locals>.Deep",
        ),
        ("Outer.Inner.__hidden", 0, "Outer.Inner"),
        ("loop", 0, ""),
        ("fallback", 0, ""),
        ("fallback", 1, ""),
    ]


def test_lines_of_functions_begin_at_the_first_decorator() -> None:
    found = {
        (unit["name"], unit["ordinal"]): (unit["line"], unit["end"]) for unit in document(SOURCE)["functions"]
    }
    assert found["first", 0] == (5, 10)
    assert found["Outer.twice", 0] == (20, 22)
    assert found["Outer.twice", 1] == (24, 28)


def test_names_and_lines_are_the_compilers() -> None:
    """Where the compiler tells: since 3.11 code objects know their qualified names."""
    source = (
        SOURCE
        + "def f():\n    global g\n    def g(): ...\n    class C:\n        global h\n        def h(): ...\n"
    )
    expected = set()
    pending = [compile(source, "<source>", "exec")]
    while pending:
        for constant in pending.pop().co_consts:
            if isinstance(constant, CodeType):
                pending.append(constant)
                if constant.co_flags & 1 and not constant.co_name.startswith("<"):
                    name = getattr(constant, "co_qualname", constant.co_name)
                    expected.add((name, constant.co_firstlineno))
    units = document(source)["functions"]
    assert {"g", "h"} <= {unit["name"] for unit in units}
    shorten = sys.version_info < (3, 11)
    found = {(unit["name"].rpartition(".")[2] if shorten else unit["name"], unit["line"]) for unit in units}
    assert found == expected


def test_signatures() -> None:
    first = function(SOURCE, "first")
    assert first["args"] == ["a", "b", "d", "c", "e"]
    assert first["lazy"]
    assert not function("def f(a): return a")["lazy"]
    variants = (
        "def f(a): pass", "def f(b): pass", "def f(a, b): pass", "def f(a, /): pass", "def f(*a): pass",
        "def f(**a): pass", "def f(*, a): pass", "def f(a): yield", "async def f(a): pass",
        "async def f(a): yield",
    )  # fmt: skip
    assert len({function(variant)["sig"] for variant in variants}) == len(variants)
    assert function("def f(a): return 1")["sig"] == function("def f(a=3): return 2")["sig"]


def test_statements() -> None:
    found = [
        (unit["kind"], label(unit), unit["line"], unit["end"]) for unit in document(SOURCE)["statements"]
    ]
    assert found == [
        ("import", ":import", 2, 2),
        ("def", ":first", 5, 10),
        ("class", ":Outer", 13, 33),
        ("method", "Outer:twice", 20, 22),
        ("method", "Outer:twice", 24, 28),
        ("class", "Outer:Outer.Inner", 30, 33),
        ("member", "Outer.Inner:_Inner__secret", 31, 31),
        ("method", "Outer.Inner:_Inner__hidden", 33, 33),
        ("other", ":other", 36, 37),
        ("other", ":loop,name", 38, 39),
        ("other", ":fallback,fast", 40, 45),
    ]


def test_heads_of_classes() -> None:
    outer = document(SOURCE)["statements"][2]
    assert (outer["head"], outer["bases"], outer["special"]) == ("Outer", ["?"], True)
    head = statement("@final\n@a.b(1)\nclass C(m.Base, make()): pass")
    assert (head["bases"], head["decorators"]) == (["Base", "make"], ["final", "b"])


@pytest.mark.parametrize(
    ("source", "special"),
    [
        ("class C: pass", False),
        ("class C(Base): pass", False),
        ("class C(Enum): pass", True),
        ("class C(typing.NamedTuple): pass", True),
        ("class C(metaclass=M): pass", True),
        ("class C(**options): pass", True),
        ("@dataclass\nclass C: pass", True),
        ("from typing import final\n@final\nclass C: pass", False),
        ("from mine import final\n@final\nclass C: pass", True),
        ("import pytest\n@pytest.mark.slow\nclass C: pass", False),
    ],
)
def test_special_classes(source: str, special: bool) -> None:
    assert statement(source)["special"] is special


def test_binds() -> None:
    def binds(source: str, index: int = -1) -> list[str]:
        found: list[str] = statement(source, index)["binds"]
        return found

    assert binds("import a.b, c as d") == ["a", "d"]
    assert binds("from .a import b, c as d") == ["b", "d"]
    assert binds("x, (y, *z) = 1") == ["x", "y", "z"]
    assert binds("x: int") == ["__annotations__", "x"]
    assert binds("x.a: int = 1") == ["__annotations__"]
    assert binds("for i in x:\n    with a as b:\n        (c := 1)\nelse:\n    import d") == [
        "b",
        "c",
        "d",
        "i",
    ]
    assert binds("try: pass\nexcept E as e: pass") == ["e"]
    assert binds("del x") == ["x"]
    assert binds("if x:\n    class C:\n        y = 1\n    def f(): z = 1") == ["C", "f"]
    assert binds("x = [y for y in z]") == ["x"]
    assert binds("class C:\n    a: int = 1") == ["__annotations__", "a"]
    assert binds("class C:\n    __a = __b__ = 1") == ["_C__a", "__b__"]
    assert binds("class __C:\n    import __m\n    def __f(): pass", 1) == ["_C__m"]
    assert binds("class C:\n    def m(self): super().m()") == ["m"]
    assert binds("class C:\n    @deco\n    def m(self): super().m()") == ["m"]
    assert binds("class C:\n    __module__ = __qualname__ = 'x'") == ["__module__", "__qualname__"]


def test_global_names_in_classes() -> None:
    source = "class C:\n    global g, f\n    g = 1\n    def f(): pass\n    h = 2"
    members = document(source)["statements"][2:]
    assert [(unit["binds"], unit["reads"].get("w")) for unit in members] == [
        (["g"], ["g"]),
        (["f"], ["f"]),
        (["h"], None),
    ]
    assert function(source)["name"] == "f"


def test_flags_of_statements() -> None:
    assert statement("def pytest_configure(): pass")["hooks"]
    assert statement("from plugin import pytest_configure")["hooks"]
    assert not statement("class C:\n    def pytest_configure(self): pass")["hooks"]
    assert statement("@pytest.fixture(autouse=True)\ndef f(): pass")["autouse"]
    assert statement("@pytest.fixture(autouse=flag)\ndef f(): pass")["autouse"]
    assert statement("f = pytest.fixture(autouse=True)(g)")["autouse"]
    assert not statement("@pytest.fixture(autouse=False)\ndef f(): pass")["autouse"]
    assert not statement("@pytest.fixture\ndef f(): pass")["autouse"]
    stars = "try:\n    from ..a import *\nexcept E:\n    from b.c import *"
    assert statement(stars)["stars"] == [[0, "b.c"], [2, "a"]]


@pytest.mark.parametrize(
    ("source", "free"),
    [
        ("import a", True),
        ("from a import b", True),
        ("from a import *", False),
        ("def f(a): return g", True),
        ("def f(a=1): return g", False),
        ("def f(*, a=1): return g", False),
        ("@d\ndef f(): pass", False),
        ("x = 1", True),
        ("x = [1, {'a': 2}]", True),
        ("x = y", False),
        ("x = f()", False),
        ("x.a = 1", False),
        ("x += 1", False),
        ("class C: pass", False),
        ("if x: pass", False),
    ],
)
def test_order(source: str, free: bool) -> None:
    assert statement(source)["order_free"] is free


@pytest.mark.parametrize(
    ("source", "raises"),
    [
        ("import a", False),
        ("x = 1", False),
        ("x = -60 * 60.0 + 1", False),
        ("x = 1 / 0", True),
        ("x = 2 ** -1", True),
        ("x = 'a' + 1", True),
        ("x = [a, (b.c, lambda: 1 / 0)]", False),
        ("x = {'a': [b], 'c': d}", False),
        ("x = {[]: 1}", True),
        ("x = {**a}", True),
        ("x = {a}", True),
        ("x = [*a]", True),
        ("x = ()[0]", True),
        ("x = f()", True),
        ("x = f'{a:q}'", True),
        ("x, y = 1, 2, 3", True),
        ("x: int = 1", False),
        ("x: 1 / 0 = 1", True),
        ("x += 1", True),
        ("def f(a, *, b=1): return 1 / 0", False),
        ("def f(a=1 / 0): pass", True),
        ("def f(*, a=()[0]): pass", True),
        ("def f(a: 1): pass", False),
        ("class C: pass", True),
        ("if a: pass", True),
    ],
)
def test_what_may_raise(source: str, raises: bool) -> None:
    assert statement(source)["may_raise"] is raises


@pytest.mark.parametrize(
    ("definition", "raises"),
    [
        ("def f(a: int, b: 'Later', *c: Above, d: m) -> None: pass", False),
        ("def f(a: Below): pass", True),
        ("def f(a: member): pass", True),
        ("def f() -> m.T: pass", True),
        ("def f(*a: m[0]): pass", True),
        ("def f(a): pass", False),
        ("class C:\n    def f(self, a: Below): pass", True),
    ],
)
def test_annotations_that_may_raise(definition: str, raises: bool) -> None:
    source = f"import m\nclass Above:\n    member = 1\n{definition}\nBelow = 1"
    later = sys.version_info >= (3, 14)
    assert statement(source, -2)["annotations_may_raise"] is (raises and not later)
    assert not statement("from __future__ import annotations\n" + source, -2)["annotations_may_raise"]


def test_what_a_definition_is_given_to_sees_annotations_and_docstring() -> None:
    for above, below in (("@register\n", ""), ("", "\nregister(f)"), ("", "\nx = register(key=f)")):
        meanings = {
            statement(f"{above}def f(a: {annotation}):\n    '{text}'{below}", 0)["fp"]
            for annotation in ("int", "str")
            for text in ("one", "two")
        }
        assert len(meanings) == 4
    for above in ("", "@property\n"):
        plain = statement(above + "def f(a: int):\n    'one'")
        assert plain["fp"] == statement(above + "def f(a: str):\n    'two'")["fp"]


def test_equal_functions_are_told_apart() -> None:
    source = "def f():\n    if a:\n        def g(): return 1\n    else:\n        def g(): return 1\n"
    found = [(unit["name"], unit["ordinal"], unit["line"]) for unit in document(source)["functions"]]
    assert found == [("f", 0, 1), ("f.<locals>.g", 0, 3), ("f.<locals>.g", 1, 5)]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters")
def test_type_parameters() -> None:
    source = """\
        type Alias[T] = dict[T, Key]
        def f[T: Bound](a: T) -> T:
            return a
        class C[T](Base[T]):
            field: T
            def m[S: Other](self): return g
        """
    found = document(source)
    assert [unit["name"] for unit in found["functions"]] == ["f", "C.m"]
    reads = {label(unit): unit["reads"].get("g", []) for unit in found["statements"]}
    assert {"Key", "dict"} <= set(reads[":Alias"])
    assert "Bound" in reads[":f"]
    assert "Base" in reads[":C"]
    assert "Other" in reads["C:m"]
    assert found["functions"][1]["reads"] == {"g": ["g"]}
