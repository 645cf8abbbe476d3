"""Runs a small project in a fresh process with inputs and state recorded, and reads back what the shard says.

The body of a run lives outside the project: it calls the project's functions inside `test(name)` blocks, as a
test runner would. It sees `session`, `test` and `ROOT`.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

import native_harness
from native_harness import shard_reader

_PRELUDE = """
import contextlib, sys
sys.path.insert(0, {here!r})
import native_harness
ROOT = {root!r}
sys.path.insert(0, ROOT)
session = native_harness.load_native().Session(directory={shards!r}, root=ROOT, roots=(ROOT,), excludes=(),
    session_id=3, strategy={strategy!r}, inputs={inputs}, state={state})
@contextlib.contextmanager
def test(name):
    context = session.begin_test(name)
    try:
        yield context
    finally:
        session.end_test(context, "passed", 1)
session.start()
"""


@dataclass(frozen=True)
class Recorded:
    root: Path
    shard: shard_reader.Shard
    stdout: str
    children: tuple[shard_reader.Shard, ...] = ()

    def inputs(self, test: str = "", *, kind: str = "") -> set[tuple[str, str, str, str]]:
        """(kind, state, subject, detail) of one test, "" being the session; paths relative to the root."""
        numbers = {c.number for c in self.shard.contexts.values() if c.name == test} if test else {0}
        return {
            (i.kind, i.state, self._short(i.subject), self._short(i.detail))
            for i in self.shard.inputs
            if i.context in numbers and kind in ("", i.kind)
        }

    def started(self, test: str) -> set[tuple[str, bool]]:
        """(command, whether it is expected to record) of the programs that a test started."""
        numbers = {c.number for c in self.shard.contexts.values() if c.name == test}
        return {(self._short(s.command), s.expected) for s in self.shard.started if s.context in numbers}

    def values(self, test: str, subject: str) -> list[tuple[int, int]]:
        """Hashes recorded for a subject in a test."""
        numbers = {c.number for c in self.shard.contexts.values() if c.name == test} if test else {0}
        return [
            i.content_hash
            for i in self.shard.inputs
            if i.context in numbers and self._short(i.subject) == subject
        ]

    def writes(self, test: str) -> set[tuple[str, str, str, str]]:
        """(file, kind, name, attribute) that the test left changed."""
        numbers = {c.number for c in self.shard.contexts.values() if c.name == test}
        return {
            (self._short(self.shard.files[w.file].path), w.kind, w.name, w.attribute)
            for w in self.shard.state_writes
            if w.context in numbers
        }

    def codes(self, file: str) -> dict[str, shard_reader.Code]:
        """Qualified name -> code unit of a file."""
        (number,) = [n for n, f in self.shard.files.items() if self._short(f.path) == file]
        return {c.qualified_name: c for c in self.shard.codes if c.file == number}

    def names(self, file: str, qualified_name: str) -> set[tuple[str, int, str]]:
        base = self.codes(file)[qualified_name].base
        return {(n.kind, n.level, n.name) for n in self.shard.names.get(base, [])}

    def _short(self, text: str) -> str:
        return text.replace(f"{self.root}/", "").replace(str(self.root), ".")


def write_files(folder: Path, files: dict[str, str]) -> None:
    for name, source in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source), encoding="utf-8")


def record(
    base: Path,
    files: dict[str, str],
    body: str,
    *,
    inputs: bool = True,
    state: bool = True,
    strategy: str = "",
    environment: dict[str, str] | None = None,
    before: str = "",
    main_only: bool = False,
) -> Recorded:
    """`before` runs before the recording starts; with `main_only`, importing the script does nothing."""
    root = base.resolve() / "project"
    shards = base.resolve() / "shards"
    write_files(root, files)
    script = base / "body.py"
    prelude = _PRELUDE.format(
        here=str(Path(__file__).resolve().parent),
        root=str(root),
        shards=str(shards),
        strategy=strategy,
        inputs=inputs,
        state=state,
    )
    text = f"{before}\n{prelude}{textwrap.dedent(body)}\nsession.stop()\n"
    if main_only:
        text = "if __name__ == '__main__':\n" + textwrap.indent(text, "    ")
    script.write_text(text, encoding="utf-8")
    done = native_harness.run_script(script, environment=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == "", done.stderr
    all_shards = [shard_reader.read_shard(path) for path in shard_reader.shards_of(str(shards))]
    assert not any(shard.damage for shard in all_shards)
    main = [shard for shard in all_shards if shard.process is not None and shard.process.role == "main"]
    children = tuple(
        shard for shard in all_shards if shard.process is not None and shard.process.role == "child"
    )
    return Recorded(root, max(main, key=lambda shard: shard.created_unix_ns), done.stdout, children)
