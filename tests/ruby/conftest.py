"""Tests of the Ruby half. Those in Minitest run here too: each file once, each method a test of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from ruby_at_hand import native_folder, ruby  # noqa: E402

_PATIENCE_S = 900
collect_ignore = ["hazards/rails"]  # an application that the hazards copy


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix != ".rb" or not re.search(r"^test_|_test$", file_path.stem):
        return None
    collector: pytest.Collector = RubyFile.from_parent(parent, path=file_path)
    return collector


class RubyFile(pytest.File):
    outcomes: dict[str, tuple[str, str]] | None = None
    said = ""  # by the run as a whole

    def collect(self) -> Iterator[pytest.Item]:
        listed = subprocess.run(
            self._command(), env=_without("OUTCOMES"), capture_output=True, text=True, check=False
        )
        if listed.returncode != 0:
            raise self.CollectError(listed.stderr)
        for name in sorted(listed.stdout.split()):
            yield RubyTest.from_parent(self, name=name)

    def _command(self) -> list[str]:
        return [ruby(), "-W0", "-r", str(HERE / "outcomes.rb"), str(self.path)]

    def ended(self, folder: Path) -> dict[str, tuple[str, str]]:
        """How its tests ended: method -> (outcome, message). Runs the file the first time."""
        if self.outcomes is None:
            self.outcomes = self._run(folder)
        return self.outcomes

    def _run(self, folder: Path) -> dict[str, tuple[str, str]]:
        written = folder / "outcomes"
        build = Path(os.environ["ALIBI_BUILD"]).resolve()
        environment = {
            **os.environ,
            "OUTCOMES": str(written),
            "ALIBI_RUBY_NATIVE_DIR": str(native_folder(folder)),
            "ALIBI_RUBY_BUILD": str(build / "ruby_ext"),
            "ALIBI_COMMAND": str(build / "collector/cli/alibi"),
        }
        done = subprocess.run(
            self._command(),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_PATIENCE_S,
        )
        lines = written.read_text(encoding="utf-8").splitlines() if written.exists() else []
        found = {name: (outcome, message) for outcome, name, message in (line.split("\t") for line in lines)}
        self.said = done.stdout[-4000:]
        return found


class RubyTest(pytest.Item):
    parent: RubyFile

    def runtest(self) -> None:
        factory = self.config._tmp_path_factory  # type: ignore[attr-defined]
        ended = self.parent.ended(factory.mktemp("ruby"))
        outcome, message = ended.get(self.name, ("failed", f"it did not run ¶ {self.parent.said}"))
        if outcome == "skipped":
            pytest.skip(message)
        if outcome == "failed":
            pytest.fail(f"{self.name}: {message}".replace(" ¶ ", "\n"), pytrace=False)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


def _without(variable: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != variable}
