"""Alibi's side of the comparison: runs a suite under Alibi and reads what it recorded, twice.

Once from the shards with the independent reader of tests/support, once with `alibi show --json`. The two
must say the same; a wrapper around the command keeps a copy of the shards before they are merged.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shard_reader
import shard_session
from environments import Interpreter
from real_suites import RealSuite
from rules import ByTest, Lines, Recorded
from suite_runs import SuiteRun, repeated, run_suite

STEADY = ("-p", "steady_plugin")
_KEEPER = """#!/bin/sh
[ -d "$ALIBI_DATA/sessions" ] && [ ! -d "$ALIBI_KEPT" ] && cp -r "$ALIBI_DATA/sessions" "$ALIBI_KEPT"
exec "$ALIBI_REAL_COMMAND" "$@"
"""


@dataclass
class Recording:
    run: SuiteRun
    strategy: str
    shards: Recorded
    shown: Recorded
    started: ByTest = field(default_factory=dict)  # by programs that tests started: the reference has none
    drops: dict[str, int] = field(default_factory=dict)
    damage: list[str] = field(default_factory=list)
    shown_documents: int = 0


def command_of(python: Interpreter) -> str:
    found = subprocess.run(
        [python.path, "-c", "import testalibi.installation as i; print(i.find_command({}).path)"],
        capture_output=True, text=True, check=True, cwd="/",
    )  # fmt: skip
    return found.stdout.strip()


def record(
    suite: RealSuite, root: Path, python: Interpreter, scratch: Path, options: tuple[str, ...] = ()
) -> Recording:
    data, kept, keeper = scratch / "alibi-data", scratch / "alibi-kept", scratch / "keep-shards"
    keeper.write_text(_KEEPER)
    keeper.chmod(0o755)
    real = command_of(python)
    environment = {
        **suite.environment(root, os.path.dirname(os.path.abspath(__file__))),
        "ALIBI_DATA": str(data),
        "ALIBI_KEPT": str(kept),
        "ALIBI_COMMAND": str(keeper),
        "ALIBI_REAL_COMMAND": real,
        "ALIBI_STEADY_THREADS": str(scratch / "alibi-threads.json"),
    }
    command = suite.command(python.path, "--alibi", "--alibi-noselect", *STEADY, *options)

    def once() -> SuiteRun:
        for old in (data, kept):
            shutil.rmtree(old, ignore_errors=True)
        return run_suite(command, root, environment, junit=scratch / "alibi.xml")

    run = repeated(once, suite.clocked)
    result = from_shards(kept if kept.is_dir() else data / "sessions", run)
    threads = scratch / "alibi-threads.json"
    if threads.exists():
        result.shards.threads = json.loads(threads.read_text())
    shown = subprocess.run(
        [real, "show", "--json"],
        check=False,
        capture_output=True,
        text=True,
        cwd=root,
        env={**environment, "ALIBI_COMMAND": ""},
    )
    if shown.returncode != 0:
        result.damage.append(
            f"alibi show --json ended with {shown.returncode}: {shown.stderr.strip()[-300:]}"
        )
    else:
        result.shown = from_document(json.loads(shown.stdout), root)
    return result


def from_shards(folder: Path, run: SuiteRun) -> Recording:
    recorded = Recorded({})
    result = Recording(run, "", recorded, Recorded({}))
    strategies = set()
    for path in shard_reader.shards_of(folder) if folder.is_dir() else []:
        shard = shard_reader.read_shard(path)
        result.damage += [f"{os.path.basename(path)}: {why}" for why in shard.damage]
        strategies.add(shard.process.strategy if shard.process else "")
        for drop in shard.drops:
            result.drops[drop.reason] = result.drops.get(drop.reason, 0) + drop.count
        for test in shard.tests:
            shard_session.merge_lines(recorded.lines.setdefault(test.id, {}), test.lines)
            shard_session.merge_lines(recorded.lines[test.id], test.triggered_lines)
            shard_session.merge_lines(recorded.imported.setdefault(test.id, {}), test.triggered_lines)
            recorded.scopes.setdefault(test.id, set()).update(
                (scope[0], scope[2], scope[1].rpartition(".")[2])
                for scope in test.scopes | test.triggered_scopes
            )
        for test_id, more in shard_session.lines_of_started(shard).items():
            shard_session.merge_lines(result.started.setdefault(test_id, {}), more)
    result.strategy = "+".join(sorted(strategies))
    if not recorded.lines:
        result.damage.append(f"no test in the shards below {folder}")
    return result


def from_document(document: dict[str, Any], root: Path) -> Recorded:
    """`alibi show --json`: paths relative to the root, lines sorted."""
    lines: ByTest = {}
    for test in document["tests"]:
        found: Lines = lines.setdefault(test["id"], {})
        for path, numbers in test["files"].items():
            if numbers != sorted(set(numbers)):
                raise ValueError(f"{test['id']}: lines of {path} are not sorted")
            found.setdefault(os.path.join(os.path.realpath(root), path), set()).update(numbers)
    return Recorded(lines)


def whole(recording: Recording) -> ByTest:
    """What the shards say of all processes."""
    lines: ByTest = {test: dict(found) for test, found in recording.shards.lines.items()}
    for test, more in recording.started.items():
        found = lines.setdefault(test, {})
        for path, numbers in more.items():
            found[path] = found.get(path, set()) | numbers
    return lines


def disagreements(one: ByTest, other: ByTest) -> list[str]:
    """Tests and files where two readers of the same recording differ."""
    said = []
    for test in sorted(set(one) | set(other)):
        a, b = one.get(test), other.get(test)
        if a is None or b is None:
            said.append(f"{test}: only in {'the shards' if b is None else 'alibi show'}")
            continue
        for path in sorted(set(a) | set(b)):
            difference = a.get(path, set()) ^ b.get(path, set())
            if difference:
                said.append(f"{test}: {path}: lines {sorted(difference)[:10]}")
    return said
