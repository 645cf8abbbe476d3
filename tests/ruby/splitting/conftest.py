"""Projects of RSpec and Minitest that a persistent worker runs, beside plain runs of the same files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
DRIVERS = REPOSITORY / "collector" / "framework" / "drivers"
sys.path[:0] = [str(REPOSITORY / "tests" / "support"), str(REPOSITORY / "tests" / "ruby")]

from ruby_at_hand import native_folder, ruby  # noqa: E402
from worker_runner import outside_environment, run_worker  # noqa: E402


class Project:
    def __init__(self, folder):
        self.folder = folder
        self.journal = folder.parent / f"{folder.name}.journal"
        self.environment = {"JOURNAL": str(self.journal)}
        folder.mkdir()

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return name

    def use_alibi(self, scratch):
        build = Path(os.environ.get("ALIBI_BUILD") or REPOSITORY / "build" / "test").resolve()
        os.environ.setdefault("ALIBI_BUILD", str(build))
        scratch.mkdir(exist_ok=True)
        self.command = str(build / "collector/cli/alibi")
        self.environment.update(
            ALIBI="1",
            ALIBI_RUBY_NATIVE_DIR=str(native_folder(scratch)),
            ALIBI_COMMAND=self.command,
            RUBYLIB=str(REPOSITORY / "ruby_ext" / "lib"),
        )

    def worker(self, command, files, **more):
        run = run_worker(command, files, cwd=self.folder, env=outside_environment(**self.environment), **more)
        run.journal = self._lines()
        return run

    def plain(self, command):
        done = subprocess.run(
            command,
            cwd=str(self.folder),
            env=outside_environment(**self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        done.journal = self._lines()
        return done

    def rspec(self, files, *options, **more):
        driver = str(DRIVERS / "alibi_rspec_worker.rb")
        return self.worker([*_rspec(), "--require", driver, *options], files, **more)

    def plain_rspec(self, files, *options):
        return self.plain([*_rspec(), *options, *files])

    def minitest(self, files, *options, **more):
        driver = str(DRIVERS / "alibi_minitest_worker.rb")
        return self.worker([ruby(), "-Itest", driver, *options], files, **more)

    def plain_minitest(self, files, *options):
        load = "ARGV.take_while { |each| each != '--' }.each { |file| require File.expand_path(file) }"
        load += "; ARGV.replace(ARGV.drop_while { |each| each != '--' }.drop(1))"
        return self.plain([ruby(), "-Itest", "-rminitest/autorun", "-e", load, *files, "--", *options])

    def evidence(self):
        """{test: what it touched}, without times and numbers of this run."""
        text = subprocess.run(
            [self.command, "show", "--json", "--full", "*"],
            cwd=str(self.folder),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        tests = json.loads(text.replace(str(self.folder), "ROOT"))["tests"]
        return {test.pop("id"): _settled(test) for test in tests}

    def _lines(self):
        if not self.journal.exists():
            return []
        lines = self.journal.read_text(encoding="utf-8").splitlines()
        self.journal.unlink()
        return lines


def _rspec():
    return [ruby(), "-e", "require 'rspec/core'; exit RSpec::Core::Runner.run(ARGV)", "--"]


def _settled(value):
    if isinstance(value, dict):
        changing = ("duration", "time", "session", "milliseconds")
        return {
            key: _settled(item) for key, item in value.items() if not any(word in key for word in changing)
        }
    if isinstance(value, list):
        return sorted((_settled(item) for item in value), key=repr)
    return value


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "project")


@pytest.fixture
def twin(tmp_path):
    return Project(tmp_path / "twin")
