"""Entry point of the pytest plugin: registers options, and hands over to pytest_start when Alibi was asked
for.

Loaded in every pytest run of an environment where Alibi is installed, so it imports nothing until then.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from typing import Any

_INPUTS_MARK = (
    "alibi_inputs(*paths, env=(), absent_ok=True): files, directories and patterns below the root directory, "
    "and environment variables, that the test depends on and Alibi cannot see"
)
_MARKS = (_INPUTS_MARK, "alibi_always: run this test whatever has changed")
_ALIASES = ("--testmon", "--no-testmon", "--ddtrace", "--no-ddtrace")


class _HooksOfProjects:
    """That projects may implement for ddtrace; without it pytest would not know them."""

    @pytest.hookspec(firstresult=True)
    def pytest_ddtrace_get_item_module_name(self, item: Any) -> str:
        """How the service calls the test's module."""
        raise NotImplementedError

    @pytest.hookspec(firstresult=True)
    def pytest_ddtrace_get_item_suite_name(self, item: Any) -> str:
        """How the service calls the test's suite."""
        raise NotImplementedError

    @pytest.hookspec(firstresult=True)
    def pytest_ddtrace_get_item_test_name(self, item: Any) -> str:
        """How the service calls the test."""
        raise NotImplementedError


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    from importlib.util import find_spec  # pytest has it loaded

    if find_spec("ddtrace") is None:
        pluginmanager.add_hookspecs(_HooksOfProjects)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    group = parser.getgroup("alibi", "Alibi: record what each test touches")
    group.addoption(
        "--alibi",
        action="store_true",
        help="record what each test touches, and run only the tests that a change can break "
        "(--ddtrace and --testmon* are understood as well where those tools are not installed)",
    )
    group.addoption("--alibi-noselect", action="store_true", help="record, and run all tests")
    group.addoption("--alibi-nocollect", action="store_true", help="do not record")
    group.addoption(
        "--alibi-forceselect",
        action="store_true",
        help="record, and select also among the tests that -k, -m or --lf leave",
    )
    group.addoption(
        "--alibi-mode",
        metavar="safe|strict|fast",
        help="what a skip needs: proof (the default), whole files unchanged, or only the functions that ran",
    )
    group.addoption(
        "--alibi-external",
        metavar="run|trust",
        help="tests that talk to something outside: always run them (the default), or trust them like others",
    )
    group.addoption(
        "--alibi-children",
        metavar="off|record",
        help="programs that tests start and that are not Python (sh, git, …): their tests always run (the "
        "default), or what they read is recorded too",
    )
    group.addoption(
        "--alibi-trust",
        metavar="both|local|service",
        help="where a Test Optimization service names tests to skip too: a test is left out if neither the "
        "service nor Alibi's evidence objects (the default), by the evidence, or by the service alone",
    )
    group.addoption(
        "--alibi-intake",
        metavar="remote|local",
        help="report to the service that the DD_ variables name, if any (the default), or to an intake of "
        "the project's own, in its data folder",
    )
    group.addoption("--no-alibi", action="store_true", help="do nothing, whatever else is said")
    group.addoption(
        "--alibi-env",
        metavar="NAME",
        help="name of the environment, or a Python expression over os, sys, hashlib, md5",
    )
    group.addoption("--alibi-data", metavar="DIR", help="data folder, relative to the root directory")
    group.addoption(
        "--alibi-order",
        metavar="fast|likely",
        help="run the quickest files first, or tests that failed or that a change can break before others",
    )
    group.addoption(
        "--alibi-explain",
        dest="alibi_explain",
        action="store_const",
        const="reasons",
        help="say at the end why tests ran; --alibi-explain=all: and how many of each file did not",
    )
    # A name of its own, so that a path after the option above is not taken for its value.
    group.addoption("--alibi-explain=all", dest="alibi_explain", action="store_const", const="all")
    group.addoption(
        "--alibi-cov",
        action="append_const",
        const="",
        help="after the run, write a coverage.py data file as of a full run, also of what was left out; "
        "--alibi-cov=SOURCE (may be repeated): only of that path or package",
    )
    for given in sorted(_coverage_options(pluginmanager.get_plugin("pytestconfig"))):
        source = given.partition("=")[2]
        group.addoption(given, dest="alibi_cov", action="append_const", const=source, help="as given")
    group.addoption("--alibi-cov-context", action="store_true", help="… with a context for each test: its id")
    group.addoption(
        "--alibi-hang",
        metavar="SECONDS",
        help="print and keep the stacks of all threads when a test runs for longer; the test goes on",
    )
    group.addoption("--alibi-report", metavar="FILE", help="also write the closing summary to FILE as JSON")
    parser.addini("alibi", "record in every run (ALIBI=1)", type="bool", default=False)
    parser.addini("alibi_noselect", "record, and run all tests (ALIBI_NOSELECT)", type="bool", default=False)
    parser.addini("alibi_nocollect", "do not record (ALIBI_NOCOLLECT)", type="bool", default=False)
    parser.addini(
        "alibi_roots",
        "folders of project code besides the root and editable installs",
        type="linelist",
    )
    parser.addini("alibi_exclude", "folders below the roots that are not the project's", type="linelist")
    parser.addini("alibi_mode", "safe, strict or fast (ALIBI_MODE)")
    parser.addini("alibi_cov", "as --alibi-cov: paths below the root directory, and packages", type="args")
    parser.addini("alibi_order", "fast or likely: the order that tests run in (ALIBI_ORDER)")
    parser.addini("alibi_explain", "reasons or all: say at the end why tests ran (ALIBI_EXPLAIN)")
    parser.addini(
        "alibi_tracked", "files, folders and patterns that every test depends on (ALIBI_TRACKED)", "linelist"
    )
    parser.addini(
        "alibi_ignore_packages", "distributions whose version does not count (ALIBI_IGNORE_PACKAGES)", "args"
    )
    parser.addini("alibi_external", "run or trust (ALIBI_EXTERNAL)")
    parser.addini("alibi_children", "off or record: programs that are not Python (ALIBI_CHILDREN)")
    parser.addini("alibi_intake", "remote or local (ALIBI_INTAKE)")
    parser.addini("alibi_trust", "both, local or service (ALIBI_TRUST)")
    parser.addini("alibi_env", "name of the environment, or an expression (ALIBI_ENV)")
    parser.addini("alibi_data", "data folder, default .alibi (ALIBI_DATA)")
    parser.addini("alibi_strategy", "how lines are recorded; default: the best that works (ALIBI_STRATEGY)")
    parser.addini("alibi_merge_timeout", "seconds that storing may take at the end (ALIBI_MERGE_TIMEOUT)")
    parser.addini("alibi_hang", "seconds after which the stacks of a test are printed and kept (ALIBI_HANG)")
    parser.addini("alibi_keep", "sessions of each environment whose evidence is kept, or all (ALIBI_KEEP)")


