"""The mutants of a project: drawn by a seed, each one edit of one file, applied and taken back.

A plan is the same for the same seed, sources and interpreter, however many of its mutants are wanted: more is
the same and more.
"""

from __future__ import annotations

import ast
import contextlib
import os
import random
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from testalibi.audit import operators
from testalibi.audit.source_text import Source, Unsuitable

_BYTES_LOOKED_AT = 20_000
_EDITS_PER_DATA_FILE = 20


class Mutant(NamedTuple):
    number: int
    kind: str
    file: str  # relative to the project's root
    line: int
    start: int
    end: int
    replacement: bytes


class _File:
    """A source that is parsed when it is first asked for."""

    def __init__(self, root: str, name: str) -> None:
        with open(os.path.join(root, name), "rb") as file:
            self.content = file.read()
        self._source: Source | None = None
        self._dump = ""

    @property
    def source(self) -> Source:
        if self._source is None:
            self._source = Source(self.content)
        return self._source

    def is_another_program(self, edit: operators.Edit) -> bool:
        """Can the edited file be compiled, and does it say something else?"""
        self._dump = self._dump or ast.dump(self.source.tree)
        content = applied(self.content, edit.start, edit.end, edit.replacement)
        try:
            with warnings.catch_warnings():  # "is" with a literal, and the like
                warnings.simplefilter("ignore")
                tree = ast.parse(content)
                compile(tree, "mutant", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError):
            return False
        return ast.dump(tree) != self._dump


def applied(content: bytes, start: int, end: int, replacement: bytes) -> bytes:
    return content[:start] + replacement + content[end:]


class Plan:
    """Kinds take turns; of each, places are drawn without putting back."""

    def __init__(self, root: str, sources: Sequence[str], data_files: Sequence[str], seed: int) -> None:
        self._files = {name: _File(root, name) for name in [*sources, *data_files]}
        self._sources = sorted(sources)
        self._data_files = sorted(data_files)
        self._seed = seed

    def mutants(self, kinds: Sequence[str]) -> Iterator[Mutant]:
        drawn = {kind: self._drawn(kind) for kind in kinds}
        taken: set[tuple[str, int, int, bytes]] = set()
        number = 0
        while drawn:
            for kind in list(drawn):
                for name, edit in drawn[kind]:
                    key = (name, edit.start, edit.end, edit.replacement)
                    if key not in taken:
                        taken.add(key)
                        yield Mutant(number, kind, name, edit.line, edit.start, edit.end, edit.replacement)
                        number += 1
                        break
                else:
                    del drawn[kind]

    def counts(self) -> Mapping[str, int]:
        """How many edits each kind proposes."""
        return {kind: len(self._proposed(kind)) for kind in operators.KINDS}

    def _drawn(self, kind: str) -> Iterator[tuple[str, operators.Edit]]:
        proposed = self._proposed(kind)
        random.Random(f"{self._seed}:{kind}").shuffle(proposed)  # noqa: S311  (nothing secret)
        for name, edit in proposed:
            if kind == operators.DATA_FILE or self._files[name].is_another_program(edit):
                yield name, edit

    def _proposed(self, kind: str) -> list[tuple[str, operators.Edit]]:
        found = []
        if kind == operators.DATA_FILE:
            for name in self._data_files:
                found += [(name, edit) for edit in self._data_edits(name)]
            return found
        for name in self._sources:
            with contextlib.suppress(Unsuitable):
                found += [(name, edit) for edit in operators.edits(self._files[name].source, kind)]
        return found

    def _data_edits(self, name: str) -> Iterator[operators.Edit]:
        """Single letters and digits, so that the file stays of its kind."""
        content = self._files[name].content
        positions = [
            position
            for position, byte in enumerate(content[:_BYTES_LOOKED_AT])
            if chr(byte).isascii() and chr(byte).isalnum()
        ]
        drawing = random.Random(f"{self._seed}:{name}")  # noqa: S311
        for position in drawing.sample(positions, min(len(positions), _EDITS_PER_DATA_FILE)):
            letter = chr(content[position])
            other = _other_letter(letter).encode()
            yield operators.Edit(position, position + 1, other, content.count(b"\n", 0, position) + 1)


def _other_letter(letter: str) -> str:
    if letter.isdigit():
        return "7" if letter != "7" else "3"
    if letter.isupper():
        return "Q" if letter != "Q" else "W"
    return "q" if letter != "q" else "w"


class Applied:
    """The mutant is in the tree while the context is open. Afterwards content, mode and times are as before,
    so that whatever looks at times sees the file that it knows.
    """

    def __init__(self, root: str, mutant: Mutant) -> None:
        self._path = os.path.join(root, mutant.file)
        self._mutant = mutant
        self._original = b""

    def __enter__(self) -> Applied:
        with open(self._path, "rb") as file:
            self._original = file.read()
        self._status = os.stat(self._path)
        self.put_in()
        return self

    def put_in(self) -> None:
        mutant = self._mutant
        self._write(applied(self._original, mutant.start, mutant.end, mutant.replacement))
        status = os.stat(self._path)
        # Python knows a compiled file by its source's size and whole second.
        if int(status.st_mtime) == int(self._status.st_mtime):
            os.utime(self._path, ns=(status.st_atime_ns, status.st_mtime_ns + 2_000_000_000))

    def take_out(self) -> None:
        self._write(self._original)
        os.utime(self._path, ns=(self._status.st_atime_ns, self._status.st_mtime_ns))

    def before_and_after(self) -> tuple[str, str]:
        """What was replaced by what, for people."""
        start, end = self._mutant.start, self._mutant.end
        return _shown(self._original[start:end]), _shown(self._mutant.replacement)

    def __exit__(self, *_: object) -> None:
        self.take_out()

    def _write(self, content: bytes) -> None:
        with open(self._path, "wb") as file:  # the same inode, and so the same mode and owner
            file.write(content)


def _shown(text: bytes) -> str:
    shown = text.decode("utf-8", "replace").strip("\n")
    return shown if len(shown) <= 200 else shown[:200] + "…"
