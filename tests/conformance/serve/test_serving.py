"""Who may, what survives, what is shown: keys, TLS, addresses, killed servers, files, pages."""

from __future__ import annotations

import base64
import http.client
import os
import random
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import BUILD, Served
from wire import Client, coverage, coverage_form, cycle, run_tags, session_event
from wire import attempt_event as event_of

ALIBI = str(BUILD / "collector" / "cli" / "alibi")


def test_nothing_that_was_acknowledged_is_lost_when_the_server_is_killed(
    serve: Callable[..., Served],
) -> None:
    seed = int(os.environ.get("ALIBI_SEED", "0")) or random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    choose = random.Random(seed)
    acknowledged: set[int] = set()
    next_span = iter(range(1, 10**9))
    for round_number in range(4):
        server = serve()
        stopped = threading.Event()

        def report(server: Served = server, stopped: threading.Event = stopped) -> None:
            while not stopped.is_set():
                spans = [next(next_span) for _ in range(5)]
                try:
                    reply = server.client.events([event_of(5, span, f"test_{span}") for span in spans])
                except OSError:
                    return
                except http.client.HTTPException:
                    return
                if reply.status == 202:
                    acknowledged.update(spans)

        reporters = [threading.Thread(target=report) for _ in range(4)]
        for reporter in reporters:
            reporter.start()
        time.sleep(0.2 + choose.random() * 0.5)
        server.kill()
        stopped.set()
        for reporter in reporters:
            reporter.join()
        assert acknowledged, f"round {round_number}"
    stored = {int(test["span"]) for test in serve().client.tests_of(5)}
    assert acknowledged <= stored


def test_a_server_that_is_stopped_finishes_what_was_begun(serve: Callable[..., Served]) -> None:
    server = serve()
    host, port = server.client.url.removeprefix("http://").split(":")
    body = cycle([event_of(5, 1, "test_x")])
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        head = f"POST /api/v2/citestcycle HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body[:10])
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        connection.sendall(body[10:])
        assert b" 202 " in connection.recv(65536)
    assert server.stop() == 0


def test_a_client_that_never_ends_its_request_does_not_hold_the_server(serve: Callable[..., Served]) -> None:
    server = serve()
    host, port = server.client.url.removeprefix("http://").split(":")
    slow = [socket.create_connection((host, int(port))) for _ in range(60)]
    started = time.monotonic()
    assert server.client.get("/healthz").status == 200
    assert time.monotonic() - started < 2
    with slow[0] as connection:
        connection.sendall(b"POST /api/v2/logs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n")
        assert server.stop() == 0
    assert time.monotonic() - started < 12


def keys(folder: Path) -> str:
    path = folder / "keys"
    path.write_text("# ours\nfirst-key\n\n  second-key  \n")
    return str(path)


def test_with_keys_only_those_who_have_one_are_served(serve: Callable[..., Served], tmp_path: Path) -> None:
    server = serve("--api-key-file", keys(tmp_path), key="second-key")
    url = server.client.url
    assert server.client.events([event_of(5, 1, "test_x")]).status == 202
    for wrong in ("", "third-key", "first-ke", "first-keyy", "# ours"):
        refused = Client(url, wrong).events([event_of(5, 2, "test_y")])
        assert refused.status == 403
        assert "API key" in refused.text
        assert Client(url, wrong).get("/metrics").status == 403
    assert Client(url).get("/").status == 401
    password = base64.b64encode(b"any:first-key").decode()
    assert Client(url).get("/", Authorization=f"Basic {password}").status == 200
    wrong = base64.b64encode(b"any:other").decode()
    assert Client(url).get("/", Authorization=f"Basic {wrong}").status == 401
    assert Client(url).get("/healthz").status == 200
    assert len(server.client.tests_of(5)) == 1


