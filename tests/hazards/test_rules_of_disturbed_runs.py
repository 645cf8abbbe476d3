"""The rules R7, R8, R9 and R11 of evidence.md: runs that are killed, partial, read-only or overtaken."""

from __future__ import annotations

import importlib.util
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cases import changed
from pytest_runs import Run, Starter, environment
from shop import (
    EDITS,
    FILES,
    PASSING,
    Shop,
    assert_no_fewer_failures,
    assert_nothing,
    disturbance,
    edited,
    failures,
)

SEEDS = (1, 2, 3)
needs_xdist = pytest.mark.skipif(
    importlib.util.find_spec("xdist") is None, reason="pytest-xdist is not installed"
)


# -- R7: killed, two at once, a full disk


@pytest.mark.parametrize("moment", [0, 3, 7, 11, -1])
def test_r7_a_recording_that_is_killed(starter: Starter, tmp_path: Path, moment: int) -> None:
    shop = Shop(tmp_path / "shop", starter).write(FILES)
    killed = shop.alibi(HAZARD_DISTURB=disturbance(at=moment, signal=signal.SIGKILL))
    assert killed.status == -signal.SIGKILL
    shop.write(EDITS["a price"])
    assert_no_fewer_failures(shop)


@pytest.mark.parametrize("moment", [0, 2, 4, -1])
def test_r7_a_selected_run_that_is_killed(shop: Shop, moment: int) -> None:
    shop.write(*edited("a price", "a rate"))
    killed = shop.alibi(HAZARD_DISTURB=disturbance(at=moment, signal=signal.SIGKILL))
    assert killed.status == -signal.SIGKILL
    assert_no_fewer_failures(shop)
    shop.write(FILES)
    shop.alibi()
    assert_nothing(shop.alibi())


@pytest.mark.parametrize("seed", SEEDS)
def test_r7_killed_from_outside_at_any_moment(shop: Shop, seed: int) -> None:
    shop.write(*edited("a price", "the stock"))
    after_s = random.Random(seed).uniform(0.1, 0.9)
    command = [sys.executable, "-m", "pytest", "-q", "--doctest-modules", "--alibi"]
    process = subprocess.Popen(
        command, cwd=shop.folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    assert_no_fewer_failures(shop)


def test_r7_two_sessions_at_once(shop: Shop) -> None:
    shop.write(PASSING["one way"])
    both = [Shop(shop.folder, Starter()) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda each: each.alibi(), both))
    for run in runs:
        assert run.status == 0, run.text
    assert_nothing(shop.alibi())
    shop.write(EDITS["a price"])
    assert_no_fewer_failures(shop)


