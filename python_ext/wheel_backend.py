"""The PEP 517 backend: builds the native module and the command with Meson and packs them with the Python
package.

Lives in the tree and requires nothing from a registry, so that `pip install .` works without a network. A
machine without a compiler, Python.h or Meson still gets a wheel: the part that could not be built is left out
and `testalibi/_build_failure.txt` says why and what to do, one line per part; the plugin repeats that line.
Set ALIBI_BUILD_DIRECTORY to keep the build folder between builds.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_PACKAGE = os.path.join(_ROOT, "python_ext", "testalibi")
_START_UP = "testalibi.pth"  # lets programs that a test starts record
_FAILURE_FILE = "_build_failure.txt"
# Comes with whatever else is built; a platform that it does not know lacks it, and nothing else.
_PRELOAD = "libalibi_preload.so"
_PROGRAMS = ("alibi", "alibi-serve")  # the second is what `alibi serve` becomes
_OLDEST_DATE = (1980, 1, 1, 0, 0, 0)  # that a zip archive can hold; the same in every build

ConfigSettings = Optional[Mapping[str, Any]]


def get_requires_for_build_wheel(config_settings: ConfigSettings = None) -> list[str]:
    return []


get_requires_for_build_editable = get_requires_for_build_wheel
get_requires_for_build_sdist = get_requires_for_build_wheel


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: ConfigSettings = None) -> str:
    project = _read_project()
    folder = os.path.join(metadata_directory, _dist_info(project))
    os.makedirs(folder, exist_ok=True)
    for name, text in _metadata_files(project).items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    return os.path.basename(folder)


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def build_wheel(
    wheel_directory: str, config_settings: ConfigSettings = None, metadata_directory: Optional[str] = None
) -> str:
    with _build_folder() as folder:
        built = _build_native_parts(folder)
        wheel = _Wheel()
        for name in _python_files():
            wheel.add_file(f"testalibi/{name}", os.path.join(_PACKAGE, name))
        for name, path in built.files.items():
            wheel.add_file(f"testalibi/{name}", path, executable=name.startswith("_bin/"))
        wheel.add_file(_START_UP, os.path.join(_ROOT, "python_ext", _START_UP))
        if built.failures:
            wheel.add_text(f"testalibi/{_FAILURE_FILE}", built.failure_text())
        return wheel.write(wheel_directory)


def build_editable(
    wheel_directory: str, config_settings: ConfigSettings = None, metadata_directory: Optional[str] = None
) -> str:
    """Native parts go beside their Python sources, where an editable install looks for them."""
    with _build_folder() as folder:
        built = _build_native_parts(folder)
        for name, path in built.files.items():
            target = os.path.join(_PACKAGE, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            # A new inode: the file may be mapped by a running interpreter.
            shutil.copy(path, target + ".new")
            os.replace(target + ".new", target)
        failure_file = os.path.join(_PACKAGE, _FAILURE_FILE)
        with contextlib.suppress(FileNotFoundError):
            os.remove(failure_file)
        if built.failures:
            with open(failure_file, "w", encoding="utf-8") as file:
                file.write(built.failure_text())
    wheel = _Wheel()
    wheel.add_text("__editable__.testalibi.pth", os.path.dirname(_PACKAGE) + "\n")
    wheel.add_file(_START_UP, os.path.join(_ROOT, "python_ext", _START_UP))
    return wheel.write(wheel_directory)


def build_sdist(sdist_directory: str, config_settings: ConfigSettings = None) -> str:
    project = _read_project()
    stem = f"{project.name}-{project.version}"
    name = stem + ".tar.gz"
    with tarfile.open(os.path.join(sdist_directory, name), "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for path in _source_files():
            archive.add(os.path.join(_ROOT, path), f"{stem}/{path}", recursive=False)
        with tempfile.TemporaryDirectory() as folder:
            target = os.path.join(folder, "PKG-INFO")
            with open(target, "w", encoding="utf-8") as file:
                file.write(_metadata_files(project)["METADATA"])
            archive.add(target, f"{stem}/PKG-INFO")
    return name


# ---- what is built


@dataclass
class _Built:
    files: dict[str, str] = field(default_factory=dict)  # name below testalibi/ -> path
    failures: dict[str, str] = field(default_factory=dict)  # part -> cause and remedy

    def failure_text(self) -> str:
        return "".join(f"{part}: {cause}\n" for part, cause in self.failures.items())


_AGAIN = "then install testalibi again"


def _build_native_parts(folder: str) -> _Built:
    parts = {"native": "the recorder was not built", "command": "the command alibi was not built"}
    built = _Built()
    missing = _missing_tools()
    if missing:
        built.failures = {part: f"{what}: {missing}" for part, what in parts.items()}
        return built
    header = os.path.join(sysconfig.get_paths()["include"], "Python.h")
    if not os.path.exists(header):
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        built.failures["native"] = (
            f"{parts['native']}: {header} is missing; install the headers of this interpreter"
            f" (Debian: apt-get install python{version}-dev), {_AGAIN}"
        )
    wanted = {part for part in parts if part not in built.failures}
    cause = _meson(folder, wanted, built)
    # One part's missing library shall not cost the other.
    for part in sorted(wanted - _parts_of(built)) if len(wanted) > 1 else ():
        cause = _meson(f"{folder}-{part}", {part}, built) or cause
    for part in sorted(wanted - _parts_of(built)):
        built.failures[part] = f"{parts[part]}: {cause}"
    return built


def _missing_tools() -> str:
    if not any(shutil.which(name) for name in (os.environ.get("CXX", "c++").split()[0], "g++", "clang++")):
        return f"there is no C++ compiler; install one (Debian: apt-get install g++), {_AGAIN}"
    missing = [name for name in ("meson", "ninja") if not shutil.which(name)]
    if missing:
        names = " and ".join(missing)
        return f"no {names} here; install them (Debian: apt-get install meson ninja-build), {_AGAIN}"
    return ""


def _meson(folder: str, parts: set[str], built: _Built) -> str:
    """Builds `parts` and notes what came out of it. Returns the cause of a failure, or an empty string."""
    options = [
        "-Dpythons=" + (sys.executable if "native" in parts else ""),
        "-Dcollector=" + ("true" if "command" in parts else "false"),
        "-Dtests=false",
        "-Dbenchmarks=false",
        "--buildtype=release",
    ]
    again = ["--reconfigure"] if os.path.exists(os.path.join(folder, "build.ninja")) else []
    cause = _run(["meson", "setup", folder, _ROOT, *options, *again])
    if not cause:
        # -k 0: one broken target must not keep the others from being built.
        cause = _run(["ninja", "-C", folder, "-k", "0"])
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            kept = ""
            if name == "_native" + str(sysconfig.get_config_var("EXT_SUFFIX")):
                kept = name
            elif name in _PROGRAMS and os.access(path, os.X_OK):
                kept = f"_bin/{name}"
            elif name == _PRELOAD:
                kept = f"_bin/{_PRELOAD}"
            # What a folder that is kept holds may be of an earlier build.
            if kept and (not cause or not again or _is_up_to_date(folder, path)):
                built.files[kept] = path
    return cause


def _is_up_to_date(folder: str, path: str) -> bool:
    asked = ["ninja", "-C", folder, "-n", os.path.relpath(path, folder)]
    return b"no work to do" in subprocess.run(asked, stdout=subprocess.PIPE, check=False).stdout


def _parts_of(built: _Built) -> set[str]:
    parts = {f"_bin/{_PRELOAD}": "preload", **{f"_bin/{name}": "command" for name in _PROGRAMS}}
    return {parts.get(name, "native") for name in built.files}


def _run(command: list[str]) -> str:
    # Meson belongs to another Python: what pip's isolation sets for this one would hide its modules.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        return ""
    sys.stderr.write(done.stdout)
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"\b(ERROR|error):", line)] or lines[-1:] or ["no output"]
    return f"{os.path.basename(command[0])} failed ({telling[0][:300]}); see the output of pip -v, {_AGAIN}"


@contextlib.contextmanager
def _build_folder() -> Iterator[str]:
    kept = os.environ.get("ALIBI_BUILD_DIRECTORY")
    if kept:
        yield os.path.join(os.path.abspath(kept), str(sysconfig.get_config_var("SOABI")))
        return
    with tempfile.TemporaryDirectory(prefix="testalibi-build-") as folder:
        yield os.path.join(folder, "build")


# ---- what is written


@dataclass(frozen=True)
class _Project:
    name: str
    version: str
    summary: str
    requires_python: str
    licence: str
    readme: str
    entry_points: Mapping[str, Mapping[str, str]]


def _read_project() -> _Project:
    tables: dict[str, dict[str, str]] = {}
    table: dict[str, str] = {}
    for line in _read("pyproject.toml").splitlines():
        head, pair = re.match(r"\[([\w.\-]+)\]", line), re.match(r'([\w\-]+) = "(.*)"', line)
        if head:
            table = tables.setdefault(head[1], {})
        elif pair:
            table[pair[1]] = pair[2]
    version = re.search(r"^\s*version: '([^']+)'", _read("meson.build"), re.MULTILINE)
    if version is None:
        raise ValueError("meson.build does not say the version")
    project = tables["project"]
    return _Project(
        name=project["name"],
        version=version[1],
        summary=project["description"],
        requires_python=project["requires-python"],
        licence=project["license"],
        readme=_read(project["readme"]) if os.path.exists(os.path.join(_ROOT, project["readme"])) else "",
        entry_points={
            "console_scripts": tables["project.scripts"],
            "pytest11": tables["project.entry-points.pytest11"],
        },
    )


def _read(name: str) -> str:
    with open(os.path.join(_ROOT, name), encoding="utf-8") as file:
        return file.read()


def _dist_info(project: _Project) -> str:
    return f"{project.name}-{project.version}.dist-info"


def _python_files() -> list[str]:
    """Of the package and its subpackages, below it."""
    found = []
    for base, folders, names in os.walk(_PACKAGE):
        folders[:] = [name for name in folders if not name.startswith(("_", "."))]
        kept = [name for name in names if name.endswith((".py", ".pyi")) or name == "py.typed"]
        found += [os.path.relpath(os.path.join(base, name), _PACKAGE) for name in kept]
    return sorted(found)


def _tag() -> str:
    abi = str(sysconfig.get_config_var("SOABI")).split("-")[1]  # cpython-313t-x86_64-linux-gnu
    python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    platform = re.sub(r"[-.]", "_", sysconfig.get_platform())
    return f"{python}-cp{abi}-{platform}"


def _metadata_files(project: _Project) -> dict[str, str]:
    points = "\n".join(
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in entries.items())
        for group, entries in project.entry_points.items()
    )
    return {
        "METADATA": (
            f"Metadata-Version: 2.1\nName: {project.name}\nVersion: {project.version}\n"
            f"Summary: {project.summary}\nLicense: {project.licence}\n"
            f"Requires-Python: {project.requires_python}\n"
            "Classifier: Framework :: Pytest\nClassifier: Operating System :: POSIX :: Linux\n"
            f"Description-Content-Type: text/markdown\n\n{project.readme}"
        ),
        "WHEEL": (
            f"Wheel-Version: 1.0\nGenerator: alibi wheel_backend\nRoot-Is-Purelib: false\nTag: {_tag()}\n"
        ),
        "entry_points.txt": points,
    }


class _Wheel:
    def __init__(self) -> None:
        self._contents: dict[str, tuple[bytes, int]] = {}

    def add_file(self, name: str, path: str, executable: bool = False) -> None:
        with open(path, "rb") as file:
            self._contents[name] = (file.read(), 0o755 if executable or name.endswith(".so") else 0o644)

    def add_text(self, name: str, text: str) -> None:
        self._contents[name] = (text.encode(), 0o644)

    def write(self, directory: str) -> str:
        project = _read_project()
        folder = _dist_info(project)
        for name, text in _metadata_files(project).items():
            self.add_text(f"{folder}/{name}", text)
        if os.path.exists(os.path.join(_ROOT, "LICENSE")):
            self.add_file(f"{folder}/LICENSE", os.path.join(_ROOT, "LICENSE"))
        record = "".join(
            f"{name},{_digest(content)},{len(content)}\n" for name, (content, _) in self._contents.items()
        )
        self.add_text(f"{folder}/RECORD", f"{record}{folder}/RECORD,,\n")
        filename = f"{project.name}-{project.version}-{_tag()}.whl"
        with zipfile.ZipFile(os.path.join(directory, filename), "w", zipfile.ZIP_DEFLATED) as archive:
            for name, (content, mode) in self._contents.items():
                entry = zipfile.ZipInfo(name, _OLDEST_DATE)
                # Without the file type pip installs it as not executable.
                entry.external_attr = (stat.S_IFREG | mode) << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, content)
        return filename


def _digest(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _source_files() -> list[str]:
    """What git tracks or would track; without git, everything that is not hidden or made by a build."""
    listing = ["git", "-C", _ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        listed = subprocess.run(listing, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
        names = [os.fsdecode(name) for name in listed.split(b"\0") if name]
        return sorted(name for name in names if os.path.isfile(os.path.join(_ROOT, name)))
    found = []
    for base, folders, names in os.walk(_ROOT):
        folders[:] = [name for name in folders if not name.startswith((".", "build", "__pycache__"))]
        found.extend(os.path.relpath(os.path.join(base, name), _ROOT) for name in names)
    return sorted(name for name in found if not name.endswith((".pyc", ".so")))
