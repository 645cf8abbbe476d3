"""Switches the recorder for programs that are no interpreters on and off: LD_PRELOAD, while a session
records.

Whoever starts a program from os.environ hands it on. The library does nothing in programs that join no
session (ALIBI_SESSION), and nothing in Python.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

from testalibi import installation

_VARIABLE = "LD_PRELOAD"


class Preloading:
    def __init__(self, environ: MutableMapping[str, str]) -> None:
        self._environ = environ
        self._before: str | None = None
        self._set = ""

    def start(self) -> str:
        """What keeps it from being switched on, or an empty text."""
        library = installation.find_preload()
        if library.path is None:
            return library.missing
        if any(letter in library.path for letter in " :"):
            return (
                f"programs that tests start are not recorded: the loader takes no path with a blank or"
                f" a colon ({library.path})"
            )
        self._before = self._environ.get(_VARIABLE)
        self._set = f"{library.path}:{self._before}" if self._before else library.path
        self._environ[_VARIABLE] = self._set
        return ""

    def stop(self) -> None:
        """As it was; what somebody else put there stays."""
        if not self._set or self._environ.get(_VARIABLE) != self._set:
            return
        self._set = ""
        if self._before is None:
            del self._environ[_VARIABLE]
        else:
            self._environ[_VARIABLE] = self._before


def start(problems: list[str]) -> Preloading:
    preloading = Preloading(os.environ)
    problem = preloading.start()
    if problem:
        problems.append(problem)
    return preloading
