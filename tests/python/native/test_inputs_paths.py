"""Probes of paths, given as any type: recorded once, and nothing about them changes for who asks."""

from __future__ import annotations

from pathlib import Path

from evidence_process import record
from inputs_reader import READER


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


def test_a_path_goes_on_above_what_a_link_leads_to(tmp_path: Path) -> None:
    files = {"m.py": READER, "data.txt": "other", "deep/data.txt": "one", "deep/x/k": "", "linked": ""}
    body = """
        import m, os
        os.chdir(ROOT); os.remove("linked"); os.symlink("deep/x", "linked")
        with test("open"): m.read("linked/../data.txt")
        with test("stat"): m.call(os.stat, "linked/../data.txt")
        with test("dir_fd"):
            handle = os.open(ROOT, os.O_RDONLY)
            m.call(lambda: os.stat("linked/../data.txt", dir_fd=handle)); os.close(handle)
        with test("listed"): m.call(os.listdir, "linked/..")
        with test("missing"): m.call(os.path.exists, "none/../data.txt")
    """
    recorded = record(tmp_path, files, body)
    passed = {("probe", "present", "linked", "readlink"), ("probe", "present", "deep/x", "lstat")}
    for name, read in {
        "open": ("file", "present", "deep/data.txt", ""),
        "stat": ("probe", "present", "deep/data.txt", "stat"),
        "dir_fd": ("probe", "present", "deep/data.txt", "stat"),
        "listed": ("directory", "present", "deep", ""),
    }.items():
        found = {
            (kind, state, subject, detail.partition("\n")[0])
            for kind, state, subject, detail in recorded.inputs(name)
        }
        assert {*passed, read} <= found, name
        assert not {subject for _, _, subject, _ in recorded.inputs(name)} & {"data.txt", "deep/x/data.txt"}
    assert ("probe", "absent", "none", "lstat") in recorded.inputs("missing")


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


def test_the_runner_that_makes_many_objects_asks_for_nobody(tmp_path: Path) -> None:
    """CPython 3.12 and later put a frame of their own around the __init__ of objects that are made often.

    Its code names the file "__init__": below the working directory of the run's beginning, and so in the
    project, if it were one. The class lies in a library that is neither: the frame around its __init__ is
    asked before the runner's.
    """
    root = tmp_path.resolve() / "project"
    body = """
        import os
        outside = os.path.dirname(ROOT)
        os.makedirs(outside + "/_pytest")
        with open(outside + "/library_of_lists.py", "w") as file:
            file.write(
                "import os\\n"
                "class Listed:\\n"
                "    def __init__(self, path):\\n"
                "        self.found = os.listdir(path)\\n"
            )
        with open(outside + "/_pytest/looking.py", "w") as file:
            file.write(
                "from library_of_lists import Listed\\n"
                "def look(path, times):\\n"
                "    for _ in range(times):\\n"
                "        Listed(path)\\n"
            )
        sys.path[:0] = [outside, outside + "/_pytest"]
        import looking
        with test("t"):
            looking.look(ROOT, 200)
            looking.look(ROOT + "/looked_at", 1)
    """
    files = {"looked_at/file": ""}
    recorded = record(tmp_path, files, body, before=f"import os\nos.chdir({str(root)!r})")
    assert recorded.inputs("t", kind="directory") == set()
