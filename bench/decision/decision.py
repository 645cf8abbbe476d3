#!/usr/bin/env python3
"""What it takes to say what has to run: python3 bench/decision/decision.py [options]

  --python PATH     interpreter that records and is asked for facts. Default: the one that runs this script
  --rounds N        decisions of each kind. Default 5
  --large           also 100,000 tests (recorded once, in minutes)
  --json FILE       figures for compare.py

`alibi select --ids` is timed as a whole process, the interpreters it starts included: CPU of the process
tree, wall time beside it. Each round asks once with nothing changed, with a changed function's body, with a
changed module constant, and with a changed function when nothing is kept of earlier decisions (DATA/derived),
in an order that rotates. Each edit is a new text; then the source is put back and looked at, untimed.

Projects stay in build/bench/decision, recorded, until the generator or the recorder changes.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
BENCH = HERE.parent
sys.path[:0] = [str(BENCH), str(BENCH.parent / "tests" / "support")]

import generated_project  # noqa: E402
from alibi_install import install  # noqa: E402
from environments import Interpreter, interpreter, venv_with  # noqa: E402
from generated_project import Shape  # noqa: E402
from measure import Cost, Figure, median, parser_of, run, spread, tell  # noqa: E402
from real_suites import PYTEST, Unavailable  # noqa: E402

KEPT = BENCH.parent / "build" / "bench" / "decision"
SMALL = Shape(files=2000, tests=10_000)
LARGE = Shape(files=2000, tests=100_000)
ENVIRONMENT = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
# In a layer that a part of the tests goes through.
EDITED = Path("app") / "m00900.py"


class CannotMeasure(Exception):
    pass


@dataclass
class Recorded:
    """A generated project with the evidence of one run of all its tests."""

    shape: Shape
    root: Path
    python: Interpreter

    @property
    def data(self) -> Path:
        return self.root / ".alibi"

    def decide(self) -> Cost:
        command = [str(Path(self.python.path).parent / "alibi"), "select", "--ids"]
        return run(command, self.root, ENVIRONMENT)


@dataclass
class Question:
    """One kind of change. `ask` gets the number of the round, so that no two edits are the same text."""

    name: str
    change: Callable[[Recorded, int], None]
    selects: Callable[[int, int], bool]  # tests selected, tests known
    costs: list[Cost] = field(default_factory=list)


def _edit(project: Recorded, pattern: str, replacement: str) -> None:
    path = project.root / EDITED
    text, count = re.subn(pattern, replacement, path.read_text(), count=1)
    if count != 1:
        raise CannotMeasure(f"{EDITED} has nothing like {pattern}")
    path.write_text(text)


def _edit_function(project: Recorded, turn: int) -> None:
    _edit(project, r"total % 1002\b", f"total % {2000 + turn}")


def _edit_constant(project: Recorded, turn: int) -> None:
    _edit(project, r"LIMIT = \d+", f"LIMIT = {2000 + turn}")


def _first(project: Recorded, turn: int) -> None:
    shutil.rmtree(project.data / "derived", ignore_errors=True)
    _edit(project, r"total % 1002\b", f"total % {3000 + turn}")


def questions() -> list[Question]:
    return [
        Question("nothing changed", lambda _project, _turn: None, lambda run, _known: run == 0),
        Question("a function changed", _edit_function, lambda run, known: 0 < run < known),
        Question("a constant changed", _edit_constant, lambda run, known: 0 < run < known),
        Question("first after a recording", _first, lambda run, known: 0 < run < known),
    ]


def _mark(python: Interpreter) -> str:
    """What the evidence depends on: the generator, and the part that records."""
    site = Path(python.path).parent.parent
    parts = [
        Path(generated_project.__file__),
        *sorted(site.glob("lib/*/site-packages/testalibi/_native*.so")),
    ]
    return "\n".join([python.version, *(hashlib.sha256(path.read_bytes()).hexdigest() for path in parts)])


def recorded(shape: Shape, python: Interpreter) -> Recorded:
    root = KEPT / f"{shape.files}-{shape.tests}-{python.short}"
    mark = root.with_suffix(".mark")
    project = Recorded(shape, root, python)
    if mark.exists() and mark.read_text() == _mark(python):
        return project
    shutil.rmtree(root, ignore_errors=True)
    mark.unlink(missing_ok=True)
    root.mkdir(parents=True)
    generated_project.write(root, shape)
    print(f"Recording {shape.tests} tests in {root.name}", flush=True)
    cost = run([python.path, "-m", "pytest", "--alibi", "-q", "-p", "no:xdist"], root, ENVIRONMENT)
    if cost.exit_status != 0:
        raise CannotMeasure(f"the recorded run ended with {cost.exit_status}:\n{cost.output[-2000:]}")
    print(f"  {cost.cpu_s:.0f} s CPU, {cost.wall_s:.0f} s", flush=True)
    mark.write_text(_mark(python))
    return project


def ask(project: Recorded, question: Question, turn: int) -> Cost:
    path = project.root / EDITED
    before = path.read_text()
    question.change(project, turn)
    try:
        cost = project.decide()
    finally:
        if path.read_text() != before:
            path.write_text(before)
            project.decide()
    selected = sum("::" in line for line in cost.output.splitlines())
    if cost.exit_status != 0 or not question.selects(selected, project.shape.tests):
        raise CannotMeasure(
            f"{question.name}: exit {cost.exit_status}, {selected} of {project.shape.tests} tests selected. "
            f"Remove {project.root} to record anew.\n{cost.output[:500]}"
        )
    return cost


def size_of(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def measure(project: Recorded, rounds: int) -> list[Figure]:
    asked = questions()
    ask(project, asked[-1], rounds)  # the file cache, and what is kept
    for number in range(rounds):
        turn = number % len(asked)
        for question in asked[turn:] + asked[:turn]:
            question.costs.append(ask(project, question, number))
    about = f"{project.shape.tests} tests, {project.shape.files} files"
    version = project.python.short
    figures = []
    for question in asked:
        cpu = [cost.cpu_s * 1e3 for cost in question.costs]
        detail = {
            "noise": spread(cpu),
            "rounds": rounds,
            "wall_ms": round(median([cost.wall_s for cost in question.costs]) * 1e3, 1),
            "max_rss_mib": round(max(cost.max_rss_kib for cost in question.costs) / 1024, 1),
            "selected": sum("::" in line for line in question.costs[-1].output.splitlines()),
        }
        figures.append(Figure("decision_ms", f"{about}, {question.name}", version, median(cpu), "ms", detail))
    # Closures and units of the one session; the sources' own units are kept apart, for all sessions.
    for folder in ("evidence", "derived", "units"):
        figures.append(Figure(f"{folder}_mb", about, version, size_of(project.data / folder), "MB"))
    return figures


def table(figures: list[Figure]) -> str:
    lines = [f"{'':52}{'CPU ms':>8}{'noise':>8}{'wall':>8}{'MiB':>7}{'tests':>8}"]
    for figure in figures:
        if figure.name != "decision_ms":
            lines.append(f"{figure.name + ' of ' + figure.subject:52}{figure.value:8.1f} MB")
            continue
        detail = figure.detail
        lines.append(
            f"{figure.subject:52}{figure.value:8.1f}{detail['noise']:8.1f}{detail['wall_ms']:8.1f}"
            f"{detail['max_rss_mib']:7.0f}{detail['selected']:8}"
        )
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    parser = parser_of(__doc__, rounds=5)
    parser.add_argument("--large", action="store_true")
    options = parser.parse_args(arguments)
    figures: list[Figure] = []
    for path in options.python or [sys.executable]:
        try:
            python = venv_with(interpreter(path), (PYTEST, "markupsafe", "trio", "pytest-xdist"))
            install(python)
            for shape in (SMALL, LARGE) if options.large else (SMALL,):
                figures += measure(recorded(shape, python), options.rounds)
        except (CannotMeasure, Unavailable) as error:
            print(f"{path}: not measured: {error}", flush=True)
    return tell(figures, table(figures), options.json)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
