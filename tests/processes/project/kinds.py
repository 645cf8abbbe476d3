"""Ways to start a process that does lib.work(6) and then ends in a given way: each returns its status."""

import concurrent.futures
import multiprocessing
import os
import pty
import signal
import subprocess
import sys
import time

import ends
import lib


def task(way):
    assert lib.work(6) == 8
    ends.end(way)


def in_fork(way):
    try:
        task(way)
        status = 0
    except SystemExit as exit_:
        status = exit_.code
    except BaseException:
        status = 1
    os._exit(status)


def status_of(process):
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) if process else in_fork(process)


def fork(way):
    process = os.fork()
    return status_of(process) if process else in_fork(way)


def pty_fork(way):
    process, terminal = pty.fork()
    if process == 0:
        in_fork(way)
    status = status_of(process)
    os.close(terminal)
    return status


def fork_twice(way):
    """A daemon: its parent is gone before it works."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        os.setsid()
        if os.fork() == 0:
            os.close(reader)
            assert lib.work(6) == 8
            os.write(writer, b"done")
            in_fork(way)
        os._exit(0)
    os.close(writer)
    assert status_of(process) == 0
    with open(reader, "rb") as pipe:  # ends with the daemon
        assert pipe.read() == b"done"
    return ends.STATUS[way]


def _multiprocessing(method, way):
    process = multiprocessing.get_context(method).Process(target=task, args=(way,))
    process.start()
    process.join()
    return process.exitcode


def multiprocessing_fork(way):
    return _multiprocessing("fork", way)


def multiprocessing_spawn(way):
    return _multiprocessing("spawn", way)


def multiprocessing_forkserver(way):
    return _multiprocessing("forkserver", way)


def script(way):
    return subprocess.run([sys.executable, "child.py", way], stderr=subprocess.DEVNULL).returncode


def module(way):
    return subprocess.run([sys.executable, "-m", "child", way], stderr=subprocess.DEVNULL).returncode


def command(way):
    code = f"import kinds; kinds.task({way!r})"
    return subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL).returncode


def own_environment(way):
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    run = subprocess.run([sys.executable, "child.py", way], env=environment, stderr=subprocess.DEVNULL)
    return run.returncode


def own_folder_and_descriptors(way):
    folder = os.path.dirname(os.path.abspath(__file__))
    program = [sys.executable, os.path.join(folder, "child.py"), way]
    return subprocess.run(program, cwd="/", close_fds=True, stderr=subprocess.DEVNULL).returncode


def new_session(way):
    program = [sys.executable, "child.py", way]
    return subprocess.run(program, start_new_session=True, stderr=subprocess.DEVNULL).returncode


def preexec(way):
    program = [sys.executable, "child.py", way]
    return subprocess.run(program, preexec_fn=os.getpid, stderr=subprocess.DEVNULL).returncode


def posix_spawn(way):
    quiet = [(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
    program = [sys.executable, "child.py", way]
    return status_of(os.posix_spawn(sys.executable, program, os.environ, file_actions=quiet))


def spawnv(way):
    return os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "child.py", way])


def exec_after_fork(way):
    process = os.fork()
    if process == 0:
        os.execv(sys.executable, [sys.executable, "child.py", way])
    return status_of(process)


def exec_with_environment(way):
    process = os.fork()
    if process == 0:
        os.execvpe(sys.executable, [sys.executable, "child.py", way], dict(os.environ))
    return status_of(process)


KINDS = (
    fork, pty_fork, fork_twice, multiprocessing_fork, multiprocessing_spawn, multiprocessing_forkserver,
    script, module, command, own_environment, own_folder_and_descriptors, new_session, preexec, posix_spawn,
    spawnv, exec_after_fork, exec_with_environment,
)  # fmt: skip


def pool_left_by_with(method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        return pool.map(lib.work, [6, 7])


def pool_joined(method):
    pool = multiprocessing.get_context(method).Pool(2)
    results = pool.map(lib.work, [6, 7])
    pool.close()
    pool.join()
    return results


def executor(method):
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(2, context) as pool:
        return list(pool.map(lib.work, [6, 7]))


def killed_pool(method):
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(1, context) as pool:
        result = pool.submit(lib.work, 6).result()
        for process in pool._processes.values():
            os.kill(process.pid, signal.SIGKILL)
    return [result, 16]


def workers_with_queues(method):
    """As libraries for numeric work start theirs: processes of their own that wait for tasks."""
    context = multiprocessing.get_context(method)
    tasks, results = context.SimpleQueue(), context.SimpleQueue()
    workers = [context.Process(target=serve, args=(tasks, results), daemon=True) for _ in range(2)]
    for worker in workers:
        worker.start()
    for number in (6, 7):
        tasks.put(number)
    answers = sorted(results.get() for _ in range(2))
    for worker in workers:
        worker.terminate()
        worker.join()
    return answers


def serve(tasks, results):
    while True:
        results.put(lib.work(tasks.get()))


POOLS = (pool_left_by_with, pool_joined, executor, killed_pool, workers_with_queues)


def killed_at_random(seed):
    process = subprocess.Popen([sys.executable, "child.py", "return"], stderr=subprocess.DEVNULL)
    time.sleep(seed * 0.004)
    process.kill()
    process.wait()
