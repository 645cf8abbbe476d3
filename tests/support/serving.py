"""`alibi serve` on a free port, for tests of clients."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def serving(command: str, store: Path, *options: str) -> Iterator[str]:
    """Its address. `command`: the program alibi."""
    started = [command, "serve", "--port", "0", "--store", str(store), *options]
    with subprocess.Popen(started, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://\S+?:\d+", said)
        assert found is not None, said
        yield found[0]
        process.terminate()
        assert process.wait(20) == 0


def answer_of(url: str) -> Any:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


def text_of(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        return str(answer.read().decode())


def requests_of(server: str) -> dict[str, int]:
    """How many of each route were answered well; none was answered otherwise."""
    text = text_of(server + "/metrics")
    assert not re.search(r'^alibi_requests_total\{route="\w+",status="[345]', text, re.MULTILINE), text
    found = re.findall(r'^alibi_requests_total\{route="(\w+)",status="2\d\d"\} (\d+)', text, re.MULTILINE)
    return {route: int(count) for route, count in found}
