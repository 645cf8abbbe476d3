"""bench/overhead/ruby/suites.py: what cannot be measured is said in one line, with what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SUITES = Path(__file__).resolve().parents[2] / "bench" / "overhead" / "ruby" / "suites.py"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """As far as it is looked at before anything is run."""
    folder = tmp_path / "build"
    for name in ("ruby_ext/testalibi_native-3.1.0.so", "collector/cli/alibi"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project" / "spec").mkdir(parents=True)
    return tmp_path / "project"


def refused(build: Path | None, *arguments: object, path: str | None = None) -> str:
    """The only line that is printed."""
    environment = {name: value for name, value in os.environ.items() if name != "ALIBI_BUILD"}
    if build is not None:
        environment["ALIBI_BUILD"] = str(build)
    if path is not None:
        environment["PATH"] = path
    done = subprocess.run(
        [sys.executable, str(SUITES), *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert done.stderr.startswith("error: ")
    return done.stderr


def programs(folder: Path, *names: str) -> str:
    folder.mkdir()
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return str(folder)


def test_without_a_build_it_says_how_to_make_one(project: Path) -> None:
    assert "ALIBI_BUILD is not set: meson setup" in refused(None, project)


def test_a_build_without_an_extension_is_named(project: Path, tmp_path: Path) -> None:
    line = refused(tmp_path / "none", project)
    assert f"{tmp_path}/none/ruby_ext holds 0 extensions, not one: meson setup" in line


def test_a_build_with_several_extensions_is_named(build: Path, project: Path) -> None:
    (build / "ruby_ext" / "testalibi_native-3.3.0.so").touch()
    assert "holds 2 extensions, not one" in refused(build, project)


def test_a_build_without_the_command_is_named(build: Path, project: Path) -> None:
    (build / "collector" / "cli" / "alibi").unlink()
    assert f"{build}/collector/cli/alibi is not there: meson setup" in refused(build, project)


@pytest.mark.parametrize("command", [[], ["--", "rspec"]])
def test_a_folder_that_is_not_there_is_named(build: Path, tmp_path: Path, command: list[str]) -> None:
    line = refused(build, tmp_path / "absent", *command)
    assert f"{tmp_path}/absent is no folder: name a project's folder" in line


def test_a_folder_without_tests_is_named(build: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert f"{tmp_path}/empty has neither spec/ nor test/: name" in refused(build, tmp_path / "empty")


def test_a_program_that_is_missing_is_named(build: Path, project: Path, tmp_path: Path) -> None:
    path = programs(tmp_path / "bin", "ruby")
    assert f"rspec cannot be run for {project}: install it, or" in refused(build, project, path=path)
    line = refused(build, project, "--", "bin/own", path=path)
    assert f"bin/own cannot be run for {project}: install it, or" in line
    assert "ruby cannot be run" in refused(build, project, path=programs(tmp_path / "other", "rspec"))


def test_no_rounds_are_no_measurement(build: Path, project: Path) -> None:
    assert "--rounds 0: there is nothing to measure" in refused(build, project, "--rounds", 0)


def test_an_extension_of_the_vendor_that_is_not_there_is_named(
    build: Path, project: Path, tmp_path: Path
) -> None:
    line = refused(build, project, "--vendor", tmp_path / "absent.so")
    assert f"--vendor {tmp_path}/absent.so is no file: name" in line


def test_the_vendors_extension_goes_with_suites_whose_command_is_known(build: Path, project: Path) -> None:
    line = refused(build, project, "--vendor", __file__, "--", "rspec")
    assert "what loads the extension is known for rspec and test/ only" in line
