"""pytest as a persistent worker: what its tests see and what comes of them is what a plain run gives."""

import re

import pytest

NOTE = """
import os
def note(text):
    with open(os.environ["JOURNAL"], "a", encoding="utf-8") as journal:
        print(text, file=journal)
"""
FIXTURES = """
import pytest
from note import note

def noted(name, scope, **more):
    @pytest.fixture(scope=scope, name=name, **more)
    def fixture(request):
        label = name + str(getattr(request, "param", ""))
        note("+" + label + " " + request.node.name)
        yield label
        note("-" + label)
    return fixture
"""
USES = """
from note import note
from fixtures import noted
per_module = noted("per_module", "module")
per_class = noted("per_class", "class")

def setup_module():
    note("+xunit " + __name__)
def teardown_module():
    note("-xunit " + __name__)

def test_one(per_module, per_package,): note(__name__ + " one")
def test_two(per_module, per_session): note(__name__ + " two")
class TestThings:
    def test_three(self, per_class): note(__name__ + " three")
    def test_four(self, per_class): note(__name__ + " four")
"""
PACKAGE = """
from fixtures import noted
per_package = noted("per_package", "package")
"""


@pytest.fixture
def layered(project):
    """Two packages, one in the other, a folder that is none, and fixtures of every scope."""
    project.write("note.py", NOTE)
    project.write("fixtures.py", FIXTURES)
    project.write(
        "conftest.py",
        "import pytest\nfrom fixtures import noted\n"
        "per_session = noted('per_session', 'session')\nalways = noted('always', 'session', autouse=True)\n"
        "each_module = noted('each_module', 'module', autouse=True)\n"
        "per_package = noted('per_package', 'package')\n",
    )
    project.write("pytest.ini", "[pytest]\npythonpath = .\n")
    project.environment["PYTHONPATH"] = str(project.folder)
    for package in ("alpha", "alpha/inner"):
        project.write(f"{package}/__init__.py", "from note import note\n")
        project.write(f"{package}/conftest.py", PACKAGE)
    project.write(
        "alpha/__init__.py",
        "from note import note\ndef setup_module(): note('+alpha')\ndef teardown_module(): note('-alpha')\n",
    )
    return project, [
        project.write(f"{name}.py", USES)
        for name in (
            "alpha/test_a",
            "alpha/test_b",
            "alpha/inner/test_c",
            "alpha/inner/test_d",
            "alpha/test_e",
            "plain/test_f",
            "plain/test_g",
            "test_h",
        )
    ]


def outcomes(text):
    words = "PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS"
    return sorted(line.partition(" - ")[0] for line in re.findall(rf"^(?:{words})\b.*$", text, re.MULTILINE))


def test_fixtures_of_every_scope_live_as_long_as_in_a_plain_run(layered):
    project, files = layered
    plain = project.plain(files, "-rA")
    run = project.worker(files, "-rA")
    assert run.journal == plain.journal
    assert outcomes(run.output) == outcomes(plain.stdout)
    assert (run.status, plain.returncode) == (0, 0)
    assert run.outcomes == ["passed"] * len(files)
    assert [message["tests"] for message in run.all("done")] == [4] * len(files)


def test_session_fixtures_survive_when_nobody_knows_what_comes_next(layered):
    project, files = layered
    run = project.worker(files, early="later")
    assert run.status == 0
    assert len([line for line in run.journal if "always" in line]) == 2
    assert run.journal.count("-per_session") == 1


def test_parametrised_session_fixtures_are_set_up_for_one_file_after_the_other(project):
    project.write("note.py", NOTE)
    project.write("fixtures.py", FIXTURES)
    project.write(
        "conftest.py", "from fixtures import noted\nnumber = noted('number', 'session', params=[1, 2])\n"
    )
    project.environment["PYTHONPATH"] = str(project.folder)
    body = "from note import note\ndef test_{0}(number): note('{0} ' + number)\ndef test_z(number): note('z ' + number)\n"
    files = [project.write(f"test_{name}.py", body.format(name)) for name in "ab"]
    each = [project.plain([file]).journal for file in files]
    assert project.worker(files).journal == each[0] + each[1]


