"""`alibi verify`: the second opinion finds what selection was made to overlook."""

import json
import os

import pytest
from test_coverage import EDITS
from test_selection import SHAPES, TESTS, edit

AREA, EDGE = "test_shapes.py::test_area", "test_shapes.py::test_edge"


@pytest.fixture
def suite(real_project):
    real_project.write("shapes.py", SHAPES)
    real_project.write("test_shapes.py", TESTS)
    return real_project


def record(project, **more):
    run = project.pytest("--alibi", **more)
    assert run.status == 0, run.text


def alibi(project, *arguments, **more):
    return project.run("-m", "testalibi", *arguments, **more)


def verify(project, *arguments, status, **more):
    """{test: its problems}, of the tests that were checked."""
    run = alibi(project, "verify", "--json", *arguments, **more)
    assert run.status == status, run.text
    document = json.loads(run.stdout)
    found = {test["id"]: test["problems"] for test in document["tests"]}
    assert {test["id"]: not test["problems"] for test in document["tests"]} == {
        test["id"]: test["holds"] for test in document["tests"]
    }
    return found


def selected(project, **more):
    return set(alibi(project, "select", "--ids", **more).stdout.split())


def unnoticed(path, change):
    """Changes a file's bytes; its length and time of change stay."""
    before = path.stat()
    content = change(path.read_bytes())
    assert len(content) == before.st_size
    path.write_bytes(content)
    os.utime(str(path), ns=(before.st_atime_ns, before.st_mtime_ns))


def evidence(project):
    return sorted((project.data / "evidence").iterdir())


def test_what_clears_a_test_is_checked_one_by_one(suite):
    suite.write("cases.txt", "6")
    edit(suite, "test_shapes.py", "area(2, 3) == 6", "area(2, 3) == int(open('cases.txt').read())")
    record(suite)
    assert verify(suite, status=0) == {AREA: [], EDGE: []}
    document = json.loads(alibi(suite, "verify", "--json", AREA).stdout)
    checked = {(each["kind"], each["subject"]): each["same"] for each in document["tests"][0]["checked"]}
    assert checked["source", "shapes.py"]
    assert checked["file", "cases.txt"]
    assert checked["environment", "PYTHONPATH"]
    assert checked["option", "pytest.ini"]
    run = alibi(suite, "verify")
    assert run.stdout.splitlines()[-1] == "2 of 2 alibis hold"
    assert f"{AREA} holds: 2 sources, " in run.stdout


def test_a_file_that_differs_is_compared_by_what_the_test_rests_on(suite):
    record(suite)
    edit(suite, "shapes.py", "2 * (a + b)", "(a + b) * 2")
    assert verify(suite, status=0) == {AREA: []}
    assert "    source shapes.py differs (edge)" in alibi(suite, "verify", AREA).stdout
    problems = verify(suite, AREA, EDGE, status=1)
    assert problems[AREA] == []
    assert problems[EDGE][0].startswith("it has no alibi, it runs: ")


def test_an_alibi_of_earlier_is_held_against_the_project_and_its_evidence(suite, tmp_path):
    record(suite)
    told = tmp_path / "alibi.json"
    told.write_text(alibi(suite, "why", AREA, "--json").stdout)
    assert verify(suite, "--alibi", told, status=0) == {AREA: []}
    document = json.loads(told.read_text())
    less = tmp_path / "less.json"
    without = [each for each in document[0]["alibi"] if each["subject"] != "shapes.py"]
    less.write_text(json.dumps([{**document[0], "alibi": without}]))
    (problem,) = verify(suite, "--alibi", less, status=1)[AREA]
    assert problem.startswith("it leaves out what its evidence names: source shapes.py")
    unnoticed(suite.folder / "shapes.py", lambda text: text.replace(b"a * b", b"b * a"))
    problems = verify(suite, "--alibi", told, status=1)[AREA]
    assert any("shapes.py" in problem and "area" in problem for problem in problems)
    evidence(suite)[0].unlink()
    run = alibi(suite, "verify", "--alibi", told)
    assert run.status != 0
    for text in ("", "[1]", "[]", "{}", '[{"id": "a"}]'):
        told.write_text(text)
        assert alibi(suite, "verify", "--alibi", told).status in (1, 3, 4)


@pytest.mark.parametrize("place", [30, 0.3, 0.6, -20])
def test_evidence_that_was_altered_holds_for_nothing(suite, place):
    record(suite)
    place = int(place * evidence(suite)[0].stat().st_size) if isinstance(place, float) else place

    def flip(content):
        changed = bytearray(content)
        changed[place] ^= 1
        return bytes(changed)

    unnoticed(evidence(suite)[0], flip)
    run = alibi(suite, "verify")
    assert run.status == 1, run.text
    assert "does not hold" in run.stdout
    assert " holds: " not in run.stdout
    # Older evidence may clear the tests: the altered file is told all the same.
    edit(suite, "shapes.py", "a * b", "b * a")
    record(suite)
    unnoticed(evidence(suite)[-1], flip)
    run = alibi(suite, "verify")
    assert run.status == 1, run.text
    assert "does not hold" in run.stdout


