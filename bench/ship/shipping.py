#!/usr/bin/env python3
"""What reporting adds to the end of a run of 10,000 tests: python3 bench/ship/shipping.py [options]

  --python PATH     interpreter. Default: the one that runs this script
  --rounds N        pairs of runs, one reported and one not. Default 3
  --json FILE       figures for compare.py

The service is `alibi serve` on this machine, without anything to skip. Seconds that storing (and, in the
reported runs, shipping) takes at the end, as the run itself says; the median of the pairs' differences.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "support")]

from alibi_install import install  # noqa: E402
from environments import Interpreter, interpreter, venv_with  # noqa: E402
from measure import Figure, median, parser_of, spread, tell  # noqa: E402
from real_suites import PYTEST  # noqa: E402
from serving import requests_of, serving  # noqa: E402

FILES = 20
TESTS = 500  # of each file
MODULES = 40


def write_project(folder: Path) -> None:
    (folder / "pkg").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "pkg" / "__init__.py").write_text("")
    for number in range(MODULES):
        body = "\n\n".join(f"def f{k}(x):\n    y = x + {k}\n    return y" for k in range(20))
        (folder / "pkg" / f"m{number}.py").write_text(body + "\n")
    for number in range(FILES):
        used = [(number * 7 + each) % MODULES for each in range(8)]
        lines = [f"from pkg import {', '.join(f'm{each}' for each in used)}\n"]
        for test in range(TESTS):
            calls = "\n".join(f"    m{each}.f{test % 20}(1)" for each in used)
            lines.append(f"\ndef test_{test}():\n{calls}\n")
        (folder / "tests" / f"test_{number}.py").write_text("\n".join(lines))
    git = ["git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=e"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], check=True)
    subprocess.run([*git, "remote", "add", "origin", "https://example.com/acme/shop.git"], check=True)


def merge_s(python: Interpreter, folder: Path, report: Path, url: str) -> float:
    shutil.rmtree(folder / ".alibi", ignore_errors=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DD_", "ALIBI"))}
    if url:
        environment.update(DD_CIVISIBILITY_AGENTLESS_ENABLED="1", DD_CIVISIBILITY_AGENTLESS_URL=url)
    command = [python.path, "-m", "pytest", "-q", "--alibi", "--alibi-noselect", f"--alibi-report={report}"]
    environment["PYTHONPATH"] = str(folder)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"error: {' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return float(json.loads(report.read_text())["merge_s"])


def main() -> int:
    parser = parser_of(__doc__, rounds=3)
    options = parser.parse_args()
    given = (options.python or [sys.executable])[0]
    if options.rounds < 1:
        raise SystemExit(f"error: --rounds {options.rounds}: there is nothing to measure: name 1 or more")
    if shutil.which(given) is None:
        raise SystemExit(f"error: --python {given} cannot be run: name an interpreter")
    python = venv_with(interpreter(given), (PYTEST,))
    install(python)
    asked = [python.path, "-c", "from testalibi import installation as i; print(i.find_command({}).path)"]
    command = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    added = []
    with tempfile.TemporaryDirectory(prefix="alibi-bench-") as name:
        scratch = Path(name).resolve()
        write_project(scratch / "shop")
        with serving(command, scratch / "store") as url:
            for _ in range(options.rounds):
                without = merge_s(python, scratch / "shop", scratch / "report.json", "")
                added.append(merge_s(python, scratch / "shop", scratch / "report.json", url) - without)
            requests = requests_of(url)
    subject = f"{FILES * TESTS} tests"
    figure = Figure("shipping_s", subject, python.short, median(added), "s", {"noise": spread(added)})
    table = f"{figure.name} {subject}: {figure.value:.2f} ± {figure.detail['noise']:.2f} s; {requests}"
    return tell([figure], table, options.json)


if __name__ == "__main__":
    raise SystemExit(main())
