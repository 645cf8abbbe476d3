"""What statements visibly do, and what functions may change."""

from __future__ import annotations

from typing import Any

import pytest
from sources import document, function, statement


@pytest.mark.parametrize(
    ("source", "effect", "calls"),
    [
        ("x = 1", None, []),
        ("def f(): g()", None, []),
        ("f()", ["f"], ["f"]),
        ("a.b.c(1)", ["a"], ["c"]),
        ("a.b.append(1)", ["a", "b"], []),
        ("make().append(1)", ["make"], ["make"]),
        ("a[0]().update(1)", ["a"], ["?"]),
        ("x.y = 1", ["x", "y"], []),
        ("x[y] = 1", ["x"], []),
        ("del x.y", ["x", "y"], []),
        ("x += [1]", ["x"], []),
        ("x += 1", None, []),
        ("raise E", [], []),
        ("assert x", [], []),
        ("setattr(x, 'a', 1)", ["a", "setattr", "x"], []),
        ("x['a'].b = 1", ["b", "x"], []),
        ("x.y['a'] = 1", ["x", "y"], []),
        ("setattr(x['a'], name, 1)", ["?", "setattr"], []),
        ("if a:\n    b.c()", ["b"], ["c"]),
        ("for x.y in z: pass", ["x", "y"], []),
        ("with lock: pass", ["lock"], []),
        ("x = lambda: f()", None, []),
        ("x = [f() for y in z]", None, ["f"]),
        ("class C:\n    registry.add(1)", ["registry"], []),
        ("@register\ndef f(): pass", None, ["register"]),
        ("@app.route('/')\ndef f(): pass", None, ["route", "route()"]),
        ("if a:\n    @register\n    def f(): pass", None, ["register"]),
        ("@register\nclass C: pass", None, ["register"]),
        ("def f(a=make()): pass", None, ["make"]),
        ("class C(make()): pass", None, ["make"]),
    ],
)
def test_effects_of_statements(source: str, effect: Any, calls: list[str]) -> None:
    found = statement(source)
    assert (found["effect"], found["calls"]) == (effect, calls)


PURE = """\
x = frozenset(["a"])
x = "a b".split()
x = ",".join("ab").upper()
x = dict(a=1).items()
x = sorted([1])
x = type(1)
import re; x = re.compile("a")
import re as r; x = r.compile("a")
from re import compile; x = compile("a").match("b")
from collections import namedtuple as nt; x = nt("x", "y")
import os; x = os.path.join("a", "b")
import os.path; x = os.path.join("a", "b")
import os; import os.path; x = os.path.join("a")
from os import path; x = path.dirname("a").split("/")
import pytest; x = pytest.mark.slow("a")
from pathlib import Path; x = Path("a").resolve()
import logging; x = logging.getLogger("a")
"""
NOT_PURE = """\
def frozenset(a): return a
x = y.split()
x = sorted([1], key=f)
x = type("C", (), {})
x = map(f, [1])
import mine as re; x = re.compile("a")
from mine import compile; x = compile("a")
from collections import namedtuple; namedtuple = mine; x = namedtuple("a")
from mine import *; x = frozenset("a")
x = re.compile("a")
from . import os; x = os.getenv("a")
import json; x = json.load(f)
"""


@pytest.mark.parametrize("line", PURE.splitlines())
def test_pure_calls(line: str) -> None:
    found = statement(line.replace("; ", "\n"))
    assert (found["effect"], found["calls"]) == (None, [])


@pytest.mark.parametrize("line", NOT_PURE.splitlines()[1:])
def test_calls_that_may_do_anything(line: str) -> None:
    found = statement(line.replace("; ", "\n"))
    assert found["calls"]


def test_a_builtin_that_is_bound_anew_is_not_pure() -> None:
    assert statement("x = len([1])\nclass C:\n    def len(self): pass", 0)["calls"] == []
    assert statement("x = len([1])\ndef len(a): pass", 0)["calls"] == ["len"]
    assert statement("x = len([1])\ndef f():\n    global len\n    len = 1", 0)["calls"] == ["len"]
    assert statement("class C:\n    def len(a): pass\n    x = len([1])")["calls"] == ["len"]


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        ("class C:\n    @property\n    def f(self): pass", []),
        ("class C:\n    @staticmethod\n    def f(): pass", []),
        ("from functools import lru_cache\n@lru_cache\ndef f(): pass", []),
        ("import functools\n@functools.lru_cache(None)\ndef f(): pass", []),
        ("@lru_cache\ndef f(): pass", ["lru_cache"]),
        ("import pytest\n@pytest.fixture\ndef f(): pass", []),
        ("import pytest\n@pytest.mark.anything\ndef f(): pass", []),
        ("from unittest import mock\n@mock.patch.object(C, 'x')\ndef f(): pass", []),
        ("property = mine\nclass C:\n    @property\n    def f(self): pass", ["property"]),
    ],
)
def test_decorators(source: str, calls: list[str]) -> None:
    assert statement(source)["calls"] == calls


def test_setters_of_a_property() -> None:
    source = "class C:\n    @property\n    def p(self): pass\n    @p.setter\n    def p(self, v): pass"
    assert statement(source)["calls"] == []
    assert statement("class C:\n    @other.setter\n    def p(self, v): pass")["calls"] == ["setter"]


