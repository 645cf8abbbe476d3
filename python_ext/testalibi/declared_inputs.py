"""Inputs that somebody declares instead of the recorder seeing them: depends_on() and the mark alibi_inputs.

Each becomes the record that reading it would have made, for the context that is current. Patterns are those
of glob: what they walk is listed, so that a new file that would match counts.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from testalibi.session import Recording

_MAGIC = frozenset("*?[")


def record(recording: Recording, paths: Iterable[Any], env: Iterable[str], absent_ok: bool) -> None:
    declaring = _Declaring(recording)
    for path in paths:
        declaring.found = 0
        text = os.fsdecode(path)
        declaring.path(os.path.expanduser(text))
        if not declaring.found and not absent_ok:
            recording.lose_input(f"{text} was declared as an input that must be there, and is not")
    for name in (env,) if isinstance(env, str) else env:
        recording.observe("environment", os.fsdecode(name))


def matching_files(root: str, patterns: Iterable[str]) -> list[str]:
    """The files that declaring these patterns would mean now, each once."""
    finding = _Finding(root)
    for pattern in patterns:
        finding.path(os.path.expanduser(pattern))
    return sorted(finding.files)


class _Walk:
    """From paths and patterns to files and listings."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._entered: set[tuple[int, int]] = set()  # directories of the tree, against circles of links
        self.found = 0

    def path(self, text: str) -> None:
        path = os.path.join(self._root, text)
        if _MAGIC.intersection(text) and not os.path.lexists(path):
            parts = [part for part in text.split(os.sep) if part not in ("", os.curdir)]
            self._match(os.sep if os.path.isabs(text) else self._root, parts)
        elif os.path.isdir(path):
            self._entered.clear()
            self._tree(path)
        else:
            self._file(path)

    def _file(self, path: str) -> None:
        raise NotImplementedError

    def _list(self, directory: str) -> list[str]:
        try:
            return sorted(os.listdir(directory))
        except OSError:
            return []

    def _tree(self, directory: str) -> None:
        self.found += 1
        for name in self._list(directory) if self._enters(directory) else ():
            path = os.path.join(directory, name)
            if os.path.isdir(path):
                self._tree(path)
            else:
                self._file(path)

    def _match(self, directory: str, parts: list[str]) -> None:
        """What `parts` of a pattern match below a directory."""
        part, *rest = parts
        if part == "**":
            self._entered.clear()
            self._match_deep(directory, rest or ["*"])
        elif not _MAGIC.intersection(part):
            path = os.path.join(directory, part)
            if rest:
                self._match(path, rest)
            else:
                self._file(path)
        else:
            for name in self._list(directory):
                path = os.path.join(directory, name)
                hidden = name.startswith(".") and not part.startswith(".")
                if hidden or not fnmatch.fnmatchcase(name, part):
                    continue
                is_directory = os.path.isdir(path)
                if rest and is_directory:
                    self._match(path, rest)
                elif not rest and not is_directory:
                    self._file(path)

    def _match_deep(self, directory: str, rest: list[str]) -> None:
        if not self._enters(directory):
            return
        self._match(directory, rest)
        for name in self._list(directory):
            path = os.path.join(directory, name)
            if not name.startswith(".") and os.path.isdir(path):
                self._match_deep(path, rest)

    def _enters(self, directory: str) -> bool:
        """Once each, whatever links lead there."""
        try:
            status = os.stat(directory)
        except OSError:
            return True  # listing it says that it is absent
        identity = (status.st_dev, status.st_ino)
        if identity in self._entered:
            return False
        self._entered.add(identity)
        return True


class _Declaring(_Walk):
    """Records what it walks."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(recording.root)
        self._recording = recording

    def _file(self, path: str) -> None:
        self.found += self._recording.observe("file", path)

    def _list(self, directory: str) -> list[str]:
        return super()._list(directory) if self._recording.observe("directory", directory) else []


class _Finding(_Walk):
    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.files: set[str] = set()

    def _file(self, path: str) -> None:
        if os.path.isfile(path):
            self.files.add(path)
