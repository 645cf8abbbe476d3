"""A runner of persistent workers (collector/run/WORKERS.md) for the tests of the drivers: starts one driver,
gives it units in order and keeps every message. One thread, no clock; a driver that hangs is killed.
"""

import json
import os
import socket
import subprocess


class WorkerRun:
    def __init__(self, status, output, messages):
        self.status = status
        self.output = output
        self.messages = messages

    def all(self, kind):
        return [message for message in self.messages if kind in message]

    @property
    def done(self):
        return {message["done"]: message for message in self.all("done")}

    @property
    def outcomes(self):
        return [message["outcome"] for message in self.all("done")]


def units_of(files):
    """One unit of each: a file, or a file and what selects tests in it, or a whole unit."""
    units = []
    for number, file in enumerate(files, 1):
        unit = {"id": number, "attempt": 1}
        if isinstance(file, dict):
            unit.update(file)
        elif isinstance(file, (tuple, list)):
            unit.update(file=file[0], arguments=list(file[1]))
        else:
            unit.update(file=file, arguments=[file])
        units.append(unit)
    return units


def run_worker(command, files, *, cwd, env, early="unit", retry=(), close_after=None, timeout=120):
    """early: "unit" answers at once with the next one, "later" never does. retry: ids that are given a second
    time when they failed. close_after: so many units, then the socket is closed.
    """
    ours, theirs = socket.socketpair()
    environment = {**env, "ALIBI_WORKER_SOCKET": str(theirs.fileno())}
    process = subprocess.Popen(
        command,
        cwd=str(cwd),
        env=environment,
        pass_fds=(theirs.fileno(),),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        stdin=subprocess.DEVNULL,
    )
    theirs.close()
    ours.settimeout(timeout)
    messages = []
    try:
        _serve(ours, units_of(files), messages, early, set(retry), close_after)
    except socket.timeout:
        process.kill()
        raise
    finally:
        ours.close()
    output, _ = process.communicate(timeout=timeout)
    return WorkerRun(process.returncode, output, messages)


def _serve(connection, units, messages, early, retry, close_after):
    given = {}
    with connection.makefile("rwb") as stream:
        while True:
            try:
                line = stream.readline()
            except ConnectionResetError:
                return
            if not line:
                return
            message = json.loads(line.decode("utf-8"))
            messages.append(message)
            failed = message.get("done")
            if failed in retry and message["outcome"] == "failed":
                retry.discard(failed)
                unit = given[failed]
                arguments = message["failed"] or unit["arguments"]
                units.insert(0, {**unit, "arguments": arguments, "attempt": unit["attempt"] + 1})
            if "next" not in message:
                continue
            if message["next"] == "early" and early == "later":
                answer = {"later": True}
            elif units:
                unit = units.pop(0)
                given[unit["id"]] = unit
                answer = {"unit": unit}
            else:
                answer = {"end": True}
            try:
                stream.write(json.dumps(answer, ensure_ascii=False).encode("utf-8") + b"\n")
                stream.flush()
            except BrokenPipeError:
                return
            if close_after is not None and len(given) >= close_after:
                return


def outside_environment(**more):
    """Without what this process's own test run has put there."""
    prefixes = ("ALIBI", "PYTEST", "PYTHON", "COV_", "RSPEC", "RUBYOPT", "SPEC_OPTS", "TESTOPTS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    kept["PYTHONDONTWRITEBYTECODE"] = "1"
    kept.update(more)
    return {name: value for name, value in kept.items() if value is not None}
