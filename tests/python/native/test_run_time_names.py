"""Names that running code gives or makes (getattr, attrgetter, eval) are recorded where they were used."""

from __future__ import annotations

import textwrap
from pathlib import Path

from evidence_process import Recorded, record

LOOKUPS = """
    import operator
    class Box:
        colour = 1
        size = 2
        def close(self): pass
    def read(name):
        return getattr(Box(), name)
    def read_or(name):
        return getattr(Box(), name, None)
    def ask(name):
        return hasattr(Box(), name)
    def change(box, name):
        setattr(box, name, 1)
        delattr(box, name)
    def call(function, *arguments):
        return function(*arguments)
"""


def looked_up(recorded: Recorded, test: str, kind: str = "looked_up") -> set[str]:
    found = (
        {context.number for context in recorded.shard.contexts.values() if context.name == test}
        if test
        else {0}
    )
    return {name for number in found for name in recorded.shard.names_at_run_time(number, kind)}


def test_each_test_has_the_names_it_looked_up(tmp_path: Path) -> None:
    body = """
        import m
        with test("read"): m.read("co" + "lour")
        with test("again"):
            for _ in range(1000): m.read("".join(["col", "our"]))
        with test("default"): m.read_or("mis" + "sing")
        with test("ask"): m.ask("si" + "ze"), m.ask("none")
        with test("change"): m.change(m.Box(), "fresh")
        with test("nothing"): m.call(len, "abc")
    """
    recorded = record(tmp_path, {"m.py": LOOKUPS}, body)
    assert looked_up(recorded, "read") == looked_up(recorded, "again") == {"colour"}
    assert looked_up(recorded, "default") == {"missing"}
    assert looked_up(recorded, "ask") == {"size", "none"}
    assert looked_up(recorded, "change") == {"fresh"}
    assert looked_up(recorded, "nothing") == set()
    assert sum(name.qualified_name == "colour" for name in recorded.shard.names_of_probes.values()) == 1


def test_getters_and_the_library_on_behalf_of_the_project(tmp_path: Path) -> None:
    files = {
        "m.py": LOOKUPS,
        "visitor.py": """
            import ast
            class Names(ast.NodeVisitor):
                def visit_Name(self, node): pass
            def visit(text):
                Names().visit(ast.parse(text))
        """,
    }
    body = """
        import m, visitor, operator, functools, pickle, ast
        with test("getter"): m.call(operator.attrgetter, "size.real", "colour")
        with test("caller"): m.call(operator.methodcaller, "close", "no name")
        with test("reduce"): m.call(functools.reduce, getattr, ["size", "imag"], m.Box())
        with test("visitor"): visitor.visit("x")
        box = pickle.dumps(m.Box())
        with test("pickle"): m.call(pickle.loads, box)
        with test("library"): getattr(m.Box(), "size"), ast.NodeVisitor().visit(ast.parse("x"))
    """
    recorded = record(tmp_path, files, body)
    assert looked_up(recorded, "getter") == {"size", "real", "colour"}
    assert looked_up(recorded, "caller") == {"close"}
    assert looked_up(recorded, "reduce") == {"size", "imag"}
    assert {"visit_Module", "visit_Expr", "visit_Name"} <= looked_up(recorded, "visitor")
    assert "Box" in looked_up(recorded, "pickle")
    assert looked_up(recorded, "library") == set(), "no project code asked"


def test_a_name_looked_up_while_a_module_body_runs_belongs_to_the_statement(tmp_path: Path) -> None:
    files = {"m.py": LOOKUPS, "late.py": "import m\nFIRST = m.read('colour')\nSECOND = m.read('size')\n"}
    body = """
        import m
        with test("imports"):
            m.call(__import__, "late")
            m.read("close")
        with test("after"): m.call(len, "")
    """
    recorded = record(tmp_path, files, body)
    shard = recorded.shard
    by_line = {
        shard.locate(statement.probe)[1]: {
            shard.names_of_probes[probe].qualified_name for probe in statement.names_used
        }
        for statement in shard.statements.values()
        if shard.locate(statement.probe)[0].endswith("late.py")
    }
    assert by_line[2] == {"colour"}
    assert by_line[3] == {"size"}
    assert looked_up(recorded, "imports") >= {"colour", "size", "close"}
    assert looked_up(recorded, "after") == set()


