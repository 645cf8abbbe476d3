"""The Ruby half of scripts/matrix: which CRubies are at hand, and what the tests say there."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import alibi_install
from debian_roots import ruby_packages, run_inside
from environments import interpreter, venv_with
from matrix_rows import ROOT, Row, Runner
from real_suites import Unavailable

MARK = "ruby matrix"
FOLDERS = {
    "lines": "lines",
    "native": "native",
    "units": "source_units",
    "processes": "processes",
    "frameworks": "frameworks",
    "gem": "gem",
    "hazards": "hazards",
}
COMPILED = ("lines", "native")  # the others start Rubies with options of their own
HEAD = ("interpreter", "from", "strategy", *FOLDERS)
_PROBE = (
    'require "rbconfig"; compiler = defined?(RubyVM::YJIT) && RubyVM::YJIT.enabled? ? "yes" : "no"; '
    'puts RbConfig.ruby, RUBY_VERSION, RbConfig::CONFIG["ruby_version"], RUBY_ENGINE, compiler'
)
_STRATEGY = """
require "tmpdir"
require ARGV[0]
Dir.mktmpdir do |folder|
  native = Testalibi::Native
  native.open(directory: File.join(folder, "s"), root: folder, interpreter: "cruby", session_id: 7, role: 1,
              roots: [folder], strategy: nil)
  print native.strategy
  native.close
