"""What each attempt at a test finds: fixtures of every scope, every kind of test, and how attempts end."""

import re

import pytest
from test_retries import RETRIES, SUPPORT, Suite, managed, notes, statuses, summary


@pytest.fixture
def suite(project):
    return Suite(project)


SCOPES = """
@pytest.fixture(scope="session")
def s():
    say("+s"); yield; say("-s")

@pytest.fixture(scope="module")
def m(s):
    say("+m"); yield; say("-m")

@pytest.fixture(scope="class")
def c(m):
    say("+c"); yield; say("-c")

@pytest.fixture
def f(c, tmp_path):
    assert not list(tmp_path.iterdir())
    (tmp_path / "x").touch()
    say("+f"); yield; say("-f")

class TestIt:
    def setup_method(self):
        say("setup")
        assert not hasattr(self, "mine")
        self.mine = 1

    def test_a(self, f, request):
        assert request.instance is self
        assert self.mine == 1
        self.mine = 2
        fail_first(1, "a")

    def test_b(self, f):
        say("b")

def test_c(m):
    fail_first(1, "c")
"""


def test_fixtures_of_the_test_are_made_anew_and_others_stay(suite):
    suite.write(SCOPES)
    run = suite.run(**RETRIES)
    assert run.status == 0, run.text
    first = [entry for entry in run.diary if entry != "setup"]
    assert first == "+s +m +c +f a -f +f a -f +f b -f -c c c -m -s".split()
    assert run.diary.count("setup") == 3

    def charged(test):
        return {name.rpartition("::")[2] for name in run.charged()[f"test_it.py::{test}"]}

    assert charged("TestIt::test_a") >= {"s", "m", "c"}
    assert charged("test_c") >= {"s", "m"}
    assert "c" not in charged("test_c")


FAILING_MODULE = """
@pytest.fixture(scope="module")
def m(request):
    request.addfinalizer(lambda: say("-m"))
    fail_first(1, "+m")

@pytest.fixture(scope="module")
def user(m):
    say("+u"); yield; say("-u")

def test_a(user): say("a")
def test_b(user): say("b")
"""


def test_a_wider_fixture_that_failed_is_tried_again_and_torn_down_once(suite):
    suite.write(FAILING_MODULE)
    run = suite.run(**RETRIES)
    assert run.status == 0, run.text
    assert run.diary == "+m -m +m +u a b -u -m".split()
    assert statuses(run, "test_a") == ["fail", "pass"]


def test_a_fixture_asked_for_by_name_that_failed_is_tried_again(suite):
    suite.write(
        "@pytest.fixture(scope='session')\ndef s():\n    fail_first(1, 's')\n"
        "def test_a(request): request.getfixturevalue('s')\n"
    )
    assert suite.run(**RETRIES).diary == ["s", "s"]


def test_a_set_up_of_a_module_that_failed_is_tried_again(suite):
    suite.write(
        "def setup_module(): fail_first(1, 'module')\n"
        "class TestIt:\n    @classmethod\n    def setup_class(cls): fail_first(1, 'class')\n"
        "    def test_a(self): say('a')\n"
    )
    run = suite.run(**RETRIES)
    assert (run.status, run.diary) == (0, "module module class class a".split()), run.text


OWN_COLLECTOR = """
import pytest
from support import fail_first, say

class Case(pytest.Item):
    def runtest(self): say(self.name)

class File(pytest.File):
    def setup(self): fail_first(1, "file")
    def teardown(self): say("down")
    def collect(self):
        for name in ("one", "two"):
            yield Case.from_parent(self, name=name)

if pytest.__version__ < "7" :
    def pytest_collect_file(path, parent):
        return File.from_parent(parent, fspath=path) if path.ext == ".case" else None
else:
    def pytest_collect_file(file_path, parent):
        return File.from_parent(parent, path=file_path) if file_path.suffix == ".case" else None
"""


def test_a_collector_whose_set_up_failed_is_set_up_again(suite):
    suite.project.write("conftest.py", OWN_COLLECTOR)
    suite.project.write("a.case", "")
    run = suite.run(env={"PYTHONPATH": suite.path()}, **RETRIES)
    assert (run.status, run.diary) == (0, "file down file one two down".split()), run.text


