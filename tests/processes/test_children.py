"""A test has the evidence of all its processes, however they are started and whatever way they end."""

from __future__ import annotations

import os
import zipfile

import pytest
from recorded_project import Project

# Says that a program which got no invitation was there; these kinds always leave whole evidence.
RANDOM = "test_killed["


def test_every_kind_of_process_leaves_what_the_same_code_leaves_in_process(all_kinds: Project) -> None:
    evidence = all_kinds.evidence()
    expected = set(evidence["test_in_this_process"].lines("lib.py"))
    assert len(expected) == 8
    imported = {1, 4, 10}  # lines of the module's own body, where a new interpreter imports it
    incomplete = {test for test, each in evidence.items() if not each.complete}
    assert incomplete == set()
    without = {
        test
        for test, each in evidence.items()
        if test != "test_without_children"
        and not test.startswith(RANDOM)
        and set(each.lines("lib.py")) - imported != expected
    }
    assert without == set()
    assert evidence["test_without_children"].lines("lib.py") == []
    assert len(evidence) > 120


def test_nothing_changed_selects_nothing_and_a_changed_function_all_that_called_it(
    all_kinds: Project,
) -> None:
    # Killed before it could join the session, a program leaves nothing: its test runs again.
    assert {test for test in all_kinds.selected() if not test.startswith(RANDOM)} == set()
    library = all_kinds.folder / "lib.py"
    text = library.read_text()
    try:
        library.write_text(text.replace("3 * number + 1", "1 + 3 * number"))
        selected = all_kinds.selected()
    finally:
        library.write_text(text)
    everything = set(all_kinds.evidence())
    left_out = everything - selected
    assert {test for test in left_out if not test.startswith(RANDOM)} == {"test_without_children"}


@pytest.mark.parametrize("step", ["os.setuid, 65534", "os.chroot, '/proc/self/fdinfo'"])
def test_a_fork_that_may_not_write_is_known_to_be_lost(project: Project, step: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    project.write("lib.py", "def work():\n    return 1\n")
    project.write(
        "test_user.py",
        f"""
import functools, os, lib

def test_of_another_kind():
    # Before the first line of the project runs in the child, which would make its shard.
    os.register_at_fork(after_in_child=functools.partial({step}))
    child = os.fork()
    if child == 0:
        os._exit(0 if lib.work() == 1 else 1)
    assert os.waitpid(child, 0)[1] == 0

def test_beside(): pass
""",
    )
    project.pytest("--alibi", "-q")
    # Whose lines are lacking cannot be told.
    assert project.selected() == {"test_of_another_kind", "test_beside"}


def test_what_a_program_would_find_in_another_place_counts(project: Project) -> None:
    (project.folder / "tools").mkdir()
    (project.folder / "lib").mkdir()
    project.write("lib/helper.py", "def f(): return 1\n")
    project.write("tools/child.py", "import helper\nassert helper.f() == 1\n")
    project.write("tools/tool", "import helper\nassert helper.f() == 1\n")
    with zipfile.ZipFile(project.folder / "app.pyz", "w") as archive:
        archive.writestr("__main__.py", "assert 1 == 1")
    project.write(
        "test_it.py",
        """
import os, subprocess, sys
def run(program): return subprocess.call([sys.executable, program], env={**os.environ, "PYTHONPATH": "lib"})
def test_script(): assert run("tools/child.py") == 0
def test_without_suffix(): assert run("tools/tool") == 0
def test_archive(): assert run("app.pyz") == 0
def test_none(): pass
""",
    )
    project.pytest("--alibi", "-q")
    assert project.selected() == set()
    project.write("tools/helper.py", "def f(): return 2\n")
    assert project.selected() == {"test_script", "test_without_suffix"}
    (project.folder / "tools" / "helper.py").unlink()
    project.write("tools/tool", "import helper\nassert helper.f() == 2\n")
    assert project.selected() == {"test_without_suffix"}
    project.write("tools/tool", "import helper\nassert helper.f() == 1\n")
    with zipfile.ZipFile(project.folder / "app.pyz", "w") as archive:
        archive.writestr("__main__.py", "assert 1 == 2")
    assert project.selected() == {"test_archive"}
