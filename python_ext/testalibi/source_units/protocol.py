"""Frames in, one line of JSON per frame out: the program's side of FORMAT.md.

Used by __main__.py. A source that cannot be understood costs its own answer only; a frame that cannot be
read ends the program with status 2, since nobody knows where the next one begins.
"""

from __future__ import annotations

import _thread
import gc
import json
import os
import sys
import warnings

from testalibi.source_units.extract import units_of_source
from testalibi.source_units.instructions import misread

TYPE_CHECKING = False  # typing is only for those who read types
if TYPE_CHECKING:
    from typing import BinaryIO

    from testalibi.source_units.extract import Document

GARBLED = 2
_LONGEST_HEADER = 1 << 20
_LARGEST_SOURCE = 1 << 31
# The compiler recurses as deep as an expression is nested; this much stack holds what the limit lets through.
_STACK_BYTES = 256 << 20
_RECURSION_LIMIT = 6_000


class GarbledFrame(Exception):  # noqa: N818
    pass


def main() -> int:
    """Serves standard input; returns the exit status."""
    outcome: list[int] = []
    done = _thread.allocate_lock()
    done.acquire()

    def serve_standard_streams() -> None:
        try:
            sys.setrecursionlimit(_RECURSION_LIMIT)
            outcome.append(_guarded_serve())
        finally:
            done.release()

    try:
        _thread.stack_size(_STACK_BYTES)
        _thread.start_new_thread(serve_standard_streams, ())
    except (RuntimeError, ValueError):  # no room for such a stack
        return _guarded_serve()
    done.acquire()
    return outcome[0] if outcome else 1


def _guarded_serve() -> int:
    # What the compiler has to say about a user's source is not ours to print.
    warnings.simplefilter("ignore")
    # Trees have no cycles, and looking for some takes a third of the time.
    gc.disable()
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer)
    except GarbledFrame as error:
        print(f"source_units: {error}", file=sys.stderr)
        return GARBLED
    except BrokenPipeError:  # the reader has gone, and with it the reason to go on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit
        return 1
    return 0


def serve(frames: BinaryIO, answers: BinaryIO) -> None:
    problem = misread()
    try:
        while True:
            source = _next_source(frames)
            if source is None:
                return
            answer = {"error": problem} if problem else answer_for(source)
            if "error" in answer:
                gc.collect()  # a traceback holds the whole tree in a cycle
            answers.write(json.dumps(answer, separators=(",", ":")).encode("ascii") + b"\n")
    finally:
        answers.flush()


def answer_for(source: bytes) -> Document:
    try:
        return units_of_source(source)
    except Exception as error:
        return {"error": _describe(error)}


def _next_source(frames: BinaryIO) -> bytes | None:
    header = frames.readline(_LONGEST_HEADER)
    if not header:
        return None
    try:
        frame = json.loads(header)
        size = frame["bytes"]
        name = frame["name"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise GarbledFrame(f"no frame header: {header[:80]!r}") from None
    if type(size) is not int or not 0 <= size <= _LARGEST_SOURCE or not isinstance(name, str):
        raise GarbledFrame(f"impossible frame header: {header[:80]!r}")
    source = frames.read(size)
    if len(source) != size:
        raise GarbledFrame(f"{name!r} ends after {len(source)} of {size} bytes")
    return source


def _describe(error: Exception) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    line = f" line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
    return " ".join(f"{type(error).__name__}: {text}{line}".split())
