"""A project of any size whose modules stand on each other in layers, as large applications do.

Used by decision.py. The same arguments write the same bytes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

LAYERS = 10
FUNCTIONS = 6  # of each module; every one calls into two modules of the layer below


@dataclass(frozen=True)
class Shape:
    files: int
    tests: int

    @property
    def test_files(self) -> int:
        return self.files // 4

    @property
    def modules(self) -> int:
        return self.files - self.test_files

    @property
    def tests_per_file(self) -> int:
        return -(-self.tests // self.test_files)


def _module(number: int, below: list[str]) -> str:
    lines = ['"""Generated."""', ""]
    lines += [f"from app import {name}" for name in below]
    lines += [
        "",
        f"LIMIT = {number % 97 + 3}",
        f"TABLE = {{'a': {number}, 'b': LIMIT, 'c': 'text {number}'}}",
        "",
        "",
        f"class Thing{number}:",
        "    kind = 'plain'",
        "",
        "    def __init__(self, value=LIMIT):",
        "        self.value = value",
        "",
        "    def scaled(self, by=2):",
        "        return self.value * by + TABLE['a']",
        "",
        "    def described(self):",
        "        return f'{self.kind} {self.scaled()}'",
    ]
    for index in range(FUNCTIONS):
        lines += ["", "", f"def work_{index}(count):"]
        if not below or index == FUNCTIONS - 1:
            lines.append(f"    return Thing{number}(count).scaled() + LIMIT")
        else:
            calls = " + ".join(
                f"{name}.work_{(index + turn) % FUNCTIONS}(count)" for turn, name in enumerate(below)
            )
            lines.append(f"    total = {calls}")
            lines.append(f"    return total % {1000 + index} + TABLE['b']")
    return "\n".join(lines) + "\n"


def _test_file(number: int, top: list[str], functions: int, cases: int) -> str:
    lines = ['"""Generated."""', "", "import pytest", ""]
    lines += [f"from app import {name}" for name in top]
    for index in range(functions):
        name = top[index % len(top)]
        lines += ["", ""]
        call = f"{name}.work_{index % FUNCTIONS}"
        if cases > 1:
            lines += [
                f"@pytest.mark.parametrize('count', range({cases}))",
                f"def test_{number}_{index}(count):",
                f"    assert {call}(count) >= 0",
            ]
        else:
            lines += [f"def test_{number}_{index}():", f"    assert {call}({index}) >= 0"]
    return "\n".join(lines) + "\n"


def write(root: Path, shape: Shape, seed: int = 0) -> None:
    """Into an empty folder: `app`, `tests`, `pytest.ini`."""
    chance = random.Random(seed)  # noqa: S311  (nothing secret)
    layers: list[list[str]] = [[] for _ in range(LAYERS)]
    (root / "app").mkdir(parents=True)
    (root / "app" / "__init__.py").write_text("")
    for number in range(shape.modules - 1):
        layer = number * LAYERS // shape.modules
        name = f"m{number:05}"
        below = chance.sample(layers[layer - 1], min(2, len(layers[layer - 1]))) if layer else []
        layers[layer].append(name)
        (root / "app" / f"{name}.py").write_text(_module(number, below))
    (root / "tests").mkdir()
    cases = max(1, shape.tests_per_file // 20)
    functions = -(-shape.tests_per_file // cases)
    for number in range(shape.test_files):
        top = chance.sample(layers[-1], 2) + chance.sample(layers[LAYERS // 2], 1)
        (root / "tests" / f"test_{number:05}.py").write_text(_test_file(number, top, functions, cases))
    (root / "pytest.ini").write_text("[pytest]\npythonpath = .\ntestpaths = tests\n")
