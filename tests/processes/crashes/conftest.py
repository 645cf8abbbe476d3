"""Projects whose tests crash their interpreter, run with and without Alibi.

The pytest of the interpreter that runs these tests is used, with an installed Alibi; the broken extension is
compiled for it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any, NamedTuple

import pytest

HERE = Path(__file__).resolve().parent


class Run(NamedTuple):
    status: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        return self.stdout + self.stderr


class Project:
    def __init__(self, root: Path, libraries: Path) -> None:
        self.root = root
        self._journal = root.with_name("ran.txt")
        self._libraries = libraries

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, encoding="utf-8")

    def mend(self, mended: bool = True) -> None:
        """The switch lies outside: a file that comes to the root changes its listing."""
        switch = self.root.with_name("broken.txt")
        switch.unlink(missing_ok=True)
        if not mended:
            switch.touch()

    def environment(self, **more: str) -> dict[str, str]:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ALIBI", "PYTEST", "PYTHONFAULTHANDLER"))
        }
        return {
            **environment,
            "PYTHONPATH": str(self._libraries),
            "JOURNAL_OF_CRASHES": str(self._journal),
            **more,
        }

    def pytest(self, *arguments: str, **variables: str) -> Run:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def alibi(self, *arguments: str) -> Run:
        import testalibi

        command = Path(testalibi.__file__).with_name("_bin") / "alibi"
        done = subprocess.run(
            [str(command), *arguments], cwd=self.root, capture_output=True, text=True, timeout=60, check=False
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def show(self, test: str) -> dict[str, Any]:
        run = self.alibi("show", test, "--json")
        assert run.status == 0, run.text
        (found,) = json.loads(run.stdout)["tests"]
        return dict(found)

    def ran(self) -> list[str]:
        """Names that the tests of the last run left behind, in order; forgotten by asking."""
        journal = self._journal
        names = journal.read_text().split() if journal.exists() else []
        journal.unlink(missing_ok=True)
        return names


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the module `broken`."""
    compiler = shutil.which("c++")
    if compiler is None:
        pytest.fail("these tests compile an extension and need a C++ compiler")
    folder = tmp_path_factory.mktemp("libraries")
    target = folder / ("broken" + sysconfig.get_config_var("EXT_SUFFIX"))
    command = [compiler, "-std=c++17", "-g", "-O1", "-shared", "-fPIC", "-pthread", "-w"]
    command += ["-I" + sysconfig.get_path("include"), str(HERE / "broken.cc"), "-o", str(target)]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture
def project(tmp_path: Path, libraries: Path) -> Project:
    root = tmp_path / "project"
    root.mkdir()
    made = Project(root, libraries)
    made.write("pytest.ini", "[pytest]\n")
    return made