@pytest.mark.parametrize("opening", [RETRIES, {"flaky_test_retries": {"per_test": 2, "tests": 0}}])
@pytest.mark.parametrize("scope", ["session", "module"])
def test_a_wider_fixture_that_skips_is_set_up_once(suite, scope, opening):
    suite.write(
        f"@pytest.fixture(scope='{scope}')\ndef docker():\n    say('+docker')\n    pytest.skip('no docker')\n"
        "@pytest.mark.parametrize('i', range(3))\ndef test_a(docker, i): pass\n"
    )
    run = suite.run(**opening)
    assert (run.status, run.diary) == (0, ["+docker"]), run.text
    assert summary(run) == {"skipped": 3}


def test_a_class_whose_set_up_skips_is_set_up_once(suite):
    suite.write(
        "import unittest\nclass Case(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n"
        "        say('+class')\n        raise unittest.SkipTest('no')\n"
        "    def test_a(self): pass\n    def test_b(self): pass\n"
    )
    run = suite.run(**RETRIES)
    assert (run.status, run.diary) == (0, ["+class"]), run.text


@pytest.mark.parametrize("tests", [0, 1000])
def test_a_wider_fixture_that_fails_in_all_attempts_at_a_test_is_left_alone_then(suite, tests):
    suite.write(
        "@pytest.fixture(scope='session')\ndef db():\n    say('+db')\n    raise OSError('no database')\n"
        "@pytest.mark.parametrize('i', range(4))\ndef test_a(db, i): pass\n"
        "def test_b(): fail_first(1, 'b')\n"
    )
    run = suite.run(flaky_test_retries={"per_test": 2, "tests": tests})
    assert run.diary == (["+db"] * 3 + ["b"] * 2 if tests else ["+db", "b"]), run.text
    assert summary(run)["errors"] == 4
    assert [statuses(run, f"test_a[{i}]") for i in (0, 1, 3)] == [
        ["fail"] * (3 if tests else 1),
        ["fail"],
        ["fail"],
    ]


def test_an_expected_failure_is_no_reason_to_give_a_wider_fixture_up(suite):
    suite.write(
        "@pytest.fixture(scope='session')\ndef db(): fail_first(1, '+db')\n"
        "@pytest.mark.xfail\ndef test_a(db): pass\ndef test_b(db): say('b')\n"
    )
    run = suite.run(**RETRIES)
    assert (run.status, run.diary) == (0, ["+db", "+db", "b"]), run.text


def test_a_collector_that_fails_in_all_attempts_at_a_test_is_left_alone_then(suite):
    suite.project.write("conftest.py", OWN_COLLECTOR.replace("fail_first(1,", "fail_first(9,"))
    suite.project.write("a.case", "")
    run = suite.run(env={"PYTHONPATH": suite.path()}, **RETRIES)
    assert (run.status, run.diary.count("file")) == (1, 3), run.text


def test_what_fails_in_a_finalizer_of_a_fixture_that_failed_is_reported_by_pytest(suite):
    suite.write(
        "@pytest.fixture(scope='module')\ndef broken(request):\n"
        "    request.addfinalizer(lambda: pytest.fail('in finalizer'))\n    say('+m')\n"
        "    raise OSError('down')\n"
        "def test_a(broken): pass\ndef test_b(): pass\n"
    )
    run = suite.run(**RETRIES)
    assert (run.status, run.diary) == (1, ["+m"] * 3), run.text
    assert "INTERNALERROR" not in run.text
    assert summary(run) == {"passed": 1, "errors": 2, "retried": 2}
    assert run.stdout.count("Failed: in finalizer") >= 1


def test_what_fails_in_a_finalizer_of_a_fixture_that_skips_is_not_lost(suite):
    suite.write(
        "@pytest.fixture(scope='module')\ndef m(request):\n    def bad(): raise OSError('cleanup failed')\n"
        "    request.addfinalizer(bad)\n    pytest.skip('none here')\n"
        "def test_a(m): pass\ndef test_b(): pass\n"
    )
    run = suite.run(**RETRIES)
    assert (run.status, summary(run)) == (1, {"passed": 1, "skipped": 1, "error": 1}), run.text


