"""Runs the cases of rows/ two at a time, and prints the scoreboard at the end.

ALIBI_HAZARDS=full (scripts/hazards) starts each run as a process of its own and judges every case against
runs of everything without Alibi.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

pytest.register_assert_rewrite("shop")

import cases  # noqa: E402
import scoreboard  # noqa: E402
from judge import Verdict, judge  # noqa: E402
from pytest_runs import FULL, ForkingStarter, Starter  # noqa: E402
from shop import FILES, Shop, failures  # noqa: E402

RESULTS = HERE.parents[1] / "build" / "results"
_AT_ONCE = 2

for _module in sorted(HERE.glob("rows/*.py")):
    importlib.import_module(f"rows.{_module.stem}")


class Judgements:
    """Judges the cases that were chosen, in their order, ahead of the tests that ask for the verdicts."""

    def __init__(self, chosen: list[cases.Case], folder: Path) -> None:
        self._folder = folder
        self._own = threading.local()
        self._starters: list[Starter] = []
        self._pool = ThreadPoolExecutor(_AT_ONCE)
        self._verdicts: dict[str, Future[Verdict]] = {
            case.id: self._pool.submit(self._judge, number, case) for number, case in enumerate(chosen)
        }
        self.lines: list[scoreboard.Line] = []

    def _judge(self, number: int, case: cases.Case) -> Verdict:
        if not hasattr(self._own, "starter"):
            self._own.starter = Starter() if FULL else ForkingStarter()
            self._starters.append(self._own.starter)
        folder = self._folder / f"case{number}"
        try:
            return judge(case, folder / "project", self._own.starter, FULL)
        finally:
            if not os.environ.get("ALIBI_HAZARDS_KEEP"):
                shutil.rmtree(folder, ignore_errors=True)

    def verdict(self, case: cases.Case) -> Verdict:
        return self._verdicts[case.id].result()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        for starter in self._starters:
            starter.close()


@pytest.fixture(scope="session")
def judgements(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Judgements]:
    chosen = [
        item.callspec.params["case"]
        for item in request.session.items
        if "case" in getattr(getattr(item, "callspec", None), "params", {})
    ]
    made = Judgements(chosen, tmp_path_factory.mktemp("hazards"))
    request.config._hazard_lines = made.lines  # type: ignore[attr-defined]
    yield made
    made.close()


@pytest.fixture(scope="module")
def starter() -> Iterator[Starter]:
    made = ForkingStarter()
    yield made
    made.close()


@pytest.fixture(scope="module")
def template(starter: Starter, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Recorded once; every test works on a copy."""
    shop = Shop(tmp_path_factory.mktemp("shop") / "shop", starter).write(FILES)
    run = shop.alibi()
    assert len(run.tests) == 12, run.text
    assert not failures(run), run.text
    return shop


@pytest.fixture
def shop(template: Shop, tmp_path: Path) -> Shop:
    return template.copy(tmp_path / "here")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = getattr(terminalreporter.config, "_hazard_lines", [])
    if not lines:
        return
    terminalreporter.section("hazards: case, detected, tests run without need")
    terminalreporter.write_line(scoreboard.table(lines))
    scoreboard.write(lines, RESULTS)
