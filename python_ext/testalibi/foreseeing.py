"""Asks before anything is recorded whether there is anything to do: a run in which nothing changed then costs
next to nothing.

The answer rests on the options of the last session; pytest_select compares them with those of this run once
they are known. If tests turn up that nobody foresaw (a new file), they run without being recorded, and a mark
in the data folder makes the next run record.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from typing import NamedTuple

from testalibi import selecting, tracked_files
from testalibi.configuration import Configuration
from testalibi.selecting import Selected
from testalibi.tracked_files import TrackedFiles

_MARK = "unforeseen"
# Set by `alibi run`, whose workers are given what has to run: others of the same plan may have recorded before.
_GIVEN = "ALIBI_UNFORESEEN"


class Foreseen(NamedTuple):
    selected: Selected = Selected()  # nothing known where there was no use in asking
    nothing_to_do: bool = False


def foresee(chosen: Configuration, environ: Mapping[str, str], tracked: TrackedFiles) -> Foreseen:
    if not chosen.select or not _is_anything_there(chosen.data):
        return Foreseen()
    selected = selecting.select(chosen, selecting.request_document(chosen, None), environ)
    settled = selected.settled and selected.options.get(tracked_files.SUBJECT) == tracked.text()
    unforeseen = environ.get(_GIVEN) or os.path.exists(os.path.join(chosen.data, _MARK))
    return Foreseen(selected, settled and not unforeseen)


def _is_anything_there(data: str) -> bool:
    """Evidence, or what a run left that crashed: asking takes that in, and tells."""
    if os.path.isdir(os.path.join(data, "evidence")):
        return True
    with contextlib.suppress(OSError):
        return bool(os.listdir(os.path.join(data, "sessions")))
    return False


def leave_mark(chosen: Configuration) -> None:
    with contextlib.suppress(OSError), open(os.path.join(chosen.data, _MARK), "w", encoding="utf-8"):
        pass


def remove_mark(chosen: Configuration) -> None:
    with contextlib.suppress(OSError):
        os.unlink(os.path.join(chosen.data, _MARK))
