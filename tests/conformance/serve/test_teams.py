"""Several servers on one PostgreSQL database, one that goes away, and passwords that nobody sees."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import BUILD, Served
from private_postgres import MISSING, PrivatePostgres, programs
from test_skippable import FILES, Project
from wire import Client, coverage
from wire import attempt_event as event_of


@pytest.fixture(params=["postgresql"])
def store(postgres: PrivatePostgres) -> str:
    return postgres.new_database()


@pytest.fixture
def own_postgres() -> Iterator[PrivatePostgres]:
    """One that a test may stop."""
    if programs() is None:
        pytest.skip(MISSING)
    cluster = PrivatePostgres()
    yield cluster
    cluster.remove()


class Reporter(threading.Thread):
    """Sends bodies, each until it is taken, and keeps what was acknowledged."""

    def __init__(self, clients: list[Client], spans: Iterator[int], stopped: threading.Event) -> None:
        super().__init__()
        self.clients, self.spans, self.stopped = clients, spans, stopped
        self.acknowledged: set[int] = set()
        self.refused = 0
        self.odd: list[int] = []

    def run(self) -> None:
        while not self.stopped.is_set():
            span = next(self.spans)
            events = [event_of(5, span, f"test_{span % 50}")]
            covered = [coverage(5, span, {"lib/a.py": (span % 90 + 1,), f"lib/{span % 30}.py": (1,)})]
            taken = []
            for client in self.clients:
                for reply in (client.events(events).status, client.coverages(covered).status):
                    taken.append(reply == 202)
                    if reply == 503:
                        self.refused += 1
                        time.sleep(0.01)
                    if reply not in (202, 503):
                        self.odd.append(reply)
            if all(taken):
                self.acknowledged.add(span)


def numbers(first: int) -> Iterator[int]:
    return iter(range(first, first + 10**6))


def stored_spans(client: Client) -> list[int]:
    return [int(test["span"]) for test in client.tests_of(5)]


def test_two_servers_on_one_database_lose_nothing_and_store_nothing_twice(
    serve: Callable[..., Served], postgres: PrivatePostgres, store: str
) -> None:
    first, second = serve(cache="one"), serve(cache="two")
    stopped = threading.Event()
    # Two reporters send the same bodies to both servers, in opposite order; two have a server each.
    both, reverse = [first.client, second.client], [second.client, first.client]
    reporters = [
        Reporter(both, numbers(1), stopped),
        Reporter(reverse, numbers(1), stopped),
        Reporter([first.client], numbers(2 * 10**6), stopped),
        Reporter([second.client], numbers(4 * 10**6), stopped),
    ]
    for reporter in reporters:
        reporter.start()
    time.sleep(3)
    stopped.set()
    for reporter in reporters:
        reporter.join()
    assert [(reporter.refused, reporter.odd) for reporter in reporters] == [(0, [])] * 4
    acknowledged = set().union(*(reporter.acknowledged for reporter in reporters))
    spans = stored_spans(first.client)
    assert len(acknowledged) > 20
    assert sorted(spans) == sorted(set(spans))
    assert acknowledged <= set(spans)
    assert stored_spans(second.client) == spans

    name = store.split("/")[3].split("?")[0]
    for table, columns in (("file", "path"), ("test", "(service, suite, name, parameters, module)")):
        counted = f"SELECT count(*) - count(DISTINCT {columns}) FROM alibi.{table}"
        assert postgres.execute(counted, name) == "0", table
    session = first.client.get("/api/alibi/v1/sessions").json["sessions"][0]
    assert session["tests"] == len(spans)


def becomes_healthy(client: Client) -> bool:
    """Soon: a connection that was begun while the database was away fails first."""
    ends = time.monotonic() + 20
    while client.get("/healthz").status != 200:
        if time.monotonic() > ends:
            return False
        time.sleep(0.05)
    return True


def test_nothing_that_was_acknowledged_is_lost_when_postgresql_is_restarted(
    own_postgres: PrivatePostgres, tmp_path: Path
) -> None:
    server = Served(own_postgres.new_database(), cache=tmp_path)
    stopped = threading.Event()
    spans = numbers(1)
    lock = threading.Lock()

    def shared() -> Iterator[int]:
        while True:
            with lock:
                number = next(spans)
            yield number

    reporters = [Reporter([server.client], shared(), stopped) for _ in range(4)]
    try:
        for reporter in reporters:
            reporter.start()
        for _ in range(2):
            time.sleep(0.5)
            own_postgres.stop("immediate")
            assert server.client.get("/healthz").status == 503
            own_postgres.start()
            assert becomes_healthy(server.client)
        before = set().union(*(reporter.acknowledged for reporter in reporters))
        time.sleep(0.5)
        stopped.set()
        for reporter in reporters:
            reporter.join()
        acknowledged = set().union(*(reporter.acknowledged for reporter in reporters))
        assert acknowledged - before, "it takes bodies again"
        assert sum(reporter.refused for reporter in reporters) > 0
        assert [reporter.odd for reporter in reporters] == [[]] * 4
        assert acknowledged <= set(stored_spans(server.client))
    finally:
        stopped.set()
        server.kill()


def test_what_was_uploaded_to_one_server_is_used_by_the_other(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    first, second = serve(cache="one"), serve(cache="two")
    project = Project(tmp_path / "project", first.client)
    sha = project.write(dict(FILES))
    assert project.known(sha) == []
    project.upload(sha)
    tests = {
        "test_a": ("pass", ["lib/a.py", "lib/started.py"]),
        "test_b": ("pass", ["lib/b.py", "lib/started.py"]),
    }
    project.run(sha, 7, tests)
    project.client = second.client
    assert project.known(sha) == [sha]
    assert project.skippable(sha) == {"test_a", "test_b"}
    edited = project.write({"lib/a.py": "A = 2\n"})
    project.upload(edited)
    project.client = first.client
    assert project.skippable(edited) == {"test_b"}
    for server in (first, second):
        assert server.stop() == 0
    project.client = serve(cache="three").client
    assert project.skippable(edited) == {"test_b"}


def test_a_password_is_neither_shown_nor_listed(own_postgres: PrivatePostgres, tmp_path: Path) -> None:
    store = own_postgres.new_database().replace("alibi@", "alibi:top%20secret@")
    server = Served(store, cache=tmp_path)
    try:
        listed = Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
        assert b"serve" in listed
        assert b"secret" not in listed
        own_postgres.stop("immediate")
        with_error = server.client.get("/healthz")
        assert "secret" not in with_error.text
    finally:
        server.process.terminate()
        said, complaints = server.process.communicate(timeout=30)
    assert "secret" not in server.said + said + complaints
    assert "postgresql://alibi@" in server.said
    assert "alibi" in complaints  # the failure has been told
    command = [str(BUILD / "collector/cli/alibi"), "serve", "--port", "0", "--store", store]
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30, env=environment)
    assert (done.returncode, "[alibi-91]" in done.stderr) == (1, True), done.stderr
    assert "secret" not in done.stderr


def test_a_server_that_is_killed_while_it_writes_does_not_stop_the_other(
    serve: Callable[..., Served],
) -> None:
    first, second = serve(cache="one"), serve(cache="two")
    stopped = threading.Event()
    reporter = Reporter([first.client], numbers(1), stopped)
    reporter.daemon = True
    threading.excepthook = lambda _: None
    reporter.start()
    time.sleep(0.4)
    try:
        first.kill()
        begun = time.monotonic()
        assert second.client.events([event_of(5, 10**7, "test_x")]).status == 202
        assert time.monotonic() - begun < 5
    finally:
        stopped.set()
        reporter.join()
        threading.excepthook = threading.__excepthook__
    assert reporter.acknowledged <= set(stored_spans(second.client))
