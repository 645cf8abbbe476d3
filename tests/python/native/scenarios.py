"""26 scenarios that lose lines in recorders that are nearly right, run for several rounds.

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

MODULE = """
import threading, time, asyncio, contextlib
def plain(x):
    a = x
    if a > 1:
        b = 1
    else:
        b = 2
    return b
def threads():
    out = []
    def work(n):
        for i in range(n):
            out.append(i)
            time.sleep(0)
        return None
    ts = [threading.Thread(target=work, args=(3,)) for _ in range(3)]
    for t in ts:
        t.start()
    for t in ts:
        t.join()
    return len(out)
def gen(n):
    i = 0
    while i < n:
        yield i
        i += 1
    done = True
    return done
class Iterates:
    def __iter__(self):
        for k in (1, 2):
            try:
                yield k
            finally:
                z = k
async def coroutine(n):
    await asyncio.sleep(0)
    if n:
        r = await coroutine(n - 1)
    else:
        r = 7
    async for v in agen():
        r += v
    async with actx() as q:
        r += q
    return r
async def agen():
    for i in range(2):
        yield i
@contextlib.asynccontextmanager
async def actx():
    yield 3
def raises(n):
    try:
        if n == 0:
            raise ValueError(
                "x")
        d = {}
        d["nope"]
        never = 1
    except ValueError as e:
        s = str(e)
    except KeyError:
        s = "k"
    finally:
        f = 1
    with contextlib.suppress(ZeroDivisionError):
        1 / 0
        never = 2
    return s
def recursive(n):
    if n == 0:
        return 0
    return 1 + recursive(n - 1)
def comprehensions(xs):
    a = [x * 2
         for x in xs
         if x]
    b = {k: v for k, v in zip(a, a)}
    f = lambda q: (
        q + 1)
    return sum(map(f, a)), b
def spread(a,
           b=1):
    return plain(
        a
    ) + plain(
        b)
def one(x): return x + 1
short = lambda x: x * 2
def one_generator(n): yield n
class K:
    attr = 1
    def m(self):
        class Inner:
            z = 2
            def mm(self):
                return self.z
        return Inner().mm()
    @property
    def p(self): return self.attr
def by_name():
    g = globals()
    return g["plain"](1) \\
        + g["plain"](5)
def while_else(n):
    while n:
        n -= 1
        if n == 3:
            break
    else:
        return "e"
    return "b"
def finalised():
    class T:
        def __del__(self):
            k = 1
    t = T()
    t = 2
    return t
def hot(n):
    total = 0
    for i in range(n):
        if i % 3 == 0:
            continue
        total += one(i)
    return total
"""
MATCH = """
def match(x):
    match x:
        case [1, y]:
            return y
        case {"k": v}:
            return v
        case _:
            return None
"""

if TYPE_CHECKING:
    Lines = set[tuple[str, int]]
    Test = Callable[[Callable[[str], Any]], Any]


class Scenarios:
    def __init__(self, root: str) -> None:
        self.root = root
        self.alive: dict[str, Any] = {}
        Path(root, "sample.py").write_text(MODULE, encoding="utf-8")
        Path(root, "matching.py").write_text(
            MATCH if sys.version_info >= (3, 10) else "def match(x): pass\n", encoding="utf-8"
        )
        sys.path.insert(0, root)

    def load(self) -> None:
        self.sample = importlib.import_module("sample")
        self.matching = importlib.import_module("matching")
        self.asyncio = importlib.import_module("asyncio")

    def generator_begins(self) -> None:
        self.alive["generator"] = generator = self.sample.gen(4)
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
        sys.modules.pop("sample", None)
        importlib.invalidate_caches()
        again = importlib.import_module("sample")
        again.plain(3)
        assert again.recursive(3) == 3

    def replaced(self) -> None:
        code = self.sample.plain.__code__.replace(co_name="renamed")
        assert types.FunctionType(code, vars(self.sample))(3) == 1

    def thread_begins(self) -> None:
        go = threading.Event()

        def work() -> None:
            go.wait(10)
            self.sample.plain(9)

        thread = threading.Thread(target=work)
        thread.start()
        self.alive["go"], self.alive["thread"] = go, thread

    def thread_ends(self) -> None:
        self.alive["go"].set()
        self.alive["thread"].join()

    def all(self) -> list[tuple[str, Callable[[], Any]]]:
        s = lambda: self.sample  # noqa: E731  (re-imports replace the module)
        return [
            ("plain 0", lambda: s().plain(0)),
            ("plain 5", lambda: s().plain(5)),
            ("threads", lambda: s().threads()),
            ("generator", lambda: list(s().gen(3))),
            ("iterator", lambda: list(s().Iterates())),
            ("coroutine", lambda: self.asyncio.run(s().coroutine(2))),
            ("raises 0", lambda: s().raises(0)),
            ("raises 1", lambda: s().raises(1)),
            ("recursion", lambda: s().recursive(50)),
            ("comprehensions", lambda: s().comprehensions([0, 1, 2])),
            ("spread call", lambda: s().spread(1)),
            ("match list", lambda: self.matching.match([1, 2])),
            ("match dict", lambda: self.matching.match({"k": 1})),
            ("match nothing", lambda: self.matching.match(0)),
            ("class", lambda: (s().K().m(), s().K().p)),
            ("by name", lambda: s().by_name()),
            ("while else", lambda: s().while_else(2)),
            ("while break", lambda: s().while_else(9)),
            ("finaliser", lambda: s().finalised()),
            ("one-liners", lambda: (s().one(1), s().short(1), list(s().one_generator(1)))),
            ("hot loop", lambda: s().hot(6000)),
            ("generator begins", self.generator_begins),
            ("generator ends", self.generator_ends),
            ("exec and eval", self.executed),
            ("thread begins", self.thread_begins),
            ("thread ends", self.thread_ends),
            ("re-import", self.reimported),
            ("code.replace", self.replaced),
        ]


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
        print(sorted(coverage.get_data().lines(os.path.join(root, "sample.py")) or []))
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
            for name, scenario in scenarios.all():
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
