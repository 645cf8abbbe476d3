"""What `alibi watch` is told while tests run, on the pipe that it leaves open."""

import json
import os
import threading

import pytest


class Watcher:
    """Runs pytest as `alibi watch` does and hears what it says."""

    def __init__(self, project):
        self.project = project
        self.events = []
        self.run = None

    def pytest(self, *arguments, **more):
        read, write = os.pipe()
        heard = []

        def hear():
            with open(read, encoding="utf-8") as pipe:
                heard.extend(pipe)

        listener = threading.Thread(target=hear)
        listener.start()
        environment = {"ALIBI_WATCH_FD": str(write), **more.pop("env", {})}
        try:
            self.run = self.project.pytest(*arguments, env=environment, pass_fds=[write], **more)
        finally:
            os.close(write)
        listener.join(30)
        assert not listener.is_alive(), "somebody still holds the pipe"
        self.events = [json.loads(line) for line in heard]
        return self.run

    def named(self, event):
        return [entry for entry in self.events if entry["event"] == event]

    @property
    def outcomes(self):
        return {entry["id"]: entry["outcome"] for entry in self.named("test")}


@pytest.fixture
def watcher(project):
    return Watcher(project)


OUTCOMES = """
import pytest, unittest

def test_passes():
    pass

def test_fails():
    print("printed before")
    one = 1
    assert one == 2, "not the same"

@pytest.mark.skip(reason="no")
def test_skipped():
    pass

@pytest.mark.xfail
def test_expected():
    assert False

@pytest.fixture
def broken():
    yield
    raise RuntimeError("teardown")

def test_error(broken):
    pass

class TestOld(unittest.TestCase):
    def test_method(self):
        self.assertEqual(1, 2)
"""


def test_it_hears_of_every_test_with_and_without_recording(watcher):
    watcher.project.write("test_a.py", OUTCOMES)
    expected = {
        "test_a.py::test_passes": "passed",
        "test_a.py::test_fails": "failed",
        "test_a.py::test_skipped": "skipped",
        "test_a.py::test_expected": "xfailed",
        "test_a.py::test_error": "error",
        "test_a.py::TestOld::test_method": "failed",
    }
    for arguments in ([], ["--alibi"]):
        run = watcher.pytest(*arguments)
        assert watcher.outcomes == expected
        assert watcher.named("collected")[-1]["run"] == 6
        assert watcher.events[-1] == {"event": "end", "stopped": False}
        assert run.status == 1
    (session,) = watcher.named("session")
    assert session["root"] == str(watcher.project.folder)
    assert session["data"] == str(watcher.project.data)
    assert watcher.events.index(session) == 0


@pytest.mark.parametrize("style", ["auto", "long", "short", "native", "line", "no"])
def test_a_failure_comes_with_a_short_traceback_whatever_the_style(watcher, style):
    watcher.project.write("test_a.py", OUTCOMES)
    watcher.pytest(f"--tb={style}")
    failures = {entry["id"]: entry for entry in watcher.named("failure")}
    failure = failures["test_a.py::test_fails"]
    text = "\n".join(failure["text"])
    assert failure["place"] == "test_a.py:10"
    assert "not the same" in failure["message"]
    assert "not the same" in text
    assert "  printed before" in failure["text"]
    if style in ("auto", "long", "short"):
        assert "test_a.py:10:" in text
        assert 'assert one == 2, "not the same"' in text
        assert "print(" not in text
    assert watcher.events.index(failure) < watcher.events.index(
        next(entry for entry in watcher.named("test") if entry["id"] == failure["id"])
    )


def test_causes_are_told_from_the_first_to_the_last(watcher):
    watcher.project.write(
        "test_a.py",
        "def test_a():\n"
        "    try:\n"
        "        {}['key']\n"
        "    except KeyError as error:\n"
        "        raise ValueError('outer') from error\n",
    )
    watcher.pytest()
    text = "\n".join(watcher.named("failure")[0]["text"])
    assert text.index("KeyError") < text.index("direct cause") < text.index("ValueError: outer")


