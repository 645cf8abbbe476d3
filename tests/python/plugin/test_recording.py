"""The plugin with the native recorder and the command: what `alibi show` says after a run."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
from conftest import REPOSITORY

from testalibi import installation

EXAMPLE = REPOSITORY / "docs" / "example"


@pytest.fixture
def command(real_project):
    environment = real_project.environment()
    own = real_project.site / "testalibi" / "_bin" / "alibi"
    found = environment.get("ALIBI_COMMAND", str(own))
    if not os.access(found, os.X_OK):
        pytest.skip("the command alibi is not built: pip install . or set ALIBI_COMMAND")
    return found


@pytest.fixture
def shown(real_project, command):
    """{test id: evidence} of everything that is stored, or of what matches."""

    def show(*arguments):
        done = subprocess.run(
            [command, "show", "--json", "--data", str(real_project.data), *arguments],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return {test["id"]: test for test in json.loads(done.stdout)["tests"]}

    return show


def lines(evidence, name):
    return evidence["files"].get(name, [])


def told(run):
    return run.problems


SUITE = """\
import os
import pytest

def helper(number):
    if number > 1:
        return "many"
    return "one"

@pytest.fixture(scope="module")
def shared():
    value = helper(2)
    yield value
    del value

def test_one():
    assert helper(1) == "one"

def test_two(shared):
    assert shared == "many"

def test_three(shared):
    assert open("data.txt").read() == os.environ.get("ALIBI_TEST_VALUE", "text")

def test_four():
    assert 0
