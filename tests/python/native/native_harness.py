"""Runs sample code under the native recorder in this or a fresh process and reads back what the shard says.

Tests need `testalibi._native` for the interpreter that runs them: an installed package, or a build
directory's `python_ext/testalibi` named by ALIBI_NATIVE_DIR (the extension then joins the package of the
source tree). Importable by scripts that tests start, so it stands alone and knows no pytest.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
SOURCE_ROOT = HERE.parents[2]
SUPPORT = SOURCE_ROOT / "tests" / "support"

if str(SUPPORT) not in sys.path:
    sys.path.insert(0, str(SUPPORT))

import shard_reader  # noqa: E402  (found through the path set above)
import shard_session  # noqa: E402

if TYPE_CHECKING:
    Lines = set[tuple[str, int]]  # (file name below the root, line)


def load_native() -> Any:
    """`testalibi._native`; ImportError when it was not built for this interpreter."""
    folder = os.environ.get("ALIBI_NATIVE_DIR")
    if folder:
        if str(SOURCE_ROOT / "python_ext") not in sys.path:
            sys.path.append(str(SOURCE_ROOT / "python_ext"))
        package = importlib.import_module("testalibi")
        if folder not in package.__path__:
            package.__path__.insert(0, folder)
    return importlib.import_module("testalibi._native")


def is_sanitized() -> bool:
    """Under scripts/sanitize: neither times nor memory say anything."""
    return "san.so" in os.environ.get("LD_PRELOAD", "")


def jit_is_on() -> bool:
    jit = getattr(sys, "_jit", None)
    return jit is not None and bool(jit.is_enabled())


def jit_keeps_monitoring_away() -> bool:
    """Whether the recorder refuses sys.monitoring here: 3.15's JIT compiler follows running code."""
    return sys.version_info >= (3, 15) and jit_is_on()


def _temporary_directory() -> str:
    """Removed when this process ends, not when it is forked or killed."""
    path, owner = tempfile.mkdtemp(prefix="alibi-session-"), os.getpid()
    atexit.register(lambda: shutil.rmtree(path, ignore_errors=True) if os.getpid() == owner else None)
    return path


class Recording:
    """A session on a temporary directory; `with recording.test(id):` around what a test would do."""

    def __init__(self, root: str | Path, directory: str | Path | None = None, **options: Any) -> None:
        self.native = load_native()
        self.root = os.path.realpath(root)
        self.directory = str(directory or _temporary_directory())
        options.setdefault("inputs", False)
        options.setdefault("state", False)
        options.setdefault("roots", (self.root,))
        options.setdefault("excludes", ())
        self.session = self.native.Session(directory=self.directory, root=self.root, session_id=1, **options)

    def __enter__(self) -> Recording:
        self.session.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.session.stop()

    @contextlib.contextmanager
    def test(self, test_id: str) -> Iterator[int]:
        context = self.session.begin_test(test_id)
        outcome = "failed"
        try:
            yield context
            outcome = "passed"
        finally:
            self.session.end_test(context, outcome, 0)

    def relative(self, lines: dict[str, set[int]]) -> Lines:
        return {(os.path.relpath(path, self.root), line) for path, found in lines.items() for line in found}

    def lines(self, *, triggered: bool = False) -> dict[str, Lines]:
        """{test id: lines} of all processes, after the session stopped."""
        found = shard_session.lines_by_test(self.directory, triggered=triggered)
        return {test: self.relative(lines) for test, lines in found.items()}

    def shards(self) -> list[shard_reader.Shard]:
        return [shard_reader.read_shard(path, strict=True) for path in shard_reader.shards_of(self.directory)]

    def shard(self) -> shard_reader.Shard:
        (shard,) = self.shards()
        return shard

    def statement_lines(self) -> dict[tuple[str, int], Lines]:
        """{module-level line: what ran while it was the statement}."""
        shard = self.shard()
        found: dict[tuple[str, int], Lines] = {}
        for probe, statement in shard.statements.items():
            (at,) = self.relative(shard.lines({probe}))
            found.setdefault(at, set()).update(self.relative(shard.lines(statement.hits)))
        return found


def run_script(
    script: str | Path, *arguments: str, environment: dict[str, str] | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """A fresh process of this interpreter in which `import native_harness` works."""
    variables = {**os.environ, "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1", **(environment or {})}
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        env=variables,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
