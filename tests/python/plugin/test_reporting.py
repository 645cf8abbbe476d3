"""Runs that are reported to a Test Optimization service: what it is told, and what it may decide."""

import json
import os
import subprocess
import time

import pytest
from misbehaving_intake import MisbehavingIntake
from msgpack_reader import unpacked
from serving import answer_of, requests_of, serving

KEY = "0123456789abcdefKEY"
TESTS = """
import pytest
import calc

def test_add():
    assert calc.add(1, 2) == 3

@pytest.mark.parametrize("x", [1, 2])
def test_sub(x):
    assert calc.sub(x, 1) == x - 1
"""
CALC = "def add(a, b):\n    return a + b\n\ndef sub(a, b):\n    return a - b\n"
ENDINGS = """
import pytest

def test_fails():
    raise ValueError("boom")

@pytest.mark.skip(reason="not now")
def test_skipped():
    pass

@pytest.mark.xfail(reason="known")
def test_xfails():
    assert 0

@pytest.fixture
def broken():
    raise OSError("no set-up")

def test_error(broken):
    pass

@pytest.mark.skipif(False, reason="datadog_itr_unskippable")
@pytest.mark.dd_tags(owner="me")
def test_marked():
    pass
"""


def reporting(intake, **more):
    return {
        "DD_CIVISIBILITY_AGENTLESS_ENABLED": "1",
        "DD_CIVISIBILITY_AGENTLESS_URL": intake.url,
        "DD_API_KEY": KEY,
        **more,
    }


@pytest.fixture
def shop(real_project):
    real_project.write("calc.py", CALC)
    real_project.write("tests/unit/test_calc.py", TESTS)
    real_project.write("conftest.py", "")
    git = ["git", "-C", str(real_project.folder), "-c", "user.name=n", "-c", "user.email=e"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], check=True)
    url = "https://user:secret@example.com/acme/shop.git"
    subprocess.run([*git, "remote", "add", "origin", url], check=True)
    return real_project


def events(intake, kind="test"):
    """Of all bodies, as JSON-like values."""
    found = []
    for request in intake.accepted("citestcycle"):
        body = unpacked(request.body)
        found += [event["content"] for event in body["events"] if event["type"] == kind]
    return found


def by_name(found):
    return {event["meta"]["test.name"]: event for event in found}


def test_a_run_reports_its_tests_suites_modules_and_session(shop):
    with MisbehavingIntake({"*": "ok"}) as intake:
        run = shop.pytest("--alibi", env=reporting(intake))
        assert (run.status, run.problems) == (0, [])
        tests = by_name(events(intake))
        assert sorted(tests) == ["test_add", "test_sub[1]", "test_sub[2]"]
        add = tests["test_add"]
        assert add["meta"]["test.suite"] == "test_calc.py"
        assert add["meta"]["test.module"] == "tests.unit"
        assert add["meta"]["test.status"] == "pass"
        assert add["meta"]["test.source.file"] == "tests/unit/test_calc.py"
        assert add["meta"]["test.source.start"] == "5"
        assert json.loads(tests["test_sub[2]"]["meta"]["test.parameters"]) == {
            "arguments": {"x": "2"},
            "metadata": {},
        }
        assert len(events(intake, "test_suite_end")) == len(events(intake, "test_module_end")) == 1
        (session,) = events(intake, "test_session_end")
        assert session["meta"]["test.status"] == "pass"
        assert session["test_session_id"] == add["test_session_id"]
        assert abs(add["start"] / 1e9 - time.time()) < 120
        metadata = unpacked(intake.accepted("citestcycle")[0].body)["metadata"]["*"]
        assert metadata["git.repository_url"] == "https://example.com/acme/shop.git"
        assert metadata["service.name"] == "shop"


def test_endings_are_told_as_the_service_knows_them(shop):
    shop.write("tests/unit/test_calc.py", ENDINGS)
    with MisbehavingIntake({"*": "ok"}) as intake:
        assert shop.pytest("--alibi", env=reporting(intake)).status == 1
        tests = {name: event["meta"] for name, event in by_name(events(intake)).items()}
    failed = tests["test_fails"]
    assert (failed["test.status"], failed["error.type"]) == ("fail", "builtins.ValueError")
    assert failed["error.message"] == "boom"
    assert "test_fails" in failed["error.stack"]
    assert (tests["test_skipped"]["test.status"], tests["test_skipped"]["test.skip_reason"]) == (
        "skip",
        "not now",
    )
    assert (tests["test_xfails"]["test.status"], tests["test_xfails"]["test.result"]) == ("pass", "xfail")
    assert (tests["test_error"]["test.status"], tests["test_error"]["error.message"]) == ("fail", "no set-up")
    assert tests["test_marked"]["test.itr.unskippable"] == "true"
    assert tests["test_marked"]["owner"] == "me"


