"""evidence.md section 4: edits that change nothing, after which no test may run but new ones."""

import os
from pathlib import Path

from cases import added, changed, group, harmless, on_top

group("evidence.md 4: edits that change nothing")

SOURCE = '''
    import os

    LIMIT = 5

    def f(x=1):
        """What f does."""
        # a comment
        result = x
        return result

    def g():
        return LIMIT

    def unused():
        return 1

    class Thing:
        """A thing."""

        size = 1

        def ask(self):
            return self.size
'''
TESTS = """
    import m

    def test_f():
        assert m.f() == 1

    def test_g():
        assert m.g() == 5

    def test_thing():
        assert m.Thing().ask() == 1
"""
FILES = {"m.py": SOURCE, "test_m.py": TESTS}


def _touch(folder: Path) -> None:
    for path in folder.rglob("*.py"):
        os.utime(path, (1_600_000_000, 1_600_000_000))


def _written_again(folder: Path) -> None:
    for path in folder.rglob("*.py"):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)


for row, title, edit in (
    ("01", "comment", changed("# a comment", "# another one")),
    ("01", "comment added on top", on_top("# licence\n")),
    ("02", "blank lines", changed("def g", "\n\n\ndef g")),
    ("03", "formatting", changed("return self.size", "return (\n            self.size\n        )")),
    ("03", "formatting of a call", changed("def f(x=1):", "def f(\n    x = 1,\n):")),
    ("04", "docstring of a function", changed("What f does.", "Another text.")),
    ("04", "docstring of a class", changed("A thing.", "Something.")),
    ("04", "docstring of the module added", on_top('"""A module."""\n')),
    ("05", "annotation of a function", changed("def f(x=1):", "def f(x: int = 1) -> int:")),
    ("05", "annotation of a method", changed("def ask(self):", "def ask(self) -> int:")),
    ("06", "new unused function at the start", on_top("def first():\n    return 7\n\n")),
    ("06", "new unused function in the middle", changed("def g", "def middle():\n    return 7\n\ndef g")),
    ("06", "new unused function at the end", added("\ndef last():\n    return 7\n")),
    ("06", "new unused method", added("\n    def more(self):\n        return 7\n")),
    ("07", "import added that nothing uses", on_top("import json\n")),
    ("08", "a local renamed", changed("result = x\n    return result", "value = x\n    return value")),
    (
        "09",
        "body of an unused function",
        changed("def unused():\n    return 1", "def unused():\n    return 2"),
    ),
    ("10", "new constant that nobody reads", changed("LIMIT = 5", "LIMIT = 5\nOTHER = 6")),
    ("10", "new class that nobody uses", added("\nclass Other:\n    size = 3\n")),
):
    harmless(row, title, files=FILES, edit={"m.py": edit})

harmless(
    "03",
    "quote style",
    files={
        "m.py": "def f():\n    return 'text'\n",
        "test_m.py": "import m\ndef test_f():\n    assert m.f() == 'text'\n",
    },
    edit={"m.py": 'def f():\n    return "text"\n'},
)
harmless(
    "11",
    "functions in another order",
    files=FILES,
    edit={
        "m.py": lambda text: text.replace("def g():\n    return LIMIT\n\n", "").replace(
            "class Thing", "def g():\n    return LIMIT\n\nclass Thing"
        )
    },
)
harmless(
    "12",
    "a new test in a file",
    files=FILES,
    edit={"test_m.py": added("\ndef test_new():\n    pass\n")},
    runs="test_new",
)
harmless(
    "12",
    "a new test between others",
    files=FILES,
    edit={"test_m.py": changed("def test_g", "def test_new():\n    pass\n\ndef test_g")},
    runs="test_new",
)
harmless(
    "12", "a new test file", files=FILES, edit={"test_n.py": "def test_new():\n    pass\n"}, runs="test_new"
)
harmless("13", "touched modification times", files=FILES, edit=_touch)
harmless("13", "all files written again", files=FILES, edit=_written_again)
harmless(
    "07",
    "import added to a test file",
    files=FILES,
    edit={"test_m.py": on_top("import json\n")},
)
harmless(
    "14",
    "an unread data file",
    files={**FILES, "data.txt": "1"},
    edit={"data.txt": "2"},
)
harmless(
    "14",
    "an unread environment variable",
    files=FILES,
    edit={},
    environment_after={"NOBODY_READS_THIS": "1"},
)
harmless(
    "15",
    "an attribute of a class that only others read",
    files={
        "m.py": "class Thing:\n    size = 1\n    colour = 1\n",
        "test_m.py": "import m\ndef test_size():\n    assert m.Thing.size == 1\n",
    },
    edit={"m.py": changed("colour = 1", "colour = 2")},
)
harmless(
    "15",
    "a test deleted",
    files=FILES,
    edit={"test_m.py": changed("def test_f():\n    assert m.f() == 1\n\n", "")},
)
harmless("15", "a new module that nothing imports", files=FILES, edit={"n.py": "X = 1\n"})

harmless(
    "13",
    "an import of another platform that never runs",
    files={
        "src/package/__init__.py": "",
        "src/package/windows.py": "def f():\n    return 2\n",
        "src/package/m.py": """
            import sys

            if sys.platform == "made-up":
                from .windows import f
            else:
                def f():
                    return 1
        """,
        "tests/test_m.py": (
            'import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "src"))\n'
            "from package import m\ndef test_a():\n    assert m.f() == 1\n"
        ),
    },
    edit={"src/package/windows.py": changed("return 2", "return 3")},
)

harmless(
    "13",
    "a module that an importer of the project's own makes in place of the file of that name",
    files={
        "real/__init__.py": "def f():\n    return 1\n",
        "alias/__init__.py": "import alias._build\n",
        "alias/_build.py": """
            import importlib.abc
            import sys
            from importlib.machinery import ModuleSpec

            import real

            class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
                def find_spec(self, name, path, target=None):
                    return ModuleSpec(name, self) if name == "alias" else None

                def create_module(self, spec):
                    return None

                def exec_module(self, module):
                    module.f = real.f
                    module.__file__ = real.__file__

            sys.meta_path.insert(0, Finder())
            del sys.modules["alias"]
            import alias
        """,
        "test_m.py": "import sys\nimport alias\ndef test_a():\n    import alias\n    assert alias.f() == 1\n",
        "m.py": "def unused():\n    return 1\n",
    },
    edit={"m.py": changed("return 1", "return 2")},
)

harmless(
    "14",
    "variables that a test sets itself",
    files={
        "m.py": """
            import os

            def f():
                return os.environ.get("MADE_BY_THE_TEST")

            def unused():
                return 1
        """,
        "test_m.py": """
            import os
            import m

            def test_a(monkeypatch):
                monkeypatch.setenv("MADE_BY_THE_TEST", "1")
                assert m.f() == "1"

            def test_b():
                os.environ["MADE_BY_THE_TEST"] = ""
                assert m.f() == ""
                del os.environ["MADE_BY_THE_TEST"]
        """,
    },
    edit={"m.py": changed("return 1", "return 2")},
)
