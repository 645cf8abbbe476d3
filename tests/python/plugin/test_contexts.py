"""Which tests are charged with which fixtures, and how tests end, as the recorder is told."""

import re
import sys

import pytest


def assert_balanced(run):
    """Contexts ended innermost first (the stand-in asserts that) and the session is current again."""
    assert run.named("stop")[0]["current"] == 0, run.text
    assert "recording ended early" not in run.text


def test_fixtures_are_charged_to_every_user_also_through_others(project):
    project.write(
        "test_it.py",
        """
import pytest

@pytest.fixture(scope="session")
def deep(): return 1

@pytest.fixture(scope="module")
def middle(deep): return deep

@pytest.fixture
def own(middle): return middle

def test_first(own): pass
def test_second(own): pass
def test_other(): pass
def test_deep_only(deep): pass
""",
    )
    run = project.pytest("--alibi")
    charged = run.charged()
    for name in ("test_first", "test_second"):
        assert {"test_it.py::deep", "test_it.py::middle"} <= charged[f"test_it.py::{name}"]
    assert charged["test_it.py::test_deep_only"] & {"test_it.py::deep", "test_it.py::middle"} == {
        "test_it.py::deep"
    }
    assert not charged["test_it.py::test_other"] & {"test_it.py::deep", "test_it.py::middle"}
    assert "test_it.py::own" not in charged["test_it.py::test_first"]
    assert_balanced(run)


def test_autouse_and_xunit_and_unittest_setups_are_charged(project):
    project.write(
        "conftest.py", "import pytest\n@pytest.fixture(autouse=True, scope='session')\ndef always(): pass\n"
    )
    project.write(
        "test_it.py",
        """
import unittest

def setup_module(): pass
def teardown_module(): pass

def test_function(): pass

class TestPlain:
    @classmethod
    def setup_class(cls): pass
    def test_one(self): pass
    def test_two(self): pass

class Unit(unittest.TestCase):
    @classmethod
    def setUpClass(cls): pass
    def test_three(self): pass
    def test_four(self): pass
""",
    )
    run = project.pytest("--alibi")
    charged = run.charged()
    assert len(charged) == 5

    def has(test, part):
        return any(part in name for name in charged[f"test_it.py::{test}"])

    for test in ("test_function", "TestPlain::test_two", "Unit::test_four"):
        assert has(test, "always")
        assert has(test, "setup_module")
    assert has("TestPlain::test_one", "setup_class")
    assert has("TestPlain::test_two", "setup_class")
    assert not has("test_function", "setup_class")
    for test in ("Unit::test_three", "Unit::test_four"):
        assert has(test, "setUpClass") or has(test, "setup_class")
    assert_balanced(run)


def test_each_parameter_of_a_fixture_is_an_instance_of_its_own(project):
    project.write(
        "test_it.py",
        """
import pytest

@pytest.fixture(scope="module", params=["a", "b"])
def letter(request): yield request.param

def test_one(letter): pass
def test_two(letter): pass
""",
    )
    charged = project.pytest("--alibi").charged()
    assert "test_it.py::letter[0]" in charged["test_it.py::test_one[a]"] & charged["test_it.py::test_two[a]"]
    assert "test_it.py::letter[1]" not in charged["test_it.py::test_two[a]"]
    assert "test_it.py::letter[1]" in charged["test_it.py::test_one[b]"] & charged["test_it.py::test_two[b]"]


def test_parametrize_with_a_wider_scope_makes_a_shared_instance(project):
    project.write(
        "test_it.py",
        """
import pytest

@pytest.fixture(scope="module")
def shared(request): return request.param

@pytest.mark.parametrize("shared", [1], indirect=True, scope="module")
class TestIt:
    def test_one(self, shared): pass
    def test_two(self, shared): pass
""",
    )
    charged = project.pytest("--alibi").charged()
    assert all("test_it.py::shared[0]" in names for names in charged.values())


def test_fixtures_asked_for_at_run_time(project):
    project.write(
        "test_it.py",
        """
import pytest

@pytest.fixture(scope="session")
def base(): return 1

@pytest.fixture(scope="session")
def wrapper(request): return request.getfixturevalue("base")

def test_first(base, wrapper): pass
def test_second(wrapper): pass
def test_inside(request): request.getfixturevalue("base")
def test_none(): pass
""",
    )
    charged = project.pytest("--alibi").charged()
    assert {"test_it.py::base", "test_it.py::wrapper"} <= charged["test_it.py::test_second"]
    assert "test_it.py::base" in charged["test_it.py::test_inside"]
    assert "test_it.py::base" not in charged["test_it.py::test_none"]


