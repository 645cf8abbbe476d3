"""evidence.md section 3: children, threads, shared fixtures and caches (rows 13 to 21)."""

from cases import changed, group, hazard

group("evidence.md 3: edits that change behaviour")

ONE = "def f():\n    return 1\n"
TWO = changed("return 1", "return 2")

hazard(
    "13",
    "python -m in a child",
    files={
        "child.py": """
            def main():
                print(1)

            if __name__ == "__main__":
                main()
        """,
        "test_m.py": """
            import os
            import subprocess
            import sys

            def test_a():
                here = os.path.dirname(os.path.abspath(__file__))
                assert subprocess.check_output([sys.executable, "-m", "child"], cwd=here) == b"1\\n"

            def test_b():
                pass
        """,
    },
    edit={"child.py": changed("print(1)", "print(2)")},
    runs="test_a",
)

for row, method in (("14", "fork"), ("15", "spawn")):
    hazard(
        row,
        f"multiprocessing with {method}",
        files={
            "m.py": ONE,
            "test_m.py": f"""
                import multiprocessing
                import m

                def put(queue):
                    queue.put(m.f())

                def test_a():
                    context = multiprocessing.get_context("{method}")
                    queue = context.Queue()
                    child = context.Process(target=put, args=(queue,))
                    child.start()
                    found = queue.get(timeout=20)
                    child.join()
                    assert found == 1

                def test_b():
                    pass
            """,
        },
        edit={"m.py": TWO},
        runs="test_a",
    )

hazard(
    "16",
    "os.fork and os._exit",
    files={
        "m.py": ONE,
        "test_m.py": """
            import os
            import m

            def test_a():
                pid = os.fork()
                if pid == 0:
                    os._exit(0 if m.f() == 1 else 1)
                assert os.waitpid(pid, 0)[1] == 0

            def test_b():
                pass
        """,
    },
    edit={"m.py": TWO},
    runs="test_a",
)

hazard(
    "17",
    "ProcessPoolExecutor",
    files={
        "m.py": ONE,
        "test_m.py": """
            from concurrent.futures import ProcessPoolExecutor
            import m

            def test_a():
                with ProcessPoolExecutor(1) as pool:
                    assert pool.submit(m.f).result() == 1

            def test_b():
                pass
        """,
    },
    edit={"m.py": TWO},
    runs="test_a",
)

hazard(
    "18",
    "thread pool",
    files={
        "m.py": ONE,
        "test_m.py": """
            from concurrent.futures import ThreadPoolExecutor
            import m

            def test_a():
                with ThreadPoolExecutor(1) as pool:
                    assert pool.submit(m.f).result() == 1

            def test_b():
                pass
        """,
    },
    edit={"m.py": TWO},
    runs="test_a",
)

for row, title, where in (("19", "callee", "m.py"), ("20", "code", "conftest.py")):
    hazard(
        row,
        f"session fixture's {title}, second user",
        files={
            "m.py": ONE,
            "conftest.py": """
                import pytest
                import m

                @pytest.fixture(scope="session")
                def value():
                    return m.f()
            """,
            "test_m.py": """
                def test_first(value):
                    pass

                def test_second(value):
                    assert value == 1

                def test_without():
                    pass
            """,
        },
        edit={where: TWO if where == "m.py" else changed("return m.f()", "return m.f() + 1")},
        runs="test_first test_second",
        same_outcome="test_first uses the fixture and asserts nothing about it",
    )

for scope, place in (("module", "test_m.py"), ("class", "test_m.py"), ("package", "conftest.py")):
    fixture = f"""
import pytest
import m

@pytest.fixture(scope="{scope}")
def value():
    return m.f()
"""
    tests = """
class TestAll:
    def test_first(self, value):
        pass

    def test_second(self, value):
        assert value == 1

def test_without():
    pass
"""
    hazard(
        "19",
        f"{scope} fixture's callee, second user",
        files={
            "m.py": ONE,
            "test_m.py": tests if place == "conftest.py" else fixture + tests,
            **({place: fixture} if place == "conftest.py" else {}),
        },
        edit={"m.py": TWO},
        runs="TestAll::test_first TestAll::test_second",
        same_outcome="test_first uses the fixture and asserts nothing about it",
    )

CACHED = """
    import functools

    @functools.lru_cache()
    def f():
        return g()

    def g():
        return 1

    def h():
        return 1
"""

hazard(
    "21",
    "lru_cache, second user",
    files={
        "m.py": CACHED,
        "test_m.py": """
            import m

            def test_first():
                m.f()

            def test_second():
                assert m.f() == 1

            def test_other():
                assert m.h() == 1
        """,
    },
    edit={"m.py": changed("def g():\n    return 1", "def g():\n    return 2")},
    runs="test_first test_second",
    lazy=True,
    same_outcome="test_first runs the function and asserts nothing about it",
)

hazard(
    "21",
    "lazily set global, second user",
    files={
        "m.py": """
            _value = None

            def make():
                return 1

            def f():
                global _value
                if _value is None:
                    _value = make()
                return _value
        """,
        "test_m.py": """
            import m

            def test_first():
                m.f()

            def test_second():
                assert m.f() == 1
        """,
    },
    edit={"m.py": changed("return 1", "return 2")},
    runs="test_first test_second",
    lazy=True,
    same_outcome="test_first runs the function and asserts nothing about it",
)