def test_a_teardown_that_fails_is_a_failed_attempt(suite):
    suite.write(
        "@pytest.fixture\ndef f():\n    yield\n    fail_first(1, 'down')\n"
        "def test_a(f): say('a')\ndef test_b(): say('b')\n"
    )
    run = suite.run(**RETRIES)
    assert (run.status, run.diary) == (0, "a down a down b".split()), run.text
    assert statuses(run, "test_a") == ["fail", "pass"]


def test_a_failing_teardown_after_a_failure_leaves_pytest_as_it_should_be(suite):
    suite.write(
        "@pytest.fixture\ndef f():\n    yield\n    say('down')\n    assert 0\n"
        "def test_a(f): fail_first(1, 'a')\n"
    )
    suite.write("def test_b(): say('b')\n", "test_other.py")
    run = suite.run(**RETRIES)
    assert (run.status, run.diary) == (1, "a down a down b".split())
    assert run.ended() == {"test_it.py::test_a": "error", "test_other.py::test_b": "passed"}


def test_a_wider_teardown_that_fails_is_not_tried_again(suite):
    suite.write(
        "@pytest.fixture(scope='module')\ndef m():\n    yield\n    say('-m')\n    assert 0\n"
        "def test_a(m): say('a')\n"
    )
    run = suite.run(**RETRIES)
    assert (run.status, run.diary) == (1, ["a", "-m"])
    assert summary(run) == {"passed": 1, "error": 1}


SHARED_TEARDOWN = """
@pytest.fixture(scope='module')
def m():
    yield
    say('-m')
    raise OSError('the server had errors')

def test_a(m):
    say('a')
"""
DETECTS = {
    "known": {"": {"x.py": ["x"]}},
    "early_flake_detection": {"retries": [[5, 2]], "faulty_percent": 100},
}


@pytest.mark.parametrize("call", ["", "    fail_first(1, 'b')", "    fail_after(1, 'b')"])
def test_an_error_in_the_teardown_of_what_tests_share_stays_whichever_attempt_counts(suite, call):
    suite.project.write(
        "support.py",
        SUPPORT + "def fail_after(count, name):\n    say(name)\n    with open(DIARY) as file:\n"
        "        assert file.read().split().count(name) <= count, name\n",
    )
    suite.write("from support import fail_after\n" + SHARED_TEARDOWN + call)
    run = suite.run(**DETECTS)
    assert (run.status, run.diary.count("-m")) == (1, 1), run.text
    assert run.ended() == {"test_it.py::test_a": "error"}
    assert summary(run) == {"passed": 1, "error": 1, "retried": 1 if call else 2}
    assert "the server had errors" in run.stdout
    assert f"alibi: 1 test was tried again ({1 if call else 0} flaky)" in run.alibi_lines


def test_an_error_in_the_teardown_of_the_test_itself_is_that_of_its_attempt(suite):
    suite.write(
        "@pytest.fixture(scope='module')\ndef m():\n    yield\n    say('-m')\n"
        "@pytest.fixture\ndef f():\n    yield\n    say('-f')\n"
        "    with open(__import__('support').DIARY) as f:\n        assert f.read().split().count('-f') < 2\n"
        "def test_a(m, f): say('a')\n"
    )
    run = suite.run(**DETECTS)
    assert (run.status, run.diary[-1]) == (0, "-m"), run.text
    assert run.ended() == {"test_it.py::test_a": "passed"}


@pytest.mark.parametrize("more", [{}, RETRIES], ids=["once", "retried"])
@pytest.mark.parametrize("call", ["", "    assert 0"], ids=["passes", "fails"])
def test_quarantine_does_not_forgive_the_teardown_of_what_other_tests_share(suite, more, call):
    suite.write(SHARED_TEARDOWN.replace("def test_a", "def test_o(m): say('o')\n\ndef test_a") + call)
    run = suite.run(managed=managed(("test_a", "quarantined")), **more)
    assert run.status == 1, run.text
    assert summary(run)["error"] == 1
    assert run.ended()["test_it.py::test_a"] == ("failed" if call else "error")