def test_evidence_that_was_renamed_holds_for_nothing(suite):
    record(suite)
    path = evidence(suite)[0]
    path.rename(path.with_name("0" + path.name[1:].replace(path.name[-20:-9], "00000000000")))
    run = alibi(suite, "verify")
    assert run.status != 0
    assert " holds: " not in run.stdout


def test_kept_units_are_not_believed(suite):
    record(suite)
    edit(suite, "shapes.py", "a * b", "a + b")
    assert selected(suite) == {AREA}
    # Whoever replaces what was kept of the present source by what was kept of the former one …
    kept = sorted((suite.data / "units").rglob("*.zst"), key=lambda path: path.stat().st_mtime_ns)
    for former in [path.read_bytes() for path in kept[:-1]]:
        kept[-1].write_bytes(former)
        if selected(suite) == set():
            break
    else:
        pytest.fail("selection was not misled")
    # … makes selection skip a test that fails.
    assert suite.pytest("-p", "no:alibi").status == 1
    problems = verify(suite, status=1)
    assert problems[EDGE] == []
    assert any("area" in problem for problem in problems[AREA])


def test_kept_references_are_not_believed(suite):
    record(suite)
    assert selected(suite) == set()
    (former,) = (suite.data / "derived").glob("*.references")
    suite.write("shapes_user.py", "try:\n    import extra\nexcept ImportError:\n    extra = None\n")
    suite.write("test_extra.py", "import shapes_user\ndef test_extra(): assert shapes_user.extra is None\n")
    suite.pytest("--alibi-noselect")
    assert selected(suite) == set()
    suite.write("extra.py", "")
    assert selected(suite) == {"test_extra.py::test_extra"}
    # Those of a session that never asked for it.
    max((suite.data / "derived").glob("*.references")).write_bytes(former.read_bytes())
    assert selected(suite) == set()
    problems = verify(suite, status=1)["test_extra.py::test_extra"]
    assert any("extra" in problem for problem in problems)


CHANGES = {
    "file": ("open('cases.txt').read()", lambda suite: suite.write("cases.txt", "2")),
    "directory": ("__import__('os').listdir('cases')", lambda suite: suite.write("cases/b", "")),
    "absence": ("__import__('os').path.exists('later')", lambda suite: suite.write("later", "")),
    "variable": ("__import__('os').environ.get('CASES')", lambda suite: None),
}


def test_a_package_in_another_version_is_named(suite, tmp_path):
    folder = tmp_path / "lib" / "site-packages"
    folder.mkdir(parents=True)
    (folder / "side_dish.py").write_text("NAME = 'salad'\n")
    information = folder / "side_dish-1.dist-info"
    information.mkdir()
    (information / "RECORD").write_text("side_dish.py,,\n")
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: side-dish\nVersion: 1.0\n")
    suite.write("test_dish.py", "import side_dish\ndef test_dish(): assert side_dish.NAME\n")
    env = {"PYTHONPATH": str(folder) + os.pathsep + suite.environment()["PYTHONPATH"]}
    record(suite, env=env)
    told = tmp_path / "alibi.json"
    told.write_text(alibi(suite, "why", "test_dish", "--json", env=env).stdout)
    dish = "test_dish.py::test_dish"
    assert verify(suite, "--alibi", told, status=0, env=env) == {dish: []}
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: side-dish\nVersion: 2.0\n")
    problems = verify(suite, "--alibi", told, status=1, env=env)[dish]
    assert "package side-dish: 1.0 before, 2.0 now" in problems


@pytest.mark.parametrize("change", CHANGES)
def test_an_input_that_changed_is_named(suite, change, tmp_path):
    read, make = CHANGES[change]
    suite.write("cases.txt", "1")
    suite.write("cases/a", "")
    suite.write("test_input.py", f"def test_input(): {read}\n")
    record(suite)
    told = tmp_path / "alibi.json"
    told.write_text(alibi(suite, "why", "test_input", "--json").stdout)
    make(suite)
    env = {"CASES": "1"} if change == "variable" else {}
    problems = verify(suite, "--alibi", told, status=1, env=env)["test_input.py::test_input"]
    assert any({"absence": "later", "variable": "CASES"}.get(change, "cases") in each for each in problems)
    assert verify(suite, status=0, env=env) == {AREA: [], EDGE: []}


def test_the_newest_option_values_count(suite):
    record(suite)
    assert verify(suite, status=0) == {AREA: [], EDGE: []}
    suite.write("pytest.ini", "[pytest]\n")
    assert verify(suite, status=0) == {}
    assert alibi(suite, "verify", AREA).status == 1


def test_what_selection_skips_after_edits_holds(bakery):
    record(bakery)
    for change in EDITS.values():
        for place, old, new in change:
            edit(bakery, place, old, new)
        skipped = {test["id"] for test in chosen(bakery) if test["verdict"] == "skip"}
        assert skipped
        assert verify(bakery, status=0) == {test: [] for test in skipped}


def chosen(project):
    return json.loads(alibi(project, "select", "--json").stdout)["tests"]
