"""Runs every scenario as a test, in this fresh process, and writes which lines each touched.

usage: run.py STRATEGY FOLDER ROUNDS > JSON     STRATEGY "reference" is sys.settrace, all others are ours.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import threading
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STRATEGY, FOLDER, ROUNDS = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
Lines = set[tuple[str, int]]


class Reference:
    """sys.settrace and threading.settrace, module-level code left out."""

    def __init__(self) -> None:
        self.current: Lines = set()
        self.results: dict[str, Lines] = {}

    def trace(self, frame: Any, event: str, argument: object) -> Any:
        name = frame.f_code.co_filename
        if not name.startswith(str(FOLDER)):
            return None
        if event == "line" and frame.f_code.co_name != "<module>":
            self.current.add((Path(name).name, frame.f_lineno))
        return self.trace

    def run(self, name: str, test: Callable[[], object]) -> None:
        self.current.clear()
        threading.settrace(self.trace)
        sys.settrace(self.trace)
        test()
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
        self.results[name] = set(self.current)

    def finish(self) -> dict[str, Any]:
        return {}


class Recorded:
    def __init__(self) -> None:
        sys.path.insert(0, str(HERE.parent))
        import native_harness

        self.harness = native_harness
        self.session = native_harness.load_native().Session(
            directory=str(FOLDER / "shards"), root=str(FOLDER), roots=(str(FOLDER),), excludes=(),
            session_id=7, strategy=STRATEGY, inputs=False, state=False,
        )  # fmt: skip
        self.session.start()
        self.results: dict[str, Lines] = {}

    def run(self, name: str, test: Callable[[], object]) -> None:
        context = self.session.begin_test(name)
        test()
        self.session.end_test(context, "passed", 1)

    def finish(self) -> dict[str, Any]:
        facts = {"strategy": self.session.strategy, "drops": self.session.drops()}
        self.session.stop()
        for test, lines in self.harness.shard_reader.lines_by_test(str(FOLDER / "shards")).items():
            self.results[test] = {(Path(path).name, line) for path, found in lines.items() for line in found}
        return facts


def main() -> None:
    (FOLDER / "subject.py").write_text((HERE / "subject.py").read_text())
    (FOLDER / "subject_match.py").write_text((HERE / "subject_match.txt").read_text())
    sys.path.insert(0, str(FOLDER))
    sys.dont_write_bytecode = True
    collector = Reference() if STRATEGY == "reference" else Recorded()
    import subject

    kept: dict[str, Any] = {}
    dynamic = str(FOLDER / "dynamic.py")

    def generator_begins() -> None:
        kept["generator"] = g = subject.generator(4)
        next(g), next(g)

    def executed() -> object:
        names: dict[str, Any] = {}
        exec(compile("def fx(a):\n    b = a\n    return b\n", dynamic, "exec"), names)
        names["fx"](1)
        return eval(compile("1 if one else 2", dynamic, "eval"), {"one": 1})

    def imported_again() -> None:
        sys.modules.pop("subject", None)
        importlib.invalidate_caches()
        again = importlib.import_module("subject")
        again.plain(3), again.recursion(3)

    def replaced() -> None:
        code = subject.plain.__code__.replace(co_name="other")
        types.FunctionType(code, subject.__dict__)(3)

    def thread_begins() -> None:
        kept["event"] = threading.Event()

        def wait() -> None:
            kept["event"].wait(5)
            subject.plain(9)

        kept["thread"] = threading.Thread(target=wait)
        kept["thread"].start()

    def thread_ends() -> None:
        kept["event"].set()
        kept["thread"].join()

    tests: dict[str, Callable[[], object]] = {
        "plain 0": lambda: subject.plain(0), "plain 5": lambda: subject.plain(5), "threads": subject.threads,
        "generator": lambda: list(subject.generator(3)), "iterable": lambda: list(subject.Iterable()),
        "async": lambda: asyncio.run(subject.coroutine(2)), "raised": lambda: subject.exceptions(0),
        "interpreter raised": lambda: subject.exceptions(1), "recursion": lambda: subject.recursion(50),
        "comprehensions": lambda: subject.comprehensions([0, 1, 2]),
        "multi-line": lambda: subject.multi_line(1),
        "class": lambda: (subject.Class().nested(), subject.Class().property), "continued": subject.continued,
        "while": lambda: subject.while_else(2), "while else": lambda: subject.while_else(9),
        "finalizer": subject.finalizer, "one line": lambda: subject.one_line_loop(4),
        "nested": lambda: subject.nested_functions(1), "finally": lambda: subject.try_finally(5),
        "finally, else": lambda: subject.try_finally(2), "recursion error": subject.recursion_error,
        "generator begins": generator_begins, "generator goes on": lambda: list(kept["generator"]),
        "exec": executed, "thread begins": thread_begins, "thread ends": thread_ends,
        "imported again": imported_again, "replaced": replaced,
    }  # fmt: skip
    if sys.version_info >= (3, 10):
        match = importlib.import_module("subject_match").match
        tests["match 1"] = lambda: match([1, 2])
        tests["match 2"] = lambda: match({"k": 1})
        tests["match 3"] = lambda: match(0)
    for number in range(ROUNDS):
        for name, test in tests.items():
            collector.run(f"{number}:{name}", test)
    facts = collector.finish()
    results = {name: sorted(lines) for name, lines in collector.results.items()}
    json.dump({"results": results, **facts}, sys.stdout)


main()
