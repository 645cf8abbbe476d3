"""The protocol's messages as a client sends them, with nothing but the standard library."""

from __future__ import annotations

import gzip
import json
import struct
import time
import urllib.error
import urllib.request
from typing import Any

START = 1_795_251_772_793_576_885


def pack(value: Any) -> bytes:
    """msgpack, as far as the protocol needs it."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        if 0 <= value < 128:
            return bytes([value])
        return b"\xcf" + struct.pack(">Q", value) if value >= 0 else b"\xd3" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        raw = value.encode()
        return b"\xdb" + struct.pack(">I", len(raw)) + raw
    if isinstance(value, bytes):
        return b"\xc6" + struct.pack(">I", len(value)) + value
    if isinstance(value, list):
        return b"\xdd" + struct.pack(">I", len(value)) + b"".join(pack(item) for item in value)
    assert isinstance(value, dict)
    small = bytes([0x80 | len(value)]) if len(value) < 16 else b"\xdf" + struct.pack(">I", len(value))
    return small + b"".join(pack(key) + pack(item) for key, item in value.items())


def run_tags(sha: str = "", **more: str) -> dict[str, str]:
    tags = {
        "language": "python",
        "env": "ci",
        "test.framework": "pytest",
        "test.command": "pytest",
        "git.repository_url": "https://example.org/acme/demo.git",
        "git.branch": "main",
        "os.platform": "Linux",
        "runtime.name": "CPython",
        "runtime.version": "3.11.2",
    }
    if sha:
        tags["git.commit.sha"] = sha
    return {**tags, **more}


def attempt_event(session: int, span: int, name: str, status: str = "pass", **meta: str) -> dict[str, Any]:
    return {
        "version": 2,
        "type": "test",
        "content": {
            "trace_id": 1,
            "span_id": span,
            "parent_id": 1,
            "test_session_id": session,
            "test_module_id": session + 1,
            "test_suite_id": session + 2,
            "name": "pytest.test",
            "resource": name,
            "service": "demo",
            "error": 1 if status == "fail" else 0,
            "start": START + span,
            "duration": 2_000_000,
            "type": "test",
            "meta": {
                "test.name": name,
                "test.suite": "test_a.py",
                "test.module": "tests",
                "test.status": status,
                "test.source.file": "tests/test_a.py",
                "test.source.start": "3",
                **meta,
            },
            "metrics": {"_dd.top_level": 1},
        },
    }


def session_event(session: int, status: str = "pass") -> dict[str, Any]:
    return {
        "version": 1,
        "type": "test_session_end",
        "content": {
            "test_session_id": session,
            "name": "pytest.test_session",
            "resource": "pytest",
            "service": "demo",
            "error": 0,
            "start": START,
            "duration": 5_000_000_000,
            "type": "test_session_end",
            "meta": {"test.status": status, "test.command": "pytest"},
            "metrics": {},
        },
    }


def suite_event(session: int, status: str = "pass") -> dict[str, Any]:
    event = session_event(session, status)
    event["type"] = "test_suite_end"
    event["content"].update(
        {
            "type": "test_suite_end",
            "test_module_id": session + 1,
            "test_suite_id": session + 2,
            "name": "pytest.test_suite",
        }
    )
    event["content"]["meta"].update(
        {"test.suite": "test_a.py", "test.module": "tests", "test.source.file": "tests/test_a.py"}
    )
    return event


def module_event(session: int, status: str = "pass") -> dict[str, Any]:
    event = session_event(session, status)
    event["type"] = "test_module_end"
    event["content"].update(
        {"type": "test_module_end", "test_module_id": session + 1, "name": "pytest.test_module"}
    )
    event["content"]["meta"]["test.module"] = "tests"
    return event


def cycle(events: list[dict[str, Any]], tags: dict[str, str] | None = None) -> bytes:
    metadata = {"*": run_tags() if tags is None else tags}
    return pack({"version": 1, "metadata": metadata, "events": events})


def bitmap(*lines: int) -> bytes:
    content = bytearray(max(32, max(lines) // 8 + 1))
    for line in lines:
        content[line // 8] |= 0x80 >> (line % 8)
    return bytes(content)


def coverage(session: int, span: int | None, files: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    event: dict[str, Any] = {"test_session_id": session, "test_suite_id": session + 2}
    if span is not None:
        event["span_id"] = span
    event["files"] = [{"filename": "/" + path, "bitmap": bitmap(*lines)} for path, lines in files.items()]
    return event


def form(parts: list[tuple[str, str | None, str, bytes]], boundary: str = "f" * 32) -> tuple[bytes, str]:
    body = b""
    for name, file_name, content_type, content in parts:
        place = f'form-data; name="{name}"' + (f'; filename="{file_name}"' if file_name else "")
        body += (
            f"--{boundary}\r\nContent-Disposition: {place}\r\nContent-Type: {content_type}\r\n\r\n".encode()
        )
        body += content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def coverage_form(events: list[dict[str, Any]]) -> tuple[bytes, str]:
    return form(
        [
            (
                "coverage1",
                "coverage1.msgpack",
                "application/msgpack",
                pack({"version": 2, "coverages": events}),
            ),
            ("event", "event.json", "application/json", b'{"dummy":true}'),
        ]
    )


def request_of(kind: str, sha: str = "", **more: Any) -> bytes:
    attributes = {
        "service": "demo",
        "env": "ci",
        "repository_url": "https://example.org/acme/demo.git",
        "sha": sha or "0" * 40,
        "branch": "main",
        "test_level": "test",
        "configurations": {"os.platform": "Linux", "runtime.name": "CPython", "runtime.version": "3.11.2"},
        **more,
    }
    return json.dumps({"data": {"id": "1", "type": kind, "attributes": attributes}}).encode()


class Reply:
    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Client:
    """One address, one key; every answer must say how long it is."""

    def __init__(self, url: str, key: str = "", context: Any = None) -> None:
        self.url, self.key, self.context = url, key, context

    def send(
        self, path: str, body: bytes | None = None, content_type: str = "", method: str = "", **headers: str
    ) -> Reply:
        request = urllib.request.Request(self.url + path, data=body, method=method or None)
        if content_type:
            request.add_header("Content-Type", content_type)
        elif body is not None:
            request.add_header("Content-Type", "application/json")
        if self.key:
            request.add_header("dd-api-key", self.key)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=30, context=self.context) as answer:
                reply = Reply(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as answer:
            reply = Reply(answer.code, answer.headers, answer.read())
        assert reply.status == 204 or "Content-Length" in reply.headers
        return reply

    def get(self, path: str, **headers: str) -> Reply:
        return self.send(path, **headers)

    def events(
        self, events: list[dict[str, Any]], tags: dict[str, str] | None = None, packed: bool = False
    ) -> Reply:
        body = cycle(events, tags)
        if packed:
            return self.send(
                "/api/v2/citestcycle", gzip.compress(body), "application/msgpack", Content_Encoding="gzip"
            )
        return self.send("/api/v2/citestcycle", body, "application/msgpack")

    def coverages(self, events: list[dict[str, Any]]) -> Reply:
        return self.send("/api/v2/citestcov", *coverage_form(events))

    def tests_of(self, session: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self.get(f"/api/alibi/v1/sessions/{session}?limit=1000&offset={len(found)}")
            if page.status == 404:
                return found
            found += page.json["tests"]
            if len(page.json["tests"]) < 1000:
                return found

    def wait(self) -> None:
        for _ in range(200):
            try:
                if self.get("/healthz").status == 200:
                    return
            except (urllib.error.URLError, ConnectionError):
                pass
            time.sleep(0.05)
        raise AssertionError("the server did not come up")
