"""Which CPythons are at hand: by name on PATH, in pyenv. For scripts/matrix."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from environments import Interpreter, interpreter
from real_suites import Unavailable

OLDEST, NEWEST = 9, 15


def _candidates() -> Iterator[Path]:
    for minor in range(OLDEST, NEWEST + 1):
        for name in (f"python3.{minor}", f"python3.{minor}t"):
            for folder in os.environ.get("PATH", "").split(os.pathsep):
                if "pyenv" not in folder and (Path(folder) / name).is_file():  # a shim may lead nowhere
                    yield Path(folder) / name
    if shutil.which("pyenv"):
        answer = subprocess.run(["pyenv", "root"], check=False, capture_output=True, text=True)
        versions = Path(answer.stdout.strip()) / "versions"
        if answer.returncode == 0 and versions.is_dir():
            yield from (folder / "bin" / "python" for folder in sorted(versions.iterdir()))


def interpreters_at_hand() -> list[Interpreter]:
    """One per version, oldest first."""
    found: dict[str, Interpreter] = {}
    for path in _candidates():
        try:
            python = interpreter(str(path))
        except Unavailable:
            continue
        if python.version_tuple[0] == 3 and OLDEST <= python.version_tuple[1] <= NEWEST:
            found.setdefault(python.short, python)
    return sorted(
        found.values(), key=lambda python: [int(part) for part in re.findall(r"\d+", python.version)]
    )
