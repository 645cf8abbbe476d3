"""What a case is: a small project, an edit, and the tests that must run after it; no other test may.

The modules of rows/ call `hazard` for an edit that can change the outcome of tests and `harmless` for one
that cannot. Nothing here starts a process.
"""

from __future__ import annotations

import ast
import os
import shutil
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Union

# A text is dedented; None removes the path; a function makes the new text of a file from the old one.
Content = Union[str, bytes, None, Callable[[str], str]]
Edit = Union[Mapping[str, Content], Callable[[Path], None]]

BYSTANDER = "test_bystander"


@dataclass(frozen=True)
class Case:
    """`runs`: node ids, or their ends after `::`. Every other test of the project must be left out."""

    row: str
    title: str
    group: str
    files: Mapping[str, Content]
    edit: Edit
    runs: tuple[str, ...]
    harmless: bool = False
    args: tuple[str, ...] = ()
    folder: str = ""  # where pytest is started, below the project
    environment: Mapping[str, str] | None = None
    environment_after: Mapping[str, str] | None = None
    prepare: Callable[[Path], None] | None = None  # what files alone cannot say; before the first run
    between: tuple[str, ...] = ()  # arguments of a partial run after the edit
    broken: tuple[str, ...] = ()  # files that must fail to be collected after the edit
    same_outcome: str = ""  # why tests of `runs` may keep their outcomes
    may_run: tuple[str, ...] = ()  # tests that a documented limit selects as well …
    because: str = ""  # … and the limit
    unrecorded: str = ""  # why the tests run even if nothing changes
    known_miss: str = ""
    known_over: str = ""
    needs: str = ""  # a module without which there is nothing to test
    thorough: bool = False  # judged in full mode only

    @property
    def id(self) -> str:
        return f"{self.row} {self.title}"


CASES: list[Case] = []


def hazard(
    row: str,
    title: str,
    *,
    files: Mapping[str, Content],
    edit: Edit,
    runs: str = "",
    lazy: bool = False,
    lazy_may_run: str = "",
    **more: object,
) -> None:
    """`runs` has spaces between tests. `lazy` adds a case in which the tests themselves import: always for
    the edits that evidence.md lists, in full mode for others; `lazy_may_run` are those whose import may fail
    since the edit.
    """
    _add(row, title, files, edit, runs, more)
    if lazy:
        listed = _group.startswith("evidence.md 3")
        variant = {**more, "thorough": not listed}
        if lazy_may_run:
            variant["may_run"] = lazy_may_run
        _add(row, title + ", imported by the test", _imported_by_tests(files), edit, runs, variant)


def harmless(
    row: str, title: str, *, files: Mapping[str, Content], edit: Edit, runs: str = "", **more: object
) -> None:
    """`runs`: only tests that are new."""
    _add(row, title, files, edit, runs, {**more, "harmless": True})


def group(name: str) -> None:
    """Names the group of the cases that follow."""
    global _group
    _group = name


_group = ""


def _add(
    row: str, title: str, files: Mapping[str, Content], edit: Edit, runs: str, more: Mapping[str, object]
) -> None:
    case = Case(row, title, _group, files, edit, tuple(runs.split()))
    for name in ("args", "between", "broken", "may_run"):
        if isinstance(more.get(name), str):
            more = {**more, name: tuple(str(more[name]).split())}
    case = replace(case, **more)  # type: ignore[arg-type]
    if any(case.id == other.id for other in CASES):
        raise ValueError(f"there are two cases {case.id!r}")
    CASES.append(case)


def changed(old: str, new: str) -> Callable[[str], str]:
    """The edit that puts `new` in the only place of `old`."""

    def edit(text: str) -> str:
        if text.count(old) != 1:
            raise ValueError(f"{old!r} is there {text.count(old)} times, not once")
        return text.replace(old, new)

    return edit


def added(text: str) -> Callable[[str], str]:
    return lambda before: before + textwrap.dedent(text)


def on_top(text: str) -> Callable[[str], str]:
    return lambda before: textwrap.dedent(text) + before


def write(folder: Path, files: Mapping[str, Content]) -> None:
    for name, content in files.items():
        path = folder / name
        if content is None:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content = content(path.read_text(encoding="utf-8"))
        elif isinstance(content, str):
            content = textwrap.dedent(content).lstrip("\n")
        if isinstance(content, str):
            content = content.encode("utf-8")
        # As editors do: never the same inode half written.
        fresh = path.with_name(path.name + ".new")
        fresh.write_bytes(content)
        os.replace(fresh, path)


def make_project(case: Case, folder: Path) -> None:
    folder.mkdir(parents=True)
    if not case.folder:
        start: dict[str, Content] = {"pytest.ini": "[pytest]\n"}
        if not case.args or not any("::" in name for name in case.args):
            start["test_bystander.py"] = "def test_bystander():\n    pass\n"
        write(folder, start)
    write(folder, case.files)
    if case.prepare:
        case.prepare(folder)


def apply_edit(case: Case, folder: Path) -> None:
    if callable(case.edit):
        case.edit(folder)
    else:
        write(folder, case.edit)


def resolve(names: Iterable[str], tests: Iterable[str]) -> set[str]:
    """The node ids that the names stand for; a name that stands for none is an error in the case."""
    tests = set(tests)
    found: set[str] = set()
    for name in names:
        meant = {test for test in tests if test == name or test.endswith("::" + name)}
        if not meant:
            raise ValueError(f"there is no test {name} among {', '.join(sorted(tests))}")
        found |= meant
    return found


def _imported_by_tests(files: Mapping[str, Content]) -> dict[str, Content]:
    """Moves the imports at the beginning of each test file into the test functions that use them."""
    moved = dict(files)
    for name, content in files.items():
        if Path(name).name.startswith("test_") and isinstance(content, str):
            moved[name] = _with_lazy_imports(textwrap.dedent(content).lstrip("\n"))
    return moved


def _with_lazy_imports(text: str) -> str:
    tree = ast.parse(text)
    lines: list[str | None] = list(text.splitlines())
    imports = {}
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                if alias.name != "pytest":  # decorators need it
                    imports[alias.asname or alias.name] = lines[node.lineno - 1]
                    lines[node.lineno - 1] = None
    # From the end, so that line numbers stay true.
    tests = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    for test in sorted(tests, key=lambda node: -node.lineno):
        used = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
        first = test.body[0]
        wanted = [" " * first.col_offset + line for name, line in imports.items() if line and name in used]
        lines[first.lineno - 1 : first.lineno - 1] = wanted
    return "\n".join(line for line in lines if line is not None) + "\n"
