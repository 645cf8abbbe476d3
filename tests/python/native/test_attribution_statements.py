"""Code that runs while a module is imported is charged to the module-level statement that was running."""

from __future__ import annotations

from typing import Callable

Script = Callable[..., str]

PRELUDE = """
import os, sys, textwrap, native_harness
root = sys.argv[1]
sys.path.insert(0, root)
def write(name, text):
    with open(os.path.join(root, name), "w") as file:
        file.write(textwrap.dedent(text).lstrip())
def show(found):
    for at, lines in sorted(found.items()):
        ran = " ".join(f"{n.removesuffix('.py')}:{l}" for n, l in sorted(lines))
        print(at[0].removesuffix(".py"), at[1], "<-", ran)
def record(action, **options):
    with native_harness.Recording(root, **options) as recording:
        with recording.test("t"):
            action()
    return recording
write("helper.py", '''
    def work(x):
        return x
    def decorate(c):
        return c
''')
"""


def statements(script: Script, source: str) -> list[str]:
    return script(PRELUDE + source).splitlines()


def test_a_function_called_at_import_belongs_to_the_calling_statement(script: Script) -> None:
    said = statements(
        script,
        """
write("m.py", '''
    import helper
    A = helper.work(1)
    B = helper.work(2)
    C = 3
''')
def action():
    import m
show(record(action).statement_lines())
""",
    )
    assert said == [
        "helper 1 <- ", "helper 3 <- ", "m 1 <- ", "m 2 <- helper:2", "m 3 <- helper:2", "m 4 <- ",
    ]  # fmt: skip


def test_after_a_nested_import_the_importing_statement_runs_on(script: Script) -> None:
    said = statements(
        script,
        """
write("inner.py", '''
    import helper
    X = helper.work(0)
''')
write("m.py", '''
    import helper
    Y = (__import__("inner"), helper.work(1))
''')
def action():
    import m
show(record(action).statement_lines())
""",
    )
    assert said == [
        "helper 1 <- ",
        "helper 3 <- ",
        "inner 1 <- ",
        "inner 2 <- helper:2",
        "m 1 <- ",
        "m 2 <- helper:2",
    ]


def test_class_bodies_are_statements_and_what_follows_them_belongs_to_the_class(script: Script) -> None:
    said = statements(
        script,
        """
write("m.py", '''
    import helper
    class Meta(type):
        def __new__(meta, name, bases, space):
            return super().__new__(meta, name, bases, space)
    @helper.decorate
    class A(metaclass=Meta):
        x = helper.work(1)
        class B(metaclass=Meta):
            y = helper.work(2)
        z = 4
    def local():
        class C(metaclass=Meta):
            w = helper.work(3)
        return C
    D = local()
''')
def action():
    import m
show(record(action).statement_lines())
""",
    )
    found = dict(line.split(" <- ") for line in said)
    assert found["m 7"] == "helper:2"
    assert found["m 9"] == "helper:2"
    assert found["m 10"] == ""
    # The metaclass of B runs for the statement `class B`, that of A and the decorator for `class A`.
    assert "m:4" in found["m 8"].split()
    head_of_a = set(found["m 5"].split()) | set(found["m 6"].split())
    assert {"m:4", "helper:4"} <= head_of_a
    # A class made by a function is that function's code, and belongs to the statement that called it.
    assert {"m:12", "m:13", "m:14", "m:4", "helper:2"} <= set(found["m 15"].split())
    assert "m 13" not in found


def test_each_way_out_of_a_class_body_leads_back_to_its_class_statement(script: Script) -> None:
    said = statements(
        script,
        """
write("m.py", '''
    class Meta(type):
        def __new__(meta, name, bases, space):
            return super().__new__(meta, name, bases, space)
    class Empty(metaclass=Meta): pass
    class Branches(metaclass=Meta):
        if Empty:
            x = 1
        else:
            x = 2
    class Cell(metaclass=Meta):
        def method(self):
            return super().method()
    for number in range(2):
        class Again(metaclass=Meta):
            y = number
    try:
        class Fails(metaclass=Meta):
            z = 1 // 0
    except ZeroDivisionError:
        Meta("made", (), {})
''')
def action():
    import m
show(record(action).statement_lines())
""",
    )
    found = dict(line.split(" <- ") for line in said)
    made = {at for at, lines in found.items() if lines == "m:3"}
    # The second round of a loop belongs to whichever of its lines was the last to fire.
    assert made - {"m 13"} == {"m 4", "m 5", "m 10", "m 14", "m 20"}


