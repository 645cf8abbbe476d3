"""Tests that run several times because a service wants it: with a stand-in for what the service says."""

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

RETRIES = {"flaky_test_retries": {"per_test": 2, "tests": 1000}}
DETECTION = {"retries": [[5, 3]], "faulty_percent": 100}
# Fails as often as asked, and keeps a diary.
SUPPORT = """
import os, pytest
DIARY = os.environ["DIARY"]

def say(text):
    with open(DIARY, "a") as file:
        file.write(text + "\\n")

def fail_first(count, name):
    say(name)
    with open(DIARY) as file:
        assert file.read().split().count(name) > count, name
"""


class Suite:
    def __init__(self, project):
        self.project = project
        self.diary_path = project.folder.parent / "diary"
        project.write("support.py", SUPPORT)
        project.write("conftest.py", "import sys, os\nsys.path.insert(0, os.path.dirname(__file__))\n")

    def write(self, text, name="test_it.py"):
        self.project.write(name, "import pytest\nfrom support import say, fail_first\n" + text)

    def path(self):
        """With the project's own folder, from the beginning."""
        return f"{self.project.folder}:{self.project.environment()['PYTHONPATH']}"

    def run(self, *arguments, env=None, **opening):
        done = self.project_run(*arguments, env=env, **opening)
        usual = "tried again|quarantined tests? failed"
        assert [line for line in done.problems if not re.search(usual, line)] == [], done.text
        return done

    def project_run(self, *arguments, env=None, **opening):
        """Whatever Alibi says."""
        if self.diary_path.exists():
            self.diary_path.unlink()
        document = {"reporting": True, "root": str(self.project.folder), **opening}
        environment = {
            "DD_CIVISIBILITY_AGENTLESS_ENABLED": "1",
            "FAKE_OPENING": json.dumps(document),
            "DIARY": str(self.diary_path),
        }
        usual = [] if "-pno:terminal" in arguments else ["-rA"]
        command = ["-m", "pytest", *usual, "--alibi", *arguments]
        done = self.project.run(*command, env={**environment, **(env or {})})
        done.diary = self.diary_path.read_text().split() if self.diary_path.exists() else []
        return done


@pytest.fixture
def suite(project):
    return Suite(project)


def notes(run):
    """{test: its attempts}, of the last note of each context."""
    names = {(entry["pid"], entry["context"]): json.loads(entry["text"]) for entry in run.named("note")}
    found = {}
    for attempts in names.values():
        if isinstance(attempts, list):
            found[attempts[0]["name"]] = attempts
    return found


def statuses(run, test):
    return [attempt.get("status") for attempt in notes(run)[test]]


def reasons(run, test):
    return [attempt["tags"].get("test.retry_reason") for attempt in notes(run)[test]]


def told(run, tag, test):
    return {attempt["tags"].get(tag) for attempt in notes(run)[test]}


def summary(run):
    """Of the last line: {word: count}."""
    line = [line for line in run.stdout.splitlines() if re.match(r"=+ .* in [0-9.]+s", line)][-1]
    return {word: int(count) for count, word in re.findall(r"(\d+) ([a-z]+)", line.partition(" in ")[0])}


FLAKY = """
def test_flaky():
    fail_first(1, "flaky")

def test_bad():
    fail_first(9, "bad")

def test_good():
    say("good")
"""


def test_a_failed_test_is_tried_until_it_passes_and_not_too_often(suite):
    suite.write(FLAKY)
    run = suite.run(**RETRIES)
    assert run.status == 1
    assert run.diary == ["flaky"] * 2 + ["bad"] * 3 + ["good"]
    assert summary(run) == {"failed": 1, "passed": 2, "retried": 3}
    assert run.ended() == {
        "test_it.py::test_flaky": "passed",
        "test_it.py::test_bad": "failed",
        "test_it.py::test_good": "passed",
    }
    assert statuses(run, "test_flaky") == ["fail", "pass"]
    assert reasons(run, "test_flaky") == [None, "auto_test_retry"]
    assert reasons(run, "test_bad") == [None, "auto_test_retry", "auto_test_retry"]
    first, second = notes(run)["test_flaky"]
    assert first["tags"]["error.type"] == "builtins.AssertionError"
    assert "error.type" not in second["tags"]
    assert second["start_ns"] >= first["start_ns"] + first["duration_ns"]
    assert statuses(run, "test_good") == ["pass"]
    assert "alibi: 2 tests were tried again (1 flaky)" in run.alibi_lines


