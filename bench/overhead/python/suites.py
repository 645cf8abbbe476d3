#!/usr/bin/env python3
"""What recording costs on whole suites: python3 bench/overhead/python/suites.py [options]

  --python PATH     interpreter; repeatable. Default: the one that runs this script
  --suite NAME      repeatable. Default: all four
  --rounds N        pairs per suite and variant. Default 5; 0 with --instructions: only the counts
  --peers           also pytest-testmon, coverage.py with contexts, ddtrace, in the same rounds
  --instructions    also count instructions with callgrind (one run per variant; minutes)
  --json FILE       figures for compare.py

Every round runs each variant once, in an order that rotates; the ratio to plain is taken within the round,
and the median of the rounds counts. Alibi records everything and merges it: nothing is switched off.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(BENCH), str(BENCH / "peers"), str(BENCH.parent / "tests" / "support")]

from alibi_install import install  # noqa: E402
from environments import Interpreter, interpreter, venv_with  # noqa: E402
from measure import Cost, Figure, instructions, median, parser_of, run, spread, tell  # noqa: E402
from peers import PEERS, intake  # noqa: E402
from real_suites import PYTEST, RealSuite, Unavailable, selected, work_copy  # noqa: E402


@dataclass
class Variant:
    name: str
    python: Interpreter
    options: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    leaves: tuple[str, ...] = ()
    costs: list[Cost] = field(default_factory=list)
    instructions: int = 0

    def command(self, suite: RealSuite) -> list[str]:
        return suite.command(self.python.path, *self.options)

    def clean(self, root: Path) -> None:
        for name in self.leaves:
            path = Path(name) if Path(name).is_absolute() else root / name
            shutil.rmtree(path, ignore_errors=True)
            if path.exists():
                path.unlink()


def environment_of(python: Interpreter, *packages: str) -> Interpreter:
    return venv_with(python, (PYTEST, "markupsafe", "trio", *packages))


def own_variants(python: Interpreter, data: Path) -> list[Variant]:
    """Plain and recorded from one environment, so that nothing differs but the options."""
    venv = environment_of(python, "pytest-xdist")
    install(venv)
    return [
        Variant("plain", venv, ("-p", "no:xdist", "-p", "no:alibi")),
        Variant(
            "alibi",
            venv,
            ("-p", "no:xdist", "--alibi", "--alibi-noselect"),
            {"ALIBI_DATA": str(data)},
            (str(data),),
        ),
    ]


def peer_variants(python: Interpreter, stack: contextlib.ExitStack) -> list[Variant]:
    variants = []
    for peer in PEERS:
        try:
            venv = environment_of(python, *peer.packages)
        except Unavailable as error:
            print(f"{peer.name} on {python.short}: not measured: {error}", flush=True)
            continue
        variants.append(
            Variant(peer.name, venv, peer.options, stack.enter_context(intake(peer)), peer.leaves)
        )
    return variants


def measure_suite(
    suite: RealSuite, variants: list[Variant], scratch: Path, rounds: int, count: bool
) -> list[Figure]:
    root = work_copy(suite, scratch)
    base = suite.environment(root)
    for variant in variants:
        variant.costs, variant.instructions = [], 0
        variant.clean(root)
        warm = run(variant.command(suite), root, {**base, **variant.environment})
        if warm.exit_status != 0:
            print(
                f"{suite.name} under {variant.name} ends with {warm.exit_status}:\n{warm.output[-1500:]}",
                flush=True,
            )
    for number in range(rounds):
        turn = number % len(variants)
        for variant in variants[turn:] + variants[:turn]:
            variant.clean(root)
            variant.costs.append(run(variant.command(suite), root, {**base, **variant.environment}))
    if count:
        for variant in variants:
            variant.clean(root)
            variant.instructions = instructions(variant.command(suite), root, {**base, **variant.environment})
    return [figure for variant in variants for figure in figures_of(suite, variant, variants[0])]


def figures_of(suite: RealSuite, variant: Variant, plain: Variant) -> list[Figure]:
    prefix = "suite" if variant.name in ("plain", "alibi") else "peer"
    python = plain.python.short
    found = times_of(suite, variant, plain, prefix) if variant.costs else []
    if variant is not plain and variant.instructions and plain.instructions:
        detail = {
            "variant": variant.name,
            "instructions": variant.instructions,
            "plain_instructions": plain.instructions,
        }
        ratio = variant.instructions / plain.instructions
        found.append(Figure(f"{prefix}_instruction_ratio", suite.name, python, ratio, "ratio", detail))
    return found


def times_of(suite: RealSuite, variant: Variant, plain: Variant, prefix: str) -> list[Figure]:
    python = plain.python.short
    cpu = [cost.cpu_s for cost in variant.costs]
    detail = {
        "variant": variant.name,
        "rounds": len(cpu),
        "cpu_s": round(median(cpu), 3),
        "wall_s": round(median([cost.wall_s for cost in variant.costs]), 3),
        "max_rss_mib": round(median([cost.max_rss_kib / 1024 for cost in variant.costs]), 1),
        "exit_status": sorted({cost.exit_status for cost in variant.costs}),
    }
    if variant is plain:
        return [Figure("suite_cpu", suite.name, python, median(cpu), "s", {**detail, "noise": spread(cpu)})]
    ratios = [mine.cpu_s / its.cpu_s for mine, its in zip(variant.costs, plain.costs)]
    memory = [mine.max_rss_kib / its.max_rss_kib for mine, its in zip(variant.costs, plain.costs)]
    return [
        Figure(
            f"{prefix}_cpu_ratio",
            suite.name,
            python,
            median(ratios),
            "ratio",
            {**detail, "noise": spread(ratios)},
        ),
        Figure(f"{prefix}_memory_ratio", suite.name, python, median(memory), "ratio", detail),
    ]


def table(figures: list[Figure]) -> str:
    head = ("CPU s", "ratio", "noise", "instr.", "memory")
    lines = [
        f"{'suite':10}{'python':10}{'variant':20}" + "".join(f"{word:>8}" for word in head) + f"{'MiB':>7}"
    ]
    memory = {
        (f.subject, f.python, f.detail["variant"]): f.value
        for f in figures
        if f.name.endswith("memory_ratio")
    }
    counted = {
        (f.subject, f.python, f.detail["variant"]): f.value
        for f in figures
        if f.name.endswith("instruction_ratio")
    }
    for f in figures:
        key = (f.subject, f.python, f.detail["variant"])
        if f.name.endswith("instruction_ratio") and "cpu_s" not in f.detail and key not in memory:
            lines.append(
                f"{f.subject:10}{f.python:10}{f.detail['variant']:20}{'-':>8}{'-':>8}{'-':>8}{f.value:8.4f}"
            )
        if not f.name.endswith(("_cpu_ratio", "suite_cpu")):
            continue
        ratio = "1" if f.name == "suite_cpu" else f"{f.value:.3f}"
        noise = f.detail["noise"] / (f.value if f.name == "suite_cpu" else 1)
        lines.append(
            f"{f.subject:10}{f.python:10}{f.detail['variant']:20}{f.detail['cpu_s']:8.2f}{ratio:>8}{noise:8.3f}"
            f"{format(counted[key], '.4f') if key in counted else '-':>8}"
            f"{format(memory[key], '.2f') if key in memory else '-':>8}{f.detail['max_rss_mib']:7.0f}"
        )
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    parser = parser_of(__doc__, rounds=5)
    parser.add_argument("--suite", action="append")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--instructions", action="store_true")
    options = parser.parse_args(arguments)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="alibi-bench-") as name, contextlib.ExitStack() as stack:
        scratch = Path(name).resolve()
        for path in options.python or [sys.executable]:
            try:
                python = interpreter(path)
                variants = own_variants(python, scratch / "alibi-data")
            except Unavailable as error:
                print(f"{path}: not measured: {error}", flush=True)
                continue
            variants += peer_variants(python, stack) if options.peers else []
            for suite in selected(options.suite):
                try:
                    figures += measure_suite(suite, variants, scratch, options.rounds, options.instructions)
                except Unavailable as error:
                    print(f"{suite.name} on {python.short}: not measured: {error}", flush=True)
    return tell(figures, table(figures), options.json)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
