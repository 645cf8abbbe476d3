"""What modules do to each other at import, and methods that others call."""

from cases import added, changed, group, hazard
from short_forms import ASKS_M

group("the language")

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
