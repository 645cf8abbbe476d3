from __future__ import annotations

import json
from pathlib import Path

import pytest
import summarize

CASES = {
    "good.xml": """<testsuites><testsuite>
        <testcase classname="a" name="b"/><testcase classname="a" name="c"/>
        </testsuite></testsuites>""",
    "bad.xml": """<testsuite>
        <testcase classname="a" name="d"><failure message="it broke"/></testcase>
        </testsuite>""",
    "skip.xml": """<testsuite>
        <testcase classname="a" name="e"><skipped message="needs root"/></testcase>
        </testsuite>""",
    "torn.xml": "<testsuite><testcase",
}


def run(folder: Path, capsys: pytest.CaptureFixture[str], *names: str) -> tuple[int, list[str]]:
    for name in names:
        (folder / name).write_text(CASES[name])
    status = summarize.main(str(folder))
    return status, capsys.readouterr().out.splitlines()


def test_the_last_line_counts_over_all_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, lines = run(tmp_path, capsys, "good.xml", "bad.xml")
    assert (status, lines[-1]) == (1, "2 passed, 1 failed")
    assert any("it broke" in line for line in lines)


def test_skipped_tests_are_named_with_their_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, lines = run(tmp_path, capsys, "good.xml", "skip.xml")
    assert (status, lines[-1]) == (0, "2 passed, 0 failed, 1 skipped")
    assert any("needs root" in line for line in lines)


def test_an_unreadable_file_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, capsys, "good.xml", "torn.xml")[0] == 1


def test_no_test_at_all_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, capsys)[0] == 1


def test_a_program_that_ran_out_of_time_has_failed_though_it_wrote_no_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cpp.xml").write_text(
        '<testsuites><testsuite name="alibi.alibi:unit / unit-base.Bytes"><testcase name="a"/>'
        '<testcase name="b"><failure message="no"/></testcase></testsuite></testsuites>'
    )
    programs = [
        {"name": "alibi:unit / unit-base", "result": "FAIL", "duration": 1.0},
        {"name": "alibi:unit / unit-watch", "result": "TIMEOUT", "duration": 90.1},
        {"name": "alibi:unit / unit-model", "result": "OK", "duration": 1.0},
    ]
    (tmp_path / "cpp.meson.json").write_text("\n".join(map(json.dumps, programs)))
    assert summarize.main(str(tmp_path)) == 1
    printed = capsys.readouterr().out
    assert "FAILED alibi:unit / unit-watch: timeout after 90 s" in printed
    assert printed.splitlines()[-1] == "1 passed, 2 failed"


def test_the_groups_that_took_longest_are_told_before_the_last_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    took = {f"group {number}": {"wall": 2.0 * number, "cpu": 1.0 * number} for number in range(10)}
    (tmp_path / "groups.json").write_text(json.dumps(took))
    status, lines = run(tmp_path, capsys, "good.xml")
    assert (status, lines[-1]) == (0, "2 passed, 0 failed")
    assert next(line.split() for line in lines if line.startswith("  ")) == ["group", "9", "9", "18"]
    assert lines[-2].split() == ["all", "10", "groups", "45", "90"]
    assert not any(line.startswith("  group 1 ") for line in lines)
