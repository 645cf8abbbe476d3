"""What `alibi ship --open` makes of a service's answers: opening.json, and the same on standard output."""

import gzip
import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

import pytest
from misbehaving_intake import MisbehavingIntake
from serving import requests_of, serving

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
    assert len(lines) == 1
    assert "DD_CIVISIBILITY_TOTAL_FLAKY_RETRY_COUNT" in lines[0]


def test_a_question_that_fails_is_a_feature_that_is_off(opened, intake, tmp_path):
    intake.set_mode("known_tests", "400")
    told, lines = opened()
    assert told["known"] is told["early_flake_detection"] is None
    assert told["managed"] is not None
    assert len(lines) == 1
    assert "known_tests" in lines[0]
    assert KEY not in lines[0]
    tags = json.loads((tmp_path / "reporting.json").read_text())["session_tags"]
    assert ["_dd.ci.library_configuration_error.known_tests", "true"] in tags


def test_a_service_that_never_ends_its_answers_costs_no_more_than_the_patience(opened, intake):
    for route in ("known_tests", "test_management", "search_commits"):
        intake.set_mode(route, "silent")
    told, lines = opened(ALIBI_INTAKE_PATIENCE_MS="2000")
    assert told["known"] is told["managed"] is None
    assert told["flaky_test_retries"] is not None
    assert len(lines) == 3


MEETING_ANSWERS = {
    "setting": settings(**ATTRIBUTES),
    "search_commits": {"data": []},
    "tests": {"data": {"attributes": {"tests": KNOWN, "modules": MANAGED}}},
}


class TogetherOnly(BaseHTTPRequestHandler):
    """Answers about tests when it was asked for the known and the managed ones."""

    meeting = threading.Barrier(2)
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        last = self.path.rpartition("/")[2]
        if last == "tests":
            self.meeting.wait(60)
        body = json.dumps(MEETING_ANSWERS.get(last, {})).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_what_does_not_depend_on_each_other_is_asked_for_at_once(opened):
    with ThreadingHTTPServer(("127.0.0.1", 0), TogetherOnly) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_address[1]}"
            told, lines = opened(DD_CIVISIBILITY_AGENTLESS_URL=address)
        finally:
            server.shutdown()
            thread.join()
    assert lines == []
    assert told["known"] == KNOWN
    assert told["managed"]


def test_skippable_tests_come_with_their_parameters(opened, intake):
    intake.set_answer("settings", 200, settings(itr_enabled=True, tests_skipping=True))
    items = [
        {"id": "1", "type": "test", "attributes": ITEM},
        {"id": "2", "type": "test", "attributes": {**ITEM, "parameters": None}},
    ]
    intake.set_answer("skippable", 200, {"meta": {"correlation_id": "c"}, "data": items})
    told, _ = opened()
    assert told["skippable"] == [["m", "s", "n", "{}"], ["m", "s", "n", None]]


def environment_of(intake, **more):
    return {
        "DD_CIVISIBILITY_AGENTLESS_ENABLED": "1",
        "DD_CIVISIBILITY_AGENTLESS_URL": intake.url,
        "DD_API_KEY": KEY,
        **more,
    }


def test_the_coverage_of_the_run_is_sent_where_the_service_wants_it(repository, intake, real_project):
    real_project.write("test_a.py", "import a\n\ndef test_one():\n    assert a.one\n")
    intake.set_answer("settings", 200, settings(coverage_report_upload_enabled=True))
    run = real_project.pytest("--alibi", env=environment_of(intake, DD_CODE_COVERAGE_FLAGS="unit,slow"))
    assert (run.status, run.problems) == (0, [])
    (request,) = intake.accepted("cicovreprt")
    lcov = gzip.decompress(request.parts["coverage"]).decode()
    records = {record.splitlines()[1] for record in lcov.split("end_of_record\n")[:-1]}
    assert {"SF:a.py", "SF:test_a.py"} <= records
    assert str(repository) not in lcov
    assert "SF:a.py\nFNF:0\nFNH:0\nDA:1,1\nDA:2,1\n" in lcov
    event = json.loads(request.parts["event"])
    assert (event["type"], event["format"]) == ("coverage_report", "lcov")
    assert event["report.flags"] == ["unit", "slow"]
    assert event["git.repository_url"] == "https://example.com/acme/shop.git"
    assert "service.name" not in event


