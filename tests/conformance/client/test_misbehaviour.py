"""An intake that misbehaves costs its patience at most. What it did not take is delivered later, once."""

from __future__ import annotations

import re
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest
from intake_answers import wrong_answers
from intake_request import Request
from misbehaving_intake import MODES, MisbehavingIntake
from misbehaviour import TAKEN, is_mode
from msgpack_reader import unpacked
from shops import KEY, Ended, Shop, agentless

PATIENCE_S = 0.3
STATUSES = "400 401 403 404 408 413 429 429:0 429:50 429:+50 500 503".split()
ALL = sorted(mode for mode in MODES if is_mode(mode)) + STATUSES
# Bodies that this intake will never take are kept for the user, and not sent again.
NEVER_TAKEN = {"400", "403", "404", "413", "early-413", "echo"}
# The intake has it, and the client cannot know: it comes twice, with the same ids.
TWICE = {"taken-reset"}
SUMMARY = {
    "pytest": r"1 failed, 2 passed, 1 skipped",
    "rspec": r"4 examples, 1 failure, 1 pending",
}
TESTS, EVENTS = 4, 7
ALWAYS_ONLY = ("refuse", "slam")
# Each misbehaviour meets each language once: all of the time, or when events and coverage are delivered.
ALWAYS = [("pytest", mode) for mode in ALL] + [("rspec", mode) for mode in (*ALWAYS_ONLY, "silent", "reset")]
DELIVERING = [("rspec", mode) for mode in ALL if mode not in ALWAYS_ONLY] + [
    ("pytest", mode) for mode in ("503", "403", "reset", "silent", "taken-reset")
]


class Usual:
    """A project of each framework, and how its runs are without an intake."""

    def __init__(self, framework: str, folder: Path, parts: Path) -> None:
        self.shop = Shop(framework, folder, parts)
        self.run({})  # what is compiled and cached in the first one
        began = time.monotonic()
        self.ended = self.run({})
        self.took_s = time.monotonic() - began

    def run(self, reporting: dict[str, str], patience_s: float = PATIENCE_S) -> Ended:
        shutil.rmtree(self.shop.data, ignore_errors=True)
        return self.shop.run(reporting, ALIBI_INTAKE_PATIENCE_MS=str(int(patience_s * 1000)))


@pytest.fixture(scope="module")
def usuals(tmp_path_factory: pytest.TempPathFactory, parts: Path) -> dict[str, Usual]:
    return {each: Usual(each, tmp_path_factory.mktemp(each), parts) for each in SUMMARY}


@pytest.fixture
def usual(usuals: dict[str, Usual], framework: str) -> Usual:
    return usuals[framework]


def check_outcome(usual: Usual, ended: Ended) -> None:
    """As without an intake."""
    assert ended.status == usual.ended.status == 1
    assert re.search(SUMMARY[usual.shop.framework], ended.text), ended.text
    assert KEY not in ended.text


def waiting(shop: Shop) -> tuple[list[Path], list[Path]]:
    """Bodies in the spool: those that wait, those that were set aside."""
    files = [path for path in shop.spooled() if path.suffix == ".payload"]
    assert all(KEY.encode() not in path.read_bytes() for path in shop.spooled())
    return [path for path in files if path.parent.name == "spool"], [
        path for path in files if path.parent.name == "set-aside"
    ]


def events_of(requests: list[Request]) -> Counter[tuple[object, ...]]:
    """How often each event came, by its ids."""
    keys = ("test_session_id", "test_module_id", "test_suite_id", "span_id")
    bodies = [unpacked(request.body) for request in requests if request.route == "citestcycle"]
    return Counter(
        (event["type"], *(event["content"].get(key) for key in keys))
        for body in bodies
        for event in body["events"]
    )


def coverage_of(requests: list[Request]) -> Counter[int]:
    documents = [unpacked(request.parts["coverage1"]) for request in requests if request.route == "citestcov"]
    return Counter(event["span_id"] for document in documents for event in document["coverages"])


