"""Scenarios that lose lines in recorders that are nearly right, run for several rounds.

Run as a script in a fresh process: `scenarios.py ROOT OUT MODE ROUNDS NEIGHBOUR` writes {(round, scenario):
lines} to OUT (pickle). MODE is "reference" (sys.settrace) or a strategy of the recorder ("" for the best);
NEIGHBOUR is another user of the interpreter's hooks that works beside the recorder (see `neighbour`).
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import sys
import threading
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from collections.abc import Iterator

MATERIAL = Path(__file__).resolve().parent / "line_scenarios"

if TYPE_CHECKING:
    Lines = set[tuple[str, int]]
    Test = Callable[[Callable[[str], Any]], Any]


def write_subjects(root: str) -> None:
    """The code whose lines count; the match statement apart, because 3.9 cannot compile it."""
    Path(root, "subject.py").write_text(
        (MATERIAL / "subject.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    if sys.version_info >= (3, 10):
        text = (MATERIAL / "subject_match.txt").read_text(encoding="utf-8")
        Path(root, "subject_match.py").write_text(text, encoding="utf-8")


class Scenarios:
    def __init__(self, root: str) -> None:
        self.root = root
        self.alive: dict[str, Any] = {}
        write_subjects(root)
        sys.path.insert(0, root)
        sys.dont_write_bytecode = True

    def load(self) -> None:
        self.subject = importlib.import_module("subject")
        self.asyncio = importlib.import_module("asyncio")
        if sys.version_info >= (3, 10):
            self.match = importlib.import_module("subject_match").match

    def generator_begins(self) -> None:
        self.alive["generator"] = generator = self.subject.generator(4)
        next(generator)
        next(generator)

    def generator_ends(self) -> None:
        assert list(self.alive["generator"]) == [2, 3]

    def executed(self) -> None:
        namespace: dict[str, Any] = {}
        source = "def fx(a):\n    b = a\n    return b\n"
        exec(compile(source, os.path.join(self.root, "dynamic.py"), "exec"), namespace)
        namespace["fx"](1)
        eval(compile("1 if ns else 2", os.path.join(self.root, "expression.py"), "eval"), {"ns": 1})

    def reimported(self) -> None:
        sys.modules.pop("subject", None)
        importlib.invalidate_caches()
        again = importlib.import_module("subject")
        again.plain(3)
        assert again.recursion(3) == 3

    def replaced(self) -> None:
        code = self.subject.plain.__code__.replace(co_name="renamed")
        assert types.FunctionType(code, vars(self.subject))(3) == 1

    def thread_begins(self) -> None:
        go = threading.Event()

        def work() -> None:
            go.wait(10)
            self.subject.plain(9)

        thread = threading.Thread(target=work)
        thread.start()
        self.alive["go"], self.alive["thread"] = go, thread

    def thread_ends(self) -> None:
        self.alive["go"].set()
        self.alive["thread"].join()

    def all(self) -> list[tuple[str, Callable[[], Any]]]:
        s = self.subject
        scenarios: list[tuple[str, Callable[[], Any]]] = [
            ("plain 0", lambda: s.plain(0)),
            ("plain 5", lambda: s.plain(5)),
            ("threads", s.threads),
            ("generator", lambda: list(s.generator(3))),
            ("iterable", lambda: list(s.Iterable())),
            ("coroutine", lambda: self.asyncio.run(s.coroutine(2))),
            ("raised", lambda: s.exceptions(0)),
            ("raised by the interpreter", lambda: s.exceptions(1)),
            ("recursion", lambda: s.recursion(50)),
            ("comprehensions", lambda: s.comprehensions([0, 1, 2])),
            ("call over several lines", lambda: s.multi_line(1)),
            ("class", lambda: (s.Class().nested(), s.Class().property)),
            ("continued line", s.continued),
            ("while else", lambda: s.while_else(2)),
            ("while break", lambda: s.while_else(9)),
            ("finalizer", s.finalizer),
            ("loop on one line", lambda: s.one_line_loop(4)),
            ("one-liners", lambda: (s.one(1), s.short(1), list(s.one_generator(1)))),
            ("hot loop", lambda: s.hot(6000)),
            ("nested functions", lambda: s.nested_functions(1)),
            ("finally", lambda: s.try_finally(5)),
            ("finally and else", lambda: s.try_finally(2)),
            ("generator begins", self.generator_begins),
            ("generator ends", self.generator_ends),
            ("exec and eval", self.executed),
            ("thread begins", self.thread_begins),
            ("thread ends", self.thread_ends),
            ("re-import", self.reimported),
            ("code.replace", self.replaced),
        ]
        if sys.version_info >= (3, 10):
            scenarios += [
                ("match list", lambda: self.match([1, 2])),
                ("match dict", lambda: self.match({"k": 1})),
                ("match nothing", lambda: self.match(0)),
            ]
        return scenarios

    def alone(self) -> list[tuple[str, Callable[[], Any]]]:
        """Beside another user of the hooks this one runs out of stack in that user's own functions."""
        return [("recursion error", self.subject.recursion_error)]


