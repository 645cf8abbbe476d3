"""--alibi-cov: the data file of a run in which tests were left out is that of a full run."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY, Project, real_site
from test_modes import contents
from test_selection import SHAPES, TESTS, edit

sys.path.append(str(REPOSITORY / "tests" / "support"))

from real_suites import SUITES, Unavailable, work_copy  # noqa: E402

AGREEMENT = REPOSITORY / "tests" / "support" / "coverage_agreement.py"


@pytest.fixture(scope="module", autouse=True)
def _reference():
    pytest.importorskip("coverage")


def agreement(project, theirs, ours):
    done = subprocess.run(
        [sys.executable, str(AGREEMENT), str(project.folder), str(theirs), str(ours)],
        capture_output=True,
        text=True,
        check=True,
        cwd=str(project.folder),
    )
    return json.loads(done.stdout)


def full_run(project, env=None):
    """A data file as Alibi writes it when everything runs, with a data folder of its own."""
    ours, data = project.folder.parent / "full", project.folder.parent / "full-data"
    shutil.rmtree(str(data), ignore_errors=True)
    arguments = ("--alibi-noselect", "--alibi-cov", "--alibi-data", data, "-p", "no:cacheprovider")
    done = project.pytest(*arguments, env={**(env or {}), "COVERAGE_FILE": str(ours)})
    assert done.status == 0, done.text
    return ours


def reference_run(project, env=None):
    """The same by coverage.py."""
    theirs = project.folder.parent / "theirs"
    measured = ("-m", "coverage", "run", "--rcfile=/dev/null", "--data-file", theirs, "--source", ".")
    done = project.run(*measured, "-m", "pytest", "-p", "no:alibi", "-p", "no:cacheprovider", env=env)
    assert done.status == 0, done.text
    return theirs


def assert_as_of_a_full_run(project, *arguments, env=None):
    run = project.pytest("--alibi", "--alibi-cov", "-p", "no:cacheprovider", *arguments, env=env)
    assert run.status == 0, run.text
    assert said(run) == ["coverage as of a full run in .coverage"]
    found = agreement(project, full_run(project, env), project.folder / ".coverage")
    assert found["differences"] == {}, run.text
    assert found["lines"] > 50
    return run


def assert_as_coverage_says(project, env=None):
    found = agreement(project, reference_run(project, env), project.folder / ".coverage")
    # It runs in a process of its own, which coverage.py does not see here.
    found["differences"].pop("bakery/__main__.py", None)
    assert found["differences"] == {}


def said(run):
    """About coverage."""
    words = ("coverage", "as of now", "missing")
    return [line[len("alibi: ") :] for line in run.alibi_lines if any(word in line for word in words)]


MOVED = """def currency() -> str:
    return os.environ.get("BAKERY_CURRENCY", "EUR")


"""
REMOVED = """
    def flours(self) -> list:
        return sorted(self._prices)
"""
REMOVED_TEST = """
def test_flours_come_from_the_file(pantry):
    assert pantry.flours() == ["rye", "spelt", "wheat"]

"""
SWEET = """    @staticmethod
    def is_sweet() -> bool:
        return True

