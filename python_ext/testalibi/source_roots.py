"""Which folders hold the project's own code, and which below them do not.

Asked once per session, never per event. Editable installs outside the root are looked up only when the
configuration says `editable`: it costs one directory listing per site folder and one small file per editable
distribution.
"""

from __future__ import annotations

import json
import os
import site
import sys
from collections.abc import Iterable, Iterator

# Directly below a root: never the project's own code.
_FOREIGN_FOLDERS = frozenset(
    ".eggs .git .hg .mypy_cache .nox .pytest_cache .ruff_cache .tox __pypackages__ node_modules".split()
)


def roots(root: str, extra: Iterable[str], editable: bool) -> tuple[str, ...]:
    found = [root, *extra]
    if editable:
        found.extend(editable_installs(_site_folders()))
    return tuple(dict.fromkeys(os.path.realpath(path) for path in found))


def excludes(all_roots: tuple[str, ...], asked: Iterable[str], data: str) -> tuple[str, ...]:
    """Folders below the roots that do not count, without those that were themselves given as a root."""
    candidates = [*asked, data, *_interpreter_folders(), *_site_folders()]
    for root in all_roots:
        candidates.extend(_foreign_folders(root))
    below = (os.path.realpath(path) for path in candidates)
    return tuple(
        dict.fromkeys(path for path in below if path not in all_roots and _is_below_any(path, all_roots))
    )


def editable_installs(site_folders: Iterable[str]) -> Iterator[str]:
    """Source folders of editable installs: named by PEP 610 records, or as a plain path in a .pth file."""
    for folder in site_folders:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            if name.endswith(".dist-info"):
                yield from _editable_source(os.path.join(folder, name, "direct_url.json"))
            elif name.endswith(".pth"):
                yield from _paths_in(os.path.join(folder, name))


def _editable_source(direct_url: str) -> Iterator[str]:
    from urllib.parse import unquote, urlsplit  # late: it costs more than this whole package

    try:
        with open(direct_url, encoding="utf-8") as file:
            origin = json.load(file)
        if origin.get("dir_info", {}).get("editable"):
            yield unquote(urlsplit(origin["url"]).path)
    except (OSError, ValueError, KeyError, AttributeError):
        return


def _paths_in(pth: str) -> Iterator[str]:
    try:
        with open(pth, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return
    for line in lines:
        if os.path.isabs(line) and os.path.isdir(line):
            yield line


def _site_folders() -> list[str]:
    folders = [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]
    # A virtualenv of the older kind has a site module without this function.
    folders.extend(getattr(site, "getsitepackages", list)())
    return folders


def _interpreter_folders() -> list[str]:
    # The library's pure and its compiled part; site folders are a matter of their own. sysconfig would know
    # them as well, but reads the whole Makefile of the interpreter for it.
    folders = [os.path.dirname(os.__file__)]
    folders.extend(os.path.dirname(path) for path in sys.path if os.path.basename(path) == "lib-dynload")
    if sys.prefix != sys.base_prefix:
        folders.append(sys.prefix)
    return folders


def _foreign_folders(root: str) -> Iterator[str]:
    try:
        with os.scandir(root) as entries:
            folders = [entry.name for entry in entries if entry.is_dir()]
    except OSError:
        return
    for name in folders:
        if name in _FOREIGN_FOLDERS or os.path.exists(os.path.join(root, name, "pyvenv.cfg")):
            yield os.path.join(root, name)
        elif name == "build" and not os.path.exists(os.path.join(root, name, "__init__.py")):
            yield from _build_folders(os.path.join(root, name))


def _build_folders(build: str) -> Iterator[str]:
    try:
        names = os.listdir(build)
    except OSError:
        return
    for name in names:
        if name == "lib" or name.startswith(("lib.", "bdist.", "temp.")):
            yield os.path.join(build, name)


def _is_below_any(path: str, all_roots: Iterable[str]) -> bool:
    return any(path.startswith(root.rstrip(os.sep) + os.sep) for root in all_roots)