"""


@pytest.fixture
def suite(real_project):
    real_project.write("test_suite.py", SUITE)
    real_project.write("data.txt", "text")
    return real_project


def test_each_test_has_its_lines_and_those_of_its_fixtures(suite, shown):
    run = suite.pytest("--alibi-noselect")
    assert run.status == 1
    assert "recorded 4 tests in 1 process: 1 file," in run.text
    evidence = shown()
    assert lines(evidence["test_suite.py::test_one"], "test_suite.py") == [5, 7, 16]
    # Set-up and teardown of the fixture belong to both users; the helper's line 6 was run by the fixture.
    assert lines(evidence["test_suite.py::test_two"], "test_suite.py") == [5, 6, 11, 12, 13, 19]
    assert lines(evidence["test_suite.py::test_three"], "test_suite.py") == [5, 6, 11, 12, 13, 22]
    assert lines(evidence["test_suite.py::test_four"], "test_suite.py") == [25]


def test_outcomes_inputs_and_reasons(suite, shown):
    suite.pytest("--alibi-noselect")
    evidence = shown()
    assert {name.partition("::")[2]: test["outcome"] for name, test in evidence.items()} == {
        "test_one": "passed",
        "test_two": "passed",
        "test_three": "passed",
        "test_four": "failed",
    }
    assert evidence["test_suite.py::test_four"]["reason"] == "assert 0"
    inputs = evidence["test_suite.py::test_three"]["inputs"]
    assert "data.txt" in inputs["files"]
    assert "ALIBI_TEST_VALUE" in inputs["environment"]
    assert "data.txt" not in evidence["test_suite.py::test_one"]["inputs"]["files"]
    assert "conftest.py" in evidence["test_suite.py::test_one"]["inputs"]["options"]


def test_the_run_is_the_same_with_and_without(suite):
    plain, run = suite.pytest(), suite.pytest("--alibi-noselect")
    assert run.outcomes == plain.outcomes
    assert run.status == plain.status
    assert not told(run)


def comparable(evidence):
    kept = ("files", "scopes", "names", "outcome", "inputs", "reason")
    return {name: {key: test[key] for key in kept} for name, test in evidence.items()}


def test_evidence_of_workers_equals_that_of_one_process(suite, shown):
    pytest.importorskip("xdist")
    suite.pytest("--alibi-noselect")
    alone = comparable(shown())
    shutil.rmtree(suite.data)
    run = suite.pytest("--alibi-noselect", "-n", "2")
    assert "recorded 4 tests in 3 processes" in run.text
    assert comparable(shown()) == alone


def statistics_of(run_folder):
    return json.loads((run_folder / "summary.json").read_text())["statistics"]


def test_the_json_summary_has_the_counters_of_the_recorder(suite, command):
    suite.pytest("--alibi-noselect", "--alibi-report=summary.json")
    alone = statistics_of(suite.folder)
    assert alone["files"] == 1
    assert alone["code_units"] >= 6  # the module, the helper, the fixture, the four tests: a test may be lazy
    assert alone["probes"] > alone["code_units"]
    assert alone["state_looks"] == 4
    assert all(isinstance(count, int) and count >= 0 for count in alone.values())


def test_the_json_summary_adds_up_the_counters_of_workers(suite, command):
    pytest.importorskip("xdist")
    suite.pytest("--alibi-noselect", "--alibi-report=summary.json", "-n", "2")
    together = statistics_of(suite.folder)
    assert together["state_looks"] == 4
    assert together["files"] == 2  # each worker imports the module


def test_old_evidence_gives_way_where_the_ini_file_says_so(suite, command):
    suite.write("pytest.ini", "[pytest]\nalibi_keep = 1\n")
    for _ in range(3):
        suite.pytest("--alibi-noselect")
    assert len(list((suite.data / "evidence").iterdir())) == 1


def test_what_could_have_run_is_exported_too(suite, command):
    suite.write(
        "unused.py", "def never():\n    return 1\n\nclass K:\n    def f(self): return [x for x in ()]\n"
    )
    suite.write("test_import.py", "import unused\ndef test_it(): pass\n")
    suite.pytest("--alibi-noselect", "test_import.py")
    done = subprocess.run(
        [command, "export", "lcov", "--data", str(suite.data)], capture_output=True, text=True, check=True
    )
    (record,) = [part for part in done.stdout.split("end_of_record\n") if "/unused.py\n" in part]
    assert [line for line in record.splitlines() if line.startswith(("FNDA", "DA", "L"))] == [
        "FNDA:0,K.f", "FNDA:0,never", "DA:1,1", "DA:2,0", "DA:4,1", "DA:5,1", "LF:4", "LH:3",
    ]  # fmt: skip


def test_the_example_project(real_project, shown):
    shutil.rmtree(real_project.folder)
    shutil.copytree(EXAMPLE, real_project.folder, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    plain, run = real_project.pytest(), real_project.pytest("--alibi-noselect")
    assert run.status == plain.status == 0, run.text
    assert run.outcomes == plain.outcomes
    assert "recorded 18 tests" in run.text
    assert not told(run)
    evidence = shown()
    assert sum(test["outcome"] == "passed" for test in evidence.values()) == 17
    for test in ("test_price_of_a_sponge", "test_price_of_many", "test_flours_come_from_the_file"):
        assert "bakery/flours.csv" in evidence[f"tests/test_shop.py::{test}"]["inputs"]["files"], test
        assert lines(evidence[f"tests/test_shop.py::{test}"], "bakery/pantry.py")[:2] == [11, 12]
    assert not evidence["tests/test_shop.py::test_discount[1-0.0]"]["inputs"]["files"]
    assert "bakery/wedding.py" in evidence["tests/test_shop.py::test_wedding_cake"]["files"]
    assert "BAKERY_CURRENCY" in evidence["tests/test_shop.py::test_price_of_many"]["inputs"]["environment"]
    assert lines(evidence["bakery/units.py::bakery.units.in_words"], "bakery/units.py") == [23, 24, 25]
    layers = evidence["tests/test_recipes.py::RecipeTest::test_layers_take_time"]
    assert lines(layers, "tests/test_recipes.py") == [9, 18]


def test_a_killed_run_keeps_what_had_ended(suite, shown):
    killing = "\ndef test_killed():\n    import signal\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    suite.write("test_suite.py", SUITE + killing)
    assert suite.pytest("--alibi-noselect").status == -signal.SIGKILL
    suite.write("test_other.py", "def test_other(): pass\n")
    run = suite.pytest("--alibi-noselect", "test_other.py")
    assert "left from an earlier run: 5 tests" in run.text
    evidence = shown()
    assert evidence["test_suite.py::test_two"]["complete"]
    killed = evidence["test_suite.py::test_killed"]
    assert not killed["complete"]
    assert (killed["outcome"], killed["attempts"]) == ("unknown", 1)
    assert killed["collections"] == ["test_suite.py"]
    assert not suite.sessions()


def test_interrupted_run(suite, shown):
    suite.write("test_suite.py", SUITE.replace('    assert shared == "many"', "    raise KeyboardInterrupt"))
    plain, run = suite.pytest(), suite.pytest("--alibi-noselect")
    assert run.status == plain.status == 2
    assert {name: test["complete"] for name, test in shown().items()} == {
        "test_suite.py::test_one": True,
        "test_suite.py::test_two": False,
    }


def test_a_crashed_worker_costs_only_its_test(suite, shown):
    pytest.importorskip("xdist")
    suite.write("test_suite.py", SUITE.replace("    assert 0", "    os._exit(1)"))
    run = suite.pytest("--alibi-noselect", "-n", "2")
    assert run.status == 1
    assert "1 worker process crashed" in run.text
    passed = [name for name, test in shown().items() if test["outcome"] == "passed"]
    assert len(passed) == 3


def test_two_runs_at_once(suite, shown):
    command = [sys.executable, "-m", "pytest", "--alibi", "-q"]
    runs = [
        subprocess.Popen(command, cwd=str(suite.folder), env=suite.environment(), stdout=subprocess.DEVNULL)
        for _ in range(3)
    ]
    assert [run.wait(timeout=120) for run in runs] == [1, 1, 1]
    assert not suite.sessions()
    assert len(shown()) == 4


def test_a_broken_store_costs_no_test(suite):
    suite.pytest("--alibi-noselect")
    plain = suite.pytest()
    for path in suite.data.rglob("*"):
        if path.is_file():
            path.write_bytes(b"broken" * 100)
    run = suite.pytest("--alibi-noselect")
    assert run.outcomes == plain.outcomes
    assert run.status == plain.status
    assert "Traceback" not in run.text
    assert len(told(run)) <= 1


def test_a_locked_store_costs_no_test(suite):
    suite.pytest("--alibi-noselect")
    with open(suite.data / "merge.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run = suite.pytest("--alibi-noselect", env={"ALIBI_MERGE_TIMEOUT": "1"})
    assert run.status == 1
    assert len(told(run)) == 1
    assert "was stopped after 1 s" in told(run)[0]
    run = suite.pytest("--alibi-noselect")
    assert "left from an earlier run: 4 tests" in run.text
    assert not suite.sessions()


def test_a_full_disk_costs_no_test(suite, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "none", str(small)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("only root can mount a disk that is full")
    try:
        plain = suite.pytest()
        run = suite.pytest("--alibi-noselect", env={"ALIBI_DATA": str(small)})
        assert run.outcomes == plain.outcomes
        assert run.status == plain.status
        assert len(told(run)) == 1, run.text
        assert "No space left" in told(run)[0] or "disk was full" in told(run)[0]
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_with_coverage_both_see_everything(suite, shown):
    pytest.importorskip("pytest_cov")
    suite.write("module.py", "def f(x):\n    if x:\n        return 1\n    return 2\n")
    suite.write(
        "test_suite.py",
        "import module\ndef test_a(): assert module.f(1)\ndef test_b(): assert module.f(0)\n",
    )
    run = suite.pytest("--alibi-noselect", "--cov=module")
    assert "100%" in run.stdout
    assert lines(shown()["test_suite.py::test_a"], "module.py") == [2, 3]
    assert lines(shown()["test_suite.py::test_b"], "module.py") == [2, 4]


def test_conftest_files_and_lazy_imports_are_seen_from_their_first_line(suite, shown):
    suite.write("conftest.py", "import late\n\ndef pytest_runtest_setup(item):\n    late.touch()\n")
    suite.write("late.py", "def touch():\n    return 1\n")
    suite.pytest("--alibi-noselect", "-k", "test_one")
    evidence = shown()["test_suite.py::test_one"]
    assert lines(evidence, "late.py") == [2]
    assert lines(evidence, "conftest.py") == [4]


def test_extra_roots_count_and_excluded_folders_do_not(suite, shown, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "far.py").write_text("def f():\n    return 1\n")
    suite.write("generated/near.py", "def f():\n    return 1\n")
    suite.write(
        "test_suite.py",
        "import sys\nsys.path[:0] = ['../outside', 'generated']\nimport far, near\n"
        "def test_it(): assert far.f() and near.f()\n",
    )
    suite.pytest("--alibi-noselect", env={"ALIBI_ROOTS": "../outside", "ALIBI_EXCLUDE": "generated"})
    files = shown()["test_suite.py::test_it"]["files"]
    assert any(name.endswith("outside/far.py") for name in files)
    assert not any(name.endswith("near.py") for name in files)


def test_pytest_main_twice_in_one_process(suite):
    suite.write(
        "twice.py",
        "import pytest\n"
        "assert [pytest.main(['--alibi', '-k', 'test_one or test_two']) for _ in range(2)] == [0, 0]\n",
    )
    run = suite.run("twice.py")
    assert run.status == 0, run.text
    assert run.text.count("alibi: recorded 2 tests in 1 process") == 2


def test_an_unknown_strategy_is_told(suite):
    run = suite.pytest("--alibi-noselect", env={"ALIBI_STRATEGY": "magic"})
    assert run.status == 1
    assert len(told(run)) == 1
    assert "magic" in told(run)[0]


def test_every_strategy_of_this_interpreter_gives_the_same_lines(suite, shown):
    known = suite.run("-c", "from testalibi import _native; print(*_native.STRATEGIES)").stdout.split()
    found = {}
    for strategy in known:
        if suite.data.exists():
            shutil.rmtree(suite.data)
        run = suite.pytest("--alibi-noselect", env={"ALIBI_STRATEGY": strategy})
        if "recording with" in run.text:
            found[strategy] = {name: test["files"] for name, test in shown().items()}
    assert found
    assert all(one == next(iter(found.values())) for one in found.values()), found


def test_python_m_testalibi_is_the_command(suite, command):
    run = suite.run("-m", "testalibi", "--version", env={"ALIBI_COMMAND": command})
    assert run.status == 0
    assert "0.1.0" in run.stdout


def test_a_command_that_is_named_by_its_own_starter_does_not_start_itself_for_ever(suite, command, tmp_path):
    package = suite.site / "testalibi"
    starter = tmp_path / "alibi"
    starter.write_text(f'#!/bin/sh\nexec {sys.executable} -m testalibi "$@"\n')
    starter.chmod(0o755)
    run = suite.run("-m", "testalibi", "--version", env={"ALIBI_COMMAND": str(starter)})
    built = (package / "_bin" / "alibi").exists()
    assert (run.status, "0.1.0" in run.stdout) == ((0, True) if built else (127, False)), run.text


def test_the_type_stub_is_true_of_the_module(real_project):
    stub = (REPOSITORY / "python_ext" / "testalibi" / "_native.pyi").read_text()
    code = (
        "from testalibi import _native as n\n"
        "print(n.ABI_VERSION, *n.Session.__dict__, *[m for m in vars(n) if m[0] != '_'])"
    )
    words = real_project.run("-c", code).stdout.split()
    assert words[0] == str(installation.ABI_VERSION)
    public = {word for word in words[1:] if not word.startswith("_")}
    assert {name for name in public if name not in stub} == set()
    declared = {line.split("def ")[1].split("(")[0] for line in stub.splitlines() if "    def " in line}
    assert declared - {"__init__"} <= public
