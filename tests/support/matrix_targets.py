"""Which CPythons are at hand: by name on PATH, in pyenv, in Debian roots. For scripts/matrix."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from environments import Interpreter, interpreter
from real_suites import Unavailable

OLDEST, NEWEST = 9, 15
RELEASES = ("trixie", "forky")
# What a Debian root needs to build and run everything; interpreters beside the release's own are taken as
# they come.
ROOT_PACKAGES = (
    "g++ meson ninja-build pkg-config libabsl-dev libmsgpack-c-dev libxxhash-dev libzstd-dev libsqlite3-dev "
    "nlohmann-json3-dev libcli11-dev python3-pytest python3-pytest-xdist python3-coverage python3-pip "
    "python3-dev python3-venv libdw-dev python3-pytest-forked python3-xxhash python3-greenlet git gcc "
    "libc6-dev"
).split()


def _candidates() -> Iterator[Path]:
    for minor in range(OLDEST, NEWEST + 1):
        for name in (f"python3.{minor}", f"python3.{minor}t"):
            for folder in os.environ.get("PATH", "").split(os.pathsep):
                if "pyenv" not in folder and (Path(folder) / name).is_file():  # a shim may lead nowhere
                    yield Path(folder) / name
    if shutil.which("pyenv"):
        answer = subprocess.run(["pyenv", "root"], check=False, capture_output=True, text=True)
        versions = Path(answer.stdout.strip()) / "versions"
        if answer.returncode == 0 and versions.is_dir():
            yield from (folder / "bin" / "python" for folder in sorted(versions.iterdir()))


def interpreters_at_hand() -> list[Interpreter]:
    """One per version, oldest first."""
    found: dict[str, Interpreter] = {}
    for path in _candidates():
        try:
            python = interpreter(str(path))
        except Unavailable:
            continue
        if python.version_tuple[0] == 3 and OLDEST <= python.version_tuple[1] <= NEWEST:
            found.setdefault(python.short, python)
    return sorted(
        found.values(), key=lambda python: [int(part) for part in re.findall(r"\d+", python.version)]
    )


def debian_roots(repository: Path, *, make: bool) -> tuple[list[Path], list[str]]:
    """Usable roots, and for the others the reason. `make` runs debootstrap for what is not there."""
    parent = Path(os.environ.get("ALIBI_MATRIX_ROOTS") or repository / ".matrix")
    usable, reasons = [], []
    for release in RELEASES:
        root = parent / release
        if os.geteuid() != 0:
            reasons.append(f"Debian {release}: needs root for chroot")
        elif (root / "usr/bin/meson").exists() or (make and _make_root(root, release, reasons)):
            usable.append(root)
        elif not make:
            reasons.append(f"Debian {release}: no root at {root}, and --quick makes none")
    return usable, reasons


def _mirror() -> str:
    """The host's own, from apt's configuration."""
    for path in [*sorted(Path("/etc/apt").glob("sources.list.d/*.sources")), Path("/etc/apt/sources.list")]:
        if path.exists():
            match = re.search(
                r"^URIs:\s*(\S+)|^deb\s+(?:\[[^\]]*\]\s+)?(\S+)", path.read_text(), re.MULTILINE
            )
            if match:
                return match.group(1) or match.group(2)
    return ""


def _make_root(root: Path, release: str, reasons: list[str]) -> bool:
    if not shutil.which("debootstrap"):
        reasons.append(f"Debian {release}: debootstrap is not installed")
        return False
    root.parent.mkdir(parents=True, exist_ok=True)
    mirror = _mirror()
    # A release that is younger than the tool is made as unstable is.
    scripts = Path("/usr/share/debootstrap/scripts")
    script_path = [] if (scripts / release).exists() else [str(scripts / "sid")]
    steps: list[list[str]] = [
        ["debootstrap", "--variant=minbase", release, str(root), *([mirror] if mirror else []), *script_path]
    ]
    script = (
        "apt-get -o Acquire::Check-Valid-Until=false update && "
        "export DEBIAN_FRONTEND=noninteractive && "
        f"apt-get install -y --no-install-recommends {' '.join(ROOT_PACKAGES)} && "
        # LLVM's is named after its release.
        "unwind=$(apt-cache search -n '^libunwind-[0-9]+-dev$' | cut -d' ' -f1 | sort -V | tail -n 1) && "
        "apt-get install -y --no-install-recommends $unwind && "
        "for v in 13 14 15; do apt-get install -y --no-install-recommends python3.$v-dev python3.$v-venv || "
        "true; done"
    )
    steps.append(["chroot", str(root), "sh", "-c", script])
    for step in steps:
        for name in ("etc/resolv.conf", "etc/hosts"):
            if (root / "etc").is_dir():
                shutil.copy(f"/{name}", root / name)
        apt = root / "etc/apt/apt.conf.d"
        if apt.is_dir():
            for setting in Path("/etc/apt/apt.conf.d").glob("*"):
                shutil.copy(setting, apt / setting.name)
        done = subprocess.run(step, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            last = (done.stdout.strip().splitlines() or ["no output"])[-1]
            reasons.append(f"Debian {release}: {step[0]} ended with {done.returncode}: {last}")
            return False
    return True
