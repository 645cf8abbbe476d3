"""Every route of the protocol, with what clients send and with what they should not send."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Callable

import pytest
from conftest import Served
from wire import (
    Client,
    coverage,
    coverage_form,
    cycle,
    form,
    pack,
    request_of,
    run_tags,
    session_event,
    suite_event,
)
from wire import attempt_event as event_of

SESSION = 2**63 + 12345
ATTRIBUTES = (
    "itr_enabled",
    "code_coverage",
    "tests_skipping",
    "require_git",
    "flaky_test_retries_enabled",
    "known_tests_enabled",
    "early_flake_detection",
    "impacted_tests_enabled",
    "coverage_report_upload_enabled",
    "test_management",
)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("prefix", ["", "/evp_proxy/v2", "/evp_proxy/v4"])
def test_events_are_taken_on_every_path_and_in_both_forms(client: Client, prefix: str, packed: bool) -> None:
    body = cycle([event_of(SESSION, 7, "test_x"), suite_event(SESSION), session_event(SESSION)])
    headers = {"Content_Encoding": "gzip"} if packed else {}
    reply = client.send(
        prefix + "/api/v2/citestcycle",
        gzip.compress(body) if packed else body,
        "application/msgpack",
        X_Datadog_EVP_Subdomain="citestcycle-intake",
        **headers,
    )
    assert (reply.status, reply.body) == (202, b"{}")
    page = client.get(f"/api/alibi/v1/sessions/{SESSION}").json
    assert page["session"]["status"] == "pass"
    assert page["session"]["service"] == "demo"
    assert [(test["name"], test["status"]) for test in page["tests"]] == [("test_x", "pass")]


def test_a_body_that_is_sent_again_is_stored_once(client: Client) -> None:
    events = [event_of(5, span, f"test_{span}", "fail" if span == 2 else "pass") for span in (1, 2, 3)]
    for _ in range(3):
        assert client.events(events).status == 202
        assert client.coverages([coverage(5, 1, {"a.py": (1, 2)})]).status == 202
    session = client.get("/api/alibi/v1/sessions/5").json["session"]
    assert (session["tests"], session["failed"]) == (3, 1)
    assert [test["runs"] for test in client.get("/api/alibi/v1/tests").json["tests"]] == [1, 1, 1]


def test_tags_of_the_body_count_for_its_events_and_the_events_own_win(client: Client) -> None:
    client.events([event_of(5, 1, "test_x", **{"git.branch": "mine"})], run_tags(sha="a" * 40))
    session = client.get("/api/alibi/v1/sessions/5").json["session"]
    assert (session["branch"], session["commit"], session["env"]) == ("mine", "a" * 40, "ci")


def test_coverage_is_shown_whichever_comes_first(client: Client) -> None:
    assert client.coverages([coverage(5, 1, {"lib/a.py": (3, 4, 5, 9)})]).status == 202
    client.events([event_of(5, 1, "test_x"), event_of(5, 2, "test_y")], run_tags(sha="a" * 40))
    client.coverages([coverage(5, 2, {"lib/a.py": (9,)})])
    identity = client.get("/api/alibi/v1/tests").json["tests"][0]["id"]
    page = client.get(f"/tests/{identity}").text
    assert "lib/a.py" in page
    assert "3\u20135, 9" in page
    lines = client.get("/files/lib/a.py").text
    assert lines.count("test_y") == 2  # line 9, and the list
    assert lines.count("test_x") == 3  # lines 3 to 5, line 9, and the list
    assert '<td data-label="Lines">3\u20135</td>' in lines


def test_settings_have_all_attributes_and_can_be_changed_per_service(client: Client) -> None:
    ask = request_of("ci_app_test_service_libraries_settings")
    attributes = client.send("/api/v2/libraries/tests/services/setting", ask).json["data"]["attributes"]
    assert all(name in attributes for name in ATTRIBUTES)
    on = ("itr_enabled", "code_coverage", "tests_skipping", "known_tests_enabled")
    assert all(attributes[name] is True for name in on)
    changed = client.send("/api/alibi/v1/settings?service=demo", b'{"tests_skipping":false}', method="PUT")
    assert changed.status == 200
    attributes = client.send("/api/v2/libraries/tests/services/setting", ask).json["data"]["attributes"]
    assert (attributes["tests_skipping"], attributes["itr_enabled"]) == (False, True)
    other = request_of("ci_app_test_service_libraries_settings", service="other")
    assert client.send("/api/v2/libraries/tests/services/setting", other).json["data"]["attributes"][
        "tests_skipping"
    ]
    assert client.send("/api/alibi/v1/settings?service=demo", b"[]", method="PUT").status == 400


def test_known_tests_come_page_by_page(client: Client) -> None:
    count = 5007
    for start in range(0, count, 1000):
        spans = range(start + 1, min(start + 1001, count + 1))
        assert client.events([event_of(5, span, f"test_{span}") for span in spans]).status == 202
    names: list[str] = []
    pages = 0
    info: dict[str, object] = {}
    while True:
        body = request_of("ci_app_libraries_tests_request", page_info=info)
        attributes = client.send("/api/v2/ci/libraries/tests", body).json["data"]["attributes"]
        for suites in attributes["tests"].values():
            for tests in suites.values():
                names += tests
        pages += 1
        if not attributes.get("page_info", {}).get("has_next"):
            break
        info = {"page_state": attributes["page_info"]["cursor"]}
    assert pages == 2
    assert sorted(names) == sorted(f"test_{span}" for span in range(1, count + 1))
    wrong = request_of("ci_app_libraries_tests_request", page_info={"page_state": "x"})
    assert client.send("/api/v2/ci/libraries/tests", wrong).status == 400


def test_durations_of_suites_come_page_by_page(client: Client) -> None:
    events = []
    for span in range(1, 8):
        suite = f"test_{span}.py"
        events.append(
            event_of(5, span, "test_x", **{"test.suite": suite, "test.source.file": f"tests/{suite}"})
        )
    events.append(
        event_of(5, 8, "test_y", **{"test.suite": "test_1.py", "test.source.file": "tests/test_1.py"})
    )
    assert client.events([*events, session_event(5)]).status == 202
    suites: dict[str, dict[str, object]] = {}
    info: dict[str, object] = {"page_size": 3}
    sizes = []
    while True:
        body = request_of("ci_app_ddtest_test_suite_durations_request", page_info=info)
        reply = client.send("/api/v2/ci/ddtest/test_suite_durations", body)
        attributes = reply.json["data"]["attributes"]
        sizes.append(attributes["page_info"]["size"])
        suites |= attributes["test_suites"].get("tests", {})
        if not attributes["page_info"]["has_next"]:
            break
        info = {"page_size": 3, "page_state": attributes["page_info"]["cursor"]}
    assert sizes == [3, 3, 1]
    assert suites["test_1.py"] == {
        "source_file": "tests/test_1.py",
        "duration": {"p50": "4000000", "p90": "4000000"},
    }
    assert suites["test_7.py"]["duration"] == {"p50": "2000000", "p90": "2000000"}


def test_durations_survive_odd_requests(client: Client) -> None:
    path = "/api/v2/ci/ddtest/test_suite_durations"
    assert client.send(path, b"[]").status == 400
    for info in ({"page_size": -1, "page_state": "\x00"}, {"page_size": 0}, {"page_state": 5}, [], None):
        body = request_of("ci_app_ddtest_test_suite_durations_request", page_info=info)
        attributes = client.send(path, body).json["data"]["attributes"]
        assert attributes["test_suites"] == {}
        assert attributes["page_info"] == {"has_next": False, "size": 0}


def test_marks_are_given_to_the_clients_of_the_repository(client: Client) -> None:
    client.events([event_of(5, 1, "test_x")])
    identity = client.get("/api/alibi/v1/tests").json["tests"][0]["id"]
    put = client.send(f"/api/alibi/v1/marks?test={identity}", b'{"quarantined":true}', method="PUT")
    assert put.json["quarantined"] is True
    body = request_of("ci_app_libraries_tests_request", commit_message="x")
    path = "/api/v2/test/libraries/test-management/tests"
    modules = client.send(path, body).json["data"]["attributes"]["modules"]
    properties = modules["tests"]["suites"]["test_a.py"]["tests"]["test_x"]["properties"]
    assert properties["quarantined"] is True
    assert properties["disabled"] is False
    foreign = request_of("ci_app_libraries_tests_request", repository_url="https://example.org/other.git")
    assert client.send(path, foreign).json["data"]["attributes"]["modules"] == {}
    assert client.send("/api/alibi/v1/marks?test=999", b"{}", method="PUT").status == 404
    assert client.send(f"/api/alibi/v1/marks?test={identity}", b'{"disabled":1}', method="PUT").status == 400


def test_what_is_not_kept_is_taken_all_the_same(client: Client) -> None:
    report = form(
        [
            ("coverage", "coverage.lcov.gz", "application/gzip", gzip.compress(b"TN:")),
            ("event", "event.json", "application/json", b'{"type":"coverage_report","format":"lcov"}'),
        ]
    )
    assert client.send("/api/v2/cicovreprt", *report).status == 202
    assert client.send("/api/v2/logs", b"[]").status == 202


def test_an_agents_client_finds_both_proxies(client: Client) -> None:
    assert client.get("/info").json["endpoints"] == ["/evp_proxy/v2/", "/evp_proxy/v4/"]


POSTS = [
    "/api/v2/citestcycle",
    "/api/v2/citestcov",
    "/api/v2/libraries/tests/services/setting",
    "/api/v2/ci/tests/skippable",
    "/api/v2/ci/libraries/tests",
    "/api/v2/test/libraries/test-management/tests",
    "/api/v2/git/repository/search_commits",
    "/api/v2/git/repository/packfile",
    "/api/v2/cicovreprt",
]


@pytest.mark.parametrize("path", POSTS)
def test_bodies_of_all_wrong_kinds_are_refused_with_400(client: Client, path: str) -> None:
    good_form, form_type = coverage_form([coverage(5, 1, {"a.py": (1,)})])
    wrong = [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[1,2,3]", "application/json"),
        (b'"text"', "application/json"),
        (b"\xc1\xff\x00", "application/msgpack"),
        (pack({"version": 99}), "application/msgpack"),
        (b"\xdf\xff\xff\xff\xff", "application/msgpack"),
        (b"\xdd" * 3000, "application/msgpack"),
        (good_form[:-30], form_type),
        (b"--x\r\n\r\n", "multipart/form-data"),
        (bytes(range(256)) * 40, "multipart/form-data; boundary=q"),
    ]
    for body, content_type in wrong:
        assert client.send(path, body, content_type).status == 400, (path, body[:20])
        assert client.send(path, body, content_type, Content_Encoding="gzip").status == 400
    assert client.get("/healthz").status == 200


def test_one_bad_event_does_not_cost_the_others(client: Client) -> None:
    bad = event_of(5, 2, "test_bad")
    bad["content"]["start"] = 5
    assert (
        client.events([event_of(5, 1, "test_x"), bad, {"type": "test", "version": 2, "content": 7}]).status
        == 202
    )
    assert [test["name"] for test in client.tests_of(5)] == ["test_x"]


def test_bodies_that_are_or_unpack_too_large_are_refused(client: Client) -> None:
    assert client.send("/api/v2/citestcycle", b"x" * (9 << 20), "application/msgpack").status == 413
    bomb = gzip.compress(b"\0" * (200 << 20), 9)
    assert len(bomb) < 1 << 20
    reply = client.send("/api/v2/citestcycle", bomb, "application/msgpack", Content_Encoding="gzip")
    assert reply.status == 413
    assert (
        client.send("/api/v2/citestcycle", b"x", "application/msgpack", Content_Encoding="br").status == 415
    )


def raw(client: Client, text: bytes) -> bytes:
    host, port = client.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(text)
        answer = b""
        try:
            while piece := connection.recv(65536):
                answer += piece
        except ConnectionResetError:
            pass  # it was still sending when the server had heard enough
        return answer


def test_a_body_in_chunks_is_counted_while_it_comes(client: Client) -> None:
    head = b"POST /api/v2/logs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    head += b"Transfer-Encoding: chunked\r\n\r\n"
    assert b" 202 " in raw(client, head + b"2\r\n[]\r\n0\r\n\r\n").split(b"\r\n")[0]
    chunk = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
    assert b" 413 " in raw(client, head + chunk * 10).split(b"\r\n")[0]


def test_requests_that_are_none_end_the_connection_and_nothing_else(client: Client) -> None:
    raw(client, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
    assert raw(client, b"GET /" + b"a" * 200_000) == b""
    assert not raw(client, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 50_000).startswith(b"HTTP/1.1 2")
    lied = b"POST /api/v2/logs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n"
    assert b" 413 " in raw(client, lied).split(b"\r\n")[0]
    assert client.get("/healthz").status == 200


def test_paths_and_methods_that_are_not_there_say_so(client: Client) -> None:
    assert client.get("/nothing").status == 404
    assert client.get("/api/v2/citestcycle").status == 405
    assert client.send("/", b"x").status == 405
    assert client.get("/sessions/abc").status == 404
    assert client.get("/tests/18446744073709551616").status == 404


def test_other_names_of_this_machine_are_refused_without_keys(client: Client) -> None:
    assert client.get("/", Host="evil.example").status == 421
    assert client.get("/", Host="localhost:1").status == 200


def test_metrics_count_requests_by_route_and_status(client: Client) -> None:
    client.events([event_of(5, 1, "test_x")])
    client.send("/api/v2/citestcycle", b"x", "application/msgpack")
    text = client.get("/metrics").text
    assert 'alibi_requests_total{route="citestcycle",status="202"} 1' in text
    assert 'alibi_requests_total{route="citestcycle",status="400"} 1' in text
    assert 'alibi_request_seconds_bucket{route="citestcycle",le="+Inf"} 2' in text
    assert "alibi_tests_received_total 1" in text


def test_a_rate_limit_answers_429_with_the_seconds_to_wait(serve: Callable[..., Served]) -> None:
    client = serve("--rate-limit", "2").client
    replies = [client.send("/api/v2/logs", b"[]") for _ in range(8)]
    refused = [reply for reply in replies if reply.status == 429]
    assert refused
    assert all(int(reply.headers["X-RateLimit-Reset"]) >= 1 for reply in refused)
    assert client.get("/healthz").status == 200


def test_the_time_of_tests_that_were_left_out_is_counted(client: Client) -> None:
    client.events([event_of(5, 1, "test_x")])
    left_out = event_of(6, 2, "test_x", "skip", **{"test.skipped_by_itr": "true"})
    client.events([left_out])
    session = client.get("/api/alibi/v1/sessions/6").json["session"]
    assert (session["left_out"], session["saved_ns"]) == (1, 2_000_000)
    assert "2.0 ms" in client.get("/saved").text


def test_a_test_that_passes_and_fails_at_one_commit_is_flaky(client: Client) -> None:
    tags = run_tags(sha="b" * 40)
    client.events([event_of(5, 1, "test_x", "fail")], tags)
    client.events([event_of(6, 2, "test_x"), event_of(6, 3, "test_y")], tags)
    flaky = client.get("/api/alibi/v1/tests?flaky=1").json["tests"]
    assert [(test["name"], test["flips"]) for test in flaky] == [("test_x", 1)]


def test_answers_are_json_that_holds_any_text(client: Client) -> None:
    name = 'test_"\\\n\u2028<é\U0001f600'
    client.events([event_of(5, 1, name)])
    assert client.tests_of(5)[0]["name"] == name
    body = request_of("ci_app_libraries_tests_request", page_info={})
    tests = client.send("/api/v2/ci/libraries/tests", body).json["data"]["attributes"]["tests"]
    assert tests == {"tests": {"test_a.py": [name]}}
    assert json.dumps(tests)


def test_durations_of_centuries_do_no_harm_to_pages_and_sums(client: Client) -> None:
    for session in range(1, 20):
        ran = event_of(session, session * 10, "test_stops_the_clock")
        ran["content"]["duration"] = 2**62
        left_out = event_of(
            session + 100, session * 10 + 1, "test_stops_the_clock", "skip", **{"test.skipped_by_itr": "true"}
        )
        assert client.events([ran]).status == 202
        assert client.events([left_out]).status == 202
    for path in ("/", "/saved", "/settings", "/api/alibi/v1/services"):
        assert client.get(path).status == 200, path


def test_marks_stay_where_a_clone_has_another_address(client: Client) -> None:
    at = {"git.repository_url": "https://example.com/r.git"}
    assert client.events([event_of(1, 1, "test_m")], run_tags("", **at)).status == 202
    (test,) = client.get("/api/alibi/v1/tests?q=test_m").json["tests"]
    mark = json.dumps({"quarantined": True}).encode()
    assert client.send(f"/api/alibi/v1/marks?test={test['id']}", mark, method="PUT").status == 200
    elsewhere = {"git.repository_url": "git@example.com:r.git"}
    assert client.events([event_of(2, 2, "test_m")], run_tags("", **elsewhere)).status == 202
    body = {
        "data": {
            "type": "ci_app_libraries_tests_request",
            "attributes": {"repository_url": at["git.repository_url"]},
        }
    }
    answer = client.send("/api/v2/test/libraries/test-management/tests", json.dumps(body).encode())
    assert "test_m" in json.dumps(answer.json)
