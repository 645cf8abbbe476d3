"""`alibi serve` on a free port, for tests of clients."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Server:
    """A process that listens when it is made; `stop` ends it as a user would, `kill` as nobody should."""

    def __init__(self, command: str, store: Path, *options: str, port: int = 0) -> None:
        started = [command, "serve", "--port", str(port), "--store", str(store), *options]
        self._process = subprocess.Popen(started, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        found = re.search(r"http://\S+?:(\d+)", said)
        assert found is not None, said
        self.url, self.port = found[0], int(found[1])

    def stop(self) -> None:
        self._process.terminate()
        assert self._ended() == 0

    def kill(self) -> None:
        self._process.kill()
        self._ended()

    def _ended(self) -> int:
        self._process.communicate(timeout=20)
        return self._process.returncode


@contextlib.contextmanager
def serving(command: str, store: Path, *options: str) -> Iterator[str]:
    """Its address. `command`: the program alibi."""
    server = Server(command, store, *options)
    try:
        yield server.url
    except BaseException:
        server.kill()
        raise
    server.stop()


def answer_of(url: str) -> Any:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


def text_of(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        return str(answer.read().decode())


def requests_of(server: str) -> dict[str, int]:
    """How many of each route were answered well; none was answered otherwise."""
    text = text_of(server + "/metrics")
    assert not re.search(r'^alibi_requests_total\{route="\w+",status="[345]', text, re.MULTILINE), text
    found = re.findall(r'^alibi_requests_total\{route="(\w+)",status="2\d\d"\} (\d+)', text, re.MULTILINE)
    return {route: int(count) for route, count in found}
