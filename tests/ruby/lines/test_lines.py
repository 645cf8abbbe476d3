"""Lines that the native recorder sees of Ruby code are those that TracePoint sees."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path

import pytest
from ruby_at_hand import compiles, native_folder, ruby
from shard_reader import Shard, read_shard, shards_of

HERE = Path(__file__).resolve().parent
SUBJECT = HERE / "subject.rb"


def run(strategy: str, *options: str, **environment: str) -> str:
    done = subprocess.run(
        [ruby(), *options, str(HERE / "scenarios.rb")],
        env={**os.environ, "STRATEGY": strategy, "SUBJECT": str(SUBJECT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[:4000]
    return done.stdout


@cache
def traced() -> dict[str, list[list[int]]]:
    found: dict[str, list[list[int]]] = json.loads(run("tracepoint"))
    return found


def record(
    tmp_path: Path, strategy: str, *options: str, **environment: str
) -> tuple[Shard, dict[str, object]]:
    session = tmp_path / "session"
    session.mkdir()
    native = native_folder(tmp_path)
    printed = run(strategy, *options, SESSION=str(session), ALIBI_RUBY_NATIVE_DIR=str(native), **environment)
    (path,) = shards_of(session)
    shard = read_shard(path)
    assert not shard.damage
    return shard, json.loads(printed.splitlines()[-1])


def lines_by_test(shard: Shard) -> dict[str, list[list[int]]]:
    found: dict[str, list[list[int]]] = {}
    for number, context in shard.contexts.items():
        if context.kind == "test":
            lines = shard.lines(shard.hits.get(number, set())).get(str(SUBJECT), [])
            found.setdefault(context.name, []).append(sorted(lines))
    return found


@pytest.mark.parametrize("strategy", ["oneshot", "raw", "api"])
def test_lines_are_those_of_trace_points(tmp_path: Path, strategy: str) -> None:
    shard, told = record(tmp_path, strategy)
    taken = "raw" if strategy == "oneshot" and compiles() else strategy
    assert told == {"strategy": taken, "drops": {}}
    assert lines_by_test(shard) == traced()


@pytest.mark.parametrize("strategy", ["oneshot", "raw"])
def test_lines_under_gc_stress(tmp_path: Path, strategy: str) -> None:
    shard, _ = record(tmp_path, strategy, STRESS="1")
    assert lines_by_test(shard) == traced()


def test_a_compiler_makes_recording_keep_its_events(tmp_path: Path) -> None:
    if not compiles("--yjit"):
        pytest.skip("this Ruby has no YJIT")
    shard, told = record(tmp_path, "oneshot", "--yjit", "--yjit-call-threshold=2")
    assert told["strategy"] == "raw"
    assert lines_by_test(shard) == traced()


def test_what_a_file_runs_when_it_is_loaded_belongs_to_its_statements(tmp_path: Path) -> None:
    shard, _ = record(tmp_path, "oneshot")
    text = SUBJECT.read_text().splitlines()
    block = next(number for number, line in enumerate(text, 1) if line.startswith("BLOCK"))
    statements = {shard.locate(probe)[1]: statement for probe, statement in shard.statements.items()}
    assert next(number for number, line in enumerate(text, 1) if line == "class Base") in statements
    assert next(number for number, line in enumerate(text, 1) if "LIMIT = 3" in line) in statements
    hits = {line for lines in shard.lines(statements[block + 1].hits).values() for line in lines}
    assert hits == {block + 1}
