"""scripts/run_groups.py, run as scripts/test runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
RUN_GROUPS = ROOT / "scripts" / "run_groups.py"


def started(folder: Path, groups: str, *options: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, str(RUN_GROUPS), str(folder), *options],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(groups)
    process.stdin.close()
    process.stdin = None
    return process


def wait_for(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until, path
        time.sleep(0.01)


def test_two_groups_run_at_a_time_and_each_output_stays_together(tmp_path: Path) -> None:
    # Each of the first two waits for the other; the third comes when one of them has ended.
    meet = "echo before; touch {0}; until [ -e {1} ]; do sleep 0.01; done; echo after {0}"
    one, two = tmp_path / "one", tmp_path / "two"
    first, second = meet.format(one, two), meet.format(two, one)
    groups = f"first: ! sh -c '{first}'\nsecond: ! sh -c '{second}'\nthird: ! echo last\n"
    said, _ = started(tmp_path, groups).communicate(timeout=60)
    assert f"before\nafter {one}\n" in said
    assert f"before\nafter {two}\n" in said
    assert "last\n" in said
    assert set(json.loads((tmp_path / "groups.json").read_text())) == {"first", "second", "third"}


def test_results_get_a_folder_and_a_line_that_is_no_group_is_named(tmp_path: Path) -> None:
    process = started(tmp_path / "new" / "folder", "one: ! true\n")
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert (tmp_path / "new" / "folder" / "groups.json").exists()
    for line in ("nonsense", "name:", ": ! true", "one: ! 'open"):
        refused = subprocess.run(
            [sys.executable, str(RUN_GROUPS), str(tmp_path)],
            input=f"one: ! true\n{line}\n", capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert refused.returncode == 2
        assert repr(line) in refused.stderr
        assert "Traceback" not in refused.stderr


def test_a_group_that_leaves_no_results_has_failed_and_hides_no_other(tmp_path: Path) -> None:
    test = tmp_path / "test_good.py"
    test.write_text("def test_good():\n    pass\n")
    groups = f"bad one: {tmp_path}/nowhere.py\ngood: {test}\n"
    process = started(tmp_path, groups, "--at-once", "1")
    process.communicate(timeout=60)
    assert process.returncode == 0
    (failure,) = ElementTree.parse(tmp_path / "bad-one-lost.xml").iter("failure")
    assert "status 4" in (failure.get("message") or "")
    assert [case.get("name") for case in ElementTree.parse(tmp_path / "good.xml").iter("testcase")] == [
        "test_good"
    ]


def test_an_interruption_ends_everything_that_runs_and_starts_nothing_more(tmp_path: Path) -> None:
    running, later = tmp_path / "running", tmp_path / "later"
    test = f"sh -c 'echo $$ > {running}.new; mv {running}.new {running}; exec sleep 300'"
    for number in (signal.SIGINT, signal.SIGTERM):
        process = started(tmp_path, f"a: ! {test}\nb: ! touch {later}\n", "--at-once", "1")
        wait_for(running)
        child = int(running.read_text())
        process.send_signal(number)
        process.communicate(timeout=60)
        assert process.returncode == 128 + number
        assert not later.exists()
        assert not os.path.exists(f"/proc/{child}")
        running.unlink()
