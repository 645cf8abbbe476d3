"""Programs that start programs, under the preloaded recorder: who is expected to record, and who does."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time

import pytest
from preload_session import Evidence, Session, hash_of

CALLER = """
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
int main(int count, char **arguments) {
  const char *way = arguments[1];
  char **rest = arguments + 2;
  pid_t child = 0;
  int status = 0;
  if (!strcmp(way, "execve")) return execve(rest[0], rest, environ);
  if (!strcmp(way, "execvp")) return execvp(rest[0], rest);
  if (!strcmp(way, "execl")) return execl(rest[0], rest[0], rest[1], (char *)0);
  if (!strcmp(way, "execlp")) return execlp(rest[0], rest[0], rest[1], (char *)0);
  if (!strcmp(way, "execle")) return execle(rest[0], rest[0], rest[1], (char *)0, environ);
  if (!strcmp(way, "fexecve")) return fexecve(open(rest[0], O_RDONLY), rest, environ);
  if (!strcmp(way, "execveat")) return execveat(AT_FDCWD, rest[0], rest, environ, 0);
  if (!strcmp(way, "system")) return WEXITSTATUS(system(rest[0]));
  if (!strcmp(way, "popen")) return WEXITSTATUS(pclose(popen(rest[0], "w")));
  if (!strcmp(way, "spawn") && posix_spawn(&child, rest[0], 0, 0, rest, environ)) return 126;
  if (!strcmp(way, "spawnp") && posix_spawnp(&child, rest[0], 0, 0, rest, environ)) return 126;
  if (!strcmp(way, "fork") && !(child = fork())) { execv(rest[0], rest); _exit(127); }
  if (!strcmp(way, "vfork") && !(child = vfork())) { execv(rest[0], rest); _exit(127); }
  if (!strcmp(way, "vforkp") && !(child = vfork())) { execvp(rest[0], rest); _exit(127); }
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}
"""


def whole(evidence: Evidence, name: str) -> bool:
    """Every start of the program was expected to record, and did."""
    starts = [s for s in evidence.started if os.path.basename(s.program) == name]
    recorded = {shard.process_id for shard in evidence.shards if shard.origin}
    return bool(starts) and all(s.expected and s.process_id in recorded for s in starts)


@pytest.mark.parametrize(
    "way", ["execve", "execl", "execle", "fexecve", "execveat", "spawn", "fork", "vfork"]
)
def test_each_way_to_start_a_program(session: Session, way: str) -> None:
    (session.work / "a").write_text("x")
    caller = session.compiled("caller", CALLER)
    assert session.run(caller, way, "/usr/bin/cat", "a").stdout == "x"
    evidence = session.evidence()
    assert evidence.one("file", session.work / "a").content_hash == hash_of(b"x")
    assert whole(evidence, "cat")
    assert evidence.start("cat").command == "/usr/bin/cat a"
    assert evidence.drops() == 0


@pytest.mark.parametrize("way", ["execvp", "execlp", "spawnp", "vforkp"])
def test_programs_are_found_along_the_path(session: Session, way: str) -> None:
    (session.work / "a").write_text("x")
    caller = session.compiled("caller", CALLER)
    environment = session.environment(PATH=f"{session.work}/bin:/usr/bin")
    assert session.run(caller, way, "cat", "a", environment=environment).stdout == "x"
    evidence = session.evidence()
    assert whole(evidence, "cat")
    if way != "vforkp":
        assert evidence.of("probe", session.work / "bin/cat") == [("present", "access:1")]
        assert evidence.of("environment", "PATH")


@pytest.mark.parametrize("way", ["system", "popen"])
def test_the_shell_that_the_library_starts(session: Session, way: str) -> None:
    (session.work / "a").write_text("x")
    caller = session.compiled("caller", CALLER)
    assert session.run(caller, way, "cat a; exit 3").returncode == 3
    evidence = session.evidence()
    start = evidence.start("sh")
    assert (start.process_id, start.expected, start.command) == (0, True, "sh -c cat a; exit 3")
    (shell,) = (s for s in evidence.shards if s.origin and s.origin.command == start.command)
    (parent,) = evidence.program("caller")
    assert shell.process is not None
    assert shell.process.parent_pid == parent.process_id
    assert evidence.of("file", session.work / "a") == [("present", "")]


def test_a_pipeline(session: Session) -> None:
    (session.work / "a").write_text("1\n2\n")
    done = session.run("sh", "-c", "cat a | sort -r | head -n 1 > out; exit 4")
    assert (done.returncode, done.stderr) == (4, "")
    evidence = session.evidence()
    assert all(whole(evidence, name) for name in ("cat", "sort", "head"))
    assert evidence.of("written", session.work / "out") == [("present", "created")]


def test_a_script_and_what_runs_it(session: Session) -> None:
    script = session.work / "script"
    script.write_text("#!/bin/sh\ncat a\n")
    script.chmod(0o755)
    (session.work / "a").write_text("x")
    caller = session.compiled("caller", CALLER)
    assert session.run(caller, "fork", "./script").stdout == "x"
    evidence = session.evidence()
    assert whole(evidence, "script")
    assert {i.content_hash for i in evidence.inputs if i.subject == str(script) and i.kind == "file"} == {
        hash_of(script.read_bytes())
    }


def test_a_program_that_is_not_there(session: Session) -> None:
    caller = session.compiled("caller", CALLER)
    assert session.run(caller, "fork", "./gone").returncode == 127
    assert session.run(caller, "vfork", "./gone").returncode == 127
    evidence = session.evidence()
    assert evidence.started == []
    assert set(evidence.of("file", session.work / "gone")) == {("absent", "")}


def test_an_empty_environment(session: Session) -> None:
    assert session.run("env", "-i", "/usr/bin/true").returncode == 0
    evidence = session.evidence()
    assert not evidence.start("true").expected
    assert not evidence.program("true")


def test_an_environment_without_the_library(session: Session) -> None:
    assert session.run("env", "-u", "LD_PRELOAD", "/usr/bin/true").returncode == 0
    assert not session.evidence().start("true").expected


def test_nothing_is_added_to_environments(session: Session) -> None:
    done = session.run("env", "-i", "A=1", "/usr/bin/env")
    assert done.stdout == "A=1\n"
    inherited = session.run("env").stdout.splitlines()
    assert f"ALIBI_SESSION={session.invitation}" in inherited
    assert len(inherited) == len(session.environment())


def test_a_static_program_is_noticed(session: Session) -> None:
    static = session.compiled("static", "int main(void) { return 7; }", "-static")
    caller = session.compiled("caller", CALLER)
    for way in ("execve", "spawn", "vfork"):
        assert session.run(caller, way, "./static").returncode == 7
    starts = [s for s in session.evidence().started if s.program == str(static)]
    assert [s.expected for s in starts] == [False] * 3


def test_a_privileged_program_is_noticed(session: Session) -> None:
    shutil.copy("/usr/bin/true", session.work / "privileged")
    (session.work / "privileged").chmod(0o4755)
    caller = session.compiled("caller", CALLER)
    assert session.run(caller, "fork", "./privileged").returncode == 0
    assert not session.evidence().start("privileged").expected


def test_interpreters_are_left_to_their_own_recorder(session: Session) -> None:
    assert session.run("sh", "-c", "/usr/bin/python3 -c 'open(\"/usr/bin/env\")'; true").returncode == 0
    evidence = session.evidence()
    assert evidence.start("python3").expected
    assert not [s for s in evidence.shards if s.origin and "python" in s.origin.program]


def test_a_killed_program_leaves_what_it_had_read(session: Session) -> None:
    (session.work / "a").write_text("x")
    running = subprocess.Popen(
        ["/usr/bin/tail", "-f", "a"], cwd=session.work, env=session.environment(), stdout=subprocess.PIPE
    )
    assert running.stdout is not None
    assert running.stdout.read(1) == b"x"
    time.sleep(0.05)
    running.kill()
    assert running.wait() == -signal.SIGKILL
    running.stdout.close()
    evidence = session.evidence()
    assert evidence.of("file", session.work / "a") == [("present", "")]
    assert evidence.shards[0].closed is None


def test_a_program_behind_a_seccomp_filter_says_that_it_lost_sight(session: Session) -> None:
    program = session.compiled(
        "filtered",
        """
        #include <fcntl.h>
        #include <linux/seccomp.h>
        #include <stdlib.h>
        #include <sys/prctl.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        int main(void) {
          prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0);
          getenv("HOME");
          syscall(SYS_exit, 6);
        }
        """,
    )
    assert session.run(program).returncode == 6
    assert session.evidence().drops() == 1


def test_a_copy_that_nobody_follows_is_noticed(session: Session) -> None:
    program = session.compiled(
        "copies",
        """
        #include <sched.h>
        #include <signal.h>
        #include <sys/wait.h>
        #include <unistd.h>
        int main(void) {
          int status;
          pid_t child = _Fork();
          if (!child) _exit(9);
          waitpid(child, &status, 0);
          return WEXITSTATUS(status);
        }
        """,
    )
    assert session.run(program).returncode == 9
    assert not session.evidence().start("copies").expected
