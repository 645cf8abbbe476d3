"""Alibi for Python: records what each test touched, so that only tests a change can break need to run.

PYTEST_DONT_REWRITE: in a program that a test started it is loaded before pytest is, which would warn.
"""

import sys

TYPE_CHECKING = False  # type checkers know the name; importing typing would cost more than this package
if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

__version__ = "0.1.0"

__all__ = ["__version__", "depends_on"]


# Text in place of annotations: `from __future__` would load a module in every program that a test starts.
def depends_on(*paths: "str | os.PathLike[str]", env: "Iterable[str]" = (), absent_ok: bool = True) -> None:
    """Says what the code that calls this depends on and Alibi cannot see: a file that a child process reads,
    a variable that a C library asks for. docs/options.md says what paths may be. Does nothing when nothing is
    recorded.
    """
    session = sys.modules.get("testalibi.session")
    if session is not None and session.is_recording():
        session.depends_on(paths, env, absent_ok)
        return
    started = sys.modules.get("testalibi.started_process")
    recording = started.recording() if started is not None else None
    if recording is not None:
        recording.declare(paths, env, absent_ok)
