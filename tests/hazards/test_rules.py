"""The rules R1 to R6 and R10 of evidence.md, each on the project of shop.py."""

from __future__ import annotations

import importlib.util
import itertools
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_runs import Starter, environment
from shop import (
    EDITS,
    FILES,
    PASSING,
    Shop,
    assert_no_fewer_failures,
    assert_nothing,
    edited,
    failures,
)

SEEDS = (1, 2, 3)
needs_xdist = pytest.mark.skipif(
    importlib.util.find_spec("xdist") is None, reason="pytest-xdist is not installed"
)


# -- R1: never fewer failures than running everything


@pytest.mark.parametrize("seed", SEEDS)
def test_r1_never_fewer_failures(shop: Shop, seed: int) -> None:
    for name in random.Random(seed).sample(sorted(EDITS), 5):
        shop.write(EDITS[name])
        assert_no_fewer_failures(shop)


def test_r1_a_test_that_failed_goes_on_failing(shop: Shop) -> None:
    shop.write(*edited("a test that fails", "a price"))
    first = failures(shop.alibi())
    assert first
    assert failures(shop.alibi()) == first
    assert failures(shop.alibi()) == first


# -- R2: nothing changed, nothing selected


def test_r2_in_the_same_folder(template: Shop) -> None:
    assert_nothing(template.looked_at())


def test_r2_in_another_folder_with_other_modification_times(shop: Shop) -> None:
    for path in shop.folder.rglob("*"):
        if ".alibi" not in path.parts:
            os.utime(path, (1_500_000_000, 1_500_000_000))
    assert_nothing(shop.alibi())


def test_r2_in_a_fresh_clone(shop: Shop, tmp_path: Path) -> None:
    git = ["git", "-c", "user.email=a@b", "-c", "user.name=n", "-C", str(shop.folder)]
    (shop.folder / ".gitignore").write_text(".alibi/\n")
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run([*git, *arguments], check=True)
    clone = Shop(tmp_path / "clone", shop.starter)
    subprocess.run(["git", "clone", "-q", str(shop.folder), str(clone.folder)], check=True)
    shutil.copytree(shop.folder / ".alibi", clone.folder / ".alibi")
    assert_nothing(clone.alibi())


def test_r2_after_a_selected_run(shop: Shop) -> None:
    shop.write(PASSING["one way"])
    assert shop.alibi().tests
    assert_nothing(shop.alibi())
    assert_nothing(shop.alibi())


# -- R3: any number of workers


@needs_xdist
@pytest.mark.parametrize("recorded_with", [None, "4"])
def test_r3_any_number_of_workers_selects_the_same(
    template: Shop, tmp_path: Path, recorded_with: str | None
) -> None:
    if recorded_with:
        origin = Shop(tmp_path / "origin", template.starter).write(FILES)
        origin.alibi("-n", recorded_with)
    else:
        origin = template
    origin = origin.copy(tmp_path / "edited").write(*edited("a price", "the stock", "a new test"))
    selected = {workers: origin.looked_at("-n", workers) for workers in ("0", "1", "4")}
    full = origin.plain()
    for workers, run in selected.items():
        assert run.tests == selected["0"].tests, f"{workers} workers\n{run.text}"
        assert failures(run) == failures(full), run.text
    assert "tests/test_plain.py::test_plain" not in selected["0"].tests


@needs_xdist
def test_r3_workers_leave_nothing_to_do(shop: Shop) -> None:
    shop.write(PASSING["one way"])
    assert shop.alibi("-n", "2").tests
    assert_nothing(shop.alibi("-n", "1"))
    assert_nothing(shop.alibi())


# -- R4: the first run runs everything


def test_r4_the_first_run_runs_all(starter: Starter, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", starter).write(FILES)
    assert shop.plain().tests == shop.alibi().tests


def test_r4_so_does_one_without_its_data(shop: Shop) -> None:
    shutil.rmtree(shop.folder / ".alibi")
    assert shop.alibi().tests == shop.plain().tests


# -- R5: back to a known revision


def test_r5_going_back_selects_nothing(shop: Shop) -> None:
    shop.write(PASSING["one way"])
    assert shop.alibi().tests
    shop.write(FILES)
    assert_nothing(shop.alibi())
    shop.write(PASSING["one way"])
    assert_nothing(shop.alibi())
    shop.write(FILES).write(PASSING["another"])
    assert shop.alibi().tests
    shop.write(FILES)
    assert_nothing(shop.alibi())


def test_r5_only_what_failed_runs_again(shop: Shop) -> None:
    shop.write(EDITS["a price"])
    failed = failures(shop.alibi())
    assert failed
    shop.write(FILES)
    back = shop.alibi()
    assert back.tests <= failed, back.text
    assert not failures(back)
    assert_nothing(shop.alibi())


# -- R6: more edits, no fewer tests


def test_r6_selection_is_monotone(shop: Shop) -> None:
    names = ("a price", "a rate", "the limit", "the stock", "a fixture")
    alone = {}
    for name in names:
        shop.write(EDITS[name])
        alone[name] = shop.looked_at().tests
        shop.write(FILES)
    for pair in itertools.combinations(names, 2):
        both = shop.write(*edited(*pair)).looked_at().tests
        assert alone[pair[0]] | alone[pair[1]] <= both, pair
        shop.write(FILES)


# -- R10: stores merge in any order


def test_r10_any_order_of_merging_selects_the_same(shop: Shop, tmp_path: Path) -> None:
    others = []
    for name, edit in PASSING.items():
        other = shop.copy(tmp_path / name).write(edit)
        other.alibi()
        others.append(other)
    merged = []
    for number, order in enumerate((others, others[::-1])):
        target = shop.copy(tmp_path / f"merged{number}")
        for other in order:
            command = [sys.executable, "-m", "testalibi", "merge", str(other.folder / ".alibi")]
            subprocess.run(
                [*command, "--data", str(target.folder / ".alibi")],
                check=True,
                env=environment(),
                capture_output=True,
            )
        merged.append(target)
    for edits in ([], [PASSING["one way"]], [PASSING["another"]], [PASSING["one way"], EDITS["the stock"]]):
        selected = [target.write(FILES, *edits).looked_at() for target in merged]
        assert selected[0].tests == selected[1].tests
        if len(edits) < 2:
            assert_nothing(selected[0])
        else:
            assert failures(selected[0]) == failures(merged[0].plain())
