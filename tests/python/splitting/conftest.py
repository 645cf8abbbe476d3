"""Projects that a persistent worker runs, with the driver as `alibi run` lays it down: in a folder of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
DRIVERS = REPOSITORY / "collector" / "framework" / "drivers"
sys.path.insert(0, str(REPOSITORY / "tests" / "support"))

from worker_runner import outside_environment, run_worker  # noqa: E402


class Project:
    """ALIBI_SPLITTING_PYTHON: an interpreter with another pytest."""

    def __init__(self, folder, scratch):
        self.folder = folder
        self.scratch = scratch
        self.python = os.environ.get("ALIBI_SPLITTING_PYTHON", sys.executable)
        self.journal = folder.parent / "journal.txt"
        self.environment = {}
        folder.mkdir()
        scratch.mkdir()
        shutil.copy(str(DRIVERS / "alibi_pytest_worker.py"), str(scratch))

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return name

    def _environment(self, **more):
        return outside_environment(JOURNAL=str(self.journal), **{**self.environment, **more})

    def _lines(self):
        if not self.journal.exists():
            return []
        lines = self.journal.read_text(encoding="utf-8").splitlines()
        self.journal.unlink()
        return lines

    def worker(self, files, *options, arguments=None, **more):
        """Units are files, or (file, arguments); the driver is started with one file of each directory."""
        if arguments is None:
            places = {os.path.dirname(name): name for name in reversed([_file_of(file) for file in files])}
            arguments = list(places.values())
        search_path = os.pathsep.join(filter(None, [str(self.scratch), self.environment.get("PYTHONPATH")]))
        command = [self.python, "-m", "pytest", "-p", "alibi_pytest_worker", *options, *arguments]
        cwd = more.pop("cwd", self.folder)
        run = run_worker(command, files, cwd=cwd, env=self._environment(PYTHONPATH=search_path), **more)
        run.journal = self._lines()
        return run

    def plain(self, files, *options):
        done = subprocess.run(
            [self.python, "-m", "pytest", *options, *files],
            cwd=str(self.folder),
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        done.journal = self._lines()
        return done


def _file_of(unit):
    if isinstance(unit, dict):
        return unit["file"]
    return unit if isinstance(unit, str) else unit[0]


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "project", tmp_path / "scratch")
