"""depends_on() and the marks: what is declared is recorded for whoever runs, and changes no outcome."""

import json
import subprocess

import pytest


def declared(run):
    """{name of the context: {(kind, path or name)}}"""
    names = {(e["pid"], 0): "session" for e in run.calls}
    for kind, key in (("begin_test", "id"), ("begin_context", "name")):
        names.update({(e["pid"], number): name for e, number, name in run._numbered(kind, key)})
    found = {}
    for entry in run.named("observe"):
        context = names[entry["pid"], entry["current"]]
        found.setdefault(context, set()).add((entry["kind"], entry["subject"]))
    return found


@pytest.fixture
def tree(project):
    for name in (
        "data/a.json",
        "data/b.json",
        "data/c.txt",
        "data/.hidden.json",
        "data/deep/d.json",
        "data/deep/er/e.json",
    ):
        project.write(name, "{}")
    (project.folder / "data/deep/loop").symlink_to("..")
    return project


def below(project, *names, kind="file"):
    return {(kind, str(project.folder / name)) for name in names}


@pytest.mark.parametrize(
    ("text", "files", "directories"),
    [
        ("data/a.json", ["data/a.json"], []),
        ("./data/../data/a.json", ["./data/../data/a.json"], []),
        ("data/none.json", ["data/none.json"], []),
        ("data/*.json", ["data/a.json", "data/b.json"], ["data"]),
        ("data/[ab].*", ["data/a.json", "data/b.json"], ["data"]),
        ("data/.*", ["data/.hidden.json"], ["data"]),
        ("none/*", [], ["none"]),
        ("*/deep/*.json", ["data/deep/d.json"], [".", "data/deep"]),
        (
            "data/**/*.json",
            ["data/a.json", "data/b.json", "data/deep/d.json", "data/deep/er/e.json"],
            ["data", "data/deep", "data/deep/er"],
        ),
        ("data/deep/**", ["data/deep/d.json", "data/deep/er/e.json"], ["data/deep", "data/deep/er"]),
    ],
)
def test_paths_and_patterns(tree, text, files, directories):
    tree.write("test_it.py", f"import testalibi\ndef test_it():\n    testalibi.depends_on({text!r})\n")
    run = tree.pytest("--alibi", "test_it.py")
    assert run.status == 0, run.text
    found = declared(run)["test_it.py::test_it"]
    expected_directories = {
        str(tree.folder) if name == "." else str(tree.folder / name) for name in directories
    }
    assert {subject for kind, subject in found if kind == "directory"} >= expected_directories
    if "**" not in text:
        assert {subject for kind, subject in found if kind == "directory"} == expected_directories
        assert {subject for kind, subject in found if kind == "file"} == {
            f"{tree.folder}/{name}" for name in files
        }
    else:
        real = {subject.replace("/deep/loop", "") for kind, subject in found if kind == "file"}
        assert real >= {str(tree.folder / name) for name in files}


def test_a_directory_counts_with_all_that_lies_in_it(tree):
    tree.write(
        "test_it.py",
        "import pathlib, testalibi\ndef test_it():\n    testalibi.depends_on(pathlib.Path('data'))\n",
    )
    found = declared(tree.pytest("--alibi", "test_it.py"))["test_it.py::test_it"]
    names = [
        "data/a.json",
        "data/b.json",
        "data/c.txt",
        "data/.hidden.json",
        "data/deep/d.json",
        "data/deep/er/e.json",
    ]
    assert {entry for entry in found if entry[0] == "file"} == below(tree, *names)
    assert below(tree, "data", "data/deep", "data/deep/er", kind="directory") <= found


def test_a_root_with_characters_of_patterns(tmp_path, site):
    from conftest import Project

    project = Project(tmp_path / "odd *?", site)
    project.write("data/a.json", "")
    project.write("test_it.py", "import testalibi\ndef test_it():\n    testalibi.depends_on('data/*.json')\n")
    assert below(project, "data/a.json") <= declared(project.pytest("--alibi"))["test_it.py::test_it"]


MARKED = """
import os
import pytest
import testalibi

pytestmark = pytest.mark.alibi_inputs("data/c.txt")
testalibi.depends_on("data/a.json")

@pytest.fixture(scope="module")
def shared():
    testalibi.depends_on(env="SHARED")

@pytest.mark.alibi_inputs("data/*.json", env=["X", "Y"])
@pytest.mark.alibi_inputs(env="Z")
@pytest.mark.alibi_always
def test_marked(shared): pass

class TestIt:
    pytestmark = [pytest.mark.alibi_inputs("data/deep/d.json")]
    def test_method(self): pass
"""


