"""One process's part in a session: the native recorder behind a wall that no exception passes.

Everything here is called from hooks of the user's test run. After the first unexpected failure recording ends
in this process, the loss is noted once as a problem for the summary, and all methods do nothing from then on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Callable, Literal, TypeVar

from testalibi import declared_inputs, installation, source_roots

if TYPE_CHECKING:
    from testalibi import _native
    from testalibi.configuration import Configuration
    from testalibi.outcomes import Ending

_Result = TypeVar("_Result")

# The recorder knows one session per process: who starts a second one at the same time (a pytest run inside a
# test) gets none.
_current: Recording | None = None


class CannotRecord(Exception):
    """str() is one line: what failed and what to do."""


def depends_on(paths: Iterable[Any], env: Iterable[str], absent_ok: bool) -> None:
    if _current is not None:
        _current.declare(paths, env, absent_ok)


def is_recording() -> bool:
    return _current is not None


class Recording:
    def __init__(
        self,
        native: _native.Session,
        root: str = "",
        roots: tuple[str, ...] = (),
        excludes: tuple[str, ...] = (),
    ) -> None:
        self._native: _native.Session | None = native
        self.root = root
        self._roots = roots
        self._excludes = excludes
        self.strategy = native.strategy
        self.strategy_reason = native.strategy_reason
        self.spent_ns = 0
        self.drops: dict[str, int] = {}
        self.statistics: dict[str, int] = {}
        self.problems: list[str] = []
        self.sys_path: list[str] = []  # when all tests were found: what imports of the project see

    @property
    def active(self) -> bool:
        return self._native is not None

    def is_project_file(self, path: str) -> bool:
        return source_roots.is_project_file(path, self._roots, self._excludes)

    def begin_test(self, test_id: str) -> int:
        """The number of the new context; 0 when nothing is recorded any more."""
        native = self._native
        return (self._call(native.begin_test, test_id) or 0) if native else 0

    def end_test(self, context: int, end: Ending) -> None:
        native = self._native
        if native and context:
            self._call(native.end_test, context, end.outcome, end.duration_ns, end.reason)

    def begin_context(
        self, kind: Literal["fixture", "other", "collection"], name: str, scope: str = ""
    ) -> int:
        native = self._native
        return (self._call(native.begin_context, kind, name, scope) or 0) if native else 0

    def end_context(self, context: int) -> None:
        native = self._native
        if native and context:
            self._call(native.end_context, context)

    def resume_context(self, context: int) -> None:
        native = self._native
        if native and context:
            self._call(native.resume_context, context)

    def end_collection(self, context: int, test_ids: tuple[str, ...], ended_well: bool) -> None:
        native = self._native
        if native and context:
            self._call(native.end_collection, context, test_ids, ended_well)

    def charge(self, user: int, used: int) -> None:
        native = self._native
        if native and user and used and user != used:
            self._call(native.charge, user, used)

    def note(self, context: int, text: str) -> None:
        """What reports say of a test, or (0) of one that did not run. No evidence."""
        native = self._native
        if native:
            self._call(native.note, context, text)

    def record_input(
        self,
        kind: str,
        subject: str,
        state: str = "present",
        detail: str = "",
        content: str | bytes | None = None,
    ) -> None:
        native = self._native
        if native:
            if isinstance(content, str):
                content = content.encode("utf-8", "surrogateescape")
            self._call(native.record_input, kind, subject, state, detail, content)

    def declare(self, paths: Iterable[Any], env: Iterable[str], absent_ok: bool) -> None:
        """For the current context; what is no path or name costs it its alibi."""
        problems = len(self.problems)
        what = "an input that was declared is not understood"
        self.guarded(what, declared_inputs.record, self, paths, env, absent_ok)
        if self._native and len(self.problems) > problems:
            self._call(self._native.lose_input)

    def observe(self, kind: Literal["file", "directory", "environment"], subject: str) -> bool:
        """As if the project had read it just now. Is it there?"""
        native = self._native
        return bool(native and self._call(native.observe, kind, subject))

    def announce_crashes_to(self, descriptor: int) -> None:
        native = self._native
        if native:
            self._call(native.announce_crashes_to, descriptor)

    def lose_input(self, problem: str) -> None:
        self.problems.append(f"{problem}; tests that depend on it run next time")

    def guarded(self, what: str, function: Callable[..., _Result], *arguments: object) -> _Result | None:
        """Calls what looks into pytest: a surprise there must not reach the user's test."""
        try:
            return function(*arguments)
        except Exception as error:
            self.problems.append(f"{what} ({type(error).__name__}: {error})")
            return None

    def stop(self) -> None:
        """Closes the shard. Idempotent."""
        global _current
        native = self._native
        if native:
            self._call(native.stop)
            drops = self._call(native.drops) or {}
            self.drops = {reason: count for reason, count in drops.items() if count}
            self.statistics = self._call(native.statistics) or {}
        self._native = None
        if _current is self:
            _current = None

    def _call(self, method: Callable[..., _Result], *arguments: object) -> _Result | None:
        """Called several times per test, so it is plain: no context manager, no decorator."""
        started = time.perf_counter_ns()
        try:
            return method(*arguments)
        except Exception as error:
            self._give_up(error)
            return None
        finally:
            self.spent_ns += time.perf_counter_ns() - started

    def _give_up(self, error: Exception) -> None:
        native, self._native = self._native, None
        self.problems.append(
            f"recording ended early ({type(error).__name__}: {error}); the tests after it run next time"
        )
        try:
            if native is not None:
                native.stop()
        except Exception as second:
            self.problems[-1] += f"; stopping failed as well ({second})"


def start(
    configuration: Configuration,
    directory: str,
    session_id: int,
    role: Literal["main", "worker"],
    worker: str = "",
) -> Recording:
    """Starts recording in this process. Raises CannotRecord."""
    global _current
    if _current is not None:
        raise CannotRecord(
            "this process is already being recorded by another run; the inner run is not recorded"
        )
    started = time.perf_counter_ns()
    joined = sys.modules.get("testalibi.started_process")
    if joined is not None:
        joined.leave_for_own_session()
    try:
        native_module = installation.load_native()
    except installation.MissingPart as error:
        raise CannotRecord(str(error)) from error
    all_roots = source_roots.roots(configuration.root, configuration.extra_roots, configuration.excludes)
    excludes = source_roots.excludes(all_roots, configuration.excludes, configuration.data)
    try:
        native = native_module.Session(
            directory=directory,
            root=configuration.root,
            roots=all_roots,
            excludes=excludes,
            session_id=session_id,
            role=role,
            worker=worker,
            strategy=configuration.strategy,
            hang_s=configuration.hang_s,
        )
        native.start()
    except Exception as error:
        raise CannotRecord(f"the recorder did not start: {error}") from error
    _current = Recording(native, configuration.root, all_roots, excludes)
    _current.spent_ns += time.perf_counter_ns() - started
    return _current


def interpreter_version() -> str:
    return f"{installation.interpreter_name()}.{sys.version_info[2]}"
