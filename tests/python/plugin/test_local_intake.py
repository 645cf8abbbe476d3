"""Runs that report to no service: an intake of the project's own takes it (ALIBI_INTAKE=local)."""

import json
import os
import subprocess
import urllib.request
from pathlib import Path

import pytest
from serving import answer_of, serving

LOCAL = {"ALIBI_INTAKE": "local"}
TESTS = """
import calc

def test_add():
    assert calc.add(1, 2) == 3

def test_sub():
    assert calc.sub(2, 1) == 1
"""
CALC = "def add(a, b):\n    return a + b\n\ndef sub(a, b):\n    return a - b\n"
FLAKY = """
import pathlib

def test_flaky():
    mark = pathlib.Path(__file__).with_name("seen")
    seen = mark.exists()
    mark.touch()
    assert seen
"""


@pytest.fixture
def shop(real_project):
    real_project.write("calc.py", CALC)
    real_project.write("test_calc.py", TESTS)
    return real_project


@pytest.fixture
def alibi_command(shop) -> str:
    return os.environ.get("ALIBI_COMMAND") or str(shop.site / "testalibi" / "_bin" / "alibi")


def store_of(project) -> Path:
    return project.folder / ".alibi" / "intake"


def sessions_of(project, alibi):
    with serving(alibi, store_of(project)) as url:
        sessions = answer_of(f"{url}/api/alibi/v1/sessions")["sessions"]
        return [
            {**session, "names": sorted(test["name"] for test in run_in(url, session))}
            for session in sessions
        ]


def run_in(url, session):
    return answer_of(f"{url}/api/alibi/v1/sessions/{session['id']}")["tests"]


def settle(url, service, **settings):
    request = urllib.request.Request(
        f"{url}/api/alibi/v1/settings?service={service}", data=json.dumps(settings).encode(), method="PUT"
    )
    urllib.request.urlopen(request).close()


def test_the_runs_of_a_project_are_kept_beside_its_evidence(shop, alibi_command):
    for _ in range(2):
        run = shop.pytest("--alibi", "--alibi-noselect", env=LOCAL)
        assert (run.status, run.problems) == (0, [])
    told = sessions_of(shop, alibi_command)
    assert [session["names"] for session in told] == [["test_add", "test_sub"]] * 2
    assert {session["status"] for session in told} == {"pass"}


def test_its_own_evidence_alone_says_what_is_left_out(shop, alibi_command):
    shop.pytest("--alibi", env=LOCAL)
    shop.write("README.md", "the service would run everything now\n")
    shop.write("calc.py", CALC.replace("a - b", "b - a"))
    run = shop.pytest("--alibi", env=LOCAL)
    assert run.status == 1
    newest = sessions_of(shop, alibi_command)[0]
    assert (newest["failed"], newest["left_out"]) == (1, 1)


def test_what_is_set_on_its_pages_is_acted_on(shop, alibi_command):
    shop.pytest("--alibi", env=LOCAL)
    with serving(alibi_command, store_of(shop)) as url:
        (service,) = answer_of(f"{url}/api/alibi/v1/services")["services"]
        settle(url, service["service"], flaky_test_retries_enabled=True)
    shop.write("test_flaky.py", FLAKY)
    run = shop.pytest("--alibi", "test_flaky.py", env=LOCAL)
    assert run.status == 0, run.text


def test_a_server_that_already_serves_the_store_may_go_on(shop, alibi_command):
    shop.pytest("--alibi", env=LOCAL)
    with serving(alibi_command, store_of(shop)) as url:
        assert shop.pytest("--alibi", "--alibi-noselect", env=LOCAL).problems == []
        assert len(answer_of(f"{url}/api/alibi/v1/sessions")["sessions"]) == 2


def test_no_server_stays_behind(shop):
    shop.pytest("--alibi", env=LOCAL)
    store = str(store_of(shop))
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in running.splitlines() if store in line]


def test_a_store_that_cannot_be_made_changes_no_outcome(shop):
    shop.pytest("--alibi")
    store_of(shop).write_text("in the way")
    run = shop.pytest("--alibi", "--alibi-noselect", env=LOCAL)
    assert run.status == 0
    assert any("the local intake did not start" in line for line in run.problems)


def test_it_may_be_asked_for_in_the_ini_file(shop, alibi_command):
    shop.write("pytest.ini", "[pytest]\nalibi_intake = local\n")
    assert shop.pytest("--alibi").problems == []
    assert len(sessions_of(shop, alibi_command)) == 1


def test_another_value_is_named(shop):
    run = shop.pytest("--alibi", env={"ALIBI_INTAKE": "yes"})
    assert run.status == 0
    assert any("alibi_intake is 'yes'; it takes remote, local" in line for line in run.problems)
