"""evidence.md "More": metaclasses, descriptors, registries, class decorators."""

from cases import changed, group, hazard
from short_forms import in_base, in_m

group("evidence.md More: classes and definitions")

in_base(
    "metaclass",
    "__new__ adds an attribute",
    """
    class Meta(type):
        def __new__(mcs, name, bases, namespace):
            namespace["value"] = 1
            return super().__new__(mcs, name, bases, namespace)
    """,
    """
    from base import Meta

    class Thing(metaclass=Meta):
        pass

    def f():
        return Thing.value
    """,
    '"value"] = 1',
    '"value"] = 2',
    lazy=True,
)

in_base(
    "metaclass",
    "its attribute is the class's",
    "class Meta(type):\n    value = 1\n",
    "from base import Meta\n\nclass Thing(metaclass=Meta):\n    pass\n\ndef f():\n    return Thing.value\n",
    "value = 1",
    "value = 2",
    lazy=True,
)

in_base(
    "metaclass",
    "exchanged",
    """
    class One(type):
        value = 1

    class Two(type):
        value = 2

    class Thing(metaclass=One):
        pass
    """,
    "from base import Thing\n\ndef f():\n    return Thing.value\n",
    "metaclass=One",
    "metaclass=Two",
)

in_base(
    "descriptor",
    "__get__",
    """
    class Descriptor:
        def __get__(self, instance, owner):
            return 1
    """,
    (
        "from base import Descriptor\n\n"
        "class Thing:\n"
        "    value = Descriptor()\n\n"
        "def f():\n"
        "    return Thing().value\n"
    ),
    "return 1",
    "return 2",
    lazy=True,
)

in_base(
    "descriptor",
    "__set_name__",
    """
    class Descriptor:
        def __set_name__(self, owner, name):
            self.tag = 1
    """,
    (
        "from base import Descriptor\n\n"
        "class Thing:\n"
        "    value = Descriptor()\n\n"
        "def f():\n"
        "    return Thing.value.tag\n"
    ),
    "tag = 1",
    "tag = 2",
    lazy=True,
)

in_base(
    "__init_subclass__",
    "sets an attribute",
    """
    class Base:
        def __init_subclass__(cls):
            cls.value = 1
    """,
    "from base import Base\n\nclass Thing(Base):\n    pass\n\ndef f():\n    return Thing.value\n",
    "value = 1",
    "value = 2",
    lazy=True,
)

in_base(
    "__init_subclass__",
    "added to the base",
    "class Base:\n    value = 1\n",
    "from base import Base\n\nclass Thing(Base):\n    pass\n\ndef f():\n    return Thing.value\n",
    "value = 1",
    "value = 1\n\n    def __init_subclass__(cls):\n        cls.value = 2",
)

REGISTRY = {
    "registry.py": """
        PLUGINS = {}

        def register(name):
            def add(f):
                PLUGINS[name] = f
                return f
            return add

        def ask(name):
            return PLUGINS[name]()
    """,
    "plugin_a.py": """
        from registry import register

        @register("a")
        def answer():
            return 1
    """,
    "test_m.py": """
        import registry
        import plugin_a

        def test_a():
            assert registry.ask("a") == 1
    """,
}

hazard(
    "registry",
    "a plugin's body",
    files=REGISTRY,
    edit={"plugin_a.py": changed("return 1", "return 2")},
    runs="test_a",
)

hazard(
    "registry",
    "a plugin under another name",
    files=REGISTRY,
    edit={"plugin_a.py": changed('("a")', '("b")')},
    runs="test_a",
)

hazard(
    "registry",
    "a later plugin takes the name",
    files=REGISTRY,
    edit={"plugin_a.py": lambda text: text + '\n@register("a")\ndef other():\n    return 2\n'},
    runs="test_a",
)

hazard(
    "registry",
    "filled by subclasses",
    files={
        "registry.py": """
            class Base:
                known = []

                def __init_subclass__(cls):
                    Base.known.append(cls)
        """,
        "plugin_a.py": "from registry import Base\n\nclass A(Base):\n    pass\n",
        "test_m.py": (
            "import registry\nimport plugin_a\n\ndef test_a():\n    assert len(registry.Base.known) == 1\n"
        ),
    },
    edit={"plugin_a.py": lambda text: text + "\nclass B(Base):\n    pass\n"},
    runs="test_a",
)

in_base(
    "class decorator",
    "adds an attribute",
    "def decorate(cls):\n    cls.value = 1\n    return cls\n",
    "from base import decorate\n\n@decorate\nclass Thing:\n    pass\n\ndef f():\n    return Thing.value\n",
    "value = 1",
    "value = 2",
    lazy=True,
)

in_base(
    "class decorator",
    "returns another class",
    "def decorate(cls):\n    return cls\n",
    """
    from base import decorate

    @decorate
    class Thing:
        value = 1

    def f():
        return Thing.value
    """,
    "return cls",
    'return type("Other", (), {"value": 2})',
)

in_m(
    "class decorator",
    "removed",
    """
    def doubled(cls):
        cls.value *= 2
        return cls

    @doubled
    class Thing:
        value = 0.5

    def f():
        return Thing.value
    """,
    "@doubled\n",
    "",
)

PATTERNS = """
    class Parser:
        WORD = "[a-z]+"
        RULES = {"word": WORD}

        def __init__(self):
            self.rules = self.RULES.copy()
"""
ASKS_RULES = """
    import m

    parser = m.Parser()

    def test_a():
        assert parser.rules["word"] == "[a-z]+"
"""

hazard(
    "class",
    "name of a class body that another statement of the body reads",
    files={"m.py": PATTERNS, "test_m.py": ASKS_RULES},
    edit={"m.py": changed('WORD = "[a-z]+"', 'WORD = "[A-Z]+"')},
    runs="test_a",
)

hazard(
    "class",
    "name of the module that the class body has a name of its own for now",
    files={
        "m.py": """
            WORD = "[a-z]+"

            class Parser:
                RULES = {"word": WORD}

                def __init__(self):
                    self.rules = self.RULES.copy()
        """,
        "test_m.py": ASKS_RULES,
    },
    edit={"m.py": changed("class Parser:", 'class Parser:\n    WORD = "[A-Z]+"')},
    runs="test_a",
)

hazard(
    "class",
    "decorator made in the class body",
    files={
        "m.py": """
            class Parser:
                def doubled(function):
                    return lambda self: 2 * function(self)

                @doubled
                def size(self):
                    return 1

            parser = Parser()
        """,
        "test_m.py": "import m\ndef test_a():\n    assert m.parser.size() == 2\n",
    },
    edit={"m.py": changed("2 * function", "3 * function")},
    runs="test_a",
)

hazard(
    "class",
    "default of a method that the class body made",
    files={
        "m.py": """
            class Parser:
                limit = 2

                def size(self, most=limit):
                    return most
        """,
        "test_m.py": "from m import Parser\ndef test_a():\n    assert Parser().size() == 2\n",
    },
    edit={"m.py": changed("limit = 2", "limit = 3")},
    runs="test_a",
)
