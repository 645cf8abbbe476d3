"""Who gives a persistent worker of pytest its units: `alibi run` (collector/run/WORKERS.md).

Used by alibi_pytest_worker.py, which it lies beside. Lost, it is as if there were no more units.
"""

import os
import socket
from json import dumps, loads
from os import getpid

_VARIABLE = "ALIBI_WORKER_SOCKET"
_LONGEST = 16 << 20
_DESELECT = "--deselect="


class Runner:
    """The other end of the socket. Lost, or in a forked child: as if there were no more units."""

    def __init__(self, descriptor):
        self._socket = socket.socket(fileno=descriptor)
        self._socket.set_inheritable(False)
        self._socket.setblocking(True)
        # A test may leave socket.socket patched.
        self._send, self._receive = self._socket.sendall, self._socket.recv
        self._unread = b""
        self._process = getpid()

    def say(self, **message):
        if self._socket is None or getpid() != self._process:
            return
        text = dumps(message, ensure_ascii=True, separators=(",", ":"))
        try:
            self._send(text.encode("ascii") + b"\n")
        except OSError:
            self._close()

    def ask(self, how):
        """A unit, "later" or None."""
        self.say(next=how)
        answer = self._line()
        if "unit" in answer:
            return Unit(answer["unit"])
        if "later" in answer and how == "early":
            return "later"
        if "end" not in answer and self._socket is not None:
            self._close()  # a message that nobody knows
        return None

    def _line(self):
        while self._socket is not None and getpid() == self._process:
            line, newline, rest = self._unread.partition(b"\n")
            if newline:
                self._unread = rest
                try:
                    answer = loads(line.decode("utf-8"))
                    if isinstance(answer, dict):
                        return answer
                except ValueError:
                    pass
                self._close()
                break
            try:
                more = self._receive(1 << 16)
            except OSError:
                more = b""
            if not more or len(self._unread) > _LONGEST:
                self._close()
                break
            self._unread += more
        return {}

    def _close(self):
        self._socket.close()
        self._socket = None


class Unit:
    def __init__(self, told):
        self.id = told["id"]
        self.file = str(told["file"])
        words = [str(argument) for argument in told.get("arguments") or [self.file]]
        # A file without some of its tests; a file of such a name comes first or has "./" before it.
        self.deselects = [word for word in words[1:] if word.startswith(_DESELECT)]
        self.deselected = [word[len(_DESELECT) :] for word in self.deselects]
        self.arguments = [word for at, word in enumerate(words) if not at or word not in self.deselects]
        self.attempt = int(told.get("attempt", 1))
        self.is_whole = (told.get("arguments") or [self.file]) == [self.file]


def connected():
    """The runner, or None: there is nobody to ask."""
    try:
        return Runner(int(os.environ.pop(_VARIABLE, "")))
    except (ValueError, OSError):
        return None
