"""In which order tests run, and what is said about why: with a stand-in for what selection finds out."""

import json

import pytest

# Of each file: test -> (verdict, kind, milliseconds).
KNOWN = {
    "test_slow.py::test_slow": ("run", "affected", 900),
    "test_slow.py::TestIt::test_second": ("run", "affected", 400),
    "test_slow.py::TestIt::test_first": ("run", "affected", 300),
    "test_quick.py::test_two": ("run", "affected", 2),
    "test_quick.py::test_one": ("run", "affected", 1),
    "test_failed.py::test_failed": ("run", "failed", 2000),
    "test_stable.py::test_stable": ("skip", "skip", 5),
    "test_stable.py::test_also": ("skip", "skip", 1500),
}
TEXTS = {"affected": "function f (a.py:1): it has another meaning now", "failed": "it did not pass"}


@pytest.fixture
def suite(project):
    files = {}
    for test in KNOWN:
        file, *names = test.split("::")
        files.setdefault(file, {}).setdefault(names[0] if names[1:] else "", []).append(names[-1])
    for file, classes in files.items():
        lines = []
        for name, tests in classes.items():
            lines += [f"class {name}:"] if name else []
            lines += [f"{'    ' if name else ''}def {test}({'self' if name else ''}): pass" for test in tests]
        project.write(file, "\n".join(lines) + "\n")
    tests = [
        {"id": test, "verdict": verdict, "kind": kind, "duration_ms": ms, "reason": TEXTS.get(kind, "")}
        for test, (verdict, kind, ms) in KNOWN.items()
    ]
    answer = {"tests": tests, "settled_files": ["test_stable.py"], "changes": ["a.py (f)"], "notices": []}
    answer.update(all_files_settled=False, options={})
    project.answer = project.write("answer.json", json.dumps(answer))
    project.write("test_new.py", "def test_new(): pass\n")
    return project


def run(project, *arguments):
    done = project.pytest("--alibi", *arguments, env={"FAKE_SELECTION": str(project.answer)})
    assert done.status == 0, done.text
    return done


def names(done):
    return [entry["id"].rpartition("::")[2] for entry in done.named("begin_test")]


OWN = "test_failed test_new test_two test_one test_slow test_second test_first".split()
FAST = "test_new test_one test_two test_first test_second test_slow test_failed".split()
LIKELY = "test_failed test_new test_one test_two test_first test_second test_slow".split()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], OWN),
        (["--alibi-order=fast"], FAST),
        (["--alibi-order=likely"], LIKELY),
        (["-o", "alibi_order=likely"], LIKELY),
        (["--alibi-order=sideways"], OWN),
        (["--alibi-noselect", "--alibi-order=fast"], [*FAST, "test_stable", "test_also"]),
        (["--alibi-noselect", "--alibi-order=likely"], [*LIKELY, "test_stable", "test_also"]),
        (["--alibi-noselect"], [*OWN, "test_stable", "test_also"]),
    ],
)
def test_tests_run_in_the_order_that_was_asked_for(suite, arguments, expected):
    found = names(run(suite, *arguments))
    if arguments == ["--alibi-noselect"]:
        assert sorted(found) == sorted(expected)  # the project's own: by file name
        assert found[0] == "test_failed"
    else:
        assert found == expected


def test_workers_agree_on_the_order(suite):
    pytest.importorskip("xdist")
    assert names(run(suite, "--alibi-order=likely", "-n1")) == LIKELY
    assert sorted(names(run(suite, "--alibi-order=fast", "-n2"))) == sorted(FAST)


def test_tests_that_share_a_wide_parameter_stay_together(suite):
    text = """
import pytest
@pytest.fixture(scope="module", params=["a", "b"])
def wide(request): return request.param
def test_x(wide): pass
def test_y(wide): pass
"""
    suite.write("test_new.py", text)
    found = [name for name in names(run(suite, "--alibi-order=fast")) if "[" in name]
    assert found == ["test_x[a]", "test_y[a]", "test_x[b]", "test_y[b]"]


