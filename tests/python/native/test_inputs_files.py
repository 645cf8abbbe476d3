"""Files, listings, databases, pickles: what project code reads is recorded, not what others read."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest
from evidence_process import record
from inputs_reader import READER


def test_reading_files(tmp_path: Path) -> None:
    files = {"m.py": READER, "data.txt": "one", "other.txt": "two", "folder/a.txt": "", ".alibi/a/b": ""}
    body = """
        import m, os
        os.chdir(ROOT)
        with test("data folder"):
            m.read(".alibi/a/b"); m.call(os.listdir, ".alibi/a"); m.call(os.stat, ".alibi/a")
        with test("t"):
            m.read("data.txt")
            m.read_path(ROOT + "/./folder/../other.txt")
        with test("absent"):
            try: m.read("none.txt")
            except OSError: pass
            m.read("/dev/null"); m.read("/proc/self/stat")
        with test("quiet"):
            open(ROOT + "/data.txt").close()      # not the project
            m.call(len, "abc")
        with test("descriptor"):
            m.low_level("data.txt")
            with open(os.open("other.txt", os.O_RDONLY)) as file: m.call(file.read)
    """
    recorded = record(tmp_path, files, body)
    assert recorded.inputs("t", kind="file") == {
        ("file", "present", "data.txt", ""),
        ("file", "present", "other.txt", ""),
    }
    assert recorded.inputs("absent", kind="file") == {("file", "absent", "none.txt", "")}
    assert recorded.inputs("quiet") == recorded.inputs("data folder") == set()
    assert ("file", "present", "data.txt", "") in recorded.inputs("descriptor")
    assert len(set(recorded.values("t", "data.txt") + recorded.values("t", "other.txt"))) == 2


def test_files_in_shared_memory_are_inputs(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        data = Path(folder) / "data.txt"
        data.write_text("one")
        body = f"""
            import m, os
            with test("t"):
                m.read({str(data)!r}); m.call(os.listdir, {folder!r}); m.read("/dev/null")
        """
        recorded = record(tmp_path, {"m.py": READER}, body)
    assert {row[:3] for row in recorded.inputs("t") if row[0] in ("file", "directory")} == {
        ("file", "present", str(data)),
        ("directory", "present", folder),
    }


def test_what_the_import_system_does_with_its_own_files_is_no_input(tmp_path: Path) -> None:
    # Compiled code is written under another name first; archives are asked for again, gone or not.
    body = """
        import m, importlib, os, sys, zipfile
        with zipfile.ZipFile(ROOT + "/gone.zip", "w") as archive:
            archive.writestr("zipped.py", "X = 1")
        sys.path.insert(0, ROOT + "/gone.zip")
        import zipped
        sys.path.pop(0)
        os.remove(ROOT + "/gone.zip")
        sys.dont_write_bytecode = False
        with test("t"): m.do()
    """
    module = "import importlib\n\ndef do():\n    importlib.invalidate_caches()\n    import other\n"
    recorded = record(tmp_path, {"m.py": module, "other.py": "X = 1\n"}, body)
    assert recorded.inputs("t", kind="file") == set()


def test_the_hash_is_that_of_the_content_at_the_read(tmp_path: Path) -> None:
    body = """
        import m
        for name, text in (("a", "1"), ("b", "2"), ("c", "1")):
            with open(ROOT + "/data.txt", "w") as file: file.write(text)
            with test(name):
                m.read(ROOT + "/data.txt")
                m.write(ROOT + "/data.txt")
                m.read(ROOT + "/data.txt")
    """
    recorded = record(tmp_path, {"m.py": READER}, body)
    (a,), (b,), (c,) = (recorded.values(name, "data.txt")[:1] for name in "abc")
    assert a == c != b


def test_writing_files(tmp_path: Path) -> None:
    body = """
        import m, os
        os.chdir(ROOT)
        with test("t"):
            m.write("new.txt"); m.write("new.txt", "a"); m.write("both.txt", "w+")
            m.call(os.mkdir, "folder")
            m.call(os.rename, "new.txt", "moved.txt"); m.call(os.remove, "both.txt")
        with test("update"):
            m.write("moved.txt", "r+")
    """
    recorded = record(tmp_path, {"m.py": READER}, body)
    found = {(state, subject) for _, state, subject, _ in recorded.inputs("t", kind="written")}
    assert {
        ("present", "new.txt"),
        ("present", "folder"),
        ("present", "moved.txt"),
        ("present", "both.txt"),
    } <= found
    assert recorded.inputs("t", kind="file") == {
        ("file", "present", "new.txt", "session")
    }  # appending depends on what is there: here on what the session itself put there
    assert {(kind, subject) for kind, _, subject, _ in recorded.inputs("update")} == {
        ("file", "moved.txt"),
        ("written", "moved.txt"),
    }


def test_listings(tmp_path: Path) -> None:
    files = {"m.py": READER, "folder/a.txt": "", "folder/b.txt": ""}
    body = """
        import m, os, glob
        os.chdir(ROOT)
        with test("t"): m.call(os.listdir, "folder")
        with test("here"): m.call(os.listdir)
        with test("scan"): list(m.call(os.scandir, ROOT + "/folder"))
        with test("glob"): m.call(glob.glob, "folder/*.txt")
        open("folder/c.txt", "w").close()
        with test("more"): m.call(os.listdir, "folder")
        with test("none"):
            try: m.call(os.listdir, "nothing")
            except OSError: pass
    """
    recorded = record(tmp_path, files, body)
    assert recorded.inputs("t") == {("directory", "present", "folder", "")}
    assert ("directory", "present", ".", "") in recorded.inputs("here")
    assert (
        recorded.values("t", "folder")
        == recorded.values("scan", "folder")
        != recorded.values("more", "folder")
    )
    assert ("directory", "present", "folder", "") in recorded.inputs("glob")
    assert recorded.inputs("none") == {("directory", "absent", "nothing", "")}


def test_swapped_functions_keep_their_looks_and_errors(tmp_path: Path) -> None:
    body = """
        session.stop()
        import os, builtins, inspect, pickle, posix
        functions = [os.stat, os.lstat, os.access, os.readlink, vars, dir, globals, exec, __import__]
        def looks(f):
            try: signature = str(inspect.signature(f))
            except ValueError: signature = None
            return f.__name__, f.__doc__, f.__module__, f.__self__, signature
        before = [looks(f) for f in functions]
        session.start()
        same = all(a is b for a, b in zip(functions, [posix.stat, posix.lstat]))
        print([looks(f) for f in functions] == before, same)
        print(os.stat in os.supports_fd, os.stat in os.supports_follow_symlinks)
        for bad in (lambda: os.stat(), lambda: os.stat([]), lambda: os.stat("a\\0b"),
                    lambda: os.stat("x", bad=1), lambda: vars(1), lambda: dir(1, 2), lambda: os.access("x")):
            try: bad()
            except (TypeError, ValueError) as error: print(type(error).__name__)
        try: os.stat("/nope")
        except FileNotFoundError as error: print(error.errno, error.filename)
        print(sorted(vars())[:1] == sorted(globals())[:1], "before" in dir())
        def f():
            inner = 1
            return vars(), dir()
        print(f())
        session.stop()
        print([looks(f) for f in functions] == before)
        session.start()
    """
    lines = record(tmp_path, {}, body).stdout.split("\n")
    assert lines[:2] == ["True True", "True True"]
    assert lines[2:9] == [
        "TypeError",
        "TypeError",
        "ValueError",
        "TypeError",
        "TypeError",
        "TypeError",
        "TypeError",
    ]
    assert lines[9:] == ["2 /nope", "True True", "({'inner': 1}, ['inner'])", "True", ""]


def test_databases_pickles_and_whole_namespaces(tmp_path: Path) -> None:
    files = {"m.py": READER + "\n    def whole(): return globals()\n    class Kind: pass\n"}
    body = """
        import m, sqlite3, pickle, os
        os.chdir(ROOT)
        with test("database"):
            m.call(sqlite3.connect, "file.db").close(); m.call(sqlite3.connect, ":memory:").close()
        with test("pickle"): m.call(pickle.loads, pickle.dumps(m.Kind))
        with test("vars"): m.call(vars, m); m.call(dir, m.Kind)
        with test("globals"): m.whole()
    """
    recorded = record(tmp_path, files, body)
    assert ("file", "absent", "file.db", "") in recorded.inputs("database")
    assert not any(subject.endswith(":memory:") for _, _, subject, _ in recorded.inputs("database"))
    assert ("import", "no value", "m:Kind", "pickle") in recorded.inputs("pickle")
    assert recorded.inputs("vars") == {
        ("import", "present", "m.py", "whole"),
        ("import", "no value", "m.Kind", "whole"),
    }
    assert ("import", "present", "m.py", "whole") in recorded.inputs("globals")


def test_listing_an_object_reads_its_classes_whole(tmp_path: Path) -> None:
    files = {
        "m.py": """
            import inspect
            class Base: pass
            class Kind(Base):
                def __init__(self): self.own = 1
            def listed(thing): return dir(thing)
            def held(thing): return vars(thing)
            def members(thing): return inspect.getmembers(thing)
        """
    }
    body = """
        import m
        with test("instance"): m.listed(m.Kind())
        with test("held"): m.held(m.Kind())
        with test("class"): m.held(m.Kind)
        with test("library"): m.members(m.Kind())
        with test("quiet"): dir(m.Kind())
    """
    recorded = record(tmp_path, files, body)
    both = {("import", "no value", "m.Kind", "whole"), ("import", "no value", "m.Base", "whole")}
    assert recorded.inputs("instance") == both
    assert recorded.inputs("held") == set(), "an instance's own attributes are no names of the source"
    assert recorded.inputs("class") == {("import", "no value", "m.Kind", "whole")}
    assert both <= recorded.inputs("library")
    assert recorded.inputs("quiet") == set()


def test_threads_of_the_project_count(tmp_path: Path) -> None:
    files = {"m.py": READER, "data.txt": "x"}
    body = """
        import m, threading, os
        with test("own"):
            thread = threading.Thread(target=m.read, args=(ROOT + "/data.txt",))
            thread.start(); thread.join()
        with test("library only"):
            thread = threading.Thread(target=os.listdir, args=(ROOT,)); thread.start(); thread.join()
    """
    recorded = record(tmp_path, files, body)
    assert ("file", "present", "data.txt", "") in recorded.inputs("own")
    assert ("directory", "present", ".", "") in recorded.inputs("library only")


def test_lines_from_the_librarys_cache_count_as_read(tmp_path: Path) -> None:
    files = {"m.py": READER, "shown.py": "one = 1\n", "page.txt": "text\n"}
    body = """
        import m, linecache
        with test("first"): m.call(linecache.getline, ROOT + "/shown.py", 1)
        with test("cached"): m.call(linecache.getline, ROOT + "/shown.py", 1)
        with test("lines"):
            m.call(linecache.getlines, ROOT + "/page.txt"); m.call(linecache.getlines, ROOT + "/page.txt", {})
        with test("library"): m.call(linecache.getline, linecache.__file__, 1)
        with test("made up"): m.call(linecache.getline, "<string>", 1)
        with test("not the project"): linecache.getline(ROOT + "/shown.py", 1)
        session.stop()
        assert linecache.getline(ROOT + "/shown.py", 1) == "one = 1\\n"
    """
    prelude_needs = (
        "import linecache"  # of the library, as under pytest: looked for when the recording starts
    )
    recorded = record(tmp_path, files, body, before=prelude_needs)
    for name, file in (("first", "shown.py"), ("cached", "shown.py"), ("lines", "page.txt")):
        assert recorded.inputs(name, kind="file") == {("file", "present", file, "")}, name
    for name in ("library", "made up", "not the project"):
        assert recorded.inputs(name, kind="file") == set(), name


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="sys.setprofile beside is enough on one release line")
def test_a_profile_function_sees_no_frame_of_ours(tmp_path: Path) -> None:
    body = """
        import m, os
        seen = []
        with test("t"):
            sys.setprofile(lambda frame, event, argument: seen.append(frame.f_code.co_name))
            m.call(os.stat, ROOT)
            sys.setprofile(None)
        print(seen.count("call"), set(seen) <= {"call", "<module>"})
    """
    assert record(tmp_path, {"m.py": READER}, body).stdout == "4 True\n"
