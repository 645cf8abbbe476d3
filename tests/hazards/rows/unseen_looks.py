"""selection-rules.md 4, from X20 on: code that looks at definitions."""

from cases import changed, group, hazard
from short_forms import ASKS_M

group("selection-rules.md 4: unseen cases")

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
