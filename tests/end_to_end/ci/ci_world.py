"""A project with tests, and machines on which a CI system's script lines run: fresh clones with the
environment that the system sets, programs of the system in place of the real ones."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent.parent
BUILD = Path(os.environ.get("ALIBI_BUILD") or ROOT / "build" / "test")
ALIBI = BUILD / "collector" / "cli"

# What `buildkite-agent` does, as far as the recipe asks for it.
_BUILDKITE_AGENT = """#!/bin/sh
set -eu
case "$1 $2" in
  'artifact upload') eval "cp -R --parents ${3%%/*} \\"$FAKE_STORE\\"" ;;
  'artifact download') cp -R "$FAKE_STORE/${3%%/*}" "$4" ;;
  'pipeline upload') cp "$3" "$FAKE_STORE/uploaded.json" ;;
  *) echo "unknown: $*" >&2; exit 64 ;;
esac
"""


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a page of docs/ci."""
    text = (ROOT / "docs" / "ci" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def yaml_blocks(page: str) -> list[Any]:
    return [yaml.safe_load(text) for text in blocks(page, "yaml")]


@dataclass
class Machine:
    """One job's checkout."""

    directory: Path
    environment: dict[str, str]
    output: str = ""

    def sh(self, script: str, **more: str) -> str:
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=self.directory,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        self.output += done.stdout
        return done.stdout

    def start(self, script: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["bash", "-e", "-c", script],
            cwd=self.directory,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def cases(self) -> list[str]:
        """The tests of this job's JUnit report."""
        found = [*self.directory.glob("alibi-junit.xml"), *self.directory.glob("test-results/*.xml")]
        return [case for path in found for case in cases_in(path)]


def cases_in(path: Path) -> list[str]:
    return [f"{case.get('classname')}::{case.get('name')}" for case in ET.parse(path).iter("testcase")]


@dataclass
class World:
    folder: Path
    machines: list[Machine] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.repository = self.folder / "repository"
        self.programs = self.folder / "programs"
        self.store = self.folder / "store"
        for path in (self.repository / "tests", self.programs, self.store):
            path.mkdir(parents=True)
        for index in range(7):
            tests = "\n".join(f"def test_{n}():\n    assert {n} >= 0\n" for n in range(index + 1))
            (self.repository / "tests" / f"test_{index}.py").write_text(tests, encoding="utf-8")
        (self.repository / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n", encoding="utf-8")
        (self.repository / "requirements.txt").write_text("pytest\n", encoding="utf-8")
        self.program("pip", '#!/bin/sh\n[ "$1" = install ] && grep -q . requirements.txt\n')
        self.program("buildkite-agent", _BUILDKITE_AGENT)
        for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "All"]):
            self.git(self.repository, *words)
        self.commit = self.git(self.repository, "rev-parse", "HEAD")

    def git(self, directory: Path, *words: str) -> str:
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
        done = subprocess.run(
            ["git", *who, *words], cwd=directory, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def program(self, name: str, text: str) -> None:
        path = self.programs / name
        path.write_text(text, encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def machine(self, **environment: str) -> Machine:
        directory = self.folder / f"machine-{len(self.machines)}"
        self.git(self.folder, "clone", "-q", str(self.repository), str(directory))
        path = [str(self.programs), str(ALIBI), str(Path(sys.executable).parent), "/usr/bin", "/bin"]
        machine = Machine(
            directory,
            {
                "PATH": ":".join(path),
                "HOME": str(self.folder),
                "LANG": "C.UTF-8",
                "CI": "true",
                "PYTHONDONTWRITEBYTECODE": "1",
                "FAKE_STORE": str(self.store),
                **environment,
            },
        )
        self.machines.append(machine)
        return machine

    def planner(self, nodes: int, **environment: str) -> Machine:
        """Where the plan is made, for so many nodes (0: nothing has to run)."""
        if nodes == 0:
            environment["DD_TEST_OPTIMIZATION_RUNNER_TESTS_EXCLUDE_PATTERN"] = "**"
        environment["DD_TEST_OPTIMIZATION_RUNNER_MIN_PARALLELISM"] = str(max(nodes, 1))
        return self.machine(**environment)

    def plain_run(self) -> list[str]:
        machine = self.machine()
        machine.sh("python -m pytest -q --junitxml=plain.xml")
        return cases_in(machine.directory / "plain.xml")

    def expect_all_once(self, nodes: list[Machine]) -> None:
        assert len(nodes) == 3, "the plan was for three nodes"
        shares = [node.cases() for node in nodes]
        assert all(shares), "a node without tests shows nothing"
        assert sorted(case for share in shares for case in share) == sorted(self.plain_run())


def carry(source: Machine, target: Machine, path: str) -> None:
    """As an artifact."""
    start = source.directory / path
    if start.is_dir():
        shutil.copytree(start, target.directory / path, dirs_exist_ok=True)
    else:
        (target.directory / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(start, target.directory / path)


def filled(text: str, values: dict[str, str], opening: str, closing: str) -> str:
    """Puts a system's expressions in; one that is not known is an error of the recipe."""
    pattern = re.compile(re.escape(opening) + r"\s*(.*?)\s*" + re.escape(closing))
    return pattern.sub(lambda match: values[match[1]], text)