def test_teardown_goes_to_the_fixture_not_to_the_last_test(project):
    project.write(
        "test_it.py",
        """
import pytest

@pytest.fixture(scope="module")
def outer(): yield

@pytest.fixture(scope="module")
def inner(outer, request):
    request.addfinalizer(lambda: None)
    yield

def test_one(inner): pass
""",
    )
    run = project.pytest("--alibi")
    resumed = [entry["context"] for entry in run.named("resume_context")]
    began = {entry["name"]: entry["context"] for entry in run.named("begin_context")}
    assert resumed[:2] == [began["test_it.py::inner"], began["test_it.py::outer"]]
    assert_balanced(run)


def test_a_failing_fixture_is_charged_to_every_test_it_stops(project):
    project.write(
        "test_it.py",
        """
import pytest

@pytest.fixture(scope="session")
def broken(): raise RuntimeError("broken")

@pytest.fixture(scope="session")
def skipping(): pytest.skip("not here")

def test_one(broken): pass
def test_two(broken): pass
def test_three(skipping): pass
def test_four(skipping): pass
""",
    )
    run = project.pytest("--alibi")
    charged = run.charged()
    assert "test_it.py::broken" in charged["test_it.py::test_one"] & charged["test_it.py::test_two"]
    assert "test_it.py::skipping" in charged["test_it.py::test_three"] & charged["test_it.py::test_four"]
    assert list(run.ended().values()) == ["error", "error", "skipped", "skipped"]
    assert_balanced(run)


def test_a_failing_teardown_leaves_the_contexts_in_order(project):
    project.write(
        "test_it.py",
        """
import pytest

@pytest.fixture(scope="module")
def first():
    yield
    raise RuntimeError("teardown")

@pytest.fixture(scope="module")
def second(first):
    yield
    raise RuntimeError("teardown too")

def test_one(second): pass
def test_two(): pass
""",
    )
    run = project.pytest("--alibi")
    assert run.ended()["test_it.py::test_two"] == "error"
    assert_balanced(run)


def test_setup_and_teardown_of_a_package_are_charged_to_all_its_tests(project):
    project.write("pack/__init__.py", "def setup_module(module=None): pass\n")
    project.write("pack/test_it.py", "def test_one(): pass\ndef test_two(): pass\n")
    project.write("pack/inner/__init__.py", "def teardown_module(module=None): pass\n")
    project.write("pack/inner/test_in.py", "def test_five(): pass\ndef test_six(): pass\n")
    project.write("plain/__init__.py", "")
    project.write("plain/test_that.py", "def test_three(): pass\ndef test_four(): pass\n")
    run = project.pytest("--alibi")
    charged = run.charged()
    packages = {
        entry["name"]
        for entry in run.named("begin_context")
        if entry["kind"] == "other" and "::setup" in entry["name"]
    }
    (pack,) = (name for name in packages if "inner" not in name)
    (inner,) = (name for name in packages if "inner" in name)
    assert pack in charged["pack/test_it.py::test_one"] & charged["pack/test_it.py::test_two"]
    # Whether it is below the outer package as well is a matter of pytest's version.
    assert inner in charged["pack/inner/test_in.py::test_five"] & charged["pack/inner/test_in.py::test_six"]
    assert inner not in charged["pack/test_it.py::test_two"]
    assert not packages & charged["plain/test_that.py::test_three"]
    began = {entry["name"]: entry["context"] for entry in run.named("begin_context")}
    assert {began[pack], began[inner]} <= {entry["context"] for entry in run.named("resume_context")}
    assert_balanced(run)