def test_a_run_without_what_the_service_says_has_no_part_in_running_tests(suite):
    suite.write(FLAKY)
    suite.project.write(
        "conftest.py",
        "def pytest_runtest_logfinish():\n    pass\n"
        "def pytest_report_header(config):\n"
        "    names = [name for name, _ in config.pluginmanager.list_name_plugin()]\n"
        "    return 'registered: ' + ' '.join(sorted(name for name in names if name.startswith('alibi')))\n",
    )

    def registered(**opening):
        line = re.search("registered: (.*)", suite.run(**opening).stdout)
        return {"alibi-retries", "alibi-said-of-tests", "alibi-retry-terminal"} & set(line[1].split())

    assert registered() == set()
    assert registered(known=None, managed=[], early_flake_detection=None, flaky_test_retries=None) == set()
    only_said = {"alibi-said-of-tests", "alibi-retry-terminal"}
    assert registered(known={"": {"test_it.py": ["test_bad"]}}) == only_said
    assert registered(managed=[["", "test_it.py", "test_bad", ["quarantined"]]]) == only_said
    assert registered(**RETRIES) == {*only_said, "alibi-retries"}


def test_only_so_many_tests_are_tried_again(suite):
    suite.write("def test_a(): fail_first(9, 'a')\ndef test_b(): fail_first(9, 'b')\n")
    run = suite.run(flaky_test_retries={"per_test": 2, "tests": 1})
    assert run.diary == ["a", "a", "a", "b"]


@pytest.mark.parametrize(
    "option", ["-x", "--maxfail=1", "--sw", "-v", "-q", "-s", "--setup-show", "--durations=0"]
)
def test_options_that_look_at_failures_see_only_the_last_attempt(suite, option):
    suite.write("def test_a(): fail_first(1, 'a')\ndef test_b(): say('b')\n")
    run = suite.run(option, **RETRIES)
    assert (run.status, run.diary) == (0, ["a", "a", "b"]), run.text


def test_last_failed_does_not_know_of_retries(suite):
    suite.write(FLAKY)
    suite.run(**RETRIES)
    run = suite.run("--lf", **RETRIES)
    assert run.diary == ["bad"] * 3
    cached = json.loads((suite.project.folder / ".pytest_cache/v/cache/lastfailed").read_text())
    assert cached == {"test_it.py::test_bad": True}


def test_the_first_failure_that_stays_ends_the_run_with_x(suite):
    suite.write("def test_a(): fail_first(9, 'a')\ndef test_b(): say('b')\n")
    run = suite.run("-x", **RETRIES)
    assert (run.status, run.diary) == (1, ["a"] * 3)


def test_junit_has_one_case_for_each_test(suite):
    suite.write(FLAKY)
    suite.run("--junitxml=junit.xml", **RETRIES)
    root = ElementTree.parse(suite.project.folder / "junit.xml").getroot()
    cases = list(root.iter("testcase"))
    assert [case.get("name") for case in cases] == ["test_flaky", "test_bad", "test_good"]
    assert [[child.tag for child in case] for case in cases] == [[], ["failure"], []]


@pytest.mark.parametrize("distribution", ["load", "loadgroup"])
def test_workers_try_tests_again_and_the_main_process_tells(suite, distribution):
    pytest.importorskip("xdist")
    suite.write(FLAKY + "\n@pytest.mark.xdist_group('g')\ndef test_q():\n    fail_first(9, 'q')\n")
    managed = [["", "test_it.py", "test_q", ["quarantined"]]]
    run = suite.run("-n2", f"--dist={distribution}", "--alibi-report=r.json", managed=managed, **RETRIES)
    assert run.status == 1
    assert sorted(run.diary) == ["bad"] * 3 + ["flaky"] * 2 + ["good"] + ["q"] * 3
    assert summary(run) == {"failed": 1, "passed": 2, "retried": 5, "quarantined": 1}
    assert statuses(run, "test_flaky") == ["fail", "pass"]
    assert "alibi: 3 tests were tried again (1 flaky), 1 quarantined test failed" in run.alibi_lines
    report = json.loads((suite.project.folder / "r.json").read_text())
    assert report["retries"] == {"tried_again": 3, "flaky": 1, "quarantined": 1}


