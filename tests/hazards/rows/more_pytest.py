"""Of pytest and unittest: marks, set-ups, hooks, test files that come and go."""

from cases import added, changed, group, harmless, hazard
from short_forms import in_test_file

group("pytest and unittest")

USES = "\ndef test_b():\n    pass\n"

for row, title, old, new in (
    ("mark", "skip added", "def test_a", "@pytest.mark.skip\ndef test_a"),
    ("mark", "xfail added", "def test_a", "@pytest.mark.xfail\ndef test_a"),
    ("mark", "skipif that holds added", "def test_a", "@pytest.mark.skipif(True, reason='x')\ndef test_a"),
):
    in_test_file(row, title, "import pytest\n\ndef test_a():\n    assert True\n", old, new)

in_test_file(
    "mark",
    "xfail removed",
    """
    import pytest

    @pytest.mark.xfail
    def test_a():
        assert False
""",
    "@pytest.mark.xfail\n",
    "",
)

in_test_file(
    "mark",
    "xfail(strict) added to a passing xfail",
    """
    import pytest

    @pytest.mark.xfail
    def test_a():
        assert True
""",
    "xfail",
    "xfail(strict=True)",
)

in_test_file(
    "mark",
    "raises of an xfail",
    """
    import pytest

    @pytest.mark.xfail(raises=ValueError)
    def test_a():
        raise ValueError
""",
    "raises=ValueError",
    "raises=KeyError",
)

hazard(
    "mark",
    "pytestmark of the module",
    files={"test_m.py": "import pytest\n\ndef test_a():\n    assert True\n"},
    edit={"test_m.py": changed("def test_a", "pytestmark = pytest.mark.skip\n\ndef test_a")},
    runs="test_a",
)

hazard(
    "mark",
    "of a class",
    files={
        "test_m.py": (
            "import pytest\n\n"
            "class TestAll:\n"
            "    def test_a(self):\n"
            "        pass\n\n"
            "def test_b():\n"
            "    pass\n"
        )
    },
    edit={"test_m.py": changed("class TestAll", "@pytest.mark.skip\nclass TestAll")},
    runs="TestAll::test_a",
)

UNITTEST = """
    import unittest
    import m

    def setUpModule():
        global at_module
        at_module = m.of_module()

    class TestAll(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.at_class = m.of_class()

        def setUp(self):
            self.at_test = m.of_test()

        def test_first(self):
            assert self.at_class == 1

        def test_second(self):
            assert (at_module, self.at_class, self.at_test) == (1, 1, 1)

        def test_sub(self):
            for number in range(2):
                with self.subTest(number=number):
                    assert m.of_sub() == 1

    class TestMore(unittest.TestCase):
        def test_more(self):
            assert at_module == 1
"""

for where, runs in (
    ("module", "test_first test_second test_sub test_more"),
    ("class", "test_first test_second test_sub"),
    ("test", "test_first test_second test_sub"),
    ("sub", "test_sub"),
):
    names = {"module": "setUpModule", "class": "setUpClass", "test": "setUp", "sub": "subTest"}
    hazard(
        "unittest",
        f"callee of {names[where]}",
        files={
            "m.py": "".join(f"def of_{each}():\n    return 1\n\n" for each in names),
            "test_m.py": UNITTEST,
        },
        edit={"m.py": changed(f"def of_{where}():\n    return 1", f"def of_{where}():\n    return 2")},
        runs=runs,
        same_outcome="all tests of the scope use what it made, some assert it",
    )

hazard(
    "unittest",
    "setUpClass added",
    files={
        "test_m.py": (
            "import unittest\n\n"
            "class TestAll(unittest.TestCase):\n"
            "    value = 1\n\n"
            "    def test_a(self):\n"
            "        assert self.value == 1\n"
        )
    },
    edit={
        "test_m.py": changed(
            "    def test_a",
            "    @classmethod\n    def setUpClass(cls):\n        cls.value = 2\n\n    def test_a",
        )
    },
    runs="test_a",
)

for name in ("setup_module", "setup_function"):
    in_test_file(
        "setup",
        f"{name} added",
        """
        VALUE = 1

        def test_a():
            assert VALUE == 1
    """,
        "def test_a",
        f"def {name}(what):\n    global VALUE\n    VALUE = 2\n\ndef test_a",
        "test_a test_b",
        same_outcome="test_b is touched by it, too",
    )

