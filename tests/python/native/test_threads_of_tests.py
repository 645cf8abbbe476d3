"""What runs beside a test: threads begun before it or left behind, two tests at once, tasks of one loop."""

from __future__ import annotations

from pathlib import Path

from evidence_process import record

WORK = {
    "m.py": """
        def first():
            return 1
        def second():
            return 2
        def third():
            return 3
    """
}


def lines(recorded, test: str) -> set[int]:
    (found,) = [each for each in recorded.shard.tests if each.id == test]
    return next((lines for path, lines in found.lines.items() if path.endswith("m.py")), set())


def test_two_tests_at_once_each_have_what_both_did(tmp_path: Path) -> None:
    body = """
        import m, threading
        in_a, in_b, a_done = threading.Event(), threading.Event(), threading.Event()
        def run_a():
            with test("a"):
                m.first(); in_a.set(); in_b.wait(); m.second()
            a_done.set()
        def run_b():
            in_a.wait()
            with test("b"):
                in_b.set(); a_done.wait(); m.third()
        threads = [threading.Thread(target=run_a), threading.Thread(target=run_b)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        with test("alone"): m.first()
    """
    recorded = record(tmp_path, WORK, body)
    assert lines(recorded, "a") == lines(recorded, "b") == {3, 5, 7}
    assert lines(recorded, "alone") == {3}


def test_a_test_that_ends_first_does_not_end_the_other(tmp_path: Path) -> None:
    body = """
        import m, threading
        began, ended = threading.Event(), threading.Event()
        def inner():
            with test("short"): began.set(); m.first()
            ended.set()
        with test("long"):
            thread = threading.Thread(target=inner); thread.start(); began.wait(); ended.wait(); thread.join()
            m.second()
        with test("later"): m.third()
    """
    recorded = record(tmp_path, WORK, body)
    assert lines(recorded, "long") == {3, 5}
    assert lines(recorded, "short") == {3, 5}
    assert lines(recorded, "later") == {7}


def test_a_pool_begun_before_the_tests_and_one_left_behind_work_for_whoever_is_current(
    tmp_path: Path,
) -> None:
    body = """
        import concurrent.futures, m, threading
        pool = concurrent.futures.ThreadPoolExecutor(2)
        pool.submit(int).result()
        go, done = threading.Event(), threading.Event()
        def background():
            go.wait(); m.third(); done.set()
        with test("uses the pool"): pool.submit(m.first).result()
        with test("leaves a thread"): threading.Thread(target=background).start(); m.second()
        with test("is there when it works"): go.set(); done.wait()
        with test("uses it again"): pool.submit(m.first).result()
        pool.shutdown()
    """
    recorded = record(tmp_path, WORK, body)
    assert lines(recorded, "uses the pool") == lines(recorded, "uses it again") == {3}
    assert lines(recorded, "leaves a thread") == {5}
    assert lines(recorded, "is there when it works") == {7}


def test_a_task_that_goes_on_in_a_later_test_belongs_to_that_test_from_then_on(tmp_path: Path) -> None:
    body = """
        import asyncio, m
        loop = asyncio.new_event_loop()
        async def slow():
            m.first(); await asyncio.sleep(0.01); m.second()
        async def start():
            return asyncio.ensure_future(slow())
        async def step():
            await asyncio.sleep(0)
        async def finish(task):
            await task; m.third()
        with test("starts it"):
            task = loop.run_until_complete(start())
            loop.run_until_complete(step())
        with test("waits for it"): loop.run_until_complete(finish(task))
        loop.close()
    """
    recorded = record(tmp_path, WORK, body)
    assert lines(recorded, "starts it") == {3}
    assert lines(recorded, "waits for it") == {5, 7}


def test_a_variable_set_by_one_of_two_tests_at_once_is_known_to_both(tmp_path: Path) -> None:
    body = """
        import os, threading
        began, ended = threading.Event(), threading.Event()
        def inner():
            with test("short"): began.set()
            ended.set()
        with test("long"):
            os.environ["SET_EARLY"] = "1"
            thread = threading.Thread(target=inner); thread.start(); ended.wait(); thread.join()
    """
    recorded = record(tmp_path, WORK, body)
    written = recorded.inputs("long", kind="written") | recorded.inputs("short", kind="written")
    assert any(subject == "environ:SET_EARLY" for _, _, subject, _ in written)
