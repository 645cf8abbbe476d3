"""Programs that start programs, under the preloaded recorder: who is expected to record, and who does."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from preload_session import LIBRARY, Evidence, Session, hash_of, not_sanitized

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


def test_threads_that_read_while_one_forks(session: Session) -> None:
    program = session.compiled(
        "threads",
        """
        #include <fcntl.h>
        #include <pthread.h>
        #include <stdatomic.h>
        #include <stdio.h>
        #include <sys/stat.h>
        #include <sys/wait.h>
        #include <unistd.h>
        static atomic_int stop;
        static void *read_files(void *name) {
          char path[40]; struct stat s;
          for (int i = 0; !stop; ++i) {
            snprintf(path, sizeof path, "%s%d", (char *)name, i % 500);
            stat(path, &s);
          }
          return 0;
        }
        int main(void) {
          pthread_t threads[3]; char *names[] = {"a", "b", "c"};
          for (int i = 0; i < 3; ++i) pthread_create(&threads[i], 0, read_files, names[i]);
          int wrong = 0;
          for (int i = 0; i < 200; ++i) {
            pid_t child = fork();
            if (!child) { close(open("in-child", O_RDONLY)); _exit(5); }
            int status; waitpid(child, &status, 0); wrong += WEXITSTATUS(status) != 5;
          }
          stop = 1;
          for (int i = 0; i < 3; ++i) pthread_join(threads[i], 0);
          return wrong != 0;
        }
        """,
        "-pthread",
    )
    assert session.run(program, timeout=60).returncode == 0
    evidence = session.evidence()
    assert len(evidence.of("file", session.work / "in-child")) == 200


@not_sanitized
def test_signal_handlers_that_open_files_while_the_program_allocates(session: Session) -> None:
    program = session.compiled(
        "handlers",
        """
        #include <fcntl.h>
        #include <signal.h>
        #include <stdlib.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <sys/time.h>
        #include <unistd.h>
        static volatile int count;
        static void handle(int number) {
          char path[] = "f00000"; struct stat s;
          for (int i = 5, rest = count++; i > 0; --i, rest /= 10) path[i] = '0' + rest % 10;
          stat(path, &s); close(open(path, O_RDONLY)); access("fixed", F_OK);
        }
        int main(void) {
          struct itimerval often = {{0, 300}, {0, 300}};
          char stack[SIGSTKSZ > 16384 ? 16384 : 8192];
          stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
          sigaltstack(&other, 0);
          struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART | SA_ONSTACK};
          sigaction(SIGALRM, &action, 0);
          setitimer(ITIMER_REAL, &often, 0);
          while (count < 2000) {
            struct stat s;
            void *memory = malloc(rand() % 5000);
            stat("in-main", &s); getenv("HOME"); free(memory);
          }
          return 0;
        }
        """,
    )
    assert session.run(program, timeout=60).returncode == 0
    evidence = session.evidence()
    assert len([i for i in evidence.inputs if i.kind == "file" and "/f0" in i.subject]) >= 2000


def test_errno_and_descriptors_are_the_programs(session: Session) -> None:
    program = session.compiled(
        "careful",
        """
        #include <dirent.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/stat.h>
        #include <unistd.h>
        #define WANT(code, call) if (errno = 0, (call), errno != code) return __LINE__
        int main(void) {
          struct stat s;
          close(0); close(1); close(2);
          WANT(ENOENT, open("gone", O_RDONLY));
          WANT(EFAULT, open((char *)8, O_RDONLY));
          WANT(EFAULT, open((char *)8, O_WRONLY | O_CREAT | O_TRUNC, 0600));
          WANT(EFAULT, stat((char *)8, &s));
          WANT(EFAULT, rename((char *)8, "x"));
          WANT(EFAULT, unlink((char *)8));
          WANT(EFAULT, mkdir((char *)8, 0700));
          WANT(EFAULT, execve((char *)8, 0, 0));
          WANT(ENOTDIR, opendir("/etc/passwd"));
          WANT(EISDIR, open(".", O_WRONLY));
          WANT(EEXIST, mkdir(".", 0700));
          WANT(ENOENT, fopen("gone", "r"));
          WANT(EINVAL, readlink(".", (char *)&s, 10));
          errno = 33; getenv("A"); if (errno != 33) return __LINE__;
          if (open("made", O_WRONLY | O_CREAT, 0600) != 0) return __LINE__;
          if (dup(0) != 1 || dup(0) != 2 || dup(0) != 3) return __LINE__;
          close_range(0, ~0u, 0);
          if (open("made", O_RDONLY) != 0) return __LINE__;
          return 0;
        }
        """,
        "-Wno-nonnull",
    )
    assert session.run(program).returncode == 0
    (shard,) = session.evidence().program("careful")
    assert shard.closed


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


def same_as_without(session: Session, environment: dict[str, str]) -> None:
    (session.work / "a").write_text("x\n")
    command = ("sh", "-c", "cat a b; cat a | wc -l; exit 3")
    plain = session.run(*command, environment={"PATH": "/usr/bin:/bin"})
    done = session.run(*command, environment=environment)
    assert (done.returncode, done.stdout, done.stderr) == (plain.returncode, plain.stdout, plain.stderr)


@pytest.mark.parametrize("text", ["", "garbage", "2,", "2,00000001,0,x,/", "2,zzzzzzzz,0,x,/", "9" * 5000])
def test_an_invitation_that_is_none(session: Session, text: str) -> None:
    same_as_without(session, session.environment(ALIBI_SESSION=text))
    assert session.evidence().shards == []


def test_a_session_that_is_over_is_not_brought_back(session: Session) -> None:
    shutil.rmtree(session.directory)
    same_as_without(session, session.environment())
    assert not session.directory.exists()


def test_without_an_invitation_nothing_happens(session: Session) -> None:
    environment = session.environment()
    del environment["ALIBI_SESSION"]
    same_as_without(session, environment)
    assert session.evidence().shards == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_session_directory_that_cannot_be_written(session: Session, tmp_path: Path) -> None:
    for folder in (session.directory, *session.directory.parents):
        if folder == Path("/tmp"):
            break
        folder.chmod(0o755)
    (session.work / "a").write_text("x")
    # Where the other user may read it: the loader itself complains about a library that it cannot open.
    library = Path(shutil.copy(LIBRARY, session.work))
    preload = session.environment()["LD_PRELOAD"].replace(str(LIBRARY), str(library))
    done = subprocess.run(
        ["cat", "a"],
        cwd=session.work,
        env=session.environment(LD_PRELOAD=preload),
        user=65534,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "x", "")
    assert session.evidence().shards == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk(session: Session, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", small], check=False)
    if mounted.returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        inside = Session(small)
        same_as_without(inside, inside.environment())
        (small / "filler").write_bytes(b"")
        with open(small / "filler", "wb", buffering=0) as filler:
            try:
                while filler.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        done = inside.run("ls")
        assert (done.returncode, done.stderr) == (0, "")
    finally:
        subprocess.run(["umount", "-l", small], check=True)
