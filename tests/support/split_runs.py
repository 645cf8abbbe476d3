"""A project's tests run plainly, and planned and run by `alibi plan` and `alibi run`; what differs then.

Plain runs are told by the frameworks' own reports (pytest's and Vitest's JUnit, JSON of RSpec, Jest, Mocha
and Cucumber, a reporter of three lines for Minitest), split ones by the merged `--junit` of each node: so a
fault of Alibi's reporters shows, too.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

Case = tuple[str, str, str]  # where, name, outcome
Cases = Counter[Case]
_PATIENCE_S = 900
_NOTES_MINITEST = """
require "json"
require "minitest/autorun"
class Noting < Minitest::AbstractReporter
  def record(one)
    File.write(ENV["NOTED"], JSON.dump([one.klass, one.name, one.result_code]) + "\\n", mode: "a")
  end
end
Minitest.singleton_class.prepend(Module.new { def init_plugins(*) = super.tap { reporter << Noting.new } })
files = ARGV.dup
ARGV.clear
files.each { |file| require File.expand_path(file) }
"""


@dataclass
class Ended:
    status: int
    cases: Cases
    output: str


@dataclass
class Project:
    """Of one framework, in a folder that runs may write into."""

    folder: Path
    framework: str
    alibi: Path
    environment: dict[str, str]
    python: str = "python3"
    ruby: str = "ruby"
    options: list[str] = field(default_factory=list)  # of both commands of Alibi, such as --tests-location
    tests: list[str] = field(default_factory=list)  # of a plain run: what a user names

    @property
    def scratch(self) -> Path:
        folder = self.folder.with_name(self.folder.name + "-scratch")
        folder.mkdir(exist_ok=True)
        return folder

    def start(self, command: Sequence[str], **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env={**self.environment, **more}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
            timeout=_PATIENCE_S,
        )  # fmt: skip

    def command(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return self.start([str(self.alibi), *words], **more)

    def plain(self) -> Ended:
        command, read = _PLAIN[self.framework]
        report = self.scratch / "plain"
        report.unlink(missing_ok=True)
        done = self.start(command(self, report), NOTED=str(report))
        cases = read(self, report) if report.exists() else Counter()
        return Ended(done.returncode, cases, done.stdout)

    def plan(self, nodes: int, *options: str) -> subprocess.CompletedProcess[str]:
        count = ["--min-parallelism", str(nodes), "--max-parallelism", str(nodes)]
        return self.command("plan", *self.options, *count, *options)

    def run(self, node: int, workers: int, *options: str) -> Ended:
        report = self.scratch / f"node-{node}.xml"
        report.unlink(missing_ok=True)
        share = ["--ci-node", str(node), "--ci-node-workers", str(workers), "--junit", str(report)]
        done = self.command("run", *self.options, *share, *options)
        cases = _cases_of_junit(self, report) if report.exists() else Counter()
        return Ended(done.returncode, cases, done.stdout)

    def run_here(self, workers: int, *options: str) -> Ended:
        """Without a plan before it, and without nodes."""
        report = self.scratch / "here.xml"
        count = ["--min-parallelism", str(workers), "--max-parallelism", str(workers)]
        done = self.command("run", *self.options, *count, "--junit", str(report), *options)
        cases = _cases_of_junit(self, report) if report.exists() else Counter()
        return Ended(done.returncode, cases, done.stdout)

    def split(
        self, nodes: int, workers: int, *options: str, planned: Sequence[str] = ()
    ) -> tuple[list[Ended], str]:
        """Every node's run, and what the commands said."""
        shutil.rmtree(self.folder / ".testoptimization", ignore_errors=True)
        plan = self.plan(nodes, *planned)
        if plan.returncode != 0:
            return [], plan.stdout
        ended = [self.run(node, workers, *options) for node in range(nodes)]
        return ended, plan.stdout + "".join(one.output for one in ended)


_plain_runs: dict[tuple[object, ...], Ended] = {}


def plain_of(project: Project) -> Ended:
    """A plain run of these files with this command: made once, whichever ways they are split in."""
    digest = hashlib.sha256()
    left_out = {".git", ".alibi", ".testoptimization", ".pytest_cache", "__pycache__", "node_modules"}
    for path in sorted(project.folder.rglob("*")):
        name = path.relative_to(project.folder)
        if path.is_file() and not left_out & set(name.parts):
            digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    command = (project.framework, project.python, project.ruby, *project.tests)
    key = (*command, digest.hexdigest())
    if key not in _plain_runs:
        _plain_runs[key] = project.plain()
    return _plain_runs[key]


def differences(plain: Ended, ended: Sequence[Ended], nodes: int) -> list[str]:
    """Why the nodes' runs together are not the plain one; empty: they are."""
    if len(ended) != nodes:
        return ["no plan was made"]
    together: Cases = sum((one.cases for one in ended), Counter())
    found = [f"did not run: {case}" for case in (plain.cases - together).elements()]
    found += [f"too much: {case}" for case in (together - plain.cases).elements()]
    statuses = [one.status for one in ended]
    if max(statuses) != plain.status or set(statuses) - {0, plain.status}:
        found.append(f"status {statuses} where a plain run has {plain.status}")
    return found