def test_the_parts_of_a_divided_file_share_its_module(layered):
    project, files = layered
    parts = [
        ("alpha/test_a.py", [f"alpha/test_a.py::{name}"]) for name in ("test_one", "test_two", "TestThings")
    ]
    run = project.worker([*parts, files[1]])
    plain = project.plain(["alpha/test_a.py", files[1]])
    assert run.journal == plain.journal
    assert run.status == 0
    assert run.outcomes == ["passed"] * 4


DESELECTING = """
import pytest
@pytest.mark.parametrize("a", [1, 2])
def test_1(a): pass
def test_10(): pass
class TestX:
    def test_2(self): pass
    def test_3(self): assert False
"""


def test_loading_a_file_is_told_apart_from_its_tests(project):
    text = "import time\ntime.sleep(0.2)\ndef test_a(): time.sleep(0.1)\n"
    done = project.worker([project.write("test_a.py", text)]).done[1]
    assert 200 <= done["loading_ms"] <= done["ms"] - 100


def test_a_file_that_cannot_be_loaded_has_loading_at_most(project):
    done = project.worker([project.write("test_a.py", "raise ValueError\n")]).done[1]
    assert done["loading_ms"] <= done["ms"]


def test_a_file_without_some_of_its_tests(project):
    project.write("deep/test_a.py", DESELECTING)
    project.write("test_b.py", "def test_b(): pass\n")
    words = [
        "deep/test_a.py",
        "--deselect=deep/test_a.py::test_1",
        "--deselect=deep/test_a.py::TestX::test_3",
    ]
    run = project.worker([("deep/test_a.py", words), "test_b.py"], "-v")
    assert run.status == 0
    assert re.findall(r"::(\S+) PASSED", run.output) == ["test_10", "TestX::test_2", "test_b"]
    assert "3 passed, 3 deselected" in run.output
    assert [(one["tests"], one["left_out"]) for one in run.messages if "done" in one] == [(2, 3), (1, 0)]
    plain = project.plain([words[0], *words[1:], "test_b.py"], "-v")
    assert re.findall(r"::(TestX::\S+|test_b) PASSED", plain.stdout) == ["TestX::test_2", "test_b"]
    everything = project.worker(
        [
            (
                "deep/test_a.py",
                [*words, "--deselect=deep/test_a.py::TestX", "--deselect=deep/test_a.py::test_10"],
            )
        ]
    )
    assert everything.outcomes == ["passed"]


def test_what_is_deselected_may_count_from_where_pytest_was_started(project):
    project.write("pytest.ini", "[pytest]\n")
    project.write("deep/test_a.py", DESELECTING)
    for name in ("test_a.py", "deep/test_a.py"):
        unit = ("test_a.py", ["test_a.py", f"--deselect={name}::TestX"])
        run = project.worker([unit], cwd=project.folder / "deep")
        assert run.status == 0
        assert "3 passed, 2 deselected" in run.output


def test_a_file_that_failed_as_a_whole_fails_again_without_the_same_tests(project):
    project.write("test_a.py", "import nowhere\n")
    run = project.worker([("test_a.py", ["test_a.py", "--deselect=test_a.py::x"])])
    (done,) = [one for one in run.messages if "done" in one]
    assert done["failed"] == ["test_a.py", "--deselect=test_a.py::x"]


def test_the_first_message_says_who_it_is(project):
    file = project.write("test_a.py", "def test_a(): pass\n")
    run = project.worker([file])
    assert run.messages[0]["ready"] == 1
    assert run.messages[0]["framework"] == "pytest"
    assert list(run.messages[1]) == ["next"]
    assert run.messages[2] == {"begin": 1}


def test_failures_are_told_with_what_selects_them(project):
    file = project.write(
        "test_ä.py",
        "import pytest\ndef test_a(): pass\n@pytest.mark.parametrize('x', ['ü', 2])\ndef test_b(x): assert x == 2\n"
        "class TestC:\n    def test_d(self): assert 0\n",
    )
    run = project.worker([file])
    assert run.status == 1
    (done,) = run.all("done")
    assert (done["outcome"], done["tests"]) == ("failed", 4)
    assert done["failed"] == ["test_ä.py::test_b[\\xfc]", "test_ä.py::TestC::test_d"]
    again = project.worker([("test_ä.py", done["failed"])])
    assert again.all("done")[0]["tests"] == 2


