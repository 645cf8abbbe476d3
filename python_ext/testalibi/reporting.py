"""Reporting to a Test Optimization intake: whether it was asked for, and what the service wants of this run.

The command `alibi ship --open` talks to the service, within a limit of its own, and leaves opening.json in
the session's folder for xdist workers, and reporting.json, by which `alibi merge` ships the session. Nothing
here opens a connection or reads a key.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any, NamedTuple

from testalibi import installation, retrying
from testalibi.intake_names import Names
from testalibi.merging import last_line, told_lines

OPENING_FILE = "opening.json"
PLUGIN_NAME = "alibi-reports"
_TIMEOUT_S = 60.0  # of the command as a whole, which has limits of its own and keeps to them
# Of the variables that decide how and to whom is reported.
VARIABLE = "ALIBI_INTAKE"
PREFIXES = ("DD_", "_DD_", "_CI_DD_", VARIABLE)
_ASKING = (
    "DD_CIVISIBILITY_AGENTLESS_ENABLED",
    "DD_CIVISIBILITY_AGENTLESS_URL",
    "DD_TRACE_AGENT_URL",
    "DD_AGENT_HOST",
    "DD_TRACE_AGENT_HOSTNAME",
    "DD_TRACE_AGENT_PORT",
    "DD_AGENT_PORT",
)
_FALSE = frozenset(("0", "false", "no", "off"))


class Opened(NamedTuple):
    """What the service said. Not reporting: the run goes on as without."""

    reporting: bool = False
    root: str = ""  # of the repository: paths are told relative to it
    skippable: frozenset[Names] | None = None  # None: the service has no opinion
    tests: retrying.Opening = retrying.Opening()
    problems: tuple[str, ...] = ()


def is_asked_for(environ: Mapping[str, str]) -> bool:
    if environ.get("DD_CIVISIBILITY_ENABLED", "").strip().lower() in _FALSE:
        return False
    return environ.get(VARIABLE) == "local" or any(environ.get(name) for name in _ASKING)


def open_session(folder: str, description: Mapping[str, str], environ: Mapping[str, str]) -> Opened:
    """`description`: framework, framework_version, command, runtime_name, runtime_version. Never raises."""
    command = installation.find_command(environ)
    if command.path is None:
        return Opened(problems=(f"nothing is reported: {command.missing}",))
    try:
        done = subprocess.run(
            [command.path, "ship", "--open", folder],
            input=json.dumps(description, ensure_ascii=False).encode("utf-8", "replace"),
            capture_output=True,
            env=dict(environ),
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Opened(problems=(f"nothing is reported: alibi ship was stopped after {_TIMEOUT_S:g} s",))
    except OSError as error:
        return Opened(problems=(f"nothing is reported: {command.path} cannot be run: {error.strerror}",))
    if done.returncode != 0:
        return Opened(
            problems=(f"nothing is reported: alibi ship failed ({done.returncode}){last_line(done.stderr)}",)
        )
    opened = _parse(done.stdout)
    return opened._replace(problems=(*opened.problems, *told_lines(done.stderr)))


def opened_by_main_process(folder: str) -> Opened:
    """In an xdist worker: what the service said when the session of this folder was opened."""
    try:
        with open(os.path.join(folder, OPENING_FILE), "rb") as file:
            return _parse(file.read())._replace(problems=())  # the main process tells them
    except OSError:
        return Opened()


def _parse(output: bytes) -> Opened:
    try:
        document: dict[str, Any] = json.loads(output)
        listed = document.get("skippable")
        skippable = None if listed is None else frozenset(Names(*map(str, entry[:3])) for entry in listed)
        tests = retrying.opening_of(document)
        return Opened(bool(document["reporting"]), str(document.get("root", "")), skippable, tests)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Opened(problems=("nothing is reported: alibi ship did not print what was expected",))
