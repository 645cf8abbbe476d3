"""Writes the bytecode of a testalibi package once, as Python writes it and as pytest does, which rewrites the
asserts of plugins: where PYTHONDONTWRITEBYTECODE is set, every pytest would compile the package again, which
takes it longer than anything else in a small run.

  compiled.py PYTHON [SITE]   the package that PYTHON finds, or the one in the folder SITE
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

_FIND = "import os, testalibi; print(os.path.dirname(os.path.abspath(testalibi.__file__)))"
# In one process, because only there pytest's hook is in place.
_IMPORTS = """\
import importlib
import pkgutil

import testalibi


def test_imports():
    for module in pkgutil.walk_packages(testalibi.__path__, "testalibi.", onerror=lambda name: None):
        if not module.name.endswith("__main__"):
            try:
                importlib.import_module(module.name)
            except Exception:  # of another platform, or a stand-in: it is not compiled, then
                pass
"""


def _environment(site: Path | None) -> dict[str, str]:
    leaking = ("ALIBI", "PYTEST", "PYTHON", "COV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(leaking)}
    return {**kept, "PYTHONPATH": str(site)} if site else kept


def compile_package(python: str, site: Path | None = None) -> None:
    environment = _environment(site)
    with tempfile.TemporaryDirectory(prefix="alibi-compiled-") as name:
        asked = subprocess.run(
            [python, "-c", _FIND], check=True, stdout=subprocess.PIPE, text=True, env=environment, cwd=name
        )
        package = Path(asked.stdout.strip())
        # Installers leave pytest's behind, which would do for another file of the same second and size.
        for old in package.rglob("*-pytest-*.pyc"):
            old.unlink()
        subprocess.run(
            [python, "-m", "compileall", "-q", str(package)], check=True, env=environment, cwd=name
        )
        test = Path(name) / "test_imports.py"
        test.write_text(_IMPORTS)
        subprocess.run(
            [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)],
            check=True,
            stdout=subprocess.DEVNULL,
            env=environment,
            cwd=name,
        )


if __name__ == "__main__":
    compile_package(os.path.abspath(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