def test_a_failed_unit_may_be_given_again(project):
    file = project.write(
        "test_a.py",
        "import os, pytest\n@pytest.fixture(scope='module')\ndef broken():\n"
        "    assert os.path.exists('mark') or open('mark', 'w').write('')\n"
        "def test_a(broken): pass\ndef test_b(): pass\n",
    )
    other = project.write("test_c.py", "def test_c(): pass\n")
    run = project.worker([file, other], retry=[1])
    assert [(message["done"], message["outcome"]) for message in run.all("done")] == [
        (1, "failed"),
        (2, "passed"),
        (1, "passed"),
    ]
    (project.folder / "mark").unlink()
    run = project.worker([file], retry=[1], early="later")
    assert run.outcomes == ["failed", "passed"]


def test_a_file_that_cannot_be_imported_fails_alone(project):
    files = [
        project.write("test_a.py", "def test_a(): pass\n"),
        project.write("test_b.py", "import nothing_of_this_name\n"),
        project.write("test_c.py", "import sys\nsys.exit(3)\n"),
        project.write("test_d.py", "def test_d(): pass\n"),
    ]
    run = project.worker(files)
    assert run.outcomes == ["passed", "failed", "failed", "passed"]
    assert run.done[2]["failed"] == ["test_b.py"]
    assert run.status == 1
    assert "2 passed" in run.output
    assert "nothing_of_this_name" in run.output


def test_what_does_not_exist_fails_alone_with_pytests_own_status(project):
    files = [
        project.write("test_a.py", "def test_a(): pass\n"),
        ("test_a.py", ["test_a.py::test_gone"]),
        "test_gone.py",
        project.write("test_d.py", "def test_d(): pass\n"),
    ]
    run = project.worker(files)
    assert run.outcomes == ["passed", "failed", "failed", "passed"]
    assert run.status == 4
    assert "test_gone" in run.output


def test_files_without_tests_are_none(project):
    empty = project.write("test_empty.py", "")
    assert project.worker([empty]).outcomes == ["none"]
    assert project.worker([empty]).status == 5
    full = project.write("test_full.py", "def test_a(): pass\n")
    run = project.worker([empty, full, empty])
    assert (run.outcomes, run.status) == (["none", "passed", "none"], 0)


def test_no_unit_at_all_is_no_test_at_all(project):
    file = project.write("test_full.py", "def test_a(): pass\n")
    run = project.worker([], arguments=[file])
    assert run.status == 5
    assert run.all("begin") == []


def test_an_empty_file_between_two_packages_leaves_no_fixture_behind(project):
    project.write("note.py", NOTE)
    project.environment["PYTHONPATH"] = str(project.folder)
    for package in ("a", "b"):
        project.write(f"{package}/__init__.py", "")
        project.write(
            f"{package}/conftest.py",
            "import pytest\nfrom note import note\n@pytest.fixture(scope='package', autouse=True)\ndef wide():\n"
            f"    note('+{package}')\n    yield\n    note('-{package}')\n    assert '{package}' == 'b'\n",
        )
    body = "from note import note\ndef test_it(): note(__name__)\n"
    files = [
        project.write("a/test_1.py", body),
        project.write("a/test_2.py", ""),
        project.write("b/test_3.py", body),
        project.write("b/test_4.py", ""),
    ]
    plain = project.plain(files, "-rA")
    run = project.worker(files, "-rA")
    assert run.journal == plain.journal
    assert outcomes(run.output) == outcomes(plain.stdout)
    assert run.status == plain.returncode == 1


def test_x_stops_the_worker_and_gives_back_what_it_did_not_begin(project):
    files = [
        project.write("test_a.py", "def test_a(): assert 0\n"),
        project.write("test_b.py", "def test_b(): pass\n"),
    ]
    run = project.worker(files, "-x")
    assert run.outcomes == ["failed"]
    assert [message["begin"] for message in run.all("begin")] == [1]
    assert "stopping after 1 failures" in run.all("stop")[0]["stop"]
    assert run.status == 1


