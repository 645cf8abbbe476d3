#!/usr/bin/env python3
"""Loads a fresh `alibi serve` as a busy team would and prints what the project promises about it.

    python3 bench/serve/load.py [--seconds 20] [--tests 100000] [--build build/test] [--store URL|postgresql]

Three figures: events and coverage taken at a steady rate (latency is counted from the moment at which a
request was due, so that a server that stalls cannot hide it), skippable tests answered for a large suite, and
pages of that suite. `--store postgresql` starts a cluster of its own, with fsync; a URL names an empty
database. Everything runs on this machine: the load generator's own work is in the latencies.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "conformance" / "serve"))
sys.path.insert(0, str(ROOT / "tests" / "support"))

from private_postgres import MISSING, PrivatePostgres, programs  # noqa: E402
from wire import attempt_event, coverage, coverage_form, cycle, form, request_of, run_tags  # noqa: E402

FILES = 2000
EVENTS_IN_BODY = 10


def check(right: bool, what: str) -> None:
    if not right:
        sys.exit(f"load.py: {what}")


class Connection:
    def __init__(self, host: str) -> None:
        self.connection = http.client.HTTPConnection(host, timeout=60)

    def send(
        self, path: str, body: bytes | None, content_type: str = "application/json"
    ) -> tuple[int, bytes]:
        method = "GET" if body is None else "POST"
        self.connection.request(method, path, body, {"Content-Type": content_type})
        answer = self.connection.getresponse()
        return answer.status, answer.read()


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def files_of(number: int) -> dict[str, tuple[int, ...]]:
    own = {f"tests/test_{number % FILES}.py": (1, 2, 3)}
    return own | {f"lib/m{(number * 7 + i * 13) % FILES}.py": tuple(range(i + 1, i + 20)) for i in range(12)}


def event(session: int, number: int) -> dict[str, object]:
    file = f"tests/test_{number % FILES}.py"
    return attempt_event(
        session,
        session * 10**6 + number + 1,
        f"test_{number}",
        **{"test.suite": file, "test.source.file": file},
    )


def git(folder: Path, *words: str, text: bytes = b"") -> bytes:
    names = {f"GIT_{who}_{what}": "x@y" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **names}
    return subprocess.run(
        ["git", "-C", str(folder), *words], input=text, check=True, capture_output=True, env=environment
    ).stdout


def commit(folder: Path, host: str, files: dict[str, str]) -> str:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x")
    sha = git(folder, "rev-parse", "HEAD").decode().strip()
    objects = git(folder, "rev-list", "--objects", "--no-object-names", "--filter=blob:none", sha)
    pack = git(folder, "pack-objects", "--stdout", "-q", text=objects)
    pushed = json.dumps({"data": {"id": sha, "type": "commit"}, "meta": {"repository_url": "u"}}).encode()
    parts: list[tuple[str, str | None, str, bytes]] = [
        ("pushedSha", None, "application/json", pushed),
        ("packfile", "x.pack", "application/octet-stream", pack),
    ]
    status, _ = Connection(host).send("/api/v2/git/repository/packfile", *form(parts))
    check(status == 204, f"a pack was answered with {status}")
    return sha


def fill(host: str, sha: str, tests: int) -> None:
    connection = Connection(host)
    for start in range(0, tests, 1000):
        numbers = range(start, min(start + 1000, tests))
        body = cycle([event(1, number) for number in numbers], run_tags(sha))
        status, _ = connection.send("/api/v2/citestcycle", body, "application/msgpack")
        check(status == 202, f"events were answered with {status}")
        events = [coverage(1, 10**6 + number + 1, files_of(number)) for number in numbers]
        body, kind = coverage_form(events)
        status, _ = connection.send("/api/v2/citestcov", body, kind)
        check(status == 202, f"coverage was answered with {status}")


class Stream:
    """Requests that are due at a steady rate, over several connections."""

    def __init__(
        self, host: str, path: str, bodies: list[tuple[bytes, str]], rate: float, connections: int
    ) -> None:
        self.host, self.path, self.bodies, self.rate, self.connections = host, path, bodies, rate, connections
        self.latencies: list[float] = []
        self.refused = 0
        self.next = 0
        self.lock = threading.Lock()

    def run(self, start: float) -> None:
        workers = [threading.Thread(target=self.work, args=(start,)) for _ in range(self.connections)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def work(self, start: float) -> None:
        connection = Connection(self.host)
        while True:
            with self.lock:
                number = self.next
                self.next += 1
            if number >= len(self.bodies):
                return
            due = start + number / self.rate
            time.sleep(max(0.0, due - time.monotonic()))
            status, _ = connection.send(self.path, *self.bodies[number])
            taken = time.monotonic() - due
            with self.lock:
                self.latencies.append(taken)
                self.refused += status != 202


def steady(host: str, seconds: int, tests: int) -> list[tuple[str, Stream]]:
    session = 77
    count = 2000 * seconds // EVENTS_IN_BODY
    tags = run_tags("f" * 40)
    cycles = [
        (
            cycle(
                [event(session, (number * EVENTS_IN_BODY + i) % 10**6) for i in range(EVENTS_IN_BODY)], tags
            ),
            "application/msgpack",
        )
        for number in range(count)
    ]
    covers = [
        coverage_form([coverage(session, session * 10**6 + number + 1, files_of(number % tests))])
        for number in range(500 * seconds)
    ]
    streams = [
        (
            f"test events ({EVENTS_IN_BODY} a body)",
            Stream(host, "/api/v2/citestcycle", cycles, 2000 / EVENTS_IN_BODY, 16),
        ),
        ("coverage payloads", Stream(host, "/api/v2/citestcov", covers, 500, 32)),
    ]
    start = time.monotonic() + 0.5
    threads = [threading.Thread(target=stream.run, args=(start,)) for _, stream in streams]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return streams


def timed(host: str, path: str, body: bytes | None, times: int) -> tuple[list[float], bytes]:
    taken, answer = [], b""
    connection = Connection(host)
    for _ in range(times):
        start = time.monotonic()
        status, answer = connection.send(path, body)
        taken.append(time.monotonic() - start)
        check(status == 200, f"{path} was answered with {status}")
    return taken, answer


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def report_suite(host: str, folder: Path, first: str, tests: int) -> None:
    edited = commit(folder, host, {"lib/m5.py": "X = 2\n"})
    for name, sha in (("the same commit", first), ("one edited file", edited)):
        taken, answer = timed(host, "/api/v2/ci/tests/skippable", request_of("test_params", sha), 6)
        found = len(json.loads(answer)["data"])
        rest = milliseconds(statistics.median(taken[1:]))
        print(
            f"skippable, {tests} tests, {name}: {found} of them; first {milliseconds(taken[0])}, "
            f"then {rest}, {len(answer)} bytes"
        )
    for path in (
        "/",
        "/sessions/1",
        "/sessions/1?offset=99800",
        "/tests",
        "/tests?q=test_99999",
        "/tests/500",
        "/files",
        "/files/lib/m5.py",
    ):
        taken, answer = timed(host, path, None, 5)
        print(f"page {path}: {milliseconds(statistics.median(taken))}, {len(answer)} bytes")


@contextlib.contextmanager
def store_of(option: str, folder: Path) -> Iterator[str]:
    if option != "postgresql":
        yield option or str(folder / "store")
        return
    check(programs() is not None, MISSING)
    cluster = PrivatePostgres("fsync=on")
    try:
        yield cluster.new_database()
    finally:
        cluster.remove()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--tests", type=int, default=100_000)
    parser.add_argument(
        "--store", default="", help="postgresql, or the URL of an empty database; default: SQLite"
    )
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "test")
    options = parser.parse_args()
    for name, value in (("seconds", options.seconds), ("tests", options.tests)):
        if value < 1:
            raise SystemExit(f"error: --{name} {value}: there is nothing to measure: name 1 or more")
    if options.store not in ("", "postgresql") and not options.store.startswith(
        ("postgresql://", "postgres://")
    ):
        raise SystemExit(
            f"error: --store {options.store}: name postgresql, or the URL of an empty database (postgresql://…)"
        )
    if not (options.build / "collector/cli/alibi-serve").is_file():
        raise SystemExit(f"error: {options.build} is no build directory: name one with --build")
    with tempfile.TemporaryDirectory() as scratch, store_of(options.store, Path(scratch)) as store:
        folder = Path(scratch)
        command = [
            str(options.build / "collector/cli/alibi"),
            "serve",
            "--port",
            "0",
            "--rate-limit",
            "0",
            "--store",
            store,
        ]
        environment = os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        line = server.stdout.readline() if server.stdout else ""
        check("http://" in line, "the server did not start")
        host = line.split("http://")[1].split(" ")[0]
        try:
            (folder / "project").mkdir()
            git(folder / "project", "init", "-q")
            files = {f"lib/m{i}.py": f"X = {i}\n" for i in range(FILES)} | {
                f"tests/test_{i}.py": "" for i in range(FILES)
            }
            first = commit(folder / "project", host, files)
            start = time.monotonic()
            fill(host, first, options.tests)
            took = time.monotonic() - start
            print(
                f"filled with {options.tests} tests and their coverage in {took:.1f} s "
                f"({options.tests / took:.0f} tests/s, one client)"
            )
            report_suite(host, folder / "project", first, options.tests)
            for name, stream in steady(host, options.seconds, options.tests):
                worst = milliseconds(max(stream.latencies))
                print(
                    f"{name}: {len(stream.latencies)} requests at {stream.rate:.0f}/s "
                    f"for {options.seconds} s, "
                    f"{stream.refused} refused; p50 {milliseconds(percentile(stream.latencies, 0.5))}, "
                    f"p99 {milliseconds(percentile(stream.latencies, 0.99))}, worst {worst}"
                )
            status = Path(f"/proc/{server.pid}/status").read_text()
            peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
            print(f"server: {' '.join(peak.split())}")
            if not options.store:
                size = sum(path.stat().st_size for path in Path(store).rglob("*") if path.is_file())
                print(f"store: {size >> 20} MiB")
        finally:
            server.terminate()
            server.wait(timeout=30)


if __name__ == "__main__":
    main()
