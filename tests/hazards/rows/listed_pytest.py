"""evidence.md section 3: what pytest itself looks at (rows 23 to 28, 33 to 37, 47, 48)."""

from cases import changed, group, hazard

group("evidence.md 3: edits that change behaviour")

hazard(
    "23",
    "skip removed in a file that starts with a comment",
    files={
        "test_m.py": """
            # licence
            import pytest

            @pytest.mark.skip
            def test_a():
                assert 0

            def test_b():
                pass
        """
    },
    edit={"test_m.py": changed("@pytest.mark.skip\n", "")},
    runs="test_a",
)

hazard(
    "24",
    "skipif condition from another module",
    files={
        "condition.py": "SKIP = True\n",
        "test_m.py": """
            import pytest
            from condition import SKIP

            @pytest.mark.skipif(SKIP, reason="x")
            def test_a():
                assert 0

            def test_b():
                pass
        """,
    },
    edit={"condition.py": "SKIP = False\n"},
    runs="test_a",
)

hazard(
    "25",
    "parameter list from another module grows",
    files={
        "parameters.py": "LIST = [1]\n",
        "test_m.py": """
            import pytest
            from parameters import LIST

            @pytest.mark.parametrize("x", LIST)
            def test_a(x):
                assert x == 1

            def test_b():
                pass
        """,
    },
    edit={"parameters.py": "LIST = [1, 2]\n"},
    runs="test_a[1] test_a[2]",
    same_outcome="the list of test_a[1] is another one, too: which of its values it took is not known",
)

hazard(
    "26",
    "parameters from a directory",
    files={
        "data/a.txt": "1",
        "test_m.py": """
            import os
            import pytest

            DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")

            @pytest.mark.parametrize("name", sorted(os.listdir(DATA)))
            def test_a(name):
                with open(os.path.join(DATA, name)) as file:
                    assert file.read() == "1"

            def test_b():
                pass
        """,
    },
    edit={"data/b.txt": "2"},
    runs="test_a[a.txt] test_a[b.txt]",
    same_outcome="the listing of test_a[a.txt] is another one, too",
)

hazard(
    "27",
    "pytest.ini filter",
    files={
        "pytest.ini": "[pytest]\n",
        "test_m.py": """
            import warnings

            def test_a():
                warnings.warn("x")
        """,
    },
    edit={"pytest.ini": "[pytest]\nfilterwarnings = error\n"},
    runs="test_a test_bystander",
    same_outcome="options of pytest may touch every test",
)

hazard(
    "28",
    "new conftest.py",
    files={
        "inner/test_m.py": """
            import os

            def test_a():
                assert "ZZ" not in os.environ
        """
    },
    edit={
        "inner/conftest.py": """
            import pytest

            @pytest.fixture(autouse=True)
            def zz(monkeypatch):
                monkeypatch.setenv("ZZ", "1")
        """
    },
    runs="test_a",
)

DOCUMENTED = '''
    def f():
        """
        >>> f()
        1
        """
        return 1
'''

hazard(
    "33",
    "doctest changed",
    files={"m.py": DOCUMENTED, "test_m.py": "def test_x():\n    pass\n"},
    edit={"m.py": changed("    1\n", "    2\n")},
    args="--doctest-modules",
    runs="m.f",
)

hazard(
    "33",
    "code under a doctest changed",
    files={"m.py": DOCUMENTED, "test_m.py": "def test_x():\n    pass\n"},
    edit={"m.py": changed("return 1", "return 2")},
    args="--doctest-modules",
    runs="m.f",
)

hazard(
    "34",
    "doctest added",
    files={
        "m.py": "def f():\n    return 1\n",
        "test_m.py": "import m\ndef test_a():\n    assert m.f() == 1\n",
    },
    edit={"m.py": DOCUMENTED.replace("        1\n", "        2\n")},
    args="--doctest-modules",
    runs="m.f",
)

