"""Small projects that the probe of the framework layer (tests/support/framework_probe.cc) looks at, with the
real frameworks of Debian."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("ALIBI_BUILD") or ROOT / "build" / "test").absolute()
PROBE = BUILD / "tests" / "unit" / "framework" / "framework_probe"
# ALIBI_SPLITTING_PYTHON: an interpreter with another pytest.
PYTHON = os.environ.get("ALIBI_SPLITTING_PYTHON", "/usr/bin/python3")
_KEPT = ("HOME", "LANG", "TMPDIR")


class Splitting:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.scratch = folder / "scratch"
        self.folder.mkdir()
        self.scratch.mkdir()
        self.variables = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self.variables.update(PATH=f"{Path(PYTHON).parent}:/usr/bin:/bin", PYTHONDONTWRITEBYTECODE="1")

    def write(self, files: dict[str, str]) -> Splitting:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return self

    def ask(self, *settings: str, **variables: str) -> dict[str, Any]:
        """What the probe says; `full`: by asking the framework."""
        done = self.run([str(PROBE), str(self.folder), str(self.scratch), *settings], **variables)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def run(self, command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**self.variables, **variables},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def launch(self, launch: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        given = {name: value for name, value in launch["environment"].items() if value is not None}
        return self.run(launch["command"], **given)

    def content(self) -> dict[str, bytes]:
        """Of every file of the project, to see that none was changed."""
        found = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}


def install_alibi(project: Splitting, folder: Path) -> None:
    """For Debian's interpreter: this tree's package with what was built from it."""
    package = folder / "testalibi"
    shutil.copytree(ROOT / "python_ext" / "testalibi", package, ignore=shutil.ignore_patterns("__pycache__"))
    native = Path(os.environ.get("ALIBI_NATIVE_DIR") or BUILD / "python_ext" / "testalibi")
    for library in native.glob("_native*.so"):
        shutil.copy(library, package)
    (package / "_bin").mkdir()
    (package / "_bin" / "alibi").symlink_to(BUILD / "collector" / "cli" / "alibi")
    information = folder / "testalibi-0.1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: testalibi\nVersion: 0.1.0\n")
    (information / "entry_points.txt").write_text("[pytest11]\nalibi = testalibi.pytest_plugin\n")
    project.variables["PYTHONPATH"] = str(folder)
