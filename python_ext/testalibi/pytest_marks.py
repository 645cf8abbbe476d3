"""The marks of a test that Alibi understands: what it depends on, and whether it may be left out at all.

Used by the recorder, so that what they say is evidence, and by selection, for tests that nobody has run yet.
"""

from __future__ import annotations

from typing import Any

from testalibi.session import Recording

ALWAYS_MARK = "alibi_always"
INPUTS_MARK = "alibi_inputs"
# As Datadog's Test Impact Analysis spells it: pytest.mark.skipif(False, reason=...).
UNSKIPPABLE_REASON = "datadog_itr_unskippable"
# The option input of a test that has to run whatever has changed; so its file is always collected.
ALWAYS_INPUT = "always"


def is_unskippable(item: Any) -> bool:
    keywords = item.keywords  # much cheaper than looking for marks
    if ALWAYS_MARK in keywords and item.get_closest_marker(ALWAYS_MARK) is not None:
        return True
    if "skipif" not in keywords:
        return False
    return any(mark.kwargs.get("reason") == UNSKIPPABLE_REASON for mark in item.iter_markers("skipif"))


def record(recording: Recording, item: Any) -> None:
    """For the current context, which is the test's own."""
    if is_unskippable(item):
        recording.record_input("option", ALWAYS_INPUT, detail=ALWAYS_INPUT, content=ALWAYS_INPUT)
    if INPUTS_MARK not in item.keywords:
        return
    for mark in item.iter_markers(INPUTS_MARK):
        recording.declare(mark.args, mark.kwargs.get("env", ()), mark.kwargs.get("absent_ok", True))
