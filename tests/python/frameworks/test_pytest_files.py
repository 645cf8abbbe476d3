"""The files that splitting finds without starting pytest are those that pytest collects."""

from __future__ import annotations

import json

import pytest
from example_project import PYTHON

TEST = "def test_it(): pass\n"
EXAMPLE = '"""\n>>> 1 + 1\n2\n"""\n'
LISTING = """
import json, os
def pytest_collection_finish(session):
    here = str(session.config.invocation_params.dir)
    found = sorted({os.path.relpath(str(item.path), here) for item in session.items})
    with open(os.environ["LISTING"], "w") as file:
        json.dump(found, file)
"""
USUAL = ("test_a.py", "b_test.py", "tests/test_c.py", "tests/deep/d_test.py", "check_e.py", "src/test_f.py")

PROJECTS = {
    "nothing is configured": {},
    "folders that pytest does not enter": dict.fromkeys(
        (
            "build/test_x.py",
            "dist/test_x.py",
            ".hidden/test_x.py",
            "node_modules/test_x.py",
            "venv/test_x.py",
            "x.egg/test_x.py",
            "buildings/test_y.py",
        ),
        TEST,
    ),
    "a virtual environment": {"env/bin/activate": "", "env/pyvenv.cfg": "", "env/lib/test_x.py": TEST},
    "norecursedirs": {"pytest.ini": "[pytest]\nnorecursedirs = deep s*c tests/d*\n"},
    "python_files": {"pytest.ini": "[pytest]\npython_files = check_*.py\n  tests/deep/*_test.py\n"},
    "every file": {
        "setup.cfg": "[tool:pytest]\npython_files = *.py\n",
        "pkg/__init__.py": TEST,
        "pkg/m.py": TEST,
    },
    "packages": {
        "pkg/__init__.py": "",
        "pkg/test_p.py": TEST,
        "pkg/sub/__init__.py": "",
        "pkg/sub/test_s.py": TEST,
    },
    "testpaths with a slash": {"pytest.ini": "[pytest]\ntestpaths = tests/ src/\n"},
    "testpaths that name a file": {"pytest.ini": "[pytest]\ntestpaths = check_e.py tests/deep\n"},
    "testpaths with a pattern": {"pytest.ini": "[pytest]\ntestpaths = t*s/**/deep s?c\n"},
    "testpaths that are not there": {"pytest.ini": "[pytest]\ntestpaths = missing\n"},
    "a text in TOML": {"pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = "tests src"\n'},
    "a list in TOML": {"pyproject.toml": '[tool.pytest.ini_options]\npython_files = ["check_*.py", "d_*"]\n'},
    "pytest.ini without keys ends the search": {
        "pytest.ini": "",
        "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n',
    },
    "pyproject.toml without a table does not": {
        "pyproject.toml": "[project]\nname = 'x'\n",
        "tox.ini": "[tox]\n[pytest]\ntestpaths: src\n",
    },
    "a new file that an old pytest does not know": {"pytest.toml": '[pytest]\ntestpaths = ["tests"]\n'},
    "a comment, a colon and a continued value": {
        "tox.ini": "# why\n[tox]\nenvlist = py\n[pytest]\n; so\ntestpaths:\n  # not this\n  tests\n\n  src\n"
        "xfail_strict = 1\n"
    },
    "ignored": {"pytest.ini": "[pytest]\naddopts = --ignore=tests/deep --ignore-glob='*_c.py' -q\n"},
    "a place in addopts": {"pytest.ini": "[pytest]\naddopts = -q src\n"},
    "the value of an option": {"pytest.ini": "[pytest]\naddopts = --basetemp src -v tests\n"},
    "an override": {"pytest.ini": "[pytest]\naddopts = -o python_files=check_*.py\n"},
    "examples in texts": {
        "tests/test_text.txt": ">>> 1\n1\n",
        "tests/test_none.txt": "1\n",
        "notes.txt": ">>> 1\n1\n",
    },
    "examples in modules": {
        "pytest.ini": "[pytest]\naddopts = --doctest-modules\n",
        "src/doc.py": EXAMPLE,
        "src/plain.py": "",
        "src/__main__.py": EXAMPLE,
        "setup.py": EXAMPLE + "import setuptools\n",
    },
    "examples in other texts": {
        "pytest.ini": "[pytest]\naddopts = --doctest-glob=*.md\n",
        "a.md": ">>> 1\n1\n",
        "tests/test_text.txt": ">>> 1\n1\n",
    },
    "names with blanks and letters": {"tests/ä ö/test_ü x.py": TEST, "tests/a;b/test_[1].py": TEST},
}


def collected(project, *arguments, **variables):
    listing = project.scratch / "listing"
    plugins = project.scratch / "plugins"
    plugins.mkdir(exist_ok=True)
    (plugins / "listing_plugin.py").write_text(LISTING)
    done = project.run(
        [PYTHON, "-m", "pytest", "--collect-only", "-p", "listing_plugin", *arguments],
        **{**variables, "PYTHONPATH": str(plugins), "LISTING": str(listing)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(listing.read_text())


@pytest.mark.parametrize("name", PROJECTS)
def test_they_are_those_that_pytest_collects_from(project, name):
    project.write(dict.fromkeys(USUAL, TEST)).write(PROJECTS[name])
    assert project.ask("framework=pytest")["found"]["files"] == collected(project)


@pytest.mark.parametrize("addopts", ["--ignore=tests", "tests/deep", "-o testpaths=src"])
def test_the_variable_of_options_counts(project, addopts):
    project.write(dict.fromkeys(USUAL, TEST))
    found = project.ask("framework=pytest", PYTEST_ADDOPTS=addopts)["found"]["files"]
    assert found == collected(project, PYTEST_ADDOPTS=addopts)


def test_links_to_folders_are_followed_and_those_in_a_circle_are_not_for_ever(project):
    project.write(dict.fromkeys(USUAL, TEST))
    (project.folder / "linked").symlink_to("tests/deep")
    assert project.ask("framework=pytest")["found"]["files"] == collected(project)
    (project.folder / "tests" / "circle").symlink_to("..")
    files = project.ask("framework=pytest")["found"]["files"]
    assert "tests/test_c.py" in files
    assert not [file for file in files if "circle/circle" in file]


def test_a_configuration_above_counts_and_its_testpaths_do_not(project):
    project.write({"pytest.ini": "[pytest]\ntestpaths = elsewhere\npython_files = check_*.py\n"})
    inner = project.folder / "inner"
    project.write({"inner/check_a.py": TEST, "inner/test_b.py": TEST})
    project.folder = inner
    assert project.ask("framework=pytest")["found"]["files"] == collected(project) == ["check_a.py"]


def test_what_pytest_would_refuse_is_an_error_that_says_where(project):
    project.write({"pytest.ini": "[pytest]\ntestpaths = a\ntestpaths = b\n"})
    error = project.ask("framework=pytest")["found"]["error"]
    assert "pytest.ini:3: duplicate name 'testpaths'" in error
    project.write({"pytest.ini": "[pytest]\n"})
    (project.folder / "pytest.ini").unlink()
    project.write({"pyproject.toml": "[tool.pytest\n"})
    assert "pyproject.toml" in project.ask("framework=pytest")["found"]["error"]


def test_a_location_or_an_excluded_pattern_is_a_glob(project):
    project.write(dict.fromkeys(USUAL, TEST)).write({"node_modules/test_x.py": TEST})
    assert project.ask("framework=pytest", "tests_location=**/{check,test}_*.py")["found"]["files"] == [
        "check_e.py",
        "src/test_f.py",
        "test_a.py",
        "tests/test_c.py",
    ]
    found = project.ask("framework=pytest", "tests_exclude={tests/deep,**/*_a.py}")["found"]["files"]
    assert found == ["b_test.py", "src/test_f.py", "tests/test_c.py"]


def test_the_peers_priority_holds_where_compatibility_is_asked_for(project):
    project.write(dict.fromkeys(USUAL, TEST))
    project.write({"pytest.ini": "[pytest]\n", "tox.ini": "[pytest]\ntestpaths = tests\n"})
    answer = project.ask("framework=pytest", "compat=1")
    assert answer["pattern"] == "tests/**/{test_*,*_test}.py"
    assert answer["found"]["files"] == ["tests/deep/d_test.py", "tests/test_c.py"]
    assert project.ask("framework=pytest")["pattern"] == "**/{test_*,*_test}.py"