def test_a_new_test_is_tried_again_for_early_flake_detection(suite):
    suite.write(FLAKY)
    known = {"": {"test_it.py": ["test_bad"]}}
    run = suite.run(known=known, early_flake_detection=DETECTION)
    assert run.diary == ["flaky"] * 2 + ["bad"] + ["good"] * 4
    assert run.status == 1
    assert run.ended()["test_it.py::test_flaky"] == "passed"
    assert statuses(run, "test_flaky") == ["fail", "pass"]
    assert reasons(run, "test_good") == [None, *["early_flake_detection"] * 3]
    assert told(run, "test.is_new", "test_good") == {"true"}
    assert told(run, "test.is_new", "test_bad") == {None}
    assert summary(run) == {"failed": 1, "passed": 2, "retried": 4}


def test_of_a_pass_and_a_failure_the_pass_counts(suite):
    suite.write("def test_a():\n    say('a')\n    with open(__import__('support').DIARY) as f:\n"
                "        assert f.read().split().count('a') < 2\n")  # fmt: skip
    run = suite.run("-v", known={"": {"x.py": ["x"]}}, early_flake_detection=DETECTION)
    assert (run.status, statuses(run, "test_a")) == (0, ["pass", "fail"])
    assert run.ended() == {"test_it.py::test_a": "passed"}
    assert re.findall(r"test_a (\w+)", run.stdout.partition("= PASSES")[0]) == ["RETRY", "PASSED"]


def test_a_parametrised_test_is_new_only_with_its_function(suite):
    suite.write(
        "@pytest.mark.parametrize('x', [1, 2])\ndef test_p(x): say(f'p{x}')\n"
        "@pytest.mark.parametrize('x', [1, 2])\ndef test_n(x): say(f'n{x}')\n"
    )
    known = {"": {"test_it.py": ["test_p[1]"]}}
    run = suite.run(known=known, early_flake_detection=DETECTION)
    assert run.diary == ["p1", "p2", *["n1"] * 4, *["n2"] * 4]
    assert told(run, "test.is_new", "test_n[2]") == {"true"}


def test_a_modified_test_is_tried_again(suite):
    suite.write("def test_a():\n    say('a')\n\ndef test_b():\n    say('b')\n")
    run = suite.run(modified={"test_it.py": [[7, 7]]}, early_flake_detection=DETECTION)
    assert run.diary == ["a", *["b"] * 4]
    assert told(run, "test.is_modified", "test_b") == {"true"}
    assert told(run, "test.is_modified", "test_a") == {None}


def test_a_test_that_is_too_slow_for_detection_says_so(suite):
    suite.write("def test_a(): fail_first(1, 'a')\n")
    detection = {"retries": [[0, 3]], "faulty_percent": 100}
    run = suite.run(known={"": {"x.py": ["x"]}}, early_flake_detection=detection, **RETRIES)
    assert (run.status, run.diary) == (1, ["a"])
    assert told(run, "test.early_flake.abort_reason", "test_a") == {"slow"}


@pytest.mark.parametrize("workers", [[], ["-n2"]])
def test_a_session_in_which_nearly_all_is_new_is_faulty(suite, workers):
    if workers:
        pytest.importorskip("xdist")
    suite.write("".join(f"def test_{number}(): say('it')\n" for number in range(4)))
    detection = {"retries": [[5, 3]], "faulty_percent": 3}
    run = suite.run(*workers, known={"": {"x.py": ["x"]}}, early_flake_detection=detection)
    assert run.diary == ["it"] * 4
    texts = [json.loads(entry["text"]) for entry in run.named("note")]
    session = [text["session_tags"] for text in texts if isinstance(text, dict)]
    assert session == [{"test.early_flake.abort_reason": "faulty"}]
    assert told(run, "test.is_new", "test_1") == {"true"}


