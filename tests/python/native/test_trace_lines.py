"""The trace function records the lines that sys.settrace reports, and of suspended code that it took part."""

import sys

import pytest
from fresh_process import run_recorded
from lines_against_reference import assert_same_lines

GENERATOR = """
def generator():
    "text"
    one = 1
    yield one
    yield 2
def total(items):
    return sum(1 for item in items
               if item.good)
"""
THROWS = """
import subject
def throws(generator):
    try:
        generator.throw(KeyError)
    except KeyError:
        pass
"""


def test_every_scenario_records_the_lines_that_settrace_reports() -> None:
    assert_same_lines("trace")


@pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="from 3.12 on ending what was never started is no event at all"
)
def test_a_generator_that_is_ended_unstarted_leaves_the_first_line_of_its_body() -> None:
    body = """
test("closed", lambda: subject.generator().close())
test("thrown into", lambda: throws(subject.generator()))
test("started", lambda: next(subject.generator()))
"""
    outcome = run_recorded(GENERATOR, THROWS + body, strategy="trace")
    assert outcome.of("closed") == {4}
    assert outcome.of("thrown into") == {4}
    assert outcome.of("started") == {4, 5}


def test_a_generator_expression_over_nothing_has_only_the_line_it_begins_on() -> None:
    outcome = run_recorded(GENERATOR, THROWS + 'test("nothing", lambda: subject.total([]))', strategy="trace")
    assert outcome.of("nothing") == {8}


def test_a_generator_of_another_test_leaves_the_line_it_waited_at_when_it_is_ended() -> None:
    body = """
made = [subject.generator() for _ in range(3)]
test("starts", lambda: [next(one) for one in made] + [next(made[2])])
test("closed", made[0].close)
test("thrown into", lambda: throws(made[1]))
test("finished", lambda: list(made[2]))
test("nothing", lambda: None)
"""
    outcome = run_recorded(GENERATOR, THROWS + body, strategy="trace")
    assert outcome.of("starts") == {4, 5, 6}
    # From 3.13 on close() may run nothing of a generator that has no handler where it waits.
    assert outcome.of("closed") <= {5}
    assert outcome.of("closed") or sys.version_info >= (3, 13)
    assert outcome.of("thrown into") == {5}
    assert outcome.of("finished") == {6}
    assert outcome.of("nothing") == set()
    assert outcome.drops == {}
