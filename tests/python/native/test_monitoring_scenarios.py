"""Nothing is missing against sys.settrace, alone and beside other users of the interpreter's hooks."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import native_harness
import pytest
from lines_against_reference import Results, check, run

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring begins with 3.12")
ROUNDS = 4
STRATEGIES = ["self", "restart"] if sys.version_info >= (3, 12) else []
NEIGHBOURS = ["settrace", "line", "disable", "restart", "toggle", "instruction"]


@pytest.fixture(scope="module")
def reference() -> Results:
    return run("reference", ROUNDS, environment={"PYTHON_JIT": "0"})[0]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_test_has_exactly_its_lines(strategy: str, reference: Results) -> None:
    recorded, said = run(strategy, ROUNDS)
    check(recorded, reference)
    assert said.split()[0] == strategy
    assert "{}" in said, "something was dropped"


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_nothing_is_missing_beside(strategy: str, neighbour: str, reference: Results) -> None:
    recorded, said = run(strategy, ROUNDS, neighbour)
    check(recorded, reference)
    assert said.split()[0] == strategy


@pytest.mark.parametrize("core", ["ctrace", "sysmon", "pytrace"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_coverage_beside_keeps_both_right(
    strategy: str, core: str, tmp_path: Path, reference: Results
) -> None:
    pytest.importorskip("coverage", reason="coverage.py is not installed for this interpreter")
    if core == "ctrace" and importlib.util.find_spec("coverage.tracer") is None:
        pytest.skip("this coverage.py was built without its C tracer for this interpreter")
    environment = {"COVERAGE_CORE": core}
    recorded, said = run(strategy, ROUNDS, "coverage", environment)
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
def test_nothing_is_missing_under_the_jit(strategy: str, reference: Results) -> None:
    recorded, said = run(strategy, ROUNDS, environment={"PYTHON_JIT": "1"})
    check(recorded, reference)
    assert said.split()[0] == strategy
