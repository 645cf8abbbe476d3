"""What collecting a test file is charged to, which tests were found there, and whether these are all."""

import json
import subprocess

import pytest

SUITE = """
import pytest

@pytest.mark.parametrize("number", [1, 2])
def test_many(number): pass

class TestOuter:
    def test_method(self): pass
    class TestInner:
        def test_deep(self): pass

def test_last(): pass
"""
ALL = {
    "test_suite.py::test_many[1]",
    "test_suite.py::test_many[2]",
    "test_suite.py::TestOuter::test_method",
    "test_suite.py::TestOuter::TestInner::test_deep",
    "test_suite.py::test_last",
}


def collected(run):
    """{node id of a file: (tests, all of it went well)}"""
    names = {
        (e["pid"], e["context"]): e["name"] for e in run.named("begin_context") if e["kind"] == "collection"
    }
    return {
        names[e["pid"], e["context"]]: (set(e["test_ids"]), e["ended_well"])
        for e in run.named("end_collection")
    }


def assert_balanced(run):
    assert run.named("stop")[0]["current"] == 0, run.text
    assert "alibi: " not in "".join(line for line in run.alibi_lines if "(" in line and "Error" in line)


def test_all_tests_of_each_file_are_found_and_charged_with_it(project):
    project.write("test_suite.py", SUITE)
    project.write("pkg/__init__.py", "")
    project.write("pkg/test_more.py", "def test_it(): pass\n")
    run = project.pytest("--alibi-noselect", "-k", "test_last or test_it")
    assert collected(run) == {
        "test_suite.py": (ALL, True),
        "pkg/test_more.py": ({"pkg/test_more.py::test_it"}, True),
    }
    charged = run.charged()
    assert set(charged) == {"test_suite.py::test_last", "pkg/test_more.py::test_it"}
    assert {"test_suite.py", "pkg/test_more.py"} & charged["test_suite.py::test_last"] == {"test_suite.py"}
    assert {"test_suite.py", "pkg/test_more.py"} & charged["pkg/test_more.py::test_it"] == {
        "pkg/test_more.py"
    }
    assert_balanced(run)


def test_a_class_resumes_the_context_of_its_file(project):
    project.write("test_suite.py", SUITE)
    run = project.pytest("--alibi-noselect")
    began = [e["context"] for e in run.named("begin_context") if e["kind"] == "collection"]
    assert began == [1]
    assert {e["context"] for e in run.named("resume_context")} == {1}
    assert {e["current"] for e in run.named("end_collection")} == {0}


@pytest.mark.parametrize(
    ("asked", "well"),
    [
        ("test_suite.py::test_last", False),
        ("test_suite.py::TestOuter::TestInner", True),
        ("test_suite.py", True),
    ],
)
def test_a_file_of_which_a_part_was_asked_for(project, asked, well):
    project.write("test_suite.py", SUITE)
    (tests, ended_well) = collected(project.pytest("--alibi-noselect", asked))["test_suite.py"]
    assert ended_well == well
    assert tests == ALL if well else tests < ALL


@pytest.mark.parametrize(
    "text",
    [
        "import nothing_of_that_name\ndef test_it(): pass\n",
        "def broken(:\n",
        "import pytest\npytest.skip('not here', allow_module_level=True)\n",
        "import pytest\n@pytest.mark.parametrize('x', [1])\ndef test_it(y): pass\n",
    ],
)
def test_a_file_that_cannot_be_collected_is_incomplete(project, text):
    project.write("test_broken.py", text)
    project.write("test_fine.py", "def test_it(): pass\n")
    run = project.pytest("--alibi-noselect", "--continue-on-collection-errors")
    assert collected(run) == {
        "test_broken.py": (set(), False),
        "test_fine.py": ({"test_fine.py::test_it"}, True),
    }
    assert_balanced(run)


def test_an_error_later_in_the_file_is_not_forgotten(project):
    project.write(
        "test_it.py",
        "class TestBroken:\n    @property\n    def __dict__(self): raise RuntimeError\n"
        "    def __init__(self): pass\n    def test_never(self): pass\n"
        "def pytest_generate_tests(metafunc):\n"
        "    if metafunc.function.__name__ == 'test_bad': raise RuntimeError('bad')\n"
        "class TestOne:\n    def test_bad(self): pass\n"
        "class TestTwo:\n    def test_good(self): pass\n",
    )
    found = collected(project.pytest("--alibi-noselect"))
    assert found["test_it.py"] == ({"test_it.py::TestTwo::test_good"}, False)


def test_files_that_were_not_looked_into_have_no_collection(project):
    project.write("test_suite.py", SUITE)
    project.write("test_fails.py", "def test_fails(): assert 0\ndef test_passes(): pass\n")
    project.pytest("--alibi-noselect")
    run = project.pytest("--alibi-noselect", "--last-failed")
    assert list(run.ended()) == ["test_fails.py::test_fails"]
    found = collected(run)
    assert found["test_fails.py"] == ({"test_fails.py::test_fails", "test_fails.py::test_passes"}, True)
    assert found.get("test_suite.py") in (None, (ALL, True))  # pytest before 7 looks into it all the same
    only = project.pytest("--alibi-noselect", "test_suite.py", "--ignore=test_fails.py")
    assert list(collected(only)) == ["test_suite.py"]
    assert_balanced(run)


