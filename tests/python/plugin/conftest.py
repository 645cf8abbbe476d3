"""Small projects run in a pytest of their own, with the stand-in of `fake/` or with what was really built."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[2]
PACKAGE = REPOSITORY / "python_ext" / "testalibi"
sys.path.insert(0, str(REPOSITORY / "tests" / "support"))

import compiled  # noqa: E402
import forked_pytest  # noqa: E402

if str(PACKAGE.parent) not in sys.path:
    sys.path.append(str(PACKAGE.parent))  # behind an installed testalibi, which has its native parts


class Run:
    def __init__(self, done, project):
        self.status = done.returncode
        self.stdout = done.stdout
        self.stderr = done.stderr
        self.text = done.stdout + done.stderr
        self._journal = project.journal_path

    @property
    def alibi_lines(self):
        return [line for line in self.text.splitlines() if line.startswith("alibi: ")]

    @property
    def problems(self):
        """What Alibi says besides what it says of every run."""
        usual = "recording with|recorded |reported to |nothing is known yet|selects nothing"
        usual += "|.* tests? runs?|none of .* has to"
        return [line for line in self.alibi_lines if not re.match(f"alibi: ({usual})", line)]

    @property
    def outcomes(self):
        """What -rA lists, without reasons and times: the same with and without Alibi."""
        words = "PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS|SUBPASS|SUBFAIL"
        found = re.findall(rf"^(?:{words})\S* .*$", self.stdout, re.MULTILINE)
        return sorted(line.partition(" - ")[0] for line in found)

    @property
    def calls(self):
        """The journal of the stand-in."""
        if not self._journal.exists():
            return []
        return [json.loads(line) for line in self._journal.read_text().splitlines()]

    def named(self, call):
        return [entry for entry in self.calls if entry["call"] == call]

    def ended(self):
        """{test: outcome} as the recorder was told."""
        names = {(entry["pid"], number): name for entry, number, name in self._numbered("begin_test", "id")}
        return {names[entry["pid"], entry["context"]]: entry["outcome"] for entry in self.named("end_test")}

    def charged(self):
        """{test: names of the contexts charged to it, also through others}."""
        names = {}
        for kind, key in (("begin_test", "id"), ("begin_context", "name")):
            names.update({(entry["pid"], number): name for entry, number, name in self._numbered(kind, key)})
        direct = {}
        for entry in self.named("charge"):
            direct.setdefault((entry["pid"], entry["user"]), set()).add((entry["pid"], entry["used"]))
        charged = {}
        for entry, number, name in self._numbered("begin_test", "id"):
            reached, pending = set(), [(entry["pid"], number)]
            while pending:
                for used in direct.get(pending.pop(), ()):
                    if used not in reached:
                        reached.add(used)
                        pending.append(used)
            charged[name] = {names[used] for used in reached}
        return charged

    def _numbered(self, call, key):
        """Contexts are numbered per process in the order of their beginning."""
        counts = {}
        for entry in self.calls:
            if entry["call"] in ("begin_test", "begin_context"):
                counts[entry["pid"]] = counts.get(entry["pid"], 0) + 1
                if entry["call"] == call:
                    yield entry, counts[entry["pid"]], entry[key]


class Project:
    server = None  # of all tests; the first run starts it

    def __init__(self, folder, site, real=False):
        self.folder = folder
        self.real = real
        self.site = site
        self.journal_path = folder.parent / "journal"
        self.data = folder / ".alibi"
        folder.mkdir()

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def environment(self, **more):
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ALIBI", "PYTEST", "PYTHON", "FAKE", "COV_"))
        }
        installed = self.real and "ALIBI_SITE" not in os.environ
        kept.update(
            PYTHONPATH="" if installed else str(self.site),
            PYTHONDONTWRITEBYTECODE="1",
            FAKE_NATIVE_JOURNAL=str(self.journal_path),
        )
        if self.real and "ALIBI_COMMAND" in os.environ:
            kept["ALIBI_COMMAND"] = os.environ["ALIBI_COMMAND"]
        kept.update(more)
        return {name: value for name, value in kept.items() if value is not None}

    def pytest(self, *arguments, env=None, timeout=120, **more):
        return self.run("-m", "pytest", "-rA", *arguments, env=env, timeout=timeout, **more)

    def run(self, *arguments, env=None, timeout=120, **more):
        if self.journal_path.exists():
            self.journal_path.unlink()
        cwd, chosen = more.pop("cwd", self.folder), self.environment(**(env or {}))
        command = [sys.executable, *map(str, arguments)]
        if command[1:3] == ["-m", "pytest"] and not more:
            done = self._forked(command, cwd, chosen, timeout)
            if done is not None:
                return Run(done, self)
        done = subprocess.run(
            command,
            cwd=str(cwd),
            env=chosen,
            capture_output=True,
            text=True,
            timeout=timeout,
            **more,
        )
        return Run(done, self)

    def _forked(self, command, cwd, chosen, timeout):
        if Project.server is None:
            Project.server = forked_pytest.PytestServer(self.environment())
        if not Project.server.can_run(chosen):
            return None
        with tempfile.TemporaryDirectory(prefix="alibi-run-") as name:
            texts = [Path(name, "output"), Path(name, "errors")]
            status = Project.server.run(cwd, command[3:], chosen, *texts, timeout_s=timeout)
            if status is None:
                raise subprocess.TimeoutExpired(command, timeout)
            return subprocess.CompletedProcess(command, status, *[text.read_text() for text in texts])

    def sessions(self):
        folder = self.data / "sessions"
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def merged(self):
        """Descriptions of the sessions that the stand-in of the command merged, by their starts."""
        descriptions = [json.loads(path.read_text()) for path in self.data.glob("merged-*.json")]
        return sorted(descriptions, key=lambda description: description.get("started_unix", 0))


@pytest.fixture(scope="session", autouse=True)
def _server_ends():
    yield
    if Project.server is not None:
        Project.server.close()


def make_site(folder, native=True, command=True):
    """A site folder with the plugin of this tree, installed as far as pytest can tell."""
    package = folder / "testalibi"
    package.mkdir(parents=True)
    for source in PACKAGE.glob("*.py"):
        shutil.copy(str(source), str(package))
    if native:
        shutil.copy(str(HERE / "fake" / "_native.py"), str(package))
    if command:
        (package / "_bin").mkdir()
        shutil.copy(str(HERE / "fake" / "alibi"), str(package / "_bin"))
    information = folder / "testalibi-0.1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: testalibi\nVersion: 0.1.0\n")
    (information / "entry_points.txt").write_text("[pytest11]\nalibi = testalibi.pytest_plugin\n")
    return folder


def _listing(folder):
    return {str(path): path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """One for all tests, only to be read: compiled once, and not in each run again."""
    folder = make_site(tmp_path_factory.mktemp("shared") / "site")
    compiled.compile_package(sys.executable, folder)
    before = _listing(folder)
    yield folder
    assert _listing(folder) == before, "a test wrote into the site that all share: own_site is to be changed"


@pytest.fixture
def own_site(tmp_path, project):
    """For tests that change what is installed: `project` finds it here."""
    project.site = make_site(tmp_path / "site")
    return project.site


@pytest.fixture
def project(tmp_path, site):
    """Recorded by the stand-in."""
    return Project(tmp_path / "project", site)


def real_site():
    """The folder with the really built package, None when there is none."""
    chosen = os.environ.get("ALIBI_SITE")
    if chosen:
        return Path(chosen)
    from importlib import util

    spec = util.find_spec("testalibi")
    if spec is None or spec.origin is None or util.find_spec("testalibi._native") is None:
        return None
    return Path(spec.origin).parents[1]


@pytest.fixture
def real_project(tmp_path):
    """Recorded by the native module, merged by the command."""
    site = real_site()
    if site is None:
        pytest.skip("testalibi is not built for this interpreter: pip install . or set ALIBI_SITE")
    return Project(tmp_path / "project", site, real=True)


@pytest.fixture
def bakery(tmp_path):
    """A copy of the example project, recorded by what was really built."""
    site = real_site()
    if site is None:
        pytest.skip("testalibi is not built for this interpreter: pip install . or set ALIBI_SITE")
    folder = tmp_path / "project"
    project = Project(folder, site, real=True)
    folder.rmdir()
    shutil.copytree(
        str(REPOSITORY / "docs" / "example"),
        str(folder),
        ignore=shutil.ignore_patterns(".alibi", "__pycache__", ".pytest_cache"),
    )
    return project
