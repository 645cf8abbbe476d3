"""The protocol's golden facts about coverage, one test each; the number is that of the list."""

from __future__ import annotations

import re

from recordings import Recording

SLASH = {"pytest": "/"}  # what file names begin with; Ruby's have none


def named(recording: Recording, path: str) -> str:
    folder = "" if recording.framework == "pytest" else "lib/"
    suffix = "py" if recording.framework == "pytest" else "rb"
    return f"{SLASH.get(recording.framework, '')}{folder}{path}.{suffix}"


def test_02_a_document_is_a_map_of_version_2_and_coverages(any_way: Recording) -> None:
    for document in any_way.documents():
        assert document.startswith(bytes.fromhex("82 a7 76657273696f6e 02 a9 636f76657261676573"))


def test_16_the_coverage_of_a_test_has_its_span_id(run: Recording) -> None:
    tests = {content["span_id"]: content for content in run.contents("test")}
    covered = run.coverages()
    assert {event["span_id"] for event in covered} <= set(tests)
    assert {run.test(test)["span_id"] for test in ("adds", "subtracts", "fails")} <= {
        event["span_id"] for event in covered
    }
    for event in covered:
        test = tests[event["span_id"]]
        assert set(event) == {"test_session_id", "test_suite_id", "span_id", "files"}
        assert event["test_suite_id"] == test["test_suite_id"]
        assert event["test_session_id"] == test["test_session_id"]


def test_16_the_coverage_of_a_suite_has_no_span_id(by_suite: Recording) -> None:
    suites = {content["test_suite_id"] for content in by_suite.contents("test_suite_end")}
    for document in by_suite.documents():
        assert document[20:22] == b"\x91\x83"  # one event, a map of three
    for event in by_suite.coverages():
        assert set(event) == {"test_session_id", "test_suite_id", "files"}
        assert event["test_suite_id"] in suites


def test_17_the_form_has_the_document_and_an_event_that_says_nothing(any_way: Recording) -> None:
    any_way.documents()
    for request in any_way.of("citestcov"):
        assert set(request.parts) == {"coverage1", "event"}
        assert request.parts["event"] == b'{"dummy":true}'
        heads = re.findall(rb"Content-Disposition: ([^\r]*)\r\nContent-Type: ([^\r]*)\r\n\r\n", request.body)
        assert sorted(heads) == [
            (b'form-data; name="coverage1"; filename="coverage1.msgpack"', b"application/msgpack"),
            (b'form-data; name="event"; filename="event.json"', b"application/json"),
        ]


def test_18_line_n_is_bit_n_counted_from_the_most_significant(run: Recording) -> None:
    far = run.bitmaps("adds")[named(run, "far")]
    assert (len(far), far[0], far[1], far[31], far[32]) == (33, 0x40, 0x80, 0x01, 0x80)
    assert not any(far[2:31])


def test_18_a_file_without_lines_has_the_first_bit_and_no_other(run: Recording) -> None:
    numbers = run.bitmaps("adds")[SLASH.get(run.framework, "") + "numbers.txt"]
    assert numbers == b"\x80" + bytes(31)
    assert SLASH.get(run.framework, "") + "numbers.txt" not in run.bitmaps("subtracts")


def test_18_a_test_has_the_lines_that_it_ran_and_not_those_of_others(run: Recording) -> None:
    calc = named(run, "calc")
    body_of_add, body_of_sub = (5, 8) if run.framework == "pytest" else (5, 9)

    def ran(test: str, line: int) -> bool:
        return bool(run.bitmaps(test)[calc][line // 8] & (0x80 >> line % 8))

    assert [ran(test, body_of_add) for test in ("adds", "subtracts")] == [True, False]
    assert [ran(test, body_of_sub) for test in ("adds", "subtracts")] == [False, True]


def test_19_file_names_are_those_in_the_repository(run: Recording) -> None:
    for event in run.coverages():
        names = [file["filename"] for file in event["files"]]
        assert len(names) == len(set(names))
        for name in names:
            assert name.startswith("/") == (run.framework == "pytest")
            assert (run.shop.folder / name.lstrip("/")).is_file()
            assert str(run.shop.folder) not in name


def test_20_a_file_is_its_name_and_its_lines_in_ruby_too(run: Recording) -> None:
    """The vendor's client for Ruby knows no lines; where there are some, they come second, as Python's do."""
    for document in run.documents():
        assert b"\x82\xa8filename" in document
        assert b"\x81\xa8filename" not in document
    for event in run.coverages():
        assert {tuple(file) for file in event["files"]} == {("filename", "bitmap")}
