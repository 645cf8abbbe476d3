#!/usr/bin/env python3
"""Fails when a file includes what its layer may not (nothing points up); names files that are too long.

The table below is the architecture: for each folder, the folders of ours and the angle-bracket
headers that its files may include. The C and C++ standard libraries and POSIX are open to all.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# folder -> (our folders, third-party angle-bracket prefixes). A folder may always include itself.
LAYERS: dict[str, tuple[list[str], list[str]]] = {
    "tracer/base": ([], ["xxhash.h"]),
    "tracer/model": (["tracer/base"], []),
    "tracer/shard": (["tracer/base", "tracer/model"], ["xxhash.h"]),
    "tracer/recording": (["tracer/base", "tracer/model", "tracer/shard"], []),
    "tracer/crash": (["tracer/base"], ["libunwind.h"]),
    "tracer/abi": (["tracer/base", "tracer/model", "tracer/shard", "tracer/recording", "tracer/crash"], []),
    "tracer/preload": (["tracer/base", "tracer/recording", "tracer/abi"], []),
    "python_ext/native": (["tracer/abi"], ["Python.h", "frameobject.h", "internal/", "opcode", "cpython/"]),
    "ruby_ext/ext": (["tracer/abi"], ["ruby.h", "ruby/"]),
    "collector/model": (["tracer/base", "tracer/model"], []),
    "collector/process": (["tracer/base", "collector/model"], []),
    "collector/merge": (["tracer/base", "tracer/model", "tracer/shard", "collector/model"], ["absl/"]),
    "collector/crash": (
        ["tracer/base", "tracer/crash", "collector/model"],
        ["elfutils/", "nlohmann/"],
    ),
    "collector/store": (
        [
            "tracer/base",
            "tracer/model",
            "tracer/shard",
            "collector/model",
            "collector/merge",
            "collector/crash",
        ],
        ["absl/", "msgpack", "zstd.h", "sqlite3.h", "nlohmann/", "xxhash.h"],
    ),
    "collector/change": (
        [
            "tracer/base",
            "tracer/model",
            "tracer/recording",
            "collector/model",
            "collector/process",
            "collector/store",
        ],
        ["absl/", "nlohmann/", "zstd.h"],
    ),
    "collector/select": (
        ["tracer/base", "tracer/model", "collector/model", "collector/change"],
        ["absl/"],
    ),
    "collector/compression": (["tracer/base", "collector/model"], ["zlib.h"]),
    "collector/payload": (
        ["tracer/base", "collector/model"],
        ["msgpack", "nlohmann/", "absl/"],
    ),
    "collector/transport": (
        ["tracer/base", "collector/model", "collector/compression"],
        ["curl/", "nlohmann/"],
    ),
    "collector/origin": (["tracer/base", "collector/model", "collector/process"], ["nlohmann/", "absl/"]),
    "collector/ship": (
        [
            "tracer/base",
            "tracer/model",
            "collector/model",
            "collector/store",
            "collector/compression",
            "collector/payload",
            "collector/transport",
            "collector/origin",
        ],
        ["absl/", "nlohmann/"],
    ),
    "collector/serve": (
        [
            "tracer/base",
            "tracer/model",
            "collector/model",
            "collector/process",
            "collector/compression",
            "collector/store",
            "collector/payload",
            "collector/junit",
        ],
        ["absl/", "nlohmann/", "httplib.h", "openssl/", "sqlite3.h", "libpq-fe.h", "zlib.h"],
    ),
    "collector/report": (
        [
            "tracer/base",
            "tracer/model",
            "collector/model",
            "collector/crash",
            "collector/store",
            "collector/change",
            "collector/select",
        ],
        ["nlohmann/", "sqlite3.h", "absl/"],
    ),
    "collector/watch": (
        ["tracer/base", "collector/model", "collector/report"],
        ["nlohmann/", "absl/"],
    ),
    "collector/plan": (["tracer/base", "collector/model"], ["absl/", "nlohmann/"]),
    "collector/junit": (["tracer/base", "collector/model"], ["expat.h"]),
    "collector/timings": (
        ["tracer/base", "collector/model", "collector/store", "collector/plan", "collector/junit"],
        ["nlohmann/", "absl/"],
    ),
    "collector/framework": (
        ["tracer/base", "collector/model", "collector/process", "collector/plan"],
        ["nlohmann/", "absl/", "toml"],
    ),
    "collector/plan_folder": (
        ["tracer/base", "collector/model", "collector/store", "collector/plan"],
        ["nlohmann/", "xxhash.h"],
    ),
    "collector/ci": (["tracer/base", "collector/model"], ["nlohmann/"]),
    "collector/run": (
        [
            "tracer/base",
            "collector/model",
            "collector/process",
            "collector/plan",
            "collector/framework",
            "collector/junit",
        ],
        ["nlohmann/", "absl/"],
    ),
    "collector/queue": (
        ["tracer/base", "collector/model", "collector/plan", "collector/run", "collector/transport"],
        ["hiredis", "nlohmann/", "absl/"],
    ),
    "collector/planning": (
        [
            "tracer/base",
            "tracer/model",
            "collector/model",
            "collector/process",
            "collector/payload",
            "collector/origin",
            "collector/report",
            "collector/store",
            "collector/plan",
            "collector/timings",
            "collector/framework",
            "collector/plan_folder",
            "collector/run",
        ],
        ["nlohmann/"],
    ),
    "collector/cli": (["tracer", "collector"], ["CLI/", "absl/", "nlohmann/"]),
}
NEVER = {
    "tracer": ["Python.h", "ruby.h", "msgpack", "sqlite3.h", "curl/", "absl/"],
    "collector": ["Python.h", "ruby.h"],
}
LONGEST = 400
OURS = ("tracer/", "collector/", "python_ext/", "ruby_ext/")
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
THIRD_PARTY = (
    "xxhash.h", "Python.h", "ruby", "frameobject.h", "internal/", "opcode", "absl/", "msgpack", "zstd.h",
    "zlib.h", "sqlite3.h", "curl/", "nlohmann/", "CLI/", "gtest/", "gmock/", "benchmark/", "httplib.h",
    "toml", "hiredis", "roaring/", "libunwind.h", "elfutils/", "libpq-fe.h", "openssl/", "expat.h",
)  # fmt: skip


def layer_of(path: str) -> str | None:
    """The longest folder of the table that holds `path`."""
    return max((layer for layer in LAYERS if path.startswith(layer + "/")), key=len, default=None)


def faults_of(path: Path) -> list[str]:
    relative = path.relative_to(ROOT).as_posix()
    layer = layer_of(relative)
    if layer is None:
        return [f"{relative}: lies in no layer of scripts/check_layers.py"]
    ours, foreign = LAYERS[layer]
    top = relative.split("/")[0]
    faults = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quoted, target = match.group(1) == '"', match.group(2)
        where = f"{relative}:{number}: {target}"
        is_ours = quoted and target.startswith(OURS)
        allowed = tuple(folder + "/" for folder in [layer, *ours]) if is_ours else tuple(foreign)
        if target.startswith(allowed):
            continue
        if is_ours:
            faults.append(f"{where}: {layer} may include only {', '.join([layer, *ours])}")
        elif target.startswith(THIRD_PARTY):
            faults.append(f"{where}: {layer} may include only {', '.join(foreign) or 'the standard library'}")
        if target.startswith(tuple(NEVER.get(top, ()))):
            faults.append(f"{where}: never below {top}/")
    return faults


def sources_below(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*"))]
    return [path for path in found if path.suffix in (".h", ".cc", ".c")]


def version_forks() -> list[str]:
    """PY_VERSION_HEX may be named in compat*.h and in internals/ only."""
    faults = []
    for path in sources_below("python_ext/native"):
        if path.name.startswith("compat") or "internals" in path.parts:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if "PY_VERSION_HEX" in line:
                where = f"{path.relative_to(ROOT)}:{number}"
                faults.append(f"{where}: PY_VERSION_HEX belongs in compat*.h or internals/")
    return faults


def long_files() -> list[str]:
    """Sources that have outgrown one idea: named, not refused."""
    found = []
    for folder in ("tracer", "python_ext", "collector", "tests", "bench", "scripts"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in (".h", ".cc", ".c", ".py"):
                continue
            lines = path.read_bytes().count(b"\n")
            if lines > LONGEST:
                found.append(f"{path.relative_to(ROOT)}: {lines} lines, more than {LONGEST}")
    return found


def main() -> int:
    files = sources_below("tracer", "python_ext/native", "collector")
    faults = sorted({fault for path in files for fault in faults_of(path)}) + version_forks()
    for fault in faults:
        print(fault)
    for notice in long_files():
        print(f"notice: {notice}")
    print(f"{len(files)} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
