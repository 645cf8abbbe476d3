"""What runs and what is left out, with the recorder and the command that were really built."""

import json
import os

import pytest

SHAPES = """
def area(a, b):
    return a * b


def edge(a, b):
    return 2 * (a + b)
"""
TESTS = """
from shapes import area, edge

def test_area(): assert area(2, 3) == 6
def test_edge(): assert edge(2, 3) == 10
"""


@pytest.fixture
def suite(real_project):
    real_project.write("shapes.py", SHAPES)
    real_project.write("test_shapes.py", TESTS)
    return real_project


def ran(project, *arguments, status=0, **more):
    """Names of the tests that ran, with what they were called by."""
    run = project.pytest("--alibi", *arguments, **more)
    assert run.status == status, run.text
    return {line.split(" - ")[0].split(" ", 1)[1].rpartition("::")[2] for line in run.outcomes}


def edit(project, name, old, new):
    path = project.folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_only_what_a_change_can_break_runs(suite):
    assert ran(suite) == {"test_area", "test_edge"}
    assert ran(suite) == set()
    edit(suite, "shapes.py", "a * b", "b * a")
    assert ran(suite) == {"test_area"}
    stats = json.loads(suite.run("-m", "testalibi", "stats", "--json").stdout)
    assert stats["skipped"] == 1  # a run in which nothing changed is not recorded
    assert stats["saved_s"] > 0


ALWAYS = {
    "mark": "@pytest.mark.alibi_always\ndef test_always(): pass",
    "unskippable": '@pytest.mark.skipif(False, reason="datadog_itr_unskippable")\ndef test_always(): pass',
    "class": '@pytest.mark.skipif(False, reason="datadog_itr_unskippable")\n'
    "class TestIt:\n    def test_always(self): pass",
    "module": 'pytestmark = [pytest.mark.skipif(False, reason="datadog_itr_unskippable")]\n'
    "def test_always(): pass",
}


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("form", ALWAYS)
def test_a_test_that_is_marked_runs_always(suite, form, workers):
    if workers != "0":
        pytest.importorskip("xdist")
    # In a file of its own: it would not be collected if nothing in it had to run.
    suite.write("test_marked.py", f"import pytest\n{ALWAYS[form]}\n")
    ran(suite)
    assert ran(suite, "-n", workers) == {"test_always"}
    edit(suite, "shapes.py", "a * b", "b * a")
    assert ran(suite, "-n", workers) == {"test_always", "test_area"}


def test_another_reason_to_skip_does_not_make_a_test_run_always(suite):
    suite.write(
        "test_marked.py",
        'import pytest\n@pytest.mark.skipif(False, reason="not yet")\ndef test_marked(): pass\n',
    )
    ran(suite)
    assert ran(suite) == set()


UNITTEST = """
import unittest
import shapes

class ShapeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls): cls.square = shapes.area(2, 2)
    def setUp(self): self.edge = shapes.edge(1, 1)
    def test_square(self): self.assertEqual(self.square, 4)
    def test_parts(self):
        for side in (1, 2):
            with self.subTest(side=side):
                self.assertGreater(side, 0)

class OtherTest(unittest.TestCase):
    def test_other(self): self.assertTrue(callable(shapes.area))
"""


def test_unittest_classes_share_their_set_up(real_project):
    real_project.write("shapes.py", SHAPES)
    real_project.write("test_cases.py", UNITTEST)
    everything = {"test_square", "test_parts", "test_other"}
    assert everything <= ran(real_project)
    assert ran(real_project) == set()
    edit(real_project, "shapes.py", "a * b", "b * a")
    assert ran(real_project) == {"test_square", "test_parts"}
    edit(real_project, "shapes.py", "2 * (a + b)", "(a + b) * 2")
    assert ran(real_project) == {"test_square", "test_parts"}
    edit(real_project, "test_cases.py", "assertGreater(side, 0)", "assertLess(0, side)")
    assert ran(real_project) == {"test_parts"}