in_test_file(
    "setup",
    "setup_method added",
    """
    class TestAll:
        value = 1

        def test_a(self):
            assert self.value == 1
""",
    "    def test_a",
    "    def setup_method(self):\n        self.value = 2\n\n    def test_a",
    "TestAll::test_a",
)

EVERY = "a hook that every test of the folder runs changed"

hazard(
    "hook",
    "pytest_runtest_setup of a conftest",
    files={
        "conftest.py": "def pytest_runtest_setup(item):\n    item.config.seen = 1\n",
        "test_m.py": "def test_a(request):\n    assert request.config.seen == 1\n",
    },
    edit={"conftest.py": changed("= 1", "= 2")},
    runs="test_a test_bystander",
    same_outcome=EVERY,
)

hazard(
    "hook",
    "pytest_collection_modifyitems adds a mark",
    files={
        "conftest.py": """
            import pytest

            def pytest_collection_modifyitems(items):
                for item in items:
                    item.add_marker(pytest.mark.filterwarnings("default"))
        """,
        "test_m.py": "import warnings\n\ndef test_a():\n    warnings.warn('x')\n",
    },
    edit={"conftest.py": changed('"default"', '"error"')},
    runs="test_a test_bystander",
    same_outcome=EVERY,
)

hazard(
    "hook",
    "pytest_configure of a conftest",
    files={
        "conftest.py": "def pytest_configure(config):\n    config.seen = 1\n",
        "test_m.py": "def test_a(request):\n    assert request.config.seen == 1\n",
    },
    edit={"conftest.py": changed("= 1", "= 2")},
    runs="test_a test_bystander",
    same_outcome=EVERY,
)

hazard(
    "hook",
    "new hook in a conftest",
    files={
        "conftest.py": "import pytest\n",
        "test_m.py": "def test_a(request):\n    assert not hasattr(request.config, 'seen')\n",
    },
    edit={"conftest.py": added("\ndef pytest_runtest_setup(item):\n    item.config.seen = 1\n")},
    runs="test_a test_bystander",
    same_outcome=EVERY,
)

harmless(
    "files",
    "a test deleted that others stand beside",
    files={"test_m.py": "def test_a():\n    pass\n\ndef test_b():\n    pass\n"},
    edit={"test_m.py": "def test_b():\n    pass\n"},
)

hazard(
    "files",
    "a test renamed",
    files={"test_m.py": "def test_a():\n    pass\n\ndef test_b():\n    pass\n"},
    edit={"test_m.py": changed("test_a", "test_c")},
    runs="test_c",
)

hazard(
    "files",
    "test file renamed",
    files={"test_m.py": "def test_a():\n    pass\n", "test_n.py": "def test_b():\n    pass\n"},
    edit={"test_m.py": None, "test_p.py": "def test_a():\n    pass\n"},
    runs="test_p.py::test_a",
)

hazard(
    "files",
    "syntax error in a test file",
    files={"test_m.py": "def test_a():\n    pass\n"},
    edit={"test_m.py": "def test_a(:\n"},
    broken="test_m.py",
)

hazard(
    "files",
    "syntax error in a module",
    files={"m.py": "X = 1\n", "test_m.py": "import m\n\ndef test_a():\n    assert m.X == 1\n"},
    edit={"m.py": "X = = 1\n"},
    broken="test_m.py",
)

hazard(
    "files",
    "syntax error in a module that a test imports",
    files={"m.py": "X = 1\n", "test_m.py": "def test_a():\n    import m\n    assert m.X == 1\n" + USES},
    edit={"m.py": "X = = 1\n"},
    runs="test_a",
)

hazard(
    "files",
    "module deleted",
    files={"m.py": "X = 1\n", "test_m.py": "def test_a():\n    import m\n    assert m.X == 1\n" + USES},
    edit={"m.py": None},
    runs="test_a",
)

hazard(
    "files",
    "module that a test file imports deleted",
    files={"m.py": "X = 1\n", "test_m.py": "import m\n\ndef test_a():\n    assert m.X == 1\n"},
    edit={"m.py": None},
    broken="test_m.py",
)

hazard(
    "files",
    "a name that a test file imports is gone",
    files={"m.py": "X = 1\nY = 1\n", "test_m.py": "from m import X\n\ndef test_a():\n    pass\n"},
    edit={"m.py": "Y = 1\n"},
    broken="test_m.py",
)
