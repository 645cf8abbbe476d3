"""The trace function records the lines that sys.settrace reports."""

from lines_against_reference import assert_same_lines


def test_every_scenario_records_the_lines_that_settrace_reports() -> None:
    assert_same_lines("trace")
