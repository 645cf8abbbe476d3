"""The fake intake itself: other tests rest on it."""

from __future__ import annotations

import gzip
import http.client
import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import misbehaving_intake
import pytest
from misbehaving_intake import MisbehavingIntake, wrong_answers

SETTINGS = "/api/v2/libraries/tests/services/setting"


def ask(intake: MisbehavingIntake, path: str, body: bytes = b"{}", **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(intake.url + path, data=body, headers=headers)  # noqa: S310  (of this machine)
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
        return answer.status, answer.read()


def test_routes_answer_as_the_minimal_intake_does_with_and_without_a_prefix() -> None:
    with MisbehavingIntake() as intake:
        for prefix in ("", "/evp_proxy/v2", "/evp_proxy/v4"):
            assert ask(intake, prefix + "/api/v2/citestcycle") == (202, b"{}")
            assert ask(intake, prefix + "/api/v2/git/repository/packfile") == (204, b"")
            assert json.loads(ask(intake, prefix + SETTINGS)[1])["data"]["attributes"]["itr_enabled"] is True
        assert "/evp_proxy/v4/" in json.loads(ask(intake, "/info")[1])["endpoints"]
        assert [request.route for request in intake.accepted()][:3] == ["citestcycle", "packfile", "settings"]
        with pytest.raises(urllib.error.HTTPError, match="404"):
            ask(intake, "/api/v2/other")
        assert not intake.received("unknown")[0].accepted


def test_modes_follow_one_another_and_the_last_stays() -> None:
    with MisbehavingIntake({"citestcycle": ["503", "400"], "*": "ok"}) as intake:
        for expected in ("503", "400", "400"):
            with pytest.raises(urllib.error.HTTPError, match=expected):
                ask(intake, "/api/v2/citestcycle")
        assert ask(intake, SETTINGS)[0] == 200
        assert intake.accepted("citestcycle") == []


def test_bodies_are_kept_unpacked_and_in_parts() -> None:
    multipart = (
        b'--B\r\nContent-Disposition: form-data; name="coverage1"; filename="c.msgpack"\r\n'
        b"Content-Type: application/msgpack\r\n\r\n\x82\r\n\xff\r\n"
        b'--B\r\nContent-Disposition: form-data; name="event"\r\n\r\n{"dummy":true}\r\n--B--\r\n'
    )
    with MisbehavingIntake() as intake:
        headers = {"Content-Type": "multipart/form-data; boundary=B", "Content-Encoding": "gzip"}
        ask(intake, "/api/v2/citestcov", gzip.compress(multipart), **headers)
        (request,) = intake.received("citestcov")
    assert request.body == multipart
    assert request.parts == {"coverage1": b"\x82\r\n\xff", "event": b'{"dummy":true}'}


def test_a_limit_says_when_to_come_back() -> None:
    with MisbehavingIntake("429:7") as intake:
        with pytest.raises(urllib.error.HTTPError) as caught:
            ask(intake, SETTINGS)
        assert caught.value.headers["X-RateLimit-Reset"] == "7"


def test_half_an_answer_is_half_and_a_refused_port_refuses() -> None:
    with MisbehavingIntake("half") as intake, pytest.raises(http.client.IncompleteRead):
        ask(intake, SETTINGS)
    with MisbehavingIntake("refuse") as intake, pytest.raises(urllib.error.URLError, match="refused"):
        ask(intake, SETTINGS)


def test_wrong_answers_exchange_every_field() -> None:
    made = wrong_answers("skippable")
    assert {"meta": {"correlation_id": None}, "data": []} in made
    assert {"meta": "text", "data": []} in made
    assert None in made
    assert len(made) == len(wrong_answers("skippable"))


def test_it_runs_from_a_shell(tmp_path: Path) -> None:
    script = Path(__file__).resolve().parents[2] / "support" / "misbehaving_intake.py"
    command = [
        sys.executable,
        str(script),
        "--port",
        "0",
        "--mode",
        "settings=503,ok",
        "--log",
        str(tmp_path / "log"),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        url = f"http://127.0.0.1:{int(running.stdout.readline())}"
        with pytest.raises(urllib.error.HTTPError, match="503"):
            urllib.request.urlopen(url + SETTINGS, data=b"{}", timeout=5)  # noqa: S310
        assert urllib.request.urlopen(url + SETTINGS, data=b"{}", timeout=5).status == 200  # noqa: S310
        running.communicate(timeout=10)
    assert running.returncode == 0
    rows = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [row["accepted"] for row in rows] == [False, True]


@pytest.mark.parametrize("nonsense", ["nonsense", "199", "600", "wrong-json:x", "200 to 599", "cycle=ok"])
def test_what_is_no_mode_or_no_route_is_an_error_that_names_it(nonsense: str) -> None:
    command = [sys.executable, str(Path(misbehaving_intake.__file__)), "--mode", nonsense]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 2
    assert repr(nonsense.partition("=")[0]) in done.stderr
    with pytest.raises(ValueError, match="is no"), MisbehavingIntake(nonsense.partition("=")[0]):
        pass


def test_answers_follow_one_another_and_the_last_stays() -> None:
    with MisbehavingIntake() as intake:
        intake.set_answers("settings", 200, [{"first": 1}, {"later": 2}])
        told = [json.loads(ask(intake, SETTINGS)[1]) for _ in range(3)]
    assert told == [{"first": 1}, {"later": 2}, {"later": 2}]
