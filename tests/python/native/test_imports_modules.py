"""Which module body runs is known exactly, and what was imported or not found is recorded."""

from __future__ import annotations

import sys
from pathlib import Path

import native_harness
import pytest
from evidence_process import record


def statements(recorded):  # type: ignore[no-untyped-def]
    """(file, line) of module-level statements -> {(file, line)} that ran under them."""
    shard = recorded.shard
    found = {}
    for probe, statement in shard.statements.items():
        path, line = shard.locate(probe)
        hits = {(Path(p).name, hit) for p, lines in shard.lines(statement.hits).items() for hit in lines}
        found.setdefault((Path(path).name, line), set()).update(hits)
    return found


def test_code_run_by_an_import_belongs_to_the_statement(tmp_path: Path) -> None:
    files = {
        "a.py": "import b\nX = b.f()\nY = 2\n",
        "b.py": "def f():\n    return 1\nZ = 3\n",
    }
    found = statements(record(tmp_path, files, "with test('t'):\n    import a\n"))
    assert ("b.py", 2) in found["a.py", 2]
    assert ("b.py", 2) not in found["a.py", 1]
    assert ("b.py", 3) in found


def test_a_module_that_fails_ends_as_well(tmp_path: Path) -> None:
    files = {
        "a.py": "try:\n    import broken\nexcept ZeroDivisionError:\n    pass\n"
        "X = 1\ndef f():\n    return 1\n",
        "broken.py": "Y = 1\n1 / 0\n",
    }
    recorded = record(tmp_path, files, "with test('t'):\n    import a\nwith test('u'):\n    a.f()\n")
    assert ("a.py", 5) in statements(recorded)
    (second,) = [t for t in recorded.shard.tests if t.id == "u"]
    assert {Path(p).name: lines for p, lines in second.lines.items()} == {"a.py": {7}}


def test_exec_stays_what_it_was(tmp_path: Path) -> None:
    body = """
        import builtins, inspect, pickle
        again = pickle.loads(pickle.dumps(exec))
        print(builtins.exec is before, exec.__name__, exec.__doc__ == doc, again is exec)
        print(signature == str(inspect.signature(exec)))
        scope = {}
        exec("x = 1", scope); print(scope["x"])
        exec(compile("y = x", "<s>", "exec"), scope, scope); print(scope["y"])
        def f():
            z = 5
            exec("print(z)")
        f()
        for bad in ((), (1,), ("x", 1), ("1", {}, 2)):
            try:
                exec(*bad)
            except TypeError as error:
                print("TypeError")
        try:
            exec("raise KeyError(1)")
        except KeyError as error:
            print(error)
        session.stop()
        exec("print('after')")
        session.start()
    """
    prelude = """
        session.stop()
        import builtins, inspect
        before, doc, signature = exec, exec.__doc__, str(inspect.signature(exec))
        session.start()
    """
    import textwrap

    out = record(tmp_path, {}, textwrap.dedent(prelude) + textwrap.dedent(body)).stdout.split("\n")
    assert out == ["True exec True True", "True", "1", "1", "5", *["TypeError"] * 4, "1", "after", ""]


def test_imports_found_and_not_found(tmp_path: Path) -> None:
    files = {
        "m.py": """
            import importlib
            def optional():
                try:
                    import not_there
                except ImportError:
                    return None
            def computed(name):
                return importlib.import_module(name)
            def builtin(name):
                return __import__(name)
            def lookup(name):
                import importlib.util
                return importlib.util.find_spec(name)
        """,
        "plugin_x.py": "VALUE = 1\n",
    }
    body = """
        import importlib.util
        session.stop(); session.start()
        import m
        for name in ("first", "second"):
            with test(name):
                m.optional()
                m.computed("plugin_" + "x")
                m.builtin("plugin_x")
                m.lookup("not_there_either")
                try:
                    m.computed("nor_this")
                except ImportError:
                    pass
    """
    recorded = record(tmp_path, files, body)
    for name in ("first", "second"):
        found = recorded.inputs(name, kind="import")
        assert ("import", "absent", "not_there", "") in found
        assert ("import", "absent", "not_there_either", "") in found
        assert ("import", "absent", "nor_this", "") in found
        assert ("import", "present", "plugin_x", "at:plugin_x.py") in found