@pytest.mark.parametrize(
    ("body", "writes"),
    [
        ("return a", []),
        ("x = []\nx.append(a)\nx[0] = 1", []),
        ("x = Thing()\nx.tag = a", []),
        ("global G\nG = a", ["G"]),
        ("global G\nG.b = a", ["G", "b"]),
        ("G.b.c = a", ["G", "b", "c"]),
        ("G.append(a)", ["G"]),
        ("a.append(1)", ["?"]),
        ("a.items.append(1)", ["items"]),
        ("a[0] = 1", ["?"]),
        ("a.tag = 1", ["@param"]),
        ("a.b.tag = 1", ["b", "tag"]),
        ("setattr(a, n, 1)", ["@param"]),
        ("setattr(G, n, 1)", ["?"]),
        ("object.__setattr__(a, n, 1)", ["@param"]),
        ("for x in a:\n    x.append(1)", ["?"]),
        ("x = get(a)\nx.append(1)", ["?"]),
        ("with a as x:\n    x.append(1)", ["?"]),
        ("a += [1]", ["?"]),
        ("a += 1", []),
        ("exec(a)", ["?"]),
        ("globals()['x'] = a", ["?"]),
        ("a.__dict__.update(b=1)", ["?", "__dict__"]),
        ("import sys\nsys.hook = a", ["hook", "sys"]),
        ("import a.b as c\nc.hook = 1", ["b", "c", "hook"]),
        ("return [x.append(1) for x in a]", ["?"]),
        ("class C:\n    b.c = 1", ["b", "c"]),
        ("def g():\n    G.b = 1", []),
        ("x = getattr(a, 'b')\nx.append(1)", ["?"]),
    ],
)
def test_what_functions_write(body: str, writes: list[str]) -> None:
    indented = "\n".join("    " + line for line in body.splitlines())
    assert function(f"def f(a):\n{indented}")["writes"] == writes


@pytest.mark.parametrize(
    ("method", "writes"),
    [
        ("def __init__(self, a): self.x = a", []),
        ("def __init__(self, a): self.x = []; self.x.append(a)", []),
        ("def __init__(self, a): self.all.append(self)", ["all"]),
        ("def __init__(self, a): setattr(self, a, 1)", []),
        ("def __init__(self, a): a.x = self", ["@param"]),
        ("def set(self, a): self.x = a", ["x"]),
        ("def set(self, a): self.x.y.append(a)", ["x", "y"]),
        ("def set(self, a): self[a] = 1", ["?"]),
        ("def set(self, a): super().append(a)", ["?"]),
        ("def set(self, a): super().__setattr__('x', a)", ["?"]),
        ("def __new__(cls, a): self = object.__new__(cls); self.x = a; return self", []),
        ("def __new__(cls, a): cls.count = a", ["count"]),
        ("def __new__(mcs, name, bases, space): space['a'] = 1", ["@param"]),
        ("def __init_subclass__(cls): cls.registry[cls.__name__] = cls", ["registry"]),
        ("@staticmethod\n    def set(a): a.x = 1", ["@param"]),
    ],
)
def test_what_methods_write(method: str, writes: list[str]) -> None:
    (found,) = document(f"class C:\n    {method}\n")["functions"]
    assert found["writes"] == writes


def test_closures_may_change_what_outlives_them() -> None:
    source = "def outer():\n    seen = []\n    count = 0\n    def f(a): {}\n    return f\n"
    name = "outer.<locals>.f"
    assert function(source.format("seen.append(a)"), name)["writes"] == ["?"]
    assert function(source.format("nonlocal count; count = a"), name)["writes"] == ["?"]
    assert function(source.format("return seen"), name)["writes"] == []


@pytest.mark.parametrize(
    ("body", "keeps"),
    [
        ("self.x = a", True),
        ("self.x = [1, (a,)]", True),
        ("G[1] = a", True),
        ("global G\n        G = a", True),
        ("G.append(a)", True),
        ("setattr(G, 'x', a)", True),
        ("x = a", False),
        ("self.x = a.b", False),
        ("G.remove(a)", False),
        ("def inner():\n            self.x = a", True),
        ("return lambda: G.append(a)", True),
    ],
)
def test_what_keeps_its_parameters(body: str, keeps: bool) -> None:
    source = f"class C:\n    def f(self, a):\n        {body}\n"
    assert function(source, "C.f")["keeps_parameter"] is keeps


@pytest.mark.parametrize(
    ("body", "calls"),
    [
        ("return g()", False),
        ("return m.g()", False),
        ("return a()", True),
        ("b = pick()\n    return b()", True),
        ("import b\n    return b()", False),
        ("return TABLE[a]()", True),
        ("return pick()()", True),
    ],
)
def test_calls_of_values(body: str, calls: bool) -> None:
    assert function(f"def f(a):\n    {body}\n")["calls_values"] is calls


def test_what_an_import_renamed_has_two_names() -> None:
    found = document("from things import Thing as T\nT.value = 1\ndef f():\n    T.kept[0] = 1\n")
    assert found["statements"][1]["effect"] == ["T", "Thing", "value"]
    assert found["functions"][0]["writes"] == ["T", "Thing", "kept"]


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("class A:\n    def f(self): return self.__dict__.copy()\n", False),
        ("class A:\n    def f(self):\n        self = other\n        return self.__dict__\n", True),
        ("class A(type):\n    def f(self): return self.__dict__\n", True),
        ("class A:\n    @classmethod\n    def f(cls): return cls.__dict__\n", True),
        ("class A:\n    def f(self, other): return other.__dict__\n", True),
        ("def f(module): return module.__dict__\n", True),
        ("def f():\n    x = Thing()\n    return x.__dict__\n", False),
        ("def f(a):\n    x = Thing()\n    if a: x = a\n    return x.__dict__\n", True),
        ("from threading import local\nown = local()\ndef f(): return own.__dict__\n", False),
        ("import m\nown = m\ndef f(): return own.__dict__\n", True),
        ("own = find()\ndef f(): return own.__dict__\n", True),
    ],
)
def test_whose_dict_is_read(source: str, reads: bool) -> None:
    unit = document(source)["functions"][0]
    assert ("__dict__" in unit["reads"].get("a", [])) is reads
