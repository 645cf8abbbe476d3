"""The ways in which a fake intake answers one request: rightly, or not at all as it should."""

from __future__ import annotations

import functools
import gzip
import json
import os
import re
import socket
import struct
import threading
import time
import zlib
from typing import Any

from intake_answers import wrong_answers
from intake_request import Request

MODES = {
    "ok": "the right answer (of the spec's minimal fake intake)",
    "200 to 599": "that status with the body {}; 429:N says X-RateLimit-Reset: N, 429:+N the time in N s",
    "refuse": "connections are refused (of all routes)",
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
# Modes whose status says that the request was taken, whatever becomes of the answer's body.
TAKEN = set(
    "ok taken-reset loris-body half wrong-type html empty gigabyte gigabyte-chunked gzip gzip-bomb bad-gzip"
    " cut-gzip".split()
)
_FORMS = re.compile(r"[2-5]\d\d|429:\+?\d+|wrong-json:\d+")
_GIGABYTE = 1 << 30
_PIECE = b"\0" * (1 << 16)


def is_mode(text: str) -> bool:
    return bool(_FORMS.fullmatch(text)) or (text in MODES and text.replace("-", "").isalnum())


@functools.cache
def bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(_PIECE) for _ in range(1 << 12)) + packer.flush()


class Answer:
    """What goes back over one connection for one request."""

    def __init__(
        self, peer: socket.socket, request: Request, right: tuple[int, Any], stopping: threading.Event
    ) -> None:
        self._peer = peer
        self._request = request
        self._stopping = stopping
        self._status, answer = right
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
        return self._send(200, bomb(), "Content-Encoding: gzip")

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