def test_each_belongs_to_whoever_is_current(tree):
    tree.write("test_it.py", MARKED)
    tree.write("conftest.py", "import testalibi\ntestalibi.depends_on(env=['IN_CONFTEST'])\n")
    run = tree.pytest("--alibi", "--strict-markers", "test_it.py")
    assert run.status == 0, run.text
    found = declared(run)
    assert found["session"] == {("environment", "IN_CONFTEST")}
    assert found["test_it.py"] == below(tree, "data/a.json")
    assert found["test_it.py::shared"] == {("environment", "SHARED")}
    assert found["test_it.py::test_marked"] == {
        *below(tree, "data/a.json", "data/b.json", "data/c.txt"),
        *below(tree, "data", kind="directory"),
        *(("environment", name) for name in "XYZ"),
    }
    assert found["test_it.py::TestIt::test_method"] == below(tree, "data/c.txt", "data/deep/d.json")
    assert not [line for line in run.alibi_lines if "declared" in line]
    assert run.named("lose_input") == []


def test_nothing_happens_and_nothing_is_loaded_when_nothing_is_recorded(tree):
    tree.write(
        "test_it.py",
        MARKED + "\ndef test_last():\n    import sys\n    testalibi.depends_on(3, absent_ok=False)\n"
        "    own = [name for name in sys.modules if name.startswith('testalibi')]\n"
        "    assert own == ['testalibi', 'testalibi.pytest_plugin']\n",
    )
    run = tree.pytest("--strict-markers", "test_it.py")
    assert run.status == 0, run.text
    assert run.calls == []
    shown = tree.pytest("--markers").stdout
    assert "alibi_inputs(*paths" in shown
    assert "alibi_always" in shown


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("'none.txt', absent_ok=False", "none.txt was declared as an input that must be there"),
        ("'data/*.none', absent_ok=False", "data/*.none was declared"),
        ("3", "not understood (TypeError"),
        ("env=[None]", "not understood (TypeError"),
    ],
)
def test_what_is_not_there_or_not_understood_costs_the_alibi_and_nothing_else(tree, call, said):
    tree.write("test_it.py", f"import testalibi\ndef test_it():\n    testalibi.depends_on({call})\n")
    run = tree.pytest("--alibi", "test_it.py")
    assert run.status == 0
    assert [line for line in run.alibi_lines if said in line], run.text
    assert [entry["current"] for entry in run.named("lose_input")] != []


def test_declared_inputs_are_evidence_like_any_other(real_project):
    real_project.write("data/a.json", "{}")
    real_project.write(
        "test_it.py",
        "import os, testalibi\n"
        "os.environ['MADE_HERE'] = '1'\n"
        "testalibi.depends_on('data')\n"
        "def test_it():\n"
        "    testalibi.depends_on('data/*', 'none.txt', env=['HOME', 'NOT_SET_ANYWHERE'])\n"
        "def test_read():\n    open(os.path.join(os.path.dirname(__file__), 'data/a.json')).close()\n"
        "def test_lost():\n    testalibi.depends_on('none.txt', absent_ok=False)\n",
    )
    run = real_project.pytest("--alibi", env={"HOME": "/home/nobody"})
    assert run.status == 0, run.text
    command = real_project.site / "testalibi" / "_bin" / "alibi"
    found = real_project.environment().get("ALIBI_COMMAND", str(command))
    done = subprocess.run(
        [found, "show", "--json", "--data", str(real_project.data)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    tests = {test["id"].partition("::")[2]: test for test in document["tests"]}
    inputs = tests["test_it"]["inputs"]
    assert inputs["files"] == tests["test_read"]["inputs"]["files"]
    assert list(inputs["files"]) == ["data/a.json"]
    assert list(inputs["directories"]) == ["data"]
    assert "none.txt" in inputs["absent"]
    assert set(inputs["environment"]) == {"HOME", "NOT_SET_ANYWHERE"}
    assert not inputs["probes"]
    (session,) = document["sessions"].values()
    (collection,) = session["collections"]
    assert list(collection["inputs"]["directories"]) == ["data"]
    assert {name: test["complete"] for name, test in tests.items()} == {
        "test_it": True,
        "test_read": True,
        "test_lost": False,
    }
