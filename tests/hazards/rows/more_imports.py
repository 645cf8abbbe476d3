"""evidence.md "More": ways to import."""

from cases import changed, group, hazard
from short_forms import ASKS_M

group("evidence.md More: imports and files of code")

ONE = "def f():\n    return 1\n"

TWO = changed("return 1", "return 2")

for title, expression in (
    ("importlib.import_module, computed name", 'importlib.import_module("plug" + "in_a")'),
    ("__import__, computed name", '__import__("plug" + "in_a")'),
):
    hazard(
        "import",
        title,
        files={
            "plugin_a.py": ONE,
            "plugin_b.py": ONE,
            "m.py": f"import importlib\n\ndef f():\n    return {expression}.f()\n",
            "test_m.py": ASKS_M,
            "test_other.py": "import plugin_b\ndef test_b():\n    assert plugin_b.f() == 1\n",
        },
        edit={"plugin_a.py": TWO},
        runs="test_a",
        lazy=True,
    )

hazard(
    "import",
    "constant of a module with a computed name",
    files={
        "plugin_a.py": "X = 1\n",
        "m.py": 'import importlib\n\ndef f():\n    return importlib.import_module("plug" + "in_a").X\n',
        "test_m.py": ASKS_M,
    },
    edit={"plugin_a.py": "X = 2\n"},
    runs="test_a",
)

hazard(
    "import",
    "module loaded from a path",
    files={
        "parts/part.txt.py": "X = 1\n",
        "m.py": """
            import importlib.util
            import os

            def f():
                path = os.path.join(os.path.dirname(__file__), "parts", "part.txt.py")
                spec = importlib.util.spec_from_file_location("part", path)
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                return module.X
        """,
        "test_m.py": ASKS_M,
    },
    edit={"parts/part.txt.py": "X = 2\n"},
    runs="test_a",
    lazy=True,
)

hazard(
    "import",
    "runpy.run_path",
    files={
        "script.py": "X = 1\n",
        "m.py": """
            import os
            import runpy

            def f():
                return runpy.run_path(os.path.join(os.path.dirname(__file__), "script.py"))["X"]
        """,
        "test_m.py": ASKS_M,
    },
    edit={"script.py": "X = 2\n"},
    runs="test_a",
)

hazard(
    "import",
    "plugins found by pkgutil.iter_modules",
    files={
        "plugins/__init__.py": "",
        "plugins/a.py": "X = 1\n",
        "m.py": """
            import importlib
            import pkgutil
            import plugins

            def f():
                return sum(importlib.import_module("plugins." + found.name).X for found in
                           pkgutil.iter_modules(plugins.__path__))
        """,
        "test_m.py": ASKS_M,
    },
    edit={"plugins/b.py": "X = 1\n"},
    runs="test_a",
    lazy=True,
)

hazard(
    "import",
    "submodule reached through its package",
    files={
        "package/__init__.py": "from . import inner\n",
        "package/inner.py": "X = 1\n",
        "test_m.py": """
            import package

            def test_a():
                assert package.inner.X == 1
        """,
    },
    edit={"package/inner.py": "X = 2\n"},
    runs="test_a",
    lazy=True,
)

hazard(
    "import",
    "relative import of a constant",
    files={
        "package/__init__.py": "",
        "package/consts.py": "X = 1\n",
        "package/m.py": "from .consts import X\n\ndef f():\n    return X\n",
        "test_m.py": "from package import m\n\ndef test_a():\n    assert m.f() == 1\n",
    },
    edit={"package/consts.py": "X = 2\n"},
    runs="test_a",
    lazy=True,
)

hazard(
    "__getattr__",
    "of a module",
    files={
        "m.py": """
            def __getattr__(name):
                if name == "value":
                    return make()
                raise AttributeError(name)

            def make():
                return 1
        """,
        "test_m.py": "import m\n\ndef test_a():\n    assert m.value == 1\n",
    },
    edit={"m.py": TWO},
    runs="test_a",
    lazy=True,
)

hazard(
    "__getattr__",
    "added to a module that lacks the name",
    files={
        "m.py": "X = 1\n",
        "test_m.py": "import m\n\ndef test_a():\n    assert getattr(m, 'value', 1) == 1\n",
    },
    edit={"m.py": "X = 1\ndef __getattr__(name):\n    return 2\n"},
    runs="test_a",
    lazy=True,
)

STARRED = {
    "consts.py": "X = 1\nY = 1\n",
    "m.py": "from consts import *\n\ndef f():\n    return X\n\ndef g():\n    return Y\n",
    "test_m.py": ASKS_M,
    "test_other.py": "import m\n\ndef test_g():\n    assert m.g() == 1\n",
}

hazard(
    "star import", "constant", files=STARRED, edit={"consts.py": "X = 2\nY = 1\n"}, runs="test_a", lazy=True
)

hazard(
    "star import",
    "a name that hides another's",
    files={
        **STARRED,
        "late.py": "Z = 1\n",
        "m.py": "from consts import *\nfrom late import *\n\ndef f():\n    return X\n",
    }
    | {"test_other.py": "import late\n\ndef test_z():\n    assert late.Z == 1\n"},
    edit={"late.py": "Z = 1\nX = 2\n"},
    runs="test_a",
)

hazard(
    "star import",
    "__all__ added that leaves a name out",
    files={
        "consts.py": "X = 1\nY = 1\n",
        "m.py": "X = 2\nfrom consts import *\n\ndef f():\n    return X\n",
        "test_m.py": ASKS_M,
    },
    edit={"consts.py": "X = 1\nY = 1\n__all__ = ['Y']\n"},
    runs="test_a",
)

hazard(
    "import",
    "module beside this one that was looked for and comes",
    files={
        "package/__init__.py": "",
        "package/slow.py": ONE,
        "package/m.py": "try:\n    from .fast import f\nexcept ImportError:\n    from .slow import f\n",
        "test_m.py": "from package import m\ndef test_a():\n    assert m.f() == 1\n",
    },
    edit={"package/fast.py": "def f():\n    return 2\n"},
    runs="test_a",
)

hazard(
    "import",
    "module beside this one that a function looked for and comes",
    files={
        "package/__init__.py": "",
        "package/m.py": """
            def f():
                try:
                    from . import fast
                except ImportError:
                    return 1
                return fast.f()
        """,
        "test_m.py": "from package import m\ndef test_a():\n    assert m.f() == 1\n",
    },
    edit={"package/fast.py": "def f():\n    return 2\n"},
    runs="test_a",
)

hazard(
    "import",
    "a package that a function imports cannot be imported any more",
    files={
        "pkg/__init__.py": "from . import helpers\nfrom . import users\n",
        "pkg/helpers.py": "VALUE = 1\n",
        "pkg/users.py": "from . import helpers\n\nSIZE = helpers.VALUE\n",
        "pkg/part.py": "def f():\n    return 1\n",
        "test_m.py": """
            def test_a():
                import pkg.part
                assert pkg.part.f() == 1
        """,
    },
    edit={"pkg/helpers.py": "raise ImportError\n"},
    runs="test_a",
)
