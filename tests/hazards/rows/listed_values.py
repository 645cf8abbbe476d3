"""evidence.md section 3: values, classes and imports (rows 1 to 7, 22, 29, 30, 38, 41 to 46)."""

from cases import changed, group, hazard
from short_forms import ASKS_M

group("evidence.md 3: edits that change behaviour")

hazard(
    "01",
    "constant in a module without functions",
    files={
        "consts.py": "X = 1\nY = 1\n",
        "m.py": """
            from consts import X

            def f():
                return X
        """,
        "test_m.py": ASKS_M,
        "test_other.py": """
            from consts import Y

            def test_y():
                assert Y == 1
        """,
    },
    edit={"consts.py": "X = 2\nY = 1\n"},
    runs="test_a",
    lazy=True,
)

hazard(
    "02",
    "constant asserted by the test itself",
    files={
        "consts.py": "X = 1\n",
        "test_m.py": """
            from consts import X

            def test_a():
                assert X == 1

            def test_b():
                assert True
        """,
    },
    edit={"consts.py": "X = 2\n"},
    runs="test_a",
    lazy=True,
)

hazard(
    "03",
    "function called only at import time",
    files={
        "builder.py": """
            def build():
                return 1
        """,
        "m.py": """
            from builder import build

            TABLE = build()

            def f():
                return TABLE

            def g():
                return 1
        """,
        "test_m.py": ASKS_M,
        "test_other.py": """
            import m

            def test_g():
                assert m.g() == 1
        """,
    },
    edit={"builder.py": changed("return 1", "return 2")},
    runs="test_a",
    lazy=True,
    lazy_may_run="test_g",
)

hazard(
    "04",
    "body of a decorator applied at import",
    files={
        "deco.py": """
            def tagged(f):
                f.tag = 1
                return f
        """,
        "m.py": """
            from deco import tagged

            @tagged
            def g():
                return 1

            def plain():
                return 1
        """,
        "test_m.py": """
            import m

            def test_a():
                assert m.g.tag == 1 and m.g() == 1

            def test_plain():
                assert m.plain() == 1
        """,
    },
    edit={"deco.py": changed("tag = 1", "tag = 2")},
    runs="test_a",
    lazy=True,
    lazy_may_run="test_plain",
)

hazard(
    "05",
    "class attribute in a base module",
    files={
        "base.py": """
            class Base:
                limit = 1
                other = 1
        """,
        "m.py": """
            from base import Base

            class Derived(Base):
                def ask(self):
                    return self.limit

            def f():
                return Derived().ask()
        """,
        "test_m.py": ASKS_M,
        "test_other.py": """
            import base

            def test_other():
                assert base.Base.other == 1
        """,
    },
    edit={"base.py": changed("limit = 1", "limit = 2")},
    runs="test_a",
    lazy=True,
)

hazard(
    "06",
    "override added in an intermediate empty class",
    files={
        "base.py": """
            class Base:
                def ask(self):
                    return 1
        """,
        "middle.py": """
            from base import Base

            class Middle(Base):
                pass
        """,
        "m.py": """
            from middle import Middle

            def f():
                return Middle().ask()
        """,
        "test_m.py": ASKS_M,
        "test_other.py": """
            import base

            def test_base():
                assert base.Base().ask() == 1
        """,
    },
    edit={
        "middle.py": """
            from base import Base

            class Middle(Base):
                def ask(self):
                    return 2
        """
    },
    runs="test_a",
    lazy=True,
)

hazard(
    "07",
    "value of an enum",
    files={
        "colours.py": """
            import enum

            class Colour(enum.Enum):
                RED = 1
        """,
        "m.py": """
            from colours import Colour

            def f():
                return Colour.RED.value
        """,
        "test_m.py": ASKS_M,
    },
    edit={"colours.py": changed("RED = 1", "RED = 2")},
    runs="test_a",
    lazy=True,
)

hazard(
    "07",
    "default of a dataclass field",
    files={
        "points.py": """
            import dataclasses

            @dataclasses.dataclass
            class Point:
                x: int = 1
        """,
        "m.py": """
            from points import Point

            def f():
                return Point().x
        """,
        "test_m.py": ASKS_M,
    },
    edit={"points.py": changed("= 1", "= 2")},
    runs="test_a",
    lazy=True,
)

hazard(
    "07",
    "field order of a namedtuple",
    files={
        "points.py": """
            import collections

            Point = collections.namedtuple("Point", "x y")
        """,
        "m.py": """
            from points import Point

            def f():
                return Point(1, 2).x
        """,
        "test_m.py": ASKS_M,
    },
    edit={"points.py": changed("x y", "y x")},
    runs="test_a",
    lazy=True,
)

hazard(
    "22",
    "lazy import in an earlier test",
    files={
        "consts.py": "X = 1\nY = 1\n",
        "test_m.py": """
            def test_first():
                import consts
                assert consts.Y == 1

            def test_second():
                import consts
                assert consts.X == 1
        """,
    },
    edit={"consts.py": "X = 2\nY = 1\n"},
    runs="test_second",
)

hazard(
    "29",
    "new module that shadows another",
    files={
        "m.py": """
            import colorsys

            def f():
                return 1 if hasattr(colorsys, "rgb_to_hls") else 2
        """,
        "test_m.py": ASKS_M,
    },
    edit={"colorsys.py": ""},
    runs="test_a",
    lazy=True,
)

hazard(
    "30",
    "optional import becomes available",
    files={
        "m.py": """
            try:
                import optional_part
                VALUE = 2
            except ImportError:
                VALUE = 1

            def f():
                return VALUE
        """,
        "test_m.py": ASKS_M,
    },
    edit={"optional_part.py": ""},
    runs="test_a",
    lazy=True,
)

hazard(
    "38",
    "default argument",
    files={
        "m.py": """
            def f(x=1):
                return x

            def g(x=1):
                return x
        """,
        "test_m.py": ASKS_M,
        "test_other.py": """
            import m

            def test_g():
                assert m.g() == 1
        """,
    },
    edit={"m.py": changed("f(x=1)", "f(x=2)")},
    runs="test_a",
    lazy=True,
)

hazard(
    "45",
    "re-export switched in __init__",
    files={
        "package/__init__.py": "from package.a import f\n",
        "package/a.py": "def f():\n    return 1\n",
        "package/b.py": "def f():\n    return 2\n",
        "package/c.py": "import package.b\n\ndef h():\n    return 3\n",
        "test_m.py": """
            from package import f

            def test_a():
                assert f() == 1
        """,
        "test_other.py": """
            from package.c import h

            def test_c():
                assert h() == 3
        """,
    },
    edit={"package/__init__.py": "from package.b import f\n"},
    runs="test_a",
    lazy=True,
)

hazard(
    "46",
    "module replaced, importer unchanged",
    files={
        "package/__init__.py": "from package.a import X\n",
        "package/a.py": "X = 1\n",
        "test_m.py": """
            def test_a():
                from package import X
                assert X == 1
        """,
    },
    edit={"package/a.py": "X = 2\n"},
    runs="test_a",
)

hazard(
    "46",
    "module that cannot be imported any more",
    files={
        "package/__init__.py": "from package.a import X\n",
        "package/a.py": "X = 1\n",
        "test_m.py": """
            from package import X

            def test_a():
                assert X == 1
        """,
    },
    edit={"package/a.py": "raise ImportError\n"},
    broken="test_m.py",
)
