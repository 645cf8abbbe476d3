"""An `alibi serve` of its own for each test that asks for one, with each database that it can store in."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from wire import Client

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))

from private_postgres import MISSING, PrivatePostgres, programs  # noqa: E402

BUILD = Path(os.environ["ALIBI_BUILD"])


class Served:
    """A server process; `stop` ends it as a user would, `kill` as nobody should."""

    def __init__(self, store: str, *options: str, cache: Path, key: str = "", context: object = None) -> None:
        command = [
            str(BUILD / "collector" / "cli" / "alibi"),
            "serve",
            "--port",
            "0",
            "--store",
            store,
            *options,
        ]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"XDG_CACHE_HOME": str(cache)},
        )
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


@pytest.fixture(scope="session")
def postgres() -> Iterator[PrivatePostgres]:
    if programs() is None:
        pytest.skip(MISSING)
    cluster = PrivatePostgres()
    yield cluster
    cluster.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the servers of a test keep what they get."""
    if request.param == "sqlite":
        return str(tmp_path / "store")
    url = request.getfixturevalue("postgres").new_database()
    assert isinstance(url, str)
    return url


@pytest.fixture
def serve(tmp_path: Path, store: str) -> Iterator[Callable[..., Served]]:
    started: list[Served] = []

    def start(*options: str, cache: str = "cache", key: str = "", context: object = None) -> Served:
        started.append(Served(store, *options, cache=tmp_path / cache, key=key, context=context))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture
def client(serve: Callable[..., Served]) -> Client:
    return serve().client
