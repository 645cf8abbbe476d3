"""The ways to an intake: hosts, agents, sockets, TLS, proxies, connections; and what is seen of the key."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import KEY, PROBE, environment
from misbehaving_intake import CERTIFICATE, MisbehavingIntake


def test_agentless_requests_are_as_the_protocol_has_them(probe: Any) -> None:
    with MisbehavingIntake() as intake:
        probe(intake, "send", size=5000)
        probe(intake, "send", size=5000, route="packfile")
        probe(intake, "ask", route="skippable")
        cycle, pack, skippable = intake.received()
    assert cycle.path == "/api/v2/citestcycle"
    assert cycle.headers["dd-api-key"] == KEY
    assert cycle.headers["content-type"] == "application/msgpack"
    assert cycle.headers["content-encoding"] == "gzip"
    assert cycle.raw_body[:2] == b"\x1f\x8b"
    assert cycle.body.startswith(b"0:tests/unit")
    assert "content-encoding" not in pack.headers
    assert pack.raw_body == pack.body
    assert skippable.headers["content-type"] == "application/json"
    assert skippable.json == {"data": {}}
    for request in (cycle, pack, skippable):
        assert "x-datadog-evp-subdomain" not in request.headers
        assert "expect" not in request.headers


def test_a_path_of_the_url_is_kept(probe: Any) -> None:
    with MisbehavingIntake() as intake:
        probe(intake.url + "/team/one/", "send")
        assert intake.received()[0].path == "/team/one/api/v2/citestcycle"


@pytest.mark.parametrize("unix", [False, True])
def test_an_agent_is_asked_and_gets_the_subdomain(probe: Any, tmp_path: Path, unix: bool) -> None:
    with MisbehavingIntake(unix=str(tmp_path / "agent.sock") if unix else None) as intake:
        url = intake.url if unix else "agent+" + intake.url
        assert probe(url, "send", count=3).results[0][2]["fate"] == "delivered"
        info, *sent = intake.received()
    assert (info.method, info.path) == ("GET", "/info")
    assert len(sent) == 3
    for request in sent:
        assert request.path == "/evp_proxy/v4/api/v2/citestcycle"
        assert request.headers["x-datadog-evp-subdomain"] == "citestcycle-intake"
        assert "dd-api-key" not in request.headers
        assert request.headers["host"].split(":")[0] in ("localhost", "127.0.0.1")


def test_a_socket_that_is_not_there_is_an_error_that_names_it(probe: Any, tmp_path: Path) -> None:
    row = probe(f"unix://{tmp_path}/none.sock", "send").only
    assert (row["code"], row["fate"]) == (71, "try_later")
    assert f"unix://{tmp_path}/none.sock" in row["reason"]


@pytest.mark.parametrize("mode", ["404", "503", "html", "empty", "gigabyte", "bad-gzip", "silent", "reset"])
def test_an_agent_that_says_nothing_good_is_asked_at_most_twice(probe: Any, mode: str) -> None:
    with MisbehavingIntake({"info": mode}) as intake:
        row = probe("agent+" + intake.url, "send", budget_ms=900).only
        assert row["fate"] == "try_later"
        assert row["code"] in (71, 72, 73, 75)
        assert 1 <= len(intake.received("info")) <= 2
        assert intake.received("citestcycle") == []


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(probe: Any) -> None:
    with MisbehavingIntake(tls=True) as intake:
        row = probe(intake, "send").only
        assert (row["fate"], row["code"], row["tries"]) == ("try_later", 71, 1)
        assert "certificate" in row["reason"]
        assert intake.received() == []
        assert probe(intake, "send", trust=CERTIFICATE).only["fate"] == "delivered"
    with MisbehavingIntake(tls=True, host="127.0.0.2") as intake:  # a name that the certificate does not have
        assert probe(intake, "send", trust=CERTIFICATE).only["tries"] == 1
        assert intake.received() == []


def test_tls_towards_a_plain_server_fails_in_time(probe: Any) -> None:
    with MisbehavingIntake() as intake:
        row = probe(intake.url.replace("http:", "https:"), "send", budget_ms=500).only
        assert intake.accepted() == []
    assert row["fate"] == "try_later"
    assert row["code"] in (71, 75)


def test_a_proxy_of_the_environment_is_used_but_not_for_this_machine(probe: Any) -> None:
    with MisbehavingIntake() as intake:
        through = probe("http://intake.invalid", "send", env={"http_proxy": intake.url})
        assert through.only["fate"] == "delivered"
        assert intake.received()[0].headers["host"] == "intake.invalid"
        dead = {"http_proxy": "http://127.0.0.1:9", "all_proxy": "http://127.0.0.1:9"}
        assert probe(intake, "send", env=dead).only["fate"] == "delivered"
        around = {**dead, "no_proxy": "intake.invalid"}
        row = probe("http://intake.invalid", "send", env=around, tries=1).only
        assert "resolve" in row["reason"]


def test_connections_are_used_again(probe: Any) -> None:
    with MisbehavingIntake() as intake:
        probe(intake, "send", count=20, rounds=3, connections=1, size=100_000)
        assert len(intake.received()) == 60
        assert intake.connections == 1


def test_bodies_go_over_several_connections_at_once(probe: Any) -> None:
    with MisbehavingIntake() as intake:
        probe(intake, "send", count=40, connections=3, size=100_000)
        assert len({request.body for request in intake.accepted()}) == 40
        assert 2 <= intake.connections <= 3


def test_a_connection_that_the_intake_closed_meanwhile_is_opened_again(probe: Any) -> None:
    with MisbehavingIntake({"citestcycle": ["ok", "close", "ok"]}) as intake:
        rows = probe(intake, "send", count=2, connections=1).results[0]
        assert [row["fate"] for row in rows] == ["delivered", "delivered"]


@pytest.mark.parametrize("mode", ["ok", "echo", "400", "503", "refuse", "redirect", "reset"])
def test_the_key_is_seen_nowhere(probe: Any, tmp_path: Path, mode: str) -> None:
    with MisbehavingIntake(mode) as intake:
        outcome = probe(intake, "ship", count=3, budget_ms=500)
        assert KEY not in outcome.text
        probe(intake, "ship-waiting", budget_ms=500)
    for path in tmp_path.rglob("*"):
        assert KEY not in str(path)
        assert path.is_dir() or KEY.encode() not in path.read_bytes()


def test_the_key_is_not_in_the_list_of_processes(tmp_path: Path) -> None:
    with MisbehavingIntake() as intake:
        running = subprocess.Popen(
            [str(PROBE), "send", "--linger", "1"],
            env=environment(intake.url),
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert running.stdout is not None
            assert json.loads(running.stdout.readline())["results"][0][0]["fate"] == "delivered"
            assert KEY.encode() not in Path(f"/proc/{running.pid}/cmdline").read_bytes()
        finally:
            running.kill()
            running.wait()
            running.stdout.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DD_CIVISIBILITY_AGENTLESS_URL", f"https://user:{KEY}@ci.example"),
        ("DD_CIVISIBILITY_AGENTLESS_URL", f"ci.example/{KEY}"),
        ("DD_API_KEY", f"{KEY}\nX-Other: 1"),
    ],
)
def test_bad_variables_are_refused_without_showing_the_key(name: str, value: str) -> None:
    done = subprocess.run(
        [str(PROBE), "send"],
        env={**environment("http://127.0.0.1:9"), name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert name in done.stdout
    assert KEY not in done.stdout + done.stderr


def test_ten_thousand_tests_are_shipped_in_under_a_second(probe: Any) -> None:
    """15 MB of events and 5 MB of coverage, in bodies of 4.5 MiB and below, beside a server in Python."""
    with MisbehavingIntake() as intake:
        outcome = probe(intake, "send", count=5, size=4_000_000, connections=3)
        assert {row["fate"] for row in outcome.results[0]} == {"delivered"}
    assert outcome.ms < 1000


def test_a_name_server_that_is_silent_does_not_hold_the_run(probe: Any) -> None:
    slow = {"LD_PRELOAD": str(PROBE.with_name("slow_names.so"))}
    outcome = probe("http://intake.slow", "send", env=slow, budget_ms=500)
    assert (outcome.only["fate"], outcome.only["code"]) == ("try_later", 75)
    assert outcome.seconds < 1.5
