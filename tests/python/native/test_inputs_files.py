"""Files, listings, probes, processes, sockets: what project code reads is recorded, not what others read."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from evidence_process import record

READER = """
    import os, pathlib, subprocess, socket, sqlite3, io, glob, pickle, threading
    def read(path):
        with open(path) as file:
            return file.read()
    def read_path(path):
        return pathlib.Path(path).read_text()
    def low_level(path):
        os.close(os.open(path, os.O_RDONLY))
    def write(path, mode="w"):
        with open(path, mode) as file:
            file.write("x")
    def entries(folder):
        return list(folder.iterdir())
    def call(function, *arguments):
        return function(*arguments)
"""


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


def test_probed_paths(tmp_path: Path) -> None:
    files = {"m.py": READER, "data.txt": "one", "link": ""}
    body = """
        import m, os, pathlib
        os.chdir(ROOT); os.remove("link"); os.symlink("data.txt", "link")
        with test("t"):
            m.call(os.path.exists, "data.txt"); m.call(os.path.exists, "none.txt")
            m.call(os.access, "data.txt", os.R_OK); m.call(os.readlink, "link"); m.call(os.lstat, "link")
            m.call(pathlib.Path("folder").is_dir)
        with test("dir_fd"):
            handle = os.open(ROOT, os.O_RDONLY)
            m.call(lambda: os.stat("data.txt", dir_fd=handle)); os.close(handle)
        with open("data.txt", "w") as file: file.write("longer")
        os.utime("data.txt", (1, 1))
        with test("longer"): m.call(os.path.exists, "data.txt")
        os.utime("data.txt", (2, 2))
        with test("touched"): m.call(os.path.exists, "data.txt")
        with test("quiet"): os.stat("data.txt")
    """
    recorded = record(tmp_path, files, body)
    found = recorded.inputs("t", kind="probe")
    assert {("present", "data.txt"), ("absent", "none.txt"), ("present", "link"), ("absent", "folder")} <= {
        (state, subject) for _, state, subject, _ in found
    }
    assert {detail.partition("\n")[0] for *_, detail in found} >= {"stat", "lstat", "readlink"}
    assert all(detail.startswith(("stat", "lstat", "access:", "readlink", "_path_")) for *_, detail in found)
    assert ("probe", "present", "data.txt", "stat") in recorded.inputs("dir_fd")
    assert recorded.values("longer", "data.txt") == recorded.values("touched", "data.txt")
    assert recorded.values("longer", "data.txt")[0] not in recorded.values("t", "data.txt")
    assert recorded.inputs("quiet") == set()


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


def test_pathlib_paths_are_recorded_and_nothing_of_them_is_lost(tmp_path: Path) -> None:
    files = {"m.py": READER, "data.txt": "one", "folder/a.txt": "", "folder/b.txt": ""}
    body = """
        import m, os, pathlib
        os.chdir(ROOT)
        path, folder = pathlib.Path(ROOT, "data.txt"), pathlib.Path("folder")
        roads = {
            "open": lambda: m.read(path),
            "open pure": lambda: m.read(pathlib.PurePosixPath("data.txt")),
            "method": lambda: m.call(path.read_text),
            "os.open": lambda: m.low_level(path),
            "os.stat": lambda: m.call(os.stat, path),
            "os.stat pure": lambda: m.call(os.stat, pathlib.PurePosixPath("data.txt")),
            "exists": lambda: m.call(path.exists),
            "os.path.isfile": lambda: m.call(os.path.isfile, path),
            "os.access": lambda: m.call(os.access, path, os.R_OK),
            "absent": lambda: m.call(pathlib.Path("none").exists),
            "os.listdir": lambda: m.call(os.listdir, folder),
            "os.scandir": lambda: [m.call(os.stat, entry) for entry in m.call(os.scandir, folder)],
            "iterdir": lambda: m.entries(folder),
            "undecodable": lambda: m.call(pathlib.Path(os.fsdecode(b"folder/\\xff")).exists),
            "written": lambda: m.call(pathlib.Path("new.txt").write_text, "x"),
            "renamed": lambda: m.call(pathlib.Path("new.txt").rename, pathlib.Path("newer.txt")),
        }
        for name, road in roads.items():
            with test(name): road()
    """
    recorded = record(tmp_path, files, body)
    read = ("file", "present", "data.txt", "")
    for name in ("open", "open pure", "method", "os.open"):
        assert read in recorded.inputs(name), name
    for name in ("os.stat", "os.stat pure", "exists", "os.path.isfile", "os.access"):
        assert {(state, subject) for _, state, subject, _ in recorded.inputs(name, kind="probe")} == {
            ("present", "data.txt")
        }, name
    assert {subject for _, _, subject, _ in recorded.inputs("absent", kind="probe")} == {"none"}
    for name in ("os.listdir", "os.scandir", "iterdir"):
        assert {subject for _, _, subject, _ in recorded.inputs(name, kind="directory")} == {"folder"}, name
    assert {subject for _, _, subject, _ in recorded.inputs("os.scandir", kind="probe")} == {
        "folder/a.txt",
        "folder/b.txt",
    }
    assert len(recorded.inputs("undecodable", kind="probe")) == 1
    assert ("written", "present", "new.txt", "created") in recorded.inputs("written")
    assert ("written", "present", "newer.txt", "created") in recorded.inputs("renamed")
    assert recorded.shard.drops == []


def test_paths_of_user_types_are_recorded_where_their_text_is_at_hand(tmp_path: Path) -> None:
    body = """
        import m, os, pathlib
        calls = []
        class Text(str):
            def __str__(self): calls.append("str")
            def __fspath__(self): calls.append("fspath"); return "never asked"
        class Raw(bytes):
            pass
        class Folder(type(pathlib.Path())):
            pass
        class Located:
            def __fspath__(self): return ROOT + "/data.txt"
        with test("str"):
            m.read(Text(ROOT + "/data.txt")); m.call(os.stat, Text(ROOT + "/data.txt"))
        with test("bytes"): m.read(Raw(os.fsencode(ROOT + "/data.txt")))
        with test("subclass"): m.read(Folder(ROOT, "data.txt"))
        with test("fspath"): m.read(Located())
        print(calls)
    """
    recorded = record(tmp_path, {"m.py": READER, "data.txt": "x"}, body)
    for name in ("str", "bytes", "subclass", "fspath"):
        assert recorded.inputs(name, kind="file") == {("file", "present", "data.txt", "")}, name
    assert {subject for _, _, subject, _ in recorded.inputs("str", kind="probe")} == {"data.txt"}
    assert recorded.stdout == "[]\n"
    assert recorded.shard.drops == []


def test_odd_arguments_do_no_harm(tmp_path: Path) -> None:
    body = """
        import m, os, subprocess
        calls = []
        class Evil(str):
            def __hash__(self): raise RuntimeError
            def __eq__(self, other): raise RuntimeError
            def __str__(self): raise RuntimeError
        class Path:
            def __fspath__(self):
                calls.append(1)
                return ROOT + "/data.txt"
        with test("t"):
            m.call(os.stat, Evil(ROOT)); m.read(Evil(ROOT + "/data.txt"))
            m.read(Path()); m.call(os.stat, Path())
            m.call(os.listdir, os.fsencode(ROOT)); m.read(os.fsencode(ROOT) + b"/data.txt")
            for bad in (None, 3.5, [], "a\\0b", "/" + "x" * 5000):
                try: m.read(bad)
                except (OSError, TypeError, ValueError): pass
            try: m.call(subprocess.Popen, [Evil("/nope")])
            except (OSError, RuntimeError): pass
        print(len(calls))
    """
    recorded = record(tmp_path, {"m.py": READER, "data.txt": "x"}, body)
    assert recorded.stdout == "2\n"
    assert {subject for _, _, subject, _ in recorded.inputs("t", kind="probe")} >= {"data.txt"}
    assert recorded.shard.drops == []


def test_a_path_of_a_user_type_is_asked_once_and_recorded(tmp_path: Path) -> None:
    body = """
        import m, os, pathlib
        asked = []
        class Located:
            def __init__(self, text): self.text = text
            def __fspath__(self): asked.append(self.text); return self.text
        class Folder(type(pathlib.Path())): pass
        class Failing:
            def __fspath__(self): raise KeyError("of the user")
        class Wrong:
            def __fspath__(self): return 1
        def said(function, *arguments, **named):
            try: return str(function(*arguments, **named))[:40]
            except BaseException as error: return repr(error), getattr(error, "filename", None)
        def all_said():
            return [said(m.call, function, *arguments) for function in (os.stat, os.lstat, os.readlink)
                    for arguments in ((Failing(),), (Wrong(),), (object(),), (Located("/none"),), ())] + [
                    said(os.stat, path=Located("/none")), said(os.access, Located(ROOT), os.R_OK)]
        with test("text"): m.call(os.stat, Located(ROOT + "/data.txt"))
        with test("bytes"): m.call(os.stat, Located(os.fsencode(ROOT + "/data.txt")))
        with test("subclass"): m.call(os.stat, Folder(ROOT, "data.txt"))
        with test("access"): m.call(os.access, Located(ROOT + "/data.txt"), os.R_OK)
        with test("absent"): m.call(os.path.exists, Located(ROOT + "/none"))
        assert len(asked) == 4, asked
        with test("odd"): during = all_said()
        session.stop()
        assert during == all_said(), (during, all_said())
    """
    recorded = record(tmp_path, {"m.py": READER, "data.txt": "x"}, body)
    for name in ("text", "bytes", "subclass", "access"):
        assert {subject for _, _, subject, _ in recorded.inputs(name, kind="probe")} == {"data.txt"}, name
    assert {(state, subject) for _, state, subject, _ in recorded.inputs("absent", kind="probe")} == {
        ("absent", "none")
    }
    assert recorded.shard.drops == []


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
