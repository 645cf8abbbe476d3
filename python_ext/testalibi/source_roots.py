"""Which folders hold the project's own code, and which below them do not.

Asked once per session, never per event. Editable installs are the project's code wherever they lie, except
Alibi itself and the test runner: it costs one directory listing per site folder, one failing open per
distribution and one small file per editable one.
"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Iterable, Iterator

# Directly below a root: never the project's own code.
_FOREIGN_FOLDERS = frozenset(
    ".eggs .git .hg .mypy_cache .nox .pytest_cache .ruff_cache .tox __pypackages__ node_modules".split()
)

_RUNNERS = frozenset(("testalibi", "pytest", "pluggy"))


def roots(root: str, extra: Iterable[str], excluded: Iterable[str]) -> tuple[str, ...]:
    found = [root, *extra]
    barred = {os.path.realpath(path) for path in excluded}
    for path in map(os.path.realpath, editable_installs(_site_folders())):
        if path not in barred and not _is_below_any(path, barred):
            found.append(path)
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


def is_project_file(path: str, all_roots: Iterable[str], excluded: Iterable[str]) -> bool:
    """As the recorder decides it: the nearest folder above counts."""
    real = os.path.realpath(path)
    inside = max((len(root) for root in all_roots if _is_below_any(real, (root,))), default=0)
    outside = max((len(folder) for folder in excluded if _is_below_any(real, (folder,))), default=0)
    return 0 < inside >= outside


def editable_installs(site_folders: Iterable[str]) -> Iterator[str]:
    """Source folders of editable installs: named by PEP 610 records, or as a path in a .pth or .egg-link."""
    for folder in dict.fromkeys(site_folders):
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            path = os.path.join(folder, name)
            if name.endswith(".dist-info"):
                found = _editable_source(name, os.path.join(path, "direct_url.json"))
            elif name.endswith((".pth", ".egg-link")):
                found = _paths_in(path)
            else:
                continue
            yield from (source for source in found if not _is_runner(source))


def _editable_source(name: str, direct_url: str) -> Iterator[str]:
    if name.partition("-")[0].lower() in _RUNNERS:
        return
    try:
        with open(direct_url, encoding="utf-8") as file:
            text = file.read()
        if '"editable"' not in text:
            return
        from json import loads  # late, as urllib: together they cost more than this whole package
        from urllib.parse import unquote, urlsplit

        origin = loads(text)
        if origin.get("dir_info", {}).get("editable"):
            yield unquote(urlsplit(origin["url"]).path)
    except (OSError, ValueError, KeyError, AttributeError):
        return


def _paths_in(file_name: str) -> Iterator[str]:
    try:
        with open(file_name, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return
    for line in lines:
        if os.path.isabs(line) and not _is_site_folder(line) and os.path.isdir(line):
            yield line


def _is_runner(source: str) -> bool:
    """Does this folder hold Alibi, pytest or what pytest is made of?"""
    for folder in (source, os.path.join(source, "src")):
        if any(os.path.isdir(os.path.join(folder, name)) for name in ("testalibi", "_pytest", "pluggy")):
            return True
    # Alibi's own tree, whose package lies deeper.
    return os.path.isdir(os.path.join(source, "python_ext", "testalibi"))


def _is_site_folder(path: str) -> bool:
    return os.path.basename(path) in ("site-packages", "dist-packages")


def _site_folders() -> list[str]:
    folders = [path for path in sys.path if _is_site_folder(path)]
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
