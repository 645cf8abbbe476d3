"""`alibi audit --mutants`: records a copy of the project, then breaks it in one place after the other, and
sees whether the selected run shows what the whole run shows. Of some mutants the selected run can be left
out, and the verdicts that it would follow be judged instead (Wanted.selected_runs).

Each case is one line of a JSON-lines file as soon as it is judged, so that an interrupted audit goes on where
it was. The store of the copy is never written to after the recording: every mutant meets the same evidence.
"""

from __future__ import annotations

import collections
import hashlib
import itertools
import os
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from testalibi.audit import judging, operators
from testalibi.audit.cases import Cases, Say
from testalibi.audit.copying import ProjectCopy
from testalibi.audit.judging import ABSENT, Baseline, Judgement, Verdicts
from testalibi.audit.mutation import Applied, Mutant, Plan
from testalibi.audit.project import CannotAudit, Project
from testalibi.audit.running import Run, Runner

_BASELINE_RUNS = 3
_ALONE_AT_MOST = 12  # missed tests of one mutant that are run alone
_NAMED_AT_MOST = 20
_EXPLAINED_AT_MOST = 3
_REASONS_AT_MOST = 8
_ALL_OF_THEM = 100  # percent
_TEST_FOLDERS = frozenset(("test", "tests", "testing"))


class Wanted(NamedTuple):
    number: int
    seed: int
    kinds: tuple[str, ...]
    results: str  # the file of cases
    go_on: bool  # the caller named it: refuse to start anew where it holds something else
    selected_runs: int = 100  # percent of the mutants whose selected run is made whatever the verdicts say


class Baselines(NamedTuple):
    """What the copy is like before anything was changed."""

    plain: Baseline
    suite_s: float
    recording_changed: Mapping[str, tuple[str, str]]
    selected_unchanged: int


def audit(project: Project, wanted: Wanted, say: Say) -> dict[str, Any]:
    """Returns the header and all cases. Raises CannotAudit."""
    copy = ProjectCopy(project)
    try:
        return _Audit(project, copy, wanted, say).run()
    finally:
        copy.remove()


