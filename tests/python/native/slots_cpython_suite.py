"""CPython's own tests, plain and with the library and the tests themselves instrumented: same outcomes?

Not part of the default suite (minutes). Run by hand with an interpreter that has the package `test`:

    ALIBI_NATIVE_DIR=... python3.11 tests/python/native/slots_cpython_suite.py [MODULE...]

Modules that assert on bytecode (test_dis, test_compile, test_code, test_peepholer) differ by nature.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import unittest
from pathlib import Path

MODULES = (
    "test_sys_settrace test_generators test_exceptions test_coroutines test_asyncgen test_contextlib "
    "test_contextlib_async test_pdb test_bdb test_trace test_traceback test_with test_yield_from "
    "test_inspect test_frame test_sys_setprofile test_exception_group test_except_star test_patma "
    "test_scope test_threading test_funcattrs test_typing test_pickle"
).split()


class Outcomes(unittest.TestResult):
    def __init__(self) -> None:
        super().__init__()
        self.by_id: dict[str, str] = {}

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        super().startTest(test)
        self.by_id[test.id()] = "passed"

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        super().stopTest(test)
        for kind in ("failures", "errors", "skipped"):
            for failed, _ in getattr(self, kind):
                self.by_id[failed.id()] = kind


def child(module: str, strategy: str, out: str) -> None:
    session = None
    if strategy:
        import native_harness

        library = os.path.realpath(sysconfig.get_path("stdlib"))
        session = native_harness.load_native().Session(
            directory=out + ".shards", root=library, roots=(library,), excludes=(), session_id=1,
            strategy=strategy, inputs=False, state=False,
        )  # fmt: skip
        session.start()
        assert session.strategy == strategy, session.strategy_reason
    outcomes = Outcomes()
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    sys.argv = ["unittest"]
    unittest.defaultTestLoader.loadTestsFromName("test." + module).run(outcomes)
    drops = session.drops() if session else {}
    Path(out).write_text(json.dumps({"outcomes": outcomes.by_id, "drops": drops}))
    os._exit(0)


def run(module: str, strategy: str) -> dict[str, dict[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "outcomes.json"
        command = [sys.executable, __file__, "--child", module, strategy, str(out)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False, cwd=folder)
        if not out.exists():
            return {
                "outcomes": {"(process)": f"died with {done.returncode}: {done.stderr[-300:]}"},
                "drops": {},
            }
        found: dict[str, dict[str, str]] = json.loads(out.read_text())
        return found


def main() -> int:
    worst = 0
    for module in sys.argv[1:] or MODULES:
        plain, slots = run(module, ""), run(module, "slots")
        differ = {
            test: (outcome, slots["outcomes"].get(test, "(not run)"))
            for test, outcome in plain["outcomes"].items()
            if slots["outcomes"].get(test) != outcome
        }
        print(
            f"{module}: {len(plain['outcomes'])} tests, {len(differ)} differ, drops {slots['drops']}",
            flush=True,
        )
        for test, (before, after) in differ.items():
            print(f"    {test}: {before} -> {after}")
        worst |= bool(differ)
    return int(worst)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:5])
    sys.exit(main())
