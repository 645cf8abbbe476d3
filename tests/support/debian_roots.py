"""Debian roots that hold the interpreters of other releases, for scripts/matrix.

They lie below .matrix/, or where ALIBI_MATRIX_ROOTS says; debootstrap makes them, and all needs root. Inside,
this tree is seen at /alibi and the corpus at /corpus; builds and environments are the root's own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from real_suites import corpus_folder

PYTHON_RELEASES = ("trixie", "forky")
RUBY_RELEASES = ("bookworm", "trixie", "forky", "experimental")
INSIDE = "/alibi"
ROOT = Path(__file__).resolve().parents[2]
# What a root needs to build and run everything; interpreters beside the release's own are taken as they come.
PACKAGES = (
    "g++ meson ninja-build pkg-config libabsl-dev libxxhash-dev libzstd-dev libsqlite3-dev "
    "nlohmann-json3-dev libcli11-dev python3-pytest python3-pytest-xdist python3-coverage python3-pip "
    "python3-dev python3-venv libdw-dev python3-pytest-forked python3-xxhash python3-greenlet git gcc "
    "libc6-dev make libcurl4-openssl-dev libcpp-httplib-dev libpq-dev libssl-dev libexpat1-dev "
    "libhiredis-dev libtomlplusplus-dev zlib1g-dev"
).split()
_INSTALL = "DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends"
_UPDATE = "apt-get -o Acquire::Check-Valid-Until=false update"


def debian_roots(
    releases: tuple[str, ...], *, make: bool, rubies: bool = False, only: list[str] | None = None
) -> tuple[list[Path], list[str]]:
    """Usable roots, and for the others the reason. `make` runs debootstrap for what is not there."""
    parent = Path(os.environ.get("ALIBI_MATRIX_ROOTS") or ROOT / ".matrix")
    usable, reasons = [], []
    for release in releases:
        root = parent / release
        if release == _own_release() or (only and release not in only):
            continue
        if os.geteuid() != 0:
            reasons.append(f"Debian {release}: needs root for chroot")
        elif not make and not (root / "usr/bin/meson").exists():
            reasons.append(f"Debian {release}: no root at {root}, and --quick makes none")
        elif why := _made(root, release) or (_with_rubies(root, release) if rubies else ""):
            reasons.append(f"Debian {release}: {why}")
        else:
            usable.append(root)
    return usable, reasons


def ruby_packages() -> list[str]:
    listed = [line.split() for line in (ROOT / "scripts/packages.txt").read_text().splitlines()]
    names = [words[1] for words in listed if len(words) == 2]
    return [name for name in names if name.startswith("ruby") or name == "cucumber"]


def run_inside(root: Path, arguments: list[str]) -> tuple[int, Any]:
    """scripts/matrix in there: its exit status and the document that it printed last, or None."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "LANG"))}
    environment = {
        **kept, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "ALIBI_CORPUS": "/corpus",
        "PYTHONDONTWRITEBYTECODE": "1",
        "ALIBI_BUILD_DIRECTORY": "/var/tmp/alibi-build", "ALIBI_VENVS": "/var/tmp/alibi-venvs",
    }  # fmt: skip
    script = f"{INSIDE}/scripts/matrix"
    command = ["chroot", str(root), "/usr/bin/python3", script, "--inside", root.name, *arguments]
    with _mounted(root):
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, env=environment)
    return done.returncode, json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else None


@contextmanager
def _mounted(root: Path) -> Iterator[None]:
    system = [(Path("/") / name, root / name) for name in ("proc", "dev", "dev/pts", "dev/shm")]
    mounted: list[Path] = []
    try:
        for source, target in [
            *system,
            (ROOT, root / INSIDE.lstrip("/")),
            (corpus_folder(), root / "corpus"),
        ]:
            source.mkdir(parents=True, exist_ok=True)
            target.mkdir(parents=True, exist_ok=True)
            if not os.path.ismount(target):
                subprocess.run(["mount", "--bind", str(source), str(target)], check=True)
                mounted.append(target)
        certificates = Path("/etc/ssl/certs/ca-certificates.crt")
        if certificates.exists():
            (root / "etc/ssl/certs").mkdir(parents=True, exist_ok=True)
            shutil.copy(certificates, root / "etc/ssl/certs" / certificates.name)
        yield
    finally:
        for target in reversed(mounted):
            subprocess.run(["umount", "--lazy", str(target)], check=False)


def _own_release() -> str:
    path = Path("/etc/os-release")
    found = re.search(r"^VERSION_CODENAME=(\S+)", path.read_text() if path.exists() else "", re.MULTILINE)
    return found.group(1) if found else ""


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


def _made(root: Path, release: str) -> str:
    """Why there is no root; empty: there is one."""
    if (root / "usr/bin/meson").exists():
        return ""
    if not shutil.which("debootstrap"):
        return "debootstrap is not installed"
    root.parent.mkdir(parents=True, exist_ok=True)
    base = "sid" if release == "experimental" else release
    mirror = _mirror()
    # A release that is younger than the tool is made as unstable is.
    scripts = Path("/usr/share/debootstrap/scripts")
    script_path = [] if (scripts / base).exists() else [str(scripts / "sid")]
    command = [
        "debootstrap",
        "--variant=minbase",
        base,
        str(root),
        *([mirror] if mirror else []),
        *script_path,
    ]
    return _done(root, command) or _done_inside(
        root,
        f"{_UPDATE} && {_INSTALL} {' '.join(PACKAGES)} && "
        # These two have other names in each release.
        "for name in '^libunwind-[0-9]+-dev$' '^libmsgpack(-c)?-dev$'; do "
        f"{_INSTALL} $(apt-cache search -n $name | cut -d' ' -f1 | sort -V | tail -n 1) || exit 1; done; "
        f"for v in 13 14 15; do {_INSTALL} python3.$v-dev python3.$v-venv || true; done",
    )


def _with_rubies(root: Path, release: str) -> str:
    """Puts Ruby there, and of what its tests need what there is: the run inside names the rest."""
    if (root / "usr/bin/ruby").exists():
        return ""
    script = (
        f"{_UPDATE}; {_INSTALL} ruby ruby-dev make && "
        f"for name in {' '.join(ruby_packages())}; do {_INSTALL} $name || true; done"
    )
    if release == "experimental":  # where the next Ruby is tried before it is the release's own
        script = (
            "sed 's/ sid / experimental /' /etc/apt/sources.list >/etc/apt/sources.list.d/experimental.list; "
            f"{script}; "
            "newest=$(apt-cache search -n '^ruby[0-9.]+$' | cut -d' ' -f1 | sort -V | tail -n 1) && "
            f"{_INSTALL} -t experimental $newest $newest-dev && ln -sf $newest /usr/bin/ruby"
        )
    return _done_inside(root, script)


def _done_inside(root: Path, script: str) -> str:
    return _done(root, ["chroot", str(root), "sh", "-c", script])


def _done(root: Path, command: list[str]) -> str:
    """Runs it with this machine's names of hosts and settings of apt in the root. Says why it failed."""
    for name in ("etc/resolv.conf", "etc/hosts"):
        if (root / "etc").is_dir():
            shutil.copy(f"/{name}", root / name)
    apt = root / "etc/apt/apt.conf.d"
    if apt.is_dir():
        for setting in Path("/etc/apt/apt.conf.d").glob("*"):
            shutil.copy(setting, apt / setting.name)
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode == 0:
        return ""
    last = (done.stdout.strip().splitlines() or ["no output"])[-1]
    return f"{command[0]} ended with {done.returncode}: {last}"
