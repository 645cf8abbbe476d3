"""Clients and servers that are killed at random instants: each test is stored once, and nothing is lost.

ALIBI_SEED makes the same choices again, ALIBI_KILL_ROUNDS makes more of them (a soak: 500).
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from serving import Server, answer_of
from shops import COMMAND, Shop, agentless

ROUNDS = {"pytest": 20, "rspec": 8}
TESTS = 12
_TESTS_PY = """
import os, time
import pytest
import calc

@pytest.mark.parametrize("number", range(6))
def test_number(number, request):
    journal = os.open(os.environ["JOURNAL"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    test = request.node.path.name + " " + request.node.name
    os.write(journal, (os.environ["DD_TEST_SESSION_NAME"] + "\\t" + test + "\\n").encode())
    os.close(journal)
    time.sleep(0.005)
    assert calc.add(number, 1) == number + 1
"""
_SPEC = """
require_relative "../lib/calc"
RSpec.describe Calc do
  6.times do |number|
    it("WHERE number #{number}") do |example|
      line = "#{ENV["DD_TEST_SESSION_NAME"]}\\t#{File.basename(__FILE__)} WHERE number #{number}\\n"
      File.open(ENV["JOURNAL"], "a") { |journal| journal.syswrite(line) }
      sleep 0.005
      expect(subject.add(number, 1)).to eq number + 1
    end
  end
end
"""


class Disturbed:
    """Runs of one project that are disturbed, against one store."""

    def __init__(self, framework: str, folder: Path, parts: Path, choose: random.Random) -> None:
        self.shop = Shop(framework, folder, parts)
        for name in ("one", "two"):
            if framework == "pytest":
                self.shop.write(f"tests/unit/test_{name}.py", _TESTS_PY)
            else:
                self.shop.write(f"spec/{name}_spec.rb", _SPEC.replace("WHERE", name))
        (
            self.shop.folder / ("tests/unit/test_calc.py" if framework == "pytest" else "spec/calc_spec.rb")
        ).unlink()
        self.journal = folder / "journal"
        self.store = folder / "store"
        self.server = Server(str(COMMAND), self.store)
        self._choose = choose
        self.usual_s = 1.0

    def environment(self, name: str) -> dict[str, str]:
        more = {"DD_TEST_SESSION_NAME": name, "JOURNAL": str(self.journal), "ALIBI_NOSELECT": "1"}
        more["ALIBI_INTAKE_PATIENCE_MS"] = "20000"  # a busy machine decides nothing
        return self.shop.environment({**agentless(self.server.url), **more})

    @contextlib.contextmanager
    def running(self, name: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
        """A run in a process group of its own, until it ends."""
        process = subprocess.Popen(
            self.shop.command(),
            cwd=self.shop.folder,
            env={**self.environment(name), **more},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.wait(60)

    def calm(self, name: str) -> None:
        began = time.monotonic()
        with self.running(name) as process:
            pass
        self.usual_s = time.monotonic() - began
        assert process.returncode == 0

    def run_is_killed(self, name: str) -> None:
        with self.running(name) as process:
            time.sleep(self._choose.uniform(0.2, 1.05) * self.usual_s)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def command_is_killed(self, name: str) -> None:
        """Only `alibi merge`, which stores and ships."""
        with self.running(name) as process:
            while process.poll() is None:
                found = _commands_of(process.pid)
                if found:
                    time.sleep(self._choose.uniform(0, 0.08))
                    for pid in found:
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
                    break
                time.sleep(0.001)
        assert process.returncode == 0  # of no test's fault

    def shipping_is_killed(self, name: str) -> None:
        nobody = agentless("http://127.0.0.1:9")
        with self.running(name, **nobody, ALIBI_INTAKE_PATIENCE_MS="100"):
            pass
        assert self.shop.spooled()
        shipping = subprocess.Popen(
            [str(COMMAND), "ship", "--data", str(self.shop.data)],
            env=self.environment(name),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(self._choose.uniform(0, 0.08))
        shipping.kill()
        shipping.wait()

    def server_is_killed(self, name: str) -> None:
        with self.running(name):
            time.sleep(self._choose.uniform(0.2, 1.05) * self.usual_s)
            self.server.kill()
            if self._choose.random() < 0.5:
                time.sleep(self._choose.uniform(0, 0.3))
            self.server = Server(str(COMMAND), self.store, port=self.server.port)

    def settle(self) -> None:
        """What waits is delivered by later runs, and what then still waits by `alibi ship`."""
        for number in range(100):
            self.calm(f"calm {number}")
            if not list((self.shop.data / "sessions").glob("*")):
                break
        shipped = self.shop.ship(agentless(self.server.url))
        assert shipped.status == 0, shipped.text

    def began(self) -> dict[str, set[str]]:
        """{run: its tests that had begun}."""
        found: dict[str, set[str]] = {}
        for line in self.journal.read_text().splitlines():
            run, _, test = line.partition("\t")
            found.setdefault(run, set()).add(test)
        return found


def _commands_of(group: int) -> list[int]:
    """`alibi merge` among the processes of the group."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError, ValueError):
            words = path.read_bytes().split(b"\0")
            if words[0].endswith(b"/alibi") and words[1:2] == [b"merge"]:
                pid = int(path.parent.name)
                if os.getpgid(pid) == group:
                    found.append(pid)
    return found


def _told(server: str) -> dict[str, list[Counter[str]]]:
    """{run: tests of each of its sessions}, as the server has them."""
    found: dict[str, list[Counter[str]]] = {}
    offset = 0
    while True:
        sessions = answer_of(f"{server}/api/alibi/v1/sessions?limit=100&offset={offset}")["sessions"]
        for session in sessions:
            tests = answer_of(f"{server}/api/alibi/v1/sessions/{session['id']}?limit=1000")["tests"]
            assert len(tests) == session["tests"]
            names = Counter(_file_of(test["suite"]) + " " + test["name"] for test in tests)
            found.setdefault(session["name"], []).append(names)
        if len(sessions) < 100:
            return found
        offset += 100


def _file_of(suite: str) -> str:
    return suite.rpartition("/")[2]


@pytest.mark.parametrize("framework", ROUNDS)
def test_whatever_is_killed_each_test_that_began_is_stored_once(
    framework: str, tmp_path: Path, parts: Path
) -> None:
    seed = int(os.environ.get("ALIBI_SEED", "0")) or random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    disturbed = Disturbed(framework, tmp_path, parts, random.Random(seed))
    disturbed.calm("usual")
    kinds: list[Callable[[str], None]] = [
        disturbed.run_is_killed,
        disturbed.command_is_killed,
        disturbed.shipping_is_killed,
        disturbed.server_is_killed,
    ]
    for number in range(int(os.environ.get("ALIBI_KILL_ROUNDS", "0")) or ROUNDS[framework]):
        kind = kinds[number % len(kinds)]
        kind(f"{kind.__name__} {number}")
    disturbed.settle()
    began, told = disturbed.began(), _told(disturbed.server.url)
    disturbed.server.stop()
    assert disturbed.shop.spooled() == []
    for run, tests in began.items():
        assert len(told.get(run, [])) == 1, (run, json.dumps(told.get(run)))
        names = told[run][0]
        assert tests <= set(names), run
        assert set(names.values()) == {1}, run
        whole = not run.startswith("run_is_killed")
        assert len(names) == TESTS if whole else len(names) <= TESTS, run
    _check_coverage(disturbed.store)


def _check_coverage(store: Path) -> None:
    """In the store itself: the pages unite what they have of a test, and would not show it twice."""
    (path,) = store.glob("*.sqlite")
    with contextlib.closing(sqlite3.connect(path)) as database:
        several = "SELECT span FROM coverage GROUP BY session, span HAVING count(*) > 1"
        assert database.execute(several).fetchall() == []
        covered = (
            "SELECT session.name, count(*), count(coverage.span) FROM attempt"
            " JOIN session ON session.id = attempt.session LEFT JOIN coverage"
            " ON coverage.session = attempt.session AND coverage.span = attempt.span GROUP BY session.name"
        )
        for run, tests, with_coverage in database.execute(covered):
            # Where the server did not answer in the beginning, nobody wanted any.
            unasked = run.startswith(("shipping_is_killed", "server_is_killed"))
            assert with_coverage == tests or (unasked and with_coverage == 0), run
