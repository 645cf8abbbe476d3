"""Processes and sockets: what project code starts and talks to is recorded."""

from __future__ import annotations

from pathlib import Path

import pytest
from evidence_process import record
from inputs_reader import READER


def test_processes_and_sockets(tmp_path: Path) -> None:
    body = """
        import m, os, subprocess, socket
        with test("popen"): m.call(subprocess.run, ["date", "-u"])
        with test("system"): m.call(os.system, "date")
        with test("fork"):
            child = m.call(os.fork)
            if child == 0: os._exit(0)
            os.waitpid(child, 0)
        with test("spawn"): os.waitpid(m.call(os.posix_spawn, "/bin/date", ["date"], {}), 0)
        with test("socket"):
            with socket.socket() as server:
                m.call(server.bind, ("127.0.0.1", 0)); m.call(server.listen)
                with socket.socket() as client: m.call(client.connect, server.getsockname())
            m.call(socket.getaddrinfo, "127.0.0.1", 80)
        with test("quiet"): subprocess.run(["date"])
    """
    recorded = record(tmp_path, {"m.py": READER}, body)
    assert recorded.started("popen") == {("date -u", False)}
    assert recorded.started("system") == {("date", False)}
    assert ("process", "no value", "fork", "observed") in recorded.inputs("fork")
    assert recorded.started("spawn") == {("date", False)}
    details = {detail for *_, detail in recorded.inputs("socket", kind="socket")}
    assert details == {"own\nbind", "own\nconnect", "loopback\ngetaddrinfo"}
    assert recorded.started("quiet") == set()
    assert all(each.process_id > 0 or each.command == "date" for each in recorded.shard.started)


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
    started = recorded.started("starts")
    assert any("multiprocessing" in command for command, _ in started), started
    assert all(expected for _, expected in started)
    assert len(recorded.started("subprocess")) == 1


def test_programs_that_look_at_nothing_are_no_input(tmp_path: Path) -> None:
    body = """
        import m, os, subprocess, platform, ctypes.util
        with test("asks"):
            m.call(subprocess.run, ["uname", "-p"])
            m.call(subprocess.check_output, ["/sbin/ldconfig", "-p"])
            m.call(subprocess.run, ["false"])
        with test("does"): m.call(subprocess.check_output, ["/sbin/ldconfig", "--version"])
        with test("impostor"):
            with open(ROOT + "/uname", "w") as file: file.write("#!/bin/sh")
            os.chmod(ROOT + "/uname", 0o755)
            os.environ["PATH"] = ROOT + ":" + os.environ["PATH"]
            m.call(subprocess.run, ["uname"])
    """
    recorded = record(tmp_path, {"m.py": READER}, body)
    assert recorded.started("asks") == set()
    assert len(recorded.started("does")) == 1
    assert len(recorded.started("impostor")) == 1


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
                        if become: os.execv("/bin/date", ["date"])
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
    became = [(each.program, each.command, each.expected) for c in recorded.children for each in c.started]
    assert became == [("/bin/date", "date", False)]


def test_an_environment_of_the_callers_own_tells_of_the_session_only_where_it_did(tmp_path: Path) -> None:
    files = {
        "m.py": """
            import os, subprocess, sys
            SHOW = [sys.executable, "-S", "-c", "import os; print(os.environ.get('ALIBI_SESSION', ''))"]
            COPY = dict(os.environ)
            def run(**more):
                done = subprocess.run(SHOW, stdout=subprocess.PIPE, check=True, text=True, **more)
                return done.stdout.strip()
            def spawn(environ):
                reader, writer = os.pipe()
                actions = [(os.POSIX_SPAWN_DUP2, writer, 1)]
                os.waitpid(os.posix_spawn(sys.executable, SHOW, environ, file_actions=actions), 0)
                os.close(writer)
                with open(reader) as text: return text.read().strip()
        """
    }
    body = """
        import m, os
        def contexts(number, *texts):
            assert {text.split(",")[1] for text in texts} == {f"{number:08x}"}, texts
        with test("inherited") as number:
            contexts(number, m.run(), m.run(env=m.COPY), m.run(env={**os.environ, "X": "1"}), m.spawn(m.COPY),
                     m.spawn(os.environ))
            contexts(number, m.spawn({os.fsencode(k): os.fsencode(v) for k, v in m.COPY.items()}))
        with test("later") as number:
            contexts(number, m.run(), m.run(env=m.COPY))
        with test("cleared"): print([m.run(env={}), m.run(env={"PATH": "/bin"}), m.spawn({})])
        with test("put back") as number:
            saved = dict(os.environ)
            os.environ.clear()
            print([m.run()])
            os.environ.update(saved)
            contexts(number, m.run())
        session.stop()
        assert "ALIBI_SESSION" not in os.environ and os.getenv("ALIBI_SESSION") is None
        print([m.run()])
    """
    recorded = record(tmp_path, files, body)
    assert recorded.stdout.split("\n")[:3] == ["['', '', '']", "['']", "['']"]
    expected = {test: {e for _, e in recorded.started(test)} for test in ("inherited", "later", "cleared")}
    assert expected == {"inherited": {True}, "later": {True}, "cleared": {False}}


def test_a_program_that_is_not_there_is_an_absent_file(tmp_path: Path) -> None:
    files = {
        "m.py": """
            import subprocess
            def call(name):
                try: subprocess.run([name])
                except FileNotFoundError: pass
        """
    }
    body = """
        import m
        with test("absent"): m.call(ROOT + "/no-such-program")
    """
    recorded = record(tmp_path, files, body)
    assert recorded.started("absent") == set()
    assert ("file", "absent", "no-such-program", "") in recorded.inputs("absent")
