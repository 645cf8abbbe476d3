"""A copy of the project that mutants may break: made once, and put right again after every run.

Two copies lie in one scratch folder: `work`, in which tests run, and `pristine`, from which what a run
changed or left behind is restored. The project itself is only read.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

from testalibi.audit import project as projects
from testalibi.audit.project import CannotAudit, Invocation, Project

_LEFT_OUT = frozenset(
    """.git .hg .svn __pycache__ .pytest_cache .mypy_cache .ruff_cache .hypothesis .tox .nox node_modules
    .alibi""".split()
)
# What an interpreter sees of the project: its search path, and what editable installs put in its way.
_QUESTION = """
import json, sys
paths = [entry for entry in sys.path if entry]
for module in list(sys.modules.values()):
    if getattr(module, "__name__", "").startswith("__editable__"):
        for place in (getattr(module, "MAPPING", None) or {}).values():
            import os
            paths.append(os.path.dirname(place))
print(json.dumps(paths))
"""


class _File(NamedTuple):
    mode: int
    size: int
    mtime_ns: int


class ProjectCopy:
    def __init__(self, project: Project) -> None:
        self._project = project
        self.scratch = os.path.realpath(tempfile.mkdtemp(prefix="alibi-audit-"))
        name = os.path.basename(project.root) or "project"
        # The folder keeps its name: tests may see it.
        self.root = os.path.join(self.scratch, "work", name)
        self._pristine = os.path.join(self.scratch, "pristine", name)
        self.data = os.path.join(self.scratch, "data")
        try:
            _copy(project.root, self._pristine, project.data)
            shutil.copytree(self._pristine, self.root, symlinks=True)
        except (OSError, shutil.Error) as error:
            self.remove()
            raise CannotAudit(f"the project cannot be copied to {self.scratch}: {error}") from error

    def remove(self) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)

    def project(self) -> Project:
        """The copy, audited like any project."""
        invocation = self._project.invocation
        folder = self._mapped(invocation.folder)
        return self._project._replace(
            root=self.root,
            data=self.data,
            invocation=Invocation(folder, tuple(map(self._mapped, invocation.arguments)), invocation.alibi),
            variables=self._environment(),
        )

    def _environment(self) -> dict[str, str]:
        """With the copy's folders before those of the project, for child processes too."""
        environment = dict(self._project.variables)
        given = environment.get("PYTHONPATH", "").split(os.pathsep)
        ours = [self._mapped(path) for path in [*given, *self._search_path()] if path]
        seen = [path for path in ours if projects.is_below(path, self.root)]
        paths = list(dict.fromkeys([*seen, *(path for path in given if path and self._mapped(path) == path)]))
        environment["PYTHONPATH"] = os.pathsep.join(paths)
        if not paths:
            del environment["PYTHONPATH"]
        return {
            **environment,
            "ALIBI_DATA": self.data,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
        }

    def keep_compiled(self) -> None:
        """What a run has compiled stays: `restore` shall not take it away."""
        for folder, _, _ in os.walk(self.root):
            if os.path.basename(folder) == "__pycache__":
                target = os.path.join(self._pristine, os.path.relpath(folder, self.root))
                if not os.path.exists(target):
                    shutil.copytree(folder, target)

    def restore(self) -> list[str]:
        """Undoes what a run did to the tree. Returns the files concerned."""
        expected, found = dict(_files(self._pristine)), dict(_files(self.root))
        touched = [name for name in {**expected, **found} if expected.get(name) != found.get(name)]
        for name in touched:
            path = os.path.join(self.root, name)
            if name in found:
                os.unlink(path)
            if name in expected:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                shutil.copy2(os.path.join(self._pristine, name), path, follow_symlinks=False)
        self._remove_new_folders()
        return sorted(touched)

    def _remove_new_folders(self) -> None:
        for folder, _, _ in os.walk(self.root, topdown=False):
            if not os.path.isdir(os.path.join(self._pristine, os.path.relpath(folder, self.root))):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)

    def _mapped(self, path: str) -> str:
        """A path of the project, in the copy; others, and those left out of it, as they are."""
        root = self._project.root
        real = os.path.realpath(path) if os.path.isabs(path) else path
        if not os.path.isabs(path) or not projects.is_below(real, root):
            return path
        there = os.path.normpath(os.path.join(self.root, os.path.relpath(real, root)))
        return there if os.path.exists(there) else path

    def _search_path(self) -> list[str]:
        done = subprocess.run(
            [self._project.python, "-c", _QUESTION],
            cwd=self.scratch,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        try:
            return [str(path) for path in json.loads(done.stdout)]
        except ValueError as error:
            raise CannotAudit(f"{self._project.python} cannot say where it imports from") from error


def _copy(source: str, target: str, data: str) -> None:
    def left_out(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if name in _LEFT_OUT or _is_foreign(os.path.join(folder, name), data)}

    shutil.copytree(source, target, symlinks=True, ignore=left_out)


def _is_foreign(path: str, data: str) -> bool:
    """The data folder, virtual environments, and what is no file: sockets, pipes, devices."""
    if os.path.islink(path):
        return False
    if os.path.isdir(path):
        return os.path.realpath(path) == data or os.path.exists(os.path.join(path, "pyvenv.cfg"))
    return not os.path.isfile(path)


def _files(root: str) -> Iterator[tuple[str, _File]]:
    """All that is no folder, links to folders included."""
    for folder, folders, names in os.walk(root):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in [*names, *links]:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            # The times of a link cannot be kept everywhere; what it points at is its size.
            when = 0 if os.path.islink(path) else status.st_mtime_ns
            yield os.path.relpath(path, root), _File(status.st_mode, status.st_size, when)