class _Audit:
    def __init__(self, project: Project, copy: ProjectCopy, wanted: Wanted, say: Say) -> None:
        self._name = os.path.basename(project.root)
        self._copy = copy
        self._wanted = wanted
        self._say = say
        self._project = copy.project()
        place = self._project.invocation.folder
        self._runner = Runner(project.python, place, self._project.variables, copy.scratch)
        # A module that cannot be imported shall not keep the other tests from running.
        self._more = ("--continue-on-collection-errors",)
        self._timeout_s: float | None = None

    def run(self) -> dict[str, Any]:
        before = self._baselines()
        sources, data_files = self._targets()
        plan = Plan(self._copy.root, sources, data_files, self._wanted.seed)
        counts = plan.counts()
        kinds = [kind for kind in self._wanted.kinds if counts[kind]]
        if not kinds:
            raise CannotAudit("there is nothing to mutate in the code that the tests load")
        self._say("places: " + ", ".join(f"{kind} {counts[kind]}" for kind in kinds))
        header = self._header(before, sources, data_files, kinds)
        with Cases(self._wanted.results, header, self._wanted.go_on, self._say) as results:
            mutants = itertools.islice(plan.mutants(kinds), self._wanted.number)
            for mutant in mutants:
                if mutant.number in results.known:
                    continue
                case = self._case(mutant, before)
                results.add(case)
                self._say(f"{mutant.number + 1}/{self._wanted.number} {line_of(case)}")
            chosen = [case for case in results.cases if case["number"] < self._wanted.number]
        return {**header, "results": self._wanted.results, "cases": chosen}

    # ---- before anything is changed

    def _baselines(self) -> Baselines:
        self._say(f"copied to {self._copy.root}; {_BASELINE_RUNS} plain runs, one that records")
        # The first one may keep what it compiles: all later ones start from that.
        runs = [self._plain(variables={"PYTHONDONTWRITEBYTECODE": ""})]
        self._copy.keep_compiled()
        self._copy.restore()
        for _ in range(_BASELINE_RUNS - 1):
            runs.append(self._plain())
            self._copy.restore()
        for run in runs:
            if run.died:
                raise CannotAudit(f"the tests do not run in a copy (status {run.status}):\n{run.tail()}")
        flaky = judging.flaky_tests(runs)
        plain = Baseline(runs[-1].outcomes, flaky, runs[-1].broken)
        suite_s = max(run.wall_s for run in runs[1:])
        self._timeout_s = 4 * suite_s + 5
        self._say(f"{len(plain.outcomes)} tests in {suite_s:.1f} s, {len(flaky)} flaky (left out)")
        recorded = self._runner.run([*self._invocation.with_alibi("--alibi-noselect"), *self._more])
        self._copy.restore()
        if recorded.died or not os.path.isdir(os.path.join(self._copy.data, "evidence")):
            raise CannotAudit(f"the copy cannot be recorded:\n{recorded.tail()}")
        differing = judging.changes(plain, recorded)
        self._project.told("select")  # what it computes about sources, it keeps for the runs that follow
        unchanged = self._selected()
        self._copy.restore()
        selected = len(unchanged.outcomes)
        self._say(f"recorded; {len(differing)} outcomes differ; nothing changed: {selected} selected")
        return Baselines(plain, suite_s, differing, selected)

    def _targets(self) -> tuple[list[str], list[str]]:
        """Sources that the tests load and that are no tests; files that they read."""
        tests = {test["id"].partition("::")[0] for test in self._project.asked("list")["tests"]}
        loaded = self._project.told("export", "lcov")
        paths = [line[3:] for line in loaded.splitlines() if line.startswith("SF:")]
        names = [os.path.relpath(path, self._copy.root) for path in paths]
        sources = [
            name for name in names if name.endswith(".py") and name not in tests and not _is_test_code(name)
        ]
        sources = [name for name in sources if not os.path.isabs(name) and not name.startswith(os.pardir)]
        if not sources:
            raise CannotAudit(
                "the tests load no code of the project in a copy of it; where do they import it from?"
                " An absolute path keeps them with the original"
            )
        data_files: list[str] = []
        if operators.DATA_FILE in self._wanted.kinds:
            read = self._project.asked("show", "--full")
            data_files = sorted(
                name for name in _files_read(read) if not name.endswith(".py") and self._is_own_file(name)
            )
        return sorted(sources), data_files

    def _is_own_file(self, name: str) -> bool:
        path = os.path.join(self._copy.root, name)
        return not os.path.isabs(name) and os.path.isfile(path) and not os.path.islink(path)

    def _header(
        self, before: Baselines, sources: Sequence[str], data_files: Sequence[str], kinds: Sequence[str]
    ) -> dict[str, Any]:
        digest = hashlib.sha256()
        for name in [*sources, *data_files]:
            with open(os.path.join(self._copy.root, name), "rb") as file:
                digest.update(name.encode("utf-8", "surrogateescape") + b"\0" + file.read() + b"\0")
        return {
            "version": 1,
            "audit": "mutants",
            "project": self._name,
            "seed": self._wanted.seed,
            "kinds": list(kinds),
            "sources": digest.hexdigest(),
            "tests": len(before.plain.outcomes),
            "flaky": sorted(before.plain.flaky),
            "suite_s": round(before.suite_s, 3),
            "recording_changed": {test: list(pair) for test, pair in before.recording_changed.items()},
            "selected_unchanged": before.selected_unchanged,
        }

    # ---- runs

    @property
    def _invocation(self) -> Any:
        return self._project.invocation

    def _plain(self, wanted: Iterable[str] | None = None, variables: Mapping[str, str] | None = None) -> Run:
        arguments = [*self._invocation.plain, *self._more]
        return self._runner.run(arguments, wanted=wanted, timeout_s=self._timeout_s, variables=variables)

    def _selected(self) -> Run:
        arguments = self._invocation.with_alibi("--alibi-nocollect", "--alibi-forceselect")
        return self._runner.run([*arguments, *self._more], timeout_s=self._timeout_s)

    # ---- one mutant

    def _case(self, mutant: Mutant, before: Baselines) -> dict[str, Any]:
        case: dict[str, Any] = {
            "number": mutant.number,
            "kind": mutant.kind,
            "file": mutant.file,
            "line": mutant.line,
            # For programs that make the same mutant again: bytes of the file, one character each.
            "start": mutant.start,
            "end": mutant.end,
            "replacement": mutant.replacement.decode("latin-1"),
        }
        try:
            with Applied(self._copy.root, mutant) as change:
                case["before"], case["after"] = change.before_and_after()
                self._judge(case, mutant, before.plain, change)
        finally:
            self._copy.restore()
        return case

    def _judge(self, case: dict[str, Any], mutant: Mutant, plain: Baseline, change: Applied) -> None:
        truth = self._plain()
        case["timed_out"] = truth.timed_out
        if truth.timed_out:
            return
        case.update(_truth_figures(judging.changes(plain, truth), truth))
        make_run = self._is_to_be_run(mutant) or truth.died
        if not make_run and not case["changed"]:
            return  # whatever is selected, nothing can be missed
        verdicts = None
        if self._wanted.selected_runs < _ALL_OF_THEM:
            started = time.monotonic()
            verdicts = self._verdicts()
            judgement = judging.judge_verdicts(plain, truth, verdicts)
            case.update(_figures(judgement), judged="verdicts")
            case["asked_s"] = round(time.monotonic() - started, 3)
            case["reasons"] = _reasons(verdicts, judgement)
            make_run = make_run or bool(judgement.missed)
        if make_run:
            selected = self._selected()
            case["timed_out"] = selected.timed_out
            if selected.timed_out:
                return
            judgement = judging.judge(plain, truth, selected)
            case.update(_figures(judgement), judged="run", selected_s=round(selected.wall_s, 3))
            case["selected_cpu_s"] = round(selected.cpu_s, 3)
            if verdicts is not None:
                case["unforeseen"] = judging.differences(verdicts, selected)[:_NAMED_AT_MOST]
            if judgement.missed:
                self._look_at_misses(case, judgement, change)

    def _is_to_be_run(self, mutant: Mutant) -> bool:
        drawn = random.Random(f"{self._wanted.seed}:run:{mutant.number}").random()  # noqa: S311
        return drawn * _ALL_OF_THEM < self._wanted.selected_runs

    def _verdicts(self) -> Verdicts:
        answer = self._project.asked("select", "--read-only")
        tests = answer["tests"]
        return Verdicts(
            {test["id"]: test["reason"] for test in tests if test["verdict"] == "run"},
            {test["id"] for test in tests if test["verdict"] == "skip"},
            set(answer["settled_files"]),
        )

    def _look_at_misses(self, case: dict[str, Any], judgement: Judgement, change: Applied) -> None:
        again = self._plain()
        tests = judgement.missed[:_ALONE_AT_MOST]
        with_it = {test: self._alone(test) for test in tests}
        case["why"] = {test: self._project.why(test) for test in tests[:_EXPLAINED_AT_MOST]}
        change.take_out()
        without = {test: self._alone(test) for test in tests}
        change.put_in()
        kinds = {
            test: judging.kind_of_miss(
                judgement.changed[test],
                again.outcomes.get(test, ABSENT),
                with_it.get(test, ABSENT),
                without.get(test, ABSENT),
            )
            for test in judgement.missed
        }
        for kind in ("real", "order", "flaky"):
            of_kind = [test for test in judgement.missed if kinds[test] == kind]
            case["misses"][kind] = len(of_kind)
            case["missed"][kind] = of_kind[:_NAMED_AT_MOST]

    def _alone(self, test: str) -> str:
        return self._plain([test]).outcomes.get(test, ABSENT)