end
"""


class RubyRow(Row):
    def cells(self) -> tuple[str, ...]:
        return (self.version, self.origin, self.strategy or "-", *(self.of(part) for part in FOLDERS))


@dataclass(frozen=True)
class Ruby:
    path: str
    version: str
    abi: str
    has_compiler: bool


def ruby_at(path: str) -> Ruby:
    """Asks the executable who it is."""
    try:
        asked = subprocess.run(
            [path, "--disable-gems", "-e", _PROBE], capture_output=True, text=True, timeout=60, check=True
        )
        said = subprocess.run(
            [path, "--disable-gems", "--yjit", "-e", _PROBE], capture_output=True, text=True, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(f"{path}: not a usable Ruby: {error}") from None
    real, version, abi, engine, _ = asked.stdout.split()
    if engine != "ruby":
        raise Unavailable(f"{path}: {engine} is not CRuby")
    return Ruby(real, version, abi, said.stdout.split()[-1:] == ["yes"])


def _candidates() -> Iterator[Path]:
    for folder in map(Path, os.environ.get("PATH", "").split(os.pathsep)):
        if folder.name != "shims" and folder.is_dir():  # a shim may lead nowhere
            yield from sorted(each for each in folder.iterdir() if re.fullmatch(r"ruby(\d\.\d+)?", each.name))
    versions = Path(os.environ.get("RBENV_ROOT") or Path.home() / ".rbenv") / "versions"
    if versions.is_dir():
        yield from (folder / "bin" / "ruby" for folder in sorted(versions.iterdir()))


def rubies_at_hand() -> list[Ruby]:
    """One per ABI, which has one extension; oldest first."""
    found: dict[str, Ruby] = {}
    for path in _candidates():
        try:
            each = ruby_at(str(path))
        except Unavailable:
            continue
        found.setdefault(each.abi, each)
    return sorted(found.values(), key=lambda each: [int(part) for part in re.findall(r"\d+", each.version)])


def wanted_parts(options: argparse.Namespace) -> list[str]:
    named = [part for part in options.only or [] if part in FOLDERS]
    return named or list(FOLDERS)


def _commands(found: Ruby, scratch: Path) -> Path:
    """A folder in which `ruby`, `rspec` and `cucumber` are those of this Ruby."""
    folder = scratch / f"ruby-{found.version}"
    folder.mkdir()
    (folder / "ruby").symlink_to(found.path)
    for name in ("rspec", "cucumber"):
        beside = Path(found.path).with_name(name)
        script = str(beside) if beside.exists() else shutil.which(name)
        if script:
            (folder / name).write_text(f'#!/bin/sh\nexec {found.path} {script} "$@"\n')
            (folder / name).chmod(0o755)
    return folder


def _strategy(found: Ruby, extension: Path, scratch: Path, options: str) -> str:
    loaded = scratch / f"{found.version}{options}" / "testalibi_native.so"
    loaded.parent.mkdir()
    shutil.copy(extension, loaded)
    command = [found.path, *options.split(), "-e", _STRATEGY, str(loaded)]
    asked = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
    return asked.stdout.strip() or f"none: {(asked.stderr.strip().splitlines() or ['?'])[-1]}"


def check(found: Ruby, origin: str, options: argparse.Namespace, scratch: Path) -> list[RubyRow]:
    row = RubyRow(found.version, origin)
    try:
        python = venv_with(interpreter(sys.executable), ("pytest",))
        folder = alibi_install.build([], ruby=found.path)
        alibi_install.install(python)
    except (Unavailable, alibi_install.InstallFailed) as error:
        row.failures.append(str(error))
        return [row]
    extension = folder / "ruby_ext" / f"testalibi_native-{found.abi}.so"
    here = {
        "ALIBI_RUBY": found.path,
        "ALIBI_BUILD": str(folder),
        "PATH": f"{_commands(found, scratch)}:{os.environ['PATH']}",
    }
    junit = Path(options.junit) if options.junit else None
    rows = [row]
    row.strategy = _strategy(found, extension, scratch, "")
    _run_parts(
        row, list(FOLDERS), here, Runner(python.path, f"ruby-{found.version}", scratch, junit), options
    )
    if found.has_compiler:
        compiled = RubyRow(f"{found.version} YJIT", origin)
        compiled.strategy = _strategy(found, extension, scratch, " --yjit")
        label = f"ruby-{found.version}-yjit"
        with_compiler = {**here, "RUBYOPT": "--yjit"}
        _run_parts(
            compiled, list(COMPILED), with_compiler, Runner(python.path, label, scratch, junit), options
        )
        rows += [compiled] if compiled.parts else []
    return rows


def _run_parts(
    row: RubyRow, parts: list[str], here: dict[str, str], runner: Runner, options: argparse.Namespace
) -> None:
    for part in parts:
        if part in wanted_parts(options):
            folder = ROOT / "tests/ruby" / FOLDERS[part]
            runner.run(row, part, folder, environment=here, name_skips=True)
            print(f"{row.version} ({row.origin}), {part}: {row.of(part)}", file=sys.stderr, flush=True)


def missing_packages() -> list[str]:
    """Of those that the tests need, in a Debian root."""
    question = ["dpkg-query", "-W", "-f=${db:Status-Status}"]
    asked = {
        name: subprocess.run([*question, name], check=False, capture_output=True, text=True).stdout
        for name in ruby_packages()
    }
    return [name for name, status in asked.items() if status != "installed"]


def check_here(options: argparse.Namespace, origin: str, scratch: Path) -> list[RubyRow]:
    try:
        rubies = [ruby_at(path) for path in options.ruby] if options.ruby else rubies_at_hand()
    except Unavailable as error:
        return [RubyRow("?", origin, failures=[str(error)])]
    if options.inside:
        rubies = [ruby_at("/usr/bin/ruby")]  # others of the release have no frameworks
    rows = [row for found in rubies for row in check(found, origin, options, scratch)]
    if options.inside and rows:
        rows[0].skipped += [f"no package {name} there" for name in missing_packages()]
    return rows


def check_root(root: Path, options: argparse.Namespace) -> list[RubyRow]:
    arguments = ["--only", "ruby"]
    for part in options.only or []:
        arguments += ["--only", part] if part in FOLDERS else []
    status, documents = run_inside(root, arguments)
    if not documents:
        why = f"the run inside {root} ended with {status} and no result"
        return [RubyRow("?", root.name, failures=[why])]
    return [
        RubyRow(**{**document, "parts": {k: tuple(v) for k, v in document["parts"].items()}})
        for document in documents
    ]
