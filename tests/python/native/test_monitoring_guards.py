"""A line table that is not what it should be is noticed, at the start or while running; nothing is lost."""

from __future__ import annotations

import sys
from typing import Any, Callable

import native_harness
import pytest

Script = Callable[..., str]
pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring begins with 3.12")

PRELUDE = """
import os, sys, native_harness
root = sys.argv[1]
with open(os.path.join(root, "sample.py"), "w") as file:
    file.write("def f(n):\\n    total = 0\\n")
    file.write("    for i in range(n):\\n        total += i\\n    return total\\n")
sys.path.insert(0, root)
native = native_harness.load_native()
import sample
"""


@pytest.fixture
def hooks(native: Any, monitoring: None) -> None:
    if not hasattr(native, "_force_line_layout"):
        pytest.skip("this extension was built without test hooks (-Dtests=true)")


FOREIGN = {
    "3.12": 0x030C01F0,
    "3.13.0": 0x030D00F0,
    "3.13.3": 0x030D03F0,
    "3.14": 0x030E00F0,
    "3.15": 0x030F00F0,
}
OWN = {(3, 12): {"3.12"}, (3, 13): {"3.13.0"} if sys.version_info < (3, 13, 3) else {"3.13.3"},
       (3, 14): {"3.14"},
       (3, 15): {"3.15"}}.get(sys.version_info[:2], set())  # fmt: skip


@pytest.mark.skipif(
    native_harness.is_sanitized(), reason="a wrong layout reads past the table: AddressSanitizer stops it"
)
@pytest.mark.usefixtures("hooks")
@pytest.mark.parametrize("layout", sorted(set(FOREIGN) - OWN))
def test_a_wrong_layout_fails_the_self_test(script: Script, layout: str) -> None:
    said = script(
        PRELUDE
        + f"""
native._force_line_layout({FOREIGN[layout]})
with native_harness.Recording(root) as recording:
    for test in range(3):
        with recording.test(str(test)):
            assert sample.f(10) == 45
    print(recording.session.strategy, "|", recording.session.strategy_reason)
print(recording.session.drops(), [sorted(line for _, line in lines) for lines in recording.lines().values()])
"""
    )
    reason, result = said.splitlines()
    assert reason.startswith("restart | self: the self-test failed: ")
    assert result == "{} [[2, 3, 4, 5], [2, 3, 4, 5], [2, 3, 4, 5]]"


@pytest.mark.usefixtures("hooks")
def test_a_release_that_is_not_known_restarts(script: Script) -> None:
    said = script(
        PRELUDE
        + """
native._force_line_layout(0x031000F0)
with native_harness.Recording(root) as recording:
    print(recording.session.strategy, "|", recording.session.strategy_reason)
"""
    )
    assert said.startswith("restart | self: the line tables of this interpreter (")


@pytest.mark.usefixtures("hooks")
def test_a_table_that_goes_bad_is_counted_and_nothing_is_lost(script: Script) -> None:
    said = script(
        PRELUDE
        + """
with native_harness.Recording(root) as recording:
    with recording.test("before"):
        sample.f(10)
        assert recording.session.strategy == "self"
        native._damage_line_table(sample.f.__code__)
    for test in ("after", "again"):
        with recording.test(test):
            pass
    with recording.test("later"):
        assert sample.f(10) == 45
    with recording.test("last"):
        assert sample.f(10) == 45
    print(recording.session.strategy, "|", recording.session.strategy_reason)
    print(sum(recording.session.drops().values()))
lines = recording.lines()
print([sorted(line for _, line in lines.get(test, ())) for test in ("before", "later", "last")])
print([(drop.reason, drop.count) for drop in recording.shard().drops], recording.shard().process.strategy)
"""
    )
    lines = said.splitlines()
    assert lines[0] == "restart | a probe could not be armed again: its bytes were not what they must be"
    assert lines[1] == "1"
    assert lines[2] == "[[2, 3, 4, 5], [2, 3, 4, 5], [2, 3, 4, 5]]"
    assert lines[3].startswith("[('probe lost', 1)]")


@pytest.mark.skipif(sys.version_info < (3, 15), reason="the JIT compiler follows running code from 3.15 on")
def test_a_jit_that_follows_running_code_makes_the_trace_function_record(script: Script) -> None:
    said = script(
        PRELUDE
        + """
with native_harness.Recording(root) as recording:
    with recording.test("test"):
        sample.f(10)
    jit = getattr(sys, "_jit", None)
    session = recording.session
    print(jit is not None and jit.is_enabled(), session.strategy, "|", session.strategy_reason)
print(sorted(line for _, line in recording.lines()["test"]))
""",
        environment={"PYTHON_JIT": "1"},
    )
    strategy, lines = said.splitlines()
    if strategy.startswith("False "):
        pytest.skip("this interpreter was built without the JIT compiler")
    assert strategy.startswith("True trace | self: the JIT compiler is on ")
    assert lines == "[2, 3, 4, 5]"