def delivered_later(shop: Shop, intake: MisbehavingIntake) -> list[Request]:
    """All that an intake has which begins to behave."""
    with MisbehavingIntake("ok", port=intake.port) as well:
        shipped = shop.ship(agentless(well.url))
        assert shipped.status == 0, shipped.text
        return intake.accepted() + well.accepted()


def test_every_misbehaviour_has_its_runs() -> None:
    assert set(ALL) >= NEVER_TAKEN | TWICE | {"refuse", "slam", "silent", "loris", "gzip-bomb"}
    assert len(ALL) >= 38


@pytest.mark.parametrize(("framework", "mode"), ALWAYS)
def test_an_intake_that_misbehaves_always_changes_nothing_and_gets_all_later(usual: Usual, mode: str) -> None:
    began = time.monotonic()
    with MisbehavingIntake(mode) as intake:
        ended = usual.run(agentless(intake.url))
        took_s = time.monotonic() - began
    check_outcome(usual, ended)
    # Twice as long, and ten times its patience: on a busy machine. What is not bounded takes 30 s and more.
    assert took_s < 2 * usual.took_s + 10 * PATIENCE_S + 2
    waits, aside = waiting(usual.shop)
    got = events_of(delivered_later(usual.shop, intake))
    assert waiting(usual.shop)[0] == []
    if mode in NEVER_TAKEN:
        assert (len(aside), len(got)) == (1, 0) or len(got) == EVENTS  # there was no time to be refused
        return
    assert (len(got), aside) == (EVENTS, [])
    assert waits or intake.accepted("citestcycle")
    assert mode in TWICE or set(got.values()) == {1}


@pytest.mark.parametrize(("framework", "mode"), DELIVERING)
def test_events_and_coverage_that_were_not_taken_are_delivered_later_once(usual: Usual, mode: str) -> None:
    # What it takes it must be able to say in time, also on a busy machine: else it rightly comes twice.
    patience_s = 20 * PATIENCE_S if mode in TAKEN - {"loris-body"} else PATIENCE_S
    with MisbehavingIntake({"*": "ok", "citestcycle": mode, "citestcov": mode}) as intake:
        ended = usual.run(agentless(intake.url), patience_s)
        check_outcome(usual, ended)
        bodies = 2 if intake.accepted("settings") else 1  # nobody wanted coverage
    waits, aside = waiting(usual.shop)
    kept = len(waits) + len(aside) + len(deliveries_in(intake.accepted()))
    assert kept == bodies or (mode in TWICE and kept > bodies)
    requests = delivered_later(usual.shop, intake)
    assert waiting(usual.shop)[0] == []
    events, coverage = events_of(requests), coverage_of(requests)
    if mode in NEVER_TAKEN:
        assert len(aside) + len(deliveries_in(requests)) == bodies
        return
    assert (len(events), aside) == (EVENTS, [])
    assert len(coverage) == (TESTS if bodies == 2 else 0)
    assert mode in TWICE or set(events.values()) | set(coverage.values()) == {1}


def deliveries_in(requests: list[Request]) -> list[Request]:
    return [request for request in requests if request.route in ("citestcycle", "citestcov")]


@pytest.mark.parametrize("framework", SUMMARY)
@pytest.mark.parametrize("route", ["settings", "skippable", "search_commits", "info"])
@pytest.mark.parametrize("part", range(4))
def test_answers_with_wrong_types_change_nothing_and_cost_no_event(
    usual: Usual, route: str, part: int
) -> None:
    wrong = len(wrong_answers(route))
    field = (wrong * part) // 4 + part  # of each quarter one; the payload layer's own tests have all
    with MisbehavingIntake({"*": "ok", route: f"wrong-json:{min(field, wrong - 1)}"}) as intake:
        reporting = {"DD_TRACE_AGENT_URL": intake.url} if route == "info" else agentless(intake.url)
        ended = usual.run(reporting)
        check_outcome(usual, ended)
        shipped = usual.shop.ship(reporting)
        got = events_of(intake.accepted())
    if route == "info" and not got:
        assert "nothing is reported" in ended.text or shipped.status != 0
        return
    assert (len(got), set(got.values())) == (EVENTS, {1})
