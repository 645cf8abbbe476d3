"""The JUnit reports of Alibi's drivers for Node, without any framework."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

DRIVER = Path(__file__).resolve().parents[2] / "collector" / "framework" / "drivers" / "alibi_junit.cjs"


def test_colours_and_what_xml_cannot_hold_are_left_out(tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("no node here")
    script = (
        f"const {{ Report }} = require({str(DRIVER)!r});"
        "const report = new Report(process.cwd());"
        r"const failure = '\u001b[31mno\u001b[0m\u0007 <b>\n[2m';"
        r"report.add('a.js', { name: '\u001b[1ma\u001b[22m', failure });"
        "report.write('junit.xml');"
    )
    subprocess.run(["node", "-e", script], cwd=tmp_path, check=True)
    case = ElementTree.parse(tmp_path / "junit.xml").find(".//testcase")
    assert case is not None
    assert case.get("name") == "a"
    assert case.findtext("failure") == "no <b>\n[2m"
