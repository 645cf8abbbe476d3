"""What the comparisons of real suites leave out, and when they run one again."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_suites import Racing
from suite_runs import SuiteRun, repeated

SOURCE = """\
import threading
def before(): pass
def server(socket):
    while True:
        if socket.read() == b"end":
            return
def after(): pass
"""


def test_racing_lines_are_exactly_those_of_the_named_functions(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SOURCE)
    racing = Racing("a.py", ("server",), "nobody joins it")
    assert racing.lines(tmp_path) == {("a.py", line) for line in (3, 4, 5, 6)}


def test_a_racing_function_that_is_gone_is_an_error_and_not_an_empty_set(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SOURCE)
    with pytest.raises(LookupError, match="lacks client"):
        Racing("a.py", ("server", "client"), "nobody joins it").lines(tmp_path)


def runs(*outcomes: str) -> list[SuiteRun]:
    return [SuiteRun([], 1, {"clock": outcome, "other": "failed"}) for outcome in outcomes]


def test_a_run_is_repeated_only_while_a_clocked_test_fails() -> None:
    left = runs("failed", "error", "passed", "failed")
    assert repeated(lambda: left.pop(0), ("clock",)).outcomes["clock"] == "passed"
    assert len(left) == 1


def test_a_clocked_test_that_fails_each_time_has_failed() -> None:
    left = runs("failed", "failed", "passed")
    assert repeated(lambda: left.pop(0), ("clock",), times=2).outcomes["clock"] == "failed"


def test_other_failures_are_never_repeated() -> None:
    left = runs("passed", "passed")
    assert repeated(lambda: left.pop(0), ("clock",)).outcomes["other"] == "failed"
    assert len(left) == 1
