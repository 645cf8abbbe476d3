"""`alibi run --queue` with a redis-server of the test's own: nodes share one queue, in clear and over TLS."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from split_project import SplitProject, shell_project

TWO = ["--min-parallelism=2", "--max-parallelism=2"]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def certificate(folder: Path) -> Path:
    """For localhost, signed by itself; its key lies beside it."""
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command += ["-keyout", str(folder / "key"), "-out", str(folder / "certificate")]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "certificate"


@contextmanager
def redis(folder: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    words = [
        "redis-server",
        "--save",
        "",
        "--dir",
        str(folder),
        "--unixsocket",
        str(folder / "socket"),
        *options,
    ]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        until = time.monotonic() + 30
        while not (folder / "socket").exists() and time.monotonic() < until:
            time.sleep(0.02)
        try:
            yield server
        finally:
            server.kill()


@pytest.fixture(params=["unix", "redis", "rediss"])
def queue(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The address of a server, and the variables that a node needs for it."""
    folder = tmp_path_factory.mktemp("redis")
    port = str(free_port())
    if request.param == "rediss":
        trusted = certificate(folder)
        with redis(
            folder,
            *("--port", "0", "--tls-port", port, "--tls-auth-clients", "no", "--tls-cert-file", str(trusted)),
            *("--tls-key-file", str(folder / "key"), "--tls-ca-cert-file", str(trusted)),
        ):
            yield {"url": f"rediss://localhost:{port}", "SSL_CERT_FILE": str(trusted)}
    elif request.param == "redis":
        with redis(folder, "--port", port, "--bind", "127.0.0.1"):
            yield {"url": f"redis://127.0.0.1:{port}"}
    else:
        with redis(folder, "--port", "0"):
            yield {"url": f"unix://{folder}/socket"}


def planned(folder: Path, slow: str = "sleep 1") -> SplitProject:
    """Node 0 is slow: half of what is its own in the plan is done by node 1."""
    project = shell_project(folder, {f"t/{number}.t": f'[ "$SLOW" = no ] || {slow}' for number in range(8)})
    project.plan(*TWO)
    return project


def test_nodes_take_from_one_queue_and_run_everything_once(queue: dict[str, str], tmp_path: Path) -> None:
    project = planned(tmp_path / "p")
    url, trusted = queue["url"], {name: value for name, value in queue.items() if name != "url"}
    words = ("run", f"--queue={url}", "--queue-key=k", "--report-enabled=false")
    with project.start(*words, "--ci-node=0", env=trusted) as slow:
        done = project.alibi(*words, "--ci-node=1", env={**trusted, "SLOW": "no"})
        _, said = slow.communicate(timeout=60)
    assert (slow.returncode, done.returncode) == (0, 0), said + done.stderr
    assert project.counts == {f"t/{number}.t": 1 for number in range(8)}
    assert "static share" not in said + done.stderr


def test_a_server_that_nobody_vouches_for_is_not_told_the_password(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    folder.mkdir()
    trusted, port = certificate(folder), str(free_port())
    tls = ("--port", "0", "--tls-port", port, "--tls-auth-clients", "no", "--tls-cert-file", str(trusted))
    with redis(folder, *tls, "--tls-key-file", str(folder / "key"), "--tls-ca-cert-file", str(trusted)):
        project = planned(tmp_path / "p", "true")
        for node in (0, 1):
            url = f"rediss://:secret@localhost:{port}"
            done = project.run("--ci-node", node, f"--queue={url}", "--queue-key=k")
            assert "certificate" in done.stderr
            assert "secret" not in done.stderr
    assert project.counts == {f"t/{number}.t": 1 for number in range(8)}


def test_a_server_that_is_killed_in_mid_run_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    folder.mkdir()
    project = planned(tmp_path / "p", "sleep 0.4")
    words = ("run", f"--queue=unix://{folder}/socket", "--queue-key=k", "--report-enabled=false")
    with (
        redis(folder, "--port", "0") as server,
        project.start(*words, "--ci-node=0") as one,
        project.start(*words, "--ci-node=1") as other,
    ):
        until = time.monotonic() + 30
        while not project.ran and time.monotonic() < until:
            time.sleep(0.05)
        server.kill()
        said = one.communicate(timeout=60)[1] + other.communicate(timeout=60)[1]
    assert (one.returncode, other.returncode) == (0, 0), said
    assert "static share" in said
    assert set(project.counts) == {f"t/{number}.t" for number in range(8)}
