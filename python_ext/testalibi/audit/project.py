"""The project that is audited: where it lies, how its tests were last run, and what its evidence says.

Made from what the command found out (__main__); asks the command `alibi` for everything that evidence says.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from testalibi import installation

# Of Alibi itself: each audited run gets its own. The second ones take a value.
_SWITCHES = frozenset(
    """--alibi --alibi-noselect --alibi-nocollect --alibi-forceselect --no-alibi --testmon --no-testmon
    --testmon-noselect --testmon-nocollect --testmon-forceselect --ddtrace --no-ddtrace""".split()
)
_DROPPED = frozenset(["--alibi-report"])
_KEPT = frozenset("--alibi-mode --alibi-external --alibi-children --alibi-env --testmon-env".split())
# The audit's own, and what an outer test run leaves.
_FOREIGN_VARIABLES = (
    "PYTEST_CURRENT_TEST",
    "PYTEST_XDIST",
    "ALIBI_NOSELECT",
    "ALIBI_NOCOLLECT",
    "ALIBI_REPORT",
)


class CannotAudit(Exception):
    """str() is one line: what is in the way and what to do."""


class Invocation(NamedTuple):
    """How the tests are run: where, with which arguments of pytest, with which of Alibi's."""

    folder: str
    arguments: tuple[str, ...]
    alibi: tuple[str, ...] = ()

    @property
    def plain(self) -> list[str]:
        return [*self.arguments, "--no-alibi"]

    def with_alibi(self, *more: str) -> list[str]:
        settings = ("-o", "alibi_noselect=false", "-o", "alibi_nocollect=false")
        return [*self.arguments, "--alibi", *self.alibi, *settings, *more]


class Project(NamedTuple):
    root: str
    data: str
    environment: str
    python: str
    invocation: Invocation
    variables: Mapping[str, str]  # the environment of its tests, and of whoever judges their evidence

    def asked(self, *words: str) -> Any:
        """What the command prints for programs. Raises CannotAudit."""
        text = self.told(*words, "--json")
        try:
            return json.loads(text)
        except ValueError as error:
            raise CannotAudit(f"alibi {words[0]} printed something else than JSON") from error

    def told(self, *words: str) -> str:
        command = installation.find_command(self.variables)
        if command.path is None:
            raise CannotAudit(command.missing)
        asks = words[0] in ("select", "why")
        where = ["--python", self.python, "--environment", self.environment] if asks else []
        done = subprocess.run(
            [command.path, *words, "--data", self.data, *where],
            env=dict(self.variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise CannotAudit(lines[-1].replace("alibi: ", "", 1) if lines else f"alibi {words[0]} failed")
        return done.stdout.decode("utf-8", "surrogateescape")

    def why(self, test: str) -> list[str]:
        """Lines for people; that nothing can be said is one of them."""
        try:
            return self.told("why", test).splitlines()
        except CannotAudit as error:
            return [f"alibi why: {error}"]


def from_document(document: Mapping[str, Any], arguments: Sequence[str]) -> Project:
    """`document`: what the command says. `arguments`: pytest's, instead of those of the last session."""
    root = os.path.realpath(str(document["root"]))
    session = document["session"]
    folder = _moved(str(session.get("invocation_directory") or root), str(session.get("root") or root), root)
    given = list(arguments) or [str(word) for word in session.get("command", ())][3:]
    kept, own = without_alibi(given)
    return Project(
        root=root,
        data=os.path.realpath(str(document["data"])),
        environment=str(document["environment"]),
        python=str(document["python"]),
        invocation=Invocation(folder if os.path.isdir(folder) else root, tuple(kept), tuple(own)),
        variables=_environment(),
    )


def without_alibi(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The arguments without Alibi's options, and those of them that say how to select."""
    kept: list[str] = []
    own: list[str] = []
    words = iter(arguments)
    for word in words:
        name, _, value = word.partition("=")
        if name in _SWITCHES:
            continue
        if name in _DROPPED or name in _KEPT:
            value = value if "=" in word else next(words, "")
            if name in _KEPT:
                own.append(f"{name.replace('testmon', 'alibi')}={value}")
            continue
        kept.append(word)
    return kept, own


def _environment() -> dict[str, str]:
    """The caller's, without what only concerns the run that the caller is in."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN_VARIABLES)}


def is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _moved(path: str, old: str, new: str) -> str:
    """`path` below `old`, now below `new`: a store may have come from another machine."""
    return os.path.normpath(os.path.join(new, os.path.relpath(path, old))) if is_below(path, old) else path