UNITTEST = """
import unittest

class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls): say("+class")

    @classmethod
    def tearDownClass(cls): say("-class")

    def setUp(self):
        say("+case")
        self.assertFalse(hasattr(self, "mine"))
        self.mine = 1
        self.addCleanup(say, "cleanup")

    def tearDown(self): say("-case")

    def test_a(self): fail_first(1, "a")

    @unittest.skip("no")
    def test_b(self): pass

    @unittest.expectedFailure
    def test_c(self): self.fail("c")
"""


def test_unittest_has_its_case_and_its_class_set_up_as_ever(suite):
    suite.write(UNITTEST)
    run = suite.run(**RETRIES)
    assert run.status == 0, run.text
    assert run.diary[:8] == "+class +case a -case cleanup +case a -case".split()
    assert run.diary.count("-class") == 1
    assert statuses(run, "Case::test_a") == ["fail", "pass"]
    assert summary(run) == {"passed": 1, "skipped": 1, "xfailed": 1, "retried": 1}


DOCTEST = '''
from support import fail_first

def buy():
    """
    >>> buy()
    1
    """
    fail_first(1, "buy")
    return 1
'''


def test_a_doctest_has_its_names_in_each_attempt(suite):
    suite.project.write("shop.py", DOCTEST)
    run = suite.run("--doctest-modules", "shop.py", **RETRIES)
    assert (run.status, run.diary) == (0, ["buy"] * 2), run.text


def test_parametrised_fixtures_keep_their_instance(suite):
    suite.write(
        "@pytest.fixture(scope='module', params=[1, 2])\ndef m(request):\n"
        "    say(f'+{request.param}')\n    yield request.param\n    say(f'-{request.param}')\n"
        "def test_a(m): fail_first(1, f'a{m}')\ndef test_b(m): say(f'b{m}')\n"
    )
    run = suite.run(**RETRIES)
    assert run.diary == "+1 a1 a1 b1 -1 +2 a2 a2 b2 -2".split()


def test_what_a_test_leaves_at_its_item_is_gone(suite):
    suite.write(
        "def test_a(request, record_property):\n    record_property('x', 1)\n    print('said')\n"
        "    assert request.node.get_closest_marker('mine') is None\n"
        "    request.node.add_marker('mine')\n    fail_first(1, 'a')\n"
    )
    run = suite.run("--junitxml=junit.xml", **RETRIES)
    assert run.status == 0, run.text
    assert (suite.project.folder / "junit.xml").read_text().count("<property ") == 1
    assert run.stdout.count("said") == 1


EXPECTED = """
@pytest.mark.xfail
def test_x():
    say("x")
    assert 0

def test_s():
    say("s")
    pytest.skip("no")

@pytest.mark.xfail
def test_p(): say("p")

def test_then():
    fail_first(1, "then")
    pytest.skip("no")
"""


def test_an_expected_failure_and_a_skip_are_not_tried_again(suite):
    suite.write(EXPECTED)
    run = suite.run(**RETRIES)
    assert run.diary == ["x", "s", "p", "then", "then"]
    assert statuses(run, "test_then") == ["fail", "skip"]
    assert summary(run) == {"xfailed": 1, "skipped": 1, "xpassed": 1, "failed": 1, "retried": 1}
    assert run.ended()["test_it.py::test_then"] == "failed"


def has_subtests():
    try:
        import pytest_subtests  # noqa: F401
    except ImportError:
        return hasattr(pytest, "Subtests")
    return True


SUBTESTS = """
def test_a(subtests):
    say("a")
    for number in range(3):
        with subtests.test(number=number):
            fail_first(1 if number == 1 else 0, f"n{number}")
"""
CASES = """
import unittest

class Case(unittest.TestCase):
    def test_a(self):
        say("a")
        for number in range(3):
            with self.subTest(number=number):
                fail_first(1 if number == 1 else 0, f"n{number}")
"""