def refusal(*options: str, store: Path | str, port: int = 0) -> subprocess.CompletedProcess[str]:
    place = [] if "--store" in options else ["--store", str(store)]
    command = [ALIBI, "serve", "--port", str(port), *place, *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_options_that_cannot_be_followed_say_why(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("# nothing\n")
    wrong = {
        ("--host", "0.0.0.0"): "--api-key-file",
        ("--tls-cert", "x"): "--tls-key",
        ("--api-key-file", str(tmp_path / "none")): "none",
        ("--api-key-file", str(tmp_path / "empty")): "no key",
        ("--replay", str(tmp_path / "nothing")): "nothing",
        ("--store", "mysql://me:secret@host/x"): "postgresql://",
        ("--store", "postgresql://me:secret@[host/x"): "postgresql://USER",
    }
    for options, said in wrong.items():
        done = refusal(*options, store=tmp_path / "store")
        assert (done.returncode, "[alibi-92]" in done.stderr) == (2, True), done.stderr
        assert said in done.stderr
        assert "secret" not in done.stderr
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = refusal(store=tmp_path / "store", port=taken.getsockname()[1])
        assert (done.returncode, "[alibi-90]" in done.stderr) == (1, True), done.stderr
    (tmp_path / "file").write_text("")
    assert refusal(store=tmp_path / "file").returncode != 0


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of 127.0.0.1; its key is beside it."""
    certificate = tmp_path / "cert.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(certificate)]
    subprocess.run([*request, *files], check=True, capture_output=True)
    return certificate


def test_tls_is_spoken_with_the_certificate_that_is_given(
    serve: Callable[..., Served], certificate: Path
) -> None:
    key = certificate.with_name("key.pem")
    trust = ssl.create_default_context(cafile=str(certificate))
    server = serve("--tls-cert", str(certificate), "--tls-key", str(key), context=trust)
    assert server.client.url.startswith("https://")
    assert server.client.events([event_of(5, span, f"test_{span}") for span in range(1, 3000)]).status == 202
    assert len(server.client.tests_of(5)) == 2999
    plain = Client(server.client.url.replace("https", "http"))
    with pytest.raises((OSError, http.client.HTTPException)):
        plain.get("/healthz")
    assert server.client.get("/healthz").status == 200
    assert server.stop() == 0


@pytest.mark.parametrize("command", [["plan"], ["ship"]])
def test_our_commands_trust_the_certificates_that_are_named(
    serve: Callable[..., Served], certificate: Path, tmp_path: Path, command: list[str]
) -> None:
    trust = ssl.create_default_context(cafile=str(certificate))
    key = certificate.with_name("key.pem")
    server = serve("--tls-cert", str(certificate), "--tls-key", str(key), context=trust)
    project = tmp_path / "project"
    project.mkdir()
    (project / "test_a.py").write_text("def test_a(): pass\n")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"], ["remote", "add", "origin", "u"]):
        git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.invalid", *words]
        subprocess.run(git, cwd=project, check=True)

    def said(**more: str) -> str:
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment["DD_CIVISIBILITY_AGENTLESS_URL"] = server.client.url
        environment["DD_CIVISIBILITY_AGENTLESS_ENABLED"] = "1"
        done = subprocess.run(
            [ALIBI, *command], cwd=project, env={**environment, **more},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return done.stdout + done.stderr

    assert "certificate" in said()
    assert "certificate" not in said(SSL_CERT_FILE=str(certificate))


def test_the_address_and_how_to_report_to_it_are_printed(serve: Callable[..., Served], store: str) -> None:
    server = serve()
    assert store.split("?")[0] in server.said
    assert f"DD_CIVISIBILITY_AGENTLESS_URL={server.client.url}" in server.said
    assert "DD_CIVISIBILITY_AGENTLESS_ENABLED=1" in server.said


EVIL = "test_<script>alert(1)</script>\"'&"


def test_all_texts_of_clients_are_escaped_on_every_page(client: Client) -> None:
    tags = run_tags("a" * 40, **{"test.command": EVIL, "git.branch": EVIL, "git.commit.message": EVIL})
    meta = {
        "test.suite": EVIL,
        "test.module": EVIL,
        "error.type": EVIL,
        "error.message": EVIL,
        "error.stack": EVIL,
    }
    meta |= {
        "test.parameters": EVIL,
        "test.skip_reason": EVIL,
        "test.codeowners": EVIL,
        "test.source.file": EVIL,
    }
    event = event_of(5, 1, EVIL, "fail", **meta)
    event["content"]["service"] = EVIL
    assert client.events([event, session_event(5)], tags).status == 202
    client.coverages([coverage(5, 1, {EVIL: (1, 2)})])
    identity = client.get("/api/alibi/v1/tests").json["tests"][0]["id"]
    file = "/files/" + "".join(f"%{byte:02x}" for byte in EVIL.encode())
    search = "/tests?q=%3Cscript%3E%22"
    pages = [
        "/",
        "/sessions/5",
        "/tests",
        f"/tests/{identity}",
        "/files",
        file,
        "/saved",
        "/settings",
        search,
    ]
    for path in pages:
        reply = client.get(path)
        assert reply.status == 200, path
        assert "<script" not in reply.text, path
        assert "'none'" in reply.headers["Content-Security-Policy"]
        assert "&lt;script&gt;" in reply.text, path


def test_buttons_work_from_our_pages_and_from_no_others(client: Client) -> None:
    client.events([event_of(5, 1, "test_x")])
    identity = client.get("/api/alibi/v1/tests").json["tests"][0]["id"]
    path, form = f"/tests/{identity}", b"quarantined=1"
    kind = "application/x-www-form-urlencoded"
    for origin in ("", "http://evil.example", "null"):
        assert client.send(path, form, kind, Origin=origin).status == 403
    assert client.get("/api/alibi/v1/tests").json["tests"][0]["quarantined"] is False

    connection = http.client.HTTPConnection(client.url.removeprefix("http://"))
    connection.request("POST", path, form, {"Origin": client.url, "Content-Type": kind})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (303, path)
    assert client.get("/api/alibi/v1/tests").json["tests"][0]["quarantined"] is True


def test_texts_of_sources_are_read_in_the_checkout_only(serve: Callable[..., Served], tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "lib").mkdir(parents=True)
    (checkout / ".git").mkdir()
    (checkout / ".git" / "config").write_text("password")
    (checkout / "lib" / "a.py").write_text("first = 1\nsecond = '<b>'\n")
    (tmp_path / "secret.py").write_text("never shown")
    (checkout / "link.py").symlink_to(tmp_path / "secret.py")
    client = serve("--source", str(checkout)).client
    client.events([event_of(5, 1, "test_x")], run_tags("a" * 40))
    client.coverages([coverage(5, 1, {"lib/a.py": (2,)})])
    page = client.get("/files/lib/a.py").text
    assert "second = &#39;&lt;b&gt;&#39;" in page
    for path in ("../secret.py", "%2e%2e/secret.py", "link.py", ".git/config", "/etc/passwd", "lib"):
        page = client.get(f"/files/{path}").text
        assert "never shown" not in page
        assert "password" not in page
        assert "root:" not in page


JUNIT = """<?xml version="1.0"?>
<testsuites><testsuite name="pytest" timestamp="2026-01-02T03:04:05">
<testcase classname="tests.test_a" name="test_x" time="0.25"/>
<testcase classname="tests.test_a" name="test_y" time="1">
<failure message="no" type="AssertionError">line 1</failure></testcase>
<testcase classname="tests.test_a" name="test_z"><skipped message="why"/></testcase>
</testsuite></testsuites>
"""


def test_junit_files_are_sessions_and_the_same_file_is_one(
    serve: Callable[..., Served], store: str, tmp_path: Path
) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(JUNIT)
    for _ in range(2):
        assert (
            refusal("--import", str(path), "--only-import", "--service", "mine", store=store).returncode == 0
        )
    client = serve().client
    sessions = client.get("/api/alibi/v1/sessions").json["sessions"]
    assert [(one["service"], one["status"], one["tests"]) for one in sessions] == [("mine", "fail", 3)]
    tests = {test["name"]: test for test in client.tests_of(int(sessions[0]["id"]))}
    assert {name: test["status"] for name, test in tests.items()} == {
        "test_x": "pass",
        "test_y": "fail",
        "test_z": "skip",
    }
    assert tests["test_y"]["error_message"] == "no"
    assert tests["test_x"]["duration_ns"] == 250_000_000
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    bomb += '<testsuite><testcase name="&b;"/>'
    for text in ("", "<testsuites>", "<a/>", bomb):
        path.write_text(text)
        assert refusal("--import", str(path), "--only-import", store=store).returncode == 2


def test_bodies_in_files_are_taken_as_if_they_were_posted(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    folder = tmp_path / "bodies"
    folder.mkdir()
    (folder / "1.citestcycle").write_bytes(cycle([event_of(5, 1, "test_x")]))
    (folder / "2.citestcov").write_bytes(coverage_form([coverage(5, 1, {"a.py": (1,)})])[0])
    (folder / "notes.txt").write_text("not a body")
    client = serve("--replay", str(folder)).client
    assert [test["name"] for test in client.tests_of(5)] == ["test_x"]
    assert "a.py" in client.get("/files").text


def test_pages_are_whole_and_usable_without_a_mouse(client: Client) -> None:
    client.events([event_of(5, span, f"test_{span}") for span in range(1, 301)] + [session_event(5)])
    for path in ("/", "/sessions/5", "/tests", "/files", "/saved", "/settings"):
        text = client.get(path).text
        assert text.startswith("<!doctype html>")
        assert text.endswith("</main></body></html>\n")
        assert 'name="viewport"' in text
        assert 'href="#main"' in text
        assert text.count("<table>") == text.count("</table>")
    assert "Next" in client.get("/sessions/5").text
    assert "Next" not in client.get("/sessions/5?offset=200").text
    style = client.get("/style.css")
    assert "prefers-color-scheme:dark" in style.text


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--keep-days", "-1"),
        ("--rate-limit", "-1"),
        ("--rate-limit", "often"),
        ("--source", "/nowhere/at/all"),
    ],
)
def test_an_option_that_means_nothing_is_named_with_its_value(
    tmp_path: Path, option: str, value: str
) -> None:
    command = [str(BUILD / "collector/cli/alibi"), "serve", "--port", "0", "--store", str(tmp_path)]
    done = subprocess.run([*command, option, value], capture_output=True, text=True, check=False, timeout=20)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert option in done.stderr
    assert value in done.stderr
