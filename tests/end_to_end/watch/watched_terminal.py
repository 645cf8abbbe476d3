"""`alibi watch` in a pseudo-terminal: what a person sees, and what they type. Waits for conditions, never for
time to pass."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Callable

_ROOT = Path(__file__).resolve().parents[3]
_BUILD = Path(os.environ.get("ALIBI_BUILD") or _ROOT / "build" / "test").absolute()
COMMAND = _BUILD / "collector" / "cli" / "alibi"
PATIENCE_S = 90.0


def environment() -> dict[str, str]:
    unwanted = ("ALIBI", "PYTEST", "PYTHON", "COV_", "NO_COLOR", "COLUMNS", "LINES")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {**kept, "ALIBI_PYTHON": sys.executable, "ALIBI_COMMAND": str(COMMAND), "TERM": "xterm-256color"}


def _become_foreground() -> None:
    # Of the terminal that is standard input; and, where these tests run in the background of a script, which
    # makes interrupts ignored, as a shell starts commands.
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class WatchedTerminal:
    def __init__(self, folder: Path, *arguments: str, rows: int = 40, columns: int = 110) -> None:
        self._master, slave = pty.openpty()
        self.resize(rows, columns, tell=False)
        self._slave = os.dup(slave)  # so that its settings can be read when everybody else has left
        self.settings_before = termios.tcgetattr(self._slave)
        self._written = b""
        self.process = subprocess.Popen(
            [str(COMMAND), "watch", *arguments],
            cwd=str(folder),
            env=environment(),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_become_foreground,
        )
        os.close(slave)

    def resize(self, rows: int, columns: int, tell: bool = True) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            self.process.send_signal(signal.SIGWINCH)

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    @property
    def settings(self) -> list[object]:
        return termios.tcgetattr(self._slave)

    @property
    def written(self) -> str:
        return self._written.decode("utf-8", "replace")

    @property
    def screen(self) -> list[str]:
        """The last whole frame, without colours."""
        frames = re.findall(r"\x1b\[H(.*?)\x1b\[J", self.written, re.DOTALL)
        # The terminal itself adds a \r to each \n.
        return re.sub(r"\x1b\[[0-9;]*[mK]|\r", "", frames[-1]).split("\n") if frames else []

    @property
    def text(self) -> str:
        return "\n".join(self.screen)

    def wait_for(self, what: str | Callable[[str], bool]) -> str:
        """Until the screen shows a text, or what a function of it accepts. Returns the screen."""
        accepts = what if callable(what) else lambda screen: what in screen
        limit = time.monotonic() + PATIENCE_S
        while True:
            self._read(0.05)
            if accepts(self.text):
                return self.text
            assert self.process.poll() is None, f"it ended:\n{self.written[-3000:]}"
            assert time.monotonic() < limit, f"waited in vain for {what!r}; the screen shows:\n{self.text}"

    def wait_for_end(self) -> int:
        limit = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            self._read(0.05)
            assert time.monotonic() < limit, f"does not end; the screen shows:\n{self.text}"
        self._read(0)
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)

    def _read(self, patience_s: float) -> None:
        while select.select([self._master], [], [], patience_s)[0]:
            try:
                self._written += os.read(self._master, 65536)
            except OSError:
                return
            patience_s = 0
