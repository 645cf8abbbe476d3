"""Crashed and hung tests in the terminal: who is told as it happens, and the section at the end of the run.

The recorder and `alibi merge` do the work. A process that crashed says so itself, on the standard error that
pytest had before it captured output.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from testalibi.session import Recording

_STDERR = 2
_MOST_FRAMES = 16
_MOST_LINES = 40


class CrashTerminal:
    """Registered where tests run."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def pytest_configure(self) -> None:
        # Output is not captured now: this is the terminal, or what the caller made of it.
        self._recording.announce_crashes_to(_STDERR)


def write_section(terminalreporter: Any, crashes: Iterable[Mapping[str, Any]]) -> None:
    """What ended a process of this run; hangs were printed when they happened."""
    ended = [crash for crash in crashes if crash.get("kind") == "crash"]
    if not ended:
        return
    terminalreporter.section("alibi: crashed tests", red=True)
    for crash in ended:
        for line in section_lines(crash):
            terminalreporter.write_line(line)


def section_lines(crash: Mapping[str, Any]) -> list[str]:
    test, collection = crash.get("test"), crash.get("collection")
    subject = test or (f"collecting {collection}" if collection else "outside of all tests")
    child = f" (a child process, {crash.get('process')})" if crash.get("forked") else ""
    lines = [f"{subject}: {crash.get('headline', 'crashed')}{child}"]
    for thread in crash.get("threads", ())[:1]:
        frames = thread.get("frames", ())
        if frames:
            lines.append("  native stack")
        lines.extend(f"    {_frame(frame)}" for frame in frames[:_MOST_FRAMES])
        if len(frames) > _MOST_FRAMES:
            lines.append(f"    ... {len(frames) - _MOST_FRAMES} more")
    python = str(crash.get("python", "")).splitlines()
    if python:
        lines.append("  Python stack")
    lines.extend(f"    {line}" for line in python[:_MOST_LINES])
    if len(python) > _MOST_LINES:
        lines.append(f"    ... {len(python) - _MOST_LINES} more lines")
    lines.extend(f"  {note}" for note in crash.get("notes", ()))
    if test:
        lines.append(f"  all of it: alibi show {test}")
    return lines


def _frame(frame: Mapping[str, Any]) -> str:
    module = str(frame.get("module", "")).rpartition("/")[2]
    offset = f"{int(frame.get('offset', 0)):#x}"
    place = str(frame.get("function", "")) or (f"{module}+{offset}" if module else offset)
    source = f"  {frame['file']}:{frame.get('line', 0)}" if frame.get("file") else ""
    return f"{place}{source}"
