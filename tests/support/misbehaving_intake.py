"""A fake intake that answers every route rightly, or misbehaves as it is told; remembers what it was sent.

From pytest:

    with MisbehavingIntake({"citestcycle": ["503", "ok"], "*": "ok"}) as intake:
        ... DD_CIVISIBILITY_AGENTLESS_URL=intake.url ...
        assert intake.accepted("citestcycle")[0].body.startswith(b"\\x83")

A mode stands for one request of a route, a list of modes for the requests one after another; the last one
stays. MODES names them all. From a shell, until its standard input ends:

    python3 tests/support/misbehaving_intake.py --port 0 --mode citestcycle=429:3 --mode '*=ok'

prints the port. Only Python's standard library, one thread per connection.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import functools
import gzip
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any, Union
from urllib.parse import urlsplit

CERTIFICATE = Path(__file__).with_name("misbehaving_intake.pem")

MODES = {
    "ok": "the right answer (of the spec's minimal fake intake)",
    "200 to 599": "that status with the body {}; 429:N says X-RateLimit-Reset: N, 429:+N the time in N s",
    "reset": "the connection is reset when the request was read",
    "taken-reset": "as reset, but the request counts as accepted",
    "close": "the connection is closed when the request was read",
    "slam": "the connection is closed before anything of a request is read (of all routes)",
    "early-413": "413 before the request's body is read",
    "silent": "reads the request, never answers",
    "deaf": "reads nothing, never answers",
    "loris": "the right answer, a byte a second",
    "loris-body": "the right headers at once, the body a byte a second",
    "half": "Content-Length is longer than the body, then the end",
    "wrong-type": "the right answer as text/html",
    "html": "a page of HTML with status 200",
    "empty": "status 200 without a body",
    "gigabyte": "a body of 1 GiB, announced",
    "gigabyte-chunked": "a body of 1 GiB in chunks",
    "gigabyte-503": "the same with status 503",
    "gigabyte-headers": "headers without end",
    "endless-100": "100 Continue without end",
    "gzip": "the right answer, packed",
    "gzip-bomb": "256 MiB of zeros, packed",
    "bad-gzip": "says gzip, is none",
    "cut-gzip": "half of a packed answer",
    "not-http": "greets as another protocol",
    "redirect": "302 to the same server",
    "echo": "403 with a body and a header that quote all request headers",
    "wrong-json:N": "the right answer with one field of another type: the Nth of wrong_answers(route)",
}

_PATHS = {
    "/api/v2/citestcycle": "citestcycle",
    "/api/v2/citestcov": "citestcov",
    "/api/v2/libraries/tests/services/setting": "settings",
    "/api/v2/ci/tests/skippable": "skippable",
    "/api/v2/ci/libraries/tests": "known_tests",
    "/api/v2/test/libraries/test-management/tests": "test_management",
    "/api/v2/git/repository/search_commits": "search_commits",
    "/api/v2/git/repository/packfile": "packfile",
    "/api/v2/cicovreprt": "cicovreprt",
    "/api/v2/logs": "logs",
    "/info": "info",
}
_SETTINGS = {
    "code_coverage": True,
    "tests_skipping": True,
    "itr_enabled": True,
    "require_git": False,
    "flaky_test_retries_enabled": False,
    "known_tests_enabled": False,
    "impacted_tests_enabled": False,
    "coverage_report_upload_enabled": False,
    "di_enabled": False,
    "early_flake_detection": {
        "enabled": False,
        "slow_test_retries": {"5s": 10, "10s": 5, "30s": 3, "5m": 2},
        "faulty_session_threshold": 30,
    },
    "test_management": {"enabled": False, "attempt_to_fix_retries": 20},
}
_ANSWERS: dict[str, tuple[int, Any]] = {
    "citestcycle": (202, {}),
    "citestcov": (202, {}),
    "cicovreprt": (202, {}),
    "logs": (202, {}),
    "packfile": (204, None),
    "search_commits": (200, {"data": []}),
    "settings": (
        200,
        {"data": {"id": "x", "type": "ci_app_tracers_test_service_settings", "attributes": _SETTINGS}},
    ),
    "skippable": (200, {"meta": {"correlation_id": "x"}, "data": []}),
    "known_tests": (200, {"data": {"attributes": {"tests": {}}}}),
    "test_management": (200, {"data": {"attributes": {"modules": {}}}}),
    "info": (
        200,
        {"endpoints": ["/evp_proxy/v2/", "/evp_proxy/v4/"], "config": {"default_env": "none"}},
    ),
}
_WRONG: list[Any] = [None, True, -1, 1.5, 2**64, "text", [], ["text"], {}, {"a": {}}]
# Modes whose status says that the request was taken, whatever becomes of the answer's body.
_TAKEN = set(
    "ok taken-reset loris-body half wrong-type html empty gigabyte gigabyte-chunked gzip gzip-bomb bad-gzip"
    " cut-gzip".split()
)
_GIGABYTE = 1 << 30
_PIECE = b"\0" * (1 << 16)

Modes = Union[str, "list[str]"]


def wrong_answers(route: str) -> list[Any]:
    """The right answer of `route` over and over, each time with one value of another type."""
    right = _ANSWERS[route][1]

    def places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        yield path
        inner = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for key, below in inner:
            yield from places(below, (*path, key))

    def exchanged(path: tuple[Any, ...], wrong: Any) -> Any:
        if not path:
            return wrong
        made = copy.deepcopy(right)
        at = made
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = wrong
        return made

    return [exchanged(path, wrong) for path in places(right, ()) for wrong in _WRONG]


@dataclass
class Request:
    """One request as it was understood: `body` unpacked, `parts` of a multipart body by name."""

    method: str
    path: str
    route: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    raw_body: bytes
    mode: str
    connection: int
    accepted: bool = False  # a 2xx went out, or would have
    parts: dict[str, bytes] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _Stopped(Exception):
    """The peer is gone, or this server is stopping."""


class MisbehavingIntake:
    """Listens when entered, until left. `tls`: with a certificate that signed itself. `unix`: a path."""

    def __init__(
        self,
        modes: Modes | dict[str, Modes] = "ok",
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        tls: bool = False,
        unix: str | None = None,
    ) -> None:
        per_route = modes if isinstance(modes, dict) else {"*": modes}
        self._modes = {
            route: [one] if isinstance(one, str) else list(one) for route, one in per_route.items()
        }
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._tls = tls
        self._unix = unix
        self._port = port
        self._host = host
        if any("gzip-bomb" in listed for listed in self._modes.values()):
            _bomb()  # takes a while; nobody should wait for it who has a deadline
        self._refuses = self._modes.get("*") == ["refuse"]
        self._slams = self._modes.get("*") == ["slam"]
        self.requests: list[Request] = []
        self.connections = 0

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        return (
            f"unix://{self._unix}"
            if self._unix
            else f"http{'s' if self._tls else ''}://{self._host}:{self._port}"
        )

    def __enter__(self) -> MisbehavingIntake:
        self._listener = socket.socket(socket.AF_UNIX if self._unix else socket.AF_INET)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(self._unix or (self._host, self._port))
        if not self._unix:
            self._port = self._listener.getsockname()[1]
        if self._refuses:  # bound, so that nobody else gets the port; not listening, so that it refuses
            return self
        self._listener.listen(128)
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for closing in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                closing.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)
        if self._unix:
            with contextlib.suppress(OSError):
                os.unlink(self._unix)

    def set_mode(self, route: str, modes: Modes) -> None:
        with self._lock:
            self._modes[route] = [modes] if isinstance(modes, str) else list(modes)

    def received(self, route: str | None = None) -> list[Request]:
        with self._lock:
            return [request for request in self.requests if route in (None, request.route)]

    def accepted(self, route: str | None = None) -> list[Request]:
        return [request for request in self.received(route) if request.accepted]

    def _start(self, body: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=body, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(connection)
            self._start(self._serve, connection, self.connections)

    def _serve(self, connection: socket.socket, number: int) -> None:
        peer = connection
        try:
            if self._tls:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(CERTIFICATE)
                peer = context.wrap_socket(connection, server_side=True)
                self._open.add(peer)
            elif not self._unix:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with peer.makefile("rb") as stream:
                while self._exchange(peer, stream, number):
                    pass
        except (OSError, ValueError, _Stopped):
            pass
        finally:
            with contextlib.suppress(OSError):
                peer.close()
            with contextlib.suppress(OSError):
                connection.close()

    def _mode_of(self, route: str) -> str:
        with self._lock:
            modes = self._modes.get(route) or self._modes.get("*") or ["ok"]
            return modes.pop(0) if len(modes) > 1 else modes[0]

    def _exchange(self, peer: socket.socket, stream: Any, number: int) -> bool:
        """One request and its answer. False when the connection is to be closed."""
        if self._slams:
            return False
        line = stream.readline(65536)
        if not line:
            return False
        method, target, _ = line.decode("latin-1").split(" ", 2)
        path = urlsplit(target).path  # as a proxy it gets whole URLs
        route = _PATHS.get(_without_prefix(path), "unknown")
        mode = self._mode_of(route)
        if mode == "deaf":
            self._stopping.wait()
            return False
        headers = _headers(stream)
        if mode == "early-413":
            with self._lock:
                self.requests.append(Request(method, path, route, headers, b"", b"", mode, number))
            peer.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            if not self._tls:
                peer.shutdown(socket.SHUT_WR)
            while stream.read(1 << 16):  # as servers do, lest a reset overtakes the answer
                pass
            return False
        raw = _body(stream, headers)
        request = Request(method, path, route, headers, _unpacked(raw, headers), raw, mode, number)
        request.parts = _parts(request)
        request.accepted = mode in _TAKEN and route != "unknown"
        with self._lock:
            self.requests.append(request)
        return _Answer(peer, request, self._stopping).give()


@functools.cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(_PIECE) for _ in range(1 << 12)) + packer.flush()


def _without_prefix(path: str) -> str:
    for prefix in ("/evp_proxy/v2", "/evp_proxy/v4"):
        if path.startswith(prefix + "/"):
            return path[len(prefix) :]
    return path


def _headers(stream: Any) -> dict[str, str]:
    headers = {}
    while True:
        line = stream.readline(65536).decode("latin-1")
        if not line.strip():
            return headers
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()


def _body(stream: Any, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        wanted = int(headers.get("content-length", 0))
        body = stream.read(wanted)
        if len(body) != wanted:
            raise _Stopped
        return body
    pieces = []
    while True:
        length = int(stream.readline(100).split(b";")[0], 16)
        pieces.append(stream.read(length))
        stream.readline(100)
        if length == 0:
            return b"".join(pieces)


def _unpacked(raw: bytes, headers: dict[str, str]) -> bytes:
    return gzip.decompress(raw) if headers.get("content-encoding") == "gzip" else raw


def _parts(request: Request) -> dict[str, bytes]:
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/"):
        return {}
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + kind.encode() + b"\r\n\r\n" + request.body
    )
    parts = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        parts[name] = content if isinstance(content, bytes) else b""
    return parts


class _Answer:
    """What goes back over one connection for one request."""

    def __init__(self, peer: socket.socket, request: Request, stopping: threading.Event) -> None:
        self._peer = peer
        self._request = request
        self._stopping = stopping
        self._status, answer = _ANSWERS.get(request.route, (404, {"errors": ["no such route"]}))
        self._right = b"" if answer is None else json.dumps(answer).encode()

    def give(self) -> bool:
        name, _, argument = self._request.mode.partition(":")
        if name.isdigit():
            return self._of_status(int(name), argument)
        if name == "wrong-json":
            return self._send(200, json.dumps(wrong_answers(self._request.route)[int(argument)]).encode())
        return getattr(self, "_" + name.replace("-", "_"))()

    def _head(self, status: int, length: int | None, *more: str, kind: str = "application/json") -> bytes:
        lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {kind}", *more]
        if length is not None:
            lines.append(f"Content-Length: {length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def _send(self, status: int, body: bytes, *more: str, kind: str = "application/json") -> bool:
        length = None if status == 204 else len(body)
        self._peer.sendall(self._head(status, length, *more, kind=kind) + (b"" if status == 204 else body))
        return True

    def _of_status(self, status: int, argument: str) -> bool:
        more = []
        if argument:
            reset = int(time.time()) + int(argument) if argument.startswith("+") else argument
            more.append(f"X-RateLimit-Reset: {reset}")
        self._request.accepted = 200 <= status < 300
        return self._send(status, b"{}", *more)

    def _ok(self) -> bool:
        return self._send(self._status, self._right)

    def _reset(self) -> bool:
        self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._peer.close()
        return False

    _taken_reset = _reset

    def _close(self) -> bool:
        return False

    def _silent(self) -> bool:
        self._stopping.wait()
        return False

    def _slowly(self, content: bytes) -> bool:
        for at in range(len(content)):
            self._peer.sendall(content[at : at + 1])
            if self._stopping.wait(1):
                return False
        return True

    def _loris(self) -> bool:
        return self._slowly(self._head(self._status, len(self._right)) + self._right)

    def _loris_body(self) -> bool:
        body = self._right or b"{}"
        self._peer.sendall(self._head(200, len(body)))
        return self._slowly(body)

    def _half(self) -> bool:
        self._peer.sendall(self._head(200, len(self._right) + 1000) + self._right)
        return False

    def _wrong_type(self) -> bool:
        return self._send(self._status, self._right, kind="text/html; charset=utf-7")

    def _html(self) -> bool:
        return self._send(200, b"<!doctype html><title>Sign in</title>" * 50, kind="text/html")

    def _empty(self) -> bool:
        return self._send(200, b"")

    def _gigabyte(self, status: int = 200) -> bool:
        self._peer.sendall(self._head(status, _GIGABYTE))
        for _ in range(_GIGABYTE // len(_PIECE)):
            self._peer.sendall(_PIECE)
        return True

    def _gigabyte_503(self) -> bool:
        return self._gigabyte(503)

    def _gigabyte_chunked(self) -> bool:
        self._peer.sendall(self._head(200, None, "Transfer-Encoding: chunked"))
        for _ in range(_GIGABYTE // len(_PIECE)):
            self._peer.sendall(b"%x\r\n" % len(_PIECE) + _PIECE + b"\r\n")
        self._peer.sendall(b"0\r\n\r\n")
        return True

    def _endlessly(self, first: bytes, again: bytes) -> bool:
        self._peer.sendall(first)
        while not self._stopping.is_set():
            self._peer.sendall(again * 100)
        return False

    def _gigabyte_headers(self) -> bool:
        return self._endlessly(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 1000 + b"\r\n")

    def _endless_100(self) -> bool:
        return self._endlessly(b"", b"HTTP/1.1 100 Continue\r\n\r\n")

    def _gzip(self) -> bool:
        return self._send(200, gzip.compress(self._right or b"{}"), "Content-Encoding: gzip")

    def _gzip_bomb(self) -> bool:
        return self._send(200, _bomb(), "Content-Encoding: gzip")

    def _bad_gzip(self) -> bool:
        return self._send(200, b"this is no gzip at all" * 10, "Content-Encoding: gzip")

    def _cut_gzip(self) -> bool:
        packed = gzip.compress(os.urandom(1000))
        return self._send(200, packed[: len(packed) // 2], "Content-Encoding: gzip")

    def _not_http(self) -> bool:
        self._peer.sendall(b"SSH-2.0-Other_1.0\r\n" * 3)
        return False

    def _redirect(self) -> bool:
        return self._send(302, b"", f"Location: {self._request.path}?again")

    def _echo(self) -> bool:
        said = json.dumps({"errors": ["API key is invalid"], **self._request.headers})
        return self._send(403, said.encode(), f"X-Said: {said}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").split("\n")[0],
        epilog="modes: " + "; ".join(f"{name}: {what}" for name, what in MODES.items()),
    )
    parser.add_argument("--port", type=int, default=0, help="0: any free one, which is printed")
    parser.add_argument("--unix", metavar="PATH", help="listen there instead")
    parser.add_argument("--tls", action="store_true", help="with a certificate that signed itself")
    parser.add_argument(
        "--mode", action="append", default=[], metavar="[ROUTE=]MODE[,MODE…]", help="of one route, or of all"
    )
    parser.add_argument(
        "--log", metavar="FILE", help="write the requests there at the end, a line of JSON each"
    )
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    modes: dict[str, Modes] = {}
    for text in arguments.mode:
        route, equals, listed = text.rpartition("=")
        modes[route if equals else "*"] = listed.split(",")
    with MisbehavingIntake(
        modes or "ok", port=arguments.port, tls=arguments.tls, unix=arguments.unix
    ) as intake:
        print(arguments.unix or intake.port, flush=True)
        sys.stdin.read()
    if arguments.log:
        with open(arguments.log, "w", encoding="utf-8") as log:
            for request in intake.received():
                row = {"route": request.route, "accepted": request.accepted, "headers": request.headers}
                log.write(json.dumps(row) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
