"""What Alibi says in the terminal: a line at the start, a few at the end, the same as JSON on request."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest

from testalibi import installation, pytest_crashes
from testalibi.configuration import Configuration
from testalibi.selection_account import seconds_text

_STRATEGIES = {
    "self": "self-disarming probes",
    "slots": "self-disarming slots",
    "restart": "probes re-armed between tests",
    "trace": "a trace function",
}
_LOSSES = {
    "disk": "the disk was full or refused to be written",
    "memory": "memory ran out",
    "numbers": "the recorder ran out of numbers",
    "line_out_of_range": "lines lay outside their code",
    "refused_code": "code could not be instrumented",
    "probe_lost": "probes were overwritten by something else",
    "tracer_evicted": "tests replaced the trace function",
    "subinterpreter": "code ran in a sub-interpreter",
    "thread": "a thread could not be traced",
    "input": "inputs could not be read",
    "too_large": "records were too large",
    "fork": "a forked child could not open its shard",
    "state": "what tests leave in shared state cannot be seen on this interpreter",
    "process": "which tests a process met is not known",
}
_MOST_PROBLEMS = 5


class Summary:
    """Its attributes, in this order, are the document that --alibi-report asks for."""

    def __init__(self, spent_s: float = 0.0, problems: Iterable[str] = ()) -> None:
        self.tests = 0
        self.files = 0
        self.lines = 0
        self.processes = 0
        self.incomplete_tests = 0
        self.drops: Mapping[str, int] = {}
        # Of the recorder, added up over the main process and its workers. state_not_examined and
        # state_cut_off: shared values whose contents were not compared after each test.
        self.statistics: Mapping[str, int] = {}
        self.crashed_workers = 0
        self.crashes: Sequence[Mapping[str, Any]] = ()  # and hangs, as `alibi merge --json` describes them
        self.spent_s = spent_s
        self.merge_s = 0.0
        self.stored = False
        # What was left out in all sessions that the store keeps.
        self.spared_sessions = 0
        self.spared_s = 0.0
        # run, skipped, saved_s, changes, reasons
        self.selection: Mapping[str, Any] = {}
        # tried_again, flaky, quarantined: of tests, where a service said what to do with them
        self.retries: Mapping[str, int] = {}
        self.notices: list[str] = []
        self.problems: list[str] = list(problems)


class Reporter:
    """In the main process. `summary` is filled in before the terminal's closing lines are written."""

    def __init__(self, configuration: Configuration, header: str, problems: list[str]) -> None:
        self._configuration = configuration
        self._header = header
        self._unannounced = list(problems)
        self.summary: Summary | None = None

    def pytest_report_header(self) -> list[str]:
        lines = [f"alibi: {self._header}"] if self._header else []
        lines.extend(f"alibi: {problem}" for problem in self._unannounced)
        self._unannounced.clear()
        return lines

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        summary, self.summary = self.summary, None
        if summary is not None:
            pytest_crashes.write_section(terminalreporter, summary.crashes)
            self._unannounced.extend(_few(summary.problems))
            if summary.stored and terminalreporter.verbosity >= 0:
                terminalreporter.write_line(f"alibi: {summary_line(summary)}")
                if summary.spared_sessions and summary.selection.get("skipped"):
                    terminalreporter.write_line(f"alibi: {savings_line(summary)}")
            for notice in summary.notices:
                terminalreporter.write_line(f"alibi: {notice}")
        for problem in self._unannounced:
            terminalreporter.write_line(f"alibi: {problem}", yellow=True)
        self._unannounced.clear()

    def pytest_unconfigure(self) -> None:
        """Without a terminal plugin, or when the run ended too early for it: losses are told all the same."""
        summary, self.summary = self.summary, None
        problems = [*self._unannounced, *(_few(summary.problems) if summary else ())]
        self._unannounced.clear()
        for problem in problems:
            print(f"alibi: {problem}", file=sys.stderr)


def header_of(configuration: Configuration, strategy: str, reason: str) -> str:
    words = _STRATEGIES.get(strategy, strategy)
    better = f" ({reason})" if reason else ""
    line = f"recording with {words} ({installation.interpreter_name()}){better}"
    line += f", evidence in {_relative(configuration)}"
    if configuration.environment:
        line += f", environment {configuration.environment}"
    return line


def summary_line(summary: Summary) -> str:
    own_time = summary.spent_s + summary.merge_s
    return (
        f"recorded {_count(summary.tests, 'test')} in {_count(summary.processes, 'process', 'processes')}:"
        f" {_count(summary.files, 'file')}, {_count(summary.lines, 'line')}; {own_time:.2f} s of Alibi's own"
    )


def savings_line(summary: Summary) -> str:
    now, sessions = summary.selection, summary.spared_sessions
    return (
        f"{_count(now['skipped'], 'test')} left out, {seconds_text(now['saved_s'])} saved;"
        f" {seconds_text(summary.spared_s)} saved in {_count(sessions, 'run')} so far"
    )


def losses(incomplete_tests: int, drops: Mapping[str, int], crashed_workers: int) -> list[str]:
    """What was lost and why, in words; a test without complete evidence runs next time."""
    found = []
    if crashed_workers:
        found.append(f"{_count(crashed_workers, 'worker process', 'worker processes')} crashed")
    found.extend(f"{_LOSSES.get(reason, reason)} ({count}x)" for reason, count in drops.items())
    if incomplete_tests:
        cause = "; ".join(found) or "not ended or not fully recorded"
        them = "it runs" if incomplete_tests == 1 else "they run"
        return [f"{_count(incomplete_tests, 'test')} without complete evidence: {cause}; {them} next time"]
    return [f"some evidence was lost: {'; '.join(found)}"] if found else []


def write_json(path: str, summary: Summary) -> str:
    """Returns what went wrong, or an empty string."""
    try:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(vars(summary), file, indent=1)
            file.write("\n")
    except OSError as error:
        return f"the report {path} was not written ({error.strerror})"
    return ""


def _few(problems: list[str]) -> list[str]:
    different = list(dict.fromkeys(problems))
    more = len(different) - _MOST_PROBLEMS
    return [*different[:_MOST_PROBLEMS], *([f"and {more} more problems"] if more > 0 else [])]


def _relative(configuration: Configuration) -> str:
    inside = configuration.data.startswith(configuration.root + os.sep)
    return os.path.relpath(configuration.data, configuration.root) if inside else configuration.data


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
