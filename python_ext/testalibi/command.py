"""The console script `alibi`: replaces itself with the binary that came with the package."""

from __future__ import annotations

import os
import sys

from testalibi import installation


def main() -> int:
    found = installation.find_binary(os.environ)
    if found.path is None:
        print(f"alibi: {found.missing}", file=sys.stderr)
        return 127
    # `alibi doctor` looks at the interpreter it belongs to.
    os.environ.setdefault("ALIBI_PYTHON", sys.executable)
    try:
        os.execv(found.path, [found.path, *sys.argv[1:]])
    except OSError as error:
        print(f"alibi: cannot run {found.path}: {error.strerror}", file=sys.stderr)
        return 126
