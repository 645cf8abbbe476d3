"""The rules R1 to R11 of evidence.md, each on the project of shop.py."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cases import changed
from pytest_runs import ForkingStarter, Run, Starter, environment
from shop import EDITS, FILES, PASSING, Shop, failures

SEEDS = (1, 2, 3)
needs_xdist = pytest.mark.skipif(
    importlib.util.find_spec("xdist") is None, reason="pytest-xdist is not installed"
)


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


def edited(*names: str) -> list:
    return [EDITS[name] for name in names]


def disturbance(**what: object) -> str:
    return json.dumps(what)


def assert_nothing(run: Run) -> None:
    assert not run.tests, run.text
    assert run.status == 0, run.text


def assert_no_fewer_failures(shop: Shop) -> None:
    selected, full = shop.alibi(), shop.plain()
    assert failures(selected) == failures(full), selected.text
    assert selected.status == full.status, selected.text


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
