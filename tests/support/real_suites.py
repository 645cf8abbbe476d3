"""The real projects whose own test suites Alibi is held against: source distributions, pinned by hash, and
how each runs. Four take part in everything; MUTATED are those and two more, for scripts/mutation.

They live in a cache folder (ALIBI_CORPUS, else ~/.cache/alibi/corpus): the archives, and each unpacked
once. What is missing is fetched with pip from whatever index pip is configured for. Where that fails,
`Unavailable` carries the reason: callers report the suite as skipped by name, never as passed.
"""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path


class Unavailable(Exception):
    """Something that only a package index can give is not at hand; str() says what and why."""


@dataclass(frozen=True)
class Racing:
    """Functions of a project whose threads run past the end of their test, or even of the run."""

    path: str  # relative to the unpacked folder
    functions: tuple[str, ...]
    reason: str

    def lines(self, root: Path) -> set[tuple[str, int]]:
        """All lines of these functions, from the source: line numbers written here would go stale."""
        found = {
            node.name: range(node.lineno, (node.end_lineno or node.lineno) + 1)
            for node in ast.parse((root / self.path).read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef) and node.name in self.functions
        }
        if set(found) != set(self.functions):
            raise LookupError(f"{self.path} lacks {', '.join(sorted(set(self.functions) - set(found)))}")
        return {(self.path, line) for lines in found.values() for line in lines}