def test_what_a_module_reads_while_it_is_imported_names_the_module(tmp_path: Path) -> None:
    files = {"m.py": "import os\nX = open(os.path.dirname(__file__) + '/data.txt').read()\n", "data.txt": "x"}
    recorded = record(tmp_path, files, "with test('t'):\n    import m\n")
    assert ("file", "present", "data.txt", "import:m.py\nline:2") in recorded.inputs("t")


STATEMENTS = """
import os, threading
def read(name):
    with open(os.path.join(os.path.dirname(__file__), name)) as file:
        return file.read()
A = read("data.txt")
B = read("data.txt")
class Outer:
    C = read("class.txt")
    class Inner:
        D = read("inner.txt")
    E = os.environ.get("IN_CLASS")
    def method(self):
        return read("method.txt")
F = [read(
    "long.txt")]
import nested
try:
    import not_there
except ImportError:
    G = Outer().method()
if True:
    for name in ["loop.txt"]:
        read(name)
worker = threading.Thread(target=read, args=("thread.txt",))
worker.start(); worker.join()
def later():
    return read("later.txt")
"""


@pytest.mark.parametrize("strategy", native_harness.load_native().STRATEGIES)
def test_what_a_module_reads_while_it_is_imported_names_the_statement(tmp_path: Path, strategy: str) -> None:
    names = ["data", "class", "inner", "method", "long", "loop", "thread", "later", "nested"]
    files = {f"{name}.txt": "x" for name in names}
    files["m.py"] = STATEMENTS
    files["nested.py"] = "import m\nX = 1\nY = m.read('nested.txt')\n"
    recorded = record(
        tmp_path, files, "with test('t'):\n    import m\n    m.later()\n", strategy=strategy, state=False
    )
    details: dict[str, set[str]] = {}
    for _, _, subject, detail in recorded.inputs("t"):
        details.setdefault(subject, set()).add(detail)

    def at(*lines: int) -> set[str]:
        return {f"import:m.py\nline:{line}" for line in lines}

    assert details["data.txt"] == at(6, 7)
    assert details["class.txt"] == at(9)
    assert details["inner.txt"] == at(11)
    assert details["IN_CLASS"] == at(12)
    assert details["method.txt"] == at(21)
    assert details["long.txt"] <= at(15, 16)
    assert details["loop.txt"] == at(24)
    assert details["nested.txt"] == {"import:nested.py\nline:3"}
    assert details["not_there"] == at(19)
    assert details["nested"] == {f"at:nested.py\n{detail}" for detail in at(17)}
    assert details["thread.txt"] == {""}  # a thread runs no module
    assert details["later.txt"] == {""}


@pytest.mark.parametrize("strategy", native_harness.load_native().STRATEGIES)
def test_two_threads_that_import_at_once_never_name_a_wrong_statement(tmp_path: Path, strategy: str) -> None:
    source = """
        import sync
        A = 1
        sync.meet(__name__)
        B = sync.read("one.txt")
        C = 1
        D = sync.read("two.txt")
    """
    files = {f"{name}.py": source for name in ("left", "right")}
    files["sync.py"] = """
        import os, threading
        barrier = threading.Barrier(2)
        def meet(name):
            barrier.wait(20)
        def read(name):
            barrier.wait(20)
            with open(os.path.join(os.path.dirname(__file__), name)) as file:
                return file.read()
    """
    files.update({"one.txt": "1", "two.txt": "2"})
    body = """
        import sync, importlib, threading
        with test("t"):
            threads = [threading.Thread(target=importlib.import_module, args=(n,)) for n in ("left", "right")]
            for each in threads: each.start()
            for each in threads: each.join()
    """
    recorded = record(tmp_path, files, body, strategy=strategy, state=False)
    for file, line in (("one.txt", 5), ("two.txt", 7)):
        found = {detail for _, _, subject, detail in recorded.inputs("t") if subject == file}
        for module in ("left", "right"):
            assert found & {f"import:{module}.py\nline:{known}" for known in (line, 0)}
        assert len(found) == 2


