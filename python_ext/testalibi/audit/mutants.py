"""`alibi audit --mutants`: records a copy of the project, then breaks it in one place after the other, and
sees whether the selected run shows what the whole run shows.

Each case is one line of a JSON-lines file as soon as it is judged, so that an interrupted audit goes on where
it was. The store of the copy is never written to after the recording: every mutant meets the same evidence.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from testalibi.audit import judging, operators
from testalibi.audit.copying import ProjectCopy
from testalibi.audit.judging import ABSENT, Baseline, Judgement
from testalibi.audit.mutation import Applied, Mutant, Plan
from testalibi.audit.project import CannotAudit, Project
from testalibi.audit.running import Run, Runner

_BASELINE_RUNS = 3
_ALONE_AT_MOST = 12  # missed tests of one mutant that are run alone
_NAMED_AT_MOST = 20
_EXPLAINED_AT_MOST = 3
_TEST_FOLDERS = frozenset(("test", "tests", "testing"))

Say = Callable[[str], None]


class Wanted(NamedTuple):
    number: int
    seed: int
    kinds: tuple[str, ...]
    results: str  # the file of cases
    go_on: bool  # the caller named it: refuse to start anew where it holds something else


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
        with _Results(self._wanted, header, self._say) as results:
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
        self._timeout_s = 4 * suite_s + 15
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
        }
        try:
            with Applied(self._copy.root, mutant) as change:
                case["before"], case["after"] = change.before_and_after()
                truth = self._plain()
                if not truth.timed_out:
                    selected = self._selected()
                case["timed_out"] = truth.timed_out or selected.timed_out
                if case["timed_out"]:
                    return case
                judgement = judging.judge(before.plain, truth, selected)
                case.update(_figures(judgement, truth, selected))
                if judgement.missed:
                    self._look_at_misses(case, judgement, change)
        finally:
            self._copy.restore()
        return case

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


def _figures(judgement: Judgement, truth: Run, selected: Run) -> dict[str, Any]:
    changed = dict(itertools.islice(judgement.changed.items(), _NAMED_AT_MOST))
    return {
        "total": judgement.total,
        "selected": judgement.selected,
        "changed": len(judgement.changed),
        "changed_tests": {test: list(pair) for test, pair in changed.items()},
        "misses": {"real": 0, "order": 0, "flaky": 0},
        "missed": {},
        "blind": judgement.blind,
        "died": judgement.died,
        "whole_s": round(truth.wall_s, 3),
        "selected_s": round(selected.wall_s, 3),
        "whole_cpu_s": round(truth.cpu_s, 3),
        "selected_cpu_s": round(selected.cpu_s, 3),
    }


def line_of(case: Mapping[str, Any]) -> str:
    where = f"{case['kind']:16} {case['file']}:{case['line']}"
    if case["timed_out"]:
        return f"{where} timed out, not counted"
    said = f"{where} changes {case['changed']}, {case['selected']} of {case['total']} ran"
    missed = [f"{count} {kind}" for kind, count in case["misses"].items() if count]
    if missed:
        said += f"; MISSED {', '.join(missed)}" + (", blind" if case["blind"] else "")
    return f"{said} ({case['whole_s']:.1f} s, {case['selected_s']:.1f} s)"


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


class _Results:
    """The file of cases: a header, then one case a line. Written case by case."""

    def __init__(self, wanted: Wanted, header: Mapping[str, Any], say: Say) -> None:
        self._path = wanted.results
        self.cases: list[dict[str, Any]] = []
        same = self._read(header)
        if not same and wanted.go_on and os.path.exists(self._path):
            raise CannotAudit(
                f"{self._path} holds another audit (seed, kinds or sources differ); name another file"
            )
        try:
            os.makedirs(os.path.dirname(os.path.abspath(self._path)), exist_ok=True)
            self._file = open(self._path, "a" if same else "w", encoding="utf-8")  # noqa: SIM115
            if same:
                say(f"{len(self.cases)} cases known from {self._path}")
            else:
                self._write(header)
        except OSError as error:
            raise CannotAudit(f"{self._path} cannot be written ({error.strerror})") from error

    @property
    def known(self) -> set[int]:
        return {case["number"] for case in self.cases}

    def add(self, case: dict[str, Any]) -> None:
        self.cases.append(case)
        self._write(case)

    def __enter__(self) -> _Results:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _write(self, entry: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()

    def _read(self, header: Mapping[str, Any]) -> bool:
        """Whether the file is one of this audit. A last line that was cut off is dropped."""
        try:
            with open(self._path, encoding="utf-8") as file:
                lines = file.read().split("\n")
            first = json.loads(lines[0])
            if any(first[key] != header[key] for key in ("version", "audit", "seed", "kinds", "sources")):
                return False
        except (OSError, ValueError, KeyError):
            return False
        whole = [line for line in lines[1:-1] if line]
        self.cases = sorted((json.loads(line) for line in whole), key=lambda case: int(case["number"]))
        if lines[-1]:
            with open(self._path, "w", encoding="utf-8") as file:
                file.writelines(line + "\n" for line in [lines[0], *whole])
        return True