def test_coverage_has_the_lines_of_each_test(shop):
    with MisbehavingIntake({"*": "ok"}) as intake:
        shop.pytest("--alibi", env=reporting(intake))
        span = by_name(events(intake))["test_add"]["span_id"]
        documents = [unpacked(request.parts["coverage1"]) for request in intake.accepted("citestcov")]
    covered = {event["span_id"]: event["files"] for document in documents for event in document["coverages"]}
    assert len(covered) == 3
    bitmaps = {file["filename"]: file["bitmap"] for file in covered[span]}
    assert set(bitmaps) >= {"/calc.py", "/tests/unit/test_calc.py"}
    # Bit n is line n: the body of add and the two definitions, not the body of sub.
    assert bitmaps["/calc.py"][0] == 0b01101000


def skippable(intake, *names, bundle="tests.unit"):
    attributes = [
        {"suite": "test_calc.py", "name": name, "configurations": {"test.bundle": bundle}} for name in names
    ]
    answer = {
        "meta": {"correlation_id": "c1"},
        "data": [{"type": "test", "attributes": a} for a in attributes],
    }
    intake.set_answer("skippable", 200, answer)


@pytest.mark.parametrize(
    ("trust", "listed", "left_out"),
    [
        ("both", ["test_add"], ["test_add"]),
        ("both", [], []),
        ("local", [], ["test_add", "test_sub[1]", "test_sub[2]"]),
        ("service", ["test_sub[1]"], ["test_sub[1]"]),
    ],
)
def test_what_is_left_out_depends_on_whose_word_is_taken(shop, trust, listed, left_out):
    with MisbehavingIntake({"*": "ok"}) as intake:
        skippable(intake, *listed)
        shop.pytest("--alibi", "--alibi-noselect", env=reporting(intake))
        before = len(intake.accepted("citestcycle"))
        run = shop.pytest("--alibi", env=reporting(intake, ALIBI_TRUST=trust))
        assert run.status == 0, run.text
        found = []
        for request in intake.accepted("citestcycle")[before:]:
            found += [e["content"] for e in unpacked(request.body)["events"] if e["type"] == "test"]
        skipped = {
            name: event["meta"]
            for name, event in by_name(found).items()
            if event["meta"].get("test.skipped_by_itr") == "true"
        }
        assert sorted(skipped) == left_out
        assert len(found) == 3
        assert all(meta["test.skip_reason"].startswith("Skipped by Datadog") for meta in skipped.values())
        assert all(event["itr_correlation_id"] == "c1" for event in found)


def test_a_changed_test_runs_though_the_service_would_skip_it(shop):
    with MisbehavingIntake({"*": "ok"}) as intake:
        skippable(intake, "test_add", "test_sub[1]", "test_sub[2]")
        shop.pytest("--alibi", "--alibi-noselect", env=reporting(intake))
        shop.write("calc.py", CALC.replace("a + b", "b + a"))
        run = shop.pytest("--alibi", env=reporting(intake))
        assert "1 passed, 2 deselected" in run.stdout


def test_workers_report_into_one_session(shop):
    pytest.importorskip("xdist")
    with MisbehavingIntake({"*": "ok"}) as intake:
        run = shop.pytest("--alibi", "-n2", env=reporting(intake))
        assert run.status == 0, run.text
        tests = events(intake)
        assert sorted(by_name(tests)) == ["test_add", "test_sub[1]", "test_sub[2]"]
        assert len({event["test_session_id"] for event in tests}) == 1
        assert len(events(intake, "test_suite_end")) == len(events(intake, "test_session_end")) == 1
        skippable(intake, "test_add")
        run = shop.pytest("--alibi", "-n2", env=reporting(intake))
        assert run.status == 0, run.text
        told = [e["meta"] for e in events(intake) if e["meta"].get("test.skipped_by_itr") == "true"]
        assert [meta["test.name"] for meta in told] == ["test_add"]


