"""One real project against coverage.py, on the interpreter that runs this: the rest is
tests/differential/run.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import run
from real_suites import SUITES


@pytest.fixture(scope="module")
def sqlparse(tmp_path_factory: pytest.TempPathFactory) -> run.Result:
    result = run.check(
        sys.executable, SUITES["sqlparse"], Path(tmp_path_factory.mktemp("differential")), quick=False
    )
    if result.skipped:
        pytest.skip(f"sqlparse: {result.skipped}")
    return result


def test_the_run_ends_as_without_alibi_and_both_readers_agree(sqlparse: run.Result) -> None:
    assert sqlparse.failures == []


def test_no_line_of_the_reference_is_missing(sqlparse: run.Result) -> None:
    assert sqlparse.lines.pairs > 100_000
    assert sqlparse.lines.missing == []


def test_every_extra_line_has_a_reason(sqlparse: run.Result) -> None:
    assert sqlparse.lines.unexplained == []


def test_no_scope_of_the_reference_is_missing(sqlparse: run.Result) -> None:
    assert sqlparse.scope_pairs > 10_000
    assert sqlparse.scopes_missing == []


def test_nothing_was_dropped(sqlparse: run.Result) -> None:
    assert sqlparse.drops == {}