@pytest.mark.parametrize("kilobytes", [8, 64, 160])
def test_r7_a_full_disk(shop: Shop, tmp_path: Path, kilobytes: int) -> None:
    small = tmp_path / "small"
    small.mkdir()
    inside = f'mount -t tmpfs -o size={kilobytes}k none "{small}" && exec "$@"'
    full_disk = Shop(shop.folder, Starter("unshare", "-m", "sh", "-c", inside, "sh"))
    try:
        subprocess.run(["unshare", "-m", "sh", "-c", inside, "sh", "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no small file system can be mounted here: {error}")
    shop.write(EDITS["a price"])
    run, full = full_disk.alibi(ALIBI_DATA=str(small / "data")), shop.plain()
    assert run.outcomes == full.outcomes, run.text
    assert run.status == full.status


# -- R8: partial runs owe what they did not run


def interrupted_by(**what: object) -> Callable[[Shop], Run]:
    return lambda shop: shop.alibi(HAZARD_DISTURB=disturbance(**what))


PARTIAL: dict[str, Callable[[Shop], Run]] = {
    "-k": lambda shop: shop.alibi("-k", "test_names or test_plain"),
    "-k forced": lambda shop: shop.alibi("-k", "test_names or test_plain", "--alibi-forceselect"),
    "one file": lambda shop: shop.alibi("tests/test_cart.py"),
    "another file": lambda shop: shop.alibi("tests/test_plain.py"),
    "one test": lambda shop: shop.alibi("tests/test_prices.py::test_price[milk-2]"),
    "-x": lambda shop: shop.alibi("-x"),
    "SIGINT": interrupted_by(at=2, signal=signal.SIGINT),
    "SIGTERM": interrupted_by(at=2, signal=signal.SIGTERM),
    "exit": interrupted_by(at=2, exit=True),
    "collected only": lambda shop: shop.alibi("--collect-only"),
    "deselected": lambda shop: shop.alibi("--deselect", "tests/test_prices.py"),
}


@pytest.mark.parametrize("kind", sorted(PARTIAL))
def test_r8_partial_runs_owe_the_rest(shop: Shop, kind: str) -> None:
    shop.write(*edited("a price", "the stock"))
    owed = failures(shop.plain())
    assert len(owed) == 6
    PARTIAL[kind](shop)
    assert failures(shop.alibi()) == owed
    shop.write(FILES)
    shop.alibi()
    assert_nothing(shop.alibi())


@needs_xdist
def test_r8_a_crashed_worker_owes_its_tests(shop: Shop) -> None:
    shop.write(*edited("a price", "the stock"))
    owed = failures(shop.plain())
    shop.alibi("-n", "2", HAZARD_DISTURB=disturbance(at=1, exit=True, worker=True))
    assert failures(shop.alibi()) >= owed


# -- R9: read-only


def tree(folder: Path) -> dict[str, tuple]:
    found = {}
    for path in sorted([folder, *folder.rglob("*")]):
        status = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        found[str(path)] = (status.st_mode, status.st_size, status.st_mtime_ns, content)
    return found


@pytest.mark.parametrize("known", [True, False])
def test_r9_nothing_is_written(shop: Shop, known: bool) -> None:
    if not known:
        shutil.rmtree(shop.folder / ".alibi")
    shop.write(EDITS["a price"])
    before = tree(shop.folder)
    run = shop.looked_at()
    assert failures(run) == failures(shop.plain())
    assert tree(shop.folder) == before


def test_r9_on_a_read_only_folder(shop: Shop) -> None:
    folder = f'"{shop.folder}"'
    inside = f'mount --bind {folder} {folder} && mount -o remount,ro,bind {folder} && exec "$@"'
    prefix = ["unshare", "-m", "sh", "-c", inside, "sh"]
    try:
        subprocess.run([*prefix, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no read-only file system can be mounted here: {error}")
    shop.write(EDITS["a price"])
    read_only = Shop(shop.folder, Starter(*prefix))
    before = tree(shop.folder)
    looked, recorded, full = read_only.looked_at(), read_only.alibi(), shop.plain()
    assert failures(looked) == failures(full), looked.text
    assert "tests/test_plain.py::test_plain" not in looked.tests
    assert failures(recorded) == failures(full), recorded.text
    assert recorded.status == full.status
    assert tree(shop.folder) == before


# -- R11: code that is edited during the run


@pytest.mark.parametrize(
    ("path", "edit"),
    [
        ("shop/prices.py", changed('"tea": 3', '"tea": 4')),
        ("shop/stock.json", '{"milk": 1}'),
        ("shop/rates.py", changed("TAX = 2", "TAX = 3")),
        ("tests/test_cart.py", changed("total() == 8", "total() == 9")),
        ("conftest.py", changed('"tea", "tea", "milk"', '"tea", "milk"')),
    ],
)
@pytest.mark.parametrize("moment", [0, 5, 10])
def test_r11_an_edit_during_the_run_leaves_no_alibi(
    starter: Starter, tmp_path: Path, path: str, edit: object, moment: int
) -> None:
    shop = Shop(tmp_path / "shop", starter).write(FILES)
    before = (shop.folder / path).read_text(encoding="utf-8")
    after = edit(before) if callable(edit) else str(edit)
    ready = tmp_path / "ready"
    ready.write_text(after, encoding="utf-8")
    shop.alibi(HAZARD_DISTURB=disturbance(at=moment, replace={str(shop.folder / path): str(ready)}))
    assert (shop.folder / path).read_text(encoding="utf-8") == after
    assert_no_fewer_failures(shop)
