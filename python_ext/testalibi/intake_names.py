"""How the Test Optimization intake names tests of pytest. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class Names(NamedTuple):
    """Of a suite as a whole the last is empty."""

    module: str
    suite: str
    name: str


def names_of(node_id: str) -> Names:
    path, separator, rest = node_id.partition("::")
    if not separator:
        return Names("unknown_module", "unknown_suite", node_id)
    folder, _, file = path.rpartition("/")
    return Names(folder.replace("/", "."), file, rest)


def parameters_text(arguments: Mapping[str, object]) -> str:
    """The tag test.parameters, which the service compares literally."""
    texts = {name: _ADDRESS.sub("", _repr(value)) for name, value in arguments.items()}
    return json.dumps({"arguments": texts, "metadata": {}}, sort_keys=True)


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:
        return f"<{type(value).__name__}>"
