"""The names that units refer to."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from sources import document, function, statement


def reads(body: str) -> dict[str, Any]:
    indented = "\n".join("    " + line for line in body.splitlines())
    found: dict[str, Any] = function(f"def f(self):\n{indented}\n")["reads"]
    return found


def test_globals_and_attributes() -> None:
    assert reads("local = self.a.b(c)\nlocal.d = e[local]\ndel local.f") == {
        "g": ["c", "e"],
        "a": ["a", "b", "d", "f"],
    }
    method = "class C:\n    def f(self):\n        return super().name, super().call(1), super(C, self).both\n"
    assert function(method, "C.f")["reads"]["a"] == ["both", "call", "name"]


def test_code_without_a_name_belongs_to_its_owner() -> None:
    body = "return [a.b for x in c if d], (lambda y=e: f), {g: h for z in i}, (j for w in k)"
    assert reads(body) == {"g": ["a", "c", "d", "e", "f", "g", "h", "i", "j", "k"], "a": ["b"]}
    inside = reads("class C(base):\n    x = outside\n    y: noted = x\n    def m(self): return hidden")
    assert {"base", "outside", "noted"} <= set(inside["g"])
    assert "hidden" not in inside["g"]
    assert "__name__" not in inside["g"]
    assert reads("def g(): return hidden") == {}
    assert reads("@deco\ndef g(a=default): return hidden") == {"g": ["deco", "default"]}


def test_globals_written() -> None:
    assert reads("global x, y, z\nx = 1\ndel y\nreturn z") == {"g": ["x", "y", "z"], "w": ["x", "y"]}
    assert statement("def f():\n    global x\n    x = 1")["reads"] == {}
    assert reads("global x\n[x := y for y in z]")["w"] == ["x"]


def test_more_than_256_names() -> None:
    names = [f"n{index}" for index in range(700)]
    body = "\n".join(f"{name}.a{name}.m{name}()" for name in names)
    found = reads(body)
    assert found["g"] == sorted(names)
    assert found["a"] == sorted("a" + name for name in names) + sorted("m" + name for name in names)
    found = statement("\n".join(["class C:", "    if x:"] + [f"        {n} = g{n}.a" for n in names]))
    assert found["binds"] == sorted(names)
    assert found["reads"]["g"] == sorted(["x", *("g" + name for name in names)])


def test_imports() -> None:
    body = "import a.b, c as d\nfrom e import g, f as h\nfrom .. import i\nfrom .j.k import l"
    assert reads(body)["i"] == [
        [0, "a.b", []], [0, "c", []], [0, "e", ["f", "g"]], [1, "j.k", ["l"]], [2, "", ["i"]],
    ]  # fmt: skip
    assert statement("try:\n    import a\nexcept E:\n    from b import *")["reads"]["i"] == [
        [0, "a", []],
        [0, "b", ["*"]],
    ]


@pytest.mark.parametrize(
    "body",
    [
        "return sys.modules[x]",
        "return __import__(x)",
        "return importlib.import_module(x)",
        "return import_module(x)",
        "return pkgutil",
        "runpy.run_path(x)",
        "from importlib import import_module as load\nload(x)",
        "import importlib as loader",
        "from sys import modules as m",
        "return spec.loader.exec_module(x)",
    ],
)
def test_any_module_may_be_meant(body: str) -> None:
    assert reads(body)["s"] is True


@pytest.mark.parametrize("body", ["import os", "from importlib.metadata import version", "return sys.path"])
def test_no_other_module_is_meant(body: str) -> None:
    assert "s" not in reads(body)


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("'a.b_c'", ["a", "b_c"]),
        ("'key.0'", ["key"]),
        ("('x', ('deep.er',))", ["deep", "er"]),
        ("'{0.field} and {x.y.z}'", ["field", "y", "z"]),
        ("'{y}.tail'", []),
        ("'a sentence. And more'", []),
        ("'plain'", []),
        ("'1.5'", []),
        ("attrgetter('a', 'b.c d')", ["a", "b", "c", "d"]),
        ("operator.methodcaller('call')", ["call"]),
        ("getattr(x, 'by_name')", ["by_name"]),
        ("getattr(x, 'by name')", []),
        ("hasattr(x, 'there')", ["there"]),
    ],
)
def test_names_in_strings(expression: str, names: list[str]) -> None:
    assert reads("return " + expression).get("d", []) == names


def test_docstrings_are_not_names() -> None:
    assert reads('"""a.b"""\nreturn getattr(self, "x")') == {"g": ["getattr"], "d": ["x"]}
    qualified = "class A:\n    class B:\n        def m(self): pass\n"
    assert all(
        "d" not in unit["reads"]
        for unit in document("if x:\n" + "    " + qualified.replace("\n", "\n    "))["statements"]
    )
    assert all("d" not in unit["reads"] for unit in document(qualified)["statements"])


@pytest.mark.skipif(sys.version_info < (3, 10), reason="match")
def test_patterns() -> None:
    found = reads("match self:\n    case m.Point(1, x=0, y=z): pass\n    case Color.RED: pass")
    assert found == {"g": ["Color", "m"], "a": ["Point", "RED", "__match_args__", "x", "y"]}


@pytest.mark.parametrize(
    ("top", "test", "out"),
    [
        ("from typing import TYPE_CHECKING", "TYPE_CHECKING", True),
        ("from typing import TYPE_CHECKING as CHECKS", "CHECKS", True),
        ("import typing", "typing.TYPE_CHECKING", True),
        ("import os, typing_extensions as te", "te.TYPE_CHECKING", True),
        (
            "import typing\ndef f(typing):\n    typing = [typing for typing in x]",
            "typing.TYPE_CHECKING",
            True,
        ),
        ("import typing", "not typing.TYPE_CHECKING", False),
        ("import typing", "TYPE_CHECKING", False),
        ("import typings as typing", "typing.TYPE_CHECKING", False),
        ("from .typing import TYPE_CHECKING", "TYPE_CHECKING", False),
        ("TYPE_CHECKING = False", "TYPE_CHECKING", False),
        ("from typing import TYPE_CHECKING\nTYPE_CHECKING = True", "TYPE_CHECKING", False),
        ("from typing import TYPE_CHECKING\nfrom a import *", "TYPE_CHECKING", False),
        ("from typing import TYPE_CHECKING\nfrom a import b as TYPE_CHECKING", "TYPE_CHECKING", False),
        ("import typing\ntyping.TYPE_CHECKING = True", "typing.TYPE_CHECKING", False),
        ("def f():\n    import typing", "typing.TYPE_CHECKING", False),
        ("import typing\ndef f():\n    global typing\n    del typing", "typing.TYPE_CHECKING", False),
        ("try:\n    pass\nexcept E as typing:\n    pass\nimport typing", "typing.TYPE_CHECKING", False),
    ],
)
def test_what_only_type_checkers_see_is_no_reading(top: str, test: str, out: bool) -> None:
    body = "from a import b\n    def g(): pass\nelse:\n    c = d"
    found = statement(f"{top}\nif {test}:\n    {body}")
    assert ("i" in found["reads"], found["binds"]) == (not out, ["c"] if out else ["b", "c", "g"])


def test_definitions_read_their_annotations() -> None:
    definition = "def f(a: m.T, *b: 'later.Type[x]', **c: d) -> Result: return hidden"
    expected = {"g": ["Result", "Type", "d", "later", "m", "x"], "a": ["T"]}
    found = statement(definition)
    assert (found["reads"], found["annotations"]) == ({}, expected)
    for given in ("@register\n" + definition, definition + "\nx = register(f)\n"):
        found = statement(given, 0)
        assert "annotations" not in found
        assert {key: {*expected[key]} - {*found["reads"][key]} for key in expected} == {
            "g": set(),
            "a": set(),
        }
    assert statement("class C:\n    def f(self, a: T): pass")["annotations"] == {"g": ["T"]}
    assert reads("def g(a: T): pass")["g"] == ["T"]


def test_definitions_read_decorators_and_defaults() -> None:
    assert statement("@a.b(c)\ndef f(d=e, *, g=h): return hidden")["reads"] == {
        "g": ["a", "c", "e", "h"],
        "a": ["b"],
    }
    assert statement("@a\nclass C(b.c, d=e):\n    f = g", 0)["reads"] == {"g": ["a", "b", "e"], "a": ["c"]}


def test_statements_of_a_class_do_not_read_what_the_compiler_adds() -> None:
    assert statement("class C:\n    x = 1")["reads"] == {}
    assert statement("class C:\n    x = __name__")["reads"] == {"g": ["__name__"]}
    assert statement("class C:\n    x: int = 1")["reads"] == {"g": ["int"]}
    assert statement("x: int = 1")["reads"] == {"g": ["int"]}
    assert statement("class C:\n    x = [a for b in c]")["reads"] == {"g": ["a", "c"]}
    assert statement("class C:\n    x = __y.__z")["reads"] == {"g": ["_C__y"], "a": ["_C__z"]}
