"""What `alibi ship --open` makes of a service's answers: opening.json, and the same on standard output."""

import json
import subprocess

import pytest
from misbehaving_intake import MisbehavingIntake

KEY = "0123456789abcdefKEY"
ATTRIBUTES = {
    "flaky_test_retries_enabled": True,
    "known_tests_enabled": True,
    "impacted_tests_enabled": True,
    "early_flake_detection": {
        "enabled": True,
        "slow_test_retries": {"5s": 3, "5m": 1},
        "faulty_session_threshold": 20,
    },
    "test_management": {"enabled": True, "attempt_to_fix_retries": 4},
}
MANAGED = {"m": {"suites": {"s.py": {"tests": {"test_bad": {"properties": {"quarantined": True}}}}}}}
KNOWN = {"m": {"s.py": ["test_old"]}}
ITEM = {"suite": "s", "name": "n", "parameters": "{}", "configurations": {"test.bundle": "m"}}


def settings(**attributes):
    return {"data": {"attributes": attributes}}


@pytest.fixture
def repository(real_project):
    folder = real_project.folder
    git = ["git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=e"]

    def commit(name):
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "-qm", name], check=True)

    real_project.write("a.py", "one = 1\ntwo = 2\n")
    subprocess.run([*git, "init", "-q", "-b", "feature"], check=True)
    subprocess.run([*git, "remote", "add", "origin", "https://example.com/acme/shop.git"], check=True)
    commit("first")
    subprocess.run([*git, "update-ref", "refs/remotes/origin/main", "HEAD"], check=True)
    real_project.write("a.py", "one = 1\ntwo = 3\n")
    commit("second")
    return folder


@pytest.fixture
def intake():
    with MisbehavingIntake({"*": "ok"}) as intake:
        intake.set_answer("settings", 200, settings(**ATTRIBUTES))
        intake.set_answer("known_tests", 200, {"data": {"attributes": {"tests": KNOWN}}})
        intake.set_answer("test_management", 200, {"data": {"attributes": {"modules": MANAGED}}})
        yield intake


@pytest.fixture
def opened(intake, repository, real_project, tmp_path):
    """Opens a session: what it is told, and the lines for the user."""

    def open_session(**environment):
        described = {"framework": "pytest", "language": "python", "root": str(repository)}
        done = subprocess.run(
            [str(real_project.site / "testalibi" / "_bin" / "alibi"), "ship", "--open", tmp_path],
            input=json.dumps(described),
            capture_output=True,
            text=True,
            env={
                "PATH": "/usr/bin:/bin",
                "DD_CIVISIBILITY_AGENTLESS_ENABLED": "1",
                "DD_CIVISIBILITY_AGENTLESS_URL": intake.url,
                "DD_API_KEY": KEY,
                "ALIBI_INTAKE_PATIENCE_MS": "60000",
                **environment,
            },
            check=True,
        )
        assert (tmp_path / "opening.json").read_text() == done.stdout.strip()
        return json.loads(done.stdout), done.stderr.splitlines()

    return open_session


def test_everything_that_the_service_has_on_is_told(opened):
    told, lines = opened(DD_CIVISIBILITY_IMPACTED_TESTS_DETECTION_ENABLED="true")
    assert lines == []
    assert told["known"] == KNOWN
    assert told["early_flake_detection"] == {"retries": [[5, 3], [300, 1]], "faulty_percent": 20}
    assert told["flaky_test_retries"] == {"per_test": 5, "tests": 1000}
    assert told["managed"] == [["m", "s.py", "test_bad", ["quarantined"]]]
    assert told["attempt_to_fix_retries"] == 4
    assert told["modified"] == {"a.py": [[2, 2]]}
    assert told["skippable"] is None


def test_the_variables_of_the_environment_are_applied(opened):
    told, lines = opened(
        DD_CIVISIBILITY_FLAKY_RETRY_COUNT="2",
        DD_CIVISIBILITY_TOTAL_FLAKY_RETRY_COUNT="many",
        DD_CIVISIBILITY_EARLY_FLAKE_DETECTION_ENABLED="false",
        DD_TEST_MANAGEMENT_ENABLED="0",
        DD_TEST_MANAGEMENT_ATTEMPT_TO_FIX_RETRIES="9",
    )
    assert told["flaky_test_retries"] == {"per_test": 2, "tests": 1000}
    assert told["early_flake_detection"] is told["managed"] is told["modified"] is None
    assert told["attempt_to_fix_retries"] == 9
    assert len(lines) == 1 and "DD_CIVISIBILITY_TOTAL_FLAKY_RETRY_COUNT" in lines[0]


def test_a_question_that_fails_is_a_feature_that_is_off(opened, intake, tmp_path):
    intake.set_mode("known_tests", "400")
    told, lines = opened()
    assert told["known"] is told["early_flake_detection"] is None
    assert told["managed"] is not None
    assert len(lines) == 1 and "known_tests" in lines[0] and KEY not in lines[0]
    tags = json.loads((tmp_path / "reporting.json").read_text())["session_tags"]
    assert ["_dd.ci.library_configuration_error.known_tests", "true"] in tags


def test_a_service_that_never_ends_its_answers_costs_no_more_than_the_patience(opened, intake):
    for route in ("known_tests", "test_management", "search_commits"):
        intake.set_mode(route, "silent")
    told, lines = opened(ALIBI_INTAKE_PATIENCE_MS="2000")
    assert told["known"] is told["managed"] is None
    assert told["flaky_test_retries"] is not None
    assert len(lines) == 3


def test_skippable_tests_come_with_their_parameters(opened, intake):
    intake.set_answer("settings", 200, settings(itr_enabled=True, tests_skipping=True))
    items = [
        {"id": "1", "type": "test", "attributes": ITEM},
        {"id": "2", "type": "test", "attributes": {**ITEM, "parameters": None}},
    ]
    intake.set_answer("skippable", 200, {"meta": {"correlation_id": "c"}, "data": items})
    told, _ = opened()
    assert told["skippable"] == [["m", "s", "n", "{}"], ["m", "s", "n", None]]


def test_without_an_intake_the_file_says_that_nothing_is_reported(opened):
    told, lines = opened(DD_CIVISIBILITY_AGENTLESS_URL="not an address")
    assert told == {"reporting": False}
    assert len(lines) == 1
