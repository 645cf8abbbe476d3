#!/usr/bin/env python3
"""Holds Alibi against coverage.py's C tracer on real projects: python3 tests/differential/run.py [options]

  --python PATH   interpreter to check; repeatable. Default: the one that runs this script
  --suite NAME    sqlparse, jinja2, boltons, toolz; repeatable. Default: all four
  --quick         one reference run instead of two, no scopes
  --strategy S    make Alibi record with this strategy
  --json FILE     everything found, for programs
  --keep FOLDER   work there and leave it (shards, junit files, reference reports)

Ends with 0 when nothing is missing, nothing extra is unexplained, and outcomes and exit status are those of
plain pytest. A suite that cannot be had is named with the reason and counts as skipped; if nothing at all
could run, the status is 2.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import alibi_install  # noqa: E402
import recordings  # noqa: E402
import rules  # noqa: E402
from environments import Interpreter, interpreter  # noqa: E402
from real_suites import RealSuite, Unavailable, selected, work_copy  # noqa: E402
from suite_runs import SuiteRun, differences, repeated, run_suite  # noqa: E402

_SHOWN = 12  # findings printed per kind; the JSON has all


@dataclass
class Result:
    suite: str
    python: str
    strategy: str = ""
    skipped: str = ""
    failures: list[str] = field(default_factory=list)
    lines: rules.Comparison = field(default_factory=rules.Comparison)
    scope_pairs: int = 0
    scopes_missing: list[tuple[str, rules.Scope]] = field(default_factory=list)
    scopes_extra: list[tuple[str, rules.Scope]] = field(default_factory=list)
    disturbed: list[str] = field(default_factory=list)
    reference: str = ""
    drops: dict[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.failures and not self.skipped

    def as_document(self) -> dict[str, Any]:
        return {
            "suite": self.suite,
            "python": self.python,
            "strategy": self.strategy,
            "reference": self.reference,
            "skipped": self.skipped,
            "failures": self.failures,
            "tests": self.lines.tests,
            "pairs": self.lines.pairs,
            "missing": [vars(finding) for finding in self.lines.missing],
            "extra": [vars(finding) for finding in self.lines.extra],
            "extra_by_rule": dict(self.lines.explained),
            "unsettled": self.lines.unsettled,
            "misplaced": [vars(finding) for finding in self.lines.misplaced],
            "scope_pairs": self.scope_pairs,
            "scopes_missing": self.scopes_missing,
            "scopes_extra": self.scopes_extra,
            "disturbed": self.disturbed,
            "drops": self.drops,
        }


class ReferenceUnusable(Exception):
    pass


def reference(
    suite: RealSuite, root: Path, python: Interpreter, scratch: Path, mode: str, number: int
) -> tuple[SuiteRun, dict[str, Any]]:
    out = scratch / f"reference-{mode}-{number}.json"
    environment = {
        **suite.environment(root, str(HERE)),
        "ALIBI_REFERENCE_OUT": str(out),
        "ALIBI_REFERENCE_ROOT": str(root),
        "ALIBI_REFERENCE_MODE": mode,
    }
    command = suite.command(python.path, "-p", "reference_plugin", "-p", "no:alibi", *recordings.STEADY)

    def once() -> SuiteRun:
        out.unlink(missing_ok=True)
        return run_suite(command, root, environment, junit=scratch / f"reference-{mode}-{number}.xml")

    run = repeated(once, suite.clocked)
    if not out.exists():
        raise ReferenceUnusable(
            f"the {mode} reference did not finish (exit {run.exit_status}):\n{run.tail()}"
        )
    report: dict[str, Any] = json.loads(out.read_text())
    return run, report


def compare_suite(suite: RealSuite, python: Interpreter, scratch: Path, quick: bool, strategy: str) -> Result:
    result = Result(suite.name, python.short)
    root = work_copy(suite, scratch)
    command = suite.command(python.path, "-p", "no:alibi", *recordings.STEADY)
    environment = suite.environment(root, str(HERE))
    plain = repeated(
        lambda: run_suite(command, root, environment, junit=scratch / "plain.xml"), suite.clocked
    )
    if not plain.outcomes:
        result.failures.append(f"the plain run gave no outcomes (exit {plain.exit_status}):\n{plain.tail()}")
        return result
    recording = recordings.record(
        suite, root, python, scratch, ("-o", f"alibi_strategy={strategy}") if strategy else ()
    )
    result.strategy, result.drops = recording.strategy, recording.drops
    result.failures += [f"under Alibi: {said}" for said in differences(plain, recording.run)]
    result.failures += [f"recording: {why}" for why in recording.damage]
    result.failures += [
        f"alibi show and the shards differ: {said}"
        for said in recordings.disagreements(recordings.whole(recording), recording.shown.lines)[:_SHOWN]
    ]
    first_run, first = reference(suite, root, python, scratch, "lines", 1)
    second_run, second = (first_run, first) if quick else reference(suite, root, python, scratch, "lines", 2)
    entered: list[rules.Entered] = []
    for number in () if quick else (1, 2):
        entered.append(rules.read_scopes(reference(suite, root, python, scratch, "scopes", number)[1]))
    result.reference = f"coverage {first['version']} {first['tracer']}"
    result.disturbed = sorted(set(differences(plain, first_run)) | set(differences(plain, second_run)))
    result.lines = rules.compare_lines(
        recording.shards,
        rules.read_lines(first),
        rules.read_lines(second),
        entered[0] if entered else rules.Entered(),
        {(str(root / path), line) for path, line in suite.racing_lines(root)},
    )
    judge_lines(result)
    if entered:
        result.scope_pairs, result.scopes_missing, result.scopes_extra = rules.compare_scopes(
            recording.shards, entered[0], entered[1], rules.read_lines(first).lines
        )
        judge_scopes(result)
    return result


def judge_lines(result: Result) -> None:
    found = result.lines
    for what, findings in (("missing", found.missing), ("extra without a reason", found.unexplained)):
        if findings:
            result.failures.append(
                f"{len(findings)} lines {what}:\n"
                + "\n".join(f"    {f.path}:{f.line} in {f.test}" for f in findings[:_SHOWN])
            )
    for what, tests in (
        ("only in the reference", found.only_reference),
        ("only under Alibi", found.only_recorded),
    ):
        if tests:
            result.failures.append(f"{len(tests)} tests {what}: {', '.join(tests[:_SHOWN])}")
    if found.pairs == 0:
        result.failures.append("nothing was compared")


def judge_scopes(result: Result) -> None:
    if result.scopes_missing:
        result.failures.append(
            f"{len(result.scopes_missing)} scopes missing:\n"
            + "\n".join(f"    {scope} in {test}" for test, scope in result.scopes_missing[:_SHOWN])
        )


def print_table(results: list[Result]) -> None:
    head = (
        "suite",
        "python",
        "strategy",
        "tests",
        "line pairs",
        "missing",
        "extra",
        "explained",
        "scope pairs",
        "missing",
        "verdict",
    )
    rows = [head]
    for r in results:
        if r.skipped:
            rows.append((r.suite, r.python, "", "", "", "", "", "", "", "", "skipped"))
            continue
        explained = ", ".join(f"{rule} {count}" for rule, count in sorted(r.lines.explained.items())) or "-"
        rows.append((
            r.suite, r.python, r.strategy, str(r.lines.tests), str(r.lines.pairs), str(len(r.lines.missing)),
            str(len(r.lines.unexplained)), explained, str(r.scope_pairs), str(len(r.scopes_missing)),
            "ok" if r.passed else "FAILED",
        ))  # fmt: skip
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


@contextlib.contextmanager
def working_folder(kept: str | None) -> Iterator[Path]:
    if kept:
        folder = Path(kept).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
    else:
        with tempfile.TemporaryDirectory(prefix="alibi-differential-") as name:
            yield Path(name).resolve()


def check(python_path: str, suite: RealSuite, folder: Path, quick: bool, strategy: str = "") -> Result:
    """One suite on one interpreter; what cannot be had is a skip with its reason."""
    try:
        python = alibi_install.ready(interpreter(python_path), ("pytest", "coverage", *suite.packages))
        scratch = folder / f"{python.short}-{suite.name}"
        scratch.mkdir(parents=True, exist_ok=True)
        return compare_suite(suite, python, scratch, quick, strategy)
    except Unavailable as error:
        return Result(suite.name, python_path, skipped=str(error))
    except (ReferenceUnusable, alibi_install.InstallFailed) as error:
        return Result(suite.name, python_path, failures=[str(error)])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", action="append")
    parser.add_argument("--suite", action="append")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--strategy", default="")
    parser.add_argument("--json")
    parser.add_argument("--keep")
    options = parser.parse_args(arguments)
    results: list[Result] = []
    with working_folder(options.keep) as folder:
        for python in options.python or [sys.executable]:
            for suite in selected(options.suite):
                result = check(python, suite, folder, options.quick, options.strategy)
                results.append(result)
                verdict = (
                    f"skipped: {result.skipped}" if result.skipped else "ok" if result.passed else "FAILED"
                )
                print(f"{suite.name} on {result.python}: {verdict}", flush=True)
                for failure in result.failures:
                    print(f"  {failure}", flush=True)
    print()
    print_table(results)
    for rule in sorted({rule for result in results for rule in result.lines.explained}):
        print(f"  extra, {rule}: {rules.RULES[rule]}")
    if options.json:
        Path(options.json).write_text(json.dumps([result.as_document() for result in results], indent=1))
    counts = Counter("skipped" if r.skipped else "passed" if r.passed else "failed" for r in results)
    print(
        f"{counts['passed']} passed, {counts['failed']} failed"
        + (f", {counts['skipped']} skipped" if counts["skipped"] else "")
    )
    return 1 if counts["failed"] else 0 if counts["passed"] else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