def test_a_unit_that_x_cuts_short_is_to_run_again_as_a_whole(project):
    body = "def test_{0}1(): assert 0\ndef test_{0}2(): pass\n"
    file = project.write("test_a.py", "def test_a0(): pass\n" + body.format("a"))
    done = project.worker([file], "-x").done[1]
    assert (done["outcome"], done["tests"], done["left_out"]) == ("failed", 2, 1)
    assert done["failed"] == ["test_a.py"]
    part = ["test_a.py::test_a1", "test_a.py::test_a2"]
    assert project.worker([(file, part)], "--maxfail=1").done[1]["failed"] == part
    last = project.write("test_b.py", "def test_b(): assert 0\n")
    done = project.worker([last, file], "-x").done[1]
    assert (done["failed"], done["left_out"]) == (["test_b.py::test_b"], 0)


def test_a_unit_that_an_interrupt_cuts_short_names_no_failure_that_was_none(project):
    body = "def test_a(): assert {0}\ndef test_b(): raise KeyboardInterrupt\ndef test_c(): pass\n"
    assert project.worker([project.write("test_a.py", body.format(1))]).done[1]["failed"] == []
    done = project.worker([project.write("test_a.py", body.format(0))]).done[1]
    assert (done["failed"], done["left_out"]) == (["test_a.py"], 2)


def outside(run):
    """What is said of failures outside of units."""
    assert not run.all("failed_outside") or run.messages[-1] == {"failed_outside": True}
    return len(run.all("failed_outside"))


FAILS = "session.testsfailed += 1; print('torn down')\n"  # as pytest-cov does


@pytest.mark.parametrize(
    "conftest",
    [
        "@pytest.fixture(scope='session', autouse=True)\ndef wide():\n    yield\n    assert 0, 'torn down'\n",
        "def pytest_sessionfinish(): raise ValueError('torn down')\n",
        "def pytest_terminal_summary(): raise ValueError('torn down')\n",
        "def pytest_sessionfinish(session): session.exitstatus = 1; print('torn down')\n",
        "@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtestloop(session):\n    yield\n    " + FAILS,
    ],
)
def test_failures_outside_of_units_are_told_last(project, conftest):
    project.write("conftest.py", "import pytest\n" + conftest)
    files = [project.write(f"test_{name}.py", "def test_a(): pass\n") for name in "ab"]
    run = project.worker(files, early="later")
    assert run.outcomes == ["passed", "passed"]
    assert "torn down" in run.output
    assert (outside(run), run.status) == (1, 1)


def test_failures_that_units_were_told_with_are_not_outside(project):
    project.write(
        "conftest.py",
        "import pytest\n@pytest.fixture(scope='session', autouse=True)\ndef wide():\n    yield\n    assert 0\n",
    )
    run = project.worker([project.write("test_a.py", "def test_a(): assert 0\n")])
    assert (run.outcomes, outside(run)) == (["failed"], 0)
    project.write("conftest.py", "")
    files = ["test_a.py", project.write("test_b.py", "import nothing_of_this_name\n"), "test_gone.py"]
    assert outside(project.worker(files)) == 0
    assert outside(project.worker(files, "-x")) == 0
    assert outside(project.worker([project.write("test_c.py", "")])) == 0


def test_what_the_projects_own_options_deselect_is_not_left_out(project):
    file = project.write("test_x.py", "def test_a(): pass\ndef test_b(): pass\n")
    done = project.worker([file], "-k", "test_a").done[1]
    assert (done["outcome"], done["tests"], done["left_out"]) == ("passed", 1, 0)
    done = project.worker([file], "-k", "nothing").done[1]
    assert (done["outcome"], done["tests"], done["left_out"]) == ("passed", 0, 0)
    both = ["test_x.py::test_a", "test_x.py::test_b"]
    assert project.worker([(file, both)], "-k", "test_a").done[1]["left_out"] == 1


