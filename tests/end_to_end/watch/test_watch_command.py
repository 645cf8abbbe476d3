"""A person lives in `alibi watch`: saves, sees, presses keys, leaves."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from watched_terminal import COMMAND, PATIENCE_S, WatchedTerminal, environment

Watch = Callable[..., WatchedTerminal]

# Says that it has begun, and stays until it may end.
_WAITING = """
import os, pathlib, time
import shop

def test_waits():
    place = pathlib.Path({place!r})
    with open(place / "begun", "a") as file:
        file.write(f"{{os.getpid()}} {{shop.PRICE}}\\n")
    while not (place / "go").exists():
        time.sleep(0.02)
"""


def replace(path: Path, old: str, new: str) -> None:
    """As most editors save: another file, renamed."""
    beside = path.with_name(path.name + "___jb_tmp___")
    text = path.read_text()
    assert old in text
    beside.write_text(text.replace(old, new))
    beside.rename(path)


def ran(screen: str) -> set[str]:
    """Ids in the output of pytest -v."""
    return set(re.findall(r"^(\S+::\S+) (?:PASSED|FAILED)", screen, re.MULTILINE))


def eventually(condition: Callable[[], bool], terminal: WatchedTerminal | None = None) -> None:
    limit = time.monotonic() + PATIENCE_S
    while not condition():
        if terminal is not None:
            terminal.wait_for(lambda _: True)
        assert time.monotonic() < limit
        time.sleep(0.02)


def state_of(process: int) -> str:
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[0]


def is_gone(process: int) -> bool:
    return state_of(process) in ("", "Z")


def begun(tmp_path: Path) -> list[tuple[int, str]]:
    """Process and price of each time that the waiting test began."""
    try:
        lines = (tmp_path / "begun").read_text().splitlines()
    except FileNotFoundError:
        return []
    return [(int(line.split()[0]), line.split()[1]) for line in lines if len(line.split()) == 2]


def make_waiting(project: Path, tmp_path: Path) -> None:
    (project / "shop.py").write_text("PRICE = 1\n")
    (project / "test_waits.py").write_text(_WAITING.format(place=str(tmp_path)))


def test_a_save_runs_what_it_can_break_and_a_fix_turns_the_screen_green(bakery: Path, watch: Watch) -> None:
    terminal = watch(bakery, "--", "-v", rows=150)
    terminal.wait_for("PASS  15 passed, 1 skipped")
    shop = bakery / "bakery" / "shop.py"
    replace(shop, "return 0.1", "return 0.15")
    screen = terminal.wait_for("FAIL  2 failed")
    assert "changed bakery/shop.py" in screen
    assert "FAILED tests/test_shop.py::test_discount[10-0.1]" in screen
    assert "E       assert 0.15 == 0.1" in screen
    assert screen.index("FAILED") < screen.index("Enter run")
    affected = {"test_discount[1-0.0]", "test_discount[10-0.1]", "test_discount[50-0.2]"}
    affected |= {"test_price_of_many", "test_price_of_a_sponge"}
    terminal.press("o")
    shown = terminal.wait_for("= 2 failed, ")  # pytest's own last line
    assert ran(shown) == {f"tests/test_shop.py::{name}" for name in affected}
    # What failed before comes first.
    terminal.press("o")
    replace(shop, "return 0.15", "return 0.1")
    terminal.wait_for("PASS  ")
    assert "FAILED" not in terminal.text
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    assert terminal.settings == terminal.settings_before
    assert terminal.written.rindex("\x1b[?1049l") > terminal.written.rindex("\x1b[?1049h")
    assert "alibi watch: " in terminal.written[terminal.written.rindex("\x1b[?1049l") :]


def test_what_nothing_rests_on_is_settled_without_a_run(bakery: Path, watch: Watch) -> None:
    terminal = watch(bakery)
    terminal.wait_for("PASS")
    (bakery / "README.md").write_text("other words\n")
    terminal.wait_for("nothing to run for README.md")
    (bakery / "bakery" / "flours.csv").write_text("name,price_per_kg\nwheat,0.95\nrye,1.10\nspelt,9.9\n")
    terminal.wait_for("changed bakery/flours.csv")
    terminal.wait_for(lambda screen: "PASS" in screen or "FAIL  " in screen)


def test_new_tests_new_folders_and_deleted_tests_are_noticed(project: Path, watch: Watch) -> None:
    (project / "test_one.py").write_text("def test_one():\n    pass\n")
    terminal = watch(project)
    terminal.wait_for("PASS  1 passed")
    (project / "deep" / "down").mkdir(parents=True)
    (project / "deep" / "down" / "test_two.py").write_text("def test_two():\n    assert False, 'as yet'\n")
    terminal.wait_for("FAILED deep/down/test_two.py::test_two")
    (project / "deep" / "down" / "test_two.py").unlink()
    terminal.wait_for(lambda screen: "PASS" in screen and "FAILED" not in screen)


def test_a_save_during_a_run_interrupts_it_and_runs_anew(project: Path, tmp_path: Path, watch: Watch) -> None:
    make_waiting(project, tmp_path)
    (tmp_path / "go").touch()
    terminal = watch(project)
    terminal.wait_for("PASS  1 passed")
    (tmp_path / "go").unlink()
    replace(project / "shop.py", "PRICE = 1", "PRICE = 2")
    eventually(lambda: len(begun(tmp_path)) == 2, terminal)
    replace(project / "shop.py", "PRICE = 2", "PRICE = 3")
    eventually(lambda: len(begun(tmp_path)) == 3, terminal)
    assert [price for _, price in begun(tmp_path)] == ["1", "2", "3"]
    assert is_gone(begun(tmp_path)[1][0])
    (tmp_path / "go").touch()
    terminal.wait_for("PASS  1 passed")
    assert len(begun(tmp_path)) == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_end_it_the_run_and_nothing_else(
    number: int, project: Path, tmp_path: Path, watch: Watch
) -> None:
    make_waiting(project, tmp_path)
    terminal = watch(project)
    eventually(lambda: len(begun(tmp_path)) == 1, terminal)
    terminal.process.send_signal(number)
    assert terminal.wait_for_end() == 0
    assert terminal.settings == terminal.settings_before
    assert "\x1b[?1049l" in terminal.written
    assert is_gone(begun(tmp_path)[0][0])


def test_it_is_suspended_together_with_the_run(project: Path, tmp_path: Path, watch: Watch) -> None:
    make_waiting(project, tmp_path)
    terminal = watch(project)
    eventually(lambda: len(begun(tmp_path)) == 1, terminal)
    run = begun(tmp_path)[0][0]
    terminal.press("\x1a")
    eventually(lambda: state_of(terminal.process.pid) == "T" and state_of(run) == "T")
    assert terminal.settings == terminal.settings_before
    (tmp_path / "go").touch()
    terminal.process.send_signal(signal.SIGCONT)
    terminal.wait_for("PASS  1 passed")
    assert terminal.settings != terminal.settings_before
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    assert terminal.settings == terminal.settings_before


def test_a_run_does_not_outlive_a_killed_watcher(project: Path, tmp_path: Path, watch: Watch) -> None:
    make_waiting(project, tmp_path)
    terminal = watch(project)
    eventually(lambda: len(begun(tmp_path)) == 1, terminal)
    terminal.process.kill()
    eventually(lambda: is_gone(begun(tmp_path)[0][0]))


def test_what_tests_leave_running_ends_with_the_run(project: Path, tmp_path: Path, watch: Watch) -> None:
    (project / "test_leaves.py").write_text(
        "import subprocess\n"
        "def test_leaves():\n"
        "    left = subprocess.Popen(['sleep', '1000'])\n"
        f"    open({str(tmp_path / 'left')!r}, 'w').write(str(left.pid))\n"
    )
    terminal = watch(project)
    terminal.wait_for("PASS  1 passed")
    left = int((tmp_path / "left").read_text())
    eventually(lambda: is_gone(left))


def test_failures_are_shown_while_others_still_run(project: Path, tmp_path: Path, watch: Watch) -> None:
    make_waiting(project, tmp_path)
    (project / "test_a.py").write_text("def test_fails():\n    assert 1 == 2\n")
    terminal = watch(project)
    terminal.wait_for("FAILED test_a.py::test_fails")
    assert "FAILED test_a.py::test_fails" in terminal.wait_for("RUN   1 of 2 tests, 1 failed")
    (tmp_path / "go").touch()
    terminal.wait_for("FAIL  1 failed, 1 passed")


def test_keys_run_again_all_failed_and_pause(project: Path, tmp_path: Path, watch: Watch) -> None:
    counted = f"open({str(tmp_path / 'ran')!r}, 'a').write"
    (project / "test_a.py").write_text(f"def test_a():\n    {counted}('a')\n")
    (project / "test_b.py").write_text(f"def test_b():\n    {counted}('b')\n    assert False\n")
    # The file is written outside of the project, and not read: no test rests on it.
    terminal = watch(project)

    def has_run(what: str) -> Callable[[str], bool]:
        return lambda screen: "RUN " not in screen and sorted((tmp_path / "ran").read_text()) == sorted(what)

    terminal.wait_for(lambda screen: "FAIL  " in screen and has_run("ab")(screen))
    terminal.press("\r")
    terminal.wait_for(has_run("abb"))
    terminal.press("a")
    terminal.wait_for(has_run("abbab"))
    terminal.press("f")
    terminal.wait_for(has_run("abbabb"))
    terminal.press("p")
    terminal.wait_for("PAUSED")
    replace(project / "test_a.py", "('a')", "('c')")
    terminal.wait_for("waiting: test_a.py")
    terminal.press("p")
    terminal.wait_for(has_run("abbabbbc"))


def test_it_fits_the_terminal_and_follows_its_size(project: Path, watch: Watch) -> None:
    names = [f"test_with_quite_a_long_name_{n}" for n in range(30)]
    (project / "test_many.py").write_text("".join(f"def {name}():\n    assert 1 == 2\n" for name in names))
    terminal = watch(project, rows=24, columns=60)
    terminal.wait_for("FAIL  30 failed")
    for rows, columns in ((24, 60), (12, 40), (50, 120)):
        terminal.resize(rows, columns)
        terminal.wait_for(lambda _, rows=rows: len(terminal.screen) == rows)
        assert max(map(len, terminal.screen)) <= columns
        assert "more failures: Down" in terminal.text or rows == 50
    first = next(line for line in terminal.screen if line.startswith("FAILED"))
    terminal.press("\x1b[B")
    terminal.wait_for(lambda screen: first not in screen)


def test_what_tests_write_themselves_does_not_run_them_again(
    project: Path, tmp_path: Path, watch: Watch
) -> None:
    (project / "test_log.py").write_text(
        "import time\n"
        "def test_log():\n"
        f"    open({str(tmp_path / 'ran')!r}, 'a').write('x')\n"
        "    open('own.log', 'a').write(f'{time.time()}\\n')\n"
        "    assert 'x' not in open('own.log').read()\n"
    )
    terminal = watch(project)
    terminal.wait_for("PASS  1 passed")
    before = (tmp_path / "ran").read_text()
    replace(project / "test_log.py", "import time\n", "import time\nX = 1\n")
    terminal.wait_for(lambda screen: "changed test_log.py" in screen and "RUN" not in screen)
    (project / "notes.txt").write_text("x")
    terminal.wait_for("nothing to run for notes.txt")
    assert len((tmp_path / "ran").read_text()) <= len(before) + 1


def test_a_log_of_each_run_does_not_run_for_ever(project: Path, tmp_path: Path, watch: Watch) -> None:
    """Of a runner that records nothing: there is no evidence that says who writes the log."""
    ran = tmp_path / "ran"
    terminal = watch(project, "--runner", f"echo x >>log.txt; echo x >>{ran}")
    terminal.wait_for(lambda screen: "changed log.txt" in screen and "PASS" in screen)
    (project / "state.txt").touch()
    terminal.wait_for(lambda screen: "changed state.txt" in screen and "PASS" in screen)
    assert ran.read_text().split() == ["x"] * 3


def test_a_broken_conftest_shows_what_pytest_printed_and_mends(project: Path, watch: Watch) -> None:
    (project / "test_one.py").write_text("def test_one():\n    pass\n")
    terminal = watch(project)
    terminal.wait_for("PASS")
    (project / "conftest.py").write_text("import nowhere_to_be_found\n")
    terminal.wait_for("No module named 'nowhere_to_be_found'")
    (project / "conftest.py").unlink()
    terminal.wait_for("PASS")
    replace(project / "test_one.py", "pass", "pass pass")
    terminal.wait_for("ERROR test_one.py")
    replace(project / "test_one.py", "pass pass", "pass")
    terminal.wait_for("PASS")


def test_workers_report_through_the_main_process(project: Path, watch: Watch) -> None:
    pytest.importorskip("xdist")
    (project / "test_a.py").write_text("def test_fails():\n    assert 1 == 2\ndef test_passes():\n    pass\n")
    terminal = watch(project, "--", "-n", "2")
    screen = terminal.wait_for("FAIL  1 failed, 1 passed")
    assert "E       assert 1 == 2" in screen


def test_another_runner_is_judged_by_its_status(project: Path, watch: Watch) -> None:
    (project / "state.txt").write_text("bad\n")
    terminal = watch(project, "--runner", "cat state.txt; grep -q good state.txt")
    assert "bad" in terminal.wait_for("FAIL  failed with status 1")
    (project / "state.txt").write_text("good\n")
    terminal.wait_for("PASS  passed")


def test_without_a_terminal_it_writes_lines(bakery: Path) -> None:
    process = subprocess.Popen(
        [str(COMMAND), "watch", "--poll"],
        cwd=str(bakery),
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []

    def read_until(text: str) -> None:
        for line in process.stdout or ():
            lines.append(line)
            if text in line:
                return
        raise AssertionError("".join(lines))

    try:
        read_until("15 passed, 1 skipped")
        replace(bakery / "bakery" / "shop.py", "return 0.1", "return 0.15")
        read_until("FAILED tests/test_shop.py::test_discount[10-0.1]")
        read_until("assert 0.15 == 0.1")
        read_until("2 failed")
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert not any("\x1b" in line for line in lines)
