"""A small project in a git repository of its own, and `alibi plan`, `run` and `replay` in it as a user would.

Its test files are lines of shell that a run command of one shell script obeys ("true", "exit 5", "sleep 30"):
it notes each file with the worker that ran it. So nothing of a framework is in the way of what is tested.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent.parent.parent
ALIBI = Path(os.environ.get("ALIBI_BUILD") or _ROOT / "build" / "test") / "collector" / "cli" / "alibi"

# Of the machine and of the CI job that runs these tests: nothing gets through.
_KEPT = {"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "PYTHONDONTWRITEBYTECODE", "USER"}

_RUNNER = """\
status=0
for file; do
  printf '%s %s\\n' "$file" "${DD_TEST_SESSION_NAME##*-}" >> "$NOTES"
  . "./$file" || status=$?
done
exit $status
"""
_PYTEST_INI = "[pytest]\naddopts = -p no:cacheprovider\n"
NOTING_TEST = """\
import os

def note(name):
    worker = os.environ.get("DD_TEST_SESSION_NAME", "").rpartition("-")[2]
    with open(os.environ["NOTES"], "a") as notes:
        notes.write(f"{name} {worker}\\n")

"""


@dataclass
class SplitProject:
    directory: Path
    environment: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)  # of every command
    notes: Path = field(init=False)

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True)
        self.notes = self.directory.parent / (self.directory.name + ".notes")
        self.git("init", "-q", "-b", "main")
        (self.directory / ".git" / "info" / "exclude").write_text(".alibi/\n")

    def git(self, *words: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words]
        done = subprocess.run(
            command, cwd=self.directory, env=self.env(), check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def env(self, **more: str) -> dict[str, str]:
        made = {name: value for name, value in os.environ.items() if name in _KEPT}
        made["PATH"] = f"{Path(sys.executable).parent}:{made.get('PATH', '/usr/bin:/bin')}"
        made |= {"NOTES": str(self.notes), "ALIBI_DATA": str(self.directory / ".alibi")}
        return made | self.environment | more

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def commit(self, files: dict[str, str] | None = None) -> str:
        self.write(files or {})
        self.git("add", "-A", "--", ".", ":!.testoptimization")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD")

    def start(
        self, *words: object, env: dict[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        settings = [] if words[0] == "replay" else self.words  # it takes none
        command = [str(ALIBI), str(words[0]), *settings, *map(str, words[1:])]
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen(command, cwd=self.directory, env=self.env(**env or {}), text=True,
                                errors="replace", **options)  # fmt: skip

    def alibi(self, *words: object, env: dict[str, str] | None = None, timeout: float = 120,
              **options: Any) -> subprocess.CompletedProcess[str]:  # fmt: skip
        with self.start(*words, env=env, **options) as process:
            try:
                output, errors = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return subprocess.CompletedProcess(words, process.returncode, output, errors)

    def plan(self, *words: object, **options: Any) -> Plan:
        done = self.alibi("plan", *words, **options)
        assert done.returncode == 0, done.stderr
        return Plan(self.directory / ".testoptimization", done.stdout, done.stderr)

    def run(self, *words: object, status: int = 0, **options: Any) -> subprocess.CompletedProcess[str]:
        done = self.alibi("run", *words, **options)
        assert done.returncode == status, done.stderr + done.stdout
        return done

    @property
    def ran(self) -> list[tuple[str, str]]:
        """(file or test, worker), in the order of time."""
        if not self.notes.exists():
            return []
        pairs = (line.rpartition(" ") for line in self.notes.read_text().splitlines())
        return [(name, worker) for name, _, worker in pairs]

    @property
    def counts(self) -> Counter[str]:
        """How often each was run."""
        return Counter(name for name, _ in self.ran)

    def forget(self) -> None:
        self.notes.unlink(missing_ok=True)


@dataclass
class Plan:
    folder: Path
    output: str
    errors: str

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()

    @property
    def nodes(self) -> list[list[str]]:
        """What the lists say, whose number parallel-runners.txt says."""
        count = int(self.text("runner/parallel-runners.txt"))
        return [self.text(f"runner/tests-split/runner-{node}").splitlines() for node in range(count)]

    @property
    def files(self) -> list[str]:
        return self.text("runner/test-files.txt").splitlines()

    @property
    def json(self) -> Any:
        return json.loads(self.text("runner/plan.json"))

    @property
    def weights(self) -> dict[str, int]:
        return {unit["file"]: unit["weight_ms"] for unit in self.json["plan"]["units"]}


def shell_project(directory: Path, tests: dict[str, str] | int) -> SplitProject:
    """`tests`: file -> what it does, or how many that pass."""
    if isinstance(tests, int):
        tests = {f"t/{number:03}.t": "true\n" for number in range(tests)}
    project = SplitProject(directory)
    project.commit({"run.sh": _RUNNER, **tests})
    project.words = [
        "--platform=generic",
        "--framework=generic",
        "--tests-location=t/**",
        "--run-command=sh run.sh",
    ]
    return project


def pytest_project(directory: Path, tests: dict[str, str]) -> SplitProject:
    """`tests`: file -> its text; note("x") is there for each."""
    project = SplitProject(directory)
    texts = {name: NOTING_TEST + text if name.endswith(".py") else text for name, text in tests.items()}
    project.commit({"pytest.ini": _PYTEST_INI, **texts})
    return project


def junit_of(times: dict[str, float]) -> str:
    """A report with one case per file (or per "file::test")."""
    cases = ""
    for name, seconds in times.items():
        file, _, test = name.partition("::")
        cases += f'<testcase classname="{file}" file="{file}" name="{test or "all"}" time="{seconds}"/>'
    return f'<testsuites><testsuite name="s" tests="{len(times)}">{cases}</testsuite></testsuites>'
