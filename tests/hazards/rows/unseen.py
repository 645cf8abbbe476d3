"""selection-rules.md section 4: edits that its measured prototype had not been written for (X06 to X31)."""

from cases import changed, group, hazard

group("selection-rules.md 4: unseen cases")

ASKS_M = """
    import m

    def test_a():
        assert m.f() == 1
"""
ONE = "def g():\n    return 1\n"

hazard(
    "X06",
    "__subclasses__: a new subclass",
    files={
        "m.py": """
            class Base:
                pass

            class A(Base):
                pass

            def f():
                return len(Base.__subclasses__())
        """,
        "test_m.py": ASKS_M,
    },
    edit={"m.py": changed("def f", "class B(Base):\n    pass\n\ndef f")},
    runs="test_a",
    lazy=True,
)
hazard(
    "X06",
    "__subclasses__: an attribute of a subclass in another module",
    files={
        "base.py": (
            "class Base:\n    value = 0\n\ndef f():\n    return sum(c.value for c in Base.__subclasses__())\n"
        ),
        "derived.py": "from base import Base\n\nclass A(Base):\n    value = 1\n",
        "test_m.py": "import base\nimport derived\n\ndef test_a():\n    assert base.f() == 1\n",
    },
    edit={"derived.py": changed("value = 1", "value = 2")},
    runs="test_a",
)
hazard(
    "X08",
    "operator.attrgetter",
    files={
        "m.py": """
            import operator

            class Thing:
                value = 1

            def f():
                return operator.attrgetter("value")(Thing)
        """,
        "test_m.py": ASKS_M,
    },
    edit={"m.py": changed("value = 1", "value = 2")},
    runs="test_a",
    lazy=True,
)
hazard(
    "X08",
    "operator.attrgetter with a dotted path",
    files={
        "consts.py": "class Box:\n    class Inner:\n        value = 1\n",
        "m.py": """
            import operator
            import consts

            read = operator.attrgetter("Box.Inner.value")

            def f():
                return read(consts)
        """,
        "test_m.py": ASKS_M,
    },
    edit={"consts.py": changed("value = 1", "value = 2")},
    runs="test_a",
)
hazard(
    "X09",
    "str.format reads an attribute",
    files={
        "m.py": """
            class Thing:
                value = 1

            def f():
                return int("{0.value}".format(Thing))
        """,
        "test_m.py": ASKS_M,
    },
    edit={"m.py": changed("value = 1", "value = 2")},
    runs="test_a",
    lazy=True,
)
hazard(
    "X09",
    "str.format with a template from a constant of another module",
    files={
        "texts.py": 'TEMPLATE = "{thing.value}"\n',
        "m.py": """
            import texts

            class Thing:
                value = 1

            def f():
                return int(texts.TEMPLATE.format(thing=Thing))
        """,
        "test_m.py": ASKS_M,
    },
    edit={"m.py": changed("value = 1", "value = 2")},
    runs="test_a",
)

STATE = """
    import m

    def test_first():
        m.first()

    def test_second():
        assert m.second() == 1

    def test_other():
        assert m.other() == 1
"""
OTHER = "\ndef other():\n    return 1\n"


def state(row: str, title: str, code: str, **more: object) -> None:
    """g() is called by first(), and what it gave is seen by second()."""
    import textwrap

    text = ONE + "\n" + textwrap.dedent(code).lstrip("\n") + OTHER
    hazard(
        row,
        title,
        files={"m.py": text, "test_m.py": STATE},
        edit={"m.py": changed("def g():\n    return 1", "def g():\n    return 2")},
        runs="test_first test_second",
        same_outcome="test_first runs g() and asserts nothing about it",
        **more,
    )