@pytest.mark.parametrize(
    "mode", ["refused", "silent", "reset", "403", "503", "loris", "not-http", "gigabyte-503"]
)
def test_an_intake_that_misbehaves_changes_no_outcome_and_costs_two_seconds_at_most(shop, mode):
    began = time.monotonic()
    plain = shop.pytest("--alibi", "--alibi-noselect")
    usual = time.monotonic() - began
    with MisbehavingIntake({"*": "ok" if mode == "refused" else mode}) as intake:
        environment = reporting(intake)
        if mode == "refused":
            environment["DD_CIVISIBILITY_AGENTLESS_URL"] = "http://127.0.0.1:9"
        for _ in range(3):  # of a busy machine the best of three
            began = time.monotonic()
            run = shop.pytest("--alibi", "--alibi-noselect", env=environment)
            took = time.monotonic() - began
            if took < usual + 2.5:
                break
    assert (run.status, run.outcomes) == (plain.status, plain.outcomes)
    assert took < usual * 1.5 + 3.5  # two seconds, and a busy machine
    assert KEY not in run.text
    kept = list((shop.data / "spool").glob("**/*")) if (shop.data / "spool").exists() else []
    files = [path for path in kept if path.is_file()]
    assert files, run.text
    assert all(KEY.encode() not in path.read_bytes() for path in files)


def test_what_was_not_taken_is_sent_by_the_next_run_once(shop):
    with MisbehavingIntake({"*": "ok", "citestcycle": "503"}) as intake:
        run = shop.pytest("--alibi", env=reporting(intake))
        assert run.status == 0
        assert any("wait" in line for line in run.alibi_lines), run.text
        assert events(intake) == []
        intake.set_mode("citestcycle", "ok")
        shop.pytest("--alibi", "--alibi-noselect", env=reporting(intake))
        sessions = [event["test_session_id"] for event in events(intake, "test_session_end")]
        assert len(sessions) == len(set(sessions)) == 2


def test_nothing_is_asked_and_nothing_told_unless_an_intake_is_named(shop):
    with MisbehavingIntake({"*": "ok"}) as intake:
        run = shop.pytest("--alibi", env={"DD_API_KEY": KEY})
        assert run.status == 0
        off = reporting(intake, DD_CIVISIBILITY_ENABLED="false")
        assert shop.pytest("--alibi", env=off).status == 0
        assert intake.received() == []
    assert not (shop.data / "spool").exists()


def test_alibi_serve_takes_all_of_it_and_its_list_is_followed(shop, tmp_path):
    command = os.environ.get("ALIBI_COMMAND") or str(shop.site / "testalibi" / "_bin" / "alibi")
    with serving(command, tmp_path / "store") as url:
        here = {"DD_CIVISIBILITY_AGENTLESS_ENABLED": "1", "DD_CIVISIBILITY_AGENTLESS_URL": url}
        first = shop.pytest("--alibi", env=here)
        assert (first.status, first.problems) == (0, [])
        listed = shop.pytest("--alibi", env={**here, "ALIBI_TRUST": "service"})
        assert "3 deselected" in listed.stdout
        shop.write("calc.py", CALC.replace("a + b", "b + a"))
        changed = shop.pytest(
            "--alibi", env=here
        )  # not committed: the service does not know, the evidence does
        assert "1 passed, 2 deselected" in changed.stdout
        assert {"citestcycle", "citestcov", "packfile", "skippable"} <= set(requests_of(url))
        sessions = answer_of(url + "/api/alibi/v1/sessions?service=shop")
        assert len(sessions["sessions"]) == 3


def test_a_test_that_changes_the_environment_is_reported_all_the_same(shop):
    shop.write("tests/unit/test_calc.py", "import os\n\ndef test_it():\n    os.environ.pop('DD_API_KEY')\n")
    shop.write("conftest.py", "import os\nos.environ['DD_CIVISIBILITY_AGENTLESS_ENABLED'] = '0'\n")
    with MisbehavingIntake({"*": "ok"}) as intake:
        run = shop.pytest("--alibi", env=reporting(intake))
        assert f"alibi: reported to the intake at {intake.url}" in run.text
        assert len(events(intake)) == 1


def test_a_project_may_name_its_tests_itself_and_its_hooks_may_fail(shop):
    shop.write(
        "conftest.py",
        "def pytest_ddtrace_get_item_module_name(item):\n    return 'mine'\n"
        "def pytest_ddtrace_get_item_test_name(item):\n"
        "    return {'test_add': 'adding'}.get(item.name) or 1 / 0\n",
    )
    with MisbehavingIntake({"*": "ok"}) as intake:
        run = shop.pytest("--alibi", env=reporting(intake))
        assert run.status == 0
        (told,) = events(intake)
        assert (told["meta"]["test.module"], told["meta"]["test.name"]) == ("mine", "adding")
        skippable(intake, "adding", bundle="mine")
        again = shop.pytest("--alibi", env=reporting(intake))
        assert "2 passed, 1 deselected" in again.stdout


