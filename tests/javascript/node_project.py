"""A project of a test framework of Node: what Alibi finds in it, and its runs, split or plain.

ALIBI_BUILD names the build directory, ALIBI_NODE_MODULES the installed packages (default: build/javascript).
"""

from __future__ import annotations

import json
import os
import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_S = 300


@cache
def packages() -> Path | None:
    folder = Path(os.environ.get("ALIBI_NODE_MODULES") or ROOT / "build/javascript/node_modules").resolve()
    return folder if (folder / ".bin").is_dir() else None


@dataclass
class Ended:
    status: int
    text: str


class NodeProject:
    def __init__(self, folder: Path, scratch: Path) -> None:
        self.folder = folder
        self.scratch = scratch
        scratch.mkdir()
        self.framework = folder.name
        self.environment: dict[str, str] = {}

    def _environment(self) -> dict[str, str]:
        # Of a run inside another one: what a test framework would take for its own.
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("JEST_", "VITEST", "MOCHA_"))
        }
        kept.pop("NODE_OPTIONS", None)
        return {**kept, "CI": "1", "NO_COLOR": "1", **self.environment}

    def probe(self, **asked: Any) -> subprocess.CompletedProcess[str]:
        built = Path(os.environ["ALIBI_BUILD"]).resolve() / "tests/unit/framework/javascript_probe"
        request = {"platform": "javascript", "framework": self.framework, **asked}
        return subprocess.run(
            [built, self.folder, self.scratch, json.dumps(request)],
            env=self._environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_S,
        )

    def found(self, **asked: Any) -> dict[str, Any]:
        answer = self.probe(**asked)
        assert answer.returncode == 0, answer.stderr
        found: dict[str, Any] = json.loads(answer.stdout)
        return found

    def start(self, command: list[str], changes: dict[str, str | None]) -> Ended:
        environment = self._environment()
        for name, value in changes.items():
            if value is None:
                environment.pop(name, None)
            else:
                environment[name] = value
        ended = subprocess.run(
            command,
            env=environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_PATIENCE_S,
        )
        return Ended(ended.returncode, ended.stdout)

    def run(self, shares: list[list[str]], **asked: Any) -> list[Ended]:
        """Each share by the launches that Alibi makes for it."""
        answer = self.probe(units=shares, **asked)
        assert answer.returncode == 0, answer.stderr
        launches = [launch for share in json.loads(answer.stdout) for launch in share]
        given = asked.get("worker_env", {})
        return [self.start(launch["command"], {**launch["environment"], **given}) for launch in launches]

    def noting(self, name: str) -> Path:
        """What the tests note from now on goes to this file; they write a line each."""
        path = self.scratch / name
        path.write_text("")
        self.environment["RAN"] = str(path)
        return path


def lines(path: Path) -> list[str]:
    return sorted(path.read_text().splitlines()) if path.exists() else []


def thirds(files: list[str]) -> list[list[str]]:
    return [share for share in (files[0::3], files[1::3], files[2::3]) if share]


def report_cases(*reports: Path) -> list[tuple[str, str, str]]:
    """file, name, outcome of each test in JUnit reports."""
    cases = []
    for report in reports:
        for case in ElementTree.parse(report).iter("testcase"):
            outcome = next(
                (child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed"
            )
            cases.append((case.get("file") or case.get("classname") or "", case.get("name") or "", outcome))
    return sorted(cases)


def reports_of(project: NodeProject) -> list[Path]:
    return sorted(project.scratch.glob("junit.*"))