def test_a_module_level_loop_fires_its_lines_once_and_charges_all_its_rounds(script: Script) -> None:
    said = statements(
        script,
        """
write("m.py", '''
    import helper
    for i in range(1000):
        helper.work(i)
        helper.decorate(i)
    done = 1
''')
def action():
    import m
recording = record(action)
shard = recording.shard()
print(shard.entries < 60)
show(recording.statement_lines())
""",
    )
    assert said[0] == "True"
    found = dict(line.split(" <- ") for line in said[1:])
    loop = set(found["m 2"].split()) | set(found["m 3"].split()) | set(found["m 4"].split())
    assert loop == {"helper:2", "helper:4"}
    assert found["m 5"] == ""


def test_what_an_import_ran_is_still_recorded_when_the_test_itself_runs_it(script: Script) -> None:
    said = statements(
        script,
        """
write("m.py", '''
    import helper
    A = helper.work(1)
''')
def action():
    import m
    m.helper.work(2)
with native_harness.Recording(root) as recording:
    with recording.test("imports"):
        action()
    with recording.test("uses"):
        action()
for test, lines in recording.lines().items():
    print(test, sorted(lines))
""",
    )
    assert said == ["imports [('helper.py', 2)]", "uses [('helper.py', 2)]"]


def test_a_failed_import_ends_its_statements(script: Script) -> None:
    said = statements(
        script,
        """
write("broken.py", '''
    import helper
    class A:
        x = 1
        raise ValueError(x)
''')
def action():
    try:
        import broken
    except ValueError:
        pass
    import helper
    helper.work(1)
print(sorted(record(action).lines()["t"]))
""",
    )
    assert said == ["[('helper.py', 2)]"]


def test_an_import_beside_other_threads_counts_for_the_test_too(script: Script) -> None:
    said = statements(
        script,
        """
import threading
write("m.py", '''
    import helper
    A = helper.work(1)
''')
def action():
    go = threading.Event()
    thread = threading.Thread(target=go.wait)
    thread.start()
    import m
    go.set()
    thread.join()
recording = record(action)
print(sorted(recording.lines()["t"]))
show(recording.statement_lines())
def alone():
    for name in ("m", "helper"):
        sys.modules.pop(name)
    import m
print(sorted(record(alone).lines()["t"]))
""",
    )
    assert said[0] == "[('helper.py', 1), ('helper.py', 2), ('helper.py', 3), ('m.py', 1), ('m.py', 2)]"
    assert "m 2 <- helper:2" in said
    assert said[-1] == "[]"


def test_contexts_nest_and_each_gets_its_own_lines(script: Script) -> None:
    said = statements(
        script,
        """
import helper
with native_harness.Recording(root) as recording:
    session = recording.session
    helper.work(0)
    with recording.test("t") as test:
        helper.work(1)
        fixture = session.begin_context("fixture", "f", "module")
        helper.work(2)
        session.end_context(fixture)
        session.charge(test, fixture)
        helper.decorate(3)
    with recording.test("u") as other:
        session.charge(other, fixture)
    session.resume_context(fixture)
    helper.decorate(4)
    session.end_context(fixture)
shard = recording.shard()
for number in (0, test, fixture, other):
    print(sorted(line for _, line in recording.relative(shard.lines(shard.hits.get(number, set())))))
print([(c.kind, c.parent, c.name, c.scope) for c in shard.contexts.values()])
print({name: sorted(lines) for name, lines in recording.lines().items()})
""",
    )
    assert said == [
        "[2]", "[2, 4]", "[2, 4]", "[]",
        "[('test', 0, 't', ''), ('fixture', 1, 'f', 'module'), ('test', 0, 'u', '')]",
        "{'t': [('helper.py', 2), ('helper.py', 4)], 'u': [('helper.py', 2), ('helper.py', 4)]}",
    ]  # fmt: skip


def test_contexts_that_end_in_the_wrong_order_end(script: Script) -> None:
    said = statements(
        script,
        """
import helper
with native_harness.Recording(root) as recording:
    session = recording.session
    outer = session.begin_context("other", "outer")
    inner = session.begin_context("other", "inner")
    session.end_context(outer)
    session.end_context(inner)
    session.end_context(12345)
    session.end_context(0)
    with recording.test("t"):
        helper.work(1)
    helper.decorate(1)
shard = recording.shard()
print({number: sorted(recording.relative(shard.lines(hits))) for number, hits in shard.hits.items()})
""",
    )
    assert said == ["{3: [('helper.py', 2)], 0: [('helper.py', 4)]}"]
