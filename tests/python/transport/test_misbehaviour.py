"""Every misbehaviour of an intake ends in time, in bounded memory, with the right number of tries."""

from __future__ import annotations

from typing import Any

import pytest
from misbehaving_intake import CERTIFICATE, MODES, MisbehavingIntake
from misbehaviour import is_mode

BUDGET_MS = 900
LATE_MS = 400  # until a busy machine lets us see it; another try would take longer
ROOM = 256 << 20  # of addresses: half of what a doubled 64 MiB body would need beside the libraries
LARGEST = 8 << 20
UNHEARD = ("refuse", "slam", "deaf")

NOT_REACHED, REFUSED, TOO_LARGE, TIMED_OUT, RATE_LIMITED = 71, 72, 73, 75, 76
AGAIN = 4  # tries: more waits than three do not fit into the budget for certain, so the probe is told

# mode -> (fate, code, tries) of a body; tries None: as often as the time allows
SENT: dict[str, tuple[str, int, int | None]] = {
    "ok": ("delivered", 0, 1),
    "204": ("delivered", 0, 1),
    "half": ("delivered", 0, 1),
    "loris-body": ("delivered", 0, 1),
    "wrong-type": ("delivered", 0, 1),
    "empty": ("delivered", 0, 1),
    "html": ("delivered", 0, 1),
    "gigabyte": ("delivered", 0, 1),
    "gigabyte-chunked": ("delivered", 0, 1),
    "gzip": ("delivered", 0, 1),
    "gzip-bomb": ("delivered", 0, 1),
    "bad-gzip": ("delivered", 0, 1),
    "cut-gzip": ("delivered", 0, 1),
    "refuse": ("try_later", NOT_REACHED, AGAIN),
    "slam": ("try_later", NOT_REACHED, AGAIN),
    "early-413": ("never_taken", REFUSED, 1),
    "reset": ("try_later", NOT_REACHED, AGAIN),
    "taken-reset": ("try_later", NOT_REACHED, AGAIN),
    "close": ("try_later", NOT_REACHED, AGAIN),
    "silent": ("try_later", TIMED_OUT, 1),
    "deaf": ("try_later", TIMED_OUT, 1),
    "loris": ("try_later", TIMED_OUT, 1),
    "gigabyte-503": ("try_later", REFUSED, None),
    "gigabyte-headers": ("try_later", TOO_LARGE, 1),
    "endless-100": ("try_later", TOO_LARGE, 1),
    "not-http": ("try_later", NOT_REACHED, 1),
    "redirect": ("try_later", NOT_REACHED, 1),
    "echo": ("never_taken", REFUSED, 1),
    "400": ("never_taken", REFUSED, 1),
    "401": ("try_later", REFUSED, 1),
    "403": ("never_taken", REFUSED, 1),
    "404": ("never_taken", REFUSED, 1),
    "408": ("try_later", REFUSED, AGAIN),
    "413": ("never_taken", REFUSED, 1),
    "429": ("try_later", RATE_LIMITED, AGAIN),
    "429:0": ("try_later", RATE_LIMITED, AGAIN),
    "429:50": ("try_later", RATE_LIMITED, 1),
    "429:+50": ("try_later", RATE_LIMITED, 1),
    "500": ("try_later", REFUSED, AGAIN),
    "503": ("try_later", REFUSED, AGAIN),
}
# mode -> (code, tries) of a question, where the answer's body counts
ASKED: dict[str, tuple[int, int | None]] = {
    "ok": (0, 1),
    "gzip": (0, 1),
    "wrong-type": (0, 1),
    "html": (0, 1),
    "empty": (0, 1),
    "half": (NOT_REACHED, AGAIN),
    "loris-body": (TIMED_OUT, 1),
    "gigabyte": (TOO_LARGE, 1),
    "gigabyte-chunked": (TOO_LARGE, 1),
    "gzip-bomb": (TOO_LARGE, 1),
    "bad-gzip": (NOT_REACHED, 1),
    "cut-gzip": (NOT_REACHED, 1),
    "refuse": (NOT_REACHED, AGAIN),
    "slam": (NOT_REACHED, AGAIN),
    "early-413": (REFUSED, 1),
    "reset": (NOT_REACHED, AGAIN),
    "close": (NOT_REACHED, AGAIN),
    "silent": (TIMED_OUT, 1),
    "deaf": (TIMED_OUT, 1),
    "loris": (TIMED_OUT, 1),
    "gigabyte-503": (REFUSED, None),
    "gigabyte-headers": (TOO_LARGE, 1),
    "endless-100": (TOO_LARGE, 1),
    "not-http": (NOT_REACHED, 1),
    "redirect": (NOT_REACHED, 1),
    "echo": (REFUSED, 1),
    "413": (REFUSED, 1),
    "429:50": (RATE_LIMITED, 1),
    "503": (REFUSED, AGAIN),
}


def limits(**more: Any) -> dict[str, Any]:
    return {
        "budget_ms": BUDGET_MS,
        "tries": AGAIN,
        "address_space": ROOM,
        "largest": LARGEST,
        "size": 1_000_000,
        **more,
    }


