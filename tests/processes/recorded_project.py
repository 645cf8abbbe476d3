"""Projects whose tests start processes, run under the Alibi that is installed beside this interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def clean_environment() -> dict[str, str]:
    mine = ("ALIBI", "PYTEST", "PYTHON", "COV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    if "ALIBI_COMMAND" in os.environ:
        kept["ALIBI_COMMAND"] = os.environ["ALIBI_COMMAND"]
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1"}


@dataclass(frozen=True)
class Evidence:
    """Of one test, as `alibi show --json` tells it."""

    told: dict[str, Any]

    def lines(self, file: str) -> list[int]:
        return next((lines for path, lines in self.told["files"].items() if path.endswith(file)), [])

    @property
    def complete(self) -> bool:
        return bool(self.told["complete"])


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def pytest(self, *arguments: str, status: int = 0, **more: str) -> str:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**clean_environment(), **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=500,
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    def alibi(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "testalibi", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=clean_environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def evidence(self) -> dict[str, Evidence]:
        told = json.loads(self.alibi("show", "--json"))
        return {test["id"].partition("::")[2]: Evidence(test) for test in told["tests"]}

    def selected(self) -> set[str]:
        told = json.loads(self.alibi("select", "--json"))
        return {test["id"].partition("::")[2] for test in told["tests"] if test["verdict"] == "run"}