def _coverage_options(config: Any) -> set[str]:
    """The forms --alibi-cov=SOURCE that were given, each to be an option: one with an optional value would
    take a path that follows it for its value.
    """
    import shlex  # pytest has it loaded

    given = [str(argument) for argument in config.invocation_params.args]
    with contextlib.suppress(ValueError):  # an open quotation mark: pytest tells
        given += shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))
        given += config.getini("addopts")
    return {argument for argument in given if argument.startswith("--alibi-cov=")}


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> None:
    _report_to_watcher(early_config)
    if _asked_for(early_config, early_config.known_args_namespace, args):
        _prepare(early_config, parser, args)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    for line in _MARKS:
        config.addinivalue_line("markers", line)
    # For a plugin that was loaded too late for the hook above: by a conftest file or by another plugin.
    _report_to_watcher(config)
    arguments = [str(argument) for argument in config.invocation_params.args]
    if not config.pluginmanager.has_plugin("alibi-asked") and _asked_for(config, config.option, arguments):
        _prepare(config, config._parser, arguments)


def _report_to_watcher(config: pytest.Config) -> None:
    """`alibi watch` started this run."""
    if "ALIBI_WATCH_FD" not in os.environ:
        return
    with contextlib.suppress(Exception), _plain_imports():
        from testalibi import watching

        watching.start(config, os.environ)


def _asked_for(config: pytest.Config, options: Any, arguments: list[str]) -> bool:
    return bool(
        getattr(options, "alibi", False)
        or getattr(options, "alibi_noselect", False)
        or getattr(options, "alibi_nocollect", False)
        or getattr(options, "alibi_forceselect", False)
        or getattr(options, "alibi_cov", None)
        or "ALIBI" in os.environ
        or _ini_says_so(config)
        or any(argument.startswith(_ALIASES) for argument in arguments)
    )


def _ini_says_so(config: pytest.Config) -> bool:
    try:
        # pytest 9 warns at the public name.
        in_file = config._inicfg if hasattr(config, "_inicfg") else config.inicfg
        return bool(config.getini("alibi")) or "ddtrace" in in_file
    except Exception:
        return True  # a value that is no truth value: prepare() tells


def _prepare(config: pytest.Config, parser: pytest.Parser, arguments: list[str]) -> None:
    config.pluginmanager.register(object(), "alibi-asked")
    try:
        with _plain_imports():
            from testalibi import pytest_start

            pytest_start.prepare(config, parser, arguments)
    except Exception as error:
        line = f"alibi: not recording: unexpected failure ({type(error).__name__}: {error}); please report it"
        config.add_cleanup(lambda: _tell(line))  # now it would be captured


@contextlib.contextmanager
def _plain_imports() -> Iterator[None]:
    """pytest rewrites the assertions of a plugin's whole package, also where there are none, and where no
    bytecode may be written it does so in every run."""
    import sys

    hooks = [finder for finder in sys.meta_path if type(finder).__name__ == "AssertionRewritingHook"]
    for hook in hooks:
        sys.meta_path.remove(hook)
    try:
        yield
    finally:
        sys.meta_path[:0] = hooks


def _tell(line: str) -> None:
    import sys

    print(line, file=sys.stderr)
