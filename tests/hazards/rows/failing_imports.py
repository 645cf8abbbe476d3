"""evidence.md "More": imports that fail since the change, in the middle of a test."""

from textwrap import dedent, indent

from cases import changed, group, hazard

group("evidence.md More: imports that fail now")

_VERSION = "def version():\n    return {'v': 1}\n"
_INIT = "from .version import version\nV = version()['v']\ndel version\n"
_LIMITS = "LIMITS = {'a': 1, 'b': 2}\n\ndef limit(name):\n    return LIMITS[name]\n\nLIMIT = int\n"

for title, edit in (
    ("because of what ran at import", {"pkg/version.py": changed("return {'v': 1}", "return {}")}),
    (
        "because a name is deleted that is not there",
        {"pkg/__init__.py": changed("import version", "import V")},
    ),
    ("because of a table at import", {"pkg/version.py": changed("'v'", "'w'")}),
    ("because of a default argument", {"pkg/part.py": changed("limit('a')", "limit('c')")}),
    ("because of a class made at import", {"pkg/part.py": changed("class C:", "class C(limit('c')):")}),
    ("because of a number that cannot be computed", {"pkg/part.py": changed("LIMITS['b']", "1 / 0")}),
    ("because of an annotation", {"pkg/part.py": changed("n=limit", "n: Missing=limit")}),
    ("because of an annotation of something below", {"pkg/limits.py": changed("(name)", "(name: LIMIT)")}),
    ("because of an entry that is lacking", {"pkg/part.py": changed("LIMITS['b']", "LIMITS['c']")}),
):
    # The first of them runs the import, the second finds the module already there.
    hazard(
        "import",
        f"in functions, that fails now {title}",
        files={
            "pkg/__init__.py": _INIT,
            "pkg/version.py": _VERSION,
            "pkg/limits.py": _LIMITS,
            "pkg/part.py": """
                from pkg.limits import LIMITS, limit

                SECOND = LIMITS['b']

                class C:
                    pass

                def f(n=limit('a')):
                    return 1
            """,
            "test_m.py": """
                def test_a():
                    import pkg.part

                def test_b():
                    import pkg.part
            """,
        },
        edit=edit,
        runs="test_a test_b",
    )

hazard(
    "import",
    "by a computed name, that fails now",
    files={
        "pkg/__init__.py": "",
        "pkg/version.py": _VERSION,
        "pkg/part.py": "from .version import version\nV = version()['v']\n",
        "test_m.py": """
            import importlib

            def test_a():
                importlib.import_module("pkg." + "part")

            def test_b():
                importlib.import_module("pkg." + "part")
        """,
    },
    edit={"pkg/version.py": changed("'v'", "'w'")},
    runs="test_a test_b",
)

_PART = "from pkg.limits import limit\n\nSECOND = limit('b')\n"
_TESTS = """
    def test_second():
        from pkg.part import SECOND
        assert SECOND == 2

    def test_plain():
        import pkg.part
"""

# Where the test's own file cannot be imported without it, no test of that file would begin.
for title, top in (
    ("the test's own file", "import pkg.part\n"),
    ("a module that the test's file imports", "import pkg.front\n"),
    ("a package that the test's file imports a part of", "from pkg.inner import rear\n"),
):
    hazard(
        "import",
        f"in functions, of a module that {title} imports as well",
        files={
            "pkg/__init__.py": "",
            "pkg/limits.py": _LIMITS,
            "pkg/part.py": _PART,
            "pkg/front.py": "from . import part\n",
            "pkg/inner/__init__.py": "from pkg.part import *\n",
            "pkg/inner/rear.py": "",
            "test_m.py": top + dedent(_TESTS),
        },
        edit={"pkg/part.py": changed("limit('b')", "limit('b') + 1")},
        runs="test_second",
    )

_TRIES = "try:\n    import pkg.part\nexcept LookupError:\n    pass\n"

for title, top in (
    ("a try statement", _TRIES),
    ("a function at import", "def load():\n" + indent(_TRIES, "    ") + "\nload()\n"),
    ("another file, in a try statement,", ""),
):
    hazard(
        "import",
        f"in functions, that {title} imports besides",
        files={
            "pkg/__init__.py": "",
            "pkg/limits.py": _LIMITS,
            "pkg/part.py": _PART,
            "test_m.py": top + dedent(_TESTS),
            "test_other.py": _TRIES + "\ndef test_other():\n    pass\n",
        },
        edit={"pkg/part.py": changed("limit('b')", "limit('c')")},
        runs="test_second test_plain",
        may_run="test_other",
    )

hazard(
    "import",
    "in functions, of one module of a circle that conftest.py tried first",
    files={
        "conftest.py": "try:\n    import one\nexcept ZeroDivisionError:\n    pass\n",
        "one.py": "import two\n\nX = 1\n",
        "two.py": "import one\n",
        "test_m.py": "import two\n\ndef test_a():\n    import one\n",
    },
    edit={"one.py": changed("X = 1", "X = 1 / 0")},
    runs="test_a",
)

hazard(
    "import",
    "in functions, that the test's file imported until this change",
    files={
        "pkg/__init__.py": "",
        "pkg/limits.py": _LIMITS,
        "pkg/part.py": _PART,
        "pkg/front.py": "import pkg.part\n\nX = 1\n",
        "test_m.py": "import pkg.front\n" + dedent(_TESTS),
    },
    edit={
        "pkg/part.py": changed("limit('b')", "limit('c')"),
        "pkg/front.py": changed("import pkg.part\n", ""),
    },
    runs="test_second test_plain",
)

hazard(
    "import",
    "in functions, after the module was taken out of sys.modules",
    files={
        "part.py": "import os\n\nX = 1\n",
        "test_m.py": """
            import sys

            import part

            def test_a():
                del sys.modules["part"]
                import part

            def test_b():
                import part
        """,
    },
    edit={"part.py": changed("X = 1", "X = int('x' if 'PYTEST_CURRENT_TEST' in os.environ else '1')")},
    runs="test_a",
    may_run="test_b",
)
