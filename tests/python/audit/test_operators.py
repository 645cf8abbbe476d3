"""Each operator proposes exactly the edits it is there for, and each gives another valid program."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from testalibi.audit import operators
from testalibi.audit.mutation import Applied, Mutant, Plan, applied
from testalibi.audit.operators import Edit
from testalibi.audit.source_text import Source, Unsuitable

EVERYTHING = '''\
"""Docstring."""
from .parts import (first,
    second)
import os

LIMIT = 10
NAMES = dict(a="one", b=b"two")
__version__ = "1.0"
register(LIMIT)
if os.name == "posix":
    SEPARATOR = "/"
for name in NAMES:
    print(name)


@decorate
@wrap(
    2,
)
class Child(Parent, Mixin):
    """Docstring."""
    size = 3

    @property
    def area(self, factor=2.5, *, unit="m"):
        """Docstring."""
        if self.size > 1 and not self.flat:
            self.calls += 1
        try:
            check(self)
        except ValueError:
            log("bad")
            raise
        del self.cache
        text = (
            "many"
            "lines"
        )
        yield f"{text!r:>{self.size + 1}}"
        return (self.size * factor
            + 1)
'''


def proposed(text: str, kind: str) -> list[tuple[str, str]]:
    """What is replaced by what, without white space."""
    source = Source(text.encode())
    return [
        (source.content[edit.start : edit.end].decode(), edit.replacement.decode().strip())
        for edit in operators.edits(source, kind)
    ]


def function(line: str) -> str:
    return f"def f(a, b):\n    {line}\n"


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("arithmetic", function("return (a) + (b)"), [("+", "-")]),
        ("arithmetic", function("return a // b"), [("//", "*")]),
        ("arithmetic", function("return 'x%s' % b"), []),
        ("arithmetic", "SUM = 1 + 2\n", []),
        ("comparison", function("return a not  in b"), [("not  in", "in")]),
        ("comparison", function("return a < b < 3"), []),
        ("comparison", function("return a is b"), [("is", "is not")]),
        ("boolean", function("return a and b"), [("and", "or")]),
        ("boolean", function("return not a"), [("not ", "")]),
        ("condition", function("return 1 if a else b"), [("a", "not (a)")]),
        ("constant", function("return [7, True, None, 'ab', '']"), [
            ("7", "8"), ("True", "False"), ("'ab'", "'qb'"), ("''", "'x'"),
        ]),
        ("constant", "LIMIT = 7\n", []),
        ("constant", function("return '%s {a} \\\\n b'"), [("'%s {a} \\\\n b'", "'%s {a} \\\\n q'")]),
        ("module-constant", "LIMIT = 7\n__all__ = ['f']\nf = lambda: 3\n", [("7", "8")]),
        ("class-attribute", "class A:\n    size = 3\n", [("3", "4")]),
        ("default-argument", "def f(a=1, *, b='x'): pass\n", [("1", "2"), ("'x'", "'q'")]),
        ("default-argument", "g = lambda a=1: a\n", [("1", "2")]),
        ("decorator", "@one\ndef f(): pass\n", [("@one", "#one")]),
        ("return", function("return a"), [("a", "None")]),
        ("statement", function("a.b = 1; g()"), [("a.b = 1", "pass"), ("g()", "pass")]),
        ("statement", function("x = yield a"), []),
        ("exception", function("raise a"), [("raise a", "pass")]),
        ("base-class", "class A(Base): pass\n", [("Base", "object")]),
        ("base-class", "class A(BaseError): pass\n", [("BaseError", "Exception")]),
        ("base-class", "class A(One, Two): pass\n", [("One, ", "")]),
        ("base-class", "class A(object): pass\n", []),
        ("import-time", "start()\n", [("start()", "pass")]),
        ("import-time", "T = table()\n", [("table()", "None")]),
        ("import-time", "if a: b = 1\n", [("a", "not (a)")]),
        ("import-time", "if __name__ == '__main__': main()\n", [("main()", "pass")]),
        ("import-time", "from . import a\n", [("from . import a", "pass")]),
        ("import-time", "import os\nfrom __future__ import annotations\n", []),
    ],
)  # fmt: skip
def test_an_operator_proposes_what_it_is_there_for(
    kind: str, text: str, expected: list[tuple[str, str]]
) -> None:
    assert proposed(text, kind) == expected


@pytest.mark.parametrize("kind", list(operators.OPERATORS))
def test_every_operator_finds_a_place_and_keeps_the_number_of_lines(kind: str, tmp_path: Path) -> None:
    content = EVERYTHING.encode()
    found = list(operators.edits(Source(content), kind))
    assert found
    for edit in found:
        changed = applied(content, edit.start, edit.end, edit.replacement)
        assert changed.count(b"\n") == content.count(b"\n"), edit
    (tmp_path / "every.py").write_bytes(content)
    mutants = list(Plan(str(tmp_path), ["every.py"], [], seed=1).mutants([kind]))
    assert mutants
    for mutant in mutants:
        changed = applied(content, mutant.start, mutant.end, mutant.replacement)
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(content))


def test_docstrings_and_what_stands_in_f_strings_are_left_alone() -> None:
    content = EVERYTHING.encode()
    source = Source(content)
    for kind in operators.OPERATORS:
        for edit in operators.edits(source, kind):
            touched = content[edit.start : edit.end]
            assert b"Docstring" not in touched or kind == "condition"
            assert touched not in (b"self.size + 1", b"!r:>")


def test_a_comment_between_operands_is_not_taken_for_the_operator() -> None:
    assert proposed(function("return (a  # + or\n        + b)"), "arithmetic") == []


def test_sources_whose_positions_are_not_certain_are_refused() -> None:
    for content in (b"a = 1\r\n", b"# coding: latin-1\na = '\xe4'\n", b"def\n"):
        with pytest.raises(Unsuitable):
            Source(content)


def test_a_byte_order_mark_and_letters_of_several_bytes_are_counted() -> None:
    text = "\ufeffX = 'ä', 5\n\n\ndef f(ä):\n    return ä + 1, 'ö'\n"
    content = text.encode()
    changed = []
    for kind in ("module-constant", "arithmetic", "constant"):
        for edit in operators.edits(Source(content), kind):
            changed.append(applied(content, edit.start, edit.end, edit.replacement).decode()[1:])
    assert changed == [
        text.replace("5", "6")[1:], text.replace("ä + 1", "ä - 1")[1:], text.replace("+ 1", "+ 2")[1:],
    ]  # fmt: skip


# ---- plans and their mutants


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text(EVERYTHING)
    (tmp_path / "b.py").write_text(function("return a + b - 1"))
    (tmp_path / "table.csv").write_text("name,size\nx,10\n")
    return tmp_path


def test_a_plan_is_the_same_each_time_and_longer_ones_begin_like_short_ones(tree: Path) -> None:
    def plan(seed: int) -> list[Mutant]:
        return list(Plan(str(tree), ["a.py", "b.py"], ["table.csv"], seed).mutants(operators.KINDS))

    assert plan(3) == plan(3)
    assert plan(3) != plan(4)
    assert {mutant.kind for mutant in plan(3)[: len(operators.KINDS)]} == set(operators.KINDS)
    assert [mutant.number for mutant in plan(3)] == list(range(len(plan(3))))


def test_no_mutant_comes_twice(tree: Path) -> None:
    mutants = list(Plan(str(tree), ["a.py", "b.py"], ["table.csv"], 0).mutants(operators.KINDS))
    assert len({(each.file, each.start, each.end, each.replacement) for each in mutants}) == len(mutants)


def test_a_mutant_changes_one_place_and_is_taken_back_with_bytes_mode_and_times(tree: Path) -> None:
    os.chmod(tree / "a.py", 0o640)
    os.utime(tree / "a.py", ns=(10**18 + 1, 10**18 + 2))
    for mutant in Plan(str(tree), ["a.py", "b.py"], ["table.csv"], 0).mutants(operators.KINDS):
        path = tree / mutant.file
        content, status = path.read_bytes(), path.stat()
        with Applied(str(tree), mutant) as change:
            changed = path.read_bytes()
            assert changed != content
            assert changed[: mutant.start] == content[: mutant.start]
            assert changed.endswith(content[mutant.end :])
            assert int(path.stat().st_mtime) != int(status.st_mtime)
            before, after = change.before_and_after()
            assert before != after
        assert path.read_bytes() == content
        assert path.stat().st_mtime_ns == status.st_mtime_ns
        assert path.stat().st_mode == status.st_mode


def test_a_mutant_is_taken_back_when_the_case_fails(tree: Path) -> None:
    content = (tree / "b.py").read_bytes()
    edit = Edit(0, 3, b"foo", 1)
    with pytest.raises(KeyboardInterrupt), Applied(str(tree), Mutant(0, "x", "b.py", 1, *edit[:3])):
        raise KeyboardInterrupt
    assert (tree / "b.py").read_bytes() == content
