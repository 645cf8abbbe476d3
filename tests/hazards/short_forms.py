"""Short forms of cases that many rows share: the same few files with something else in them."""

from __future__ import annotations

import textwrap

from cases import changed, hazard

ASKS_M = """
    import m

    def test_a():
        assert m.f() == 1
"""
NOT_ASSERTED = "test_first runs g() and asserts nothing about it"

_OTHER = "\ndef other():\n    return 1\n"
_G = "def g():\n    return 1\n"
_CHANGED_G = changed("def g():\n    return 1", "def g():\n    return 2")
_TWO_TESTS = """
    import m

    def test_first():
        m.first()

    def test_second():
        assert m.second() == 1

    def test_other():
        assert m.other() == 1
"""


def in_m(row: str, title: str, before: str, old: str, new: str, **more: object) -> None:
    """One module with f(), one test that asks for it."""
    files = {"m.py": before, "test_m.py": ASKS_M}
    hazard(row, title, files=files, edit={"m.py": changed(old, new)}, runs="test_a", **more)


def in_base(row: str, title: str, base: str, user: str, old: str, new: str, **more: object) -> None:
    """The edit is in base.py; m.py, which has f(), uses it."""
    files = {"base.py": base, "m.py": user, "test_m.py": ASKS_M}
    hazard(row, title, files=files, edit={"base.py": changed(old, new)}, runs="test_a", **more)


def in_test_file(
    row: str, title: str, text: str, old: str, new: str, runs: str = "test_a", **more: object
) -> None:
    """All is in one file, the edit, too; test_b stands beside it."""
    files = {"test_m.py": textwrap.dedent(text).lstrip("\n") + "\ndef test_b():\n    pass\n"}
    hazard(row, title, files=files, edit={"test_m.py": changed(old, new)}, runs=runs, **more)


def one_test(row: str, title: str, body: str, **more: object) -> None:
    """m.py has g(), which is edited; the test's body reaches it in some way."""
    text = "import m\n" + textwrap.dedent(body).lstrip("\n")
    more.setdefault("runs", "test_a")
    hazard(row, title, files={"m.py": _G + _OTHER, "test_m.py": text}, edit={"m.py": _CHANGED_G}, **more)


def two_tests(row: str, title: str, body: str, **more: object) -> None:
    """The same; test_first leaves something to test_second."""
    more.setdefault("runs", "test_first test_second")
    one_test(row, title, body, same_outcome=NOT_ASSERTED, **more)


def state(row: str, title: str, code: str, **more: object) -> None:
    """g() is called by first(), and what it gave is seen by second(); all are in one module."""
    text = _G + "\n" + textwrap.dedent(code).lstrip("\n") + _OTHER
    hazard(
        row,
        title,
        files={"m.py": text, "test_m.py": _TWO_TESTS},
        edit={"m.py": _CHANGED_G},
        runs="test_first test_second",
        same_outcome=NOT_ASSERTED,
        **more,
    )
