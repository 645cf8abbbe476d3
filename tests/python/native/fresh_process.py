"""Runs Python code in a fresh process under a recording session, and reads back what was recorded.

The body sees `session`, `test(name, function)`, `FOLDER` (the project, first on sys.path) and `start()`,
which must be called when `started` is False. It lives outside the project, so its own lines do not count.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

from native_harness import shard_session

HERE = Path(__file__).parent
Lines = dict[str, set[int]]

_PRELUDE = """
import sys
FOLDER = {folder!r}
sys.path.insert(0, FOLDER)
sys.dont_write_bytecode = {dont_write_bytecode}
sys.path.insert(0, {here!r})
import native_harness
session = native_harness.load_native().Session(
    directory={shards!r}, root=FOLDER, roots=(FOLDER,), excludes=(), session_id=7, strategy={strategy!r},
    inputs=False, state=False)
start = session.start
def test(name, function):
    context = session.begin_test(name)
    try:
        return function()
    finally:
        session.end_test(context, "passed", 1)
"""
_EPILOGUE = """
import json
with open({facts!r}, "w") as file:
    json.dump(dict(strategy=session.strategy, reason=session.strategy_reason, drops=session.drops()), file)
session.stop()
"""


@dataclass(frozen=True)
class Outcome:
    lines: dict[str, Lines]  # test -> file name -> lines, module-level ones of imports it triggered included
    stdout: str
    stderr: str
    strategy: str
    drops: dict[str, int]

    def of(self, test: str, file: str = "subject.py") -> set[int]:
        return self.lines[test].get(file, set())


def run_recorded(
    subject: str,
    body: str,
    *,
    strategy: str,
    files: dict[str, str] | None = None,
    started: bool = True,
    write_bytecode: bool = False,
    timeout: float = 60,
) -> Outcome:
    with tempfile.TemporaryDirectory() as scratch:
        base = Path(scratch).resolve()
        project = base / "project"
        project.mkdir()
        for name, source in {"subject.py": subject, **(files or {})}.items():
            (project / name).write_text(textwrap.dedent(source))
        script = base / "body.py"
        facts = base / "facts.json"
        prelude = _PRELUDE.format(
            here=str(HERE),
            folder=str(project),
            shards=str(base / "shards"),
            strategy=strategy,
            dont_write_bytecode=not write_bytecode,
        )
        begin = "start()\n" if started else ""
        script.write_text(prelude + begin + textwrap.dedent(body) + _EPILOGUE.format(facts=str(facts)))
        result = subprocess.run(
            [sys.executable, str(script)],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            cwd=base,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        said = json.loads(facts.read_text())
        lines = {
            test: {Path(path).name: found for path, found in by_path.items()}
            for test, by_path in shard_session.lines_by_test(str(base / "shards")).items()
        }
        return Outcome(lines, result.stdout, result.stderr, said["strategy"], said["drops"])
