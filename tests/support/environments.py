"""Virtual environments for runs against real projects: one per interpreter and package list, kept and reused.

They live in a cache folder (ALIBI_VENVS, else ~/.cache/alibi/venvs). A package index that cannot be reached
makes `Unavailable`, with pip's own last line as the reason.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from real_suites import Unavailable

_PROBE = """
import json, platform, sys, sysconfig
print(json.dumps({
    "path": sys.executable, "real": sys._base_executable or sys.executable,
    "version": platform.python_version(), "implementation": platform.python_implementation(),
    "abi": sysconfig.get_config_var("EXT_SUFFIX") or "",
    "threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
}))
"""


@dataclass(frozen=True)
class Interpreter:
    path: str
    version: str
    ext_suffix: str
    free_threaded: bool

    @property
    def short(self) -> str:
        return self.version + ("t" if self.free_threaded else "")

    @property
    def version_tuple(self) -> tuple[int, ...]:
        return tuple(
            int("".join(c for c in part if c.isdigit()) or 0) for part in self.version.split(".")[:2]
        )


def interpreter(path: str) -> Interpreter:
    """Asks the executable who it is."""
    try:
        result = subprocess.run([path, "-c", _PROBE], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(f"{path}: not a usable Python: {error}") from None
    said = json.loads(result.stdout)
    if said["implementation"] != "CPython":
        raise Unavailable(f"{path}: {said['implementation']} is not CPython")
    return Interpreter(said["path"], said["version"], said["abi"], said["threaded"])


def venvs_folder() -> Path:
    return Path(os.environ.get("ALIBI_VENVS") or Path.home() / ".cache" / "alibi" / "venvs")


def _run(command: list[str], what: str) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        result = subprocess.run(command, check=False, capture_output=True, text=True, timeout=900, env=clean)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{what}: took longer than 900 s") from None
    if result.returncode != 0:
        said = (result.stderr.strip() or result.stdout.strip()).splitlines() or ["no message"]
        raise Unavailable(f"{what}: {said[-1]}")


def venv_with(python: Interpreter, packages: tuple[str, ...], wanted: tuple[str, ...] = ()) -> Interpreter:
    """An environment of `python` that has `packages`, and of `wanted` what can be installed.

    Without an index, one that sees the packages of `python` itself will do, if these are all there.
    """
    try:
        return _from_index(python, packages, wanted)
    except Unavailable as error:
        try:
            return _from_interpreter(python, packages)
        except Unavailable:
            raise error from None


_MODULES = {"pytest-xdist": "xdist", "pytest-cov": "pytest_cov"}


def _from_interpreter(python: Interpreter, packages: tuple[str, ...]) -> Interpreter:
    modules = [_MODULES.get(name, name) for name in (re.split("[<>=]", package)[0] for package in packages)]
    _run([python.path, "-c", "import " + ", ".join(modules)], "its own packages")
    key = hashlib.sha256("\n".join([python.path, python.version]).encode()).hexdigest()[:12]
    folder = venvs_folder() / f"{python.short}-{key}-own"
    if not (folder / "bin" / "python").exists():
        _run(
            [python.path, "-m", "venv", "--system-site-packages", "--without-pip", str(folder)],
            f"virtual environment of {python.short}",
        )
    return interpreter(str(folder / "bin" / "python"))


def _from_index(python: Interpreter, packages: tuple[str, ...], wanted: tuple[str, ...]) -> Interpreter:
    key = hashlib.sha256(
        "\n".join([python.path, python.version, *packages, "", *wanted]).encode()
    ).hexdigest()[:12]
    folder = venvs_folder() / f"{python.short}-{key}"
    executable = folder / "bin" / "python"
    if (folder / "complete").exists():
        return interpreter(str(executable))
    if folder.exists():
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        _run([python.path, "-m", "venv", str(folder)], f"virtual environment of {python.short}")
        pip = [str(executable), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        _run([*pip, *packages], f"packages {', '.join(packages)} for {python.short}")
        for package in wanted:
            try:
                _run([*pip, package], package)
            except Unavailable:
                continue  # optional by contract; the caller sees what it can import
    except Unavailable:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as mark:
        mark.write("\n".join([*packages, *wanted]) + "\n")
    os.replace(mark.name, folder / "complete")
    return interpreter(str(executable))
