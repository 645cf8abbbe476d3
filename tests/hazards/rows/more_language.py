"""Of the language: names, definitions and imports in all the places where they can stand."""

from cases import added, changed, group, hazard
from short_forms import ASKS_M, in_m

group("the language")

hazard(
    "signature",
    "a parameter gets a default, a test expects TypeError",
    files={
        "m.py": "def f(x):\n    return x\n",
        "test_m.py": """
            import m
            import pytest

            def test_a():
                with pytest.raises(TypeError):
                    m.f()

            def test_b():
                assert m.f(1) == 1
        """,
    },
    edit={"m.py": changed("(x)", "(x=None)")},
    runs="test_a test_b",
    same_outcome="test_b calls it, too",
)

hazard(
    "signature",
    "a parameter more, a test expects TypeError",
    files={
        "m.py": "def f(x):\n    return x\n",
        "test_m.py": """
            import m

            def test_a():
                try:
                    m.f(1, 2)
                except TypeError:
                    return
                assert False
        """,
    },
    edit={"m.py": changed("(x)", "(x, y)")},
    runs="test_a",
    lazy=True,
)

hazard(
    "signature",
    "of a constructor",
    files={
        "m.py": "class Thing:\n    def __init__(self, x):\n        self.x = x\n",
        "test_m.py": """
            import m
            import pytest

            def test_a():
                with pytest.raises(TypeError):
                    m.Thing()
        """,
    },
    edit={"m.py": changed("x):", "x=1):")},
    runs="test_a",
)

in_m(
    "TYPE_CHECKING",
    "definition moved into it",
    "from typing import TYPE_CHECKING\nX = 0\nX = 1\nif TYPE_CHECKING:\n    pass\n\ndef f():\n    return X\n",
    "X = 1\nif TYPE_CHECKING:\n    pass",
    "if TYPE_CHECKING:\n    X = 1",
    lazy=True,
)

in_m(
    "conditional",
    "condition of a definition",
    (
        "import sys\n\n"
        "if sys.maxsize > 0:\n"
        "    def f():\n"
        "        return 1\n"
        "else:\n"
        "    def f():\n"
        "        return 2\n"
    ),
    "> 0",
    "< 0",
    lazy=True,
)

in_m(
    "conditional",
    "constant in the branch that runs",
    "import sys\n\nif sys.maxsize > 0:\n    X = 1\nelse:\n    X = 3\n\ndef f():\n    return X\n",
    "X = 1",
    "X = 2",
)

hazard(
    "conditional",
    "condition from another module",
    files={
        "flags.py": "FAST = True\n",
        "m.py": (
            "import flags\n\n"
            "if flags.FAST:\n"
            "    def f():\n"
            "        return 1\n"
            "else:\n"
            "    def f():\n"
            "        return 2\n"
        ),
        "test_m.py": ASKS_M,
    },
    edit={"flags.py": "FAST = False\n"},
    runs="test_a",
    lazy=True,
)

hazard(
    "del",
    "a name deleted later",
    files={"m.py": "X = 1\n", "test_m.py": "import m\n\ndef test_a():\n    assert hasattr(m, 'X')\n"},
    edit={"m.py": added("del X\n")},
    runs="test_a",
    lazy=True,
)

hazard(
    "del",
    "no longer deleted",
    files={
        "m.py": "X = 1\nY = 1\ndel X\n",
        "test_m.py": (
            "import m\n\ndef test_a():\n    assert getattr(m, 'X', 2) == 2\n\ndef test_b():\n    assert m.Y\n"
        ),
    },
    edit={"m.py": changed("del X\n", "")},
    runs="test_a",
    lazy=True,
)

in_m(
    "default",
    "constant in a default argument",
    "X = 1\n\ndef f(value=X):\n    return value\n",
    "X = 1",
    "X = 2",
    lazy=True,
)

hazard(
    "default",
    "constant of another module in a default argument",
    files={
        "consts.py": "X = 1\n",
        "m.py": "import consts\n\ndef f(value=consts.X):\n    return value\n",
        "test_m.py": ASKS_M,
    },
    edit={"consts.py": "X = 2\n"},
    runs="test_a",
    lazy=True,
)

