from __future__ import annotations

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