@pytest.mark.skipif(not has_subtests(), reason="pytest-subtests is not there")
@pytest.mark.parametrize("text", [SUBTESTS, CASES], ids=["fixture", "unittest"])
@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_failed_subtest_is_a_failed_attempt(suite, text, workers):
    pytest.importorskip("xdist")
    suite.write(text)
    run = suite.run(workers, **RETRIES)
    assert (run.status, run.diary) == (0, "a n0 n1 n2 a n0 n1 n2".split()), run.text
    counted = summary(run)
    assert (counted.get("failed"), counted["retried"], counted["passed"] >= 1) == (None, 1, True)
    assert list(run.ended().values()) == ["passed"]


@pytest.mark.skipif(not has_subtests(), reason="pytest-subtests is not there")
@pytest.mark.parametrize("more", [{}, RETRIES], ids=["once", "retried"])
def test_subtests_that_go_on_failing_fail_the_run_unless_they_are_quarantined(suite, more):
    suite.write(SUBTESTS.replace("1 if number == 1 else 0", "9 if number == 1 else 0"))
    run = suite.run(**more)
    assert run.status == 1
    assert list(run.ended().values()) == ["failed"]
    assert summary(run)["failed"] >= 1
    quarantined = suite.run(managed=managed(("test_a", "quarantined")), **more)
    assert quarantined.status == 0, quarantined.text
    assert list(quarantined.ended().values()) == ["failed"]
    assert "failed" not in summary(quarantined), quarantined.text


def test_asynchronous_tests_have_a_loop_for_each_attempt(suite):
    pytest.importorskip("pytest_asyncio")
    suite.write("@pytest.mark.asyncio\nasync def test_a():\n    fail_first(1, 'a')\n")
    run = suite.run(**RETRIES)
    assert (run.status, run.diary) == (0, ["a", "a"]), run.text


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        ("raise KeyboardInterrupt", 2),
        ("pytest.exit('enough')", 2),
        ("request.session.shouldstop = 'enough'", 2),
    ],
)
def test_who_ends_the_run_ends_it_in_any_attempt(suite, ends, status):
    suite.write(
        "def test_a(request):\n    say('a')\n"
        "    with open(__import__('support').DIARY) as f:\n        count = f.read().split().count('a')\n"
        f"    if count == 2:\n        {ends}\n    assert 0\n"
        "def test_b(): say('b')\n"
    )
    run = suite.run(**RETRIES)
    assert (run.status, run.diary) == (status, ["a", "a"]), run.text
    assert "INTERNALERROR" not in run.text
    stops = "should" in ends
    assert statuses(run, "test_a") == (["fail", "fail"] if stops else ["fail", None])
    assert run.ended() == ({"test_it.py::test_a": "failed"} if stops else {})


def test_the_failure_before_a_ctrl_c_in_the_next_attempt_is_told(suite):
    suite.write(
        "def test_a():\n    say('a')\n    with open(__import__('support').DIARY) as f:\n"
        "        if f.read().split().count('a') > 1:\n            raise KeyboardInterrupt\n    assert 0\n"
        "def test_b(): say('b')\n"
    )
    run = suite.run(**RETRIES)
    assert (run.status, run.diary) == (2, ["a", "a"]), run.text
    assert summary(run) == {"failed": 1}
    assert run.ended() == {}


@pytest.mark.skipif(tuple(map(int, pytest.__version__.split(".")[:2])) < (8, 3), reason="as of pytest 8.3")
@pytest.mark.parametrize("option", ["-x", "--maxfail=2"])
def test_the_failure_that_ends_the_run_has_shared_fixtures_torn_down_and_reported(suite, option):
    suite.write(
        "@pytest.fixture(scope='module')\ndef m():\n    yield\n    say('-m')\n    raise OSError('errors')\n"
        + ("def test_o(): assert 0\n" if option != "-x" else "")
        + "def test_a(m): assert 0\ndef test_b(m): say('b')\n"
    )
    run = suite.run(option, **RETRIES)
    assert (run.status, run.diary) == (1, ["-m"]), run.text
    assert summary(run)["error"] == 1