class Reference:
    """What sys.settrace sees: line events outside module level."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.seen: Lines = set()
        self.results: dict[str, Lines] = {}

    def trace(self, frame: types.FrameType, event: str, _: Any) -> Any:
        path = frame.f_code.co_filename
        if not path.startswith(self.root):
            return None
        if event == "line" and frame.f_code.co_name != "<module>":
            self.seen.add((os.path.relpath(path, self.root), frame.f_lineno))
        return self.trace

    @contextlib.contextmanager
    def test(self, name: str) -> Iterator[None]:
        self.seen = set()
        threading.settrace(self.trace)
        sys.settrace(self.trace)
        yield
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
        self.results[name] = set(self.seen)


@contextlib.contextmanager
def neighbour(kind: str, root: str) -> Iterator[Callable[[], None]]:
    """Something else that listens; yields what it does at the start of each test."""
    nothing = lambda: None  # noqa: E731
    if kind == "":
        yield nothing
    elif kind == "settrace":

        def trace(*_: Any) -> Any:
            return trace

        yield lambda: sys.settrace(trace)
        sys.settrace(None)
    elif kind == "coverage":
        coverage = importlib.import_module("coverage").Coverage(
            data_file=None, source=[root], config_file=False
        )
        coverage.start()
        yield nothing
        coverage.stop()
        print(sorted(coverage.get_data().lines(os.path.join(root, "subject.py")) or []))
    else:
        yield from monitoring_neighbour(kind, nothing)


def monitoring_neighbour(kind: str, nothing: Callable[[], None]) -> Iterator[Callable[[], None]]:
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined]
    tool = 2
    monitoring.use_tool_id(tool, "neighbour")
    event = monitoring.events.INSTRUCTION if kind == "instruction" else monitoring.events.LINE
    answer = monitoring.DISABLE if kind in ("disable", "restart") else None
    monitoring.register_callback(tool, event, lambda *_: answer)
    monitoring.set_events(tool, event)
    calls = 0

    def toggle() -> None:
        nonlocal calls
        calls += 1
        monitoring.set_events(tool, event if calls % 2 else 0)

    yield {"restart": monitoring.restart_events, "toggle": toggle}.get(kind, nothing)
    monitoring.set_events(tool, 0)
    monitoring.free_tool_id(tool)


def record(root: str, strategy: str, rounds: int, kind: str) -> dict[tuple[int, str], Lines]:
    if strategy == "reference":
        tester: Any = contextlib.nullcontext(Reference(root))
    else:
        import native_harness

        tester = native_harness.Recording(root, strategy=strategy)
    scenarios = Scenarios(root)
    with tester as recording, neighbour(kind, root) as at_each_test:
        scenarios.load()
        for number in range(rounds):
            for name, scenario in scenarios.all() + ([] if kind else scenarios.alone()):
                with recording.test(f"{number}:{name}"):
                    at_each_test()
                    scenario()
    results = recording.results if strategy == "reference" else recording.lines(triggered=True)
    if strategy != "reference":
        print(recording.session.strategy, recording.session.strategy_reason, recording.session.drops())
    return {(int(name.partition(":")[0]), name.partition(":")[2]): lines for name, lines in results.items()}


if __name__ == "__main__":
    found = record(os.path.realpath(sys.argv[1]), sys.argv[3], int(sys.argv[4]), sys.argv[5])
    Path(sys.argv[2]).write_bytes(pickle.dumps(found))
