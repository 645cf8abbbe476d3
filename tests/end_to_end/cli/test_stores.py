"""Stores that are copied, pushed, pulled, merged and collected, with the command and with cp."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alibi_command import Alibi

Merge = Callable[..., Any]


def evidence(data: Path) -> list[str]:
    return sorted(path.name for path in (data / "evidence").glob("*.evidence"))


def sessions_by_test(alibi: Alibi) -> dict[str, str]:
    return {test["id"]: test["session"] for test in alibi.json("show")["tests"]}


def sources(data: Path) -> list[str]:
    return sorted(path.name for path in (data / "sources").rglob("*"))


def test_what_one_machine_pushes_another_pulls(alibi: Alibi, merged: Merge, tmp_path: Path) -> None:
    merged("one", started=1000.0)
    merged("two", tests=2, started=2000.0)
    shared, other = tmp_path / "shared", Alibi(tmp_path / "other" / "data")
    first = alibi.run("push", shared)
    assert first.stdout.startswith("pushed 2 sessions (")
    assert alibi.run("push", shared).stdout.endswith("; 2 there already\n")
    report = other.json("pull", shared)
    assert (report["sessions"], report["already_there"], report["problems"]) == (2, 0, [])
    assert report["sources"] > 0
    assert sessions_by_test(other) == sessions_by_test(alibi)
    assert evidence(other.data) == evidence(shared) == evidence(alibi.data)
    assert (other.data / ".gitignore").read_text() == "*\n"
    assert sources(other.data) == sources(shared) == sources(alibi.data)
    assert other.json("gc", "--keep", "all")["sources"] == 0


def test_a_dry_run_says_what_it_would_do_and_does_nothing(
    alibi: Alibi, merged: Merge, tmp_path: Path
) -> None:
    merged("one")
    shared = tmp_path / "shared"
    said = alibi.json("push", shared, "--dry-run")
    assert said["dry_run"]
    assert said["sessions"] == 1
    assert not shared.exists()
    assert alibi.run("push", shared, "--dry-run").stdout.startswith("would push 1 session")


def test_one_environment_can_be_transferred_alone(alibi: Alibi, merged: Merge, tmp_path: Path) -> None:
    merged("one")
    assert alibi.json("push", tmp_path / "shared", "--environment", "py39")["other_environments"] == 1
    assert alibi.json("push", tmp_path / "shared", "--environment", "default")["sessions"] == 1


def test_merge_takes_sessions_and_whole_stores(alibi: Alibi, tmp_path: Path) -> None:
    first, second = Alibi(tmp_path / "a" / "data"), Alibi(tmp_path / "b" / "data")
    first.json("merge", first.session("one", started=1000.0))
    second.json("merge", second.session("two", tests=2, started=2000.0))
    reports = alibi.json("merge", first.data, second.data, alibi.session("three", tests=1, started=3000.0))
    assert [report.get("sessions") for report in reports] == [1, 1, None]
    assert reports[2]["tests"] == 1
    assert sorted(sessions_by_test(alibi).values()) == ["one"] * 4 + ["three", "two"]
    assert evidence(first.data)
    assert alibi.run("merge", first.data).stdout.startswith("merged 0 sessions")
    (tmp_path / "neither").mkdir()
    (tmp_path / "neither" / "file").touch()
    refused = alibi.run("merge", tmp_path / "neither")
    assert refused.returncode == 3
    assert "neither a session directory" in refused.stderr


def test_copies_merge_stores_whatever_the_order(tmp_path: Path) -> None:
    parts = [Alibi(tmp_path / name / "data") for name in ("a", "b")]
    parts[0].json("merge", parts[0].session("one", started=1000.0))
    parts[1].json("merge", parts[1].session("two", tests=2, started=2000.0))
    shown = []
    for order in (parts, parts[::-1]):
        here = Alibi(tmp_path / f"merged{len(shown)}" / "data")
        for part in order:
            here.data.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-r", f"{part.data}/.", str(here.data)], check=True)
        shown.append((sessions_by_test(here), evidence(here.data)))
    assert shown[0] == shown[1]
    assert len(shown[0][0]) == 6


def test_a_half_copied_file_is_named_and_taken_in_when_it_is_whole(alibi: Alibi, merged: Merge) -> None:
    merged("one", started=1000.0)
    merged("two", tests=2, started=2000.0)
    whole = alibi.data / "evidence" / evidence(alibi.data)[1]
    content = whole.read_bytes()
    whole.write_bytes(content[: len(content) // 2])
    done = alibi.run("list", "--json")
    assert done.returncode == 0
    assert f"{whole}: its content is not what its name says: half-copied or damaged" in done.stderr
    assert "two" not in done.stdout
    pushed = alibi.run("push", alibi.data.parent / "shared")
    assert pushed.stdout.startswith("pushed 1 session")
    assert "not copied" in pushed.stderr
    merged("three", tests=1, started=500.0)  # a writer indexes it as damaged
    assert whole.exists()
    whole.write_bytes(content)
    done = alibi.run("list", "--json")
    assert done.stderr == ""
    assert '"two"' in done.stdout


def test_a_file_that_is_no_evidence_is_named_and_costs_no_other(alibi: Alibi, merged: Merge) -> None:
    merged("one")
    alien = alibi.data / "evidence" / ("0" * 20 + "-x.evidence")
    alien.write_bytes(b"something else that somebody put here by mistake")
    done = alibi.run("list", "--json")
    assert done.returncode == 0
    assert f"{alien}: not an evidence file" in done.stderr
    assert len(sessions_by_test(alibi)) == 6


def test_collection_says_what_goes_and_keeps_every_test(alibi: Alibi, merged: Merge) -> None:
    merged("only", tests=6, started=1000.0)
    for number in range(4):
        merged(f"short{number}", tests=2, started=2000.0 + number)
    unit = alibi.data / "units" / "ab" / ("c" * 30 + "-tag")
    unit.parent.mkdir(parents=True)
    unit.write_bytes(b"12345")
    planned = alibi.json("gc", "--keep", 1, "--dry-run")
    assert (planned["sessions"], planned["caches"], planned["cache_bytes"]) == (3, 1, 5)
    assert len(evidence(alibi.data)) == 5
    assert alibi.run("gc", "--keep", 1).stdout.startswith("removed 3 sessions (")
    assert not unit.exists()
    assert len(sessions_by_test(alibi)) == 6
    assert alibi.run("gc", "--keep", "0").returncode == 2


def test_a_shared_folder_has_its_own_collection(alibi: Alibi, merged: Merge, tmp_path: Path) -> None:
    for number in range(4):
        merged(f"s{number}", started=1000.0 + number)
    shared = tmp_path / "shared"
    alibi.json("push", shared)
    assert alibi.json("gc", "--keep", 1, "--data", shared)["sessions"] == 3
    assert len(evidence(alibi.data)) == 4


def test_a_read_only_store_is_read_in_silence(tmp_path: Path) -> None:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs root and unshare(1): a folder is mounted read-only")
    alibi = Alibi(tmp_path / "data")
    alibi.json("merge", alibi.session("one", started=1000.0))
    (alibi.session("killed", started=2000.0) / "lock").touch()
    before = {path: path.stat().st_mtime_ns for path in alibi.data.rglob("*")}
    commands = ["list", "show", "stats", "export lcov", "gc --dry-run", f"push {tmp_path / 'shared'}"]
    script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" || exit 77; shift; exec "$@"'
    for command in commands:
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", script, "sh", alibi.data, alibi.command, *command.split(),
             "--data", alibi.data],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode == 77:
            pytest.skip("nothing can be mounted here")
        assert (done.returncode, done.stderr) == (0, ""), command
        assert done.stdout
    assert {path: path.stat().st_mtime_ns for path in alibi.data.rglob("*")} == before


@pytest.mark.parametrize("command", ["push", "pull", "merge"])
def test_a_full_disk_is_an_error_that_costs_nothing(
    alibi: Alibi, merged: Merge, tmp_path: Path, command: str
) -> None:
    merged("one")
    target = tmp_path / "target"

    def little_space() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))

    words = ["push", target] if command == "push" else [command, alibi.data, "--data", target]
    refused = alibi.run(*words, preexec_fn=little_space, restore_signals=False)
    assert refused.returncode == 1
    assert "[alibi-41]" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert evidence(target) == []
    assert not list(target.rglob("*.new.*"))
    assert alibi.run(*words).returncode == 0
    assert evidence(target) == evidence(alibi.data)


def test_killed_at_any_moment_the_next_command_finishes(alibi: Alibi, tmp_path: Path) -> None:
    moments = random.Random(20261121)
    shared, other = tmp_path / "shared", tmp_path / "other"
    environment = {**os.environ, "ALIBI_DATA": str(alibi.data)}
    commands = [["push", shared], ["pull", shared, "--data", other], ["gc", "--keep", "1"]]
    for number in range(12):
        alibi.json("merge", alibi.session(f"s{number}", started=1000.0 + number, tests=60))
        words = commands[number % len(commands)]
        process = subprocess.Popen(
            [alibi.command, *map(str, words)], env=environment, stdout=subprocess.DEVNULL
        )
        time.sleep(moments.random() * 0.02)
        process.kill()
        process.wait()
        assert len(sessions_by_test(alibi)) == 60
        for healing in commands[:2]:
            done = alibi.run(*healing)
            assert (done.returncode, done.stderr) == (0, "")
        assert evidence(other)[-1] == evidence(alibi.data)[-1]
    done = alibi.run("gc", "--keep", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(evidence(alibi.data)) == 1
    assert len(evidence(other)) == 12
