"""evidence.md "More": what tests leave to each other, what runs late or beside them, and data."""

import textwrap

from cases import changed, group, hazard

group("evidence.md More: state, time and threads")

ONE = "def g():\n    return 1\n"
TWO = changed("def g():\n    return 1", "def g():\n    return 2")
NOT_ASSERTED = "test_first runs g() and asserts nothing about it"


def one_test(row: str, title: str, body: str, **more: object) -> None:
    """m.py has g(), which is edited; the test's body reaches it in some way."""
    text = "import m\n" + textwrap.dedent(body).lstrip("\n")
    more.setdefault("runs", "test_a")
    hazard(
        row,
        title,
        files={"m.py": ONE + "\ndef other():\n    return 1\n", "test_m.py": text},
        edit={"m.py": TWO},
        **more,
    )


def two_tests(row: str, title: str, body: str, **more: object) -> None:
    more.setdefault("runs", "test_first test_second")
    one_test(row, title, body, same_outcome=NOT_ASSERTED, **more)


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
    known_miss="what a forked child does after the test that forked it ended is charged to that test alone",
)
two_tests(
    "pickle",
    "a value pickled by an earlier test",
    """
    import pickle

    KEPT = {}

    def test_first():
        KEPT["bytes"] = pickle.dumps(m.g())

    def test_second():
        assert pickle.loads(KEPT["bytes"]) == 1
""",
)
two_tests(
    "pickle",
    "a file pickled by an earlier test",
    """
    import os
    import pickle

    PATH = os.path.join(os.path.dirname(__file__), "made.pickle")

    def test_first():
        with open(PATH, "wb") as file:
            pickle.dump(m.g(), file)

    def test_second():
        with open(PATH, "rb") as file:
            assert pickle.load(file) == 1
""",
)
one_test(
    "pickle",
    "a class found by unpickling",
    """
    import pickle

    def test_a():
        assert pickle.loads(b"cm\\ng\\n(tR.") == 1
""",
)
two_tests(
    "monkeypatch",
    "a global that the test patches and another reads",
    """
    def test_first(monkeypatch):
        monkeypatch.setattr(m, "g", lambda: 5)
        assert m.g() == 5

    def test_second():
        assert m.g() == 1
""",
    runs="test_second",
    may_run="test_first",
    because="it names the patched function, whose body it does not run",
)
two_tests(
    "monkeypatch",
    "an environment variable that the test sets",
    """
    import os

    def test_first(monkeypatch):
        monkeypatch.setenv("MY_NAME", str(m.g()))
        assert os.environ["MY_NAME"]

    def test_second():
        assert os.environ.get("MY_NAME") is None
""",
    runs="test_first",
)
hazard(
    "monkeypatch",
    "a variable that another test patched is set now",
    files={
        "test_m.py": """
            import os

            def test_first(monkeypatch):
                monkeypatch.setenv("MY_NAME", "1")
                assert os.environ["MY_NAME"]

            def test_second():
                assert os.environ.get("MY_NAME") is None
        """
    },
    edit={},
    environment_after={"MY_NAME": "2"},
    runs="test_second",
    may_run="test_first",
    because="monkeypatch reads the variable, to put it back",
)
two_tests(
    "global",
    "written by the global statement",
    """
    VALUE = 0

    def put():
        global VALUE
        VALUE = m.g()

    def test_first():
        put()

    def test_second():
        assert VALUE == 1
""",
)
two_tests(
    "global",
    "attribute of a module set by an earlier test",
    """
    import sys

    def test_first():
        m.extra = m.g()

    def test_second():
        assert m.extra == 1
""",
)
two_tests(
    "global",
    "class attribute set by an earlier test",
    """
    class Box:
        value = 0

    def test_first():
        Box.value = m.g()

    def test_second():
        assert Box.value == 1
""",
)
two_tests(
    "tmp_path",
    "a file below the session's temporary folder",
    """
    import pytest

    @pytest.fixture(scope="session")
    def folder(tmp_path_factory):
        return tmp_path_factory.mktemp("shared")

    def test_first(folder):
        (folder / "made").write_text(str(m.g()))

    def test_second(folder):
        assert (folder / "made").read_text() == "1"
""",
)
one_test(
    "tmp_path",
    "a file of the test itself",
    """
    def test_a(tmp_path):
        (tmp_path / "made").write_text(str(m.g()))
        assert (tmp_path / "made").read_text() == "1"

    def test_b(tmp_path):
        (tmp_path / "made").write_text("1")
        assert (tmp_path / "made").read_text() == "1"
""",
)
one_test(
    "contextvars",
    "default",
    """
    import contextvars

    VARIABLE = contextvars.ContextVar("VARIABLE", default=m.g())

    def test_a():
        assert VARIABLE.get() == 1

    def test_b():
        assert m.other() == 1
""",
)
two_tests(
    "contextvars",
    "set by an earlier test",
    """
    import contextvars

    VARIABLE = contextvars.ContextVar("VARIABLE")

    def test_first():
        VARIABLE.set(m.g())

    def test_second():
        assert VARIABLE.get() == 1
""",
    known_miss="values inside a ContextVar are not compared (selection-rules.md 1.5 b: state in C objects)",
)

DECLARED = {
    "schema/a.sql": "1",
    "test_m.py": """
        import pytest

        @pytest.mark.alibi_inputs("schema/*.sql", env=["DATABASE"])
        def test_a():
            pass

        def test_b():
            pass
    """,
}
UNSEEN = "what the test declares is read by nobody here: that it runs is what matters"
hazard(
    "declared", "file changed", files=DECLARED, edit={"schema/a.sql": "2"}, runs="test_a", same_outcome=UNSEEN
)
hazard(
    "declared", "file added", files=DECLARED, edit={"schema/b.sql": "2"}, runs="test_a", same_outcome=UNSEEN
)
hazard(
    "declared",
    "variable set",
    files=DECLARED,
    edit={},
    environment_after={"DATABASE": "x"},
    runs="test_a",
    same_outcome=UNSEEN,
)
hazard(
    "declared",
    "depends_on in a function",
    files={
        "schema/a.sql": "1",
        "test_m.py": """
            import testalibi

            def test_a():
                testalibi.depends_on("schema/*.sql")

            def test_b():
                pass
        """,
    },
    edit={"schema/a.sql": "2"},
    runs="test_a",
    same_outcome=UNSEEN,
)
