"""evidence.md "More": what tests leave to each other, and declared inputs."""

from cases import group, harmless, hazard
from short_forms import one_test, two_tests

group("evidence.md More: state, time and threads")

two_tests(
    "pickle",
    "a value pickled by an earlier test",
    """
    import pickle

    KEPT = {}

    def test_first():
        KEPT["bytes"] = pickle.dumps(m.g())

    def test_second():
        assert pickle.loads(KEPT["bytes"]) == 1
""",
)

two_tests(
    "pickle",
    "a file pickled by an earlier test",
    """
    import os
    import pickle

    PATH = os.path.join(os.path.dirname(__file__), "made.pickle")

    def test_first():
        with open(PATH, "wb") as file:
            pickle.dump(m.g(), file)

    def test_second():
        with open(PATH, "rb") as file:
            assert pickle.load(file) == 1
""",
)

one_test(
    "pickle",
    "a class found by unpickling",
    """
    import pickle

    def test_a():
        assert pickle.loads(b"cm\\ng\\n(tR.") == 1
""",
)

two_tests(
    "monkeypatch",
    "a global that the test patches and another reads",
    """
    def test_first(monkeypatch):
        monkeypatch.setattr(m, "g", lambda: 5)
        assert m.g() == 5

    def test_second():
        assert m.g() == 1
""",
    runs="test_second",
    may_run="test_first",
    because="it names the patched function, whose body it does not run",
)

two_tests(
    "monkeypatch",
    "an environment variable that the test sets",
    """
    import os

    def test_first(monkeypatch):
        monkeypatch.setenv("MY_NAME", str(m.g()))
        assert os.environ["MY_NAME"]

    def test_second():
        assert os.environ.get("MY_NAME") is None
""",
    runs="test_first",
)

hazard(
    "monkeypatch",
    "a variable that another test patched is set now",
    files={
        "test_m.py": """
            import os

            def test_first(monkeypatch):
                monkeypatch.setenv("MY_NAME", "1")
                assert os.environ["MY_NAME"]

            def test_second():
                assert os.environ.get("MY_NAME") is None
        """
    },
    edit={},
    environment_after={"MY_NAME": "2"},
    runs="test_second",
    may_run="test_first",
    because="monkeypatch reads the variable, to put it back",
)

two_tests(
    "global",
    "written by the global statement",
    """
    VALUE = 0

    def put():
        global VALUE
        VALUE = m.g()

    def test_first():
        put()

    def test_second():
        assert VALUE == 1
""",
)

two_tests(
    "global",
    "attribute of a module set by an earlier test",
    """
    import sys

    def test_first():
        m.extra = m.g()

    def test_second():
        assert m.extra == 1
""",
)

two_tests(
    "global",
    "class attribute set by an earlier test",
    """
    class Box:
        value = 0

    def test_first():
        Box.value = m.g()

    def test_second():
        assert Box.value == 1
""",
)

two_tests(
    "tmp_path",
    "a file below the session's temporary folder",
    """
    import pytest

    @pytest.fixture(scope="session")
    def folder(tmp_path_factory):
        return tmp_path_factory.mktemp("shared")

    def test_first(folder):
        (folder / "made").write_text(str(m.g()))

    def test_second(folder):
        assert (folder / "made").read_text() == "1"
""",
)

one_test(
    "tmp_path",
    "a file of the test itself",
    """
    def test_a(tmp_path):
        (tmp_path / "made").write_text(str(m.g()))
        assert (tmp_path / "made").read_text() == "1"

    def test_b(tmp_path):
        (tmp_path / "made").write_text("1")
        assert (tmp_path / "made").read_text() == "1"
""",
)

one_test(
    "contextvars",
    "default",
    """
    import contextvars

    VARIABLE = contextvars.ContextVar("VARIABLE", default=m.g())

    def test_a():
        assert VARIABLE.get() == 1

    def test_b():
        assert m.other() == 1
""",
)

two_tests(
    "contextvars",
    "set by an earlier test",
    """
    import contextvars

    VARIABLE = contextvars.ContextVar("VARIABLE")

    def test_first():
        VARIABLE.set(m.g())

    def test_second():
        assert VARIABLE.get() == 1
""",
)

