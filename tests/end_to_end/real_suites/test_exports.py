"""`alibi export lcov` and `cobertura` say the same of real projects as coverage.py's own reports: which lines
ran, and which could have run.

What differs, and why (`translated` applies the rules):
  - coverage.py counts a statement of several lines by its first line, Alibi has each line that the
    interpreter has;
  - docstrings of modules and classes run (they are stored), but coverage.py leaves out those of classes, and
    some versions those of modules, as it does lines marked `pragma: no cover`: not compared;
  - files that no process loaded are in neither.
"""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from alibi_install import ready
from environments import interpreter
from real_suites import SUITES, RealSuite, Unavailable, work_copy

Lines = dict[str, dict[int, int]]  # path -> line -> count

# Run by the interpreter that measured: which line stands for which, and what coverage.py leaves out.
_RULES = """
import ast, json, sys
from coverage.parser import PythonParser
rules = {}
for path in sys.argv[1:]:
    parser = PythonParser(filename=path, exclude=r"#\\s*(pragma|PRAGMA)[:\\s]?\\s*(no|NO)\\s*(cover|COVER)")
    parser.parse_source()
    tree = ast.parse(open(path, "rb").read())
    docstrings = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, (ast.Module, ast.ClassDef)) and ast.get_docstring(node) is not None:
            docstrings.update(range(body[0].lineno, body[0].end_lineno + 1))
    count = len(open(path, "rb").read().splitlines())
    first = {line: min(parser.first_lines({line})) for line in range(1, count + 1)}
    rules[path] = {"first": first, "left_out": sorted(docstrings | parser.excluded)}
print(json.dumps(rules))
"""


@dataclass
class Reports:
    ours: Lines
    theirs: Lines
    first_lines: dict[str, dict[int, int]]
    left_out: dict[str, set[int]]
    cobertura: ElementTree.Element
    functions: dict[str, dict[str, int]] = field(default_factory=dict)


def read_lcov(text: str, root: Path) -> tuple[Lines, dict[str, dict[str, int]]]:
    lines: Lines = {}
    functions: dict[str, dict[str, int]] = {}
    path = ""
    for entry in text.splitlines():
        kind, _, value = entry.partition(":")
        if kind == "SF":
            path = str((root / value).resolve())
            lines[path], functions[path] = {}, {}
        elif kind == "DA":
            number, count = value.split(",")[:2]
            if number != "0":  # what coverage.py 6 says of an empty file
                lines[path][int(number)] = int(count)
        elif kind == "FNDA":
            runs, _, name = value.partition(",")
            functions[path][name] = int(runs)
    return lines, functions


def measure(suite: RealSuite, scratch: Path) -> Reports:
    python = ready(interpreter(sys.executable), ("pytest", "xdist", "coverage", *suite.packages))
    root = work_copy(suite, scratch)
    environment = {
        **suite.environment(root),
        "ALIBI_DATA": str(scratch / "data"),
        "COVERAGE_FILE": str(scratch / "c"),
    }

    def run(*command: str) -> str:
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    run(*suite.command(python.path, "--alibi", "--alibi-noselect"))
    alibi = str(Path(python.path).parent / "alibi")
    ours, functions = read_lcov(run(alibi, "export", "lcov"), root)
    cobertura = ElementTree.fromstring(run(alibi, "export", "cobertura"))
    pytest_arguments = suite.command(python.path, "-p", "no:alibi")[1:]
    settings = scratch / "coveragerc"  # the project's own would choose files
    settings.write_text(f"[run]\ninclude = {root}/*\n")
    run(python.path, "-m", "coverage", "run", f"--rcfile={settings}", *pytest_arguments)
    run(
        python.path,
        "-m",
        "coverage",
        "lcov",
        f"--rcfile={settings}",
        "-q",
        "-o",
        str(scratch / "theirs.info"),
    )
    theirs, _ = read_lcov((scratch / "theirs.info").read_text(), root)
    rules = json.loads(run(python.path, "-c", _RULES, *theirs))
    return Reports(
        ours,
        theirs,
        {path: {int(line): first for line, first in rule["first"].items()} for path, rule in rules.items()},
        {path: set(rule["left_out"]) for path, rule in rules.items()},
        cobertura,
        functions,
    )


@pytest.fixture(scope="module", params=["sqlparse", "toolz"])
def reports(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Reports:
    suite = SUITES[request.param]
    try:
        return measure(suite, Path(tmp_path_factory.mktemp(suite.name)).resolve())
    except Unavailable as error:
        pytest.skip(f"{suite.name}: {error}")


def translated(reports: Reports, path: str, lines: set[int]) -> set[int]:
    first = reports.first_lines[path]
    return {first.get(line, line) for line in lines} - reports.left_out[path]


def test_the_same_files_are_listed(reports: Reports) -> None:
    # coverage.py lists empty files; there is no line in them.
    assert {path for path, lines in reports.theirs.items() if lines} <= set(reports.ours)
    assert {path for path in reports.ours if path not in reports.theirs} == set()


def test_the_same_lines_could_run(reports: Reports) -> None:
    for path, lines in reports.theirs.items():
        if lines:
            assert translated(reports, path, set(reports.ours[path])) == translated(
                reports, path, set(lines)
            ), path


def test_the_same_lines_ran(reports: Reports) -> None:
    for path, lines in reports.theirs.items():
        ran = {line for line, count in reports.ours.get(path, {}).items() if count}
        expected = {line for line, count in lines.items() if count}
        assert translated(reports, path, ran) == translated(reports, path, expected), path


def test_rates_say_that_not_everything_ran(reports: Reports) -> None:
    known = sum(len(lines) for lines in reports.ours.values())
    ran = sum(count > 0 for lines in reports.ours.values() for count in lines.values())
    assert ran < known
    assert int(reports.cobertura.get("lines-valid", "")) == known
    assert int(reports.cobertura.get("lines-covered", "")) == ran
    assert float(reports.cobertura.get("line-rate", "")) == pytest.approx(ran / known, abs=1e-3)


def test_functions_that_never_ran_are_listed(reports: Reports) -> None:
    functions = {
        (path, name): runs for path, found in reports.functions.items() for name, runs in found.items()
    }
    assert len(functions) > 100
    assert 0 in functions.values()