def test_the_coverage_of_the_run_is_not_sent_unasked(repository, intake, real_project):
    real_project.write("test_a.py", "import a\n\ndef test_one():\n    assert a.one\n")
    variable = "DD_CIVISIBILITY_CODE_COVERAGE_REPORT_UPLOAD_ENABLED"
    assert real_project.pytest("--alibi", env=environment_of(intake)).status == 0
    assert intake.accepted("cicovreprt") == []
    intake.set_answer("settings", 200, settings(coverage_report_upload_enabled=True))
    assert real_project.pytest("--alibi", env=environment_of(intake, **{variable: "false"})).status == 0
    assert intake.accepted("cicovreprt") == []


@pytest.fixture
def ship(intake, real_project):
    def run(folder, *options, **environment):
        return subprocess.run(
            [str(real_project.site / "testalibi" / "_bin" / "alibi"), "ship", *options],
            cwd=folder,
            capture_output=True,
            text=True,
            env={"PATH": "/usr/bin:/bin", **environment_of(intake, **environment)},
        )

    return run


def test_ship_tells_the_commits_of_the_repository_that_it_stands_in(ship, intake, repository):
    done = ship(repository)
    assert (done.returncode, done.stderr) == (0, "")
    assert "it was told about the commits of the last month" in done.stdout
    assert intake.accepted("packfile")
    known = json.loads(intake.accepted("search_commits")[0].body)["data"]
    assert len(known) == 2
    intake.set_answer("search_commits", 200, {"data": known})
    packs = len(intake.accepted("packfile"))
    assert json.loads(ship(repository, "--json").stdout)["commits"] == {"complete": True, "packs": 0}
    assert len(intake.accepted("packfile")) == packs


def test_ship_deepens_a_shallow_clone(ship, intake, repository, tmp_path):
    clone = tmp_path / "clone"
    command = ["git", "clone", "-q", "--depth", "1", f"file://{repository}", str(clone)]
    subprocess.run(command, check=True)
    assert ship(clone, DD_GIT_REPOSITORY_URL="https://example.com/acme/shop.git").returncode == 0
    searched = [len(json.loads(one.body)["data"]) for one in intake.accepted("search_commits")]
    assert searched == [1, 2]


def test_ship_tells_no_commits_where_there_are_none_or_it_may_not(ship, intake, repository, tmp_path):
    off = {"DD_CIVISIBILITY_GIT_METADATA_UPLOAD_ENABLED": "false"}
    for done in (ship(repository, **off), ship(tmp_path)):
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.count("\n") == 1
    assert intake.received("search_commits") == []


def test_an_intake_that_takes_no_commits_is_named_and_no_failure_of_ship(ship, intake, repository):
    intake.set_mode("search_commits", "403")
    done = ship(repository)
    assert done.returncode == 0
    assert "the service does not know all commits" in done.stderr


def test_alibi_serve_answers_and_takes_all_of_it(opened, repository, real_project, tmp_path):
    real_project.write("test_a.py", "import a\n\ndef test_one():\n    assert a.one\n")
    command = str(real_project.site / "testalibi" / "_bin" / "alibi")
    with serving(command, tmp_path / "store") as url:
        wanted = json.dumps({"coverage_report_upload_enabled": True, "flaky_test_retries_enabled": True})
        address = url + "/api/alibi/v1/settings?service=shop"
        with urlopen(Request(address, wanted.encode(), method="PUT")) as answer:
            assert answer.status == 200
        here = {"DD_CIVISIBILITY_AGENTLESS_ENABLED": "1", "DD_CIVISIBILITY_AGENTLESS_URL": url}
        run = real_project.pytest("--alibi", env=here)
        assert (run.status, run.problems) == (0, [])
        assert "cicovreprt" in requests_of(url)
        told, lines = opened(DD_CIVISIBILITY_AGENTLESS_URL=url)
        assert lines == []
        assert [test for suites in told["known"].values() for test in suites["test_a.py"]] == ["test_one"]
        assert told["flaky_test_retries"] == {"per_test": 5, "tests": 1000}
        assert told["managed"] == []


def test_without_an_intake_the_file_says_that_nothing_is_reported(opened):
    told, lines = opened(DD_CIVISIBILITY_AGENTLESS_URL="not an address")
    assert told == {"reporting": False}
    assert len(lines) == 1
