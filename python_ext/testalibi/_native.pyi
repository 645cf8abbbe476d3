"""The native recorder. One Session per process; every method is cheap and none raises after start()."""

from typing import Any, Final, Literal

ABI_VERSION: Final[int]
STRATEGIES: Final[tuple[str, ...]]  # that this build knows for this interpreter, best first

class Error(Exception):
    """Recording could not start; str() says what failed, with which input."""

    status: int

Outcome = Literal["passed", "failed", "skipped", "error", "xfailed", "xpassed"]

class Session:
    def __init__(
        self,
        *,
        directory: str = "",
        root: str = "",
        roots: tuple[str, ...] = (),
        excludes: tuple[str, ...] = (),
        session_id: int = 0,
        role: Literal["main", "worker"] = "main",
        worker: str = "",
        strategy: str = "",  # "": the best that passes its self-test
        inputs: bool = True,
        state: bool = True,
        invitation: str = "",
        program: str = "",
        command: str = "",
        hang_s: float = 0.0,  # a test that runs for longer is reported; 0: none is
    ) -> None:
        """Needs directory and root; or, in a program that a process of a session started, `invitation`, the
        value of ALIBI_SESSION, which says all that the others do: raises Error when that session is over.
        """
    def start(self) -> None:
        """Open the shard and install the hooks. Raises Error; the interpreter is then as before."""
    def stop(self) -> None:
        """Remove the hooks, commit and close the shard. Idempotent."""
    def begin_test(self, test_id: str) -> int:
        """Make a new test context current and return its number."""
    def end_test(self, context: int, outcome: Outcome, duration_ns: int, reason: str = "") -> None: ...
    def begin_context(
        self, kind: Literal["fixture", "other", "collection"], name: str, scope: str = ""
    ) -> int:
        """Evidence goes to a new context until end_context (a fixture's set-up, collecting a test file)."""
    def end_context(self, context: int) -> None: ...
    def resume_context(self, context: int) -> None:
        """Evidence goes to an existing context again until end_context (a fixture's teardown)."""
    def end_collection(self, context: int, test_ids: tuple[str, ...], ended_well: bool) -> None:
        """All tests that were found in a test file; whether nothing of it failed or was left out."""
    def charge(self, user: int, used: int) -> None:
        """The evidence of `used` belongs to `user` too."""
    def note(self, context: int, text: str) -> None:
        """What reports say of a test, or (0) of one that did not run, as JSON. No evidence."""
    def record_input(
        self, kind: str, subject: str, state: str = "present", detail: str = "", content: bytes | None = None
    ) -> None:
        """kind: option, file, environment, import…; the value recorded is the hash of `content`."""
    def observe(self, kind: Literal["file", "directory", "environment"], subject: str) -> bool:
        """Record an input as it is now, as if the project had read it; `subject` is an absolute path, or the
        name of a variable. Is it there?
        """
    def lose_input(self) -> None:
        """An input of the current context is not known."""
    def announce_crashes_to(self, descriptor: int) -> None:
        """Lines about crashes and hangs go there, to a duplicate; -1: nowhere."""
    def instrument(self, code: Any) -> Any:
        """Make a code object that never passes exec count; returns what shall run instead."""
    def record_imported(self, module: str, path: str) -> None: ...
    @property
    def strategy(self) -> str: ...
    @property
    def strategy_reason(self) -> str:
        """Why a better strategy was not taken; empty when the best one is in use."""
    @property
    def shard_path(self) -> str: ...
    @property
    def root(self) -> str: ...
    def drops(self) -> dict[str, int]: ...
    def statistics(self) -> dict[str, int]: ...
