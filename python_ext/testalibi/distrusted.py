"""Tests that an audit caught Alibi skipping wrongly: DATA/distrusted.json. They run from then on, whatever
their evidence says, until somebody removes the file or their lines in it.

Written by `alibi audit`, read by every selection. A file that cannot be understood is worth no failure of a
test run: it is named, and nothing is skipped.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterable, Iterator

FILE = "distrusted.json"


class Unreadable(Exception):
    """str() is one line."""


def path_of(data: str) -> str:
    return os.path.join(data, FILE)


def tests(data: str) -> frozenset[str]:
    """Their ids. Raises Unreadable."""
    return frozenset(_read(data))


def _read(data: str) -> dict[str, str]:
    path = path_of(data)
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            listed = json.load(file)["tests"]
        return {str(test): str(since) for test, since in listed.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unreadable(f"{path} cannot be read ({type(error).__name__}: {error}); remove it") from error


def add(data: str, more: Iterable[str]) -> None:
    """Raises Unreadable, OSError."""
    with _alone(data):
        _add(data, more)


@contextlib.contextmanager
def _alone(data: str) -> Iterator[None]:
    """Audits may end at the same moment."""
    descriptor = os.open(path_of(data) + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _add(data: str, more: Iterable[str]) -> None:
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    listed = {**dict.fromkeys(more, since), **_read(data)}
    target = path_of(data)
    with open(target + ".new", "w", encoding="utf-8", errors="surrogateescape") as file:
        json.dump({"version": 1, "tests": dict(sorted(listed.items()))}, file, indent=1, ensure_ascii=False)
        file.write("\n")
    os.replace(target + ".new", target)
