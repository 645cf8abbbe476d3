"""Threads that run for ever get every line in every test, however fast the tests change."""

from __future__ import annotations

import sys
from typing import Callable

import pytest

Script = Callable[..., str]
pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring begins with 3.12")


# From 3.15 on a trace of the JIT compiler may outlive any rearming, so sys.monitoring is not relied on there.
WITH_JIT = ["self", "restart"] if sys.version_info < (3, 15) else ["trace"]


@pytest.mark.parametrize(
    ("strategy", "jit"), [("self", "0"), ("restart", "0"), *((strategy, "1") for strategy in WITH_JIT)]
)
def test_busy_threads_lose_nothing(script: Script, strategy: str, jit: str) -> None:
    said = script(
        """
        import os, sys, threading, native_harness
        root, strategy = sys.argv[1:3]
        sys.setswitchinterval(0.0001)
        body = "".join(f"    x = x + {i}\\n" for i in range(25))
        names = ("one", "two")
        with open(os.path.join(root, "busy.py"), "w") as file:
            for name in names:
                file.write(f"def {name}(x):\\n{body}    return short_{name}(x)\\n")
                file.write(f"def short_{name}(x): return x\\n")
        sys.path.insert(0, root)
        import busy
        passes = {name: 0 for name in names}
        go_on = True
        def work(name):
            function = getattr(busy, name)
            while go_on:
                function(0)
                passes[name] += 1
        with native_harness.Recording(root, strategy=strategy) as recording:
            threads = [threading.Thread(target=work, args=(name,)) for name in names]
            [thread.start() for thread in threads]
            for test in range(60):
                for hurry in range(3):
                    with recording.test("hurry"):
                        pass
                with recording.test(f"{test}"):
                    begun = dict(passes)
                    while any(passes[name] < begun[name] + 2 for name in names):
                        threads[0].join(0.0005)
            go_on = False
            [thread.join() for thread in threads]
            assert recording.session.strategy == strategy, recording.session.strategy_reason
            assert recording.session.drops() == {}
        lines = recording.lines()
        expected = {("busy.py", n) for start in (1, 29) for n in range(start + 1, start + 28)}
        assert len(expected) == 54
        print({len(expected - lines[str(test)]) for test in range(60)})
        """,
        strategy,
        environment={"PYTHON_JIT": jit},
    )
    assert said.strip() == "{0}"
