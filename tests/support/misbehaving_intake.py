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
import json
import os
import socket
import ssl
import sys
import threading
import zlib
from pathlib import Path
from typing import Any, Union
from urllib.parse import urlsplit

from intake_answers import ANSWERS, ROUTES, wrong_answers
from intake_request import CutOff, Request, parts_of, read_body, read_headers, unpacked, without_prefix
from misbehaviour import MODES, TAKEN, Answer, bomb, is_mode

__all__ = ["CERTIFICATE", "MODES", "MisbehavingIntake", "Request", "wrong_answers"]

CERTIFICATE = Path(__file__).with_name("misbehaving_intake.pem")

Modes = Union[str, "list[str]"]


def _listed(route: str, modes: Modes) -> list[str]:
    """Raises ValueError for what is no mode or no route: whoever asks for nonsense means something."""
    listed = [modes] if isinstance(modes, str) else list(modes)
    if route not in ("*", "unknown", *ROUTES.values()):
        raise ValueError(f"{route!r} is no route; there are {', '.join(ROUTES.values())} and * for all")
    for mode in listed:
        if not is_mode(mode):
            raise ValueError(f"{mode!r} is no mode; there are {', '.join(MODES)}")
    return listed


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
        self._modes = {route: _listed(route, one) for route, one in per_route.items()}
        self._answers = {route: [answer] for route, answer in ANSWERS.items()}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._tls = tls
        self._unix = unix
        self._port = port
        self._host = host
        if any("gzip-bomb" in listed for listed in self._modes.values()):
            bomb()  # takes a while; nobody should wait for it who has a deadline
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

    def set_answer(self, route: str, status: int, answer: Any) -> None:
        """The right one of this route from now on."""
        self.set_answers(route, status, [answer])

    def set_answers(self, route: str, status: int, answers: list[Any]) -> None:
        """The right ones of this route, one after another; the last one stays."""
        with self._lock:
            self._answers[route] = [(status, answer) for answer in answers]

    def set_mode(self, route: str, modes: Modes) -> None:
        with self._lock:
            self._modes[route] = _listed(route, modes)

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
        except (OSError, ValueError, EOFError, zlib.error, CutOff):  # of TLS, of what was sent, of gzip
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
        route = ROUTES.get(without_prefix(path), "unknown")
        mode = self._mode_of(route)
        if mode == "deaf":
            self._stopping.wait()
            return False
        headers = read_headers(stream)
        if mode == "early-413":
            with self._lock:
                self.requests.append(Request(method, path, route, headers, b"", b"", mode, number))
            peer.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            if not self._tls:
                peer.shutdown(socket.SHUT_WR)
            while stream.read(1 << 16):  # as servers do, lest a reset overtakes the answer
                pass
            return False
        raw = read_body(stream, headers)
        request = Request(method, path, route, headers, unpacked(raw, headers), raw, mode, number)
        request.parts = parts_of(request)
        request.accepted = mode in TAKEN and route != "unknown"
        with self._lock:
            self.requests.append(request)
            answers = self._answers.get(route, [(404, {"errors": ["no such route"]})])
            right = answers.pop(0) if len(answers) > 1 else answers[0]
        return Answer(peer, request, right, self._stopping).give()


def _mode(text: str) -> tuple[str, list[str]]:
    """Of an option: the route, and its modes."""
    route, equals, modes = text.rpartition("=")
    try:
        return (route, _listed(route, modes.split(","))) if equals else ("*", _listed("*", modes.split(",")))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").split("\n")[0],
        epilog="modes: " + "; ".join(f"{name}: {what}" for name, what in MODES.items()),
    )
    parser.add_argument("--port", type=int, default=0, help="0: any free one, which is printed")
    parser.add_argument("--unix", metavar="PATH", help="listen there instead")
    parser.add_argument("--tls", action="store_true", help="with a certificate that signed itself")
    parser.add_argument(
        "--mode",
        action="append",
        type=_mode,
        default=[],
        metavar="[ROUTE=]MODE[,MODE…]",
        help="of one route, or of all",
    )
    parser.add_argument(
        "--log", metavar="FILE", help="write the requests there at the end, a line of JSON each"
    )
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    modes: dict[str, Modes] = dict(arguments.mode)
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
