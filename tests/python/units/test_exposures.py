"""Which names' objects code lets out of its hands."""

from __future__ import annotations

import re

import pytest
from sources import document, function, statement

LOOKS = """
    N[x]
    N[x] = y
    del N[x]
    N.append(x)
    x = N.get(y)
    x = y in N
    x = N is None
    if N: pass
    while not N: pass
    for x in N: pass
    x = [y for y in N]
    x = len(N), sorted(N, key=y), list(N)
    f(*N, **N)
    x = {**N}
    x = f"{N}"
    assert N
    assert N == [1]
    other.N.update(N)
    N += [x]
    N = {}
    N = deque()
    x = 1 if N else 2
""".strip().splitlines()
LETS_OUT = """
    return N
    return [N]
    return N or x
    return N if x else y
    return lambda: N
    return N.append
    yield N
    x = N
    x = y, N
    a.b = N
    x[y] = N
    f(N)
    f(a=N)
    a.f(N)
    len(*[N])
    x = N + y
    x = N == y
    x = (y := N)
    with N: pass
    a.other = N.get
    N = x
    N, y = z
    for N in x: pass
    with x as N: pass
    raise E(N)
    len = x; len(N)
    def g(a=N): pass
""".strip().splitlines()


def exposes(line: str, name: str = "self.N") -> bool:
    text = re.sub(r"\bN\b", name, line.strip())
    method = function(f"class C:\n    def f(self):\n        {text}\n", "C.f")
    return "N" in method["exposes"]


@pytest.mark.parametrize("line", LOOKS)
def test_what_keeps_it_in(line: str) -> None:
    assert not exposes(line)
    assert "N" not in function(f"def f():\n    global N\n    {line.strip()}\n")["exposes"]


@pytest.mark.parametrize("line", LETS_OUT)
def test_what_lets_it_out(line: str) -> None:
    # A method that another attribute gets is that attribute's from then on.
    expected = line.strip() != "a.other = N.get"
    assert exposes(line) is expected
    assert ("N" in function(f"def f():\n    global N\n    {line.strip()}\n")["exposes"]) is expected


def test_methods_under_other_names() -> None:
    source = (
        "class C:\n    def f(self):\n        self.put = self.N.append\n        self.take = self.N.unknown\n"
    )
    found = function(source, "C.f")
    assert (found["aliases"], found["exposes"]) == ([["N", "put"]], ["N", "take", "unknown"])
    assert statement("put = N.append")["aliases"] == [["N", "put"]]
    assert statement("a = b = {}")["aliases"] == [["a", "b"]]
    assert statement("from m import a as b, c")["aliases"] == [["a", "b"]]
    assert function("def f():\n    from m import a as b\n")["exposes"] == ["a"]
    assert function("def f():\n    from m import a\n    a.clear()\n")["exposes"] == []
    assert function("def f():\n    from m import a\n    return a\n")["exposes"] == ["a"]


def test_private_names_are_spelled_as_the_compiler_does() -> None:
    found = function(
        "class _C:\n    def f(self, v):\n        self.__a[v] = v\n        return self.__a\n", "_C.f"
    )
    assert (found["exposes"], found["writes"]) == (["_C__a"], ["_C__a"])


@pytest.mark.parametrize(
    ("body", "reaches"),
    [
        ("self.__dict__.update(a)", "own"),
        ("vars(self)[a] = 1", "own"),
        ("object.__setattr__(self, a, 1)", "own"),
        ("super().__setattr__(a, 1)", "own"),
        ("new = object.__new__(self.__class__); new.__dict__.update(a)", "own"),
        ("new = type(self)(); new.__dict__.update(a)", "own"),
        ("new = object.__new__(self.__class__); new = a; new.__dict__.update(a)", "any"),
        ("a.__dict__.clear()", "any"),
        ("object.__getattribute__(a, 'b')", "any"),
        ("vars(a)", "any"),
        ("vars()", "any"),
        ("globals()", "any"),
        ("import gc; gc.get_objects()", "any"),
        ("globals = a; globals()", ""),
        ("self.a.b(a)", ""),
    ],
)
def test_attributes_under_no_name(body: str, reaches: str) -> None:
    found = function(f"class C:\n    def f(self, a):\n        {body}\n", "C.f")
    assert ("*" in found["exposes"], found["reaches_own"]) == (reaches == "any", reaches == "own")


@pytest.mark.parametrize(
    ("body", "out"),
    [
        ("return self.a", False),
        ("self[a] = self.b", False),
        ("return self", True),
        ("a(self)", True),
        ("a.b = self", True),
        ("len(self)", False),
        ("self.f(a)", False),
    ],
)
def test_methods_that_let_their_object_out(body: str, out: bool) -> None:
    assert function(f"class C:\n    def f(self, a):\n        {body}\n", "C.f")["lets_own_out"] is out


def test_what_is_handed_on() -> None:
    found = function("def f(a, b):\n    g(N, a)\n    M.put(k=[b])\n    h(x)\n")
    assert (found["passes_to"], found["gives_to"]) == (["g", "put"], ["M", "N"])


def test_a_class_in_a_class_counts_for_itself() -> None:
    found = document("class C:\n    a = {}\n    class D(B):\n        b = C.a\n")["statements"]
    assert [unit["exposes"] for unit in found] == [[], [], ["B"], ["C", "a", "b"]]