@dataclass(frozen=True)
class RealSuite:
    name: str
    project: str
    version: str
    archive: str
    sha256: str
    source: str  # what goes on PYTHONPATH, relative to the unpacked folder
    tests: tuple[str, ...]
    packages: tuple[str, ...]  # beside pytest
    notes: str
    racing: tuple[Racing, ...] = ()
    # Tests (by their names in JUnit XML) with deadlines of milliseconds: a busy machine fails them by itself.
    clocked: tuple[str, ...] = ()

    def racing_lines(self, root: Path) -> set[tuple[str, int]]:
        """Lines that no two runs need to have in common, whoever records them; the rest stays strict."""
        return {line for racing in self.racing for line in racing.lines(root)}

    @property
    def folder_name(self) -> str:
        return self.archive[: -len(".tar.gz")]

    def command(self, python: str, *options: str) -> list[str]:
        """The suite's own command; without the cache plugin, because two runs shall not see each other."""
        return [python, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", *options, *self.tests]

    def environment(self, root: Path, *more_paths: str) -> dict[str, str]:
        """Plain: no setting of the caller's test tools leaks in, hashing and locale are fixed."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTEST_", "PYTHON", "COVERAGE_", "COV_", "ALIBI_", "DD_"))
        }
        paths = os.pathsep.join([str(root / self.source), *more_paths])
        return {**kept, "PYTHONPATH": paths, "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


# Jinja2's asynchronous tests run under trio too; boltons' conftest uses a hook argument that pytest 9
# removed.
PYTEST = "pytest>=7,<9"
SUITES = {
    suite.name: suite
    for suite in (
        RealSuite(
            "sqlparse", "sqlparse", "0.5.3", "sqlparse-0.5.3.tar.gz",
            "09f67787f56a0b16ecdbde1bfc7f5d9c3371ca683cfeaa8e6ff60b4807ec9272",
            ".", ("tests",), (), "tokeniser and parser, tables as module constants, data files",
        ),
        RealSuite(
            "jinja2", "Jinja2", "3.1.6", "jinja2-3.1.6.tar.gz",
            "0137fb05990d35f1275a587e9aee6d56da821fc83491a0fb838183be43f66d6d",
            "src", ("tests",), ("markupsafe", "trio"), "code generation, exec, asyncio, trio, templates",
        ),
        RealSuite(
            "boltons", "boltons", "24.1.0", "boltons-24.1.0.tar.gz",
            "4a49b7d57ee055b83a458c8682a2a6f199d263a8aa517098bda9bab813554b87",
            ".", ("tests",), (), "independent modules, threads, sockets, temporary files",
            (
                Racing(
                    "tests/test_socketutils.py", ("netstring_server", "netstring_server_timeout_override"),
                    "threads that nobody joins: what a server does with its last request runs after the "
                    "test, or never if the run is over by then",
                ),
            ),
            (
                "tests.test_socketutils::test_socketutils_netstring",
                "tests.test_socketutils::test_socketutils_netstring_timeout",
            ),
        ),
        RealSuite(
            "toolz", "toolz", "1.0.0", "toolz-1.0.0.tar.gz",
            "2c86e3d9a04798ac556793bced838816296a2f085017664e4995cb40a1047a02",
            ".", ("toolz", "tlz"), (), "functional helpers, tests inside the package, a generated module",
        ),
    )
}  # fmt: skip
MUTATED = {
    **SUITES,
    "click": RealSuite(
        "click", "click", "8.1.7", "click-8.1.7.tar.gz",
        "ca9853ad459e787e2192211578cc907e7594e294c7ccc834310722b41b9ca6de",
        "src", ("tests",), (), "decorators, class hierarchies, environment, contexts",
    ),
    "mistune": RealSuite(
        "mistune", "mistune", "3.0.2", "mistune-3.0.2.tar.gz",
        "fc7f93ded930c92394ef2cb6f04a8aabab4117a91449e72dcc8dfa646a508be8",
        "src", ("tests",), (), "tests made from data files, regular expressions joined at run time, plugins",
    ),
}  # fmt: skip
# Suites that start processes all the time: too long for every run of the tests (scripts/processes).
STARTING = {
    "click": MUTATED["click"],
    "joblib": RealSuite(
        "joblib", "joblib", "1.4.2", "joblib-1.4.2.tar.gz",
        "2382c5816b2636fbd20a09e0f4e9dad4736765fdfb7dca582943b9c1366b3f0e",
        ".", ("joblib",), (), "pools of processes started in its own ways, killed workers, shared memory",
    ),
}  # fmt: skip


def corpus_folder() -> Path:
    return Path(os.environ.get("ALIBI_CORPUS") or Path.home() / ".cache" / "alibi" / "corpus")


def _hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _download(suite: RealSuite, into: Path) -> None:
    # pip asks the project's build backend for metadata before it keeps an archive: backends may come as
    # wheels, and where none can be had the one already installed is tried.
    base = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--no-binary",
        suite.project,
        "-d",
        str(into),
    ]
    reason = ""
    for extra in ([], ["--no-build-isolation"]):
        try:
            result = subprocess.run(
                [*base, *extra, f"{suite.project}=={suite.version}"],
                check=False,
                capture_output=True,
                text=True,
                timeout=300,
            )
        except subprocess.TimeoutExpired:
            raise Unavailable(f"{suite.archive}: pip download took longer than 300 s") from None
        if (into / suite.archive).exists():
            return
        reason = reason or (result.stderr.strip().splitlines() or ["no message"])[-1]
    raise Unavailable(
        f"{suite.archive} is neither in {corpus_folder()} nor to be had from the package index: {reason}"
    )


def fetch(suite: RealSuite) -> Path:
    """The archive in the cache, its hash checked."""
    corpus = corpus_folder()
    corpus.mkdir(parents=True, exist_ok=True)
    archive = corpus / suite.archive
    if not archive.exists():
        with tempfile.TemporaryDirectory(dir=corpus) as folder:
            _download(suite, Path(folder))
            os.replace(Path(folder) / suite.archive, archive)
    found = _hash_of(archive)
    if found != suite.sha256:
        raise Unavailable(
            f"{archive} has SHA-256 {found}, expected {suite.sha256}: remove it to fetch it again"
        )
    return archive


def _extract(archive: Path, into: Path) -> None:
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():  # the hash is pinned; this keeps the promise independent of it
            target = (into / member.name).resolve()
            if into.resolve() not in target.parents or member.issym() or member.islnk() or member.isdev():
                raise Unavailable(f"{archive}: refused member {member.name}")
        if sys.version_info >= (3, 12):
            tar.extractall(into, filter="data")
        else:
            tar.extractall(into)


def unpacked(suite: RealSuite) -> Path:
    """The project's folder in the cache. Do not run it there: take a `work_copy`."""
    folder = corpus_folder() / suite.folder_name
    if not folder.exists():
        archive = fetch(suite)
        with tempfile.TemporaryDirectory(dir=corpus_folder()) as scratch:
            _extract(archive, Path(scratch))
            try:
                os.replace(Path(scratch) / suite.folder_name, folder)
            except OSError:  # another run was faster
                if not folder.exists():
                    raise
    return folder


def work_copy(suite: RealSuite, into: Path) -> Path:
    """A fresh copy of the project that a run may write into."""
    target = into / suite.name
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(unpacked(suite), target, symlinks=True)
    return target


def selected(names: list[str] | None) -> list[RealSuite]:
    unknown = [name for name in names or [] if name not in SUITES]
    if unknown:
        raise SystemExit(f"unknown suite {', '.join(unknown)}; there are: {', '.join(SUITES)}")
    return [SUITES[name] for name in names] if names else list(SUITES.values())
