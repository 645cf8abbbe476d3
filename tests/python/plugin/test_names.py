"""The names of fixtures, and the files of doctests, that tests are charged with."""

import os
from pathlib import Path

import pytest

SUITE = """
import pytest

@pytest.fixture
def deep(): pass
@pytest.fixture
def wide(deep, tmp_path): pass
@pytest.mark.parametrize("number", [1, 2])
def test_many(wide, number): pass
def test_same(deep): pass
def test_too(deep): pass
class TestIt:
    def test_method(self): pass

import unittest
class Unit(unittest.TestCase):
    def test_unit(self): pass
"""


def texts_of(path):
    return [Path(path).read_text()] if os.path.isfile(path) else []


def recorded(run, subject):
    """{test: what was recorded under this subject in a context that the test is charged with}"""
    began = {(e["pid"], e["context"]): e["name"] for e in run.named("begin_context") if e["kind"] == "other"}
    contexts = {}
    for entry in run.named("record_input"):
        if entry["subject"] == subject:
            # Of what is found by its path, the content is the text.
            assert entry["content"] in (entry["detail"], *texts_of(entry["detail"]))
            contexts.setdefault((entry["pid"], entry["current"]), []).append(entry["detail"])
    assert set(contexts) <= set(began)
    numbers = {}
    for entry, number, name in run._numbered("begin_test", "id"):
        numbers[entry["pid"], number] = name
    found = {}
    for entry in run.named("charge"):
        if (entry["pid"], entry["user"]) not in numbers:
            continue  # what all tests of a file are charged with
        details = contexts.get((entry["pid"], entry["used"]), [])
        found.setdefault(numbers[entry["pid"], entry["user"]].partition("::")[2], []).extend(details)
    return {test: details for test, details in found.items() if details}


def test_each_test_is_charged_with_the_names_of_its_fixtures(project):
    project.write("test_it.py", SUITE)
    run = project.pytest("--alibi")
    names = {test: detail.split() for test, (detail,) in recorded(run, "fixtures").items()}
    assert set(names["test_many[1]"]) >= {"wide", "deep", "tmp_path", "request"}
    assert "wide" in names["test_many[2]"]
    assert "deep" in names["test_same"]
    assert "wide" not in names["test_same"]
    assert all(found == sorted(found) for found in names.values())
    other = [e["name"] for e in run.named("begin_context") if e["kind"] == "other"]
    # test_same and test_too ask for the same.
    assert len([name for name in other if name == "names asked for in test_it.py"]) <= 4
    assert run.named("stop")[0]["current"] == 0


def test_the_names_do_not_depend_on_the_workers(project):
    pytest.importorskip("xdist")
    project.write("test_it.py", SUITE)
    assert recorded(project.pytest("--alibi"), "fixtures") == recorded(
        project.pytest("--alibi", "-n", "2"), "fixtures"
    )


def test_doctests_are_charged_with_their_file(project):
    project.write("pkg/__init__.py", "")
    module = project.write(
        "pkg/module.py", '"""\n>>> 1 + 1\n2\n"""\ndef f():\n    """\n    >>> 1\n    1\n    """\n'
    )
    text = project.write("test_text.txt", ">>> 1\n1\n")
    project.write("test_it.py", "def test_it(): pass\n")
    run = project.pytest("--alibi", "--doctest-modules")
    assert recorded(run, "doctest") == {
        "pkg.module": [str(module)],
        "pkg.module.f": [str(module)],
        "test_text.txt": [str(text)],
    }


def test_tests_of_other_kinds_ask_for_nothing(project):
    project.write(
        "conftest.py",
        "import pytest\n"
        "class Cell(pytest.Item):\n    def runtest(self): pass\n"
        "def pytest_collection_modifyitems(session, items):\n"
        "    items.append(Cell.from_parent(items[0].parent, name='cell'))\n",
    )
    project.write("test_it.py", "def test_it(): pass\n")
    run = project.pytest("--alibi", "-p", "no:doctest")
    assert set(recorded(run, "fixtures")) == {"test_it"}
    assert "test_it.py" in run.charged()["test_it.py::cell"]
