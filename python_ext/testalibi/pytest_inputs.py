"""What a whole run depends on besides code: command line, ini file, plugins, conftest chains, a few
variables.

Options and ini values are recorded in one canonical text each, so that an option that was left out before
counts when it appears. Presentation and selection of tests are left out: they change which tests run or how
it looks, not how one ends. The text of a conftest.py is not an input: its code is evidence like any other.
That it exists, or does not, is.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from testalibi import selecting
from testalibi.session import Recording
from testalibi.tracked_files import TrackedFiles

COMMAND_LINE = "command line"
_NO_INI = "no ini file"

_NEUTRAL_OPTIONS = frozenset(
    """file_or_dir keyword markexpr deselect ignore ignore_glob collectonly maxfail lf failedfirst newfirst
    cacheclear cacheshow last_failed_no_failures stepwise stepwise_skip stepwise_reset verbose quiet no_header
    no_summary no_fold_skipped reportchars color code_highlight tbstyle show_capture showlocals fulltrace
    force_short_summary xfail_tb durations durations_min pastebin xmlpath junitprefix traceconfig debug trace
    version help showfixtures show_fixtures_per_test markers usepdb usepdb_cls setupshow basetemp numprocesses
    maxprocesses max_worker_restart dist distload distdir tx px looponfail rsyncdir rsyncignore testrunuid
    loadscopereorder inifilename override_ini pytestbench html css""".split()
)
_NEUTRAL_PREFIXES = tuple(
    "alibi no_alibi cov no_cov json_report testmon no_testmon ddtrace no_ddtrace".split()
)
_NEUTRAL_PLUGINS = frozenset(
    "no:terminal no:cacheprovider terminal testalibi.pytest_plugin xdist xdist.plugin"
    " alibi_pytest_worker".split()
)
_NEUTRAL_INI_KEYS = frozenset("addopts testpaths cache_dir console_output_style minversion".split())
_NEUTRAL_INI_PREFIXES = ("alibi", "log_cli", "verbosity_", "junit_")
_NEUTRAL_DISTRIBUTIONS = frozenset(
    "testalibi pytest-xdist pytest-cov pytest-forked pytest-html pytest-json-report".split()
)
_VARIABLES = tuple(
    "LANG LC_ALL LC_CTYPE PYTHONHASHSEED PYTHONOPTIMIZE PYTHONPATH PYTHONUTF8 PYTHONWARNINGS TZ".split()
)
_INI_FILES = tuple("pytest.toml .pytest.toml pytest.ini .pytest.ini pyproject.toml tox.ini setup.cfg".split())


def canonical_options(config: pytest.Config) -> str:
    """The set options that can change an outcome, as JSON. The same in the main process and its workers."""
    chosen = {}
    for name, value in vars(config.option).items():
        if name in _NEUTRAL_OPTIONS or name.startswith(_NEUTRAL_PREFIXES):
            continue
        if name == "plugins":
            value = [plugin for plugin in value or () if plugin not in _NEUTRAL_PLUGINS]
        if value not in (None, False, [], ()):
            chosen[name] = value
    return _canonical(chosen)


def ini_items(config: pytest.Config) -> dict[str, Any]:
    """The ini file as it stands, also keys that nobody registered."""
    # pytest 9 warns at the public name, and wraps each value together with its origin.
    items: Mapping[str, Any] = config._inicfg if hasattr(config, "_inicfg") else config.inicfg
    return {key: getattr(value, "value", value) for key, value in items.items()}


def option_texts(config: pytest.Config, ignored_packages: Iterable[str] = ()) -> dict[str, str]:
    """What every test depends on, by subject, in one canonical text each: command line, plugins, ini file."""
    values = {key: value for key, value in ini_items(config).items() if not _is_neutral_ini(key)}
    return {
        COMMAND_LINE: canonical_options(config),
        "pytest plugins": _canonical(sorted(_distributions(config, ignored_packages))),
        str(config.inipath) if config.inipath else _NO_INI: _canonical(values),
    }


def search_path() -> list[str]:
    """Where imports look: tests and conftest files may have put objects of any type there."""
    return selecting.search_path()


class RunInputs(NamedTuple):
    """What the recorder of a process is told about the run."""

    options: str = ""  # canonical_options of the main process, in a worker
    ignored_packages: tuple[str, ...] = ()
    tracked: TrackedFiles | None = None  # in the main process


def record_session_inputs(recording: Recording, config: pytest.Config, told: RunInputs) -> None:
    """Once per process, while the session's own context is current: these inputs belong to every test."""
    texts = option_texts(config, told.ignored_packages)
    texts[COMMAND_LINE] = told.options or texts[COMMAND_LINE]
    if told.tracked is not None:
        told.tracked.record(recording)
    _record_ini(recording, config)
    for subject, text in texts.items():
        # What the ini file says is told from other options by this word.
        detail = "ini " + text if subject in (str(config.inipath), _NO_INI) else text
        recording.record_input("option", subject, detail=detail, content=text)
    for name in _VARIABLES:
        value = os.environ.get(name)
        recording.record_input("environment", name, "absent" if value is None else "present", content=value)