def _truth_figures(changed: Mapping[str, tuple[str, str]], truth: Run) -> dict[str, Any]:
    """What is known before anything was selected; the rest is that of a mutant that changes nothing."""
    named = dict(itertools.islice(changed.items(), _NAMED_AT_MOST))
    return {
        "judged": "unchanged",
        "changed": len(changed),
        "changed_tests": {test: list(pair) for test, pair in named.items()},
        "misses": {"real": 0, "order": 0, "flaky": 0},
        "missed": {},
        "blind": False,
        "died": False,
        "whole_s": round(truth.wall_s, 3),
        "whole_cpu_s": round(truth.cpu_s, 3),
    }


def _figures(judgement: Judgement) -> dict[str, Any]:
    return {
        "total": judgement.total,
        "selected": judgement.selected,
        "blind": judgement.blind,
        "died": judgement.died,
    }


def _reasons(verdicts: Verdicts, judgement: Judgement) -> dict[str, int]:
    """Why tests run that the mutant does not change: what selects too much."""
    reasons = (reason for test, reason in verdicts.running.items() if test not in judgement.changed)
    return dict(collections.Counter(reasons).most_common(_REASONS_AT_MOST))


def line_of(case: Mapping[str, Any]) -> str:
    where = f"{case['kind']:16} {case['file']}:{case['line']}"
    if case["timed_out"]:
        return f"{where} timed out, not counted"
    if "selected" not in case:
        return f"{where} changes nothing ({case['whole_s']:.1f} s)"
    did = "ran" if case["judged"] == "run" else "would run"
    said = f"{where} changes {case['changed']}, {case['selected']} of {case['total']} {did}"
    missed = [f"{count} {kind}" for kind, count in case["misses"].items() if count]
    if missed:
        said += f"; MISSED {', '.join(missed)}" + (", blind" if case["blind"] else "")
    if case.get("unforeseen"):
        said += f"; {len(case['unforeseen'])} dealt with otherwise than foreseen"
    spent = [case[name] for name in ("whole_s", "asked_s", "selected_s") if name in case]
    return f"{said} ({', '.join(f'{seconds:.1f} s' for seconds in spent)})"


def _is_test_code(name: str) -> bool:
    *folders, file = name.split("/")
    if _TEST_FOLDERS.intersection(folders) or file == "conftest.py":
        return True
    return file.startswith("test_") or file.endswith("_test.py")


def _files_read(shown: Mapping[str, Any]) -> Iterator[str]:
    """All files that tests, collections and sessions read."""
    sessions = shown["sessions"].values()
    parts = [*shown["tests"], *sessions, *(part for session in sessions for part in session["collections"])]
    yield from {name for part in parts for name, content in part["inputs"]["files"].items() if content}