def test_doctests_of_modules_depend_on_their_text(real_project):
    project = real_project
    project.write("shapes.py", SHAPES)
    for name in ("area", "edge"):
        result = {"area": 4, "edge": 8}[name]
        text = (
            f'from shapes import {name}\n\ndef twice(a):\n    """\n    >>> twice(2)\n    {result}\n    """\n'
        )
        project.write(f"by_{name}.py", f"{text}    return {name}(a, a)\n")
    everything = {"by_area.twice", "by_edge.twice"}
    assert ran(project, "--doctest-modules") == everything
    assert ran(project, "--doctest-modules") == set()
    edit(project, "shapes.py", "a * b", "b * a")
    assert ran(project, "--doctest-modules") == {"by_area.twice"}
    edit(project, "by_edge.py", ">>> twice(2)\n    8", ">>> twice(3)\n    12")
    assert ran(project, "--doctest-modules") == {"by_edge.twice"}
    edit(project, "by_edge.py", "import edge\n", "import edge  # a side\n")
    assert ran(project, "--doctest-modules") == set()


def test_doctests_in_text_files_depend_on_their_text(suite):
    suite.write("guide.rst", ">>> from shapes import area\n>>> area(2, 2)\n4\n")
    suite.write("other.rst", ">>> 1 + 1\n2\n")
    arguments = ["--doctest-glob=*.rst"]
    assert ran(suite, *arguments) == {"test_area", "test_edge", "guide.rst", "other.rst"}
    assert ran(suite, *arguments) == set()
    edit(suite, "shapes.py", "a * b", "b * a")
    assert ran(suite, *arguments) == {"test_area", "guide.rst"}
    edit(suite, "other.rst", "1 + 1\n2", "1 + 2\n3")
    assert ran(suite, *arguments) == {"other.rst"}


TABLES = """
import pytest

class Table(pytest.File):
    def collect(self):
        path = getattr(self, "path", None) or self.fspath
        for number, line in enumerate(READ(path).split()):
            yield Case.from_parent(self, name=f"case{number}", line=line)

class Case(pytest.Item):
    def __init__(self, line, **more):
        super().__init__(**more)
        self.line = line
    def runtest(self): assert self.line.isalpha()

def READ(path):
    import subprocess  # by nobody who could be seen
    return subprocess.run(["cat", str(path)], stdout=subprocess.PIPE, check=True).stdout.decode()

def accepts(name): return name.endswith((".table", "shapes.py"))
"""
HOOK = """
if hasattr(pytest, "version_tuple") and pytest.version_tuple >= (7, 0):
    def pytest_collect_file(file_path, parent):
        return Table.from_parent(parent, path=file_path) if accepts(file_path.name) else None
else:
    def pytest_collect_file(path, parent):
        return Table.from_parent(parent, fspath=path) if accepts(path.basename) else None
"""


@pytest.fixture
def tables(real_project):
    real_project.write("conftest.py", TABLES + HOOK)
    real_project.write("words.table", "one two")
    real_project.write("more.table", "three")
    real_project.write("empty.table", "")
    real_project.write("shapes.py", "wordsonly")
    return real_project


def inputs_of(project, test):
    """Files that a test of a file depends on through its collection and what it is charged with."""
    shown = json.loads(project.run("-m", "testalibi", "show", test, "--json").stdout)
    (test,) = shown["tests"]
    (session,) = shown["sessions"].values()
    collections = [one for one in session["collections"] if one["name"] in test["collections"]]
    return {name for one in [test, *collections] for name in one["inputs"]["files"]}


def test_a_file_with_a_collector_of_its_own_is_an_input_by_its_text(tables):
    tables.pytest("--alibi")
    assert "more.table" in inputs_of(tables, "more.table::case0")
    assert "words.table" not in inputs_of(tables, "more.table::case0")
    assert "shapes.py" in inputs_of(tables, "shapes.py::case0")


