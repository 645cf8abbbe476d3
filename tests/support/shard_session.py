"""What the shards of a session say together: the lines of each test, those of other processes included."""

from __future__ import annotations

import os

from shard_hits import SESSION_CONTEXT
from shard_reader import read_shard, shards_of
from shard_values import Lines, Shard, Test

WHOLE_PROCESS = 0xFFFFFFFF


def merge_lines(into: Lines, more: Lines) -> None:
    for path, lines in more.items():
        into.setdefault(path, set()).update(lines)


def lines_by_test(session_dir: str | os.PathLike[str], *, triggered: bool = True) -> dict[str, Lines]:
    """{test id: {absolute path: lines}} over all processes of a session, with what is charged to each test.

    `triggered` adds the module-level lines (and what ran under them) of the imports that the test itself
    set off.
    """
    found: dict[str, Lines] = {}
    for path in shards_of(session_dir):
        shard = read_shard(path)
        for test in shard.tests:
            lines = found.setdefault(test.id, {})
            merge_lines(lines, test.lines)
            if triggered:
                merge_lines(lines, test.triggered_lines)
        for test_id, more in lines_of_started(shard, triggered=triggered).items():
            merge_lines(found.setdefault(test_id, {}), more)
    return found


def lines_of_started(shard: Shard, *, triggered: bool = True) -> dict[str, Lines]:
    """Of a started program, and of what it forked: its lines by the tests that it ran for."""
    lines: Lines = {}
    tests = tests_started_for(shard)
    if tests:
        merge_lines(lines, shard.lines(shard.hits.get(SESSION_CONTEXT, set())))
        if triggered:
            merge_lines(lines, shard.lines(shard.triggered({SESSION_CONTEXT})))
    return {test.id: lines for test in tests}


def tests_started_for(shard: Shard) -> list[Test]:
    folder = os.path.dirname(shard.path)
    started = shard
    while started.origin is None and started.process is not None and started.process.parent_shard:
        started = read_shard(os.path.join(folder, started.process.parent_shard))
    if started.origin is None or started.origin.context == WHOLE_PROCESS:
        return []
    owner = read_shard(os.path.join(folder, started.origin.shard))
    return [test for test in owner.tests if started.origin.context in owner.charged(test.context)]
