"""Kind, qualified name, lines and names of code units."""

from __future__ import annotations

import sys
from pathlib import Path

from evidence_process import record

SOURCE = '''\
"""Documented."""
import os.path
import json as j, email.message
from collections import OrderedDict as O, deque
from . import sibling
from .sibling import VALUE


@staticmethod
def decorated(
    a,
    b=1,
):
    return a


class Outer:
    limit = 1

    class Inner:
        depth = 2

        def method(self):
            def local():
                return lambda: self.depth
            return [local for _ in (1, 2)]

    def writes(self, other):
        global COUNTER
        COUNTER = self.limit
        other.stored = getattr(other, "by_name")
        del other.gone
        texts = "dotted.name", "not a name.", "{0.field} and {x.y}", "plain", ("deep.tuple",)
        return super().inherited, texts


def maker():
    class Local:
        pass
    return Local, (n for n in ())
'''


def recorded(base: Path, strategy: str = ""):  # type: ignore[no-untyped-def]
    files = {"pack/__init__.py": "", "pack/sibling.py": "VALUE = 1\n", "pack/subject.py": SOURCE}
    body = """
        import pack.subject as s
        with test("t"):
            s.maker()[1]
            s.Outer.Inner().method()[0]()()
            s.Outer.Inner.method
        import types
        def units(code):
            session.instrument(code)
            for constant in code.co_consts:
                if isinstance(constant, types.CodeType):
                    units(constant)
        path = ROOT + "/pack/subject.py"
        units(compile(open(path).read(), path, "exec"))
    """
    return record(base, files, body, strategy=strategy)


def test_code_that_is_handed_over_is_known_to_the_trace_function_too(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
    first, second = recorded(tmp_path / "first"), recorded(tmp_path / "second", "trace")
    units = {name: code.kind for name, code in first.codes("pack/subject.py").items()}
    assert units == {name: code.kind for name, code in second.codes("pack/subject.py").items()}


def test_kinds_and_qualified_names(tmp_path: Path) -> None:
    found = {name: code.kind for name, code in recorded(tmp_path).codes("pack/subject.py").items()}
    expected = {
        "<module>": "module",
        "decorated": "function",
        "Outer": "class",
        "Outer.Inner": "class",
        "Outer.Inner.method": "function",
        "Outer.Inner.method.<locals>.local": "function",
        "Outer.Inner.method.<locals>.local.<locals>.<lambda>": "anonymous",
        "Outer.writes": "function",
        "maker": "function",
        "maker.<locals>.Local": "class",
        "maker.<locals>.<genexpr>": "anonymous",
    }
    if sys.version_info < (3, 12):  # inlined since
        expected["Outer.Inner.method.<locals>.<listcomp>"] = "anonymous"
    assert found == expected


def test_lines(tmp_path: Path) -> None:
    codes = recorded(tmp_path).codes("pack/subject.py")
    decorated = codes["decorated"]
    assert decorated.scope_line == 9
    assert decorated.first_line <= 14 < decorated.first_line + decorated.span <= 15
    outer = codes["Outer"]
    assert outer.first_line in (17, 18)
    assert outer.first_line + outer.span - 1 == 28
    module = codes["<module>"]
    assert module.first_line == 1
    assert module.first_line + module.span - 1 >= 36


def test_names(tmp_path: Path) -> None:
    result = recorded(tmp_path)
    module = result.names("pack/subject.py", "<module>")
    assert {
        ("import", 0, "os.path"),
        ("import", 0, "json"),
        ("import", 0, "email.message"),
        ("import", 0, "collections"),
        ("import", 0, "collections:OrderedDict"),
        ("import", 0, "collections:deque"),
        ("import", 1, ""),
        ("import", 1, ":sibling"),
        ("import", 1, "sibling"),
        ("import", 1, "sibling:VALUE"),
    } == {name for name in module if name[0] == "import"}
    assert ("global", 0, "Outer") in module
    writes = result.names("pack/subject.py", "Outer.writes")
    assert {
        ("global", 0, "COUNTER"),
        ("attribute", 0, "limit"),
        ("attribute", 0, "stored"),
        ("attribute", 0, "gone"),
    } <= writes
    assert ("attribute", 0, "inherited") in writes
    dotted = {name for kind, _, name in writes if kind == "dotted"}
    # A function that calls getattr may use any of its strings as a name.
    assert {"by_name", "dotted", "name", "field", "y", "plain", "deep", "tuple"} <= dotted


def test_strings_count_as_names_only_where_they_look_like_one(tmp_path: Path) -> None:
    source = 'def f():\n    return "a.b", "no name.", "{x.field}", "plain", "1.5", "{y}.tail"\n'
    names = record(tmp_path, {"m.py": source}, "import m\nwith test('t'):\n    m.f()\n").names("m.py", "f")
    assert {name for kind, _, name in names if kind == "dotted"} == {"a", "b", "field"}


def test_a_line_continued_over_a_whole_file(tmp_path: Path) -> None:
    source = (
        "VALUES = [\n" + "".join(f"    {n},\n" for n in range(70000)) + "]\n\n\ndef f():\n    return VALUES\n"
    )
    codes = record(tmp_path, {"m.py": source}, "import m\nwith test('t'):\n    m.f()\n", state=False).codes(
        "m.py"
    )
    assert codes["f"].first_line + codes["f"].span - 1 == 70006


def test_hand_made_code_objects_do_no_harm(tmp_path: Path) -> None:
    body = """
        import m
        code = m.f.__code__
        odd = [
            dict(co_consts=code.co_consts + (object(), [], {1: 2}, frozenset([(1, frozenset([2]))]))),
            dict(co_firstlineno=2**31 - 1),
            dict(co_name="<odd\\udcff>"),
            dict(co_filename=ROOT + "/other\\udcff.py"),
        ]
        if sys.version_info >= (3, 10):
            tables = b"", b"\\xff" * 7, bytes(range(256))
            odd += [dict(co_linetable=table) for table in tables]
        with test("t"):
            for changes in odd:
                session.instrument(code.replace(**changes))
        print("survived")
    """
    assert record(tmp_path, {"m.py": "def f():\n    return 1\n"}, body).stdout == "survived\n"


def test_a_generator_that_is_created_and_never_started_is_known_by_its_name_in_the_creating_scope(
    tmp_path: Path,
) -> None:
    files = {
        "m.py": """
            def numbers(limit): yield limit
            async def later(): pass
            async def stream(): yield 1
            class Box:
                def items(self): yield self
            def create():
                made = [numbers(1), stream(), Box().items()]
                later().close()
                return len(made)
        """
    }
    recorded = record(tmp_path, files, 'import m\nwith test("t"): m.create()')
    names = {name for _, _, name in recorded.names("m.py", "create")}
    # From 3.12 on CPython tells nobody of the creation; a change of what the call returns meets the name.
    assert {"numbers", "stream", "items", "later"} <= names
    assert recorded.shard.drops == []
