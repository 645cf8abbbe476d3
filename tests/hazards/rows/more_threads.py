"""evidence.md "More": code that runs late, beside or after the test."""

from cases import changed, group
from short_forms import one_test, two_tests

group("evidence.md More: state, time and threads")

ONE = "def g():\n    return 1\n"

TWO = changed("def g():\n    return 1", "def g():\n    return 2")

one_test(
    "signal",
    "handler",
    """
    import os
    import signal

    SEEN = []

    def handle(number, frame):
        SEEN.append(m.g())

    def test_a():
        before = signal.signal(signal.SIGUSR1, handle)
        try:
            os.kill(os.getpid(), signal.SIGUSR1)
        finally:
            signal.signal(signal.SIGUSR1, before)
        assert SEEN == [1]
""",
)

one_test(
    "atexit",
    "function run in a forked child",
    """
    import atexit
    import os
    import sys

    def test_a():
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            atexit._clear()
            atexit.register(lambda: os.write(writer, str(m.g()).encode()))
            atexit._run_exitfuncs()
            os._exit(0)
        os.waitpid(pid, 0)
        assert os.read(reader, 10) == b"1"
""",
)

one_test(
    "__del__",
    "code run when an object goes",
    """
    SEEN = []

    class Thing:
        def __del__(self):
            SEEN.append(m.g())

    def test_a():
        thing = Thing()
        del thing
        assert SEEN == [1]
""",
)

one_test(
    "__del__",
    "code run by the garbage collector",
    """
    import gc

    SEEN = []

    class Thing:
        def __del__(self):
            SEEN.append(m.g())

    def test_a():
        thing = Thing()
        thing.itself = thing
        del thing
        gc.collect()
        assert SEEN == [1]
""",
)

one_test(
    "asyncio",
    "task",
    """
    import asyncio

    async def ask():
        await asyncio.sleep(0)
        return m.g()

    async def main():
        return sum(await asyncio.gather(ask(), ask()))

    def test_a():
        assert asyncio.run(main()) == 2
""",
)

one_test(
    "asyncio",
    "run_in_executor",
    """
    import asyncio

    async def main():
        return await asyncio.get_running_loop().run_in_executor(None, m.g)

    def test_a():
        assert asyncio.run(main()) == 1
""",
)

one_test(
    "greenlet",
    "switched to",
    """
    import greenlet

    def test_a():
        inner = greenlet.greenlet(m.g)
        assert inner.switch() == 1
""",
    needs="greenlet",
)

one_test(
    "thread",
    "two tests' functions at once in two threads",
    """
    import threading

    def test_a():
        found = []
        threads = [threading.Thread(target=lambda: found.append(m.g())) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [1, 1]

    def test_b():
        found = []
        thread = threading.Thread(target=lambda: found.append(m.other()))
        thread.start()
        thread.join()
        assert found == [1]
""",
)

two_tests(
    "thread",
    "pool started by an earlier test",
    """
    from concurrent.futures import ThreadPoolExecutor

    POOL = ThreadPoolExecutor(1)

    def test_first():
        assert POOL.submit(m.other).result()
        POOL.submit(m.g).result()

    def test_second():
        assert POOL.submit(m.g).result() == 1

    def test_third():
        assert POOL.submit(m.other).result() == 1
""",
)

two_tests(
    "thread",
    "pool of a session fixture",
    """
    from concurrent.futures import ThreadPoolExecutor
    import pytest

    @pytest.fixture(scope="session")
    def pool():
        with ThreadPoolExecutor(1) as made:
            made.submit(m.other).result()
            yield made

    def test_first(pool):
        pool.submit(m.g).result()

    def test_second(pool):
        assert pool.submit(m.g).result() == 1
""",
)

two_tests(
    "thread",
    "left running by an earlier test",
    """
    import queue
    import threading

    QUESTIONS, ANSWERS = queue.Queue(), queue.Queue()

    def serve():
        while True:
            function = QUESTIONS.get()
            if function is None:
                return
            ANSWERS.put(function())

    def test_first():
        threading.Thread(target=serve, daemon=True).start()
        QUESTIONS.put(m.g)
        ANSWERS.get(timeout=10)

    def test_second():
        QUESTIONS.put(m.g)
        assert ANSWERS.get(timeout=10) == 1
        QUESTIONS.put(None)
""",
)

two_tests(
    "process pool",
    "of a session fixture",
    """
    from concurrent.futures import ProcessPoolExecutor
    import multiprocessing
    import pytest

    @pytest.fixture(scope="session")
    def pool():
        with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as made:
            yield made

    def test_first(pool):
        pool.submit(m.g).result()

    def test_second(pool):
        assert pool.submit(m.g).result() == 1
""",
)
