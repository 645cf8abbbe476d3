"""The Ruby, the extension built for it and the command that the tests of the Ruby half use.

ALIBI_RUBY names the interpreter (default: `ruby` on PATH), ALIBI_BUILD the build directory.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest


@cache
def ruby() -> str:
    found = os.environ.get("ALIBI_RUBY") or shutil.which("ruby")
    if found is None:
        pytest.skip("no ruby here")
    return found


@cache
def abi() -> str:
    question = 'require "rbconfig"; print RbConfig::CONFIG["ruby_version"]'
    return subprocess.run(
        [ruby(), "--disable-gems", "-e", question], capture_output=True, text=True, check=True
    ).stdout


def native_folder(tmp_path: Path) -> Path:
    """A folder that holds the extension under the name it is loaded by."""
    built = Path(os.environ["ALIBI_BUILD"]).resolve() / "ruby_ext" / f"testalibi_native-{abi()}.so"
    if not built.exists():
        pytest.fail(f"{built} is not built: meson setup with -Drubies={ruby()}")
    folder = tmp_path / "native"
    folder.mkdir(exist_ok=True)
    target = folder / "testalibi_native.so"
    if not target.exists():
        shutil.copy(built, target)
    return folder


def compiles(*options: str) -> bool:
    """Does YJIT run with these options (and RUBYOPT)?"""
    question = "exit(!!(defined?(RubyVM::YJIT) && RubyVM::YJIT.enabled?))"
    return (
        subprocess.run([ruby(), *options, "-e", question], capture_output=True, check=False).returncode == 0
    )