def plugin_modules(recording: Recording, config: pytest.Config) -> str:
    """Once conftest files are loaded: which modules of the project pytest asks for hooks and fixtures."""
    found = set()
    folders: dict[str, bool] = {}  # pytest's own modules alone are sixty, in two of them
    for plugin in config.pluginmanager.get_plugins():
        path = getattr(plugin, "__file__", None) if isinstance(plugin, ModuleType) else None
        if not path:
            continue
        folder = os.path.dirname(path)
        if folder not in folders:
            folders[folder] = recording.is_project_file(path)
        if folders[folder]:
            found.add(os.path.abspath(path))
    return "\n".join(sorted(found))


class ConftestChains:
    """One context per directory of tests: which conftest.py files apply there, and where none is."""

    def __init__(self, recording: Recording, config: pytest.Config) -> None:
        self._recording = recording
        self._root = str(config.rootpath)
        self._contexts: dict[str, int] = {}
        self._last: tuple[Any, int] = (None, 0)

    def context_of(self, item: pytest.Item) -> int:
        path = getattr(item, "path", None) or item.fspath
        # The tests of one file share the object.
        if path is self._last[0]:
            return self._last[1]
        directory = os.path.dirname(str(path))
        context = self._contexts.get(directory)
        if context is None:
            context = self._contexts[directory] = self._record(directory)
        self._last = (path, context)
        return context

    def _record(self, directory: str) -> int:
        context = self._recording.begin_context(
            "other", f"conftest chain of {os.path.relpath(directory, self._root)}"
        )
        for folder in self._chain(directory):
            path = os.path.join(folder, "conftest.py")
            state = "present" if os.path.isfile(path) else "absent"
            self._recording.record_input(
                "option", path, state, "conftest", "present" if state == "present" else None
            )
        self._recording.end_context(context)
        return context

    def _chain(self, directory: str) -> list[str]:
        """From the tests' directory up to the root; a directory outside the root stands alone."""
        chain = [directory]
        while chain[-1] != self._root and chain[-1].startswith(self._root.rstrip(os.sep) + os.sep):
            chain.append(os.path.dirname(chain[-1]))
        return chain


def _record_ini(recording: Recording, config: pytest.Config) -> None:
    """The absence of the files that would be used instead of the one in use."""
    chosen = str(config.inipath) if config.inipath else ""
    root = str(config.rootpath)
    for name in _INI_FILES:
        path = os.path.join(root, name)
        if path == chosen:
            break
        if not os.path.exists(path):
            recording.record_input("option", path, "absent", "ini")
    if chosen:
        # For whoever cannot ask pytest for the values.
        with contextlib.suppress(OSError), open(chosen, "rb") as file:
            recording.record_input("option", chosen, detail="ini bytes", content=file.read())


def _is_neutral_ini(key: str) -> bool:
    return key in _NEUTRAL_INI_KEYS or key.startswith(_NEUTRAL_INI_PREFIXES)


def _distributions(config: pytest.Config, ignored: Iterable[str]) -> set[str]:
    neutral = _NEUTRAL_DISTRIBUTIONS.union(map(_normalized, ignored))
    found = {f"pytest {pytest.__version__}"}
    for _, distribution in config.pluginmanager.list_plugin_distinfo():
        name, version = _name_and_version(distribution)
        if _normalized(name) not in neutral:
            found.add(f"{name} {version}")
    return found


def _normalized(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


def _name_and_version(distribution: Any) -> tuple[str, str]:
    """Two lines of its metadata: the library would parse all of it, several times, as an e-mail."""
    headers: dict[str, str] = {}
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    for line in text.partition("\n\n")[0].splitlines():
        header, _, value = line.partition(":")
        headers.setdefault(header.lower(), value.strip())
    if "name" in headers and "version" in headers:
        return headers["name"], headers["version"]
    return str(distribution.metadata["Name"]), str(distribution.version)


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=_without_address, ensure_ascii=False)


def _without_address(value: object) -> str:
    """A stable text for what JSON does not know: the default repr contains an address."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)  # type: ignore[no-any-return]
    text = repr(value)
    return type(value).__qualname__ if " at 0x" in text else text