def test_hooks_of_a_teardown_between_attempts_have_a_next_item_that_is_a_test(suite):
    suite.project.write(
        "conftest.py",
        "import sys, os\nsys.path.insert(0, os.path.dirname(__file__))\nfrom support import say\n"
        "def pytest_runtest_teardown(item, nextitem):\n"
        "    say(f'-{item.name}:{nextitem and nextitem.originalname}')\n",
    )
    suite.write(
        "@pytest.fixture(scope='module')\ndef m():\n    say('+m'); yield; say('-m')\n"
        "class TestIt:\n    def test_a(self, m): fail_first(1, 'a')\ndef test_b(): fail_first(1, 'b')\n"
    )
    run = suite.run(**RETRIES)
    expected = "+m a -test_a:test_a a -test_a:test_b b -test_b:test_b b -test_b:None -m"
    assert (run.status, run.diary) == (0, expected.split()), run.text


OWN_PROTOCOL = """
import sys, os
sys.path.insert(0, os.path.dirname(__file__))
from _pytest.runner import runtestprotocol
from support import say

def pytest_runtest_protocol(item, nextitem):
    say("own")
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    runtestprotocol(item, nextitem=nextitem)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
"""


def test_a_way_of_running_tests_that_the_project_has_is_kept(suite):
    suite.project.write("conftest.py", OWN_PROTOCOL)
    suite.write("def test_a(): fail_first(1, 'a')\n")
    run = suite.run(env={"PYTHONPATH": suite.path()}, **RETRIES)
    assert (run.status, run.diary) == (1, ["own", "a"]), run.text
    assert run.ended() == {"test_it.py::test_a": "failed"}


@pytest.mark.skipif(pytest.__version__ < "7", reason="pytest itself makes an instance for each set-up")
def test_a_method_of_hypothesis_keeps_its_instance(suite):
    suite.write(
        "import functools\nseen = []\n"
        "def given(function):\n    def wrapped(self):\n        function(self)\n"
        "    wrapped.hypothesis = object()\n    return wrapped\n"
        "class TestIt:\n    @given\n    def test_a(self):\n        seen.append(self)\n"
        "        assert len({id(one) for one in seen}) == 1\n        fail_first(1, 'a')\n"
    )
    run = suite.run(**RETRIES)
    assert (run.status, run.diary) == (0, ["a", "a"]), run.text


RERUNNER = """
import os, sys
sys.path.insert(0, os.path.dirname(__file__))

def pytest_addoption(parser):
    parser.addoption("--reruns", type=int, default=0)
    parser.addini("reruns", "how often")

def pytest_configure(config):
    config.addinivalue_line("markers", "flaky: again")
    config.pluginmanager.register(object(), "rerunfailures")
"""


def test_failures_are_left_to_other_plugins_where_these_act(suite):
    suite.project.write("conftest.py", RERUNNER)
    suite.write("def test_a(): fail_first(9, 'a')\n@pytest.mark.flaky\ndef test_b(): fail_first(9, 'b')\n")
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    plugin = "-ptestalibi.pytest_plugin"
    assert suite.run(plugin, env=alone, **RETRIES).diary == ["a"] * 3 + ["b"]
    assert suite.run(plugin, "--reruns=1", env=alone, **RETRIES).diary == ["a", "b"]
    suite.project.write("pytest.ini", "[pytest]\nreruns = 1\n")
    assert suite.run(plugin, env=alone, **RETRIES).diary == ["a", "b"]


def test_pytest_rerunfailures_goes_on_as_ever(suite):
    pytest.importorskip("pytest_rerunfailures")
    suite.write("def test_a(): fail_first(1, 'a')\ndef test_q(): fail_first(9, 'q')\n")
    run = suite.run("-pno:flaky", "--reruns=1", managed=managed(("test_q", "quarantined")), **RETRIES)
    assert (run.status, run.diary) == (0, ["a", "a", "q", "q"]), run.text
    assert statuses(run, "test_a") == ["fail", "pass"]
    assert "test.retry_reason" not in notes(run)["test_a"][1]["tags"]


def test_flaky_goes_on_as_ever(suite):
    pytest.importorskip("flaky")
    suite.write(
        "from flaky import flaky\n@flaky\ndef test_a(): fail_first(1, 'a')\n"
        "def test_b(): fail_first(1, 'b')\n"
    )
    run = suite.run("-pno:rerunfailures", **RETRIES)
    assert (run.status, run.diary) == (0, ["a", "a", "b", "b"]), run.text