def managed(*entries):
    return [["", "test_it.py", name, list(marks)] for name, *marks in entries]


def test_a_disabled_test_is_skipped_and_has_no_alibi_by_that(suite):
    suite.write("def test_d(): say('d')\ndef test_o(): say('o')\n")
    run = suite.run(managed=managed(("test_d", "disabled")), **RETRIES)
    assert (run.status, run.diary) == (0, ["o"])
    assert statuses(run, "test_d") == ["skip"]
    tags = notes(run)["test_d"][0]["tags"]
    assert tags["test.skip_reason"] == "Flaky test is disabled by Datadog"
    assert tags["test.test_management.is_test_disabled"] == "true"
    always = [entry for entry in run.named("record_input") if entry["subject"] == "always"]
    assert len(always) == 1
    begun = [entry["id"] for entry in run.named("begin_test")]
    assert begun[0] == "test_it.py::test_d"


QUARANTINED = """
@pytest.fixture
def broken():
    raise OSError("no set-up")

@pytest.fixture
def breaks():
    yield
    raise OSError("no teardown")

def test_fails():
    raise ValueError("bad")

def test_set_up(broken):
    pass

def test_teardown(breaks):
    pass

def test_passes():
    pass

@pytest.mark.xfail(strict=True)
def test_strict():
    pass
"""


@pytest.mark.parametrize("more", [{}, RETRIES])
@pytest.mark.parametrize("option", ["-x", "-pno:terminal", "-n2"])
def test_quarantined_failures_are_none_of_the_run(suite, more, option):
    if option == "-n2":
        pytest.importorskip("xdist")
    suite.write(QUARANTINED)
    names = ["test_fails", "test_set_up", "test_teardown", "test_passes", "test_strict"]
    run = suite.run(option, managed=managed(*((name, "quarantined") for name in names)), **more)
    assert run.status == 0, run.text
    ends = {name.partition("::")[2]: outcome for name, outcome in run.ended().items()}
    assert ends == {
        "test_fails": "failed",
        "test_set_up": "error",
        "test_teardown": "error",
        "test_passes": "passed",
        "test_strict": "failed",
    }
    for name in names:
        assert set(statuses(run, name)) == ({"pass"} if name == "test_passes" else {"fail"})
        assert told(run, "test.test_management.is_quarantined", name) == {"true"}
    assert notes(run)["test_fails"][-1]["tags"]["error.message"] == "bad"
    if option != "-pno:terminal":
        assert "4 quarantined tests failed" in run.text
        assert summary(run)["quarantined"] == 4
        assert "failed" not in summary(run)


def test_a_quarantined_test_that_ends_its_worker_does_not_fail_the_run(suite):
    pytest.importorskip("xdist")
    suite.write("import os\ndef test_q(): os._exit(1)\ndef test_o(): pass\n")
    run = suite.project_run("-n2", managed=managed(("test_q", "quarantined")))
    assert run.status == 0, run.text
    assert summary(run) == {"passed": 1, "quarantined": 1}
    assert run.ended() == {"test_it.py::test_o": "passed"}


def test_a_quarantined_failure_is_an_expected_one_in_junit_and_for_last_failed(suite):
    suite.write(QUARANTINED)
    suite.run("--junitxml=junit.xml", managed=managed(("test_fails", "quarantined")))
    root = ElementTree.parse(suite.project.folder / "junit.xml").getroot()
    case = next(case for case in root.iter("testcase") if case.get("name") == "test_fails")
    assert [child.tag for child in case] == ["skipped"]
    cached = json.loads((suite.project.folder / ".pytest_cache/v/cache/lastfailed").read_text())
    assert "test_it.py::test_fails" not in cached


def test_other_failures_still_fail_a_run_with_quarantined_ones(suite):
    suite.write("def test_q(): assert 0\ndef test_o(): assert 0\n")
    run = suite.run(managed=managed(("test_q", "quarantined")))
    assert run.status == 1
    assert summary(run) == {"failed": 1, "quarantined": 1}


