"""The protocol's golden facts about requests, one test each; the number is that of the list."""

from __future__ import annotations

import json
import re

import pytest
from recordings import Recording, Recordings
from shops import FRAMEWORKS, KEY

PATHS = {
    "citestcycle": "/api/v2/citestcycle",
    "citestcov": "/api/v2/citestcov",
    "settings": "/api/v2/libraries/tests/services/setting",
    "skippable": "/api/v2/ci/tests/skippable",
    "search_commits": "/api/v2/git/repository/search_commits",
    "packfile": "/api/v2/git/repository/packfile",
}
SUBDOMAINS = {"citestcycle": "citestcycle-intake", "citestcov": "citestcov-intake"}
PREFIXES = {
    "agentless": "",
    "agent v4": "/evp_proxy/v4",
    "agent v2": "/evp_proxy/v2",
    "agent's socket": "/evp_proxy/v4",
}


def test_every_request_of_the_protocol_is_made_and_taken(any_way: Recording) -> None:
    assert {request.route for request in any_way.requests} - {"info"} == set(PATHS)
    assert all(request.accepted and request.method == "POST" for request in any_way.requests if request.body)


def test_03_content_types_are_those_of_the_protocol(any_way: Recording) -> None:
    for request in any_way.requests:
        kind = request.headers.get("content-type", "")
        if request.route == "citestcycle":
            assert kind == "application/msgpack"
        elif request.route in ("citestcov", "packfile"):
            assert re.fullmatch(r"multipart/form-data; boundary=\S+", kind)
        elif request.route != "info":
            assert kind == "application/json"


def test_04_events_and_coverage_are_packed_but_for_the_second_version_of_the_proxy(
    any_way: Recording, way: str
) -> None:
    for request in any_way.requests:
        packed = request.route in ("citestcycle", "citestcov") and way != "agent v2"
        assert request.headers.get("content-encoding") == ("gzip" if packed else None)
        assert request.raw_body.startswith(b"\x1f\x8b") == packed
        if way == "agent v2":
            assert "accept-encoding" not in request.headers or request.route == "info"


def test_05_a_key_goes_to_the_intake_and_a_subdomain_to_an_agent(any_way: Recording, way: str) -> None:
    for request in any_way.requests:
        if request.route == "info":
            continue
        assert request.headers.get("dd-api-key") == (KEY if way == "agentless" else None)
        assert ("x-datadog-evp-subdomain" in request.headers) == (way != "agentless")
        assert KEY.encode() not in request.body


def test_06_the_subdomain_is_that_of_the_path(any_way: Recording, way: str) -> None:
    for request in any_way.requests:
        if way != "agentless" and request.route != "info":
            expected = SUBDOMAINS.get(request.route, "api")
            assert request.headers["x-datadog-evp-subdomain"] == expected


def test_07_the_path_has_the_prefix_of_the_proxy(any_way: Recording, way: str) -> None:
    for request in any_way.requests:
        if request.route != "info":
            assert request.path == PREFIXES[way] + PATHS[request.route]


def test_07_an_agent_is_asked_first_what_it_can_do(any_way: Recording, way: str) -> None:
    asked = [number for number, request in enumerate(any_way.requests) if request.route == "info"]
    if way == "agentless":
        assert asked == []
        return
    # By the command that opens the session and by the one that ships it.
    sent = [request.route for request in any_way.requests]
    assert asked == [0, min(sent.index("citestcycle"), sent.index("citestcov")) - 1]
    assert {(any_way.requests[at].method, any_way.requests[at].path) for at in asked} == {("GET", "/info")}


def test_24_where_git_is_wanted_settings_are_asked_twice_the_second_time_behind_the_last_pack(
    run: Recording, skipping: Recording
) -> None:
    routes = [request.route for request in run.requests]
    assert routes.count("settings") == 2
    last = max(at for at, route in enumerate(routes) if route == "packfile")
    assert routes.index("settings") < routes.index("search_commits") < last
    assert [at > last for at, route in enumerate(routes) if route == "settings"] == [False, True]
    assert [request.route for request in skipping.requests].count("settings") == 1


def test_25_skippable_tests_are_asked_for_when_git_is_there(any_way: Recording) -> None:
    routes = [request.route for request in any_way.requests]
    assert routes.count("skippable") == 1
    uploads = [at for at, route in enumerate(routes) if route in ("search_commits", "packfile")]
    assert len(uploads) == 2
    assert max(uploads) < routes.index("skippable")


def test_26_a_pack_is_sent_as_it_is_with_the_commit_it_leads_to(run: Recording) -> None:
    (request,) = run.of("packfile")
    assert set(request.parts) == {"pushedSha", "packfile"}
    assert request.parts["packfile"].startswith(bytes.fromhex("5041434b 00000002"))
    assert "content-encoding" not in request.headers
    head = (run.shop.folder / ".git/HEAD").read_text().split()[-1]
    sha = (run.shop.folder / ".git" / head).read_text().strip()
    pushed = json.loads(request.parts["pushedSha"])
    assert pushed == {
        "data": {"id": sha, "type": "commit"},
        "meta": {"repository_url": "https://example.com/acme/shop.git"},
    }
    assert re.search(rb'name="packfile"; filename="[^"]+\.pack"', request.body)


def test_28_questions_have_the_types_of_the_protocol(run: Recording) -> None:
    types = {
        request.route: request.json["data"]["type"] for request in run.of("settings") + run.of("skippable")
    }
    assert types == {"settings": "ci_app_test_service_libraries_settings", "skippable": "test_params"}


def test_28_questions_name_the_run_as_its_language_does(run: Recording) -> None:
    for request in run.of("settings") + run.of("skippable"):
        attributes = request.json["data"]["attributes"]
        assert attributes["repository_url"] == "https://example.com/acme/shop.git"
        assert re.fullmatch("[0-9a-f]{40}", attributes["sha"])
        assert (attributes["service"], attributes["test_level"]) == ("shop", "test")
        assert attributes["env"] == ("none" if run.framework == "pytest" else None)
        name = attributes["configurations"]["runtime.name"]
        assert name == ("CPython" if run.framework == "pytest" else "ruby")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_key_is_in_nothing_that_a_run_leaves(recordings: Recordings, framework: str) -> None:
    run = recordings.of(framework, "agentless")
    assert KEY not in run.ended.text
    for path in run.shop.data.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