"""
HOURS = "return self.work_hours + 0.1 * (self.layers - 1)"
EDITS = {
    "body": [("bakery/shop.py", "        total = self", "        pieces *= 1\n        total = self")],
    "lines above": [
        ("bakery/shop.py", "HOURLY_WAGE = 18.0", "\n# Paid by the hour.\n\nHOURLY_WAGE = 18.0"),
        ("bakery/units.py", '"""Weights', '\n\n"""Weights'),
    ],
    "new function": [
        (
            "bakery/recipes.py",
            f"    def hours(self) -> float:\n        {HOURS}",
            f"{SWEET}    def hours(self) -> float:\n        {HOURS}",
        )
    ],
    "removed function": [("bakery/pantry.py", REMOVED, ""), ("tests/test_shop.py", REMOVED_TEST, "")],
    "moved function": [
        ("bakery/shop.py", MOVED, ""),
        ("bakery/shop.py", "class Shop:", MOVED + "class Shop:"),
    ],
    "constant": [("bakery/wedding.py", "FIGURES = 25.0", "FIGURES = 5.0 * 5")],
    "comment": [("bakery/shop.py", "# large, and seldom", "# large\n            # and seldom")],
    "layout": [
        ("bakery/recipes.py", HOURS, HOURS.replace("return ", "return (\n").replace(" + ", "\n+ ") + "\n)")
    ],
    "unused constant": [
        ("bakery/units.py", "GRAMS_PER_POUND = ", "GRAMS_PER_OUNCE = 28.35\nGRAMS_PER_POUND = ")
    ],
    "new test": [
        ("tests/test_recipes.py", "def test_menu", "def test_new():\n    assert MENU\n\n\ndef test_menu")
    ],
}


@pytest.mark.parametrize("change", EDITS)
def test_after_an_edit(bakery, change):
    assert bakery.pytest("--alibi").status == 0
    for place, old, new in EDITS[change]:
        edit(bakery, place, old, new)
    assert re.search(r"alibi: (none|[1-5]) of (the )?1\d tests", assert_as_of_a_full_run(bakery).text)


def test_after_one_edit_upon_another(bakery):
    assert bakery.pytest("--alibi").status == 0
    for change in EDITS:
        for place, old, new in EDITS[change]:
            edit(bakery, place, old, new)
        run = bakery.pytest("--alibi", "--alibi-cov")
        assert run.status == 0, run.text
        assert_as_coverage_says(bakery)
    assert_as_of_a_full_run(bakery)


def test_with_workers(bakery):
    pytest.importorskip("xdist")
    assert bakery.pytest("--alibi", "-n", "2").status == 0
    edit(bakery, "bakery/shop.py", *EDITS["body"][0][1:])
    assert_as_of_a_full_run(bakery, "-n", "2")


@pytest.fixture
def suite(real_project):
    real_project.write("shapes.py", SHAPES)
    real_project.write("test_shapes.py", TESTS)
    return real_project


def lines_of(project, name, file=".coverage"):
    """{context: lines} of one file."""
    import coverage

    data = coverage.CoverageData(str(project.folder / file))
    data.read()
    path = str((project.folder / name).resolve())
    found = {}
    for line, contexts in data.contexts_by_lineno(path).items():
        for context in contexts:
            found.setdefault(context, set()).add(line)
    return found


BODIES = {3, 7}  # of area and edge


@pytest.mark.parametrize(
    "arguments", [[], ["-n", "2"], ["--alibi-noselect"], ["-k", "area"], ["--alibi-nocollect"]]
)
def test_what_did_not_run_counts_as_well(suite, arguments):
    if "-n" in arguments:
        pytest.importorskip("xdist")
    assert suite.pytest("--alibi").status == 0
    before = contents(suite.data)
    run = suite.pytest("--alibi", "--alibi-cov", *arguments)
    assert run.status == 0, run.text
    assert lines_of(suite, "shapes.py")[""] >= BODIES
    if arguments in ([], ["--alibi-nocollect"]):
        assert "none of 2 tests has to run" in run.text
        assert said(run) == ["coverage as of a full run in .coverage"]
    if "--alibi-nocollect" in arguments:
        assert contents(suite.data) == before


def test_a_run_that_does_not_collect_says_what_is_missing(suite):
    assert suite.pytest("--alibi").status == 0
    edit(suite, "shapes.py", "a * b", "b * a")
    before = contents(suite.data)
    run = suite.pytest("--alibi", "--alibi-nocollect", "--alibi-cov")
    assert said(run) == [
        "coverage as of a full run in .coverage",
        "of 1 test there is no evidence as of now: what only they execute is missing",
        "a test ran without being recorded: what only they execute is missing from it",
    ]
    assert lines_of(suite, "shapes.py")[""] & BODIES == {7}
    assert contents(suite.data) == before


def test_what_a_filter_kept_from_running_is_said_to_be_missing(suite):
    assert suite.pytest("--alibi").status == 0
    edit(suite, "shapes.py", "a * b", "b * a")
    run = suite.pytest("--alibi", "-k", "edge", "--alibi-cov")
    assert said(run)[1:] == ["of 1 test there is no evidence as of now: what only they execute is missing"]
    assert lines_of(suite, "shapes.py")[""] & BODIES == {7}


def test_what_is_no_longer_executed_does_not_count(suite):
    suite.write("helper.py", "def help():\n    return 1\n")
    suite.write("test_other.py", "import helper\nhelper.help()\ndef test_other(): pass\n")
    assert suite.pytest("--alibi").status == 0
    edit(suite, "test_other.py", "helper.help()", "helper.help")
    edit(suite, "test_shapes.py", "def test_edge(): assert edge(2, 3) == 10\n", "")
    run = suite.pytest("--alibi", "--alibi-cov")
    assert said(run) == ["coverage as of a full run in .coverage"], run.text
    assert lines_of(suite, "helper.py")[""] == {1}
    assert lines_of(suite, "shapes.py")[""] & BODIES == {3}
    (suite.folder / "test_other.py").unlink()
    assert suite.pytest("--alibi", "--alibi-cov").status == 0
    assert lines_of(suite, "helper.py") == {}


def test_contexts_are_tests(suite):
    assert suite.pytest("--alibi").status == 0
    assert suite.pytest("--alibi", "--alibi-cov", "--alibi-cov-context").status == 0
    found = lines_of(suite, "shapes.py")
    assert found["test_shapes.py::test_area"] == {3}
    assert found["test_shapes.py::test_edge"] == {7}
    assert found[""] == {2, 6}


FORMS = {
    "a path that follows": (
        ["--alibi-cov", "test_shapes.py"],
        {},
        {"shapes.py", "test_shapes.py", "pkg/__init__.py"},
    ),
    "a path": (["--alibi-cov=test_shapes.py"], {}, {"test_shapes.py"}),
    "a package": (["--alibi-cov=pkg"], {}, {"pkg/__init__.py"}),
    "several": (["--alibi-cov=pkg", "--alibi-cov=shapes"], {}, {"pkg/__init__.py", "shapes.py"}),
    "addopts": ([], {"PYTEST_ADDOPTS": "--alibi-cov=pkg"}, {"pkg/__init__.py"}),
    "a variable": ([], {"ALIBI_COV": "pkg:shapes.py"}, {"pkg/__init__.py", "shapes.py"}),
    "an ini key": (["-o", "alibi_cov=pkg"], {}, {"pkg/__init__.py"}),
}


@pytest.mark.parametrize("form", FORMS)
def test_sources(suite, form):
    import coverage

    suite.write("pkg/__init__.py", "X = 1\n")
    edit(suite, "test_shapes.py", "from shapes", "import pkg\nfrom shapes")
    arguments, env, expected = FORMS[form]
    run = suite.pytest("--alibi", *arguments, env={**env, "COVERAGE_FILE": "elsewhere"})
    assert run.status == 0, run.text
    assert "2 passed" in run.text
    assert said(run) == ["coverage as of a full run in elsewhere"]
    data = coverage.CoverageData(str(suite.folder / "elsewhere"))
    data.read()
    assert {str(Path(path).relative_to(suite.folder.resolve())) for path in data.measured_files()} == expected


def test_what_cannot_be_done_is_said(suite):
    run = suite.pytest("--alibi", "--alibi-cov=nowhere")
    assert run.status == 0
    assert said(run) == ["no coverage was written: nowhere is no file, folder or package here"]
    run = suite.pytest("--alibi", "--alibi-cov", env={"COVERAGE_FILE": "missing/folder/file"})
    assert run.status == 0
    assert said(run)[0].startswith("no coverage was written: alibi export failed with status 1 (cannot ")
    run = suite.pytest("--alibi-cov")
    assert run.status == 0
    assert run.alibi_lines == ["alibi: --alibi-cov does nothing without --alibi"]
    assert suite.pytest("--alibi-cov", "--no-alibi").alibi_lines == []


SQLPARSE_EDITS = [
    ("sqlparse/utils.py", "def remove_quotes(val):\n", "def remove_quotes(val):\n    val = val or None\n"),
    ("sqlparse/sql.py", "import re\n", "import re\n\n# For people.\n"),
    (
        "sqlparse/lexer.py",
        "    def clear(self):",
        "    def is_new(self):\n        return True\n\n    def clear(self):",
    ),
    ("sqlparse/sql.py", "class Where(TokenList):", "ANSWER = 42\n\n\nclass Where(TokenList):"),
    ("sqlparse/engine/grouping.py", "            # ~50% of", "            # About half of"),
    ("sqlparse/utils.py", "SPLIT_REGEX = ", "\n\nSPLIT_REGEX = "),
]


def test_of_a_real_project(tmp_path):
    site = real_site()
    if site is None:
        pytest.skip("testalibi is not built for this interpreter: pip install . or set ALIBI_SITE")
    try:
        folder = work_copy(SUITES["sqlparse"], tmp_path)
    except Unavailable as reason:
        pytest.skip(f"sqlparse: {reason}")
    project = Project.__new__(Project)
    project.__dict__.update(folder=folder, real=True, site=site, journal_path=tmp_path / "journal")
    path = {"PYTHONPATH": str(folder)}
    assert project.pytest("--alibi", env=path).status == 0
    for number, (place, old, new) in enumerate(SQLPARSE_EDITS):
        edit(project, place, old, new)
        assert project.pytest("--alibi", "--alibi-cov", env=path).status == 0
        if number % 3 == 2:
            assert_as_coverage_says(project, env=path)
    assert_as_of_a_full_run(project, env=path)
