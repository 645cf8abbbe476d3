"""The command `alibi` and the program that writes sessions for it: of ALIBI_BUILD, else of build/test."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent.parent.parent
_BUILD = Path(os.environ.get("ALIBI_BUILD") or _ROOT / "build" / "test")


@dataclass
class Alibi:
    data: Path
    command: Path = _BUILD / "collector" / "cli" / "alibi"

    def run(self, *words: object, **options: Any) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ALIBI_")}
        environment["ALIBI_DATA"] = str(self.data)
        command = [str(self.command), *map(str, words)]
        return subprocess.run(
            command, check=False, capture_output=True, text=True, env=environment, **options
        )

    def json(self, *words: object) -> Any:
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def session(self, name: str, *, tests: int = 6, started: float = 1795262400.0, processes: int = 1,
                unfinished: bool = False) -> Path:  # fmt: skip
        """A recorded session of generated tests, waiting to be merged."""
        directory = self.data / "sessions" / name
        words = [self.data.parent / "project", directory, tests, 40, processes, name, started]
        program = _BUILD / "tests" / "unit" / "collector_model" / "generate_session"
        subprocess.run([program, *map(str, words), *(["unfinished"] if unfinished else [])], check=True)
        return directory
