"""A fingerprint changes with what code does, and with nothing else."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest
from evidence_process import record

FUNCTION = """
def f(a, b=2, *args, key=None, **rest):
    total = 0
    for item in args:
        if item > a and item != b:
            total += item * 2
        elif item in {1, 2, "x"}:
            continue
    try:
        value = helper(total, key=b"bytes")
    except (ValueError, TypeError) as error:
        value = error.args[0]
    finally:
        cleanup()
    squares = [n * n for n in range(a)]
    chosen = lambda x: x + 1
    return value, squares, chosen(1.5), -0.0, (1, "two", None, ...), f"{a!r}:{b}"
"""

# Same meaning.
SAME = {
    "comment": ("    total = 0\n", "    # how many\n    total = 0  # none yet\n"),
    "blank lines": ("    total = 0\n", "\n\n    total = 0\n\n"),
    "docstring added": ("**rest):\n", '**rest):\n    """What it does."""\n'),
    "line break in a call": (
        'helper(total, key=b"bytes")',
        'helper(\n            total,\n            key=b"bytes",\n        )',
    ),
    "quotes": ('"two"', "'two'"),
    "parentheses": ("item * 2", "(item * 2)"),
    "local renamed": ("total", "amount"),
    "moved down": ("def f(", "import os\nOTHER = 1\n\ndef g(): pass\n\n\ndef f("),
    "order of a set": ('{1, 2, "x"}', '{"x", 2, 1}'),
    "number spelt differently": ("1.5", "15e-1"),
}

# Another meaning.
CHANGED = {
    "integer": ("total = 0", "total = 1"),
    "operator": ("item * 2", "item + 2"),
    "comparison": ("item > a", "item >= a"),
    "boolean operator": (" and item", " or item"),
    "not equal": ("item != b", "item == b"),
    "set member": ('{1, 2, "x"}', '{1, 3, "x"}'),
    "member's type": ('{1, 2, "x"}', '{1, 2, b"x"}'),
    "continue to break": ("continue", "break"),
    "global name": ("helper(", "helpen("),
    "keyword name": ("helper(total, key=", "helper(total, kez="),
    "bytes to str": ('b"bytes"', '"bytes"'),
    "exception types": ("(ValueError, TypeError)", "(ValueError, KeyError)"),
    "exception order": ("(ValueError, TypeError)", "(TypeError, ValueError)"),
    "exception narrowed": ("(ValueError, TypeError)", "ValueError"),
    "attribute": ("error.args", "error.argz"),
    "index": ("args[0]", "args[1]"),
    "finally call": ("cleanup()", "cleanup(1)"),
    "comprehension body": ("n * n", "n * 2"),
    "lambda body": ("x + 1", "x + 2"),
    "lambda argument name": ("lambda x: x + 1", "lambda y: y + 1"),
    "float": ("1.5", "1.25"),
    "sign of zero": ("-0.0", "0.0"),
    "int to float": ("chosen(1.5)", "chosen(15)"),
    "one to True": ('(1, "two"', '(True, "two"'),
    "one to 1.0": ('(1, "two"', '(1.0, "two"'),
    "None to Ellipsis": ("None, ...)", "..., ...)"),
    "tuple order": ('(1, "two"', '("two", 1'),
    "conversion in f-string": ("{a!r}", "{a!s}"),
    "text in f-string": ("}:{", "};{"),
    "argument renamed": ("def f(a, b=2", "def f(c, b=2"),
    "argument order": ("def f(a, b=2", "def f(b, a=2"),
    "keyword-only renamed": ("key=None", "kez=None"),
    "argument added": ("key=None", "key=None, more=None"),
    "keyword-only made positional": ("b=2, *args, key=None", "b=2, key=None, *args"),
    "return value order": ("return value, squares", "return squares, value"),
    "try widened": (
        "    total = 0\n    for",
        "    total = 0\n    try:\n        cleanup()\n    except OSError:\n        pass\n    for",
    ),
    "loop variable used later": ("range(a)", "range(b)"),
    "in to not in": ("item in {", "item not in {"),
    "two statements swapped": (
        "    squares = [n * n for n in range(a)]\n    chosen = lambda x: x + 1\n",
        "    chosen = lambda x: x + 1\n    squares = [n * n for n in range(a)]\n",
    ),
    "made async": ("def f(", "async def f("),
    "made a generator": ("        cleanup()", "        yield cleanup()"),
    "statement removed": ("        cleanup()", "        pass"),
}


def replaced(edit: tuple[str, str]) -> str:
    old, new = edit
    assert old in FUNCTION
    return FUNCTION.replace(old, new) if old == "total" else FUNCTION.replace(old, new, 1)


def fingerprints(
    base: Path, sources: dict[str, str], qualified_name: str = "f"
) -> dict[str, tuple[int, int]]:
    """Name -> fingerprint of the unit in each of the sources, each its own module."""
    files = {f"m{number}.py": source for number, source in enumerate(sources.values())}
    body = "import importlib\n" + "\n".join(f"importlib.import_module('m{n}')" for n in range(len(files)))
    body += """