@pytest.mark.parametrize(
    ("how", "status"),
    [("raise KeyboardInterrupt", 2), ("import pytest; pytest.exit('enough', returncode=7)", 7)],
)
def test_an_interruption_ends_it_as_pytest_ends(project, how, status):
    file = project.write("test_a.py", f"def test_a():\n    {how}\ndef test_b(): pass\n")
    run = project.worker([file, file])
    assert run.status == status
    assert run.outcomes == ["failed"]
    assert run.all("stop")


def test_a_crash_is_seen_in_the_unit_it_happened_in(project):
    files = [
        project.write("test_a.py", "def test_a(): pass\n"),
        project.write("test_b.py", "import os\ndef test_b(): os._exit(9)\n"),
        project.write("test_c.py", "def test_c(): pass\n"),
    ]
    run = project.worker(files)
    assert run.status == 9
    assert [message["begin"] for message in run.all("begin")] == [1, 2]
    assert list(run.done) == [1]


def test_a_test_that_calls_exit_fails_only_itself(project):
    file = project.write("test_a.py", "import sys\ndef test_a(): sys.exit(0)\ndef test_b(): pass\n")
    run = project.worker([file])
    assert (run.status, run.done[1]["failed"]) == (1, ["test_a.py::test_a"])


def test_a_closed_socket_means_no_more_units(project):
    files = [project.write(f"test_{number}.py", "def test_a(): pass\n") for number in range(5)]
    run = project.worker(files, close_after=2, early="later")
    assert run.status == 0
    assert "2 passed" in run.output


def test_a_forked_child_does_not_speak_for_its_parent(project):
    file = project.write("test_a.py", "import os\ndef test_a():\n    os.fork()\n")
    other = project.write("test_b.py", "def test_b(): pass\n")
    run = project.worker([file, other])
    assert [message["done"] for message in run.all("done")] == [1, 2]


def test_tests_see_neither_the_socket_nor_the_drivers_folder(project):
    file = project.write(
        "test_a.py",
        "import os, subprocess, sys\ndef test_a():\n"
        f"    scratch = {str(project.scratch)!r}\n"
        "    assert 'ALIBI_WORKER_SOCKET' not in os.environ\n"
        "    assert 'PYTHONPATH' not in os.environ and scratch not in sys.path\n"
        "    listing = 'import os; print(os.listdir(\"/proc/self/fd\"))'\n"
        "    alone = subprocess.run([sys.executable, '-c', listing], stdout=subprocess.PIPE, close_fds=False,\n"
        "                           text=True).stdout\n"
        "    strict = subprocess.run([sys.executable, '-c', listing], stdout=subprocess.PIPE, text=True).stdout\n"
        "    assert alone == strict\n",
    )
    run = project.worker([file])
    assert run.status == 0, run.output


def test_the_rest_of_the_search_path_stays(project):
    project.environment["PYTHONPATH"] = "/somewhere"
    file = project.write(
        "test_a.py", "import os\ndef test_a(): assert os.environ['PYTHONPATH'] == '/somewhere'\n"
    )
    assert project.worker([file]).status == 0


def test_options_of_conftests_are_known(project):
    project.write(
        "sub/conftest.py", "def pytest_addoption(parser):\n    parser.addoption('--colour', default='red')\n"
    )
    files = [
        project.write(
            "sub/test_a.py", "def test_a(request): assert request.config.getoption('--colour') == 'blue'\n"
        ),
        project.write(
            "sub/test_b.py", "def test_b(request): assert request.config.getoption('--colour') == 'blue'\n"
        ),
    ]
    assert project.worker(files, "--colour=blue").status == 0


def test_a_conftest_found_late_applies_and_one_that_breaks_fails_only_its_files(project):
    project.write("late/conftest.py", "import pytest\n@pytest.fixture\ndef value(): return 1\n")
    project.write("bad/conftest.py", "import nothing_of_this_name\n")
    files = [
        project.write("test_a.py", "def test_a(): pass\n"),
        project.write("late/test_b.py", "def test_b(value): assert value == 1\n"),
        project.write("test_z.py", "def test_z(): pass\n"),
    ]
    run = project.worker(files, arguments=["test_a.py"])
    assert run.outcomes == ["passed"] * 3, run.output


