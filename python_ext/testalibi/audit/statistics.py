"""The figures of an audit: how sure a rate is after so many cases. Pure; used by the reports."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

_Z_95 = 1.959963984540054  # two-sided 95 %


class Rate(NamedTuple):
    """`cases` of `total`, with Wilson's 95 % interval, which holds for small counts and for none at all."""

    cases: int
    total: int
    low: float
    high: float

    def text(self) -> str:
        if not self.total:
            return "no case"
        return f"{self.cases / self.total:.2%} (95 % interval {self.low:.2%} to {self.high:.2%})"


def rate(count: int, total: int) -> Rate:
    if total <= 0:
        return Rate(0, 0, 0.0, 1.0)
    share, square = count / total, _Z_95 * _Z_95
    scale = 1 + square / total
    middle = (share + square / (2 * total)) / scale
    half = _Z_95 / scale * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    low = 0.0 if count == 0 else max(0.0, middle - half)
    high = 1.0 if count == total else min(1.0, middle + half)
    return Rate(count, total, low, high)


def median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    if not ordered:
        return 0.0
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
