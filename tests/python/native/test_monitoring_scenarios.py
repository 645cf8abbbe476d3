"""Nothing is missing against sys.settrace, alone and beside other users of the interpreter's hooks."""

from __future__ import annotations

import importlib.util
import inspect
import pickle
import sys
import types
from pathlib import Path
from typing import Any

import native_harness
import pytest
import scenarios

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring begins with 3.12")
ROUNDS = 4
STRATEGIES = ["self", "restart"] if sys.version_info >= (3, 12) else []
NEIGHBOURS = ["settrace", "line", "disable", "restart", "toggle", "instruction"]


def run(
    root: Path, mode: str, neighbour: str = "", environment: dict[str, str] | None = None
) -> tuple[dict[Any, Any], str]:
    root.mkdir(parents=True, exist_ok=True)
    out = root.parent / f"{root.name}.pickle"
    done = native_harness.run_script(
        Path(scenarios.__file__), str(root), str(out), mode, str(ROUNDS), neighbour, environment=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return pickle.loads(out.read_bytes()), done.stdout


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Any]:
    environment = {"PYTHON_JIT": "0"}
    return run(tmp_path_factory.mktemp("reference") / "project", "reference", environment=environment)[0]


def module_level_lines() -> set[tuple[str, int]]:
    """Lines of module bodies and class bodies in them: the reference leaves them out."""
    found = {("dynamic.py", 1), ("expression.py", 1)}
    for name, source in (("sample.py", scenarios.MODULE), ("matching.py", scenarios.MATCH)):
        bodies = [compile(source, name, "exec")]
        for body in bodies:
            found |= {(name, line) for _, _, line in body.co_lines() if line}
            bodies += [
                c
                for c in body.co_consts
                if isinstance(c, types.CodeType) and not c.co_flags & inspect.CO_OPTIMIZED
            ]
    return found


def check(recorded: dict[Any, Any], reference: dict[Any, Any]) -> None:
    assert recorded.keys() == reference.keys()
    missing = {at: sorted(lines - recorded[at]) for at, lines in reference.items() if lines - recorded[at]}
    assert missing == {}
    module_level = module_level_lines()
    extra = {at: sorted(recorded[at] - lines - module_level) for at, lines in reference.items()}
    assert {at: lines for at, lines in extra.items() if lines} == {}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_test_has_exactly_its_lines(strategy: str, tmp_path: Path, reference: dict[Any, Any]) -> None:
    recorded, said = run(tmp_path / "project", strategy)
    check(recorded, reference)
    assert said.split()[0] == strategy
    assert "{}" in said, "something was dropped"


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_nothing_is_missing_beside(
    strategy: str, neighbour: str, tmp_path: Path, reference: dict[Any, Any]
) -> None:
    recorded, said = run(tmp_path / "project", strategy, neighbour)
    check(recorded, reference)
    assert said.split()[0] == strategy


@pytest.mark.parametrize("core", ["ctrace", "sysmon", "pytrace"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_coverage_beside_keeps_both_right(
    strategy: str, core: str, tmp_path: Path, reference: dict[Any, Any]
) -> None:
    pytest.importorskip("coverage", reason="coverage.py is not installed for this interpreter")
    if core == "ctrace" and importlib.util.find_spec("coverage.tracer") is None:
        pytest.skip("this coverage.py was built without its C tracer for this interpreter")
    environment = {"COVERAGE_CORE": core}
    recorded, said = run(tmp_path / "beside" / "project", strategy, "coverage", environment)
    check(recorded, reference)
    # What coverage.py found is what it finds without the recorder.
    alone = tmp_path / "alone" / "project"
    alone.mkdir(parents=True)
    script = tmp_path / "coverage_alone.py"
    script.write_text(COVERAGE_ALONE, encoding="utf-8")
    done = native_harness.run_script(script, str(alone), str(ROUNDS), environment=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == said.splitlines()[0]


COVERAGE_ALONE = """
import sys, scenarios
root, rounds = sys.argv[1], int(sys.argv[2])
samples = scenarios.Scenarios(root)
with scenarios.neighbour("coverage", root):
    samples.load()
    for _ in range(rounds):
        for name, scenario in samples.all():
            scenario()
"""


# From 3.15 on a trace of the JIT compiler may outlive any rearming, so sys.monitoring is not relied on there.
JIT_STRATEGIES = STRATEGIES if sys.version_info < (3, 15) else ["trace"]


@pytest.mark.skipif(sys.version_info < (3, 14), reason="the JIT compiler comes with 3.14")
@pytest.mark.parametrize("strategy", JIT_STRATEGIES)
def test_nothing_is_missing_under_the_jit(strategy: str, tmp_path: Path, reference: dict[Any, Any]) -> None:
    recorded, said = run(tmp_path / "project", strategy, environment={"PYTHON_JIT": "1"})
    check(recorded, reference)
    assert said.split()[0] == strategy
