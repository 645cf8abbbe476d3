"""Asks `alibi select` which known tests have an alibi now. Never raises; without an answer all tests run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

from testalibi import distrusted, installation
from testalibi.configuration import Configuration
from testalibi.merging import last_line, told_lines

_NOTHING_KNOWN = 3  # the command's exit status
_TIMEOUT_S = 120.0


class Needed(NamedTuple):
    """A known test that has to run."""

    reason: str
    kind: str  # affected, failed or unfinished
    milliseconds: float  # when it last ran


class Selected(NamedTuple):
    """What may be left out, and why the rest may not."""

    known: bool = False  # is there any evidence at all?
    failure: str = ""
    skipped: Mapping[str, float] = {}  # test -> milliseconds it took
    needed: Mapping[str, Needed] = {}
    settled_files: frozenset[str] = frozenset()
    all_files_settled: bool = False
    options: Mapping[str, str] = {}  # what the newest session was run with, as request_document takes it
    changes: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """Nothing known has to run, and no test file needs to be collected for it."""
        return self.known and bool(self.skipped) and not self.needed and self.all_files_settled


def search_path() -> list[str]:
    """As absolute paths, with the links in them: what a relative entry means is known here only."""
    try:
        here = os.getcwd()
    except OSError:  # it was removed
        here = ""
    return [os.path.join(here, entry) if entry else here for entry in sys.path if isinstance(entry, str)]


def request_document(chosen: Configuration, options: Mapping[str, str] | None) -> str:
    """`options`: subject of an option input -> its canonical text, as recorded; None: not known yet."""
    library = getattr(sys, "stdlib_module_names", sys.builtin_module_names)
    document: dict[str, Any] = {
        "version": 1,
        "root": chosen.root,
        "environment": chosen.environment,
        "python": sys.executable,
        "program": os.path.join(os.path.dirname(os.path.abspath(__file__)), "source_units", "__main__.py"),
        "interpreter": "{} {}.{}.{}".format(sys.implementation.name, *sys.version_info[:3]),
        "sys_path": search_path(),
        "library": sorted(library),
        "builtin": sorted(sys.builtin_module_names),
        "external": chosen.external,
        "mode": chosen.mode,
        "ignored_packages": chosen.ignored_packages,
    }
    if options is not None:
        document["options"] = options
    return json.dumps(document)


def select(chosen: Configuration, request: str, environ: Mapping[str, str]) -> Selected:
    command = installation.find_command(environ)
    if command.path is None:
        return Selected(failure=command.missing)
    arguments = [command.path, "select", "--json", "--request", "-", "--data", chosen.data]
    if not chosen.collect:
        arguments.append("--read-only")
    try:
        done = subprocess.run(
            arguments,
            input=request.encode("utf-8", "surrogateescape"),
            capture_output=True,
            # As Python sees it: C code (readline: COLUMNS, LINES) adds to what a child would inherit.
            env=dict(environ),
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Selected(failure=f"alibi select was stopped after {_TIMEOUT_S:g} s")
    except OSError as error:
        return Selected(failure=f"{command.path} cannot be run: {error.strerror}")
    if done.returncode == _NOTHING_KNOWN:
        return Selected(notices=tuple(told_lines(done.stderr)[:-1]))  # the last says just that
    if done.returncode != 0:
        return Selected(failure=f"alibi select failed with status {done.returncode}{last_line(done.stderr)}")
    selected = _parse(done.stdout)
    told = [line for line in told_lines(done.stderr) if line not in selected.notices]
    return _without_distrusted(selected._replace(notices=(*told, *selected.notices)), chosen.data)


def _without_distrusted(selected: Selected, data: str) -> Selected:
    """Tests that an audit caught being skipped wrongly run, whatever their evidence says."""
    try:
        tests = distrusted.tests(data)
    except distrusted.Unreadable as error:
        return Selected(failure=str(error))
    if not tests.intersection(selected.skipped):
        return selected
    caught = "an audit found it skipped wrongly"
    needed = {test: Needed(caught, "affected", selected.skipped.get(test, 0.0)) for test in tests}
    files = {test.partition("::")[0] for test in tests}
    return selected._replace(
        skipped={test: spent for test, spent in selected.skipped.items() if test not in tests},
        needed={**selected.needed, **needed},
        settled_files=selected.settled_files - files,
        all_files_settled=False,
    )


def _parse(output: bytes) -> Selected:
    try:
        document: dict[str, Any] = json.loads(output)
        skipped, needed = {}, {}
        for test in document["tests"]:
            name, milliseconds = str(test["id"]), float(test["duration_ms"])
            if test["verdict"] == "skip":
                skipped[name] = milliseconds
            else:
                needed[name] = Needed(str(test["reason"]), str(test["kind"]), milliseconds)
        return Selected(
            known=bool(skipped or needed),
            skipped=skipped,
            needed=needed,
            settled_files=frozenset(map(str, document["settled_files"])),
            all_files_settled=bool(document["all_files_settled"]),
            options={str(subject): str(text) for subject, text in document["options"].items()},
            changes=tuple(map(str, document["changes"])),
            notices=tuple(map(str, document["notices"])),
        )
    except (ValueError, TypeError, KeyError):
        return Selected(failure="alibi select did not print what was expected")
