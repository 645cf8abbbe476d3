"""What other collectors were seen to lose, each as one edit that selects the test that rests on it.

The rows are those of a study of two peers: what a thread, a child process, a dynamic import or a bodiless
definition did was missing from the test's record. Some rows are about Ruby; their Python likenesses stand
here.
"""

from __future__ import annotations

import pytest
from recorded_project import Project

FUNCTIONS = (
    "pool",
    "kept",
    "thread",
    "forked",
    "forked_exit",
    "started",
    "pooled",
    "system",
    "relative",
    "twice",
)
LIB = "A_CONST = 1\n\n\n" + "\n\n".join(f"def {name}():\n    return 1\n" for name in FUNCTIONS)
SHAPES = """
class Shape:
    def empty(self):
        pass

    @property
    def size(self):
        return 1


class Bare:
    side = 1
"""
SUITE = """
import concurrent.futures, importlib, multiprocessing, os, subprocess, sys, threading
import lib, shapes, user_of_constant

executor = concurrent.futures.ThreadPoolExecutor(1)
executor.submit(int).result()
shape, bare = shapes.Shape(), shapes.Bare()
stop = threading.Event()

def status(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def test_constant_through_a_dynamic_import(): assert user_of_constant.VALUE == 1
def test_executor_made_before_the_test(): assert executor.submit(lib.pool).result() == 1
def test_main_thread_beside_one_that_stays_alive():
    assert lib.kept() == 1
    threading.Thread(target=stop.wait, daemon=True).start()
def test_thread():
    thread = threading.Thread(target=lib.thread); thread.start(); thread.join()
def test_fork():
    child = os.fork()
    if child == 0: lib.forked(); os._exit(0)
    assert status(child) == 0
def test_fork_that_exits_normally():
    child = os.fork()
    if child == 0:
        try: lib.forked_exit(); sys.exit(0)
        except SystemExit: os._exit(0)
    assert status(child) == 0
def test_subprocess(): subprocess.run([sys.executable, "-c", "import lib; lib.started()"], check=True)
def test_pool_left_by_with():
    with multiprocessing.get_context("fork").Pool(1) as pool: assert pool.apply(lib.pooled) == 1
def test_system(): assert os.system(sys.executable + " -c 'import lib; lib.system()'") == 0
def test_constant(): assert lib.A_CONST + 1 == 2
def test_empty_body(): assert shape.empty() is None
def test_accessor(): assert shape.size == 1
def test_class_without_a_line(): assert bare.side == 1
def test_relative_path():
    code = "import runpy; runpy.run_path('by_path.py', run_name='__main__')"
    subprocess.run([sys.executable, "-c", code], check=True)
def test_two_recorders_and_one_stops():
    import sys as system
    lines = []
    system.settrace(lambda *event: lines.append(event))
    system.settrace(None)
    assert lib.twice() == 1
def test_rests_on_none_of_it(): pass
"""
FILES = {
    "lib.py": LIB,
    "shapes.py": SHAPES,
    "constants.py": "X = 1\n",
    "user_of_constant.py": "import importlib\nVALUE = importlib.import_module('constants').X\n",
    "by_path.py": "import lib\nlib.relative()\n",
    "test_rows.py": SUITE,
}
# What `alibi select` says without need is as wrong as what it leaves out.
ALWAYS = {"test_system"}  # the shell between is no interpreter
BODY = "def {0}():\n    return 1\n"
CHANGED = "def {0}():\n    value = 1\n    return value\n"
ROWS = [
    ("test_constant_through_a_dynamic_import", "constants.py", "X = 1", "X = 2"),
    ("test_executor_made_before_the_test", "lib.py", BODY.format("pool"), CHANGED.format("pool")),
    ("test_main_thread_beside_one_that_stays_alive", "lib.py", BODY.format("kept"), CHANGED.format("kept")),
    ("test_thread", "lib.py", BODY.format("thread"), CHANGED.format("thread")),
    ("test_fork", "lib.py", BODY.format("forked"), CHANGED.format("forked")),
    ("test_fork_that_exits_normally", "lib.py", BODY.format("forked_exit"), CHANGED.format("forked_exit")),
    ("test_subprocess", "lib.py", BODY.format("started"), CHANGED.format("started")),
    ("test_pool_left_by_with", "lib.py", BODY.format("pooled"), CHANGED.format("pooled")),
    ("test_system", "lib.py", BODY.format("system"), CHANGED.format("system")),
    ("test_constant", "lib.py", "A_CONST = 1", "A_CONST = 2"),
    ("test_empty_body", "shapes.py", "        pass", "        return 2"),
    ("test_accessor", "shapes.py", "        return 1", "        return 2"),
    ("test_class_without_a_line", "shapes.py", "side = 1", "side = 2"),
    ("test_relative_path", "lib.py", BODY.format("relative"), CHANGED.format("relative")),
    ("test_two_recorders_and_one_stops", "lib.py", BODY.format("twice"), CHANGED.format("twice")),
]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("rows").resolve() / "project"
    folder.mkdir()
    project = Project(folder)
    for name, text in FILES.items():
        project.write(name, text)
    project.pytest("--alibi", "-q")
    return project


@pytest.mark.parametrize(("test", "file", "old", "new"), ROWS, ids=[row[0][5:] for row in ROWS])
def test_row(recorded: Project, test: str, file: str, old: str, new: str) -> None:
    assert old in FILES[file]
    recorded.write(file, FILES[file].replace(old, new, 1))
    selected = recorded.selected()
    recorded.write(file, FILES[file])
    assert selected == ALWAYS | {test}


def test_nothing_changed(recorded: Project) -> None:
    assert recorded.selected() == ALWAYS
