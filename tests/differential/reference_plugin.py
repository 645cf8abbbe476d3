"""What each test executed, according to someone else: a pytest plugin that shares nothing with Alibi.

Loaded with `-p reference_plugin`; tests/differential/run.py sets its environment:
  ALIBI_REFERENCE_OUT   the JSON file to write
  ALIBI_REFERENCE_ROOT  only files below this folder count
  ALIBI_REFERENCE_MODE  "lines": coverage.py's C tracer, the context switched around each test
                        "scopes": sys.setprofile's call events
Wider-scoped fixtures get contexts of their own, and every test says which of them it used: the same model
as Alibi's, reached with pytest's own bookkeeping.
"""

from __future__ import annotations

import dis
import inspect
import json
import os
import sys
import sysconfig
import threading
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

import pytest

COLLECTION = ""


def lines_of(code: CodeType) -> list[int]:
    """In order of code."""
    return list(dict.fromkeys(line for _, line in dis.findlinestarts(code) if line))


def lines_of_file(path: str) -> set[int]:
    """Lines that any code of this file can run; empty for what is no Python source."""
    try:
        with open(path, "rb") as file:
            units = [compile(file.read(), path, "exec", dont_inherit=True)]
    except (OSError, SyntaxError, ValueError):
        return set()
    for unit in units:
        units += [constant for constant in unit.co_consts if isinstance(constant, CodeType)]
    return {line for unit in units for line in lines_of(unit)}


class LineRecorder:
    """coverage.py's C tracer. Any other core is refused: it would not be the reference that is promised.

    Free-threaded builds have only its tracer in Python; the report says which it was.
    """

    def __init__(self, root: str) -> None:
        without_gil = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
        os.environ["COVERAGE_CORE"] = "pytrace" if without_gil else "ctrace"
        import coverage

        self.root = root
        self.version = coverage.__version__
        self.coverage = coverage.Coverage(
            data_file=None, config_file=False, include=[os.path.join(root, "*")]
        )
        self.coverage.start()
        collector: Any = self.coverage._collector
        self.tracer = collector.tracer_name()
        if self.tracer != ("PyTracer" if without_gil else "CTracer"):
            raise pytest.UsageError(f"coverage.py uses {self.tracer} here, not its C tracer")

    def switch(self, context: str) -> None:
        self.coverage.switch_context(context)

    def finish(self) -> dict[str, Any]:
        self.coverage.stop()
        data = self.coverage.get_data()
        found: dict[str, dict[str, list[Any]]] = {}
        impossible: set[str] = set()
        for path in data.measured_files():
            possible = lines_of_file(path)
            for line, contexts in data.contexts_by_lineno(path).items():
                for context in contexts:
                    found.setdefault(context, {}).setdefault(path, []).append(line)
                if possible and line > 0 and line not in possible:
                    impossible.update(contexts)
        return {"contexts": found, "impossible": sorted(impossible)}


def _own_name(code: CodeType) -> str:
    # code.replace(co_name=…) leaves the qualified name as it was.
    return str(getattr(code, "co_qualname", code.co_name)).rpartition(".")[2]


_SUSPENDABLE = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def body_lines(code: CodeType) -> list[int]:
    """Of a unit that can be suspended: the lines behind its start, in order of code.

    Empty from 3.12 on: there is no call event before the body runs.
    """
    if sys.version_info >= (3, 12) or not code.co_flags & _SUSPENDABLE:
        return []
    start = next((i.offset for i in dis.get_instructions(code) if i.opname == "RESUME"), -1)
    return list(dict.fromkeys(line for begin, line in dis.findlinestarts(code) if line and begin > start))


