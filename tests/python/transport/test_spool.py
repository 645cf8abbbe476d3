"""What the intake did not take lies in the spool and is delivered later, exactly once."""

from __future__ import annotations

import json
import random
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from conftest import PROBE, environment
from misbehaving_intake import MisbehavingIntake


def waiting(spool: Path) -> list[Path]:
    return sorted(spool.glob("*.payload"))


def numbers(intake: MisbehavingIntake) -> Counter[bytes]:
    return Counter(request.body.split(b":")[0] for request in intake.accepted("citestcycle"))


@pytest.mark.parametrize(
    "mode", ["refuse", "reset", "silent", "503", "429:50", "401", "redirect", "gigabyte-503"]
)
def test_what_was_not_taken_is_kept_and_delivered_by_the_next_run(
    probe: Any, tmp_path: Path, mode: str
) -> None:
    with MisbehavingIntake(mode) as intake:
        report = probe(intake, "ship", count=10, budget_ms=600).only
    assert (report["delivered"], report["kept"], report["not_kept"]) == (0, 10, 0)
    assert len(waiting(tmp_path / "spool")) == 10
    with MisbehavingIntake() as intake:
        assert probe(intake, "ship-waiting").only["delivered"] == 10
        assert numbers(intake) == Counter({str(number).encode(): 1 for number in range(10)})
        assert probe(intake, "ship-waiting").only["delivered"] == 0
    assert waiting(tmp_path / "spool") == []


def test_the_spool_can_go_by_an_agent_that_takes_no_gzip(probe: Any, tmp_path: Path) -> None:
    with MisbehavingIntake("refuse") as intake:
        probe(intake, "ship", count=2, budget_ms=300)
    with MisbehavingIntake() as intake:
        assert probe("agent+" + intake.url, "ship-waiting").only["delivered"] == 2
        assert {request.path for request in intake.accepted("citestcycle")} == {
            "/evp_proxy/v4/api/v2/citestcycle"
        }


@pytest.mark.parametrize("mode", ["400", "403", "413"])
def test_what_will_never_be_taken_is_set_aside_with_the_reason(probe: Any, tmp_path: Path, mode: str) -> None:
    with MisbehavingIntake("refuse") as intake:
        probe(intake, "ship", count=2, budget_ms=300)
    with MisbehavingIntake(mode) as intake:
        assert probe(intake, "ship-waiting").only["set_aside"] == 2
        assert probe(intake, "ship", count=1).only["set_aside"] == 1
    with MisbehavingIntake() as intake:
        probe(intake, "ship-waiting")
        assert intake.received() == []
    aside = tmp_path / "spool" / "set-aside"
    assert len(waiting(aside)) == 3
    for payload in waiting(aside):
        assert f"status {mode}" in payload.with_name(payload.name + ".reason.txt").read_text()


def test_a_damaged_file_is_named_and_blocks_no_other(probe: Any, tmp_path: Path) -> None:
    with MisbehavingIntake("refuse") as intake:
        probe(intake, "ship", count=5, budget_ms=300)
    second = waiting(tmp_path / "spool")[1]
    second.write_bytes(second.read_bytes()[:-7])
    with MisbehavingIntake() as intake:
        report = probe(intake, "ship-waiting").only
    assert (report["delivered"], report["damaged"]) == (4, 1)
    assert second.name in report["complaints"][0]


def test_shippers_at_once_deliver_each_payload_once(probe: Any, tmp_path: Path) -> None:
    with MisbehavingIntake("refuse") as intake:
        probe(intake, "ship", count=60, budget_ms=300)
    command = [str(PROBE), "ship-waiting", "--spool", str(tmp_path / "spool"), "--budget-ms", "20000"]
    with MisbehavingIntake() as intake:
        running = [
            subprocess.Popen(command, env=environment(intake.url), stdout=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        reports = [json.loads(one.communicate(timeout=60)[0])["results"][0] for one in running]
        assert sum(report["delivered"] for report in reports) == 60
        assert numbers(intake) == Counter({str(number).encode(): 1 for number in range(60)})


def test_killed_shippers_lose_nothing_and_repeat_only_what_was_under_way(probe: Any, tmp_path: Path) -> None:
    with MisbehavingIntake("refuse") as intake:
        probe(intake, "ship", count=80, budget_ms=300)
    command = [str(PROBE), "ship-waiting", "--spool", str(tmp_path / "spool"), "--budget-ms", "20000"]
    chance = random.Random(5)  # noqa: S311  (when a process is killed)
    kills = 12
    with MisbehavingIntake() as intake:
        for _ in range(kills):
            running = subprocess.Popen(command, env=environment(intake.url), stdout=subprocess.DEVNULL)
            try:
                running.wait(chance.uniform(0.01, 0.05))
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()
        probe(intake, "ship-waiting", budget_ms=20_000)
        found = numbers(intake)
    assert set(found) == {str(number).encode() for number in range(80)}
    assert sum(found.values()) - 80 <= kills * 3  # one per connection and kill
    assert waiting(tmp_path / "spool") == []


def test_an_acknowledgement_that_was_lost_is_the_one_reason_to_send_twice(probe: Any) -> None:
    with MisbehavingIntake({"citestcycle": ["taken-reset", "ok"]}) as intake:
        assert probe(intake, "send").only["tries"] == 2
        assert numbers(intake) == Counter({b"0": 2})


def test_a_spool_that_cannot_be_written_is_told_and_nothing_is_called_kept(
    probe: Any, tmp_path: Path
) -> None:
    (tmp_path / "spool").write_text("a file lies in the way")
    with MisbehavingIntake("refuse") as intake:
        report = probe(intake, "ship", count=3, budget_ms=300).only
    assert (report["kept"], report["not_kept"]) == (0, 3)
    assert any(str(tmp_path / "spool") in complaint for complaint in report["complaints"])