def test_every_mode_has_its_row() -> None:
    named = {mode for mode in MODES if is_mode(mode)}
    assert named - set(SENT) == set()
    assert named - set(ASKED) == {"taken-reset"}


@pytest.mark.parametrize("mode", SENT)
def test_a_body_ends_in_time_and_as_it_should(probe: Any, mode: str) -> None:
    fate, code, tries = SENT[mode]
    with MisbehavingIntake(mode) as intake:
        outcome = probe(intake, "send", **limits())
        assert (outcome.only["fate"], outcome.only["code"]) == (fate, code), outcome.only
        assert tries in (None, outcome.only["tries"]), outcome.only
        if mode not in UNHEARD:
            assert len(intake.received()) == outcome.only["tries"]
    assert outcome.ms <= BUDGET_MS + LATE_MS
    assert (outcome.only["reason"] == "") == (fate == "delivered")


@pytest.mark.parametrize("mode", ASKED)
def test_a_question_ends_in_time_and_as_it_should(probe: Any, mode: str) -> None:
    code, tries = ASKED[mode]
    with MisbehavingIntake(mode) as intake:
        outcome = probe(intake, "ask", **limits())
        assert outcome.only["code"] == code, outcome.only
        if mode not in UNHEARD and tries is not None:
            assert len(intake.received()) == tries
    assert outcome.ms <= BUDGET_MS + LATE_MS
    assert outcome.peak_kib < 45_000


def test_nobody_waits_for_the_body_behind_a_status_that_says_enough(probe: Any) -> None:
    with MisbehavingIntake("loris-body") as intake:
        assert probe(intake, "send", budget_ms=10_000).ms < 800


def test_errors_name_the_intake_what_was_sent_and_why(probe: Any) -> None:
    with MisbehavingIntake("503") as intake:
        reason = probe(intake, "send", **limits()).only["reason"]
    assert reason == f"the intake at {intake.url} did not take citestcycle: status 503: {{}} ({AGAIN} tries)"


@pytest.mark.parametrize("mode", ["slam", "close", "early-413", "silent"])
@pytest.mark.parametrize("tls", [False, True])
def test_a_body_of_many_pieces_is_cut_off_without_a_signal(probe: Any, mode: str, tls: bool) -> None:
    with MisbehavingIntake(mode, tls=tls) as intake:
        outcome = probe(intake, "send", trust=CERTIFICATE, **limits(route="packfile", size=20_000_000))
    assert outcome.only["fate"] in (("never_taken", "try_later") if mode == "early-413" else ("try_later",))
    assert outcome.seconds < BUDGET_MS / 1000 + 1


def test_a_silent_intake_costs_a_run_its_budget_once(probe: Any) -> None:
    with MisbehavingIntake("silent") as intake:
        outcome = probe(intake, "send", count=30, rounds=3, **limits(size=10_000))
    assert BUDGET_MS - 50 <= outcome.ms <= BUDGET_MS + LATE_MS
    assert {row["fate"] for rows in outcome.results for row in rows} == {"try_later"}


def test_without_options_a_dead_intake_costs_less_than_two_seconds(probe: Any) -> None:
    for mode in ("refuse", "silent", "loris", "503", "429:1"):
        with MisbehavingIntake(mode) as intake:
            outcome = probe(intake, "ship", count=20)
        assert outcome.seconds < 2.0, (mode, outcome)
        assert outcome.only["kept"] == 20


def test_a_failure_that_passes_is_not_seen(probe: Any) -> None:
    with MisbehavingIntake(["503", "reset", "429:0", "ok"]) as intake:
        row = probe(intake, "send").only
        assert row["fate"] == "delivered"
        assert row["tries"] in (3, 4)  # libcurl itself repeats what a kept connection's end broke
        assert [request.mode for request in intake.received()] == ["503", "reset", "429:0", "ok"]


def test_after_failures_in_a_row_nothing_is_tried_any_more(probe: Any) -> None:
    with MisbehavingIntake("500") as intake:
        outcome = probe(intake, "send", count=20, connections=1, budget_ms=30_000)
        assert len(intake.received()) == 6
    assert "too often" in outcome.results[0][-1]["reason"]


@pytest.mark.parametrize("field", range(0, 250, 7))
def test_wrong_types_in_answers_pass_through_unharmed(probe: Any, field: int) -> None:
    """Reading them is the payload layer's; here they are text."""
    with MisbehavingIntake({"settings": f"wrong-json:{field}"}) as intake:
        assert probe(intake, "ask", route="settings", **limits()).only["code"] == 0


def test_wrong_types_in_an_agents_answer_are_no_agent_or_no_proxy(probe: Any) -> None:
    with MisbehavingIntake() as intake:
        for field in range(60):
            intake.set_mode("info", f"wrong-json:{field}")
            found = probe("agent+" + intake.url, "features", **limits()).only
            assert found["code"] in (0, REFUSED), (field, found)
