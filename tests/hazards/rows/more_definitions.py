"""evidence.md "More": what frameworks read from definitions, and what the library makes of classes."""

from cases import changed, group, hazard
from short_forms import in_base, in_m

group("evidence.md More: classes and definitions")

ANNOTATED = """
    import typing

    def convert(cls, text):
        types = typing.get_type_hints(cls)
        return {name: kind(text) for name, kind in types.items()}

    class Model:
        value: int

    def f():
        return convert(Model, "1")["value"]
"""

in_m("annotations", "of a class decide the type", ANNOTATED, "value: int", "value: str", lazy=True)

in_m(
    "annotations",
    "of a function decide the type",
    """
    import inspect

    def call(function, text):
        parameter = inspect.signature(function).parameters["x"]
        return function(parameter.annotation(text))

    def double(x: int):
        return x

    def f():
        return call(double, "1")
    """,
    "x: int",
    "x: str",
    lazy=True,
)

hazard(
    "annotations",
    "name a class: only who looks at them depends on it",
    files={
        "kinds.py": "class Kind:\n    size = 1\n",
        "m.py": """
            import inspect

            from kinds import Kind

            def f(x: Kind = None):
                return 1

            def size_of(function):
                return inspect.signature(function).parameters["x"].annotation.size
        """,
        "test_m.py": """
            import m

            def test_calls():
                assert m.f().size if m.f() != 1 else True

            def test_looks():
                assert m.size_of(m.f) == 1
        """,
    },
    edit={"kinds.py": changed("size = 1", "size = 2")},
    runs="test_looks",
)

in_base(
    "annotations",
    "read by a decorator at import",
    """
    def typed(function):
        function.kind = function.__annotations__["return"]
        return function
    """,
    "from base import typed\n\n@typed\ndef g() -> int:\n    pass\n\ndef f():\n    return g.kind(1)\n",
    'function.__annotations__["return"]',
    "str",
)

in_m(
    "annotations",
    "of a dataclass field make it one",
    """
    import dataclasses

    @dataclasses.dataclass
    class Point:
        x: int = 1
        y = 1

    def f():
        return len(dataclasses.fields(Point))
    """,
    "y = 1",
    "y: int = 1",
)

in_m(
    "property",
    "setter",
    """
    class Thing:
        _value = 0

        @property
        def value(self):
            return self._value

        @value.setter
        def value(self, new):
            self._value = new

    def f():
        thing = Thing()
        thing.value = 1
        return thing.value
    """,
    "self._value = new",
    "self._value = new + 1",
)

in_m(
    "property",
    "deleter",
    """
    class Thing:
        gone = 0

        @property
        def value(self):
            return 0

        @value.deleter
        def value(self):
            self.gone = 1

    def f():
        thing = Thing()
        del thing.value
        return thing.gone
    """,
    "self.gone = 1",
    "self.gone = 2",
)

in_m(
    "property",
    "setter removed",
    """
    class Thing:
        @property
        def value(self):
            return 0

        @value.setter
        def value(self, new):
            pass

    def f():
        try:
            Thing().value = 1
        except AttributeError:
            return 2
        return 1
    """,
    "\n    @value.setter\n    def value(self, new):\n        pass\n",
    "",
)

in_m(
    "__slots__",
    "a name left out",
    """
    class Thing:
        __slots__ = ("value", "other")

    def f():
        thing = Thing()
        thing.value = 1
        return thing.value
    """,
    '("value", "other")',
    '("other",)',
    lazy=True,
)

in_m(
    "enum",
    "member added",
    "import enum\n\nclass Colour(enum.Enum):\n    RED = 1\n\ndef f():\n    return len(Colour)\n",
    "RED = 1",
    "RED = 1\n    BLUE = 2",
    lazy=True,
)

in_m(
    "enum",
    "member that another module iterates over",
    (
        "import enum\n\n"
        "class Flag(enum.Flag):\n"
        "    A = 1\n"
        "    B = 2\n\n"
        "def f():\n"
        "    return len([flag for flag in Flag]) - 1\n"
    ),
    "B = 2",
    "B = 2\n    C = 4",
)

in_m(
    "TypedDict",
    "key added",
    (
        "import typing\n\n"
        "class Row(typing.TypedDict):\n"
        "    a: int\n\n"
        "def f():\n"
        "    return len(Row.__annotations__)\n"
    ),
    "a: int",
    "a: int\n    b: int",
)

in_m(
    "NamedTuple",
    "default of a field",
    "import typing\n\nclass Point(typing.NamedTuple):\n    x: int = 1\n\ndef f():\n    return Point().x\n",
    "= 1",
    "= 2",
    lazy=True,
)

in_m(
    "abstract",
    "method added",
    """
    import abc

    class Base(abc.ABC):
        @abc.abstractmethod
        def ask(self):
            pass

    class Derived(Base):
        def ask(self):
            return 1

    def f():
        return Derived().ask()
    """,
    "    pass\n",
    "    pass\n\n    @abc.abstractmethod\n    def more(self):\n        pass\n",
    lazy=True,
)

in_m(
    "singledispatch",
    "registration added",
    """
    import functools

    @functools.singledispatch
    def kind(value):
        return 1

    def f():
        return kind("x")
    """,
    "    return 1\n",
    "    return 1\n\n@kind.register(str)\ndef of_text(value):\n    return 2\n",
    lazy=True,
)

in_m(
    "singledispatch",
    "registered function",
    """
    import functools

    @functools.singledispatch
    def kind(value):
        return 0

    @kind.register(str)
    def of_text(value):
        return 1

    def f():
        return kind("x")
    """,
    "return 1",
    "return 2",
)

in_m(
    "singledispatch",
    "registered by an annotation",
    """
    import functools

    @functools.singledispatch
    def kind(value):
        return 0

    @kind.register
    def of_text(value: str):
        return 1

    def f():
        return kind("x")
    """,
    "value: str",
    "value: bytes",
    lazy=True,
)

in_m(
    "cached_property",
    "body",
    """
    import functools

    class Thing:
        @functools.cached_property
        def value(self):
            return 1

    def f():
        return Thing().value
    """,
    "return 1",
    "return 2",
)

in_m(
    "nested class",
    "attribute",
    "class Outer:\n    class Inner:\n        value = 1\n\ndef f():\n    return Outer.Inner.value\n",
    "value = 1",
    "value = 2",
    lazy=True,
)

in_m(
    "operator",
    "added",
    """
    class Thing:
        def __init__(self, value):
            self.value = value

    def f():
        return 1 if Thing(1) != Thing(1) else 2
    """,
    "self.value = value",
    "self.value = value\n\n    def __eq__(self, other):\n        return True",
    lazy=True,
)

in_m(
    "operator",
    "conversion to text added",
    "class Thing:\n    pass\n\ndef f():\n    return 1 if 'object' in str(Thing()) else 2\n",
    "pass",
    "def __str__(self):\n        return 'thing'",
)

in_m(
    "bases",
    "in another order",
    """
    class A:
        value = 1

    class B:
        value = 2

    class Both(A, B):
        pass

    def f():
        return Both.value
    """,
    "(A, B)",
    "(B, A)",
)

in_m(
    "exception",
    "base of the raised one",
    """
    class Problem(ValueError):
        pass

    def f():
        try:
            raise Problem
        except ValueError:
            return 1
        except Exception:
            return 2
    """,
    "(ValueError)",
    "(KeyError)",
)