def test_a_script_is_read_as_a_whole(tmp_path: Path) -> None:
    files = {
        "m.py": "import runpy\ndef run(path):\n    return runpy.run_path(path)\n",
        "script.py": "X = 1\n",
    }
    recorded = record(tmp_path, files, "import m\nwith test('t'):\n    m.run(ROOT + '/script.py')\n")
    assert ("file", "present", "script.py", "script") in recorded.inputs("t")
    assert not any(detail == "script" for *_, detail in recorded.inputs())


def test_modules_of_other_distributions_are_named_once(tmp_path: Path) -> None:
    files = {"m.py": "import other, json\n"}
    body = """
        import os
        site = os.path.join(os.path.dirname(ROOT), "site-packages")
        os.makedirs(site + "/space/part")
        for path in ("other.py", "space/part/__init__.py"):
            open(os.path.join(site, path), "w").close()
        sys.path.append(site)
        with test("t"):
            import m, space.part
        with test("u"):
            pass
    """
    found = [name for name, _ in record(tmp_path, files, body).shard.imported]
    assert found.count("other") == 1
    assert found.count("space.part") == 1
    assert not {"json", "m", "__main__"} & set(found)


def test_modules_that_take_the_place_of_others_are_named(tmp_path: Path) -> None:
    """Also where sys.modules, which had grown, moved its entries up meanwhile."""
    body = """
        import os, importlib
        site = os.path.join(os.path.dirname(ROOT), "site-packages")
        os.makedirs(site)
        for number in range(900):
            open(os.path.join(site, f"single{number}.py"), "w").close()
        sys.path.append(site)
        def change(gone, come):
            for number in gone:
                del sys.modules[f"single{number}"]
            for number in come:
                importlib.import_module(f"single{number}")
        with test("t"):
            change((), range(300))
        with test("u"):
            change((299,), (300,))
        with test("v"):
            change(range(200), range(301, 501))
        with test("w"):
            change(range(300, 500), range(501, 900))
    """
    found = [name for name, _ in record(tmp_path, {}, body).shard.imported]
    assert [name for name in found if name.startswith("single")] == [f"single{n}" for n in range(900)]


def test_odd_entries_in_sys_modules_do_no_harm(tmp_path: Path) -> None:
    body = """
        import types, weakref
        class Evil(types.ModuleType):
            def __getattribute__(self, name):
                raise RuntimeError(name)
        class Text(str):
            def __hash__(self): return hash(str(self))
            def __eq__(self, other): raise RuntimeError
        module = types.ModuleType("weak")
        sys.modules.update({"evil": Evil("evil"), "number": 1, "none": None, "text": "x"})
        sys.modules["weak"] = weakref.proxy(module)
        nameless = types.ModuleType("nameless")
        nameless.__dict__.clear()
        nameless.__dict__.update({1: 2, "__file__": 3, "__name__": []})
        sys.modules["nameless"] = nameless
        with test("t"):
            import m
            m.f()
        with test("u"):
            m.f()
        print("survived")
    """
    assert record(tmp_path, {"m.py": "def f():\n    return 1\n"}, body).stdout == "survived\n"


@pytest.mark.parametrize("name", ["import_module", "find_spec"])
def test_library_functions_keep_their_looks(tmp_path: Path, name: str) -> None:
    module = "importlib" if name == "import_module" else "importlib.util"
    body = f"""
        import {module} as library, inspect, pickle
        session.stop()
        plain = library.{name}
        looks = lambda f: (f.__name__, f.__module__, str(inspect.signature(f)))
        before = looks(plain)
        session.start()
        print(looks(library.{name}) == before, pickle.loads(pickle.dumps(library.{name})) is library.{name})
        session.stop()
        print(library.{name} is plain)
        session.start()
    """
    assert record(tmp_path, {}, body).stdout == "True True\nTrue\n"
    assert sys.version_info >= (3, 9)