class ScopeRecorder:
    """Code units entered, from sys.setprofile: (line of the code object, its name) per file."""

    tracer = "setprofile"

    def __init__(self, root: str) -> None:
        self.version = sys.version.split()[0]
        self.prefix = root + os.sep
        self.found: dict[str, set[tuple[str, int, str]]] = {}
        self.current = self.found.setdefault(COLLECTION, set())
        self.paths: dict[str, str | None] = {}
        # By identity, and kept: hashing a code object at each call would be most of the run.
        self.units: dict[int, tuple[CodeType, tuple[str, int, str]]] = {}
        self.main = threading.main_thread().ident
        self.of_threads: set[tuple[str, int, str]] = set()  # entered by another thread than the main one
        sys.setprofile(self.event)
        threading.setprofile(self.event)

    def event(self, frame: FrameType, event: str, _argument: object) -> None:
        if event != "call":
            return
        code = frame.f_code
        name = code.co_filename
        if name not in self.paths:
            path = os.path.realpath(name)
            made_up = name.startswith("<")  # "<string>", "<frozen os>": no file
            self.paths[name] = path if path.startswith(self.prefix) and not made_up else None
        found = self.paths[name]
        if found is not None:
            scope = (found, code.co_firstlineno, _own_name(code))
            self.current.add(scope)
            self.units.setdefault(id(code), (code, scope))
            if threading.get_ident() != self.main:
                self.of_threads.add(scope)

    def switch(self, context: str) -> None:
        self.current = self.found.setdefault(context, set())
        # Where a test used up the stack, calling this function failed, and the interpreter let go of it.
        sys.setprofile(self.event)

    def finish(self) -> dict[str, Any]:
        sys.setprofile(None)
        threading.setprofile(None)
        result: dict[str, dict[str, list[Any]]] = {}
        for context, scopes in self.found.items():
            for path, line, name in scopes:
                result.setdefault(context, {}).setdefault(path, []).append([line, name])
        units = [[scope, lines_of(code), body_lines(code)] for code, scope in self.units.values()]
        return {"contexts": result, "units": units, "of_threads": sorted(self.of_threads)}


class Reference:
    def __init__(self) -> None:
        root = os.path.realpath(os.environ["ALIBI_REFERENCE_ROOT"])
        self.out = os.environ["ALIBI_REFERENCE_OUT"]
        mode = os.environ.get("ALIBI_REFERENCE_MODE", "lines")
        self.recorder = LineRecorder(root) if mode == "lines" else ScopeRecorder(root)
        self.stack = [COLLECTION]
        self.fixtures = 0
        self.users: dict[str, set[str]] = {}
        self.threads: dict[str, list[str]] = {}

    def push(self, context: str) -> None:
        self.stack.append(context)
        self.recorder.switch(context)

    def pop(self) -> None:
        self.stack.pop()
        self.recorder.switch(self.stack[-1])

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        alive = self.foreign_threads()
        self.push(item.nodeid)
        yield
        self.pop()
        both = sorted(alive | self.foreign_threads())
        if both:
            self.threads[item.nodeid] = both

    @staticmethod
    def foreign_threads() -> set[str]:
        return {thread.name for thread in threading.enumerate() if thread is not threading.main_thread()}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[None]:
        if fixturedef.scope == "function":
            yield
            return
        self.fixtures += 1
        context = f"<fixture {self.fixtures}: {fixturedef.argname}>"
        fixturedef.alibi_reference = context
        # Finalizers run last in, first out: this pair encloses the fixture's own teardown.
        fixturedef.addfinalizer(self.pop)
        self.push(context)
        yield
        self.pop()
        fixturedef.addfinalizer(lambda: self.push(context))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        yield
        self.note_fixtures(item)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        yield
        self.note_fixtures(item)

    def note_fixtures(self, item: pytest.Item) -> None:
        request = getattr(item, "_request", None) or getattr(item, "fixture_request", None)
        definitions = getattr(request, "_fixture_defs", None) or {}
        used = {getattr(definition, "alibi_reference", None) for definition in definitions.values()}
        self.users.setdefault(item.nodeid, set()).update(context for context in used if context)

    def pytest_unconfigure(self) -> None:
        report = {
            **self.recorder.finish(),
            "tracer": self.recorder.tracer,
            "version": self.recorder.version,
            "users": {test: sorted(used) for test, used in self.users.items()},
            "threads": self.threads,
        }
        with open(self.out, "w", encoding="utf-8") as file:
            json.dump(report, file)


_reference = Reference()  # at import: before conftest files and test modules


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_reference, "alibi-differential-reference")