@pytest.mark.skipif(
    not hasattr(pytest.Item, "_nodeid"), reason="this pytest leaves plugins no way to change node ids"
)
def test_node_ids_that_a_plugin_changes_at_the_end(project):
    project.write(
        "conftest.py",
        "def pytest_collection_modifyitems(items):\n    for item in items: item._nodeid += '@here'\n",
    )
    project.write("test_it.py", "def test_one(): pass\n")
    run = project.pytest("--alibi-noselect")
    assert collected(run) == {"test_it.py": ({"test_it.py::test_one@here"}, True)}
    assert "test_it.py" in run.charged()["test_it.py::test_one@here"]


def test_doctests_and_collectors_of_the_project_are_files_too(project):
    project.write("module.py", '"""\n>>> 1 + 1\n2\n"""\ndef test_module(): pass\n')
    project.write("test_text.txt", ">>> 1\n1\n")
    project.write("cases.tbl", "one two")
    project.write(
        "conftest.py",
        """
import pytest
if int(pytest.__version__.split(".")[0]) >= 7:
    def pytest_collect_file(parent, file_path):
        return Table.from_parent(parent, path=file_path) if file_path.suffix == ".tbl" else None
else:
    def pytest_collect_file(parent, path):
        return Table.from_parent(parent, fspath=path) if path.ext == ".tbl" else None
class Table(pytest.File):
    def collect(self):
        for name in open(str(self.fspath)).read().split():
            yield Cell.from_parent(self, name=name)
class Cell(pytest.Item):
    def runtest(self): pass
""",
    )
    run = project.pytest("--alibi-noselect", "--doctest-modules", "-o", "python_files=module.py")
    assert collected(run) == {
        "module.py": ({"module.py::module", "module.py::test_module"}, True),
        "test_text.txt": ({"test_text.txt::test_text.txt"}, True),
        "cases.tbl": ({"cases.tbl::one", "cases.tbl::two"}, True),
        "conftest.py": (set(), True),
    }
    for test, names in run.charged().items():
        assert test.partition("::")[0] in names
    assert_balanced(run)


def test_workers_find_what_one_process_finds(project):
    pytest.importorskip("xdist")
    project.write("test_suite.py", SUITE)
    alone = project.pytest("--alibi-noselect")
    spread = project.pytest("--alibi-noselect", "-n", "2")
    assert collected(spread) == collected(alone) == {"test_suite.py": (ALL, True)}
    assert len(spread.named("end_collection")) == 2


def test_an_interrupted_collection_is_never_complete(project):
    project.write("test_suite.py", SUITE)
    project.write("test_zz.py", "raise KeyboardInterrupt\n")
    run = project.pytest("--alibi-noselect")
    assert not collected(run).get("test_zz.py", (set(), False))[1]  # pytest before 8 makes an error of it
    assert_balanced(run)


@pytest.mark.parametrize("method", ["begin_context", "end_collection", "resume_context"])
def test_a_recorder_that_fails_meanwhile_changes_nothing(project, method):
    project.write("test_suite.py", SUITE)
    plain = project.pytest()
    run = project.pytest("--alibi-noselect", env={"FAKE_NATIVE_FAILS": method})
    assert run.status == plain.status
    assert run.outcomes == plain.outcomes


READS = """
import os
import pytest
from helper import cases

HERE = os.path.dirname(__file__)

@pytest.mark.parametrize("case", cases(HERE))
def test_it(case): pass

def pytest_generate_tests(metafunc):
    os.environ.get("WHILE_COLLECTING")

def test_other(): pass
"""


def test_what_collecting_reads_belongs_to_the_tests_of_the_file(real_project):
    real_project.write(
        "helper.py", "import os\ndef cases(folder): return sorted(os.listdir(folder + '/cases'))\n"
    )
    real_project.write("cases/one", "")
    real_project.write("test_reads.py", READS)
    real_project.write("test_apart.py", "def test_apart(): pass\n")
    run = real_project.pytest("--alibi-noselect", "-k", "not test_other")
    assert run.status == 0, run.text
    command = real_project.site / "testalibi" / "_bin" / "alibi"
    environment = real_project.environment()
    done = subprocess.run(
        [environment.get("ALIBI_COMMAND", str(command)), "show", "--json", "--data", str(real_project.data)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    (session,) = document["sessions"].values()
    found = {collection["name"]: collection for collection in session["collections"]}
    assert set(found) == {"test_reads.py", "test_apart.py"}
    reads = found["test_reads.py"]
    assert reads["complete"]
    assert reads["tests"] == ["test_reads.py::test_it[one]", "test_reads.py::test_other"]
    assert "cases" in reads["inputs"]["directories"]
    assert "WHILE_COLLECTING" in reads["inputs"]["environment"]
    assert "test_reads.py" in reads["files"]
    assert "helper.py" in reads["files"]
    assert not found["test_apart.py"]["inputs"]["directories"]
    assert "cases" not in session["inputs"]["directories"]
    assert "WHILE_COLLECTING" not in session["inputs"]["environment"]
    tests = {test["id"]: test for test in document["tests"]}
    assert tests["test_reads.py::test_it[one]"]["collections"] == ["test_reads.py"]
    assert tests["test_apart.py::test_apart"]["collections"] == ["test_apart.py"]
