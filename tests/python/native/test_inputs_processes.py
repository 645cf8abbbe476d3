"""Processes and sockets: what project code starts and talks to is recorded."""

from __future__ import annotations

from pathlib import Path

import pytest
from evidence_process import record
from inputs_reader import READER


def test_processes_and_sockets(tmp_path: Path) -> None:
    body = """
        import m, os, subprocess, socket
        with test("popen"): m.call(subprocess.run, ["true", "one"])
        with test("system"): m.call(os.system, "true")
        with test("fork"):
            child = m.call(os.fork)
            if child == 0: os._exit(0)
            os.waitpid(child, 0)
        with test("spawn"): os.waitpid(m.call(os.posix_spawn, "/bin/true", ["true"], {}), 0)
        with test("socket"):
            with socket.socket() as server:
                m.call(server.bind, ("127.0.0.1", 0)); m.call(server.listen)
                with socket.socket() as client: m.call(client.connect, server.getsockname())
            m.call(socket.getaddrinfo, "127.0.0.1", 80)
        with test("quiet"): subprocess.run(["true"])
    """
    recorded = record(tmp_path, {"m.py": READER}, body)
    assert ("process", "no value", "true", "unobserved\ntrue one") in recorded.inputs("popen")
    assert ("process", "no value", "sh", "unobserved\ntrue") in recorded.inputs("system")
    assert ("process", "no value", "fork", "observed") in recorded.inputs("fork")
    assert ("process", "no value", "/bin/true", "unobserved\ntrue") in recorded.inputs("spawn")
    details = {detail for *_, detail in recorded.inputs("socket", kind="socket")}
    assert details == {"own\nbind", "own\nconnect", "loopback\ngetaddrinfo"}
    assert recorded.inputs("quiet", kind="process") == set()


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes_of_multiprocessing_are_seen(tmp_path: Path, method: str) -> None:
    files = {
        "m.py": """
            import multiprocessing, subprocess, sys
            def run(method):
                process = multiprocessing.get_context(method).Process(target=print, args=("",))
                process.start()
                process.join()
                return process.exitcode
            def start():
                subprocess.run([sys.executable, "-c", ""], check=True)
        """
    }
    body = f"""
        import m, sys, _posixsubprocess
        with test("starts"): print(m.run("{method}"))
        with test("subprocess"): m.start()
        assert repr(_posixsubprocess.fork_exec) == "<built-in function fork_exec>"
    """
    recorded = record(tmp_path, files, body, before="import _posixsubprocess", main_only=True)
    assert recorded.stdout.strip() == "0"
    started = recorded.inputs("starts", kind="process")
    assert any("multiprocessing" in detail for _, _, _, detail in started), started
    assert all(detail.startswith("unobserved\n") for _, _, _, detail in started)
    assert len(recorded.inputs("subprocess", kind="process")) == 1


def test_programs_that_name_the_machine_are_no_input(tmp_path: Path) -> None:
    body = """
        import m, os, subprocess, platform, ctypes.util
        with test("asks"):
            m.call(subprocess.run, ["uname", "-p"])
            m.call(subprocess.check_output, ["/sbin/ldconfig", "-p"])
        with test("does"): m.call(subprocess.check_output, ["/sbin/ldconfig", "--version"])
        with test("impostor"):
            with open(ROOT + "/uname", "w") as file: file.write("#!/bin/sh")
            os.chmod(ROOT + "/uname", 0o755)
            os.environ["PATH"] = ROOT + ":" + os.environ["PATH"]
            m.call(subprocess.run, ["uname"])
    """
    recorded = record(tmp_path, {"m.py": READER}, body)
    assert recorded.inputs("asks", kind="process") == set()
    assert len(recorded.inputs("does", kind="process")) == 1
    assert len(recorded.inputs("impostor", kind="process")) == 1


def test_forked_children_are_observed_until_they_become_something_else(tmp_path: Path) -> None:
    files = {
        "m.py": """
            import multiprocessing, os, pty
            def run():
                process = multiprocessing.get_context("fork").Process(target=len, args=("",))
                process.start(); process.join()
            def forks(become):
                child, _ = pty.fork()
                if child == 0:
                    try:
                        if become: os.execv("/bin/true", ["true"])
                    finally:
                        os._exit(0)
                os.waitpid(child, 0)
        """
    }
    body = """
        import m
        with test("multiprocessing"): m.run()
        with test("pty"): m.forks(False)
        with test("exec"): m.forks(True)
    """
    recorded = record(tmp_path, files, body)
    assert recorded.inputs("multiprocessing", kind="process") == {("process", "no value", "fork", "observed")}
    assert recorded.inputs("pty", kind="process") == {("process", "no value", "forkpty", "observed")}
    became = {
        (each.subject, each.detail)
        for child in recorded.children
        for each in child.inputs
        if each.kind == "process"
    }
    assert became == {("/bin/true", "unobserved\ntrue")}