import types
def units(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from units(constant)
for name in [n for n in sys.modules if n[:1] == "m" and n[1:].isdigit()]:
    path = ROOT + "/" + name + ".py"
    for unit in units(compile(open(path).read(), path, "exec")):
        session.instrument(unit)
"""
    recorded = record(base, files, body)
    return {name: recorded.codes(f"m{n}.py")[qualified_name].fingerprint for n, name in enumerate(sources)}


def test_edits_without_effect_leave_the_fingerprint(tmp_path: Path) -> None:
    found = fingerprints(
        tmp_path, {"base": FUNCTION, **{name: replaced(edit) for name, edit in SAME.items()}}
    )
    assert {name for name, value in found.items() if value != found["base"]} == set()


def test_edits_of_behaviour_change_the_fingerprint(tmp_path: Path) -> None:
    found = fingerprints(
        tmp_path, {"base": FUNCTION, **{name: replaced(edit) for name, edit in CHANGED.items()}}
    )
    assert {name for name, value in found.items() if value == found["base"]} == {"base"}
    assert len(set(found.values())) == len(found)


def test_a_nested_function_counts_by_its_name_only(tmp_path: Path) -> None:
    sources = {
        "base": "def f():\n    def inner(x):\n        return x\n    return inner\n",
        "body": "def f():\n    def inner(x):\n        return x + 1\n    return inner\n",
        "name": "def f():\n    def outer(x):\n        return x\n    return outer\n",
        "default": "def f():\n    def inner(x=1):\n        return x\n    return inner\n",
    }
    found = fingerprints(tmp_path, sources)
    assert found["body"] == found["base"]
    assert found["name"] != found["base"]
    assert found["default"] != found["base"]
    inner = fingerprints(tmp_path / "inner", sources | {"name": sources["base"]}, "f.<locals>.inner")
    assert len(set(inner.values())) == 2


def test_a_class_in_a_function_counts_by_value(tmp_path: Path) -> None:
    head = "def f():\n    class C:\n"
    sources = {
        "base": head + "        limit = 1\n        def m(self): return 1\n    return C\n",
        "attribute": head + "        limit = 2\n        def m(self): return 1\n    return C\n",
        "method body": head + "        limit = 1\n        def m(self): return 2\n    return C\n",
        "docstring": head
        + '        "What."\n        limit = 1\n        def m(self): return 1\n    return C\n',
        "moved": "\n\n\ndef f():\n\n    class C:\n        limit = 1\n\n"
        "        def m(self): return 1\n    return C\n",
    }
    found = fingerprints(tmp_path, sources)
    assert found["attribute"] != found["base"]
    assert found["method body"] == found["base"]
    assert found["docstring"] == found["base"]
    assert found["moved"] == found["base"]


def test_names_of_locals_count_where_code_can_see_them(tmp_path: Path) -> None:
    sources = {
        "base": "def f():\n    first = 1\n    return locals()\n",
        "renamed": "def f():\n    second = 1\n    return locals()\n",
    }
    found = fingerprints(tmp_path, sources)
    assert found["renamed"] != found["base"]


def test_documentation_of_modules_and_classes_does_not_count(tmp_path: Path) -> None:
    plain = "LIMIT = 1\nclass C:\n    LIMIT = 2\n"
    documented = '"""A module."""\n# really\nLIMIT = 1\n\n\nclass C:\n    """A class."""\n\n    LIMIT = 2\n'
    sources = {"plain": plain, "documented": documented, "changed": plain.replace("LIMIT = 2", "LIMIT = 3")}
    modules = fingerprints(tmp_path / "module", sources, "<module>")
    classes = fingerprints(tmp_path / "class", sources, "C")
    assert modules["plain"] == modules["documented"] == modules["changed"]
    assert classes["plain"] == classes["documented"] != classes["changed"]


def test_long_functions_and_far_jumps(tmp_path: Path) -> None:
    lines = "".join(f"        total += {n} if total else v{n}.attribute{n}\n" for n in range(400))
    source = f"def f(total):\n    while total:\n{lines}    return total\n"
    sources = {
        "base": source,
        "comments": source.replace("    while", "    # far\n\n    while").replace("v200", "  v200"),
        "name": source.replace("v399.", "v398."),
        "condition": source.replace("while total", "while not total"),
    }
    found = fingerprints(tmp_path, sources)
    assert found["comments"] == found["base"]
    assert len(set(found.values())) == 3


def test_the_fingerprint_is_the_same_after_running_hot(tmp_path: Path) -> None:
    source = "def f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"
    recorded = record(
        tmp_path,
        {"cold.py": source, "hot.py": source},
        """
        path = ROOT + "/hot.py"
        session.stop()
        namespace = {}
        exec(compile(open(path).read(), path, "exec"), namespace)
        for _ in range(100):
            namespace["f"](1000)
        session.start()
        session.instrument(namespace["f"].__code__)
        import cold
        with test("t"):
            namespace["f"](1)
            cold.f(1)
        """,
    )
    assert recorded.codes("hot.py")["f"].fingerprint == recorded.codes("cold.py")["f"].fingerprint


@pytest.mark.skipif(sys.version_info < (3, 10), reason="match begins with 3.10")
def test_match_statements(tmp_path: Path) -> None:
    source = textwrap.dedent("""
        def f(value):
            match value:
                case {"kind": "a", **rest}:
                    return rest
                case [1, 2, *_]:
                    return 2
                case str(text) if text:
                    return text
            return None
    """)
    sources = {
        "base": source,
        "comment": source.replace("case [1", "# a list\n        case [1"),
        "key": source.replace('"kind"', '"kinds"'),
        "guard": source.replace("if text", "if not text"),
        "class": source.replace("case str", "case bytes"),
    }
    found = fingerprints(tmp_path, sources)
    assert found["comment"] == found["base"]
    assert len(set(found.values())) == 4