def test_names_in_threads_and_forked_children_belong_to_the_test(tmp_path: Path) -> None:
    body = """
        import m, threading, os
        with test("thread"):
            thread = threading.Thread(target=m.read, args=("size",))
            thread.start(); thread.join()
        with test("fork"):
            m.read("colour")
            child = os.fork()
            if child == 0:
                m.read("colour"), m.read("size"), m.ask("in_child")
                os._exit(0)
            os.waitpid(child, 0)
            m.ask("in_parent")
    """
    # 3.12 warns of forks while a thread ends.
    recorded = record(tmp_path, {"m.py": LOOKUPS}, body, environment={"PYTHONWARNINGS": "ignore"})
    assert looked_up(recorded, "thread") >= {"size"}
    assert looked_up(recorded, "fork") == {"colour", "in_parent"}
    (child,) = recorded.children
    (context,) = (number for number, context in child.contexts.items() if context.name == "fork")
    assert child.names_at_run_time(context) == {"size", "in_child"}


def test_code_compiled_at_run_time_names_what_it_refers_to(tmp_path: Path) -> None:
    files = {
        "m.py": """
            LIMIT = 3
            def twice(x): return x * LIMIT
            def evaluate(text): return eval(text)
            def define(text):
                scope = {}
                exec(text, globals(), scope)
                return scope
        """
    }
    body = """
        import m
        with test("eval"): m.evaluate("twice(2).bit_length()")
        with test("exec"): m.define("def f(): return LIMIT\\nclass C:\\n  def g(self): return self.colour")
        with test("not the project"): eval("m.LIMIT")
    """
    recorded = record(tmp_path, files, body)
    assert looked_up(recorded, "eval", "compiled") == {"twice", "bit_length"}
    assert looked_up(recorded, "exec", "compiled") >= {"LIMIT", "colour"}
    assert looked_up(recorded, "not the project", "compiled") == set()


def test_many_names_stay_apart(tmp_path: Path) -> None:
    body = """
        import m
        with test("many"):
            for number in range(5000): m.read_or("n%d" % number)
        with test("some"):
            for number in range(0, 5000, 7): m.read_or("n%d" % number)
    """
    recorded = record(tmp_path, {"m.py": LOOKUPS}, body)
    assert looked_up(recorded, "many") == {f"n{number}" for number in range(5000)}
    assert looked_up(recorded, "some") == {f"n{number}" for number in range(0, 5000, 7)}


def test_the_project_is_found_below_a_deep_recursion_of_the_library(tmp_path: Path) -> None:
    files = {
        "m.py": """
            import ast
            class Names(ast.NodeVisitor):
                def visit_Name(self, node): pass
            def visit(depth):
                Names().visit(ast.parse("-" * depth + "deepest"))
        """
    }
    body = """
        import m
        sys.setrecursionlimit(3000)
        with test("deep"): m.visit(150)
    """
    assert "visit_Name" in looked_up(record(tmp_path, files, body), "deep")


def test_the_builtins_behave_as_without_us(script, project: Path) -> None:
    (project / "m.py").write_text(
        textwrap.dedent("""
            import builtins, inspect, operator, pickle, sys
            class Text(str): pass
            class Strange:
                def __getattr__(self, name): raise KeyError(name)
            def outcome(function, *arguments):
                try:
                    return repr(function(*arguments))
                except BaseException as error:
                    return type(error).__name__, str(error)
            def report():
                class Box: x = 1
                said = []
                for name in ("getattr", "hasattr", "setattr", "delattr"):
                    function = getattr(builtins, name)
                    said.append((repr(function), function.__name__, function.__doc__, function.__self__))
                    try:
                        said.append(str(inspect.signature(function)))
                    except ValueError as error:
                        said.append(str(error))
                    said.append(pickle.loads(pickle.dumps(function)) is function)
                    for arguments in ((), (1,), (1, 2), (Box, "x"), (Box, "missing"), (Box, Text("x")),
                                      (Strange(), "y"),
                                      (Box, "x", 1, 2), (Box, b"x"), (Box, "\\ud800"), (Box(), "é")):
                        said.append(outcome(function, *arguments))
                said.append(outcome(operator.attrgetter, 1))
                said.append(outcome(operator.attrgetter))
                said.append(outcome(operator.methodcaller))
                said.append(repr(operator.attrgetter("a.b", "c")))
                return said
        """),
        encoding="utf-8",
    )
    printed = script("""
        import sys
        sys.path.insert(0, sys.argv[1])
        import native_harness, m
        before = m.report()
        functions = [getattr, hasattr, setattr, delattr]
        recording = native_harness.Recording(sys.argv[1], inputs=True)
        with recording:
            during = m.report()
            with recording.test("t"): m.report()
        assert m.report() == before == during
        assert functions == [getattr, hasattr, setattr, delattr]
        with native_harness.Recording(sys.argv[1], inputs=True) as second, second.test("again"):
            assert m.report() == before
        print("same")
    """)
    assert printed == "same\n"
