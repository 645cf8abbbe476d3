"""The protocol's golden facts about test events, one test each; the number is that of the list.

Where the vendor's two clients differ, a run of pytest follows the one for Python, the others that for Ruby.
"""

from __future__ import annotations

from typing import Any

import pytest
from recordings import EVENT_TYPES, Recording, Recordings
from shops import FRAMEWORKS, MODULES, SUITES, name_of

YEAR_2000 = 946_684_800_000_000_000
IDS = ("trace_id", "span_id", "parent_id", "test_session_id", "test_module_id", "test_suite_id")


def test_01_a_body_is_a_map_of_version_1_metadata_and_events(any_way: Recording) -> None:
    any_way.events()
    for request, body in zip(any_way.of("citestcycle"), any_way.cycles()):
        assert request.body.startswith(b"\x83\xa7version\x01\xa8metadata")
        assert list(body) == ["version", "metadata", "events"]


def test_08_tests_have_version_2_what_ends_has_version_1(run: Recording) -> None:
    for event in run.events():
        assert event["version"] == (2 if event["type"] == "test" else 1)
    assert {event["type"] for event in run.events()} == set(EVENT_TYPES)


def test_09_a_session_has_no_other_ids_than_its_own(run: Recording) -> None:
    assert set(run.session()) & set(IDS) == {"test_session_id"}


def test_10_the_ids_of_a_test_are_those_of_one_suite_module_and_session(run: Recording) -> None:
    tests = run.contents("test")
    assert len(tests) == 4
    for kind, key in (
        ("suite", "test_suite_id"),
        ("module", "test_module_id"),
        ("session", "test_session_id"),
    ):
        ended = [content[key] for content in run.contents(f"test_{kind}_end")]
        assert len(ended) == len(set(ended))
        assert {test[key] for test in tests} == set(ended)
    (suite,) = run.contents("test_suite_end")
    assert suite["meta"]["test.suite"] == SUITES[run.framework]
    assert suite["meta"]["test.module"] == MODULES[run.framework]
    spans = [test["span_id"] for test in tests]
    assert len(spans) == len(set(spans))


def test_11_ids_are_unsigned_numbers(run: Recording) -> None:
    for content in run.contents():
        for key in IDS:
            assert 0 < content.get(key, 1) < 2**64
            assert isinstance(content.get(key, 1), int)


def test_12_times_are_nanoseconds_since_1970(run: Recording) -> None:
    for content in run.contents():
        assert YEAR_2000 <= content["start"] < 2**63
        assert 0 <= content["duration"] < 2**63
    session = run.session()
    for test in run.contents("test"):
        assert session["start"] <= test["start"]
        assert test["start"] + test["duration"] <= session["start"] + session["duration"]


def test_13_meta_is_of_texts_and_metrics_are_of_numbers(run: Recording) -> None:
    for content in run.contents():
        for key, value in content["meta"].items():
            assert (type(key), type(value)) == (str, str)
        for key, number in content["metrics"].items():
            assert (type(key), type(number)) == (str, float)
    for body in run.cycles():
        for tags in body["metadata"].values():
            assert {type(value) for value in tags.values()} == {str}
    add = run.test("adds")["meta"]
    assert int(add["test.source.start"]) > 0
    assert run.test("fails")["meta"]["test.itr.unskippable"] == "true"


def test_14_no_text_is_longer_than_5000_characters(run: Recording) -> None:
    lengths = [len(value) for meta in run.merged_meta() for pair in meta.items() for value in pair]
    assert max(lengths) == 5000  # the message has more, of two bytes each


def test_15_error_is_1_of_tests_that_failed(run: Recording) -> None:
    expected = {"adds": "pass", "subtracts": "pass", "fails": "fail", "waits": "skip"}
    found = {test: run.test(test) for test in expected}
    assert {test: content["meta"]["test.status"] for test, content in found.items()} == expected
    assert {test: content["error"] for test, content in found.items()} == {
        "adds": 0,
        "subtracts": 0,
        "fails": 1,
        "waits": 0,
    }


