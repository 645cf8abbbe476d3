"""The file of judged mutants: JSON lines, the header of the audit and then one case a line as it is judged.
Used by the audit of mutants, which goes on from it; never touches the project.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from testalibi.audit.project import CannotAudit

Say = Callable[[str], None]


class Cases:
    """The file of cases: a header, then one case a line. Written case by case."""

    def __init__(self, path: str, header: Mapping[str, Any], go_on: bool, say: Say) -> None:
        self._path = path
        self.cases: list[dict[str, Any]] = []
        same = self._read(header)
        if not same and go_on and os.path.exists(self._path):
            raise CannotAudit(
                f"{self._path} holds another audit (seed, kinds or sources differ); name another file"
            )
        try:
            os.makedirs(os.path.dirname(os.path.abspath(self._path)), exist_ok=True)
            self._file = open(self._path, "a" if same else "w", encoding="utf-8")  # noqa: SIM115
            if same:
                say(f"{len(self.cases)} cases known from {self._path}")
            else:
                self._write(header)
        except OSError as error:
            raise CannotAudit(f"{self._path} cannot be written ({error.strerror})") from error

    @property
    def known(self) -> set[int]:
        return {case["number"] for case in self.cases}

    def add(self, case: dict[str, Any]) -> None:
        self.cases.append(case)
        self._write(case)

    def __enter__(self) -> Cases:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _write(self, entry: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()

    def _read(self, header: Mapping[str, Any]) -> bool:
        """Whether the file is one of this audit. A last line that was cut off is dropped."""
        try:
            with open(self._path, encoding="utf-8") as file:
                lines = file.read().split("\n")
            first = json.loads(lines[0])
            if any(first[key] != header[key] for key in ("version", "audit", "seed", "kinds", "sources")):
                return False
        except (OSError, ValueError, KeyError):
            return False
        whole = [line for line in lines[1:-1] if line]
        self.cases = sorted((json.loads(line) for line in whole), key=lambda case: int(case["number"]))
        if lines[-1]:
            with open(self._path, "w", encoding="utf-8") as file:
                file.writelines(line + "\n" for line in [lines[0], *whole])
        return True