in_m(
    "default",
    "result of a function",
    "def make():\n    return 1\n\ndef f(value=make()):\n    return value\n",
    "return 1",
    "return 2",
)

in_m("default", "keyword-only", "def f(*, value=1):\n    return value\n", "value=1", "value=2")

in_m("default", "of a lambda", "f = lambda value=1: value\n", "value=1", "value=2", lazy=True)

in_m(
    "closure",
    "over a module constant",
    "X = 1\n\ndef make():\n    def inner():\n        return X\n    return inner\n\nf = make()\n",
    "X = 1",
    "X = 2",
    lazy=True,
)

in_m(
    "closure",
    "over an argument given at import",
    "def make(value):\n    def inner():\n        return value\n    return inner\n\nf = make(1)\n",
    "make(1)",
    "make(2)",
    lazy=True,
)

in_m(
    "closure",
    "body of an inner function made at import",
    "def make():\n    def inner():\n        return 1\n    return inner\n\nf = make()\n",
    "return 1",
    "return 2",
)

in_m(
    "lambda",
    "in a table",
    "TABLE = {'one': lambda: 1}\n\ndef f():\n    return TABLE['one']()\n",
    ": 1}",
    ": 2}",
    lazy=True,
)

in_m(
    "comprehension",
    "at module level",
    "X = [n for n in (0, 1)]\n\ndef f():\n    return X[1]\n",
    "(0, 1)",
    "(0, 2)",
)

in_m(
    "constant",
    "rebound further down",
    "X = 1\n\ndef f():\n    return X\n",
    "    return X\n",
    "    return X\n\nX = 2\n",
    lazy=True,
)

in_m("constant", "annotated", "X: int = 1\n\ndef f():\n    return X\n", "= 1", "= 2")

in_m("constant", "augmented", "X = 0\nX += 1\n\ndef f():\n    return X\n", "+= 1", "+= 2")

in_m("constant", "unpacked", "X, Y = 1, 5\n\ndef f():\n    return X\n", "1, 5", "2, 5")

in_m("constant", "bound by a loop", "for X in (1,):\n    pass\n\ndef f():\n    return X\n", "(1,)", "(2,)")

in_m(
    "constant",
    "bound by with",
    "import contextlib\n\nwith contextlib.nullcontext(1) as X:\n    pass\n\ndef f():\n    return X\n",
    "(1)",
    "(2)",
)

in_m("constant", "bound by :=", "if (X := 1):\n    pass\n\ndef f():\n    return X\n", ":= 1", ":= 2")

in_m(
    "constant",
    "bound by globals()",
    "globals()['X'] = 1\n\ndef f():\n    return X\n",
    "= 1",
    "= 2",
    lazy=True,
)

in_m(
    "constant",
    "bound by setattr on sys.modules",
    "import sys\n\nsetattr(sys.modules[__name__], 'X', 1)\n\ndef f():\n    return X\n",
    "1)",
    "2)",
)

in_m(
    "constant",
    "a builtin's name taken",
    "def f():\n    return len('x')\n",
    "def f",
    "def len(text):\n    return 2\n\ndef f",
    lazy=True,
)

in_m(
    "dispatch",
    "dict of functions",
    (
        "def one():\n"
        "    return 1\n\n"
        "def two():\n"
        "    return 2\n\n"
        "TABLE = {'a': one}\n\n"
        "def f():\n"
        "    return TABLE['a']()\n"
    ),
    ": one}",
    ": two}",
)

in_m(
    "alias",
    "of a function",
    "def one():\n    return 1\n\ndef two():\n    return 2\n\ng = one\n\ndef f():\n    return g()\n",
    "g = one",
    "g = two",
    lazy=True,
)

in_m(
    "partial",
    "argument",
    "import functools\n\ndef g(x):\n    return x\n\nf = functools.partial(g, 1)\n",
    "g, 1",
    "g, 2",
    lazy=True,
)

in_m(
    "try",
    "handler at module level",
    "try:\n    import no_such_module\nexcept ImportError:\n    X = 1\n\ndef f():\n    return X\n",
    "X = 1",
    "X = 2",
)