def test_every_test_depends_on_tracked_files(suite):
    suite.write("pytest.ini", "[pytest]\nalibi_tracked = *.lock\n    schema/**/*.sql\n")
    suite.write("all.lock", "1")
    suite.write("schema/deep/a.sql", "1")
    everything = {"test_area", "test_edge"}
    assert ran(suite) == everything
    suite.write("notes.txt", "no pattern matches it")
    suite.write("schema/notes.txt", "nor it")
    assert ran(suite) == set()
    suite.write("all.lock", "2")
    assert ran(suite) == everything
    suite.write("schema/b.sql", "")
    assert ran(suite) == everything
    (suite.folder / "schema/deep/a.sql").unlink()
    assert ran(suite) == everything
    assert ran(suite) == set()


def test_a_new_pattern_holds_for_what_was_recorded_without_it(suite):
    suite.write("all.lock", "1")
    ran(suite)
    everything = {"test_area", "test_edge"}
    assert ran(suite, env={"ALIBI_TRACKED": "all.lock:other.lock"}) == everything
    assert ran(suite, env={"ALIBI_TRACKED": "all.lock:other.lock"}) == set()
    suite.write("all.lock", "2")
    pytest.importorskip("xdist")
    assert ran(suite, "-n2", env={"ALIBI_TRACKED": "all.lock:other.lock"}) == everything
    assert ran(suite, "-n2", env={"ALIBI_TRACKED": "all.lock:other.lock"}) == set()


@pytest.mark.parametrize("workers", ["0", "2"])
def test_variables_that_a_conftest_sets_make_no_test_run_again(suite, workers):
    if workers != "0":
        pytest.importorskip("xdist")
    suite.write("conftest.py", 'import os\nos.environ["SERVER"] = "one"\n')
    suite.write(
        "test_server.py",
        'import os\ndef test_one(): assert os.environ["SERVER"]\ndef test_all(): assert dict(os.environ)\n',
    )
    ran(suite, "-n", workers)
    assert ran(suite, "-n", workers) == set()
    assert ran(suite) == set()  # with other workers the environment is the same
    edit(suite, "conftest.py", "one", "two")
    assert ran(suite, "-n", workers) >= {"test_one", "test_all"}


def edit_within_a_second(project, name, old, new):
    """CPython still takes what it compiled from the old text for that of the new one."""
    source = project.folder / name
    second = int(source.stat().st_mtime) * 10**9
    edit(project, name, old, new)
    os.utime(source, ns=(second, second + 900))
    (compiled,) = (project.folder / "__pycache__").glob(f"{source.stem}.*.pyc")
    os.utime(compiled, ns=(second, second + 400))


COMPILES = {"PYTHONDONTWRITEBYTECODE": ""}


def test_a_second_save_within_a_second_is_what_runs(suite):
    ran(suite, env=COMPILES)
    edit_within_a_second(suite, "shapes.py", "a * b", "a + b")
    assert ran(suite, env=COMPILES, status=1) == {"test_area"}


def test_where_older_bytecode_ran_nothing_is_proved(suite):
    ran(suite, env=COMPILES)
    edit_within_a_second(suite, "shapes.py", "a * b", "a + b")
    assert ran(suite, "--alibi-noselect", env=COMPILES) == {"test_area", "test_edge"}
    assert ran(suite, env=COMPILES, status=1) == {"test_area"}


def test_the_line_speaks_of_what_changed_since_the_newest_run(suite):
    ran(suite)
    edit(suite, "shapes.py", "a * b", "a - b")
    assert ran(suite, status=1) == {"test_area"}
    edit(suite, "shapes.py", "2 * (a + b)", "(a + b) * 2")
    run = suite.pytest("--alibi")
    assert "alibi: all 2 tests run: changed shapes.py (edge)" in run.text, run.text
    run = suite.pytest("--alibi")
    assert "changed" not in run.text, run.text