def test_forked_tests_take_the_usual_path(suite):
    pytest.importorskip("pytest_forked")
    suite.write("def test_a(): fail_first(1, 'a')\ndef test_q(): fail_first(9, 'q')\n")
    run = suite.run("--forked", managed=managed(("test_q", "quarantined")), **RETRIES)
    assert (run.status, run.diary) == (1, ["a", "q"]), run.text
    assert summary(run) == {"failed": 1, "quarantined": 1}


def surprising(suite, name):
    module, _, rest = name.partition(".")
    suite.write("def test_a(): fail_first(1, 'a')\n")
    suite.write("def test_b(): say('b')\n", "test_other.py")
    suite.project.write(
        "conftest.py",
        "import sys, os\nsys.path.insert(0, os.path.dirname(__file__))\n"
        f"from testalibi import {module}\n"
        "def surprise(*_, **__):\n    raise RuntimeError('surprise')\n"
        f"{module}.{rest} = surprise\n",
    )


@pytest.mark.parametrize("surprise", ["retrying.Plan.attempts_at", "pytest_attempts.Before.__init__"])
def test_a_surprise_before_the_first_attempt_is_the_usual_path(suite, surprise):
    surprising(suite, surprise)
    run = suite.project_run(**RETRIES)
    assert (run.status, run.diary) == (1, ["a", "b"])
    assert run.ended() == {"test_it.py::test_a": "failed", "test_other.py::test_b": "passed"}
    assert any("surprise" in line for line in run.alibi_lines), run.text


@pytest.mark.parametrize(
    "surprise",
    [
        "pytest_attempts.Before.restore",
        "pytest_retries.following",
        "pytest_retries.forget",
        "pytest_retries.failed_set_ups",
        "pytest_failed_set_ups._broken_collectors",
        "pytest_teardowns.Teardowns.watch",
        "retrying.Attempts.add",
        "retrying.Attempts.amend",
        "retrying.Attempts.next_reason",
        "retrying.Attempts.deciding",
        "retrying.Plan.said_of",
        "pytest_attempts._failed_subtests",
        "pytest_attempts.Attempt.as_one_report",
        "pytest_reports._Report.finish",
        "pytest_reports.place_of",
    ],
)
def test_a_surprise_between_attempts_loses_no_test(suite, surprise):
    surprising(suite, surprise)
    run = suite.project_run(known={"": {"x.py": ["x"]}}, **RETRIES)
    assert "INTERNALERROR" not in run.text
    assert run.diary in (["a", "b"], ["a", "a", "b"]), run.diary
    assert run.status == (0 if run.diary[1] == "a" else 1)
    assert set(run.ended()) == {"test_it.py::test_a", "test_other.py::test_b"}
    assert any("surprise" in line for line in run.alibi_lines), run.text


def test_a_pytest_with_other_inner_parts_runs_and_records_tests_once(suite):
    suite.write("def test_a(): fail_first(1, 'a')\n")
    suite.project.write("without.py", "import _pytest.runner\ndel _pytest.runner.show_test_item\n")
    run = suite.project_run("-pwithout", env={"PYTHONPATH": suite.path()}, **RETRIES)
    assert (run.status, run.diary) == (1, ["a"]), run.text
    assert run.ended() == {"test_it.py::test_a": "failed"}
    assert any("show_test_item" in line for line in run.alibi_lines), run.text


WRONG = [
    True,
    -1,
    "text",
    ["text"],
    [[1, 2, 3, 4]],
    {"a": 1},
    {"": {"test_it.py": 3}},
    {"per_test": [], "tests": {}},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_answers_of_the_wrong_type_change_no_outcome(suite, wrong):
    suite.write("def test_a(): say('a')\ndef test_b(): say('b')\n")
    members = "known early_flake_detection flaky_test_retries managed attempt_to_fix_retries modified".split()
    run = suite.run(**dict.fromkeys(members, wrong))
    assert (run.status, run.diary) == (0, ["a", "b"])
    assert not re.search("INTERNALERROR|Traceback", run.text)