def suites_are_skippable(intake):
    listed = {"suite": "test_calc.py", "configurations": {"test.bundle": "tests.unit"}}
    answer = {"meta": {"correlation_id": "c1"}, "data": [{"type": "suite", "attributes": listed}]}
    intake.set_answer("skippable", 200, answer)
    return reporting(intake, _DD_CIVISIBILITY_ITR_SUITE_MODE="true")


def test_a_service_that_thinks_in_suites_lists_these(shop):
    with MisbehavingIntake({"*": "ok"}) as intake:
        environment = suites_are_skippable(intake)
        shop.pytest("--alibi", "--alibi-noselect", env=environment)
        assert "3 deselected" in shop.pytest("--alibi", env=environment).stdout
        documents = [unpacked(request.parts["coverage1"]) for request in intake.accepted("citestcov")]
        assert all("span_id" not in event for document in documents for event in document["coverages"])


def test_a_suite_with_a_test_that_has_to_run_runs_as_a_whole(shop):
    mark = '@pytest.mark.skipif(False, reason="datadog_itr_unskippable")\ndef test_add'
    shop.write("tests/unit/test_calc.py", TESTS.replace("def test_add", mark))
    with MisbehavingIntake({"*": "ok"}) as intake:
        environment = suites_are_skippable(intake)
        shop.pytest("--alibi", "--alibi-noselect", env=environment)
        assert "3 passed" in shop.pytest("--alibi", env=environment).stdout
        forced = [event["meta"] for event in events(intake) if "test.itr.forced_run" in event["meta"]]
    assert {meta["test.name"] for meta in forced} == {"test_add"}


def test_a_run_that_was_killed_is_reported_by_the_next_one(shop):
    ends = "import os, signal\n\ndef test_first():\n    pass\n\ndef test_ends():\n    {}\n"
    shop.write("tests/unit/test_calc.py", ends.format("os.kill(os.getpid(), signal.SIGKILL)"))
    with MisbehavingIntake({"*": "ok"}) as intake:
        assert shop.pytest("--alibi", env=reporting(intake)).status == -9
        assert events(intake) == []
        shop.write("tests/unit/test_calc.py", ends.format("pass"))
        assert shop.pytest("--alibi", "--alibi-noselect", env=reporting(intake)).status == 0
        sessions = {event["test_session_id"]: event["meta"] for event in events(intake, "test_session_end")}
        assert len(sessions) == 2
        (killed,) = [number for number, meta in sessions.items() if meta["test.status"] == "fail"]
        told = by_name(event for event in events(intake) if event["test_session_id"] == killed)
    assert told["test_first"]["meta"]["test.status"] == "pass"
    assert told["test_ends"]["meta"]["test.status"] == "fail"
    assert told["test_ends"]["meta"]["error.message"] == "the process ended before the test did"


def test_the_stacks_of_a_crash_are_told(shop):
    falls = "import os, signal\n\ndef falls():\n    os.kill(os.getpid(), signal.SIGSEGV)\n\n"
    shop.write("tests/unit/test_calc.py", falls + "def test_falls():\n    falls()\n")
    with MisbehavingIntake({"*": "ok"}) as intake:
        assert shop.pytest("--alibi", env=reporting(intake)).status == -11
        shop.write("tests/unit/test_calc.py", TESTS)
        shop.pytest("--alibi", "--alibi-noselect", env=reporting(intake))
        told = by_name(events(intake))["test_falls"]["meta"]
    assert told["error.type"] == "SIGSEGV"
    assert "SIGSEGV" in told["error.message"]
    assert "falls" in told["error.stack"]


def test_parametrised_tests_that_are_left_out_are_told_with_their_parameters(shop):
    with MisbehavingIntake({"*": "ok"}) as intake:
        shop.pytest("--alibi", env=reporting(intake))
        ran = by_name(events(intake))["test_sub[1]"]["meta"]["test.parameters"]
    shop.write("tests/unit/test_more.py", "def test_more():\n    pass\n")
    with MisbehavingIntake({"*": "ok"}) as intake:
        skippable(intake, "test_add", "test_sub[1]", "test_sub[2]")
        shop.pytest("--alibi", env=reporting(intake))
        left_out = by_name(events(intake))["test_sub[1]"]["meta"]
    assert left_out["test.skipped_by_itr"] == "true"
    assert left_out["test.parameters"] == ran
