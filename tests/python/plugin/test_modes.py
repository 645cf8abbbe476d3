"""Combinations of the switches, what is written when nothing may be, and names that testmon's users know."""

import hashlib

import pytest
from test_selection import SHAPES, TESTS, edit, ran

EVERYTHING = {"test_area", "test_edge"}


@pytest.fixture
def suite(real_project):
    real_project.write("shapes.py", SHAPES)
    real_project.write("test_shapes.py", TESTS)
    return real_project


def contents(folder):
    """Every file with its content and time of change, and every directory."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.stat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path.relative_to(folder))] = (content, status.st_mtime_ns)
    return found


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("more", [[], ["--alibi-noselect", "--alibi-order=fast"], ["--collect-only"]])
def test_a_run_that_does_not_collect_writes_nothing(suite, more, workers):
    if workers != "0":
        pytest.importorskip("xdist")
    ran(suite)
    edit(suite, "shapes.py", "a * b", "b * a")
    before = contents(suite.folder)
    kind = more[:1] == ["--collect-only"]
    arguments = ["--alibi", *more, *([] if kind else ["--alibi-nocollect"]), "-n", workers]
    # pytest's own cache is not Alibi's to keep still.
    run = suite.pytest(*arguments, "-p", "no:cacheprovider")
    assert run.status == 0, run.text
    assert contents(suite.folder) == before
    assert "test_area" in run.stdout


def test_no_data_folder_is_made_to_select_from(suite):
    run = suite.pytest("--alibi", "--alibi-nocollect", "-p", "no:cacheprovider")
    assert run.status == 0
    assert not suite.data.exists()
    assert "nothing is known yet" in run.text


def test_what_pytest_caches_is_what_it_caches_without(suite):
    def cached():
        folder = suite.folder / ".pytest_cache"
        return {path.name: path.read_text() for path in folder.rglob("*") if path.is_file()}

    suite.pytest()
    plain = cached()
    ran(suite)
    ran(suite, "--alibi-nocollect")
    assert cached() == plain


def test_reordering_only(suite):
    ran(suite)
    edit(suite, "shapes.py", "2 * (a + b)", "(a + b) * 2")
    run = suite.pytest(
        "--alibi-noselect", "--alibi-nocollect", "--alibi-order=fast", "-v", env={"ALIBI": "1"}
    )
    assert run.status == 0
    assert run.stdout.index("::test_edge PASSED") < run.stdout.index("::test_area PASSED")


@pytest.mark.parametrize(
    "arguments", [["-k", "area"], ["-m", "not slow"], ["--lf"], ["test_shapes.py::test_area"]]
)
def test_filters_switch_selection_off_and_force_gives_the_intersection(suite, arguments):
    suite.write("pytest.ini", "[pytest]\nmarkers = slow: takes long\n")
    ran(suite)
    run = suite.pytest("--alibi", *arguments)
    assert "alibi: selects nothing: " in run.stdout
    assert run.status == 0
    edit(suite, "shapes.py", "2 * (a + b)", "(a + b) * 2")
    forced = ran(suite, "--alibi-forceselect", *arguments)
    assert forced == ({"test_edge"} if arguments[0] in ("-m", "--lf") else set())
    # What was not looked at is owed still.
    assert ran(suite) == (set() if forced else {"test_edge"})


def test_the_last_failed_that_have_to_run(suite):
    ran(suite)
    edit(suite, "shapes.py", "a * b", "a + b")
    ran(suite, status=1)
    edit(suite, "shapes.py", "a + b\n", "a * b\n")
    assert ran(suite, "--alibi-forceselect", "--lf") == {"test_area"}


def test_the_data_folder_can_be_named(suite, tmp_path):
    suite.write("pytest.ini", "[pytest]\nalibi_data = third\n")
    suite.pytest("--alibi", "--alibi-data", "first", env={"ALIBI_DATA": "second"})
    suite.pytest("--alibi", env={"ALIBI_DATA": "second"})
    suite.pytest("--alibi")
    found = {path.name for path in suite.folder.iterdir() if (path / "evidence").is_dir()}
    assert found == {"first", "second", "third"}


def test_testmons_data_file_names_a_folder_beside_it(suite):
    names = {"TESTMON_DATAFILE": "cache/.testmondata"}
    suite.write("cache/.testmondata", "what testmon left there")
    assert ran(suite, env=names) == EVERYTHING
    assert (suite.folder / "cache/.testmondata.alibi/evidence").is_dir()
    assert ran(suite, env=names) == set()
    assert ran(suite, env={**names, "ALIBI_DATA": "own"}) == EVERYTHING


def test_testmons_options_do_what_they_did(suite):
    def outcome(*arguments):
        run = suite.pytest(*arguments)
        assert run.status == 0, run.text
        return {line.rpartition("::")[2] for line in run.outcomes}

    assert outcome("--testmon") == EVERYTHING
    assert outcome("--testmon") == set()
    assert outcome("--testmon-noselect") == EVERYTHING
    assert outcome("--testmon", "--no-testmon") == EVERYTHING
    edit(suite, "shapes.py", "a * b", "b * a")
    before = contents(suite.data)
    assert outcome("--testmon-nocollect") == {"test_area"}
    assert contents(suite.data) == before
    assert outcome("--testmon-forceselect", "-k", "edge") == set()
    assert outcome("--testmon", "--testmon-env", "other") == EVERYTHING


def test_testmons_environment_expression(suite):
    suite.write("pytest.ini", "[pytest]\nenvironment_expression = os.environ.get('FLAVOUR', 'plain')\n")
    ran(suite)
    assert ran(suite) == set()
    assert ran(suite, env={"FLAVOUR": "salty"}) == EVERYTHING
    assert ran(suite) == set()


@pytest.fixture
def package(suite, tmp_path):
    """A distribution that the project uses; call it to install another version."""
    folder = tmp_path / "lib" / "site-packages"

    def install(version):
        information = folder / "side_dish-1.dist-info"
        information.mkdir(parents=True, exist_ok=True)
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: Side_Dish\nVersion: {version}\n")
        (information / "RECORD").write_text("side_dish.py,,\nside_dish-1.dist-info/METADATA,,\n")
        (folder / "side_dish.py").write_text("def taste(): return 1\n")
        return {"PYTHONPATH": f"{suite.environment()['PYTHONPATH']}:{folder}"}

    suite.write("test_dish.py", "import side_dish\ndef test_dish(): assert side_dish.taste()\n")
    return install


@pytest.mark.parametrize(
    "ignoring",
    [
        "alibi_ignore_packages = side-dish",
        "testmon_ignore_dependencies = other side_dish",
        "alibi_ignore_packages = other",
    ],
)
def test_packages_that_do_not_count(suite, package, ignoring):
    suite.write("pytest.ini", f"[pytest]\n{ignoring}\n")
    assert "test_dish" in ran(suite, env=package("1.0"))
    assert ran(suite, env=package("1.0")) == set()
    expected = set() if "side" in ignoring else {"test_dish"}
    assert ran(suite, env=package("2.0")) == expected


def test_a_path_after_explain_is_a_path(suite):
    run = suite.pytest("--alibi", "--alibi-explain", "test_shapes.py")
    assert run.status == 0
    assert "why these tests ran" in run.stdout


def test_evidence_of_a_run_with_other_options_does_not_count(suite):
    suite.write(
        "shapes.py",
        'import warnings\ndef area(a, b):\n    warnings.warn("old")\n    return a * b\n'
        + SHAPES[SHAPES.index("\ndef edge") :],
    )
    assert ran(suite) == EVERYTHING
    edit(suite, "shapes.py", 'warnings.warn("old")', "warnings")
    strict = ["-W", "error"]
    assert ran(suite, *strict) == EVERYTHING
    edit(suite, "shapes.py", "    warnings\n", '    warnings.warn("old")\n')
    # As it was first, but under options that make it fail.
    assert ran(suite, *strict, status=1) == {"test_area"}
