"""Fixtures for the tests of the native recorder; run them with each interpreter it was built for."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any, Callable

import native_harness
import pytest


def pytest_report_header() -> str:
    native = native_harness.load_native()
    return f"native recorder: {native.__file__}, strategies {', '.join(native.STRATEGIES)}"


@pytest.fixture
def monitoring() -> None:
    """For tests of "self" and "restart" as such; those about the JIT compiler say what they expect."""
    if native_harness.jit_keeps_monitoring_away():
        pytest.skip("3.15's JIT compiler is on (PYTHON_JIT=1): the recorder refuses sys.monitoring beside it")


@pytest.fixture(autouse=True)
def _forced_strategies_can_start(request: pytest.FixtureRequest) -> None:
    parameters = getattr(getattr(request.node, "callspec", None), "params", {})
    if {"self", "restart"} & set(map(str, parameters.values())) and "jit" not in parameters:
        request.getfixturevalue("monitoring")


@pytest.fixture(scope="session")
def native() -> Any:
    return native_harness.load_native()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The root of an empty project."""
    root = tmp_path / "project"
    root.mkdir()
    return root


@pytest.fixture
def script(tmp_path: Path, project: Path) -> Callable[..., str]:
    """Runs source text in a fresh process, given the project's root as argument. Returns what it printed."""

    def run(source: str, *arguments: str, environment: dict[str, str] | None = None) -> str:
        path = tmp_path / "script.py"
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        done = native_harness.run_script(path, str(project), *arguments, environment=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""
        return done.stdout

    return run
