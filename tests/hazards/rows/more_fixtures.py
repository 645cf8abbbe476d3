"""Of pytest: fixtures and parameters in every form."""

from cases import changed, group, hazard, on_top
from short_forms import in_test_file

group("pytest and unittest")

USES = "\ndef test_b():\n    pass\n"

in_test_file(
    "fixture",
    "with name=",
    """
    import pytest

    @pytest.fixture(name="value")
    def make_value():
        return 1

    def test_a(value):
        assert value == 1
""",
    "return 1",
    "return 2",
)

in_test_file(
    "fixture",
    "its name= changes",
    """
    import pytest

    @pytest.fixture(name="value")
    def make_value():
        return 1

    def test_a(value):
        assert value == 1
""",
    'name="value"',
    'name="other"',
)

in_test_file(
    "fixture",
    "usefixtures",
    """
    import pytest

    SEEN = []

    @pytest.fixture
    def value():
        SEEN.append(1)

    @pytest.mark.usefixtures("value")
    def test_a():
        assert SEEN == [1]
""",
    "append(1)",
    "append(2)",
)

in_test_file(
    "fixture",
    "getfixturevalue",
    """
    import pytest

    @pytest.fixture
    def value():
        return 1

    def test_a(request):
        assert request.getfixturevalue("val" + "ue") == 1
""",
    "return 1",
    "return 2",
)

in_test_file(
    "fixture",
    "autouse in a class",
    """
    import pytest

    class TestAll:
        @pytest.fixture(autouse=True)
        def value(self):
            self.seen = 1

        def test_a(self):
            assert self.seen == 1
""",
    "self.seen = 1",
    "self.seen = 2",
    "TestAll::test_a",
)

in_test_file(
    "fixture",
    "autouse added to a class",
    """
    import pytest

    class TestAll:
        seen = 1

        def test_a(self):
            assert self.seen == 1
""",
    "    def test_a",
    "    @pytest.fixture(autouse=True)\n    def value(self):\n        self.seen = 2\n\n    def test_a",
    "TestAll::test_a",
    known_over="a new autouse fixture counts for every test that loads its file, not of its class alone",
)

in_test_file(
    "fixture",
    "autouse added to the module",
    """
    import pytest

    SEEN = []

    def test_a():
        assert SEEN == []
""",
    "def test_a",
    "@pytest.fixture(autouse=True)\ndef value():\n    SEEN.append(1)\n\ndef test_a",
    "test_a test_b",
    same_outcome="test_b is touched by it, too",
)

in_test_file(
    "fixture",
    "another one that it asks for",
    """
    import pytest

    @pytest.fixture
    def inner():
        return 1

    @pytest.fixture
    def value(inner):
        return inner

    def test_a(value):
        assert value == 1
""",
    "return 1",
    "return 2",
)

in_test_file(
    "fixture",
    "code after its yield",
    """
    import pytest

    @pytest.fixture
    def value():
        yield 1
        assert 1 == 1

    def test_a(value):
        assert value == 1
""",
    "1 == 1",
    "1 == 2",
)

in_test_file(
    "fixture",
    "parameters of it",
    """
    import pytest

    @pytest.fixture(params=[1], ids=["one"])
    def value(request):
        return request.param

    def test_a(value):
        assert value == 1
""",
    "params=[1]",
    "params=[2]",
    "test_a[one]",
)

OVERRIDDEN = {
    "conftest.py": "import pytest\n\n@pytest.fixture\ndef value():\n    return 1\n",
    "inner/test_m.py": "def test_a(value):\n    assert value == 1\n",
    "test_outer.py": "def test_b(value):\n    assert value == 1\n",
}

NEARER = "import pytest\n\n@pytest.fixture\ndef value():\n    return 2\n"

hazard(
    "fixture",
    "overridden in a nearer conftest",
    files=OVERRIDDEN,
    edit={"inner/conftest.py": NEARER},
    runs="test_a",
)

hazard(
    "fixture",
    "overridden in an existing nearer conftest",
    files={**OVERRIDDEN, "inner/conftest.py": "import pytest\n"},
    edit={"inner/conftest.py": NEARER},
    runs="test_a",
)

hazard(
    "fixture",
    "overridden in the test module",
    files=OVERRIDDEN,
    edit={"inner/test_m.py": on_top(NEARER)},
    runs="test_a",
)

hazard(
    "fixture",
    "nearer conftest removed",
    files={**OVERRIDDEN, "inner/conftest.py": NEARER.replace("2", "1")}
    | {
        "conftest.py": str(OVERRIDDEN["conftest.py"]).replace("1", "2"),
        "test_outer.py": "def test_b(value):\n    pass\n",
    },
    edit={"inner/conftest.py": None},
    runs="test_a",
    known_over="a file that is gone counts for all tests that loaded it, and the session loads each conftest",
)

hazard(
    "fixture",
    "of a module named by pytest_plugins",
    files={
        "conftest.py": 'pytest_plugins = ["more_fixtures"]\n',
        "more_fixtures.py": "import pytest\n\n@pytest.fixture\ndef value():\n    return 1\n",
        "test_m.py": "def test_a(value):\n    assert value == 1\n\ndef test_b():\n    pass\n",
    },
    edit={"more_fixtures.py": changed("return 1", "return 2")},
    runs="test_a",
)

hazard(
    "fixture",
    "pytest_plugins names another module",
    files={
        "conftest.py": 'pytest_plugins = ["one_fixtures"]\n',
        "one_fixtures.py": "import pytest\n\n@pytest.fixture\ndef value():\n    return 1\n",
        "two_fixtures.py": "import pytest\n\n@pytest.fixture\ndef value():\n    return 2\n",
        "test_m.py": "def test_a(value):\n    assert value == 1\n\ndef test_b():\n    pass\n",
    },
    edit={"conftest.py": changed("one_fixtures", "two_fixtures")},
    runs="test_a",
    may_run="test_b test_bystander",
    because="a plugin may touch every test",
)

in_test_file(
    "parameters",
    "indirect",
    """
    import pytest

    @pytest.fixture
    def value(request):
        return request.param + 1

    @pytest.mark.parametrize("value", [0], indirect=True)
    def test_a(value):
        assert value == 1
""",
    "request.param + 1",
    "request.param + 2",
    "test_a[0]",
)

in_test_file(
    "parameters",
    "a value under the same id",
    """
    import pytest

    @pytest.mark.parametrize("value", [1], ids=["one"])
    def test_a(value):
        assert value == 1
""",
    "[1]",
    "[2]",
    "test_a[one]",
)

in_test_file(
    "parameters",
    "built by a function",
    """
    import pytest

    def values():
        return [pytest.param(1, id="one")]

    @pytest.mark.parametrize("value", values())
    def test_a(value):
        assert value == 1
""",
    "param(1",
    "param(2",
    "test_a[one]",
)

in_test_file(
    "parameters",
    "class mark",
    """
    import pytest

    @pytest.mark.parametrize("value", [1], ids=["one"])
    class TestAll:
        def test_a(self, value):
            assert value == 1
""",
    "[1]",
    "[2]",
    "TestAll::test_a[one]",
)
