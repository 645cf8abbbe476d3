"""The golden facts about what a service wants beyond skipping, of suites and refusals, by their numbers."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from recordings import TRIED_AGAIN, Recording, Recordings
from shops import FRAMEWORKS, name_of

REASONS = {
    "adds": "attempt_to_fix",
    "subtracts": "early_flake_detection",
    "fails": "auto_test_retry",
}
# Scenarios of Cucumber have one attempt.
TRYING_AGAIN = pytest.mark.parametrize("framework", ["pytest", "rspec", "minitest"])


def attempts_of(features: Recording, test: str) -> list[Any]:
    """In their order."""
    name = name_of(features.framework, test)
    found = [one for one in features.contents("test") if one["meta"]["test.name"] == name]
    return sorted(found, key=lambda content: content["start"])


def test_06_the_report_of_a_run_goes_to_its_own_host_and_path(features: Recording) -> None:
    (request,) = features.of("cicovreprt")
    assert request.path == "/api/v2/cicovreprt"
    assert "content-encoding" not in request.headers
    assert set(request.parts) == {"coverage", "event"}
    event = json.loads(request.parts["event"])
    assert (event["type"], event["format"]) == ("coverage_report", "lcov")
    assert b"SF:" in gzip.decompress(request.parts["coverage"])


def test_27_the_first_page_is_asked_for_without_a_state_and_later_ones_with_the_cursor(
    features: Recording,
) -> None:
    asked = [request.json["data"]["attributes"]["page_info"] for request in features.of("known_tests")]
    assert asked == [{}, {"page_state": "cursor 0"}, {"page_state": "cursor 1"}]


def test_27_a_test_is_new_that_is_on_none_of_the_pages(features: Recording) -> None:
    new = {one["meta"]["test.name"] for one in features.contents("test") if "test.is_new" in one["meta"]}
    assert new == {name_of(features.framework, "subtracts")}


def test_28_known_and_managed_tests_are_asked_for_with_one_type(features: Recording) -> None:
    asked = features.of("known_tests") + features.of("test_management")
    assert {request.route for request in asked} == {"known_tests", "test_management"}
    assert {request.json["data"]["type"] for request in asked} == {"ci_app_libraries_tests_request"}


@TRYING_AGAIN
def test_30_attempts_after_the_first_are_retries_with_their_reason(features: Recording) -> None:
    for test, more in TRIED_AGAIN.items():
        first, *again = [content["meta"] for content in attempts_of(features, test)]
        assert len(again) == more, test
        assert not {"test.is_retry", "test.retry_reason"} & set(first)
        assert {meta["test.is_retry"] for meta in again} == {"true"}
        assert {meta["test.retry_reason"] for meta in again} == {REASONS[test]}
    assert len(attempts_of(features, "waits")) == 1


@TRYING_AGAIN
def test_30_only_the_last_attempt_has_the_final_status(features: Recording) -> None:
    for test, status in (("adds", "pass"), ("subtracts", "pass"), ("fails", "fail"), ("waits", "skip")):
        *earlier, last = [content["meta"] for content in attempts_of(features, test)]
        assert last["test.final_status"] == status
        assert not any("test.final_status" in meta for meta in earlier)
    last = attempts_of(features, "adds")[-1]["meta"]
    assert last["test.test_management.attempt_to_fix_passed"] == "true"
    assert attempts_of(features, "fails")[-1]["meta"]["test.has_failed_all_retries"] == "true"


@TRYING_AGAIN
def test_16_the_coverage_of_a_test_is_that_of_one_of_its_attempts(features: Recording) -> None:
    spans = {content["span_id"]: content["meta"]["test.name"] for content in features.contents("test")}
    assert len(spans) == 4 + sum(TRIED_AGAIN.values())
    covered = [spans[event["span_id"]] for event in features.coverages()]
    assert {name_of(features.framework, test) for test in TRIED_AGAIN} <= set(covered)


def test_a_run_whose_tests_are_tried_again_ends_as_without(features: Recording, run: Recording) -> None:
    assert features.ended.status == run.ended.status == 1


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_31_a_body_is_tried_five_times_where_the_service_fails(
    recordings: Recordings, framework: str
) -> None:
    """As Python's client does; Ruby's waits of 1, 2 and 4 seconds would be longer than a run may wait."""
    tries = recordings.of(framework, "events fail").of("citestcycle")
    assert len(tries) == 5
    assert len({request.raw_body for request in tries}) == 1


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_31_a_body_that_is_refused_is_tried_once(recordings: Recordings, framework: str) -> None:
    assert len(recordings.of(framework, "events refused").of("citestcycle")) == 1


def test_a_listed_test_that_a_mark_makes_run_says_so(skipping: Recording) -> None:
    assert skipping.test("fails")["meta"]["test.itr.forced_run"] == "true"
    assert "test.itr.forced_run" not in skipping.test("adds")["meta"]


def test_23_where_suites_are_skipped_the_correlation_id_is_where_the_language_has_it(
    by_suite: Recording, suite_skipped: Recording
) -> None:
    """In Python on the suites, in Ruby on the tests all the same."""
    holder = "test_suite_end" if by_suite.framework == "pytest" else "test"
    for recording in (by_suite, suite_skipped):
        found = {event["type"] for event in recording.events() if "itr_correlation_id" in event["content"]}
        assert found == {holder}
        assert {one["itr_correlation_id"] for one in recording.contents(holder)} == {"correlated"}
