"""Slots record the lines that sys.settrace reports."""

import pytest
from lines_against_reference import assert_same_lines
from native_harness import load_native

pytestmark = pytest.mark.skipif(
    "slots" not in load_native().STRATEGIES, reason="slots are CPython 3.11's strategy"
)


def test_every_scenario_records_the_lines_that_settrace_reports() -> None:
    assert_same_lines("slots")
