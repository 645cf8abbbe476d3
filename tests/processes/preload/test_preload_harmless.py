"""Programs that run as they would without the preloaded recorder, whatever they do and wherever they are."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from preload_session import LIBRARY, Session, not_sanitized


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