def test_what_is_deselected_is_no_missing_test(project):
    file = project.write("test_a.py", "def test_a(): pass\n")
    other = project.write("test_b.py", "def test_b(): pass\n")
    run = project.worker([file, other], "-k", "test_b")
    assert run.outcomes == ["passed", "passed"]
    assert [done["tests"] for done in run.all("done")] == [0, 1]
    assert run.status == 0
    assert "1 deselected" in run.output


def test_one_report_is_written_at_the_end(project):
    files = [project.write(f"test_{name}.py", f"def test_{name}(): pass\n") for name in "abc"]
    run = project.worker(files, "--junit-xml=report.xml")
    report = (project.folder / "report.xml").read_text(encoding="utf-8")
    assert report.count("<testcase ") == 3
    assert 'tests="3"' in report
    assert run.output.count("test session starts") == 1
    assert run.output.count("3 passed") == 1
    assert "collected" not in run.output
    assert "%" not in run.output


def test_warnings_and_log_files_are_those_of_the_whole_run(project):
    project.write("pytest.ini", "[pytest]\nlog_file = log.txt\nlog_file_level = INFO\n")
    body = "import logging, warnings\nwarnings.warn('at import of {0}')\ndef test_{0}(): logging.info('ran {0}')\n"
    files = [project.write(f"test_{name}.py", body.format(name)) for name in "abc"]
    run = project.worker(files)
    assert all(f"at import of {name}" in run.output for name in "abc")
    log = (project.folder / "log.txt").read_text(encoding="utf-8")
    assert re.findall("ran (.)", log) == list("abc")


@pytest.mark.parametrize("option", ["--lf", "--sw", "--collect-only"])
def test_what_needs_all_tests_at_once_is_declined_before_it_is_ready(project, option):
    file = project.write("test_a.py", "def test_a(): pass\n")
    run = project.worker([file], option)
    assert run.messages == []
    assert run.status == 4
    assert "no persistent worker" in run.output


def test_xdist_is_declined_only_when_it_is_used(project):
    file = project.write("test_a.py", "def test_a(): pass\n")
    if project.worker([file], "-n0").status == 4:
        pytest.skip("that pytest has no pytest-xdist")
    run = project.worker([file], "-n2")
    assert run.messages == []
    assert "pytest-xdist" in run.output
    assert project.worker([file], "-n0").outcomes == ["passed"]


def test_two_hundred_files(project):
    files = [
        project.write(f"part{n % 7}/test_{n}.py", f"def test_a(): assert {n} != 77\n") for n in range(200)
    ]
    run = project.worker(files)
    assert run.outcomes.count("passed") == 199
    assert run.done[78]["outcome"] == "failed"
    assert "199 passed" in run.output
    assert run.status == 1


def test_rewritten_assertions_explain_themselves_in_every_file(project):
    project.write("pytest.ini", "[pytest]\npython_files = check_*.py\n")
    files = [
        project.write(f"{name}.py", f"def test_a():\n    value = {number}\n    assert value == 9\n")
        for number, name in enumerate(("check_a", "odd", "other"))
    ]
    run = project.worker(files)
    assert [f"assert {number} == 9" in run.output for number in range(3)] == [True] * 3


def test_unittest_classes_and_doctests_run_as_ever(project):
    file = project.write(
        "test_u.py",
        "import unittest\nclass Case(unittest.TestCase):\n"
        "    @classmethod\n    def setUpClass(cls): cls.x = 1\n    def test_a(self): self.assertEqual(self.x, 1)\n",
    )
    text = project.write("test_t.txt", ">>> 1 + 1\n2\n")
    run = project.worker([file, text])
    assert run.outcomes == ["passed", "passed"], run.output