def line_of(done):
    (line,) = (
        line for line in done.alibi_lines if "run: " in line or "runs: " in line or "has to run" in line
    )
    return line


@pytest.mark.parametrize("workers", [[], ["-n2"]])
@pytest.mark.parametrize("more", [[], ["-q"], ["-v"], ["-vv"]])
def test_one_line_says_how_many_tests_run(suite, more, workers):
    if workers:
        pytest.importorskip("xdist")
    done = run(suite, *more, *workers)
    assert line_of(done) == "alibi: 7 of 9 tests run: changed a.py (f); 1.5 s saved"


@pytest.mark.parametrize("workers", [[], ["-n2"]])
def test_it_speaks_of_the_files_that_were_asked_for(suite, workers):
    if workers:
        pytest.importorskip("xdist")
    done = run(suite, "test_stable.py", "test_quick.py", *workers)
    assert line_of(done) == "alibi: 2 of 4 tests run: changed a.py (f); 1.5 s saved"
    done = run(suite, "test_stable.py", *workers)
    assert line_of(done) == "alibi: none of 2 tests has to run; 1.5 s saved"


def test_a_file_without_tests_is_still_no_success(suite):
    suite.write("test_empty.py", "")
    done = suite.pytest("--alibi", "test_empty.py", env={"FAKE_SELECTION": str(suite.answer)})
    assert done.status == 5


@pytest.mark.parametrize("workers", [[], ["-n2"]])
def test_reasons_are_told_on_request(suite, workers):
    if workers:
        pytest.importorskip("xdist")
    assert "why these tests ran" not in run(suite, *workers).stdout
    text = run(suite, "--alibi-explain", ".", *workers).stdout
    assert "why these tests ran" in text
    assert "    5  function f (a.py:1): it has another meaning now: " in text
    assert ", and 2 more" in text
    assert "    1  it did not pass: test_failed.py::test_failed" in text
    assert "    1  it is new: test_new.py::test_new" in text
    assert "left out" not in text.partition("why these tests ran")[2].partition("recorded")[0]
    text = run(suite, "--alibi-explain=all", *workers).stdout
    assert "left out: 2 in 1 file\n    2  test_stable.py (1.5 s)" in text


@pytest.mark.parametrize("arguments", [[], ["--alibi-nocollect"], ["-n2"]])
def test_the_report_holds_the_selection(suite, arguments):
    if "-n2" in arguments:
        pytest.importorskip("xdist")
    run(suite, "--alibi-report=report.json", *arguments)
    selection = json.loads((suite.folder / "report.json").read_text())["selection"]
    assert selection["run"] == 7
    assert selection["skipped"] == 2
    assert selection["saved_s"] == pytest.approx(1.505)
    assert selection["changes"] == ["a.py (f)"]
    assert len(selection["reasons"]) == 7
    assert selection["reasons"]["test_new.py::test_new"] == "it is new"


def test_the_session_keeps_what_was_saved(suite):
    done = run(suite, "test_stable.py")
    assert done.status == 0
    (session,) = suite.merged()
    assert (session["selected"], session["skipped"], session["exit_status"]) == (0, 2, 0)
    assert session["saved_s"] == pytest.approx(1.505)


def test_a_dry_run_lists_what_would_run_and_writes_nothing(suite):
    done = run(suite, "--collect-only", "-q")
    assert "test_quick.py::test_one" in done.stdout
    assert "test_stable" not in done.stdout
    assert not suite.data.exists()


def test_a_filter_in_force_is_counted_only_at_the_end_with_workers(suite):
    pytest.importorskip("xdist")
    done = run(suite, "--alibi-forceselect", "-k", "stable or one", "-n2")
    assert line_of(done) == "alibi: 1 test runs: changed a.py (f)"
    assert suite.merged()[-1]["skipped"] == 2
