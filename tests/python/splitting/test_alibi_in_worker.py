"""Alibi in a persistent worker of pytest: the evidence is a plain run's, and what it leaves out is right."""

import pytest

FILES = {
    "conftest.py": "import pytest, shared\n@pytest.fixture(scope='session')\ndef wide():\n    yield shared.value()\n",
    "shared.py": "def value():\n    return 1\n\ndef other():\n    return 2\n",
    "one.py": "def f():\n    return 1\n",
    "two.py": "def f():\n    return 2\n",
    "alpha/__init__.py": "",
    "alpha/conftest.py": "import pytest, two\n@pytest.fixture(scope='package')\ndef near():\n    return two.f()\n",
    "alpha/test_a.py": "import one\ndef test_a(): assert one.f() == 1\ndef test_wide(wide): assert wide == 1\n",
    "alpha/test_b.py": "def test_near(near): assert near == 2\n"
    "class TestB:\n    def test_in(self, near, wide): assert near + wide == 3\n",
    "beta/test_c.py": "import two, pytest\n@pytest.mark.parametrize('x', [1, 2])\ndef test_c(x): assert two.f() == 2\n",
    "beta/test_d.py": "import shared\ndef test_d(): assert shared.other() == 2\ndef test_e(): assert open('data.txt').read()\n",
    "data.txt": "text\n",
    "pytest.ini": "[pytest]\npythonpath = .\n",
}
TESTS = [name for name in FILES if "test_" in name]


def fill(project):
    for name, text in FILES.items():
        project.write(name, text)
    project.environment["ALIBI"] = "1"


def test_the_evidence_is_that_of_a_plain_run(recorded, twin):
    fill(recorded)
    fill(twin)
    run = recorded.worker(TESTS)
    assert run.status == 0, run.output
    assert "alibi: recorded" in run.output, run.output
    plain = twin.plain(TESTS)
    assert plain.returncode == 0, plain.stdout
    found, expected = recorded.evidence(), twin.evidence()
    assert sorted(found) == sorted(expected)
    assert len(found) == 8
    for test in expected:
        assert found[test] == expected[test], test


def test_only_what_a_change_can_break_runs_in_the_next_worker(recorded):
    fill(recorded)
    assert recorded.worker(TESTS).status == 0
    run = recorded.worker(TESTS)
    assert run.status == 0, run.output
    assert [done["tests"] for done in run.all("done")] == [0, 0, 0, 0], run.output
    assert [done["left_out"] for done in run.all("done")] == [2, 2, 2, 2]
    assert run.outcomes == ["passed"] * 4
    assert "none of 8 tests has to run" in run.output
    recorded.write("two.py", "def f():\n    return int('2')\n")
    run = recorded.worker(TESTS)
    assert [done["tests"] for done in run.all("done")] == [0, 2, 2, 0], run.output
    assert "alibi: 4 of 8 tests run" in run.output, run.output
    assert run.status == 0
    recorded.write("one.py", "def f():\n    return 3\n")
    run = recorded.worker(TESTS)
    assert [done["tests"] for done in run.all("done")] == [1, 0, 0, 0], run.output
    assert run.status == 1
    assert run.outcomes == ["failed", "passed", "passed", "passed"]
    run = recorded.plain(["."])
    assert "alibi: 1 of 8 tests run" in run.stdout, run.stdout


def test_two_workers_together_know_what_one_run_knows(recorded):
    fill(recorded)
    assert recorded.worker(TESTS[:2]).status == 0
    recorded.worker(TESTS[2:])  # nothing known had to run: what is new is recorded next time
    assert recorded.worker(TESTS[2:]).status == 0
    run = recorded.plain(["."])
    assert "none of 8 tests has to run" in run.stdout, run.stdout


def test_the_parts_of_a_file_are_recorded_once_each(recorded, twin):
    fill(recorded)
    fill(twin)
    parts = [
        ("alpha/test_b.py", ["alpha/test_b.py::test_near"]),
        ("alpha/test_b.py", ["alpha/test_b.py::TestB"]),
    ]
    assert recorded.worker(parts).status == 0
    assert twin.plain(["alpha/test_b.py"]).returncode == 0
    found, expected = recorded.evidence(), twin.evidence()
    for test in expected:
        found[test].pop("state_writes"), expected[test].pop("state_writes")  # a class that is collected later
    assert found == expected
    assert "none of 2 tests has to run" in recorded.worker(["alpha/test_b.py"]).output


def test_a_test_that_passes_when_tried_again_has_the_evidence_of_that(recorded):
    fill(recorded)
    recorded.write(
        "beta/test_f.py", "import os, one\ndef test_f():\n    assert os.path.exists('mark') or one.g()\n"
    )
    recorded.write("one.py", "def f():\n    return 1\ndef g():\n    open('mark', 'w').close()\n")
    run = recorded.worker(["beta/test_f.py"], retry=[1], early="later")
    assert run.outcomes == ["failed", "passed"], run.output
    run = recorded.worker(["beta/test_f.py"])
    assert run.outcomes == ["passed"], run.output


@pytest.mark.parametrize("order", [TESTS, TESTS[::-1]])
def test_what_runs_is_explained_once_for_all_files(recorded, order):
    fill(recorded)
    recorded.worker(order)
    recorded.write("shared.py", FILES["shared.py"].replace("return 1", "return int('1')"))
    run = recorded.worker(order, "--alibi-explain")
    assert run.output.count("alibi: 2 of 8 tests run") == 1, run.output
    assert run.output.count("why these tests ran") == 1
    assert "test_wide" in run.output
