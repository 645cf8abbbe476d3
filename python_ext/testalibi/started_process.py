"""Joins the session of the test run that started this program.

Imported by testalibi.pth at the start of every interpreter that finds ALIBI_SESSION in its environment,
before anything of the program itself: imports nothing that the interpreter has not loaded, says nothing, and
leaves alone whatever fails. What the program does from here on is evidence of the test that started it.
"""

import atexit
import os
import sys

TYPE_CHECKING = False  # typing would cost more than all of this
if TYPE_CHECKING:
    from testalibi import _native
    from testalibi.session import Recording

_VARIABLE = "ALIBI_SESSION"
_LONGEST_COMMAND = 300
_XDIST_WORKER = "exec(eval(sys.stdin.readline()))"  # how execnet starts an interpreter

_session: "_native.Session | None" = None
_recording: "Recording | None" = None


def join() -> None:
    """Raises whatever goes wrong: a session that is over, a recorder that does not start."""
    global _session
    command = _command()
    if _XDIST_WORKER in command:
        return  # the plugin joins, as a worker; and what a test itself starts this way is not observed
    from testalibi import _native

    session = _native.Session(
        invitation=os.environ[_VARIABLE],
        program=sys.executable or "",
        command=command[:_LONGEST_COMMAND],
    )
    session.start()
    _session = session
    # First in, last out: what other functions do at exit is recorded.
    atexit.register(leave)


def _command() -> str:
    if sys.version_info >= (3, 10):
        return " ".join(sys.orig_argv)
    with open("/proc/self/cmdline", "rb", buffering=0) as file:
        return os.fsdecode(file.read().rstrip(b"\0").replace(b"\0", b" "))


def leave() -> None:
    """Closes the shard. Idempotent."""
    global _session
    session, _session = _session, None
    if session is not None:
        session.stop()


def leave_for_own_session() -> None:
    """A test run inside a test: what it does goes to its own session, and is lacking in the outer one."""
    if _session is not None:
        _session.lose_input()
    leave()


def recording() -> "Recording | None":
    """For testalibi.depends_on."""
    global _recording
    if _session is None:
        return None
    if _recording is None:
        from testalibi.session import Recording

        _recording = Recording(_session, _session.root)
    return _recording


join()