def commit(folder: Path) -> None:
    """The folder as a repository with one commit: plans are kept by it."""
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.invalid", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "--no-verify", "-m", "x"]):
        subprocess.run([*git, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def plain_environment() -> dict[str, str]:
    """Without what would change a run: settings of ours, of CI systems, of the frameworks."""
    leaking = (
        "ALIBI", "DD_", "PYTEST_", "PYTHON", "COVERAGE_", "JEST_", "VITEST", "MOCHA_", "NODE_OPTIONS", "SPEC",
        "GITHUB_", "GITLAB_", "CIRCLE", "BUILDKITE", "KNAPSACK_", "TF_BUILD", "SYSTEM_", "CI",
    )  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if not name.startswith(leaking)}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _ruby_files(project: Project, *patterns: str) -> list[str]:
    for pattern in patterns:
        found = sorted(str(path.relative_to(project.folder)) for path in project.folder.glob(pattern))
        if found:
            return found
    return []


def _minitest(project: Project, _: Path) -> list[str]:
    files = _ruby_files(project, "test/**/*_test.rb", "test/**/spec_*.rb", "test/**/test_*.rb")
    return [project.ruby, "-Ilib", "-Itest", "-e", _NOTES_MINITEST, "--", *files]


def _cases_of_junit(project: Project, report: Path) -> Cases:
    """By what a plain run's report tells as well: the class for pytest and Minitest, the file for others."""
    place = "classname" if project.framework in ("pytest", "minitest", "vitest") else "file"
    found: Cases = Counter()
    for case in ElementTree.parse(report).iter("testcase"):
        ended = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        name = case.get("name", "")
        if project.framework == "cucumber":
            name = name.partition(", Examples (#")[
                0
            ]  # the row of an outline, which Cucumber's JSON does not say
        found[case.get(place, ""), name, ended[0] if ended else "passed"] += 1
    return found


def _cases_of_minitest(_: Project, report: Path) -> Cases:
    outcomes = {".": "passed", "S": "skipped", "F": "failure", "E": "error"}
    noted = [json.loads(line) for line in report.read_text().splitlines()]
    return Counter((where, name, outcomes[code]) for where, name, code in noted)


def _cases_of_rspec(_: Project, report: Path) -> Cases:
    outcomes = {"passed": "passed", "failed": "failure", "pending": "skipped"}
    examples = json.loads(report.read_text())["examples"]
    return Counter(
        (str(one["file_path"]).removeprefix("./"), str(one["full_description"]), outcomes[one["status"]])
        for one in examples
    )


def _cases_of_cucumber(_: Project, report: Path) -> Cases:
    found: Cases = Counter()
    for feature in json.loads(report.read_text()):
        for scenario in feature["elements"]:
            if scenario["type"] == "background":
                continue
            statuses = {step["result"]["status"] for step in scenario["steps"]}
            skipped = statuses & {"pending", "undefined", "skipped"}
            outcome = "failure" if "failed" in statuses else "skipped" if skipped else "passed"
            found[feature["uri"], scenario["name"], outcome] += 1
    return found


def _cases_of_jest(project: Project, report: Path) -> Cases:
    outcomes = {"passed": "passed", "failed": "failure"}
    return Counter(
        (os.path.relpath(file["name"], project.folder), one["title"], outcomes.get(one["status"], "skipped"))
        for file in json.loads(report.read_text())["testResults"]
        for one in file["assertionResults"]
    )


def _cases_of_mocha(project: Project, report: Path) -> Cases:
    said: dict[str, Any] = json.loads(report.read_text())
    found: Cases = Counter()
    for key, outcome in (("passes", "passed"), ("failures", "failure"), ("pending", "skipped")):
        for test in said[key]:
            found[os.path.relpath(test["file"], project.folder), test["title"], outcome] += 1
    return found


def _node(tool: str) -> str:
    return f"node_modules/.bin/{tool}"


_PLAIN: dict[str, tuple[Callable[[Project, Path], list[str]], Callable[[Project, Path], Cases]]] = {
    "pytest": (
        lambda project, report: [
            project.python, "-m", "pytest", "-p", "no:alibi", f"--junitxml={report}", *project.tests
        ],
        _cases_of_junit,
    ),
    "rspec": (
        lambda project, report: [
            project.ruby, "-S", "rspec", "--format", "json", "--out", str(report), *project.tests
        ],
        _cases_of_rspec,
    ),
    "minitest": (_minitest, _cases_of_minitest),
    "cucumber": (
        lambda project, report: ["cucumber", "--format", "json", "--out", str(report)],
        _cases_of_cucumber,
    ),
    "jest": (
        lambda project, report: [_node("jest"), "--json", f"--outputFile={report}"],
        _cases_of_jest,
    ),
    "vitest": (
        lambda project, report: [_node("vitest"), "run", "--reporter=junit", f"--outputFile={report}"],
        _cases_of_junit,
    ),
    "mocha": (
        lambda project, report: [
            _node("mocha"), "--reporter", "json", "--reporter-option", f"output={report}"
        ],
        _cases_of_mocha,
    ),
}  # fmt: skip
