"""An `alibi serve` of its own for each test that asks for one."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from wire import Client

BUILD = Path(os.environ["ALIBI_BUILD"])


class Served:
    """A server process; `stop` ends it as a user would, `kill` as nobody should."""

    def __init__(self, store: Path, *options: str, key: str = "", context: object = None) -> None:
        command = [
            str(BUILD / "collector" / "cli" / "alibi"),
            "serve",
            "--port",
            "0",
            "--store",
            str(store),
            *options,
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.said = ""
        url = None
        while url is None:
            line = self.process.stdout.readline()
            assert line, self.process.stderr.read() if self.process.stderr else ""
            self.said += line
            url = re.search(r"https?://\S+", line)
        self.said += self.process.stdout.readline()
        self.client = Client(url.group(), key, context)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self._ended()

    def kill(self) -> int:
        self.process.kill()
        return self._ended()

    def _ended(self) -> int:
        self.process.communicate(timeout=30)
        return self.process.returncode


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    started: list[Served] = []

    def start(*options: str, store: Path | None = None, key: str = "", context: object = None) -> Served:
        started.append(Served(store or tmp_path / "store", *options, key=key, context=context))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture
def client(serve: Callable[..., Served]) -> Client:
    return serve().client
