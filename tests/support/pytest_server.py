"""Starts pytest many times at the price of one import: a process that has imported pytest forks for each run.

Used by forked_pytest.py, which speaks to it by one JSON document a line. A forked child is what `python -m
pytest` is at the moment when it has imported pytest, and nothing of Alibi, of a plugin or of a project was
loaded before.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import sys
import time
from importlib.util import find_spec

# Each pytest that has these plugins loads these before anything can look. The plugins themselves are imported
# by pytest, which rewrites their asserts.
_UNDER_PLUGINS = {"pytest_cov": ("coverage",), "xdist": ("execnet",)}


def import_pytest() -> None:
    import _pytest.config

    under = [name for plugin, names in _UNDER_PLUGINS.items() if find_spec(plugin) for name in names]
    for name in _pytest.config.default_plugins:
        importlib.import_module("_pytest." + name)
    for name in under:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()


def become_pytest(request: dict) -> None:
    os.setsid()
    output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    errors = output
    if request["errors"] != request["output"]:
        errors = os.open(request["errors"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    empty = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, empty), (1, output), (2, errors)):
        os.dup2(source, target)
    for opened in {empty, output, errors}:
        os.close(opened)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["pytest", *request["arguments"]]
    if hasattr(sys, "orig_argv"):
        sys.orig_argv[1:] = ["-m", *sys.argv]
    named = request["environment"].get("PYTHONPATH", "")
    folders = [os.path.abspath(folder) for folder in named.split(os.pathsep)] if named else []
    sys.path[:1] = dict.fromkeys([os.getcwd(), *folders])


def wait_for(pid: int, timeout_s: float) -> int | None:
    """The exit status, negative for a signal; None when time is up, and then the child is gone, too."""
    deadline = time.monotonic() + timeout_s
    pause = 0.005
    try:
        while time.monotonic() < deadline:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
            time.sleep(pause)
            pause = min(0.02, pause * 1.5)
    except KeyboardInterrupt:  # it is not the child's: that has a session of its own
        os.killpg(pid, signal.SIGKILL)
        raise
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def main() -> None:
    import_pytest()
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            become_pytest(request)
            break
        print(json.dumps({"status": wait_for(pid, request["timeout_s"])}), flush=True)
    else:
        return
    runpy.run_module("pytest", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