def test_21_a_test_that_the_service_left_out_is_a_skipped_one_without_coverage(skipping: Recording) -> None:
    left_out = skipping.test("subtracts")
    reason = {"pytest": "Skipped by Datadog Intelligent Test Runner"}
    assert left_out["meta"]["test.status"] == "skip"
    assert left_out["meta"]["test.skipped_by_itr"] == "true"
    assert left_out["meta"]["test.skip_reason"] == reason.get(
        skipping.framework, "Skipped by Datadog's Test Impact Analysis"
    )
    assert left_out["error"] == 0
    assert left_out["span_id"] not in [event["span_id"] for event in skipping.coverages()]


def test_22_a_session_counts_what_was_left_out(skipping: Recording) -> None:
    left_out = [one for one in skipping.contents("test") if one["meta"].get("test.skipped_by_itr") == "true"]
    assert [one["meta"]["test.name"] for one in left_out] == [name_of(skipping.framework, "subtracts")]
    count = skipping.session()["metrics"]["test.itr.tests_skipping.count"]
    assert (type(count), count) == (float, 1)


def test_22_where_suites_are_left_out_the_count_is_that_of_what_says_so(suite_skipped: Recording) -> None:
    left_out = [one for one in suite_skipped.contents() if one["meta"].get("test.skipped_by_itr") == "true"]
    session = suite_skipped.session()
    assert session["metrics"]["test.itr.tests_skipping.count"] == len(left_out)
    # In pytest the mark makes the whole file run, as with the vendor's client.
    assert bool(left_out) == (suite_skipped.framework != "pytest")
    assert session["meta"]["test.itr.tests_skipping.type"] == "suite"
    assert suite_skipped.test("fails")["meta"]["test.status"] == "fail"  # it is marked to run always


def test_22_a_session_without_any_left_out_counts_none(run: Recording) -> None:
    assert run.session()["metrics"]["test.itr.tests_skipping.count"] == 0


def test_23_tests_have_the_correlation_id_of_the_answer(skipping: Recording) -> None:
    assert {content["itr_correlation_id"] for content in skipping.contents("test")} == {"correlated"}
    others = skipping.contents("test_suite_end", "test_module_end", "test_session_end")
    assert not any("itr_correlation_id" in content for content in others)


def test_29_nothing_that_is_sent_has_the_credentials_of_the_repository(run: Recording) -> None:
    assert {meta["git.repository_url"] for meta in run.merged_meta()} == {"https://example.com/acme/shop.git"}
    for request in run.requests:
        assert b"secret" not in request.body
        assert "secret" not in str(request.headers)


def test_30_exactly_one_attempt_of_a_test_has_its_final_status(run: Recording, skipping: Recording) -> None:
    for recording in (run, skipping):
        final: dict[str, list[Any]] = {}
        for content in recording.contents("test"):
            meta = content["meta"]
            assert "test.is_retry" not in meta
            final.setdefault(meta["test.name"], []).extend(
                value for key, value in meta.items() if key == "test.final_status"
            )
        assert {name: len(values) for name, values in final.items()} == dict.fromkeys(final, 1)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_32_all_events_say_that_the_settings_were_not_answered(
    recordings: Recordings, framework: str
) -> None:
    refused = recordings.of(framework, "no settings")
    assert not refused.of("citestcov")
    for meta in refused.merged_meta():
        assert meta["_dd.ci.library_configuration_error.settings"] == "true"


def test_32_no_event_says_so_when_they_were(run: Recording) -> None:
    assert not any("configuration_error" in key for meta in run.merged_meta() for key in meta)


def test_33_tests_come_before_suites_before_modules_before_the_session(any_way: Recording) -> None:
    order = [EVENT_TYPES.index(event["type"]) for event in any_way.events()]
    assert order == sorted(order)


def test_no_event_is_sent_twice(any_way: Recording) -> None:
    keys = [tuple(content.get(key) for key in IDS) for content in any_way.contents()]
    assert len(keys) == len(set(keys)) == 7
