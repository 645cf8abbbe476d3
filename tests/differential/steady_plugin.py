"""Takes chance out of a suite, the same way in every run of a comparison (pytest plugin, `-p steady_plugin`).

Two sources of it were seen in the real projects: finalizers and weak-reference callbacks run wherever the
cyclic garbage collector happens to start, and one project draws random text without a seed. So garbage is
collected at the end of each test and nowhere else, and `random` starts anew for each.
"""

from __future__ import annotations

import gc
import json
import os
import random
import threading
from collections.abc import Iterator

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()  # what stays is not looked at again and again
    gc.disable()


def foreign_threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread is not threading.main_thread()}


_threads: dict[str, list[str]] = {}


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    alive = foreign_threads()
    yield
    alive |= foreign_threads()
    if alive:
        _threads[item.nodeid] = sorted(alive)


def pytest_unconfigure() -> None:
    """Which tests began or ended with other threads alive: theirs are lines that the clock hands out."""
    out = os.environ.get("ALIBI_STEADY_THREADS")
    if out:
        with open(out, "w", encoding="utf-8") as file:
            json.dump(_threads, file)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    random.seed(20260101)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Iterator[None]:
    yield
    gc.collect()
