"""Reads of the environment are seen; os.environ stays what it was."""

from __future__ import annotations

from pathlib import Path

from evidence_process import record

FILES = {
    "m.py": """
        import os
        def item(name): return os.environ[name]
        def get(name): return os.environ.get(name)
        def getenv(name): return os.getenv(name, "none")
        def contains(name): return name in os.environ
        def raw(name): return os.environb.get(name)
        def copy(): return os.environ.copy()
        def unpack(): return {**os.environ}
        def loop(): return [os.environ[name] for name in os.environ]
        def text(): return repr(os.environ)
        def put(name, value): os.environ[name] = value
    """
}


def test_single_variables(tmp_path: Path) -> None:
    body = """
        import m
        with test("t"):
            m.item("A_SET"); m.get("B_SET"); m.getenv("C_ABSENT"); m.contains("D_ABSENT"); m.raw(b"E_SET")
            try: m.item("F_ABSENT")
            except KeyError as error: print(error)
        with test("again"): m.item("A_SET")
        with test("quiet"):
            import os; os.environ["A_SET"]
    """
    recorded = record(tmp_path, FILES, body, environment={"A_SET": "1", "B_SET": "2", "E_SET": "1"})
    assert recorded.stdout == "'F_ABSENT'\n"
    assert recorded.inputs("t") == {
        ("environment", "present", "A_SET", ""),
        ("environment", "present", "B_SET", ""),
        ("environment", "absent", "C_ABSENT", ""),
        ("environment", "absent", "D_ABSENT", ""),
        ("environment", "present", "E_SET", ""),
        ("environment", "absent", "F_ABSENT", ""),
    }
    assert recorded.values("t", "A_SET") == recorded.values("again", "A_SET") == recorded.values("t", "E_SET")
    assert recorded.values("t", "A_SET") != recorded.values("t", "B_SET")
    assert recorded.inputs("quiet") == set()


def test_the_whole_environment_is_one_input(tmp_path: Path) -> None:
    body = """
        import m, os
        for name in ("copy", "unpack", "loop"):
            with test(name): getattr(m, name)()
        with test("text"): m.text()
        os.environ["TERM"] = "other"; os.environ["PYTEST_CURRENT_TEST"] = "x"
        with test("volatile"): m.copy()
        os.environ["LANG"] = "other"
        with test("changed"): m.copy()
        with test("then one"): m.copy(); m.get("TERM")
    """
    recorded = record(tmp_path, FILES, body, environment={"TERM": "dumb"})
    everything = ("environment", "present", "*", "")
    for name in ("copy", "unpack", "loop", "text", "volatile"):
        assert recorded.inputs(name) == {everything}, name
    # What the session makes of it is named, and the whole stays what it was outside.
    language = ("environment", "present", "LANG", "session")
    assert recorded.inputs("changed") == {everything, language}
    assert recorded.values("volatile", "*") == recorded.values("copy", "*") == recorded.values("changed", "*")
    assert {subject for _, _, subject, _ in recorded.inputs("then one")} == {"*", "LANG", "TERM"}


def test_variables_the_session_makes_are_marked(tmp_path: Path) -> None:
    body = """
        import m, os
        with test("made"): m.put("MADE", "1"); m.get("MADE"); m.get("KEPT")
        with test("later"): m.get("MADE")
        with test("restored"):
            old = os.environ["KEPT"]; os.environ["KEPT"] = "2"; os.environ["KEPT"] = old
            m.get("KEPT")
        with test("removed"):
            del os.environ["KEPT"]; m.get("KEPT")
    """
    recorded = record(tmp_path, FILES, body, environment={"KEPT": "1"})
    assert ("environment", "present", "MADE", "session") in recorded.inputs("made")
    assert ("environment", "present", "KEPT", "") in recorded.inputs("made")
    assert recorded.inputs("later") == {("environment", "present", "MADE", "session")}
    assert recorded.inputs("restored") == {("environment", "present", "KEPT", "")}
    assert recorded.inputs("removed") == {
        ("environment", "absent", "KEPT", "session"),
        ("written", "absent", "environ:KEPT", ""),
    }


def test_the_environment_stays_what_it_was(tmp_path: Path) -> None:
    body = """
        session.stop()
        import os, copy, pickle, inspect, posix, gc
        before = (
            os.environ, os.environ._data, type(os.environ), inspect.signature(os.getenv),
            dict(os.environ), os.environ.get,
        )
        session.start()
        data = os.environ._data
        print(os.environ is before[0], data is before[1], data is posix.environ,
              type(os.environ) is before[2], inspect.signature(os.getenv) == before[3],
              {name: value for name, value in os.environ.items() if name != "ALIBI_SESSION"} == before[4])
        print(type(data).__name__, isinstance(data, dict), type(copy.copy(data)), type(copy.deepcopy(data)),
              len(data) == len(before[4]) + 1)  # ALIBI_SESSION
        print(type(pickle.loads(pickle.dumps(data))), type(data.copy()),
              data == {k: v for k, v in data.items()}, list(data) == list(before[1]))
        os.environ["X"] = "1"
        print(os.environ.pop("X"), os.environ.setdefault("X", "2"), os.environ.get("X"))
        del os.environ["X"]
        print(sorted(os.environ.items())[0] == sorted(before[4].items())[0], "X" in os.environ,
              len(os.environ) == len(before[4]) + 1)
        import subprocess
        os.environ["FOR_CHILD"] = "seen"
        child = [sys.executable, "-c", "import os; print(os.environ['FOR_CHILD'])"]
        print(subprocess.run(child, capture_output=True, text=True).stdout)
        gc.collect()
        session.stop()
        print(type(os.environ._data) is dict, os.environ["FOR_CHILD"])
        session.start()
    """
    out = record(tmp_path, {}, body).stdout.split("\n")
    assert out[0] == "True True True True True True"
    assert out[1] == "dict True <class 'dict'> <class 'dict'> True"
    assert out[2] == "<class 'dict'> <class 'dict'> True True"
    assert out[3:6] == ["1 2 2", "True False True", "seen"]
    assert out[7] == "True seen"


def test_variables_that_a_test_leaves_changed_are_written(tmp_path: Path) -> None:
    body = """
        import m, os
        with test("made"): m.put("MADE", "1")
        with test("the same"): m.put("MADE", "1")
        with test("put back"):
            m.put("MADE", "2"); m.put("MADE", "1")
            m.put("NEW", "1"); del os.environ["NEW"]
        with test("removed"): del os.environ["MADE"], os.environ["GIVEN"]
    """
    recorded = record(tmp_path, FILES, body, environment={"GIVEN": "1"})
    assert recorded.inputs("made") == {("written", "present", "environ:MADE", "")}
    assert recorded.inputs("the same") == set()
    assert recorded.inputs("put back") == set()
    assert recorded.inputs("removed") == {
        ("written", "absent", "environ:MADE", ""),
        ("written", "absent", "environ:GIVEN", ""),
    }
