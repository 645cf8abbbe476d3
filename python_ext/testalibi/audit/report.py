"""The closing words of an audit, for people: what was measured, what it says, what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from testalibi.audit import operators
from testalibi.audit.statistics import mean, median, rate

_DEFECT = (
    "A test that is skipped although the project's own code changed its outcome is a defect of Alibi.\n"
    "Please report it with the lines above"
)
_MISS_KINDS = ("real", "order", "flaky")


class Table:
    """Columns as wide as they need; the first to the left, numbers to the right."""

    def __init__(self, *head: str) -> None:
        self.head = head
        self.rows: list[tuple[str, ...]] = []

    def add(self, *cells: object) -> None:
        self.rows.append(tuple(str(cell) for cell in cells))

    def text(self) -> str:
        widths = [
            max(len(row[column]) for row in [self.head, *self.rows]) for column in range(len(self.head))
        ]
        lines = []
        for row in [self.head, *self.rows]:
            cells = [
                row[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:])),
            ]
            lines.append("  ".join(cells).rstrip())
        return "\n".join(lines)

    def markdown(self) -> str:
        rules = ["---"] * len(self.head)
        return "\n".join("| " + " | ".join(row) + " |" for row in [self.head, rules, *self.rows])


def of_sample(result: Mapping[str, Any]) -> str:
    real = [miss for miss in result["misses"] if miss["kind"] == "real"]
    audited = result["audited"]
    lines = []
    for miss in result["misses"]:
        lines.append(f"{_word_of(miss['kind'])}: {miss['test']}")
        lines.append(
            f"    stored {miss['stored']}, now {miss['found']}, alone {' and '.join(miss['alone'])},"
            f" in the whole suite {miss['in_suite']}"
        )
        lines += [f"    {line}" for line in [miss["reason"], *miss["why"]] if line]
    if real:
        lines += ["", f"{_DEFECT}, `alibi show TEST --json`, and what changed since the test last ran."]
        if result["distrusted"]:
            lines.append(
                f"{_counted(len(result['distrusted']), 'test')} will run from now on (distrusted.json)."
            )
        lines.append("")
    if not audited:
        lines.append(f"nothing to audit: none of {_counted(result['known'], 'known test')} would be skipped")
        return "\n".join(lines)
    others = [miss for miss in result["misses"] if miss["kind"] != "real"]
    lines.append(
        f"{audited} of {_counted(result['skipped'], 'skipped test')} audited (seed {result['seed']}):"
        f" {_counted(len(real), 'miss', 'misses')}"
        + (f", {len(others)} flaky or order-dependent" if others else "")
    )
    lines.append(f"miss rate {rate(len(real), audited).text()}")
    return "\n".join(lines)


def of_mutants(result: Mapping[str, Any]) -> str:
    lines = [lines_of_misses(case) for case in result["cases"] if any(case.get("misses", {}).values())]
    differing = result["recording_changed"]
    if differing:
        lines.append(
            f"recording changed {_counted(len(differing), 'outcome')}: {', '.join(sorted(differing)[:5])}"
        )
    lines += [table_of_mutants(result["cases"]).text(), "", closing_line(result["cases"], result["seed"])]
    if result["flaky"]:
        lines.append(f"left out as flaky: {', '.join(result['flaky'][:10])}")
    if any(case.get("misses", {}).get("real") for case in result["cases"]):
        lines += ["", f"{_DEFECT}."]
    lines.append(f"cases: {result['results']}")
    return "\n".join(lines)


def table_of_mutants(cases: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(
        "kind", "mutants", "effective", "by run", "selected %", "median %", "changed %", "missed", "order",
        "flaky", "blind", "timed out", "bound %",
    )  # fmt: skip
    for kind in operators.KINDS:
        of_kind = [case for case in cases if case["kind"] == kind]
        if of_kind:
            table.add(kind, *figures_of(of_kind))
    table.add("all", *figures_of(cases))
    return table


def figures_of(cases: Sequence[Mapping[str, Any]]) -> list[str]:
    """A row's cells. *by run*: effective mutants whose selected run was made, not only its verdicts judged.
    *selected*, *changed*: shares of the tests, of effective mutants. *missed*, *order*, *flaky*: mutants with
    such misses; *bound*: Wilson's upper one for the share of effective mutants with a real miss.
    """
    counted = [case for case in cases if not case["timed_out"]]
    effective = [case for case in counted if case["changed"]]
    missed = {kind: sum(case["misses"][kind] > 0 for case in counted) for kind in _MISS_KINDS}
    selected = [100 * case["selected"] / max(1, case["total"]) for case in effective]
    changed = [100 * case["changed"] / max(1, case["total"]) for case in effective]
    return [
        str(len(counted)),
        str(len(effective)),
        str(sum(case["judged"] == "run" for case in effective)),
        f"{mean(selected):.1f}",
        f"{median(selected):.1f}",
        f"{mean(changed):.1f}",
        *(str(missed[kind]) for kind in _MISS_KINDS),
        str(sum(case["blind"] for case in counted)),
        str(len(cases) - len(counted)),
        f"{100 * rate(missed['real'], len(effective)).high:.2f}",
    ]


def closing_line(cases: Iterable[Mapping[str, Any]], seed: int) -> str:
    counted = [case for case in cases if not case["timed_out"]]
    effective = [case for case in counted if case["changed"]]
    missed = [case for case in effective if case["misses"]["real"]]
    tests = sum(case["misses"]["real"] for case in missed)
    return (
        f"{_counted(len(counted), 'mutant')}, {len(effective)} effective (seed {seed}):"
        f" {_counted(len(missed), 'mutant')} with a miss ({_counted(tests, 'test')});"
        f" miss rate {rate(len(missed), len(effective)).text()}"
    )


def worst_selections(cases: Iterable[Mapping[str, Any]], number: int) -> list[str]:
    """The mutants for which most tests are selected that do not change, with what selects them."""
    chosen = [case for case in cases if case.get("reasons")]
    chosen.sort(key=lambda case: case["changed"] - case["selected"])
    lines = []
    for case in chosen[:number]:
        lines.append(
            f"{case['kind']} {case['file']}:{case['line']}: {case['before']!r} -> {case['after']!r}:"
            f" {case['selected']} of {case['total']} selected, {case['changed']} changed"
        )
        lines += [f"    {count} {reason}" for reason, count in case["reasons"].items()]
    return lines


def lines_of_misses(case: Mapping[str, Any]) -> str:
    lines = [f"{case['kind']} {case['file']}:{case['line']}: {case['before']!r} -> {case['after']!r}"]
    for kind in _MISS_KINDS:
        for test in case["missed"].get(kind, ()):
            before, after = case["changed_tests"].get(test, ("?", "?"))
            lines.append(f"    {_word_of(kind)}: {test} ({before} -> {after})")
            lines += [f"        {line}" for line in case.get("why", {}).get(test, ())]
    return "\n".join([*lines, ""])


def _word_of(kind: str) -> str:
    return {"real": "MISS", "order": "order-dependent", "flaky": "flaky"}[kind]


def _counted(number: int, word: str, plural: str = "") -> str:
    return f"{number} {word if number == 1 else plural or word + 's'}"