@pytest.mark.parametrize("number", [None, "", "0", "99"])
def test_without_anybody_to_ask_nothing_runs(project, number):
    file = project.write("test_a.py", "def test_a(): open('ran', 'w').close()\n")
    project.environment.update(PYTHONPATH=str(project.scratch), ALIBI_WORKER_SOCKET=number)
    done = project.plain([file], "-p", "alibi_pytest_worker")
    assert done.returncode == 4, done.stdout
    assert "nobody to ask" in done.stdout
    assert not (project.folder / "ran").exists()


def test_a_file_is_imported_where_pytest_was_started(project):
    """A plain run imports all files before a test can leave another directory."""
    project.write("data.txt", "data")
    elsewhere = project.scratch
    files = [
        project.write("test_a.py", f"import os\ndef test_a(): os.chdir({str(elsewhere)!r})\n"),
        project.write(
            "test_b.py",
            "import os\nDATA = open('data.txt').read()\n"
            f"def test_b(): assert os.path.samefile('.', {str(elsewhere)!r})\n",
        ),
        project.write(
            "test_c.py",
            "import os\ndef test_c():\n    os.mkdir('gone')\n    os.chdir('gone')\n    os.rmdir('../gone')\n",
        ),
        project.write("test_d.py", "DATA = open('data.txt').read()\ndef test_d(): pass\n"),
    ]
    assert project.plain(files).returncode == 0
    run = project.worker(files)
    assert (run.outcomes, run.status) == (["passed"] * 4, 0), run.output


def test_the_directory_that_a_file_changes_to_when_imported_is_that_of_its_tests(project):
    project.write("deep/data.txt", "data")
    files = [
        project.write("test_a.py", "import os\nos.chdir('deep')\ndef test_a(): open('data.txt')\n"),
        project.write("test_b.py", "def test_b(): open('data.txt')\n"),
    ]
    assert project.plain(files).returncode == 0
    run = project.worker(files)
    assert (run.outcomes, run.status) == (["passed"] * 2, 0), run.output


@pytest.mark.parametrize(
    "leftover",
    [
        "time.perf_counter = None",
        "time.perf_counter = lambda: 'soon'",
        "socket.socket = None",
        "socket.socket.sendall = socket.socket.recv = None",
        "os.getpid = lambda: 1",
    ],
)
def test_what_a_test_leaves_patched_is_not_what_the_worker_runs_with(project, leftover):
    files = [
        project.write("test_a.py", f"import os, socket, time\ndef test_a(): {leftover}\n"),
        project.write("test_b.py", "def test_b(): pass\n"),
    ]
    assert project.plain(files).returncode == 0
    run = project.worker(files)
    assert (run.outcomes, run.status) == (["passed"] * 2, 0), run.output


def test_names_with_brackets_are_run_although_pytest_does_not_take_them(project):
    parts = "import pytest\n@pytest.mark.parametrize('x', ['a::b', 'c'])\ndef test_p(x): pass\ndef test_q(): pass\n"
    files = [
        project.write("test_[x].py", "def test_a(): pass\ndef test_b(): pass\n"),
        project.write("d[1]/test_c.py", parts),
        project.write("d[1]/test_broken.py", "raise ValueError\n"),
        project.write("test_d.py", "def test_d(): pass\n"),
    ]
    units = [
        files[0],
        (files[1], [files[1] + "::test_q"]),
        (files[1], [files[1] + "::test_p[a::b]"]),
        files[3],
    ]
    units.append((files[1], [files[1], f"--deselect={files[1]}::test_q"]))
    run = project.worker(units)
    assert (run.outcomes, run.status) == (["passed"] * 5, 0), run.output
    assert [one["tests"] for one in run.all("done")] == [2, 1, 1, 1, 2]


def test_a_packages_own_file_is_not_the_whole_package(project):
    doctest = '"""\n>>> 1\n1\n"""\n'
    files = [
        project.write("pk/__init__.py", doctest),
        project.write("pk/a.py", doctest),
        project.write("pk/sub/__init__.py", doctest),
        project.write("pk/test_b.py", "def test_b(): pass\n"),
    ]
    run = project.worker(files, "--doctest-modules")
    assert (run.outcomes, run.status) == (["passed"] * 4, 0), run.output
    assert [one["tests"] for one in run.all("done")] == [1] * 4
