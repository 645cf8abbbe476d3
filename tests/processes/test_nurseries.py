"""Children of a process that forks often write into one file: none of their evidence is lost or mixed up."""

from __future__ import annotations

import os

import pytest
from recorded_project import Project

FUNCTIONS = 120


def with_library(project: Project, tests: str) -> None:
    """Function number i is line 2i + 2 of the library; line 1 is its own."""
    functions = "".join(f"def f{number}():\n    return {number}\n" for number in range(FUNCTIONS))
    project.write("lib.py", f"'''Many functions.'''\n{functions}")
    project.write(
        "test_it.py",
        f"""
import os, signal, lib

def child(*numbers, then=lambda: os._exit(0)):
    process = os.fork()
    if process == 0:
        for number in numbers:
            assert getattr(lib, "f%d" % number)() == number
        then()
    return os.waitpid(process, 0)[1]

{tests}
""",
    )
    project.pytest("--alibi", "-q")


def bodies(project: Project, test: str) -> set[int]:
    lines = project.evidence()[test].lines("lib.py")
    return {(line - 3) // 2 for line in lines if line > 1 and line % 2 == 1}


def test_each_child_of_many_is_charged_to_its_test(project: Project) -> None:
    with_library(
        project,
        f"""
def test_ends():
    assert {{child(number) for number in range(0, {FUNCTIONS}, 2)}} == {{0}}

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

def test_killed():
    assert {{child(number, then=kill) for number in range(1, {FUNCTIONS}, 2)}} == {{9}}

def test_beside(): pass
""",
    )
    assert bodies(project, "test_ends") == set(range(0, FUNCTIONS, 2))
    assert bodies(project, "test_killed") == set(range(1, FUNCTIONS, 2))
    assert bodies(project, "test_beside") == set()
    assert all(each.complete for each in project.evidence().values())
    assert project.selected() == set()


def test_a_child_that_outgrows_its_place_keeps_all(project: Project) -> None:
    with_library(
        project,
        f"""
def test_much():
    assert [child(0), child(1), child(*range({FUNCTIONS}))] == [0, 0, 0]

def test_little():
    assert child(5) == 0
""",
    )
    assert bodies(project, "test_much") == set(range(FUNCTIONS))
    assert bodies(project, "test_little") == {5}
    assert all(each.complete for each in project.evidence().values())


def test_children_of_children_share_the_place_of_their_ancestor(project: Project) -> None:
    with_library(
        project,
        """
def deeper(number):
    def go_on():
        os._exit(0 if number == 40 else os.waitstatus_to_exitcode(child(number + 1, then=deeper(number + 1))))
    return go_on

def test_chain():
    assert child(0, then=deeper(0)) == 0
""",
    )
    assert bodies(project, "test_chain") == set(range(41))
    assert project.evidence()["test_chain"].complete


def test_a_child_that_may_not_write_files_any_more_still_writes_there(project: Project) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    with_library(
        project,
        """
def test_user():
    assert child(0) == 0
    process = os.fork()
    if process == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        lib.f1()
        os._exit(0)
    assert os.waitpid(process, 0)[1] == 0
""",
    )
    assert bodies(project, "test_user") == {0, 1}
    assert project.selected() == set()
