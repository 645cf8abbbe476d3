"""Runs programs under the preloaded recorder, in a session of their own, and reads what they wrote.

The session is made by the helper of session_main.cc, the shards are read by tests/support/shard_reader.py,
which shares no code with the product.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import xxhash
from shard_reader import read_shard, shards_of
from shard_values import Input, Shard, Started

BUILD = Path(os.environ.get("ALIBI_BUILD") or Path(__file__).resolve().parents[3] / "build" / "test")
LIBRARY = BUILD / "tracer" / "preload" / "libalibi_preload.so"
HELPER = BUILD / "tests" / "processes" / "preload_session"
# A sanitized library needs its runtime before it.
RUNTIME = os.environ.get("ALIBI_PRELOAD_RUNTIME", "")
not_sanitized = pytest.mark.skipif(
    bool(RUNTIME),
    reason="the sanitizer's runtime calls dlopen itself, needs a larger stack and shares the heap",
)


def hash_of(content: bytes) -> tuple[int, int]:
    whole = xxhash.xxh3_128_intdigest(content)
    return whole & (2**64 - 1), whole >> 64


@dataclass
class Evidence:
    """What all processes of the session but its first have recorded."""

    shards: list[Shard]
    inputs: list[Input] = field(default_factory=list)
    started: list[Started] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.inputs = [each for shard in self.shards for each in shard.inputs]
        self.started = [each for shard in self.shards for each in shard.started]

    def of(self, kind: str, subject: object) -> list[tuple[str, str]]:
        """(state, detail) of each record."""
        return [(i.state, i.detail) for i in self.inputs if i.kind == kind and i.subject == str(subject)]

    def one(self, kind: str, subject: object) -> Input:
        (found,) = (i for i in self.inputs if i.kind == kind and i.subject == str(subject))
        return found

    def program(self, name: str) -> list[Shard]:
        return [s for s in self.shards if s.origin and os.path.basename(s.origin.program) == name]

    def start(self, name: str) -> Started:
        (found,) = (s for s in self.started if os.path.basename(s.program) == name)
        return found

    def drops(self) -> int:
        return sum(drop.count for shard in self.shards for drop in shard.drops)


class Session:
    def __init__(self, folder: Path) -> None:
        self.directory = folder / "session"
        self.work = folder / "work"
        self.work.mkdir()
        made = subprocess.run([HELPER, self.directory], capture_output=True, text=True, check=True)
        self.invitation = made.stdout.strip()
        (self.main,) = shards_of(self.directory)

    def outside(self, **variables: str) -> None:
        """Writes what the session found when it began."""
        lines = ["alibi outside 1", f"set root={self.work}", "set exclude="]
        for name, value in variables.items():
            low, high = hash_of(value.encode())
            lines.append(f"env {name}={high:016x}{low:016x}")
        (self.directory / "outside").write_text("\n".join(lines) + "\n")

    def environment(self, **more: str) -> dict[str, str]:
        preload = f"{RUNTIME} {LIBRARY}".strip()
        path = {"PATH": "/usr/bin:/bin", "ALIBI_SESSION": self.invitation, "LD_PRELOAD": preload}
        return {**path, "ASAN_OPTIONS": "detect_leaks=0", **more}

    def run(
        self, *command: object, environment: dict[str, str] | None = None, timeout: float = 30
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(each) for each in command],
            cwd=self.work,
            env=self.environment() if environment is None else environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )

    def evidence(self) -> Evidence:
        return Evidence(
            [read_shard(path, strict=True) for path in shards_of(self.directory) if path != self.main]
        )

    def compiled(self, name: str, source: str, *options: str) -> Path:
        """A program from C, in the work folder."""
        text = self.work / f"{name}.c"
        text.write_text(source)
        program = self.work / name
        compiler = shutil.which("gcc") or "cc"
        subprocess.run([compiler, "-D_GNU_SOURCE", "-o", program, text, *options], check=True)
        text.unlink()
        return program
