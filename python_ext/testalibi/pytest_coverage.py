"""--alibi-cov: after the run, a data file of coverage.py as of a full run.

Registered in the main process when it is asked for, also where nothing is recorded. The command does the
work, once everything is stored; coverage.py itself is neither needed nor loaded. Never raises: what went
wrong is one line at the end.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from testalibi import installation, pytest_inputs, selecting, tracked_files
from testalibi.configuration import Configuration
from testalibi.merging import last_line, told_lines
from testalibi.tracked_files import TrackedFiles

_TIMEOUT_S = 300.0
_MOST_NOTICES = 5


class CoverageWriter:
    def __init__(
        self,
        config: pytest.Config,
        chosen: Configuration,
        tracked: TrackedFiles,
        outside: Mapping[str, str],
        recording: bool,
    ) -> None:
        self._config = config
        self._chosen = chosen
        self._tracked = tracked
        self._outside = outside  # the environment before conftest files
        self._recording = recording
        self._ran: set[str] = set()
        self._lines: list[str] = []
        self._failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not self._recording and report.when == "call":
            self._ran.add(report.nodeid)
            if "@" in report.nodeid:
                self._ran.add(report.nodeid.rpartition("@")[0])  # of --dist=loadgroup

    # Around the session, which is innermost: by now everything is stored.
    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_sessionfinish(self) -> Iterator[None]:
        yield
        try:
            failure = self._write()
        except Exception as error:
            failure = f"unexpected failure ({type(error).__name__}: {error})"
        if failure:
            self._failed = True
            self._lines = [f"no coverage was written: {failure}"]

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for line in self._lines if self._failed or terminalreporter.verbosity >= 0 else ():
            terminalreporter.write_line(f"alibi: {line}", yellow=self._failed)

    def _write(self) -> str:
        """Returns what went wrong, or an empty string."""
        directory = str(self._config.invocation_params.dir)
        output = os.path.join(directory, self._outside.get("COVERAGE_FILE") or ".coverage")
        command = installation.find_command(self._outside)
        if command.path is None:
            return command.missing
        try:
            sources = self._sources()
        except LookupError as error:
            return str(error)
        options = pytest_inputs.option_texts(self._config, self._chosen.ignored_packages)
        options[tracked_files.SUBJECT] = self._tracked.text()
        request = selecting.request_document(self._chosen, options)
        try:
            done = subprocess.run(
                [command.path, *self._arguments(output, sources)],
                input=request.encode("utf-8", "surrogateescape"),
                capture_output=True,
                # As selecting.select gives it.
                env=dict(self._outside),
                timeout=_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"alibi export was stopped after {_TIMEOUT_S:g} s"
        except OSError as error:
            return f"{command.path} cannot be run: {error.strerror}"
        if done.returncode != 0:
            return f"alibi export failed with status {done.returncode}{last_line(done.stderr)}"
        shown = os.path.relpath(output, directory)
        self._lines = [f"coverage as of a full run in {shown}", *told_lines(done.stderr)[:_MOST_NOTICES]]
        if self._ran:
            ran = f"{len(self._ran)} tests" if len(self._ran) > 1 else "a test"
            self._lines.append(f"{ran} ran without being recorded: what only they execute is missing from it")
        return ""

    def _arguments(self, output: str, sources: Iterable[str]) -> list[str]:
        arguments = ["export", "coverage", "--as-of-now", "--request", "-", "--output", output]
        arguments += ["--data", self._chosen.data]
        arguments += ["--contexts"] if self._chosen.coverage_contexts else []
        arguments += [] if self._chosen.collect else ["--read-only"]
        for source in sources:
            arguments += ["--source", source]
        return arguments

    def _sources(self) -> list[str]:
        """Files and folders; none: all of the project. Raises LookupError, which says what is not there."""
        wanted = self._chosen.coverage or ()
        if "" in wanted:
            return []
        places = []
        for source in wanted:
            place = place_of(source, self._chosen.coverage_base, [*sys.path, self._chosen.root])
            if not place:
                raise LookupError(f"{source} is no file, folder or package here")
            places.append(place)
        return places


def place_of(source: str, directory: str, search_path: Iterable[object]) -> str:
    """The file or folder that a path or the name of a package means; empty when there is none."""
    path = os.path.realpath(os.path.join(directory, os.path.expanduser(source)))
    if os.path.exists(path):
        return path
    parts = source.split(".")
    if not all(part.isidentifier() for part in parts):
        return ""
    for entry in search_path:
        if isinstance(entry, str):
            stem = os.path.realpath(os.path.join(entry, *parts))
            for candidate in (stem, f"{stem}.py"):
                if os.path.exists(candidate):
                    return candidate
    return ""
