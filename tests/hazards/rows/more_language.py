"""Of the language: names, definitions and imports in all the places where they can stand."""

from cases import added, changed, group, hazard

group("the language")

ASKS_M = """
    import m

    def test_a():
        assert m.f() == 1
"""


def in_m(row: str, title: str, before: str, old: str, new: str, **more: object) -> None:
    hazard(
        row,
        title,
        files={"m.py": before, "test_m.py": ASKS_M},
        edit={"m.py": changed(old, new)},
        runs="test_a",
        **more,
    )


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
for where, title in (("dict", "dict"), ("list", "list")):
    start, use, change_to = {
        "dict": ("TABLE = {}\n", "table.TABLE['x']", "table.TABLE['x'] = {}\n"),
        "list": ("TABLE = [0]\n", "table.TABLE[-1]", "table.TABLE.append({})\n"),
    }[where]
    hazard(
        "mutated",
        f"{title} at import by another module",
        files={
            "table.py": start,
            "filler.py": "import table\n\n" + change_to.format(1),
            "test_m.py": f"import table\nimport filler\n\ndef test_a():\n    assert {use} == 1\n",
        },
        edit={"filler.py": "import table\n\n" + change_to.format(2)},
        runs="test_a",
        lazy=True,
    )
hazard(
    "mutated",
    "by a new statement of another module",
    files={
        "table.py": "TABLE = {'x': 1}\n",
        "filler.py": "import table\n\nY = 1\n",
        "test_m.py": "import table\nimport filler\n\ndef test_a():\n    assert table.TABLE['x'] == 1\n",
        "test_other.py": "import filler\n\ndef test_y():\n    assert filler.Y == 1\n",
    },
    edit={"filler.py": added("table.TABLE['x'] = 2\n")},
    runs="test_a",
)
hazard(
    "mutated",
    "attribute of a class patched at import by another module",
    files={
        "things.py": "class Thing:\n    value = 1\n",
        "patches.py": "import things\n\nY = 1\n",
        "test_m.py": "import things\nimport patches\n\ndef test_a():\n    assert things.Thing.value == 1\n",
    },
    edit={"patches.py": added("things.Thing.value = 2\n")},
    runs="test_a",
)
hazard(
    "mutated",
    "function replaced at import by another module",
    files={
        "things.py": "def g():\n    return 1\n",
        "patches.py": "import things\n\nY = 1\n",
        "test_m.py": "import things\nimport patches\n\ndef test_a():\n    assert things.g() == 1\n",
    },
    edit={"patches.py": added("things.g = lambda: 2\n")},
    runs="test_a",
)
hazard(
    "mutated",
    "the library patched at import by another module",
    files={
        "patches.py": "import json\n\nY = 1\n",
        "test_m.py": "import json\nimport patches\n\ndef test_a():\n    assert json.dumps(1) == '1'\n",
    },
    edit={"patches.py": added("json.dumps = lambda value: '2'\n")},
    runs="test_a",
)
hazard(
    "method",
    "added to a subclass of the library",
    files={
        "m.py": "class Names(dict):\n    pass\n\ndef f():\n    return Names().get('x', 1)\n",
        "test_m.py": ASKS_M,
    },
    edit={"m.py": changed("    pass\n", "    def get(self, key, default=None):\n        return 2\n")},
    runs="test_a",
    lazy=True,
)
hazard(
    "method",
    "that the library calls",
    files={
        "m.py": (
            "import json\n\n"
            "class Encoder(json.JSONEncoder):\n"
            "    pass\n\n"
            "def f():\n"
            "    try:\n"
            "        return int(json.dumps({1}, cls=Encoder))\n"
            "    except TypeError:\n"
            "        return 1\n"
        ),
        "test_m.py": ASKS_M,
    },
    edit={"m.py": changed("    pass\n", "    def default(self, o):\n        return 2\n")},
    runs="test_a",
    lazy=True,
)
hazard(
    "method",
    "nearer in the order of bases",
    files={
        "m.py": (
            "class A:\n"
            "    def ask(self):\n"
            "        return 1\n\n"
            "class Mixin:\n"
            "    pass\n\n"
            "class Both(Mixin, A):\n"
            "    pass\n\n"
            "def f():\n"
            "    return Both().ask()\n"
        ),
        "test_m.py": ASKS_M,
    },
    edit={"m.py": changed("class Mixin:\n    pass", "class Mixin:\n    def ask(self):\n        return 2")},
    runs="test_a",
    lazy=True,
)
for title, patch in (
    ("under the name that an import gave it", "from things import TABLE as T\n\nT['x'] = {}\n"),
    ("through sys.modules", "import sys\nimport things\n\nsys.modules['things'].X = {}\n"),
    (
        "with setattr on a module that was looked up",
        "import sys\nimport things\n\nsetattr(sys.modules['things'], 'X', {})\n",
    ),
    ("of a class under another name", "from things import Thing as T\n\nT.value = {}\n"),
):
    asked = {"T[": "things.TABLE['x']", ".X": "things.X", "'X'": "things.X", "T.v": "things.Thing.value"}
    expression = next(value for key, value in asked.items() if key in patch)
    hazard(
        "mutated",
        title,
        files={
            "things.py": "TABLE = {}\nX = 0\n\nclass Thing:\n    value = 0\n",
            "patches.py": patch.format(1),
            "test_m.py": f"import things\nimport patches\n\ndef test_a():\n    assert {expression} == 1\n",
        },
        edit={"patches.py": patch.format(2)},
        runs="test_a",
    )
