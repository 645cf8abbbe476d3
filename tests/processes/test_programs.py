"""Programs that are no interpreters: unobserved, or recorded with --alibi-children=record."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from recorded_project import Project

SUITE = """
import os, subprocess, sys

def test_shell(): assert subprocess.check_output("cat data.txt", shell=True) == b"one\\n"
def test_script(): assert subprocess.check_output(["./script.sh"]) == b"one\\n"
def test_pipeline(): assert os.system("cat data.txt | grep -q one") == 0
def test_python_in_a_shell(): assert subprocess.call(f"exec {sys.executable} child.py", shell=True) == 0
def test_helper(): assert subprocess.call(["./helper"]) == 0
def test_static(): assert subprocess.call(["./static"]) == 0
def test_own_environment(): assert subprocess.call(["./helper"], env={**os.environ, "LC_ALL": "C"}) == 0
def test_cleared(): assert subprocess.call(["./helper"], env={}) == 0
def test_other(): assert open("other.txt").read() == "other\\n"
"""
HELPER = """
#include <stdio.h>
int main(void) {
  FILE* file = fopen("data.txt", "r");
  return file == NULL || fgetc(file) != 'o';
}
"""
ALWAYS = {"test_static", "test_cleared"}
READERS = {"test_shell", "test_script", "test_pipeline", "test_helper", "test_own_environment"}


@pytest.fixture
def programs(project: Project) -> Project:
    if shutil.which("gcc") is None:
        pytest.skip("no gcc here to build the programs that the tests start")
    project.write("test_programs.py", SUITE)
    project.write("data.txt", "one\n")
    project.write("other.txt", "other\n")
    project.write("lib.py", "def work():\n    return 1\n")
    project.write("child.py", "import lib\nassert lib.work()\n")
    project.write("script.sh", "#!/bin/sh\ncat data.txt\n")
    Path(project.folder, "script.sh").chmod(0o755)
    project.write("helper.c", HELPER)
    for name, options in (("helper", ()), ("static", ("-static",))):
        subprocess.run(["gcc", *options, "-o", name, "helper.c"], cwd=project.folder, check=True)
    return project


def changed(project: Project, name: str, text: str) -> set[str]:
    path = project.folder / name
    before = path.read_text()
    path.write_text(text)
    selected = project.selected()
    path.write_text(before)
    return selected


def test_what_recorded_programs_read_decides_whether_their_tests_run(programs: Project) -> None:
    programs.pytest("--alibi", "-q", "--alibi-children=record")
    assert programs.selected() == ALWAYS
    assert changed(programs, "data.txt", "only\n") == ALWAYS | READERS
    assert changed(programs, "lib.py", "def work():\n    return 2\n") == ALWAYS | {"test_python_in_a_shell"}
    assert changed(programs, "script.sh", "#!/bin/sh\necho one\n") == ALWAYS | {"test_script"}
    assert changed(programs, "other.txt", "else\n") == ALWAYS | {"test_other"}


def test_without_their_recorder_tests_that_start_programs_always_run(programs: Project) -> None:
    programs.pytest("--alibi", "-q")
    assert programs.selected() == ALWAYS | READERS | {"test_python_in_a_shell"}


def test_the_environment_is_left_as_it_was(programs: Project) -> None:
    programs.write(
        "conftest.py",
        """
import os

def pytest_unconfigure(config):
    print("AFTER", os.environ.get("LD_PRELOAD"), "ALIBI_SESSION" in os.environ)
""",
    )
    assert "AFTER None False" in programs.pytest("--alibi", "-q", "--alibi-children=record")
    kept = programs.pytest("--alibi-noselect", "-q", "--alibi-children=record", LD_PRELOAD="libdl.so.2")
    assert "AFTER libdl.so.2 False" in kept
