"""What the user asked for: command line, environment and ini file, read once into one frozen value.

Precedence: command line, then ALIBI_* variables, then ini keys. Nothing else in the package reads these.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Callable, NamedTuple

DEFAULT_DATA = ".alibi"
DEFAULT_MERGE_TIMEOUT_S = 300.0

# Names of other tools for what Alibi does. They are accepted when the tool that owns them is not installed.
#   (option, takes a value, our option, module of the owner)
OPTION_ALIASES: tuple[tuple[str, bool, str, str], ...] = (
    ("--ddtrace", False, "alibi", "ddtrace"),
    ("--no-ddtrace", False, "no_alibi", "ddtrace"),
    ("--testmon", False, "alibi", "testmon"),
    ("--testmon-noselect", False, "alibi_noselect", "testmon"),
    ("--testmon-nocollect", False, "alibi_nocollect", "testmon"),
    ("--testmon-forceselect", False, "alibi_forceselect", "testmon"),
    ("--no-testmon", False, "no_alibi", "testmon"),
    ("--testmon-env", True, "alibi_env", "testmon"),
)
INI_ALIASES: Mapping[str, str] = {
    "ddtrace": "alibi",
    "environment_expression": "alibi_env",
    "testmon_ignore_dependencies": "alibi_ignore_packages",
}
# The data folder stands beside the file that testmon would use.
_DATAFILE_VARIABLE = "TESTMON_DATAFILE"
_DATAFILE_SUFFIX = ".alibi"

ACTIVATING_OPTIONS = ("alibi", "alibi_noselect", "alibi_nocollect", "alibi_forceselect")

_TRUE = frozenset(("1", "true", "yes", "on"))
_FALSE = frozenset(("", "0", "false", "no", "off"))
_MOST_SECONDS = 1e6
_EXPRESSION_MARKS = frozenset("()[]{}'\"%")


class Configuration(NamedTuple):
    enabled: bool
    requested: bool  # by an option of this very command line, not only by the environment or an ini file
    select: bool
    collect: bool
    force_select: bool
    root: str
    data: str
    extra_roots: tuple[str, ...]
    excludes: tuple[str, ...]
    environment: str
    strategy: str
    report: str
    merge_timeout_s: float
    hang_s: float  # a test that runs for longer is reported with all stacks; 0: none is
    mode: str  # safe, strict or fast
    order: str  # off, fast or likely
    explain: str  # no, reasons or all
    external: str  # run or trust: tests that talk to something outside
    trust: str  # both, local or service: whose word it takes to leave a test out
    intake: str  # remote: as the vendor's variables say; local: the project's own, beside the evidence
    children: str  # off or record: programs that are no interpreters
    coverage: tuple[str, ...] | None  # paths and packages, empty text: all of the project; None: not wanted
    coverage_base: str  # where relative ones among them start
    coverage_contexts: bool  # one per test
    tracked: tuple[str, ...]  # patterns of files: all tests depend on them
    ignored_packages: tuple[str, ...]  # distributions whose version does not count
    keep: str  # sessions of each environment: a number from 1, "all", or empty for the command's default
    problems: tuple[str, ...]


class Sources(NamedTuple):
    """Where settings come from. `options`: only what was given. `ini`: a missing key reads as None."""

    options: Mapping[str, Any]
    environ: Mapping[str, str]
    ini: Callable[[str], Any]
    root: str
    invocation_directory: str


def read(sources: Sources) -> Configuration:
    problems: list[str] = []
    option, environ, ini = sources.options, sources.environ, sources.ini

    def switch(name: str) -> bool | None:
        if option.get(name):
            return True
        variable = name.upper()
        for value, origin in ((environ.get(variable), variable), (ini(name), f"ini key {name}")):
            if value is None:
                continue
            truth = _truth(value)
            if truth is not None:
                return truth
            problems.append(f"{origin} is {value!r}; it takes 1 or 0 and was ignored")
        return None

    def text(name: str) -> str:
        return str(option.get(name) or environ.get(name.upper()) or ini(name) or "")

    def many(name: str) -> tuple[str, ...]:
        variable = environ.get(name.upper())
        values: Sequence[str] = variable.split(os.pathsep) if variable else (ini(name) or ())
        if isinstance(values, str):
            values = values.splitlines()
        return tuple(value.strip() for value in values if value.strip())

    given = any(option.get(name) for name in ACTIVATING_OPTIONS)
    off = bool(option.get("no_alibi"))
    noselect, nocollect = bool(switch("alibi_noselect")), bool(switch("alibi_nocollect"))
    coverage_given = option.get("alibi_cov")
    coverage = (many("alibi_cov") or None) if coverage_given is None else tuple(map(str, coverage_given))
    return Configuration(
        enabled=not off and (given or bool(switch("alibi"))),
        requested=given,
        select=not noselect,
        collect=not nocollect,
        force_select=bool(option.get("alibi_forceselect")),
        root=os.path.realpath(sources.root),
        data=_absolute(text("alibi_data") or _beside_datafile(environ) or DEFAULT_DATA, sources.root),
        extra_roots=tuple(_absolute(path, sources.root) for path in many("alibi_roots")),
        excludes=tuple(_absolute(path, sources.root) for path in many("alibi_exclude")),
        environment=_environment_name(text("alibi_env"), problems),
        strategy=text("alibi_strategy"),
        report=_absolute(text("alibi_report"), sources.invocation_directory) if text("alibi_report") else "",
        merge_timeout_s=_seconds("alibi_merge_timeout", text, 0.1, DEFAULT_MERGE_TIMEOUT_S, problems),
        hang_s=_seconds("alibi_hang", text, 0.01, 0.0, problems),
        keep=_kept_sessions(text("alibi_keep"), problems),
        mode=_word(text("alibi_mode"), "alibi_mode", ("safe", "strict", "fast"), problems),
        order=_word(text("alibi_order"), "alibi_order", ("off", "fast", "likely"), problems),
        explain=_word(text("alibi_explain"), "alibi_explain", ("no", "reasons", "all"), problems),
        trust=_word(text("alibi_trust"), "alibi_trust", ("both", "local", "service"), problems),
        intake=_word(text("alibi_intake"), "alibi_intake", ("remote", "local"), problems),
        children=_word(text("alibi_children"), "alibi_children", ("off", "record"), problems),
        coverage=coverage,
        coverage_base=os.path.realpath(
            sources.root if coverage_given is None else sources.invocation_directory
        ),
        coverage_contexts=bool(option.get("alibi_cov_context")),
        tracked=many("alibi_tracked"),
        ignored_packages=tuple(name for line in many("alibi_ignore_packages") for name in line.split()),
        external=_word(text("alibi_external"), "alibi_external", ("run", "trust"), problems),
        problems=tuple(problems),
    )


def _beside_datafile(environ: Mapping[str, str]) -> str:
    datafile = environ.get(_DATAFILE_VARIABLE, "")
    return datafile + _DATAFILE_SUFFIX if datafile else ""


def _word(value: str, name: str, known: tuple[str, ...], problems: list[str]) -> str:
    if value and value not in known:
        problems.append(f"{name} is {value!r}; it takes {', '.join(known)} and was ignored")
    return value if value in known else known[0]


def _truth(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _absolute(path: str, base: str) -> str:
    return os.path.realpath(os.path.join(base, os.path.expanduser(path)))


def _seconds(
    name: str, text: Callable[[str], str], least: float, default: float, problems: list[str]
) -> float:
    value = text(name)
    try:
        seconds = float(value) if value else default
    except ValueError:
        seconds = -1.0
    if 0 <= seconds <= _MOST_SECONDS:
        return max(least, seconds) if seconds else default
    problems.append(f"{name} is {value!r}; it takes seconds and was ignored")
    return default


def _kept_sessions(value: str, problems: list[str]) -> str:
    word = value.strip().lower()
    if word in ("", "all") or (word.isascii() and word.isdigit() and len(word) < 10 and int(word) > 0):
        return word
    problems.append(f"alibi_keep is {value!r}; it takes a number of sessions or all, and was ignored")
    return ""


def _environment_name(value: str, problems: list[str]) -> str:
    """A plain name, or, where it reads like one, a Python expression over os, sys, hashlib and md5."""
    if not _EXPRESSION_MARKS.intersection(value) and not value.startswith(("os.", "sys.")):
        return value
    import hashlib  # late: loading OpenSSL costs more than this whole package

    try:
        names = {"os": os, "sys": sys, "hashlib": hashlib, "md5": hashlib.md5}
        return str(eval(value, names))
    except Exception as error:
        problems.append(
            f"alibi_env: {value!r} failed ({type(error).__name__}: {error}); the default environment is used"
        )
        return ""
