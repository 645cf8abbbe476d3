"""Runs `alibi merge` on a finished session. Never raises, never waits longer than the configured time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from testalibi import installation
from testalibi.configuration import Configuration

_CAUSE_LIMIT = 200
_NOTICE_LIMIT = 5


class Merged(NamedTuple):
    """What was stored, or one line why nothing was."""

    failure: str = ""
    tests: int = 0
    files: int = 0
    lines: int = 0
    processes: int = 0
    incomplete_tests: int = 0
    drops: Mapping[str, int] = MappingProxyType({})
    spared_sessions: int = 0  # of all that the store keeps: in which tests were left out
    spared_s: float = 0.0
    crashes: tuple[Mapping[str, Any], ...] = ()  # and hangs, as the command describes them
    reported_to: str = ""  # a service that took all of the report
    notices: tuple[str, ...] = ()  # what the command said besides, such as that it took in a killed run


def merge(
    session_directory: str,
    chosen: Configuration,
    environ: Mapping[str, str],
    for_service: Mapping[str, str] = MappingProxyType({}),
) -> Merged:
    """`for_service`: variables that count whatever became of them in `environ`."""
    command = installation.find_command(environ)
    if command.path is None:
        return Merged(failure=command.missing)
    arguments = [command.path, "merge", session_directory, "--data", chosen.data, "--json"]
    if chosen.keep:
        arguments += ["--keep", chosen.keep]
    timeout_s = chosen.merge_timeout_s
    # Progress of a long merge is the command's own business and appears only on a terminal.
    stderr = None if _is_terminal() else subprocess.PIPE
    try:
        done = subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**environ, **for_service},
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Merged(
            failure=f"alibi merge was stopped after {timeout_s:g} s (the limit, ALIBI_MERGE_TIMEOUT)"
        )
    except KeyboardInterrupt:
        return Merged(failure="alibi merge was interrupted")
    except OSError as error:
        return Merged(failure=f"{command.path} cannot be run: {error.strerror}")
    if done.returncode != 0:
        return Merged(failure=f"alibi merge {_ending(done.returncode)}{last_line(done.stderr)}")
    return _parse(done.stdout)._replace(notices=tuple(told_lines(done.stderr)[:_NOTICE_LIMIT]))


def _parse(output: bytes) -> Merged:
    try:
        result: dict[str, Any] = json.loads(output)
        spared = result.get("spared", {})
        return Merged(
            spared_sessions=int(spared.get("sessions", 0)),
            spared_s=float(spared.get("saved_s", 0)),
            tests=int(result["tests"]),
            files=int(result["files"]),
            lines=int(result["lines"]),
            processes=int(result["processes"]),
            incomplete_tests=int(result["incomplete_tests"]),
            crashes=tuple(crash for crash in result.get("crashes", ()) if isinstance(crash, dict)),
            reported_to=_reported_to(result.get("reported")),
            drops={str(reason): int(count) for reason, count in result["drops"].items() if int(count)},
        )
    except (ValueError, TypeError, AttributeError, KeyError):
        return Merged(failure="alibi merge did not print what was expected")


def _reported_to(told: Any) -> str:
    if not isinstance(told, dict) or told["sent"]["kept"] or told["sent"]["set_aside"]:
        return ""
    return str(told["to"])


def _ending(code: int) -> str:
    return f"was ended by signal {-code}" if code < 0 else f"failed with status {code}"


def last_line(stderr: bytes | None) -> str:
    """Of what a command said: " (cause)", or nothing."""
    lines = told_lines(stderr)
    return f" ({lines[-1][:_CAUSE_LIMIT]})" if lines else ""


def told_lines(stderr: bytes | None) -> list[str]:
    """What the command said, without its name in front."""
    lines = [line.strip() for line in (stderr or b"").decode("utf-8", "replace").splitlines()]
    return [line[len("alibi: ") :] if line.startswith("alibi: ") else line for line in lines if line]


def _is_terminal() -> bool:
    """Of the process, whatever sys.stderr has been replaced with."""
    try:
        return os.isatty(2) and sys.__stderr__ is not None
    except OSError:
        return False
