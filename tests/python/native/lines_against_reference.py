"""The line scenarios under a strategy, held against sys.settrace in another fresh process."""

from __future__ import annotations

import dis
import inspect
import pickle
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

import native_harness
import scenarios

Results = dict[tuple[int, str], set[tuple[str, int]]]  # (round, scenario) -> lines
# Scenarios in which we report lines that the reference does not, with the reason.
EXPLAINED = {"recursion error": "the reference is itself out of stack there and not called"}
if sys.version_info < (3, 11):
    EXPLAINED["finalizer"] = "the object dies in the reference's own callback, where nothing is traced"


def run(
    mode: str, rounds: int, neighbour: str = "", environment: dict[str, str] | None = None
) -> tuple[Results, str]:
    """What was recorded and what was printed. `mode` and `neighbour` as in scenarios.py."""
    with tempfile.TemporaryDirectory() as folder:
        root, out = Path(folder).resolve() / "project", Path(folder) / "results"
        root.mkdir()
        done = native_harness.run_script(
            Path(scenarios.__file__),
            str(root),
            str(out),
            mode,
            str(rounds),
            neighbour,
            environment=environment,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        results: Results = pickle.loads(out.read_bytes())
        return results, done.stdout


def module_level_lines() -> set[tuple[str, int]]:
    """Lines of module bodies and class bodies in them: the reference leaves them out."""
    found = {("dynamic.py", 1), ("expression.py", 1)}
    names = ["subject.py"] + (["subject_match.txt"] if sys.version_info >= (3, 10) else [])
    for name in names:
        path = scenarios.MATERIAL / name
        bodies = [compile(path.read_text(encoding="utf-8"), name, "exec")]
        for body in bodies:
            found |= {(f"{path.stem}.py", line) for _, line in dis.findlinestarts(body) if line}
            bodies += [
                c
                for c in body.co_consts
                if isinstance(c, types.CodeType) and not c.co_flags & inspect.CO_OPTIMIZED
            ]
    return found


def check(recorded: Results, reference: Results) -> None:
    """Nothing is missing, and what is more is explained."""
    reference = {at: lines for at, lines in reference.items() if at in recorded or at[1] not in EXPLAINED}
    assert recorded.keys() == reference.keys()
    missing = {at: sorted(lines - recorded[at]) for at, lines in reference.items() if lines - recorded[at]}
    assert missing == {}
    module_level = module_level_lines()
    extra = {
        at: sorted(recorded[at] - lines - module_level)
        for at, lines in reference.items()
        if at[1] not in EXPLAINED
    }
    assert {at: lines for at, lines in extra.items() if lines} == {}


def assert_same_lines(strategy: str, rounds: int = 12) -> None:
    reference: Any = run("reference", rounds)[0]
    recorded, said = run(strategy, rounds)
    assert len(reference) >= 29 * rounds
    assert said.split()[0] == strategy
    assert "{}" in said, "something was dropped"
    check(recorded, reference)