two_tests(
    "contextvars",
    "an object inside, changed by an earlier test",
    """
    import contextvars

    VARIABLE = contextvars.ContextVar("VARIABLE", default=[])

    def test_first():
        VARIABLE.get().append(m.g())

    def test_second():
        assert VARIABLE.get() == [1]
""",
)

two_tests(
    "threading.local",
    "set by an earlier test",
    """
    import threading

    LOCAL = threading.local()

    def test_first():
        LOCAL.value = m.g()

    def test_second():
        assert LOCAL.value == 1
""",
)

DECLARED = {
    "schema/a.sql": "1",
    "test_m.py": """
        import pytest

        @pytest.mark.alibi_inputs("schema/*.sql", env=["DATABASE"])
        def test_a():
            pass

        def test_b():
            pass
    """,
}

UNSEEN = "what the test declares is read by nobody here: that it runs is what matters"

hazard(
    "declared", "file changed", files=DECLARED, edit={"schema/a.sql": "2"}, runs="test_a", same_outcome=UNSEEN
)

hazard(
    "declared", "file added", files=DECLARED, edit={"schema/b.sql": "2"}, runs="test_a", same_outcome=UNSEEN
)

hazard(
    "declared",
    "variable set",
    files=DECLARED,
    edit={},
    environment_after={"DATABASE": "x"},
    runs="test_a",
    same_outcome=UNSEEN,
)

hazard(
    "declared",
    "depends_on in a function",
    files={
        "schema/a.sql": "1",
        "test_m.py": """
            import testalibi

            def test_a():
                testalibi.depends_on("schema/*.sql")

            def test_b():
                pass
        """,
    },
    edit={"schema/a.sql": "2"},
    runs="test_a",
    same_outcome=UNSEEN,
)

# -- the environment that the session itself makes

MADE_ENVIRONMENT = {
    "conftest.py": """
        import os

        os.environ["SERVER"] = "one"
    """,
    "m.py": """
        from os import getenv

        def server():
            return getenv("SERVER")
    """,
    "test_m.py": """
        import m

        def test_a():
            assert m.server() == "one"

        def test_b():
            assert True
    """,
}

hazard(
    "environment",
    "a variable set by conftest, read by a function of another name",
    files=MADE_ENVIRONMENT,
    edit={"conftest.py": lambda text: text.replace('"one"', '"two"')},
    runs="test_a",
    may_run="test_b test_bystander",
    because="the interpreter's own code may read it (TZ, LANG), which nobody sees",
)

harmless(
    "environment",
    "variables that conftest and the test set, read one by one and as a whole",
    files={
        **MADE_ENVIRONMENT,
        "test_c.py": """
            import os

            import m

            def test_c(monkeypatch):
                monkeypatch.setenv("OWN", "1")
                assert os.environ["OWN"] == "1" and m.server() == "one"
                assert os.environ["PYTEST_CURRENT_TEST"]

            def test_d():
                assert dict(os.environ)["SERVER"] == "one"
        """,
    },
    edit={},
)

harmless(
    "imports",
    "a module of the project that is imported on other systems only",
    files={
        "pkg/__init__.py": "",
        "pkg/_windows.py": "VALUE = 1\n",
        "pkg/m.py": """
            import sys

            if sys.platform == "win32":
                from ._windows import VALUE
            else:
                VALUE = 2

            def g():
                if VALUE == 1:
                    import other_systems
                return VALUE
        """,
        "other_systems.py": "",
        "test_m.py": """
            from pkg import m

            def test_a():
                assert m.g() == 2
        """,
    },
    edit={},
)

harmless(
    "imports",
    "a package that replaces itself by an importer of its own",
    files={
        "real.py": "VALUE = 2\n",
        "alias/__init__.py": """
            import importlib.abc
            import importlib.util
            import os
            import sys

            class Finder(importlib.abc.MetaPathFinder):
                def find_spec(self, name, path=None, target=None):
                    real = os.path.join(os.path.dirname(os.path.dirname(__file__)), "real.py")
                    return importlib.util.spec_from_file_location(name, real) if name == "alias" else None

            sys.meta_path.insert(0, Finder())
            sys.modules.pop("alias")
            import alias
        """,
        "test_m.py": """
            def test_a():
                import alias
                assert alias is not None
        """,
    },
    edit={},
)
