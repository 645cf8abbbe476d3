"""selection-rules.md 4: edits that its measured prototype had not been written for."""

from cases import changed, group, hazard
from short_forms import ASKS_M

group("selection-rules.md 4: unseen cases")

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