PAIR = {
    "a.py": "def fa():\n    return 1\n",
    "b.py": "def fb():\n    return 1\n",
    "test_a.py": "import a\ndef test_1():\n    assert a.fa() == 1\n",
    "test_b.py": """
        import a, b

        def test_keep():
            assert a.fa() == 1

        def test_2():
            assert b.fb() == 1
    """,
}
PAIR_OF_UNITTEST = {
    **PAIR,
    "test_b.py": """
        import a, b, unittest

        class TestB(unittest.TestCase):
            def test_keep(self):
                assert a.fa() == 1

            def test_2(self):
                assert b.fb() == 1
    """,
}

for row, title, between in (
    ("35", "only another file", "test_a.py"),
    ("36", "only another test", "test_a.py::test_1"),
    ("36", "only another test of its file", "test_b.py::test_keep"),
    ("37", "a -k filter", "-k test_1"),
):
    for kind, files in (("", PAIR), (" (unittest)", PAIR_OF_UNITTEST)):
        if kind and "::test_keep" in between:
            between = "test_b.py::TestB::test_keep"
        hazard(
            row,
            f"owed after running {title}{kind}",
            files=files,
            edit={"b.py": changed("return 1", "return 2")},
            between=between,
            runs="test_2",
        )

hazard(
    "47",
    "conftest constant used by a fixture",
    files={
        "conftest.py": """
            import pytest
            from consts import VALUE

            @pytest.fixture
            def value():
                return VALUE
        """,
        "consts.py": "VALUE = 1\n",
        "test_m.py": """
            def test_a(value):
                assert value == 1

            def test_b():
                pass
        """,
    },
    edit={"consts.py": "VALUE = 2\n"},
    runs="test_a",
)

GENERATED = {
    "conftest.py": """
        def pytest_generate_tests(metafunc):
            if "x" in metafunc.fixturenames:
                metafunc.parametrize("x", [1], ids=["one"])
    """,
    "test_m.py": """
        def test_a(x):
            assert x == 1
    """,
}

hazard(
    "48",
    "pytest_generate_tests in a conftest makes more tests",
    files=GENERATED,
    edit={"conftest.py": changed('[1], ids=["one"]', '[1, 2], ids=["one", "two"]')},
    runs="test_a[two]",
    may_run="test_a[one] test_bystander",
    because="the hook also made test_a[one] and was asked about every other test",
)

hazard(
    "48",
    "pytest_generate_tests in a conftest makes another value",
    files=GENERATED,
    edit={"conftest.py": changed("[1]", "[2]")},
    runs="test_a[one]",
    may_run="test_bystander",
    because="the hook was asked about every test",
)

hazard(
    "48",
    "pytest_generate_tests of the test module makes another value",
    files={
        "test_m.py": """
            def pytest_generate_tests(metafunc):
                if "x" in metafunc.fixturenames:
                    metafunc.parametrize("x", [1], ids=["one"])

            def test_a(x):
                assert x == 1
        """,
    },
    edit={"test_m.py": changed("[1]", "[2]")},
    runs="test_a[one]",
)

TEXT_OF_DOCTESTS = """
    Some text.

    >>> import m
    >>> m.f()
    1
"""

hazard(
    "33",
    "code under a text file of doctests",
    files={"m.py": "def f():\n    return 1\n", "test_text.txt": TEXT_OF_DOCTESTS},
    edit={"m.py": changed("return 1", "return 2")},
    runs="test_text.txt",
)

hazard(
    "33",
    "text file of doctests",
    files={"m.py": "def f():\n    return 1\n", "test_text.txt": TEXT_OF_DOCTESTS},
    edit={"test_text.txt": changed("\n1\n", "\n2\n")},
    runs="test_text.txt",
)

for where in ("m.py", "test_text.txt"):
    hazard(
        "33",
        f"constant that a doctest of {where} imports",
        files={
            "consts.py": "X = 1\nY = 1\n",
            "m.py": '"""Text.\n\n>>> from consts import X\n>>> X\n1\n"""\n' if where == "m.py" else "",
            "test_text.txt": "" if where == "m.py" else ">>> from consts import X\n>>> X\n1\n",
            "test_other.py": "from consts import Y\n\ndef test_y():\n    assert Y == 1\n",
        },
        edit={"consts.py": "X = 2\nY = 1\n"},
        args="--doctest-modules",
        runs="m.py::m" if where == "m.py" else "test_text.txt",
    )