def test_files_that_cannot_be_collected_are_failures_too(watcher):
    watcher.project.write("test_a.py", "import nowhere_to_be_found\n")
    run = watcher.pytest()
    (failure,) = watcher.named("failure")
    assert failure["id"] == "test_a.py"
    assert failure["finding"]
    assert "nowhere_to_be_found" in "\n".join(failure["text"])
    assert run.status == 2


def test_a_run_that_is_cut_short_says_so(watcher):
    watcher.project.write("test_a.py", "def test_a():\n    assert 0\ndef test_b():\n    pass\n")
    watcher.pytest("-x")
    assert watcher.events[-1] == {"event": "end", "stopped": True}


def test_workers_are_heard_through_the_main_process(watcher):
    pytest.importorskip("xdist")
    watcher.project.write("test_a.py", OUTCOMES)
    watcher.project.write(
        "test_b.py", "import os\ndef test_env():\n    assert 'ALIBI_WATCH_FD' not in os.environ\n"
    )
    for arguments in ([], ["--alibi"]):
        watcher.pytest("-n2", *arguments)
        assert len(watcher.outcomes) == 7
        assert watcher.outcomes["test_b.py::test_env"] == "passed"
        assert len(watcher.named("failure")) == 3
        assert watcher.named("collected")[-1]["run"] == 7


def test_a_worker_that_dies_is_a_failure_of_its_test(watcher):
    pytest.importorskip("xdist")
    watcher.project.write("test_a.py", "import os\ndef test_dies():\n    os._exit(3)\n")
    watcher.pytest("-n1")
    assert watcher.outcomes == {"test_a.py::test_dies": "failed"}


def test_tests_and_their_children_do_not_come_upon_the_pipe(watcher):
    watcher.project.write(
        "test_a.py",
        "import os, stat\n"
        "def is_inherited_pipe(descriptor):\n"
        "    try:\n"
        "        is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)\n"
        "    except OSError:\n"
        "        return False\n"
        "    return is_pipe and os.get_inheritable(descriptor)\n"
        "def test_a():\n"
        "    assert 'ALIBI_WATCH_FD' not in os.environ\n"
        "    assert not any(map(is_inherited_pipe, range(3, 256)))\n"
        "def test_forks():\n"
        "    if os.fork() == 0:\n"
        "        os._exit(0)\n"
        "    os.wait()\n",
    )
    watcher.pytest()
    assert watcher.outcomes == {"test_a.py::test_a": "passed", "test_a.py::test_forks": "passed"}


def test_text_of_any_kind_gets_through(watcher):
    watcher.project.write(
        "test_a.py",
        "import pytest\n"
        "@pytest.mark.parametrize('name', ['gr\\u00f6\\u00dfe', '\\u65e5\\u672c'])\n"
        "def test_a(name):\n"
        "    print('\\x1b[31mtab\\there')\n"
        "    raise ValueError(b'\\xff'.decode('utf-8', 'surrogateescape') + 'x' * 100000)\n",
    )
    watcher.pytest(errors="replace")
    assert len(watcher.outcomes) == 2
    assert all(len(line) <= 2000 for entry in watcher.named("failure") for line in entry["text"])


@pytest.mark.parametrize("number", ["", "x", "1", "-1", "999", "0"])
def test_a_descriptor_that_is_no_pipe_is_left_alone(project, number):
    project.write("test_a.py", "def test_a():\n    pass\n")
    with open(os.devnull, "w") as nowhere:
        run = project.pytest(env={"ALIBI_WATCH_FD": number}, stdin=nowhere)
    assert run.status == 0
    assert '"event"' not in run.text


def test_nobody_listening_does_no_harm(project):
    read, write = os.pipe()
    os.close(read)
    project.write("test_a.py", OUTCOMES)
    plain = project.pytest()
    try:
        run = project.pytest(env={"ALIBI_WATCH_FD": str(write)}, pass_fds=[write])
    finally:
        os.close(write)
    assert run.outcomes == plain.outcomes
    assert run.status == plain.status


def test_what_selection_came_to_is_told(project):
    """With the stand-in nothing is known: the line says so, and the counts are right."""
    watcher = Watcher(project)
    project.write("test_a.py", "def test_a():\n    pass\n")
    watcher.pytest("--alibi")
    collected = watcher.named("collected")[-1]
    assert collected["run"] == 1
    assert collected["left_out"] == 0
    assert collected["notes"]
