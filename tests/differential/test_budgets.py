"""bench/compare.py: which figure meets which budget, and what noise excuses."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent.parent.parent / "bench"))

from compare import Budget, Verdict, judge, read_budgets  # noqa: E402


def figure(
    name: str, value: float, python: str = "3.12.1", noise: float = 0.0, subject: str = "s"
) -> dict[str, Any]:
    return {"name": name, "subject": subject, "python": python, "value": value, "detail": {"noise": noise}}


def test_the_budgets_of_the_issue_are_there() -> None:
    names = {budget.name for budget in read_budgets()}
    assert names >= {
        "suite_cpu_ratio",
        "line_ns",
        "boundary_us",
        "hot_loop_ratio",
        "import_ms",
        "suite_memory_ratio",
        "merge_ms",
    }


def test_versions_are_compared_as_numbers() -> None:
    budget = Budget("n", 1, "", python=("3.9", "3.11"))
    assert budget.covers(figure("n", 1, "3.10.2"))
    assert not budget.covers(figure("n", 1, "3.12.0"))
    assert not budget.covers(figure("n", 1, ""))


def test_noise_excuses_a_time_and_never_a_count() -> None:
    over = figure("n", 1.07, noise=0.05)
    assert Verdict(over, Budget("n", 1.05, "")).word == "within noise"
    assert Verdict(over, Budget("n", 1.05, "", stable=True)).word == "OVER"
    assert Verdict(figure("n", 1.2, noise=0.05), Budget("n", 1.05, "")).word == "OVER"
    assert Verdict(figure("n", 1.05), Budget("n", 1.05, "")).word == "ok"


def test_budgets_without_a_figure_are_named() -> None:
    used, unused = Budget("a", 1, ""), Budget("b", 1, "")
    verdicts, unmeasured = judge([figure("a", 0.5)], [used, unused])
    assert [verdict.budget for verdict in verdicts] == [used]
    assert unmeasured == [unused]
