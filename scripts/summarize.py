#!/usr/bin/env python3
"""Adds up JUnit files: names what failed and what was skipped and why, closes with the one line CI reads.

What each group took (groups.json of run_groups.py) comes before that.
Of C++ programs that crashed or ran out of time there is no JUnit: Meson's own log (*.meson.json) names them.
"""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path


def verdict_of(case: ElementTree.Element) -> tuple[str, str]:
    for child in case:
        tag = child.tag.rpartition("}")[2]
        if tag in ("failure", "error"):
            return "failed", child.get("message") or ""
        if tag == "skipped":
            return "skipped", child.get("message") or ""
    return "passed", ""


def programs_without_results(folder: str, failed: list[str]) -> list[str]:
    """Test programs that failed as a whole: none of the failed cases is theirs."""
    found = []
    for path in sorted(Path(folder).glob("*.meson.json")):
        for line in path.read_text(errors="replace").splitlines():
            program = json.loads(line)
            name, result = program["name"], program["result"]
            if result in ("OK", "SKIP", "EXPECTEDFAIL") or any(name in case for case in failed):
                continue
            found.append(f"{name}: {result.lower()} after {program['duration']:.0f} s")
    return found


def seconds_of_groups(folder: str, shown: int = 8) -> list[str]:
    """The groups that took most of a processor, and all together; nothing where no group told."""
    path = Path(folder) / "groups.json"
    groups = json.loads(path.read_text()) if path.exists() else {}
    if not groups:
        return []
    most = sorted(groups, key=lambda name: -groups[name]["cpu"])[:shown]
    rows = [*((name, groups[name]) for name in most)]
    together = {kind: sum(group[kind] for group in groups.values()) for kind in ("cpu", "wall")}
    return [
        "seconds of a processor, and until the end:",
        *(f"  {name:26} {took['cpu']:6.0f} {took['wall']:6.0f}" for name, took in rows),
        f"  {f'all {len(groups)} groups':26} {together['cpu']:6.0f} {together['wall']:6.0f}",
    ]


def main(folder: str) -> int:
    counts: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    failed: list[str] = []
    files = sorted(Path(folder).glob("*.xml"))
    for path in files:
        try:
            root = ElementTree.parse(path).getroot()
        except ElementTree.ParseError as error:
            print(f"FAILED {path.name}: not readable as JUnit XML: {error}")
            counts["failed"] += 1
            continue
        cases = list(root.iter("testcase"))
        for suite in root.iter("testsuite"):
            failed += [
                f"{suite.get('name', '')} {case.get('name', '')}"
                for case in suite.iter("testcase")
                if verdict_of(case)[0] == "failed"
            ]
        here = Counter(verdict_of(case)[0] for case in cases)
        counts += here
        print(
            f"{path.stem:28} {here['passed']:5} passed {here['failed']:4} failed {here['skipped']:4} skipped"
        )
        for case in cases:
            verdict, message = verdict_of(case)
            first_line = (message.splitlines() or [""])[0][:160]
            if verdict == "failed":
                print(f"  FAILED {case.get('classname', '')}::{case.get('name', '')}: {first_line}")
            elif verdict == "skipped":
                skipped[f"{case.get('classname', '')}: {first_line}"] += 1
    for program in programs_without_results(folder, failed):
        print(f"  FAILED {program}")
        counts["failed"] += 1
    for reason, count in sorted(skipped.items()):
        print(f"  skipped {count} in {reason}")
    if not files:
        print("FAILED: no test ran")
        counts["failed"] += 1
    print("".join(f"{line}\n" for line in seconds_of_groups(folder)), end="")
    tail = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['passed']} passed, {counts['failed']} failed{tail}")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
