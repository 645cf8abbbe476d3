"""The command `alibi` as people and programs use it, on sessions recorded by the real recorder."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alibi_command import Alibi

Merge = Callable[..., Any]
FIRST = "tests/test_generated.py::test_0"


def test_merge_reports_what_it_stored_and_removes_the_session(alibi: Alibi) -> None:
    session = alibi.session("one", processes=2)
    report = alibi.json("merge", session)
    expected = {"tests": 6, "processes": 2, "incomplete_tests": 0, "drops": {}}
    assert {key: report[key] for key in expected} == expected
    assert report["lines"] > 40
    assert report["files"] > 0
    assert report["duration_ms"] > 0
    assert Path(report["evidence"]).is_file()
    assert not session.exists()


def test_show_prints_the_contract(alibi: Alibi, merged: Merge) -> None:
    merged("one")
    shown = alibi.json("show")
    assert [test["id"] for test in shown["tests"]] == sorted(
        f"tests/test_generated.py::test_{n}" for n in range(6)
    )
    test = shown["tests"][0]
    assert test["outcome"] == "passed"
    assert test["duration_ms"] == 1.0
    assert test["processes"] == 1
    assert test["drops"] == {}
    assert all(lines == sorted(set(lines)) for lines in test["files"].values())
    assert all(path.startswith("src/module_") for path in test["files"])
    assert set(test["scopes"][0]) >= {"file", "name", "line", "fingerprint"}
    assert {"kind": "attribute", "name": "run"} in test["names"]
    assert list(test["inputs"]["files"]) == ["data/0.txt"]
    assert test["fixtures"] == [{"name": "database", "scope": "session"}]
    assert shown["sessions"]["one"]["id"] == "one"
    assert shown["sessions"]["one"]["imports_run"]


def test_workers_make_no_difference_to_what_is_shown(alibi: Alibi, tmp_path: Path) -> None:
    shown = []
    for processes in (1, 4):
        here = Alibi(tmp_path / "data")
        here.json("merge", here.session("one", processes=processes))
        shown.append(here.json("show")["tests"])
        shutil.rmtree(here.data)
    assert shown[0] == shown[1]


def test_a_partial_run_forgets_nothing(alibi: Alibi, merged: Merge) -> None:
    merged("first", tests=6, started=1000.0)
    merged("second", tests=2, started=2000.0)
    sessions = {test["id"]: test["session"] for test in alibi.json("show")["tests"]}
    assert len(sessions) == 6
    assert sessions[FIRST] == "second"
    assert sessions["tests/test_generated.py::test_5"] == "first"
    assert {row["session"] for row in alibi.json("list")["tests"]} == {"first", "second"}


def test_one_test_is_named_by_a_part_and_several_by_a_pattern(alibi: Alibi, merged: Merge) -> None:
    merged("one", tests=12)
    assert len(alibi.json("show", "test_7")["tests"]) == 1
    assert len(alibi.json("show", "*test_1?")["tests"]) == 2
    unclear = alibi.run("show", "test_1")
    assert unclear.returncode == 3
    assert "[alibi-47]" in unclear.stderr
    unknown = alibi.run("show", "nothing like it")
    assert unknown.returncode == 3
    assert "[alibi-46]" in unknown.stderr
    assert unknown.stdout == ""


def test_people_see_names_and_ranges_and_no_escape_sequences_in_a_pipe(alibi: Alibi, merged: Merge) -> None:
    merged("one")
    text = alibi.run("show", FIRST).stdout
    assert "src/module_0.py: " in text
    assert "database (session)" in text
    assert "\x1b" not in text
    assert "6 tests" in alibi.run("list").stdout
    assert "sessions" in alibi.run("stats").stdout


def test_without_evidence_the_error_says_what_to_do(alibi: Alibi) -> None:
    for command in ("show", "list", "stats"):
        done = alibi.run(command)
        assert done.returncode == 3
        assert "pytest --alibi" in done.stderr
        assert "[alibi-42]" in done.stderr
    assert not alibi.data.exists()


def test_a_session_that_is_not_there_is_an_error(alibi: Alibi) -> None:
    done = alibi.run("merge", alibi.data / "none")
    assert done.returncode == 3
    assert "[alibi-40]" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_what_a_killed_run_left_is_merged_by_the_next_command(alibi: Alibi) -> None:
    session = alibi.session("killed", unfinished=True)
    (session / "lock").touch()
    done = alibi.run("show", "--json")
    tests = json.loads(done.stdout)["tests"]
    assert "left from an earlier run" in done.stderr
    assert len(tests) == 6
    assert not session.exists()
    killed = next(test for test in tests if test["id"].endswith("test_5"))
    assert killed["outcome"] == "unknown"
    assert killed["drops"] == {"unfinished": 1}
    assert not killed["complete"]


def test_a_damaged_shard_is_reported_and_kept_aside(alibi: Alibi) -> None:
    session = alibi.session("one", processes=2)
    shard = sorted(session.glob("*.shard"))[0]
    content = bytearray(shard.read_bytes())
    content[5000] ^= 0xFF
    shard.write_bytes(content)
    report = alibi.json("merge", session)
    assert report["drops"]["torn"] == 1
    assert report["damaged"][0]["shard"] == shard.name
    assert (alibi.data / "damaged" / f"one-{shard.name}").read_bytes() == content
    assert report["tests"] >= 3


def test_a_full_disk_costs_nothing_that_was_stored(alibi: Alibi, merged: Merge) -> None:
    merged("first", started=1000.0)
    session = alibi.session("second", started=2000.0)

    def little_space() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))

    done = alibi.run("merge", session, preexec_fn=little_space, restore_signals=False)
    assert done.returncode == 1
    assert "[alibi-41]" in done.stderr
    assert "cannot write" in done.stderr
    assert session.exists()
    assert len(alibi.json("show")["tests"]) == 6
    assert alibi.json("merge", session)["tests"] == 6
    assert len(alibi.json("stats")["sessions"]) == 2


def test_a_folder_that_cannot_be_written_can_be_read() -> None:
    # Not below tmp_path: another user must be able to reach it when the tests run as root.
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        # The command too: a clone below /root is closed to others.
        command = shutil.copy(Alibi(Path(directory)).command, directory)
        alibi = Alibi(Path(directory) / "data", Path(command))
        alibi.json("merge", alibi.session("first", started=1000.0))
        session = alibi.session("second", started=2000.0)
        (alibi.data / "index.sqlite").unlink()  # so that reading has to do without one
        folders = [alibi.data, *(path for path in alibi.data.rglob("*") if path.is_dir())]
        for folder in folders:
            folder.chmod(0o555)

        def as_nobody() -> None:
            if os.geteuid() == 0:
                os.setuid(65534)

        shown = alibi.run("show", "--json", preexec_fn=as_nobody)
        refused = alibi.run("merge", session, preexec_fn=as_nobody)
        for folder in folders:
            folder.chmod(0o755)
        assert shown.returncode == 0
        assert len(json.loads(shown.stdout)["tests"]) == 6
        assert refused.returncode == 1
        assert "[alibi-41]" in refused.stderr
        assert session.exists()


def test_exports_are_what_their_readers_expect(alibi: Alibi, merged: Merge, tmp_path: Path) -> None:
    merged("one")
    lcov = alibi.run("export", "lcov").stdout
    assert lcov.count("SF:") == lcov.count("end_of_record") > 0
    assert lcov.count("FNDA:0,never_called\n") == lcov.count("SF:")
    assert ",0\nLF:" in lcov
    assert alibi.run("export", "cobertura").stdout.startswith("<?xml")
    assert len(json.loads(alibi.run("export", "json").stdout)["tests"]) == 6
    target = tmp_path / "coverage-data"
    assert alibi.run("export", "coverage", "-o", target).returncode == 0
    with sqlite3.connect(target) as database:
        assert database.execute("SELECT version FROM coverage_schema").fetchall() == [(7,)]
        assert database.execute("SELECT count(*) FROM context").fetchone() == (7,)
    refused = alibi.run("export", "lcov", "-o", tmp_path / "no" / "folder" / "file")
    assert refused.returncode == 1
    assert "[alibi-41]" in refused.stderr


def test_old_evidence_gives_way_to_the_newest_of_every_test(alibi: Alibi, merged: Merge) -> None:
    merged("only", tests=6, started=1000.0)
    for number in range(4):
        merged(f"short{number}", tests=2, started=2000.0 + number)
    assert alibi.json("stats")["unshared_bytes"] > alibi.json("stats")["evidence_bytes"] > 0
    assert alibi.json("gc", "--keep", "all")["sessions"] == 0
    assert alibi.json("gc", "--keep", 2)["sessions"] == 2
    assert "removed 1 session (" in alibi.run("gc", "--keep", 1).stdout
    assert {row["session"] for row in alibi.json("list")["tests"]} == {"only", "short3"}
    report = alibi.json("merge", "--keep", 1, alibi.session("last", tests=2, started=9000.0))
    assert report["removed_sessions"] == 1
    assert len(alibi.json("show")["tests"]) == 6


def test_a_reader_that_leaves_early_is_no_error_to_talk_about(alibi: Alibi, merged: Merge) -> None:
    merged("one")
    reading, writing = os.pipe()
    os.close(reading)
    command = [str(alibi.command), "show", "--data", str(alibi.data)]
    # As Python starts the command: with SIGPIPE ignored.
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, restore_signals=False, check=False)
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr == b""


def test_coverage_py_shows_our_contexts(alibi: Alibi, merged: Merge, tmp_path: Path) -> None:
    pytest.importorskip("coverage", reason="coverage.py is not installed for this interpreter")
    merged("one")
    data = tmp_path / "coverage-data"
    alibi.run("export", "coverage", "-o", data)
    html = tmp_path / "html"
    subprocess.run(
        [sys.executable, "-m", "coverage", "html", "--show-contexts", "-d", str(html)],
        env={**os.environ, "COVERAGE_FILE": str(data)}, cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    assert any(FIRST in page.read_text() for page in html.glob("*module_0*.html"))


def test_dump_prints_every_record(alibi: Alibi) -> None:
    session = alibi.session("one", tests=1)
    shard = next(session.glob("*.shard"))
    records = alibi.json("dump", shard)["records"]
    kinds = {record["record"] for record in records}
    assert kinds >= {
        "process",
        "file",
        "code",
        "names",
        "context",
        "hits",
        "input",
        "charge",
        "test end",
        "state",
    }
    assert records[-1]["closed"]
    assert not records[-1]["damaged"]
    assert "test end " in alibi.run("dump", shard).stdout
    foreign = alibi.run("dump", session / "session.json")
    assert foreign.returncode == 4
    assert "[alibi-21]" in foreign.stderr


def test_doctor_says_what_works(alibi: Alibi, merged: Merge) -> None:
    merged("one")
    done = alibi.run("doctor", "--json", "--python", sys.executable)
    answer = json.loads(done.stdout)
    health = {finding["subject"]: finding["health"] for finding in answer["findings"]}
    assert health["data folder"] == health["store"] == health["leftovers"] == health["interpreter"] == "ok"
    assert answer["interpreter"]["version"] == ".".join(map(str, sys.version_info[:3]))
    if health.get("package") == "ok":
        assert answer["interpreter"]["strategy"] in answer["interpreter"]["strategies"]
        assert health["recording"] == "ok"
    assert "leftover" not in health
    without = alibi.run("doctor", "--python", "/nonexistent/python")
    assert without.returncode == 1
    assert "problem" in without.stdout
    assert "--python" in without.stdout


def test_doctor_says_what_killed_runs_left_and_what_to_do(alibi: Alibi) -> None:
    session = alibi.session("killed", processes=2)
    (session / "lock").touch()
    (session / "1-1-00000000000000aa.shard").write_text("no shard")
    (session / "2-2-00000000000000bb.lost").touch()
    answer = json.loads(alibi.run("doctor", "--json", "--python", sys.executable).stdout)
    findings = {finding["subject"]: finding for finding in answer["findings"]}
    assert findings["leftovers"]["health"] == findings["leftover"]["health"] == "note"
    state = findings["leftover"]["state"]
    assert "3 shards, 1.0 MiB" in state
    assert "1 damaged" in state
    assert "1-1-00000000000000aa.shard" in state
    assert "1 lost" in state
    assert state.endswith(f"alibi merge {session} keeps its evidence")


def test_a_full_pipe_or_device_is_an_error_not_a_silence(alibi: Alibi, merged: Merge) -> None:
    merged("one")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [alibi.command, "show", "--data", alibi.data],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "standard output" in done.stderr
