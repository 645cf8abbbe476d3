"""Projects that a persistent worker runs, with the driver as `alibi run` lays it down: in a folder of its own."""

import json
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
        for part in DRIVERS.glob("alibi_pytest_*.py"):
            shutil.copy(str(part), str(scratch))

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


def _site():
    """The folder with the really built package, "" where the interpreter has it itself."""
    chosen = os.environ.get("ALIBI_SITE", "")
    if chosen:
        return chosen
    from importlib import util

    if util.find_spec("testalibi") is None or util.find_spec("testalibi._native") is None:
        pytest.skip("testalibi is not built for this interpreter: pip install . or set ALIBI_SITE")
    return ""


class Recorded(Project):
    """A project with Alibi."""

    def __init__(self, folder, scratch):
        super().__init__(folder, scratch)
        site = _site()
        if site:
            self.environment["PYTHONPATH"] = site

    def alibi(self, *arguments):
        done = subprocess.run(
            [self.python, "-m", "testalibi", *arguments],
            cwd=str(self.folder),
            env=self._environment(),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=60,
        )
        return json.loads(done.stdout.replace(str(self.folder), "ROOT"))

    def evidence(self):
        """{test: what it touched}, without times and numbers of this run."""
        listed = self.alibi("show", "--json", "--full", "*")["tests"]
        return {test.pop("id"): _settled(test) for test in listed}


def _settled(value):
    if isinstance(value, dict):
        changing = ("duration", "time", "session", "milliseconds")
        return {
            key: _settled(item) for key, item in value.items() if not any(word in key for word in changing)
        }
    if isinstance(value, list):
        return sorted((_settled(item) for item in value), key=repr)
    return value


@pytest.fixture
def recorded(tmp_path):
    return Recorded(tmp_path / "project", tmp_path / "scratch")


@pytest.fixture
def twin(tmp_path):
    """For what a plain run makes of the same files."""
    return Recorded(tmp_path / "twin", tmp_path / "twin-scratch")
