"""The folder of one session below the data folder: DATA/sessions/<id>/{session.json, lock, shards}.

Written by the main process only. The lock is held while that process runs, so that what a killed run left
behind can be told from a run that is still going on: the next `alibi merge` takes it in. Nothing outside the
data folder is ever written.

session.json says what was asked for and by whom (command, options, executable, prefix, invocation_directory)
and, once the run has ended, how: exit_status, collected, node_count, sys_path (when all tests were found).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from typing import Any


class SessionFolder:
    def __init__(self, path: str, session_id: int) -> None:
        self.path = path
        self.session_id = session_id
        self.description: dict[str, Any] = {}
        self._lock = -1

    def complete(self, **results: Any) -> None:
        self.description.update(results, complete=True, ended_unix=time.time())
        self._write_description()

    def release(self) -> None:
        if self._lock < 0:
            return
        # Explicitly, because a forked child may still hold a duplicate of the descriptor.
        with contextlib.suppress(OSError):
            fcntl.flock(self._lock, fcntl.LOCK_UN)
        os.close(self._lock)
        self._lock = -1

    def discard(self) -> None:
        # The lock first, while it is held: what is left without one is nobody's session.
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(self.path, "lock"))
        shutil.rmtree(self.path, ignore_errors=True)
        self.release()

    def _write_description(self) -> None:
        target = os.path.join(self.path, "session.json")
        with open(target + ".new", "w", encoding="utf-8", errors="replace") as file:
            json.dump(self.description, file, indent=1, ensure_ascii=False)
        os.replace(target + ".new", target)

    def _take_lock(self) -> None:
        """A lock of that name is always held: who sees one free takes its run for a killed one."""
        path = os.path.join(self.path, "lock")
        self._lock = os.open(path + ".new", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.rename(path + ".new", path)


def create(data: str, description: dict[str, Any]) -> SessionFolder:
    """Makes the folder of a new session and locks it. Raises OSError, leaving nothing behind."""
    started = time.time()
    number = int.from_bytes(os.urandom(8), "little") >> 1
    name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(started))}-{number:016x}"
    if not os.path.isdir(data):
        os.makedirs(data, exist_ok=True)  # workers of one run may start at the same moment
        _keep_out_of_version_control(data)
    folder = SessionFolder(os.path.join(data, "sessions", name), number)
    os.makedirs(folder.path)
    try:
        folder._take_lock()
        folder.description = {"id": name, "started_unix": started, **description, "complete": False}
        folder._write_description()
    except BaseException:
        folder.discard()
        raise
    return folder


def _keep_out_of_version_control(data: str) -> None:
    with contextlib.suppress(OSError), open(os.path.join(data, ".gitignore"), "w", encoding="utf-8") as file:
        file.write("*\n")