state(
    "X13",
    "state deep in objects",
    """
    class Box:
        def __init__(self):
            self.inner = {"list": [[0]]}

    BOX = Box()

    def first():
        BOX.inner["list"][0][0] = g()

    def second():
        return BOX.inner["list"][0][0]
    """,
)
state(
    "X14",
    "state in a closure cell",
    """
    def make():
        value = 0

        def put(new):
            nonlocal value
            value = new

        def ask():
            return value

        return put, ask

    put, ask = make()

    def first():
        put(g())

    def second():
        return ask()
    """,
)
state(
    "X15",
    "state in an attribute of a function",
    """
    def first():
        second.value = g()

    def second():
        return second.value
    """,
)
state(
    "X16",
    "state in a mutable default",
    """
    def keep(new=None, kept=[]):
        if new is not None:
            kept.append(new)
        return kept[-1]

    def first():
        keep(g())

    def second():
        return keep()
    """,
)
state(
    "X17",
    "environment variable set by an earlier test",
    """
    import os

    def first():
        os.environ["SET_BY_FIRST"] = str(g())

    def second():
        return int(os.environ["SET_BY_FIRST"])
    """,
)
state(
    "X18",
    "file written by an earlier test",
    """
    import os

    PATH = os.path.join(os.path.dirname(__file__), "made.txt")

    def first():
        with open(PATH, "w") as file:
            file.write(str(g()))

    def second():
        with open(PATH) as file:
            return int(file.read())
    """,
)
state(
    "X19",
    "generator resumed in a later test",
    """
    def numbers():
        yield 0
        value = g()
        while True:
            yield value

    NUMBERS = numbers()

    def first():
        next(NUMBERS)
        next(NUMBERS)

    def second():
        return next(NUMBERS)
    """,
)
state(
    "X19",
    "generator in a loop",
    """
    def numbers():
        total = 0
        while total < 100:
            total += g()
            yield total

    NUMBERS = numbers()
    next(NUMBERS)

    def first():
        next(NUMBERS)

    def second():
        return next(NUMBERS) - 2
    """,
)
state(
    "X15",
    "state kept by a function that a table leads to",
    """
    KEPT = []
    TABLE = {"g": g}

    def first():
        KEPT.append(TABLE["g"]())

    def second():
        return KEPT[-1]
    """,
)
state(
    "X15",
    "state kept by a function under another name",
    """
    KEPT = []
    alias = g

    def first():
        KEPT.append(alias())

    def second():
        return KEPT[-1]
    """,
)
state(
    "X15",
    "state kept by a callback",
    """
    KEPT = []

    def keep(make):
        KEPT.append(make())

    def first():
        keep(g)

    def second():
        return KEPT[-1]
    """,
)
hazard(
    "X20",
    "__all__ of a star-imported module",
    files={
        "consts.py": "__all__ = ['Y']\nX = 1\nY = 1\n",
        "m.py": "from consts import *\n\ndef f():\n    return 2 if 'X' in globals() else 1\n",
        "test_m.py": ASKS_M,
    },
    edit={"consts.py": changed("['Y']", "['X', 'Y']")},
    runs="test_a",
    lazy=True,
)
hazard(
    "X28",
    "__defaults__ looked at",
    files={
        "m.py": """
            def g(x=1):
                return x

            def f():
                return g.__defaults__[0]
        """,
        "test_m.py": ASKS_M,
    },
    edit={"m.py": changed("x=1", "x=2")},
    runs="test_a",
    lazy=True,
)
hazard(
    "X28",
    "inspect.signature looks at a default",
    files={
        "m.py": """
            import inspect

            def g(x=1):
                return x

            def f():
                return inspect.signature(g).parameters["x"].default
        """,
        "test_m.py": ASKS_M,
    },
    edit={"m.py": changed("x=1", "x=2")},
    runs="test_a",
    lazy=True,
)
hazard(
    "X30",
    "staticmethod looked up and not called",
    files={
        "m.py": """
            class Thing:
                @staticmethod
                def ask():
                    return 1

            def f():
                return 1 if Thing().ask is Thing.ask else 2
        """,
        "test_m.py": ASKS_M,
    },
    edit={"m.py": changed("    @staticmethod\n", "")},
    runs="test_a",
    lazy=True,
)
hazard(
    "X31",
    "method becomes abstract",
    files={
        "m.py": """
            import abc

            class Base(abc.ABC):
                def ask(self):
                    return 1

            class Thing(Base):
                pass

            def f():
                return 1 if Thing() else 2
        """,
        "test_m.py": ASKS_M,
    },
    edit={"m.py": changed("    def ask", "    @abc.abstractmethod\n    def ask")},
    runs="test_a",
    lazy=True,
)
hazard(
    "5h",
    "positions: a line number that code looks at",
    files={
        "m.py": """
            import sys

            def f():
                return sys._getframe().f_lineno - 3
        """,
        "test_m.py": ASKS_M,
    },
    edit={"m.py": changed("import sys", "import sys\n")},
    runs="test_a",
)
hazard(
    "5h",
    "docstring that code looks at",
    files={
        "m.py": """
            def g():
                '''1'''

            def f():
                return int(g.__doc__)
        """,
        "test_m.py": ASKS_M,
    },
    edit={"m.py": changed("'''1'''", "'''2'''")},
    runs="test_a",
    lazy=True,
)
hazard(
    "5h",
    "vars() of a module",
    files={
        "consts.py": "a = 1\n",
        "m.py": (
            "import consts\n\ndef f():\n    return len([n for n in vars(consts) if not n.startswith('_')])\n"
        ),
        "test_m.py": ASKS_M,
    },
    edit={"consts.py": "a = 1\nb = 2\n"},
    runs="test_a",
    lazy=True,
)
hazard(
    "5h",
    "__dict__ of a class",
    files={
        "m.py": """
            class Box:
                a = 1

            def f():
                return len([n for n in Box.__dict__ if not n.startswith("_")])
        """,
        "test_m.py": ASKS_M,
    },
    edit={"m.py": changed("a = 1", "a = 1\n    b = 2")},
    runs="test_a",
    lazy=True,
)
hazard(
    "5h",
    "names made at run time for getattr",
    files={
        "m.py": """
            class Visitor:
                def visit_a(self):
                    return 1

            def f():
                return getattr(Visitor(), "visit_" + "b", Visitor().visit_a)()
        """,
        "test_m.py": ASKS_M,
    },
    edit={"m.py": changed("def f", "    def visit_b(self):\n        return 2\n\ndef f")},
    runs="test_a",
    lazy=True,
)
