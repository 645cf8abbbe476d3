"""Holds what Alibi says a test executed against what a reference says. Pure: values in, findings out.

Nothing may be missing. Each extra must fall under a named rule below; a number of them is never accepted as
such. What a reference says about threads depends on the clock, so it runs twice: a line is demanded when
both runs saw it under the test, and allowed when one of them did.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

Lines = dict[str, set[int]]
ByTest = dict[str, Lines]
Scope = tuple[str, int, str]  # path, line of the code object, its name
Threads = dict[str, list[str]]  # by test: those alive when it began or ended, the main one left out
COLLECTION = ""

# rule name -> what makes it an explanation rather than an excuse
RULES = {
    "import": "ran under an import that this test set off; the reference charged it to whoever was current",
    "entry": "first line of a code unit that, by the reference's own call events, the test entered: this "
    "interpreter sends no line event for a body on its definition's line",
    "created": "first body line of a generator or coroutine that, by the reference's own call events, the "
    "test created or ended, and of whose body neither side saw another line: evidence of the scope",
    "thread": "of a unit that, by the reference's own call events, a thread beside the main one entered; a "
    "thread was alive in this test and in one that has the line: the clock decides which of them gets it",
    "racing": "of a function whose thread runs past the end of its test, or of the run (real_suites.py names "
    "it): nobody can say which test gets the line, or whether any does",
    "misplaced": "coverage.py lost count of the frames in this test (a RecursionError cost it an event): it "
    "reports lines that their files do not have, and this line, of a unit that was entered, in another file",
}


@dataclass
class ReferenceRun:
    """One run of reference_plugin.py, with the fixtures' lines given to all their users."""

    tracer: str
    version: str
    lines: ByTest
    fixtures: dict[str, Lines]
    users: dict[str, set[str]]
    collection: Lines
    threads: Threads
    impossible: set[str] = field(default_factory=set)  # tests with a line that no code of its file has


@dataclass
class Entered:
    """The scope reference: units entered by each test, their lines, and the body lines of those that can be
    suspended.
    """

    scopes: dict[str, set[Scope]] = field(default_factory=dict)
    units: dict[Scope, set[int]] = field(default_factory=dict)
    bodies: dict[Scope, list[list[int]]] = field(default_factory=dict)
    of_threads: set[Scope] = field(default_factory=set)  # not by the main thread alone
    threads: Threads = field(default_factory=dict)

    def entered(self, test: str, path: str, line: int) -> bool:
        """Whether a unit that the test entered has this line."""
        scopes = (scope for scope in self.scopes.get(test, ()) if scope[0] == path)
        return any(line in self.units.get(scope, ()) for scope in scopes)

    def ran_in_a_thread(self, path: str, line: int) -> bool:
        return any(scope[0] == path and line in self.units.get(scope, ()) for scope in self.of_threads)


@dataclass
class Recorded:
    """What Alibi says: all lines of a test, and of these the ones that ran under an import it set off."""

    lines: ByTest
    imported: ByTest = field(default_factory=dict)
    scopes: dict[str, set[Scope]] = field(default_factory=dict)
    threads: Threads = field(default_factory=dict)


@dataclass
class Finding:
    test: str
    path: str
    line: int
    rule: str | None = None


@dataclass
class Comparison:
    tests: int = 0
    pairs: int = 0
    missing: list[Finding] = field(default_factory=list)
    extra: list[Finding] = field(default_factory=list)
    only_reference: list[str] = field(default_factory=list)
    only_recorded: list[str] = field(default_factory=list)
    moved: int = 0  # demanded of a test, recorded under another one that the same thread was alive in
    misplaced: list[Finding] = field(default_factory=list)  # demanded by the mistake of the rule of that name
    raced: int = 0  # demanded by chance: see the rule "racing"
    unsettled: int = 0  # seen by one of the two reference runs only

    @property
    def explained(self) -> Counter[str]:
        return Counter(finding.rule for finding in self.extra if finding.rule)

    @property
    def unexplained(self) -> list[Finding]:
        return [finding for finding in self.extra if not finding.rule]

    @property
    def clean(self) -> bool:
        return (
            not (self.missing or self.unexplained or self.only_reference or self.only_recorded)
            and self.pairs > 0
        )


def _lines(raw: dict[str, list[int]]) -> Lines:
    # Line 0 is the start of an empty module: no line of a source.
    return {path: set(lines) - {0} for path, lines in raw.items()}


def _union(*many: Lines) -> Lines:
    result: Lines = {}
    for lines in many:
        for path, numbers in lines.items():
            result.setdefault(path, set()).update(numbers)
    return result


def read_lines(report: dict[str, Any]) -> ReferenceRun:
    contexts = {context: _lines(lines) for context, lines in report["contexts"].items()}
    fixtures = {context: lines for context, lines in contexts.items() if context.startswith("<fixture ")}
    users = {test: set(used) for test, used in report["users"].items()}
    tests = set(users) | {context for context in contexts if context and context not in fixtures}
    lines = {
        test: _union(contexts.get(test, {}), *(fixtures.get(used, {}) for used in users.get(test, ())))
        for test in tests
    }
    return ReferenceRun(
        report["tracer"],
        report["version"],
        lines,
        fixtures,
        users,
        contexts.get(COLLECTION, {}),
        report["threads"],
        set(report["impossible"]),
    )


