"""observe(): an input that somebody declares is recorded as if the project had read it just now."""

from __future__ import annotations

from pathlib import Path

from evidence_process import record


def test_what_is_declared_is_recorded_as_what_is_read(tmp_path: Path) -> None:
    files = {
        "m.py": "def read(path):\n    open(path).close()\n",
        "n.py": "import json\nfrom hold import session\nsession.observe('file', '/none')\n",
        "hold.py": "session = None\n",
        "data.txt": "one",
        "folder/a.txt": "",
    }
    body = """
        import m, os, hold
        with test("read"):
            m.read(ROOT + "/data.txt"); os.environ["MADE"] = "1"
        with test("declared"):
            said = [session.observe("file", ROOT + "/data.txt"), session.observe("file", ROOT + "/x/../none"),
                    session.observe("directory", ROOT + "/folder"),
                    session.observe("directory", ROOT + "/none"),
                    session.observe("environment", "SET"), session.observe("environment", "NOT_SET"),
                    session.observe("environment", "MADE"), session.observe("file", "/dev/null")]
        print(said)
        hold.session = session
        with test("import"): import n
        with test("lost"): session.lose_input()
        with test("wrong"):
            for arguments in (("socket", "x"), ("file", 3), ("file",), ()):
                try: session.observe(*arguments)
                except (TypeError, ValueError): pass
                else: print("no error", arguments)
        session.stop()
        print(session.observe("file", ROOT), session.lose_input())
    """
    recorded = record(tmp_path, files, body, environment={"SET": "value"})
    assert recorded.stdout == "[True, False, True, False, True, False, True, True]\nFalse None\n"
    assert recorded.inputs("declared") == {
        ("file", "present", "data.txt", ""),
        ("probe", "absent", "x", "lstat"),
        ("file", "absent", "none", ""),
        ("file", "other", "/dev/null", ""),
        ("directory", "present", "folder", ""),
        ("directory", "absent", "none", ""),
        ("environment", "present", "SET", ""),
        ("environment", "absent", "NOT_SET", ""),
        ("environment", "present", "MADE", "session"),
    }
    assert recorded.values("declared", "data.txt") == recorded.values("read", "data.txt")
    assert ("file", "absent", "/none", "import:n.py\nline:3") in recorded.inputs("import")
    (drop,) = recorded.shard.drops
    assert (recorded.shard.contexts[drop.context].name, drop.reason) == ("lost", "input")
    assert recorded.inputs("wrong") == set()
