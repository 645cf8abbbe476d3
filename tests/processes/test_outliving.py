"""Processes that are there longer than what started them belong to the tests that they met."""

from __future__ import annotations

import subprocess
import sys

from recorded_project import Project, clean_environment

LIBRARY = """
def early():
    return 1


def late():
    return 2


def never():
    return 3
"""
LATE = {7}


def lines_by_test(project: Project, status: int = 0) -> dict[str, set[int]]:
    project.write("lib.py", LIBRARY)
    project.pytest("--alibi", "-q", status=status)
    evidence = project.evidence()
    assert all(each.complete for each in evidence.values())
    return {test: set(each.lines("lib.py")) for test, each in evidence.items()}


def test_a_daemon_belongs_to_the_tests_during_which_it_lived(project: Project) -> None:
    project.write(
        "test_daemon.py",
        """
import os, time, lib

def test_before(): pass

def test_starts(tmp_path_factory):
    globals()["box"] = tmp_path_factory.mktemp("box")
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            lib.early()
            while not (box / "go").exists(): time.sleep(0.005)
            lib.late()
            (box / "done").touch()
            while not (box / "end").exists(): time.sleep(0.005)
            (box / "over").touch()
        os._exit(0)
    os.wait()

def test_meets_it():
    (box / "go").touch()
    while not (box / "done").exists(): time.sleep(0.005)

def test_is_there_when_it_ends():
    (box / "end").touch()
    while not (box / "over").exists(): time.sleep(0.005)
    time.sleep(0.2)

def test_after(): pass
""",
    )
    lines = lines_by_test(project)
    assert lines["test_before"] == lines["test_after"] == set()
    assert lines["test_starts"] == lines["test_meets_it"] == lines["test_is_there_when_it_ends"] == {3, 7}


SERVER = """
import socketserver, sys, lib

class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"%d" % getattr(lib, self.rfile.readline().decode().strip())())

if __name__ == "__main__":
    server = socketserver.TCPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
"""


def test_the_server_of_a_session_fixture_belongs_to_all_who_can_have_asked_it(project: Project) -> None:
    project.write("server.py", SERVER)
    project.write(
        "test_server.py",
        """
import socket, subprocess, sys, pytest

def test_before(): pass

@pytest.fixture(scope="session")
def port():
    process = subprocess.Popen([sys.executable, "server.py"], stdout=subprocess.PIPE)
    yield int(process.stdout.readline())
    process.kill()
    process.wait()

def ask(port, what):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(what + b"\\n")
        return connection.makefile("rb").read()

def test_first(port): assert ask(port, b"early") == b"1"
def test_second(port): assert ask(port, b"late") == b"2"
def test_beside(): pass
""",
    )
    lines = lines_by_test(project)
    assert lines["test_before"] == set()
    assert {3, 7} <= lines["test_first"]
    assert {3, 7} <= lines["test_second"]
    assert {3, 7} <= lines["test_beside"]  # it was there: which lines were whose cannot be told
    assert project.selected() == set()  # what answered was the session's own
    project.write("server.py", SERVER + "\nUNUSED = 1\n")
    assert project.selected() == set()
    project.write("server.py", SERVER.replace("readline()", "readline(999)"))
    assert project.selected() == {"test_first", "test_second", "test_beside"}


def test_a_server_that_is_none_of_the_sessions_is_something_outside(project: Project) -> None:
    project.write("server.py", SERVER)
    project.write("lib.py", LIBRARY)
    command = [sys.executable, "server.py"]
    with subprocess.Popen(
        command, cwd=project.folder, stdout=subprocess.PIPE, env=clean_environment()
    ) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        project.write(
            "test_outside.py",
            f"""
import socket

def test_asks():
    with socket.create_connection(("127.0.0.1", {port})) as connection:
        connection.sendall(b"early\\n")
        assert connection.makefile("rb").read() == b"1"
""",
        )
        project.pytest("--alibi", "-q")
        assert project.selected() == {"test_asks"}
        server.kill()


def test_workers_of_a_pool_that_stays_open_belong_to_later_tests(project: Project) -> None:
    project.write(
        "test_pool.py",
        """
import concurrent.futures, multiprocessing, pytest, lib

@pytest.fixture(scope="session", params=["fork", "spawn", "forkserver"])
def pool(request):
    context = multiprocessing.get_context(request.param)
    with concurrent.futures.ProcessPoolExecutor(1, context) as made:
        yield made

def test_early(pool): assert pool.submit(lib.early).result() == 1
def test_late(pool): assert pool.submit(lib.late).result() == 2
""",
    )
    lines = lines_by_test(project)
    assert len(lines) == 6
    assert all(found >= LATE for test, found in lines.items() if test.startswith("test_late"))


def test_a_process_born_from_an_earlier_tests_server_belongs_to_the_test_of_its_birth(
    project: Project,
) -> None:
    project.write(
        "test_forkserver.py",
        """
import multiprocessing, lib
context = multiprocessing.get_context("forkserver")

def run(function):
    process = context.Process(target=function)
    process.start()
    process.join()
    assert process.exitcode == 0

def test_early(): run(lib.early)
def test_nothing(): pass
def test_late(): run(lib.late)
""",
    )
    lines = lines_by_test(project)
    assert lines["test_late"] >= LATE
    assert lines["test_nothing"] == set()


def test_a_thread_of_an_earlier_test_that_forks_belongs_to_the_test_that_is_current(project: Project) -> None:
    project.write(
        "test_thread.py",
        """
import os, threading, lib
go, done = threading.Event(), threading.Event()

def background():
    go.wait()
    child = os.fork()
    if child == 0:
        lib.late()
        os._exit(0)
    os.waitpid(child, 0)
    done.set()

def test_starts(): threading.Thread(target=background).start()
def test_current():
    go.set()
    assert done.wait(20)
""",
    )
    lines = lines_by_test(project)
    assert lines == {"test_starts": set(), "test_current": LATE}


def test_a_process_of_a_conftest_file_belongs_to_every_test(project: Project) -> None:
    project.write(
        "conftest.py",
        """
import subprocess, sys
subprocess.run([sys.executable, "-c", "import lib; lib.late()"], check=True)
""",
    )
    project.write("test_any.py", "def test_one(): pass\ndef test_two(): pass\n")
    project.write("lib.py", LIBRARY)
    project.pytest("--alibi", "-q")
    assert project.selected() == set()
    project.write("lib.py", LIBRARY.replace("return 2", "return 22"))
    assert project.selected() == {"test_one", "test_two"}
    project.write("lib.py", LIBRARY.replace("return 3", "return 33"))
    assert project.selected() == set()