@pytest.mark.parametrize(
    ("marks", "status"),
    [(["attempt_to_fix"], 1), (["attempt_to_fix", "quarantined"], 0), (["attempt_to_fix", "disabled"], 0)],
)
def test_an_attempt_to_fix_passes_when_all_attempts_do(suite, marks, status):
    suite.write(
        "def test_good(): say('good')\n"
        "def test_bad():\n    say('bad')\n    with open(__import__('support').DIARY) as f:\n"
        "        assert f.read().split().count('bad') < 3\n"
    )
    entries = managed(("test_good", *marks), ("test_bad", *marks))
    run = suite.run(managed=entries, attempt_to_fix_retries=4)
    assert run.diary == ["good"] * 5 + ["bad"] * 3
    assert run.status == status
    assert statuses(run, "test_bad") == ["pass", "pass", "fail"]
    assert reasons(run, "test_good") == [None, *["attempt_to_fix"] * 4]
    assert told(run, "test.test_management.is_attempt_to_fix", "test_bad") == {"true"}
    assert run.ended() == {"test_it.py::test_good": "passed", "test_it.py::test_bad": "failed"}


def selection(project, *tests, settled=()):
    skip = {"verdict": "skip", "kind": "skip", "duration_ms": 1, "reason": ""}
    answer = {"tests": [{"id": test, **skip} for test in tests], "settled_files": list(settled)}
    answer.update(changes=["a.py (f)"], notices=[], all_files_settled=False, options={})
    return {"FAKE_SELECTION": str(project.write("answer.json", json.dumps(answer)))}


@pytest.mark.parametrize("trust", ["both", "local", "service"])
def test_a_test_to_be_fixed_runs_though_it_has_an_alibi(suite, trust):
    suite.write("def test_a(): say('a')\ndef test_b(): say('b')\n")
    known = selection(suite.project, "test_it.py::test_a", "test_it.py::test_b", settled=["test_it.py"])
    entries = managed(("test_a", "attempt_to_fix"))
    names = [["", "test_it.py", name, None] for name in ("test_a", "test_b")]
    run = suite.run(
        env={**known, "ALIBI_TRUST": trust}, managed=entries, attempt_to_fix_retries=1, skippable=names
    )
    assert run.diary == ["a", "a"]
    assert statuses(run, "test_b") == ["skip"]


@pytest.mark.parametrize("trust", ["both", "local", "service"])
def test_a_test_that_the_service_lists_and_a_mark_makes_run_is_told_so(suite, trust):
    mark = "@pytest.mark.skipif(False, reason='datadog_itr_unskippable')\n"
    suite.write(f"{mark}def test_a(): say('a')\n{mark}def test_b(): say('b')\ndef test_c(): say('c')\n")
    listed = [["", "test_it.py", name, None] for name in ("test_a", "test_c")]
    run = suite.run(env={"ALIBI_TRUST": trust}, skippable=listed)
    assert run.diary == (["a", "b"] if trust == "service" else ["a", "b", "c"])
    assert told(run, "test.itr.forced_run", "test_a") == {"true"}
    assert told(run, "test.itr.unskippable", "test_b") == {"true"}
    assert told(run, "test.itr.forced_run", "test_b") == {None}
    assert told(run, "test.itr.forced_run", "test_c") == {None}


def test_a_failure_with_half_a_character_in_its_message_is_told(suite):
    suite.write("def test_a(): raise ValueError('no \\ud800 é')\ndef test_b(): fail_first(1, 'b')\n")
    run = suite.run(**RETRIES)
    assert run.status == 1
    for entry in run.named("note"):
        json.dumps(json.loads(entry["text"]), ensure_ascii=False).encode()
    assert {attempt["tags"]["error.message"] for attempt in notes(run)["test_a"]} == {"no ? é"}
    assert statuses(run, "test_b") == ["fail", "pass"]


def test_a_run_with_an_argument_that_is_no_utf_8_is_reported(suite):
    suite.write("def test_a(): say('a')\n")
    run = suite.run("--log-file=\udcff.log", **RETRIES)
    assert (run.status, run.diary) == (0, ["a"]), run.text
    assert statuses(run, "test_a") == ["pass"]