def test_setup_of_a_collector_of_the_project_is_charged_to_all_its_tests(project):
    project.write(
        "conftest.py",
        """
import pytest

class Step(pytest.Item):
    def runtest(self): pass
    def reportinfo(self): return str(self.name), 0, self.name

class Steps(pytest.File):
    def collect(self):
        for line in ("one", "two", "three"):
            yield Step.from_parent(self, name=line)
    def setup(self):
        self.addfinalizer(lambda: None)
        if "broken" in self.name: raise RuntimeError("set-up")
    def teardown(self):
        if "bad" in self.name: raise RuntimeError("teardown")

if hasattr(pytest, "Stash"):
    def pytest_collect_file(file_path, parent):
        return Steps.from_parent(parent, path=file_path) if file_path.suffix == ".steps" else None
else:
    def pytest_collect_file(path, parent):
        return Steps.from_parent(parent, fspath=path) if path.ext == ".steps" else None
""",
    )
    for name in ("good", "broken", "bad"):
        project.write(f"{name}.steps", "")
    project.write("test_it.py", "def test_other(): pass\n")
    plain = project.pytest()
    run = project.pytest("--alibi")
    assert run.outcomes == plain.outcomes
    assert len(run.outcomes) > 5
    charged = run.charged()
    for name in ("good", "broken", "bad"):
        for step in ("one", "two", "three"):
            assert f"{name}.steps::setup" in charged[f"{name}.steps::{step}"]
    assert "good.steps::setup" not in charged["bad.steps::one"] | charged["test_it.py::test_other"]
    assert_balanced(run)


def test_outcomes(project):
    project.write(
        "test_it.py",
        """
import pytest
import unittest

def test_pass(): pass
def test_fail(): assert 1 == 2, "wrong"
def test_skip(): pytest.skip("why not")
@pytest.mark.skip(reason="marked")
def test_marked(): pass
@pytest.mark.xfail(reason="known")
def test_xfail(): assert 0
@pytest.mark.xfail
def test_xpass(): pass
@pytest.mark.xfail(strict=True)
def test_strict(): pass
@pytest.fixture
def bad(): assert 0
def test_error(bad): pass
@pytest.fixture
def late():
    yield
    assert 0
def test_late(late): pass

class Unit(unittest.TestCase):
    def test_fail(self): self.fail("no")
    @unittest.expectedFailure
    def test_expected(self): assert 0
""",
    )
    run = project.pytest("--alibi")
    assert {name.partition("::")[2]: outcome for name, outcome in run.ended().items()} == {
        "test_pass": "passed",
        "test_fail": "failed",
        "test_skip": "skipped",
        "test_marked": "skipped",
        "test_xfail": "xfailed",
        "test_xpass": "xpassed",
        "test_strict": "failed",
        "test_error": "error",
        "test_late": "error",
        "Unit::test_fail": "failed",
        "Unit::test_expected": "xfailed",
    }
    reasons = {entry["reason"] for entry in run.named("end_test")}
    assert {"why not", "marked", "known"} <= reasons
    assert any("wrong" in reason for reason in reasons)


def test_doctests_and_text_files_are_tests(project):
    project.write("module.py", '"""\n>>> 1 + 1\n2\n"""\n')
    project.write("test_text.txt", ">>> 1\n1\n")
    run = project.pytest("--alibi", "--doctest-modules")
    assert run.ended() == {"module.py::module": "passed", "test_text.txt::test_text.txt": "passed"}


def test_subtests_belong_to_their_test(project):
    if not re.search(r"^subtests\b", project.run("-m", "pytest", "--fixtures").stdout, re.MULTILINE):
        pytest.skip("this pytest has no subtests and pytest-subtests is not installed")
    project.write(
        "test_it.py",
        """
import unittest

def test_sub(subtests):
    for number in range(3):
        with subtests.test(number=number):
            assert number != 1

class Unit(unittest.TestCase):
    def test_good(self):
        for number in range(3):
            with self.subTest(number=number):
                assert number < 3
    def test_bad(self):
        for number in range(3):
            with self.subTest(number=number):
                assert number != 2
""",
    )
    run = project.pytest("--alibi")
    assert run.ended() == {
        "test_it.py::test_sub": "failed",
        "test_it.py::Unit::test_good": "passed",
        "test_it.py::Unit::test_bad": "failed",
    }


def test_interrupted_test_has_not_ended(project):
    project.write(
        "test_it.py",
        "def test_one(): pass\ndef test_two(): raise KeyboardInterrupt\ndef test_three(): pass\n",
    )
    plain, run = project.pytest(), project.pytest("--alibi")
    assert run.status == plain.status == 2
    assert run.ended() == {"test_it.py::test_one": "passed"}
    assert len(project.merged()) == 1