def read_scopes(report: dict[str, Any]) -> Entered:
    """Scopes that a wider fixture entered are given to its users."""
    contexts = {
        context: {(path, line, name) for path, found in files.items() for line, name in found}
        for context, files in report["contexts"].items()
    }
    tests = set(report["users"]) | {c for c in contexts if c and not c.startswith("<fixture ")}
    result = Entered()
    for test in tests:
        fixtures = (contexts.get(used, set()) for used in report["users"].get(test, ()))
        result.scopes[test] = set().union(contexts.get(test, set()), *fixtures)
    for (path, line, name), lines, body in report["units"]:
        result.units.setdefault((path, line, name), set()).update(lines)
        if body:
            result.bodies.setdefault((path, line, name), []).append(body)
    result.of_threads = {(path, line, name) for path, line, name in report["of_threads"]}
    result.threads = report["threads"]
    return result


def compare_lines(
    recorded: Recorded,
    first: ReferenceRun,
    second: ReferenceRun,
    entered: Entered,
    racing: Set[tuple[str, int]] = frozenset(),
) -> Comparison:
    """`racing`: lines that the rule of that name is about, by path and number."""
    result = Comparison()
    threads = _in_any_run(recorded.threads, first.threads, second.threads)
    both_tests = set(first.lines) | set(second.lines)
    result.only_reference = sorted(both_tests - set(recorded.lines))
    result.only_recorded = sorted(set(recorded.lines) - both_tests)
    for test in sorted(both_tests & set(recorded.lines)):
        result.tests += 1
        mine, one, other = recorded.lines[test], first.lines.get(test, {}), second.lines.get(test, {})
        for path in sorted(set(mine) | set(one) | set(other)):
            here, a, b = mine.get(path, set()), one.get(path, set()), other.get(path, set())
            result.pairs += len(a & b)
            result.unsettled += len(a ^ b)
            for line in sorted((a & b) - here):
                if (path, line) in racing:
                    result.raced += 1
                elif _carried(test, path, line, recorded.lines, threads, entered):
                    result.moved += 1
                else:
                    result.missing.append(Finding(test, path, line))
            for line in sorted(here - a - b):
                rule = explain(test, path, line, recorded, (first, second), entered, threads)
                if (path, line) in racing:
                    rule = rule or "racing"
                result.extra.append(Finding(test, path, line, rule))
    _set_misplaced_apart(result, first.impossible & second.impossible, entered)
    return result


def _set_misplaced_apart(result: Comparison, tests: set[str], entered: Entered) -> None:
    """Lines that coverage.py charged to code that the test did not enter, and what they are in truth."""
    for finding in list(result.missing):
        if finding.test in tests and not entered.entered(finding.test, finding.path, finding.line):
            result.missing.remove(finding)
            result.misplaced.append(finding)
    found = {(finding.test, finding.line) for finding in result.misplaced}
    for extra in result.unexplained:
        if (extra.test, extra.line) in found and entered.entered(extra.test, extra.path, extra.line):
            extra.rule = "misplaced"


def explain(
    test: str,
    path: str,
    line: int,
    recorded: Recorded,
    references: tuple[ReferenceRun, ...],
    entered: Entered,
    threads: Threads,
) -> str | None:
    if line in recorded.imported.get(test, {}).get(path, ()):
        return "import"
    scopes = [scope for scope in entered.scopes.get(test, ()) if scope[0] == path]
    if any(scope[1] == line for scope in scopes):
        return "entry"
    # A body counts as started as soon as one more of its lines was seen, by whomever.
    seen = recorded.lines[test][path].union(*(run.lines.get(test, {}).get(path, ()) for run in references))
    bodies = (body for scope in scopes for body in entered.bodies.get(scope, ()))
    if any(body[0] == line and not seen & set(body[1:]) for body in bodies):
        return "created"
    if any(_carried(test, path, line, run.lines, threads, entered) for run in references):
        return "thread"
    return None


def _carried(test: str, path: str, line: int, lines: ByTest, threads: Threads, entered: Entered) -> bool:
    """Whether a thread that was alive in this test may have run the line in another one that has it."""
    return entered.ran_in_a_thread(path, line) and any(
        line in lines.get(other, {}).get(path, ()) for other in _sharing_a_thread(test, threads)
    )


def compare_scopes(
    recorded: Recorded, first: Entered, second: Entered, lines: ByTest
) -> tuple[int, list[tuple[str, Scope]], list[tuple[str, Scope]]]:
    """(pairs demanded, missing, extra). Extra: recorded by Alibi, entered in neither run.

    `lines`, the line reference, tells the bodies of empty modules: they run without a line, and nobody
    demands them. A unit that a thread entered may be another test's in which the same thread was alive.
    """
    pairs, missing, extra = 0, [], []
    threads = _in_any_run(recorded.threads, first.threads, second.threads)
    for test in sorted(set(first.scopes) | set(second.scopes)):
        mine = recorded.scopes.get(test, set())
        a, b = first.scopes.get(test, set()), second.scopes.get(test, set())
        demanded = {s for s in a & b if s[2] != "<module>" or lines.get(test, {}).get(s[0])}
        pairs += len(demanded)
        for scope in sorted(demanded - mine):
            others = _sharing_a_thread(test, threads) if scope in first.of_threads else ()
            if not any(scope in recorded.scopes.get(other, ()) for other in others):
                missing.append((test, scope))
        extra += [(test, scope) for scope in sorted(mine - a - b)]
    return pairs, missing, extra


def _in_any_run(*runs: Threads) -> Threads:
    """A thread that outlives a test by a moment is gone before the next one in another run."""
    tests = {test for run in runs for test in run}
    return {test: sorted({name for run in runs for name in run.get(test, ())}) for test in tests}


def _sharing_a_thread(test: str, threads: Threads) -> list[str]:
    """The other tests in which a thread was alive that was alive in this one."""
    alive = set(threads.get(test, ()))
    return [other for other, names in threads.items() if other != test and alive.intersection(names)]
