"""Who may answer at a socket: this session itself, something else on this machine, or the world."""

from __future__ import annotations

from pathlib import Path

from evidence_process import Recorded, record

SOCKETS = """
    import os, socket, socketserver, threading
    def serve(address=("127.0.0.1", 0), family=socket.AF_INET):
        server = socket.socket(family)
        server.bind(address); server.listen()
        return server
    def call(function, *arguments):
        try:
            return function(*arguments)
        except OSError:
            pass
    def connect(address, family=socket.AF_INET, kind=socket.SOCK_STREAM):
        with socket.socket(family, kind) as client:
            client.settimeout(0.2)
            call(client.connect, address)
    def send(address):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            call(client.sendto, b"x", address)
"""


def seen(recorded: Recorded, test: str) -> list[str]:
    """The details of a test's socket records, without addresses: ports differ from run to run."""
    return sorted(detail for _, _, _, detail in recorded.inputs(test, kind="socket"))


def test_what_this_process_serves_is_its_own(tmp_path: Path) -> None:
    body = """
        import m, socket, threading
        with test("chosen port"):
            first = m.serve(); m.connect(first.getsockname())
        with test("by name"): m.call(socket.getaddrinfo, "localhost", first.getsockname()[1])
        with test("any address"):
            server = m.serve(("", 0)); m.connect(server.getsockname())
        with test("later"): m.connect(("127.0.0.1", first.getsockname()[1]))
        with test("library"):
            import socketserver
            listener = socketserver.TCPServer(("localhost", 0), None)  # not the project
            m.connect(listener.server_address)
        with test("unix"):
            server = m.serve(ROOT + "/socket", socket.AF_UNIX); m.connect(ROOT + "/socket", socket.AF_UNIX)
        with test("abstract"):
            server = m.serve("\\0alibi-test", socket.AF_UNIX); m.connect("\\0alibi-test", socket.AF_UNIX)
        with test("forked"):
            server, child = m.serve(), None
            import os
            child = os.fork()
            if child == 0:
                m.connect(server.getsockname()); os._exit(0)
            os.waitpid(child, 0)
    """
    recorded = record(tmp_path, {"m.py": SOCKETS}, body)
    both = ["own\nbind", "own\nconnect"]
    for test in ("chosen port", "any address", "unix", "abstract"):
        assert seen(recorded, test) == both, test
    assert seen(recorded, "by name") == ["own\ngetaddrinfo"]
    assert seen(recorded, "later") == ["own\nconnect"]
    assert seen(recorded, "library") == ["own\nconnect"]
    (child,) = (child for child in recorded.children if child.inputs)
    assert [each.detail for each in child.inputs if each.kind == "socket"] == ["own\nconnect"]


def test_what_could_not_be_bound_is_not_its_own(tmp_path: Path) -> None:
    body = """
        import m, subprocess, sys
        session.stop()
        code = "import socket, sys; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen();"
        code += "print(s.getsockname()[1], flush=True); sys.stdin.read()"
        other = subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True)
        address = ("127.0.0.1", int(other.stdout.readline()))
        session.start()
        with test("t"):
            m.call(m.serve, address); m.connect(address)
        other.communicate()
    """
    recorded = record(tmp_path, {"m.py": SOCKETS}, body)
    assert seen(recorded, "t") == ["loopback\nconnect", "own\nbind"]


def test_words_of_addresses(tmp_path: Path) -> None:
    body = """
        import m, socket
        with test("loopback"):
            m.connect(("127.0.0.1", 9)); m.connect(("127.9.9.9", 9)); m.connect(("0.0.0.0", 9))
            m.connect(("::1", 9), socket.AF_INET6); m.connect(("::ffff:127.0.0.1", 9), socket.AF_INET6)
            m.connect("/nowhere/socket", socket.AF_UNIX)
        with test("udp"):
            taken = m.serve(); m.send(("127.0.0.1", taken.getsockname()[1]))
        with test("external"):
            m.connect(("192.0.2.1", 9)); m.send(("192.0.2.1", 9))
            m.connect(("2001:db8::1", 9), socket.AF_INET6)
        with test("names"):
            m.call(socket.getaddrinfo, "no.such.name.invalid", 80); m.call(socket.gethostbyname, "x.invalid")
        with test("our names"):
            m.call(socket.getaddrinfo, "localhost", 9); m.call(socket.getaddrinfo, "LOCALHOST", "http")
            m.call(socket.getaddrinfo, "127.0.0.1", 9)
        with test("no port"):
            m.call(socket.getaddrinfo, None, 0); m.call(socket.gethostbyname, "localhost")
    """
    recorded = record(tmp_path, {"m.py": SOCKETS}, body)
    assert set(seen(recorded, "loopback")) == {"loopback\nconnect"}
    assert len(recorded.inputs("loopback", kind="socket")) == 6
    assert seen(recorded, "udp") == ["loopback\nsendto", "own\nbind"]
    assert set(seen(recorded, "external")) == {"external\nconnect", "external\nsendto"}
    assert set(seen(recorded, "names")) == {"external\ngetaddrinfo", "external\ngethostbyname"}
    assert set(seen(recorded, "our names")) == {"loopback\ngetaddrinfo"}
    assert set(seen(recorded, "no port")) == {"own\ngetaddrinfo", "own\ngethostbyname"}


def test_odd_sockets_do_no_harm(tmp_path: Path) -> None:
    body = """
        import m, socket
        class Odd(socket.socket):
            def fileno(self): raise RuntimeError("of the user")
        with test("t"):
            with Odd() as server:
                m.call(server.bind, ("127.0.0.1", 0)); m.call(server.listen)
                m.connect(server.getsockname())
            closed = socket.socket(); closed.close(); m.call(closed.bind, ("127.0.0.1", 0))
            for bad in ((), ("a",), 5, None, ("h", "p"), (1, 2, 3)):
                try: m.call(socket.socket().connect, bad)
                except (TypeError, OSError): pass
            with socket.socketpair()[0] as left: m.call(left.sendmsg, [b"x"])
        print("survived")
    """
    recorded = record(tmp_path, {"m.py": SOCKETS}, body)
    assert recorded.stdout == "survived\n"
    assert "own\nconnect" in seen(recorded, "t")
