"""Puts this tree's Alibi into a virtual environment: one Meson build for all interpreters, its results
copied into each.

That leaves the same files as `pip install .` (tests/python/plugin/test_packaging.py holds the two together)
without building the collector once per interpreter. Anything that goes wrong is an error, never a skip: an
Alibi that cannot be built is what tests are there to find. The build lives in build/interpreters, or where
ALIBI_BUILD_DIRECTORY says; extensions that tests can break on purpose lie beside it and are never installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from environments import Interpreter, venv_with
from real_suites import PYTEST

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "python_ext" / "testalibi"
PRELOAD = "_bin/libalibi_preload.so"
_CHECK = "import testalibi._native, testalibi.installation as i; print(i.find_command({}).path)"
_METADATA = (
    "import sys; sys.path.insert(0, sys.argv[1]); import wheel_backend; "
    "wheel_backend.prepare_metadata_for_build_wheel(sys.argv[2])"
)


class InstallFailed(Exception):
    pass


def build_folder() -> Path:
    return Path(os.environ.get("ALIBI_BUILD_DIRECTORY") or ROOT / "build" / "interpreters").resolve()


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _checked(command: list[str], what: str) -> None:
    done = subprocess.run(
        command,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=_clean_environment(),
        cwd=ROOT,
    )
    if done.returncode != 0:
        lines = done.stdout.splitlines()
        telling = [line for line in lines if "error:" in line or "ERROR" in line][:10]
        raise InstallFailed(f"{what} ended with {done.returncode}:\n" + "\n".join(telling + lines[-15:]))


def build(
    pythons: list[Interpreter], *, command: bool = True, hooks: bool = False, ruby: str | None = None
) -> Path:
    """Builds the extension for these interpreters, and for those of earlier calls; with `command` the
    collector too, and the extension for `ruby`, or the one of the call before. With `hooks`: in another
    folder, the extension that can break its own tables.
    """
    folder = build_folder()
    if hooks:
        folder = folder.with_name(folder.name + "-hooks")
    folder.mkdir(parents=True, exist_ok=True)
    listed = folder / "interpreters.txt"
    known = listed.read_text().split() if listed.exists() else []
    wanted = [
        path
        for path in dict.fromkeys([*known, *(python.path for python in pythons)])
        if os.access(path, os.X_OK)
    ]
    last_ruby = folder / "ruby.txt"
    if ruby is not None:
        last_ruby.write_text(ruby)
    collector = command or (folder / "collector" / "cli" / "alibi").exists()
    options = [
        f"-Dpythons={','.join(wanted)}",
        f"-Drubies={last_ruby.read_text() if last_ruby.exists() else ''}",
        f"-Dcollector={'true' if collector else 'false'}",
        "-Dtests=false",
        f"-Dtest_hooks={'true' if hooks else 'false'}",
    ]
    again = ["--reconfigure"] if (folder / "build.ninja").exists() else []
    _checked(["meson", "setup", str(folder), str(ROOT), *options, *again], "meson setup")
    _checked(["ninja", "-C", str(folder)], "ninja")
    listed.write_text("\n".join(wanted) + "\n")
    return folder


def is_installed(python: Interpreter) -> bool:
    """Whether the interpreter can already run Alibi, whoever installed it."""
    return (
        subprocess.run([python.path, "-c", _CHECK], check=False, capture_output=True, cwd="/").returncode == 0
    )


def _answer(python: Interpreter, script: str) -> str:
    done = subprocess.run(
        [python.path, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        cwd="/",
        env=_clean_environment(),
    )
    return done.stdout.strip()


def _base(venv: Interpreter) -> Interpreter:
    """What is built for is not the environment's own executable: environments come and go."""
    path = _answer(venv, "import os, sys; print(os.path.realpath(sys.executable))")
    return Interpreter(path, venv.version, venv.ext_suffix, venv.free_threaded)


def hooked(venv: Interpreter) -> Path:
    """The folder of an extension that tests can break on purpose: what ALIBI_NATIVE_DIR names."""
    return build([_base(venv)], command=False, hooks=True) / "python_ext" / "testalibi"


def install(venv: Interpreter) -> None:
    """Builds what is not up to date and copies it into the environment that `venv` belongs to."""
    folder = build([_base(venv)])
    name = f"_native{venv.ext_suffix}"
    parts = {
        name: folder / "python_ext" / "testalibi" / name,
        "_bin/alibi": folder / "collector" / "cli" / "alibi",
        "_bin/alibi-serve": folder / "collector" / "cli" / "alibi-serve",
        PRELOAD: folder / "tracer" / "preload" / "libalibi_preload.so",
    }
    _compose(venv, PACKAGE, parts)


def _compose(venv: Interpreter, package: Path, parts: dict[str, Path]) -> None:
    site = Path(_answer(venv, "import sysconfig; print(sysconfig.get_path('platlib'))"))
    target = site / "testalibi"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(
        package, target, ignore=shutil.ignore_patterns("*.so", "_bin", "__pycache__", "meson.build", "*.md")
    )
    for name, source in parts.items():
        if name == PRELOAD and not source.exists():  # not built for every platform
            continue
        (target / name).parent.mkdir(exist_ok=True)
        shutil.copy(source, target / name)
    shutil.copy(PACKAGE.parent / "testalibi.pth", site)
    for old in site.glob("testalibi-*.dist-info"):
        shutil.rmtree(old)
    _checked([sys.executable, "-c", _METADATA, str(ROOT / "python_ext"), str(site)], "metadata")
    script = Path(venv.path).parent / "alibi"
    script.write_text(f"#!{venv.path}\nimport sys\nfrom testalibi.command import main\nsys.exit(main())\n")
    script.chmod(0o755)
    check = subprocess.run(
        [venv.path, "-c", _CHECK],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        env=_clean_environment(),
    )
    if check.returncode != 0 or check.stdout.strip() == "None":
        raise InstallFailed(
            f"Alibi is installed for {venv.short} and does not load: {check.stderr.strip()[-2000:]}"
        )


def ready(python: Interpreter, modules: tuple[str, ...]) -> Interpreter:
    """`python` itself when it has Alibi and the modules, else an environment made from it that has both."""
    check = subprocess.run(
        [python.path, "-c", "import " + ", ".join(modules)], check=False, capture_output=True, cwd="/"
    )
    installed = is_installed(python)
    if check.returncode == 0 and installed:
        return python
    venv = venv_with(python, (PYTEST, "coverage", "pytest-xdist", "markupsafe", "trio"))
    if installed:
        package = Path(_answer(python, "import os, testalibi; print(os.path.dirname(testalibi.__file__))"))
        names = (f"_native{python.ext_suffix}", "_bin/alibi", "_bin/alibi-serve", PRELOAD)
        _compose(venv, package, {name: package / name for name in names})
    else:
        install(venv)
    return venv
