"""What of the native half of Alibi is installed here, and the sentence to say where a part is missing.

A wheel is built even where a compiler or Python.h is absent; `_build_failure.txt` then names cause and
remedy.
"""

from __future__ import annotations

import os
import sys

# The command `alibi` waits for this module: importing typing would cost more than all the rest of it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

ABI_VERSION = 2
BUILD_FAILURE_FILE = "_build_failure.txt"

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_REINSTALL = "install it again with this interpreter: pip install --force-reinstall testalibi"


class MissingPart(Exception):
    """A native part cannot be used; str() is one line with cause and remedy."""


class Command:
    def __init__(self, path: str | None, missing: str = "") -> None:
        self.path = path
        self.missing = missing


def interpreter_name() -> str:
    name = {"cpython": "CPython", "pypy": "PyPy"}.get(sys.implementation.name, sys.implementation.name)
    return f"{name} {sys.version_info[0]}.{sys.version_info[1]}"


def build_failure(part: str, package: str = _PACKAGE) -> str:
    """The line that the build left behind about a part ("native", "command"), or an empty string."""
    try:
        with open(os.path.join(package, BUILD_FAILURE_FILE), encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return ""
    return next((line.partition(": ")[2] for line in lines if line.startswith(part + ": ")), "")


def load_native() -> ModuleType:
    """The module `testalibi._native`. Raises MissingPart."""
    if sys.implementation.name != "cpython":
        raise MissingPart(f"only CPython can be recorded, this is {interpreter_name()}")
    try:
        from testalibi import _native
    except ImportError as error:
        raise MissingPart(_why_not_loaded(error)) from error
    if _native.ABI_VERSION != ABI_VERSION:
        raise MissingPart(
            f"the native module speaks version {_native.ABI_VERSION} of the recorder,"
            f" the plugin {ABI_VERSION}; {_REINSTALL}"
        )
    return _native


def _why_not_loaded(error: ImportError) -> str:
    absent = isinstance(error, ModuleNotFoundError) or "cannot import name" in str(error)
    if not absent:
        return f"the native module cannot be loaded ({error}); {_REINSTALL}"
    return build_failure("native") or f"there is no native module for {interpreter_name()}; {_REINSTALL}"


def find_preload() -> Command:
    """The library that records programs which are no interpreters."""
    path = os.path.join(_PACKAGE, "_bin", "libalibi_preload.so")
    if os.path.isfile(path):
        return Command(path)
    missing = build_failure("preload") or f"the recorder for programs is not in the package; {_REINSTALL}"
    return Command(None, f"programs that tests start are not recorded: {missing}")


def find_command(environ: Mapping[str, str]) -> Command:
    """The binary `alibi`: the one ALIBI_COMMAND names, else the one in the package."""
    chosen = environ.get("ALIBI_COMMAND", "")
    path = chosen or os.path.join(_PACKAGE, "_bin", "alibi")
    if os.access(path, os.X_OK) and os.path.isfile(path):
        return Command(path)
    if chosen:
        return Command(None, f"the command alibi cannot be run: ALIBI_COMMAND names {chosen}")
    return Command(None, build_failure("command") or f"the command alibi is not in the package; {_REINSTALL}")


def find_binary(environ: Mapping[str, str]) -> Command:
    """The same for what is itself started as `alibi`: a script would be a starter like it, perhaps itself."""
    found = find_command(environ)
    if found.path is None:
        return found
    try:
        with open(found.path, "rb") as file:
            return find_command({}) if file.read(2) == b"#!" else found
    except OSError:
        return found  # may be run, not read
