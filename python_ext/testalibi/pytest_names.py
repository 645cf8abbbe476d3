"""What a test asks for by name, not by code: its fixtures, and the file whose docstrings it runs.

Which definition a fixture's name means depends on every module and conftest.py that may define it, so the
names are evidence of their own. Tests of one file with the same names share one context, which is charged
with what else all tests of the file are charged with: then one charge is enough for each of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any, Callable

from testalibi.session import Recording


class NamesAskedFor:
    def __init__(self, recording: Recording, root: str, of_its_file: Callable[[Any], Iterable[int]]) -> None:
        self._recording = recording
        self._root = root
        self._of_its_file = of_its_file
        self._contexts: dict[Any, int] = {}
        # There before the first test where it is used at all.
        self._doctest_item: Any = getattr(sys.modules.get("_pytest.doctest"), "DoctestItem", ())

    def context_of(self, item: Any) -> int:
        """0 for a test of another kind: it asks for nothing by name."""
        names = getattr(getattr(item, "_fixtureinfo", None), "names_closure", None)
        is_doctest = isinstance(item, self._doctest_item)
        if names is None and not is_doctest:
            return 0
        path = getattr(item, "path", None) or item.fspath
        key = (path, is_doctest, None if names is None else tuple(names))
        context = self._contexts.get(key)
        if context is None:
            context = self._contexts[key] = self._record(str(path), is_doctest, names)
            for used in self._of_its_file(item):
                self._recording.charge(context, used)
        return context

    def _record(self, path: str, is_doctest: bool, names: Any) -> int:
        # By the file and not by the first test that asks: that depends on who runs what.
        where = os.path.relpath(path, self._root)
        context = self._recording.begin_context("other", f"names asked for in {where}")
        if names is not None:
            closure = " ".join(sorted(names))
            self._recording.record_input("option", "fixtures", detail=closure, content=closure)
        if is_doctest:
            # The text counts where the file is no source that Alibi knows.
            self._recording.record_input("option", "doctest", detail=path, content=_content(path))
        self._recording.end_context(context)
        return context


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None  # no content has the hash of that: the test runs again
