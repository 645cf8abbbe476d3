"""Which files and tests pytest is to collect where its command line cannot say it (DRIVERS.md).

Names that pytest does not take for a file: with "[" in them and, before pytest 8, a package's __init__.py.
The folder is collected, all else in it ignored. Used by alibi_pytest_worker.py and alibi_pytest_batch.py.
"""

import os
from os.path import abspath, basename, dirname, isdir, join, relpath

import pytest

_HAS_PATHS = hasattr(pytest, "version_tuple")  # pytest 7 or later
_INIT_IS_PACKAGE = not hasattr(pytest, "Directory")  # before pytest 8


def _file_of(argument):
    return argument.partition("::")[0]


def is_special(argument):
    file = _file_of(argument)
    return "[" in file or (_INIT_IS_PACKAGE and basename(file) == "__init__.py")


def _place_of(argument):
    """What pytest takes for it."""
    place = _file_of(argument)
    if "[" not in place:
        return place
    while "[" in place:
        place = dirname(place)
    return place or "."


class Chosen:
    """Ignores whatever the arguments, all of them special, do not name."""

    def __init__(self, config, arguments):
        self._here = str(config.invocation_params.dir)
        self._root = str(getattr(config, "rootpath", None) or config.rootdir)
        self._names = [argument[2:] if argument.startswith("./") else argument for argument in arguments]
        self._files = {abspath(join(self._here, _file_of(name))) for name in self._names}
        known = getattr(config.pluginmanager, "_duplicatepaths", None) or set()
        known -= {path for path in known if str(path) in self._files}  # a unit may be given again
        self.places = list(dict.fromkeys(map(_place_of, arguments)))

    def _ignores(self, path):
        if path in self._files:
            return None
        is_above = isdir(path) and any(file.startswith(path.rstrip(os.sep) + os.sep) for file in self._files)
        return None if is_above else True

    if _HAS_PATHS:

        @pytest.hookimpl(tryfirst=True)
        def pytest_ignore_collect(self, collection_path):
            return self._ignores(str(collection_path))

    else:

        @pytest.hookimpl(tryfirst=True)
        def pytest_ignore_collect(self, path):
            return self._ignores(str(path))

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items):
        seen = {}
        for item in items:
            if self._is_chosen(item):
                seen.setdefault(item.nodeid, item)
        items[:] = seen.values()
        yield

    def _is_chosen(self, item):
        if abspath(str(getattr(item, "path", None) or item.fspath)) not in self._files:
            return False
        path, separator, rest = item.nodeid.partition("::")
        name = relpath(join(self._root, path), self._here).replace(os.sep, "/") + separator + rest
        return any(name == one or name.startswith((one + "[", one + "::")) for one in self._names)