def test_stopping_at_the_first_failure_stores_what_ended(project):
    project.write("test_it.py", "def test_one(): pass\ndef test_two(): assert 0\ndef test_three(): pass\n")
    run = project.pytest("--alibi", "-x")
    assert run.status == 1
    assert run.ended() == {"test_it.py::test_one": "passed", "test_it.py::test_two": "failed"}


def test_last_failed(project):
    project.write("test_it.py", "def test_one(): pass\ndef test_two(): assert 0\n")
    project.pytest("--alibi")
    assert list(project.pytest("--alibi", "--lf").ended()) == ["test_it.py::test_two"]


def test_setup_only_is_no_evidence_of_a_test(project):
    project.write("test_it.py", "def test_one(): pass\n")
    assert not project.pytest("--alibi", "--setup-only").ended()


def test_two_runs_in_one_process(project):
    project.write("test_it.py", "def test_one(): pass\n")
    project.write(
        "twice.py", "import pytest\nassert [pytest.main(['--alibi', '-q']) for _ in range(2)] == [0, 0]\n"
    )
    run = project.run("twice.py")
    assert run.status == 0, run.text
    assert len(run.named("stop")) == 2
    assert len(project.merged()) == 2


INNER = """
pytest_plugins = ["pytester"]

def test_outer(pytester):
    pytester.makepyfile("def test_inner(): pass")
    result = pytester.runpytest_{how}({arguments})
    result.assert_outcomes(passed=1)
    print("INNER", [line for line in result.outlines if line.startswith("alibi: ")])
"""


@pytest.mark.parametrize(
    ("how", "arguments", "said"),
    [
        ("inprocess", "", 0),
        ("subprocess", "", 0),
        ("inprocess", "'--alibi'", 1),
    ],
)
def test_a_pytest_run_inside_a_test_does_not_disturb_the_outer_one(project, how, arguments, said):
    project.write("test_it.py", INNER.format(how=how, arguments=arguments))
    run = project.pytest("-s", env={"ALIBI": "1"})
    assert run.status == 0, run.text
    assert run.ended() == {"test_it.py::test_outer": "passed"}
    inner = run.stdout.partition("INNER [")[2].partition("]")[0]
    assert inner.count("alibi: ") == said, inner
    assert_balanced(run)


def test_a_pytest_run_inside_a_test_may_ask_for_a_recording_of_its_own(project):
    project.write("test_it.py", INNER.format(how="subprocess", arguments="'--alibi'"))
    run = project.pytest()
    assert (
        run.ended() == {"test_inner.py::test_inner": "passed"} or "test_outer.py::test_inner" in run.ended()
    )


def test_under_coverage(project):
    pytest.importorskip("pytest_cov")
    project.write("module.py", "def f():\n    return 1\n")
    project.write("test_it.py", "import module\ndef test_one(): assert module.f()\n")
    run = project.pytest("--alibi", "--cov=module")
    assert run.status == 0
    assert run.ended() == {"test_it.py::test_one": "passed"}
    assert "100%" in run.stdout


def test_without_cache_or_terminal(project):
    project.write("test_it.py", "def test_one(): pass\ndef test_two(): assert 0\n")
    assert project.pytest("--alibi", "-p", "no:cacheprovider").status == 1
    run = project.run("-m", "pytest", "--alibi", "-p", "no:terminal")
    assert run.status == 1
    assert len(run.ended()) == 2


def test_pdb_that_is_never_entered(project):
    project.write("test_it.py", "def test_one(): pass\n")
    assert project.pytest("--alibi", "--pdb").ended() == {"test_it.py::test_one": "passed"}


@pytest.mark.skipif(sys.version_info < (3, 8), reason="pytest-asyncio needs 3.8")
def test_async_tests_of_a_plugin(project):
    pytest.importorskip("pytest_asyncio")
    project.write(
        "test_it.py",
        """
import pytest, pytest_asyncio

@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def value():
    yield 1

@pytest.mark.asyncio(loop_scope="module")
async def test_one(value): pass

@pytest.mark.asyncio(loop_scope="module")
async def test_two(value): pass
""",
    )
    run = project.pytest("--alibi")
    assert set(run.ended().values()) == {"passed"}
    assert all("test_it.py::value" in names for names in run.charged().values())
    assert_balanced(run)
