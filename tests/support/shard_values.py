"""What a shard says, as Python values: the words and records of tracer/shard/FORMAT.md.

Made by shard_reader.py, used by all tests that look at what was recorded. A `Shard` also answers what its
numbers mean: the line of a probe, what is charged to a test, what an import ran.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ROLES = {1: "main", 2: "worker", 3: "child"}
CODE_KINDS = {1: "module", 2: "class", 3: "function", 4: "anonymous", 5: "looked_up", 6: "compiled"}
NAMES_AT_RUN_TIME = ("looked_up", "compiled")
NAME_KINDS = {1: "global", 2: "attribute", 3: "import", 4: "dotted"}
CONTEXT_KINDS = {1: "test", 2: "fixture", 3: "other", 4: "collection"}
OUTCOMES = {1: "passed", 2: "failed", 3: "skipped", 4: "error", 5: "xfailed", 6: "xpassed"}
INPUT_KINDS = {
    1: "file", 2: "directory", 3: "probe", 4: "environment", 5: "process", 6: "socket", 7: "import",
    8: "written", 9: "option",
}  # fmt: skip
INPUT_STATES = {1: "present", 2: "absent", 3: "other", 4: "no value"}
STATE_KINDS = {
    1: "global", 2: "class attribute", 3: "content", 4: "cached function", 5: "instance attribute",
    6: "container",
}  # fmt: skip
DROP_REASONS = {
    1: "disk", 2: "memory", 3: "numbers", 4: "line out of range", 5: "refused code", 6: "probe lost",
    7: "tracer evicted", 8: "subinterpreter", 9: "thread", 10: "input", 11: "too large", 12: "fork",
    13: "state", 14: "process",
}  # fmt: skip

Lines = dict[str, set[int]]


@dataclass
class Process:
    role: str
    parent_pid: int
    worker: str
    interpreter: str
    strategy: str
    root: str
    parent_shard: str
    parent_bytes: int


@dataclass
class Origin:
    """Of a process that was started: in which context of which shard."""

    context: int
    shard: str
    program: str
    command: str


@dataclass
class Started:
    context: int
    process_id: int
    expected: bool  # to record by itself
    program: str
    command: str


@dataclass
class File:
    number: int
    unreadable: bool
    size: int
    content_hash: tuple[int, int]
    path: str


@dataclass
class Code:
    base: int
    span: int
    file: int
    first_line: int
    kind: str
    scope_line: int
    fingerprint: tuple[int, int]
    qualified_name: str


@dataclass
class Name:
    kind: str
    level: int
    name: str


@dataclass
class Outline:
    """Which lines and functions (scope line, qualified name) a file has, executed or not."""

    file: int
    lines: set[int]
    functions: set[tuple[int, str]]


@dataclass
class Context:
    number: int
    kind: str
    parent: int
    name: str
    scope: str


@dataclass
class Input:
    context: int
    kind: str
    state: str
    content_hash: tuple[int, int]
    subject: str
    detail: str


@dataclass
class StateWrite:
    context: int
    file: int
    kind: str
    name: str
    attribute: str


@dataclass
class Drop:
    context: int
    reason: str
    count: int


@dataclass
class Statement:
    """A module-level line that ran, everything hit while it was the innermost one, and who set off the
    import.
    """

    probe: int
    hits: set[int] = field(default_factory=set)
    triggers: set[int] = field(default_factory=set)
    names_used: set[int] = field(default_factory=set)


@dataclass
class Test:
    """One test context; `outcome` is None when the test did not end in this shard."""

    id: str
    context: int
    outcome: str | None = None
    duration_ns: int = 0
    reason: str = ""
    lines: Lines = field(default_factory=dict)
    triggered_lines: Lines = field(default_factory=dict)
    scopes: set[tuple[str, str, int]] = field(default_factory=set)
    triggered_scopes: set[tuple[str, str, int]] = field(default_factory=set)


@dataclass
class Shard:
    path: str
    process_id: int
    process_start: int
    session_id: int
    created_unix_ns: int
    process: Process | None = None
    files: dict[int, File] = field(default_factory=dict)
    codes: list[Code] = field(default_factory=list)
    names: dict[int, list[Name]] = field(default_factory=dict)
    outlines: list[Outline] = field(default_factory=list)
    contexts: dict[int, Context] = field(default_factory=dict)
    tests: list[Test] = field(default_factory=list)
    hits: dict[int, set[int]] = field(default_factory=dict)
    statements: dict[int, Statement] = field(default_factory=dict)
    inputs: list[Input] = field(default_factory=list)
    charges: set[tuple[int, int]] = field(default_factory=set)
    ends: dict[int, tuple[str, int, str]] = field(default_factory=dict)
    state_writes: list[StateWrite] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)
    imported: list[tuple[str, str]] = field(default_factory=list)
    collected: dict[int, set[str]] = field(default_factory=dict)  # context of a collection -> test ids
    origin: Origin | None = None
    started: list[Started] = field(default_factory=list)
    overlaps: list[tuple[str, int, str]] = field(default_factory=list)  # user shard, context, used shard
    closed: tuple[int, int] | None = None
    entries: int = 0
    uncommitted: int = 0
    torn_bytes: int = 0
    damage: list[str] = field(default_factory=list)
    checksums_verified: bool = False
    _code_of_probe: dict[int, Code] = field(default_factory=dict, repr=False)
    names_of_probes: dict[int, Code] = field(default_factory=dict, repr=False)
    names_used: dict[int, set[int]] = field(default_factory=dict)

    def locate(self, probe: int) -> tuple[str, int]:
        """(path, line) of a probe."""
        code = self._code_of_probe[probe]
        return self.files[code.file].path, code.first_line + probe - code.base

    def code_of(self, probe: int) -> Code:
        return self._code_of_probe[probe]

    def charged(self, context: int) -> set[int]:
        """The context and all whose evidence it takes over, transitively. Not collections, which are kept
        apart.
        """
        reached, todo = set(), [context]
        while todo:
            user = todo.pop()
            if user not in reached:
                reached.add(user)
                todo.extend(used for by, used in self.charges if by == user)
        return {number for number in reached if number == context or not self.is_collection(number)}

    def is_collection(self, context: int) -> bool:
        return context in self.contexts and self.contexts[context].kind == "collection"

    def lines(self, probes: set[int]) -> Lines:
        found: Lines = {}
        for probe in probes:
            path, line = self.locate(probe)
            found.setdefault(path, set()).add(line)
        return found

    def triggered(self, contexts: set[int]) -> set[int]:
        """Probes of module-level statements that ran because one of these contexts imported something."""
        found: set[int] = set()
        for statement in self.statements.values():
            if statement.triggers & contexts:
                found |= statement.hits | {statement.probe}
        return found

    def names_at_run_time(self, context: int, kind: str = "looked_up") -> set[str]:
        """Names looked up (or compiled) at run time by what the context is charged with, imports too."""
        contexts = self.charged(context)
        probes = {probe for used in contexts for probe in self.names_used.get(used, ())}
        for statement in self.statements.values():
            if statement.triggers & contexts:
                probes |= statement.names_used
        names = (self.names_of_probes[probe] for probe in probes)
        return {name.qualified_name for name in names if name.kind == kind}

    def scopes(self, probes: set[int]) -> set[tuple[str, str, int]]:
        codes = {id(self._code_of_probe[probe]): self._code_of_probe[probe] for probe in probes}
        return {(self.files[c.file].path, c.qualified_name, c.scope_line) for c in codes.values()}
