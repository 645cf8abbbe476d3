"""What a program reads, asks, writes and looks up, as the preloaded recorder writes it down."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import struct
from pathlib import Path

import pytest
from preload_session import Session, hash_of, not_sanitized


def facts(first: int, second: int) -> tuple[int, int]:
    return hash_of(struct.pack("=QQ", first, second))


def test_a_file_that_is_read_and_one_that_is_not_there(session: Session) -> None:
    (session.work / "a.txt").write_text("hello")
    done = session.run("cat", "a.txt", "gone.txt")
    assert (done.returncode, done.stdout) == (1, "hello")
    evidence = session.evidence()
    read = evidence.one("file", session.work / "a.txt")
    assert (read.state, read.content_hash) == ("present", hash_of(b"hello"))
    assert evidence.of("file", session.work / "gone.txt") == [("absent", "")]
    assert evidence.drops() == 0
    (cat,) = evidence.program("cat")
    assert cat.process is not None
    assert cat.process.role == "child"
    assert cat.process.interpreter == "program"
    assert cat.origin is not None
    assert (cat.origin.context, cat.origin.shard) == (1, os.path.basename(session.main))
    assert cat.origin.command == "cat a.txt gone.txt"
    assert cat.closed


def test_files_of_the_system_are_the_machines(session: Session) -> None:
    assert (
        session.run("cat", "/etc/passwd", "/proc/self/status", "/usr/share/common-licenses/GPL-3").returncode
        == 0
    )
    subjects = [i.subject for i in session.evidence().inputs if i.kind in ("file", "probe")]
    assert subjects == []


def test_the_project_is_never_the_machines(session: Session, tmp_path: Path) -> None:
    session.outside()
    own = session.directory / "outside"
    own.write_text(own.read_text().replace(f"root={session.work}", "root=/usr/share/common-licenses"))
    assert session.run("cat", "/usr/share/common-licenses/GPL-3").returncode == 0
    assert session.evidence().of("file", "/usr/share/common-licenses/GPL-3") == [("present", "")]


def test_a_listing(session: Session) -> None:
    (session.work / "folder").mkdir()
    (session.work / "folder" / "b").touch()
    (session.work / "folder" / "a").touch()
    assert session.run("ls", "folder").stdout == "a\nb\n"
    assert session.evidence().one("directory", session.work / "folder").content_hash == hash_of(b"a\0b\0")


def test_questions_have_the_words_that_selection_asks_again_with(session: Session) -> None:
    (session.work / "a").write_text("12345")
    (session.work / "link").symlink_to("a")
    program = session.compiled(
        "ask",
        """
        #include <fcntl.h>
        #include <sys/stat.h>
        #include <unistd.h>
        int main(void) {
          struct stat s; struct statx x; char target[10];
          int folder = open(".", O_RDONLY | O_DIRECTORY);
          stat("a", &s); lstat("link", &s); fstatat(folder, "nothing", &s, 0);
          statx(AT_FDCWD, "link", 0, STATX_MODE, &x);
          access("a", R_OK); faccessat(folder, "b", F_OK, 0); euidaccess("a", X_OK);
          readlink("link", target, 1); readlinkat(folder, "a", target, sizeof target);
          return 0;
        }
        """,
    )
    assert session.run(program).returncode == 0
    evidence, work = session.evidence(), session.work
    found = {
        (os.path.basename(i.subject), i.detail): (i.state, i.content_hash)
        for i in evidence.inputs
        if i.kind == "probe" and Path(i.subject).parent == work
    }
    assert found == {
        ("a", "stat"): ("present", facts(stat.S_IFREG, 5)),
        ("link", "stat"): ("present", facts(stat.S_IFREG, 5)),
        ("link", "lstat"): ("present", facts(stat.S_IFLNK, 0)),
        ("nothing", "stat"): ("absent", (0, 0)),
        ("a", "access:4"): ("present", facts(1, 0)),
        ("b", "access:0"): ("present", facts(0, 0)),
        ("a", "access:1"): ("present", facts(int(os.access(work / "a", os.X_OK)), 0)),
        ("link", "readlink"): ("present", hash_of(b"a")),
        ("a", "readlink"): ("other", (0, 0)),
    }
    assert evidence.one("probe", work).detail == "stat"


def test_a_file_behind_links_counts_under_both_names(session: Session) -> None:
    (session.work / "real").mkdir()
    (session.work / "real" / "data").write_text("x")
    (session.work / "link").symlink_to("real")
    assert session.run("cat", "link/data").returncode == 0
    evidence = session.evidence()
    assert evidence.of("file", session.work / "link/data") == [("present", "")]
    assert evidence.of("file", session.work / "real/data") == [("present", "")]


def test_a_file_above_what_a_link_leads_to(session: Session) -> None:
    (session.work / "real" / "folder").mkdir(parents=True)
    (session.work / "real" / "data").write_text("x")
    (session.work / "data").write_text("other")
    (session.work / "link").symlink_to("real/folder")
    assert session.run("cat", "link/../data").stdout == "x"
    evidence = session.evidence()
    assert evidence.of("file", session.work / "real/data") == [("present", "")]
    assert evidence.of("file", session.work / "data") == []
    link = evidence.one("probe", session.work / "link")
    assert (link.detail, link.content_hash) == ("readlink", hash_of(b"real/folder"))
    folder = evidence.one("probe", session.work / "real/folder")
    assert (folder.detail, folder.content_hash) == ("lstat", facts(stat.S_IFDIR, 0))


def test_the_way_of_a_real_path(session: Session) -> None:
    (session.work / "real").mkdir()
    (session.work / "link").symlink_to("real")
    assert session.run("realpath", "link").returncode == 0
    assert session.evidence().of("probe", session.work / "link")[-1] == ("present", "readlink")


def test_what_is_written(session: Session) -> None:
    work = session.work
    for name in ("old", "kept", "moved", "gone"):
        (work / name).write_text("x")
    program = session.compiled(
        "write",
        """
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/stat.h>
        #include <unistd.h>
        int main(void) {
          close(open("new", O_WRONLY | O_CREAT | O_TRUNC, 0600));
          fclose(fopen("old", "w"));
          fclose(fopen("kept", "a"));
          mkdir("folder", 0700);
          close(creat("folder/inner", 0600));
          rename("moved", "there");
          unlink("gone");
          symlink("new", "link");
          char name[] = "temporary-XXXXXX"; close(mkstemp(name));
          close(open("new", O_RDONLY)); close(open("folder/inner", O_RDONLY));
          return 0;
        }
        """,
    )
    assert session.run(program).returncode == 0
    evidence = session.evidence()
    assert evidence.of("written", work / "new") == [("present", "created")]
    assert evidence.of("written", work / "old") == [("present", "replaced")]
    assert evidence.of("written", work / "kept") == [("present", "")]
    assert evidence.of("written", work / "folder") == [("present", "folder")]
    assert evidence.of("written", work / "moved") == [("absent", "")]
    assert evidence.of("written", work / "there") == [("present", "created")]
    assert evidence.of("written", work / "gone") == [("absent", "")]
    assert evidence.of("written", work / "link") == [("present", "created")]
    assert [i.detail for i in evidence.inputs if "temporary-" in i.subject] == ["created"]
    assert evidence.of("file", work / "old") == []  # it began with an empty file
    assert evidence.one("file", work / "kept").content_hash == hash_of(b"x")
    assert evidence.one("file", work / "moved").content_hash == hash_of(b"x")
    # What the process itself made is no input from outside.
    assert evidence.of("file", work / "new") == [("present", "session")]
    assert evidence.of("file", work / "folder/inner") == [("present", "session")]


def test_variables(session: Session) -> None:
    session.outside(SAME="1", OTHER="1", TAKEN="1")
    program = session.compiled(
        "variables",
        """
        #include <stdlib.h>
        int main(void) {
          getenv("SAME"); getenv("OTHER"); secure_getenv("TAKEN"); getenv("NEVER"); getenv("MADE");
          getenv("LD_PRELOAD"); getenv("PYTEST_CURRENT_TEST"); getenv("LC_ALL");
          return 0;
        }
        """,
    )
    environment = session.environment(SAME="1", OTHER="2", MADE="3", PYTEST_CURRENT_TEST="x")
    assert session.run(program, environment=environment).returncode == 0
    evidence = session.evidence()
    found = {i.subject: (i.state, i.detail) for i in evidence.inputs if i.kind == "environment"}
    assert found == {
        "SAME": ("present", ""),
        "OTHER": ("present", "session"),
        "TAKEN": ("absent", "session"),
        "NEVER": ("absent", ""),
        "MADE": ("present", "session"),
    }
    assert evidence.one("environment", "SAME").content_hash == hash_of(b"1")


def test_a_shell_reads_all_variables(session: Session) -> None:
    assert session.run("sh", "-c", "echo $THIS", environment=session.environment(THIS="1")).stdout == "1\n"
    assert session.evidence().one("environment", "THIS").content_hash == hash_of(b"1")


def test_sockets(session: Session) -> None:
    program = session.compiled(
        "talk",
        """
        #include <arpa/inet.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/socket.h>
        #include <sys/un.h>
        #include <unistd.h>
        static void reach(int type, const char *host, int port) {
          struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
          inet_pton(AF_INET, host, &a.sin_addr);
          int s = socket(AF_INET, type, 0);
          if (type == SOCK_DGRAM) sendto(s, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&a, sizeof a);
          else connect(s, (struct sockaddr *)&a, sizeof a);
          close(s);
        }
        int main(int count, char **arguments) {
          reach(SOCK_STREAM, "127.0.0.1", atoi(arguments[1]));
          reach(SOCK_DGRAM, "192.0.2.1", 9);
          struct sockaddr_un u = {.sun_family = AF_UNIX, .sun_path = "nobody"};
          connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&u, sizeof u);
          return 0;
        }
        """,
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert session.run(program, port).returncode == 0
    evidence = session.evidence()
    assert evidence.of("socket", f"127.0.0.1:{port}") == [("no value", "loopback\nconnect")]
    assert evidence.of("socket", "192.0.2.1:9") == [("no value", "external\nsendto")]
    assert evidence.of("socket", session.work / "nobody") == [("no value", "loopback\nconnect")]


@not_sanitized
def test_libraries_of_the_project(session: Session) -> None:
    linked = session.compiled("liblinked.so", "int linked(void) { return 0; }", "-shared", "-fPIC")
    loaded = session.compiled("plugin.so", "int loaded(void) { return 0; }", "-shared", "-fPIC")
    found = session.compiled("libfound.so", "int found(void) { return 0; }", "-shared", "-fPIC")
    program = session.compiled(
        "loads",
        """
        #include <dlfcn.h>
        int linked(void);
        int main(void) {
          return linked() + !dlopen("./plugin.so", RTLD_NOW) + !dlopen("libfound.so", RTLD_NOW);
        }
        """,
        "-L.", f"-L{session.work}", "-llinked", f"-Wl,-rpath,{session.work}",
    )  # fmt: skip
    # The second dlopen finds its library by the RUNPATH of the program, its caller.
    assert session.run(program).returncode == 0
    evidence = session.evidence()
    for path in (program, linked, loaded, found):
        assert evidence.one("file", path).content_hash == hash_of(path.read_bytes())
    assert not [i for i in evidence.inputs if "libalibi_preload" in i.subject]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_depends_on_the_repository(session: Session) -> None:
    setup = {"PATH": "/usr/bin:/bin", "HOME": str(session.work)}
    assert session.run("git", "init", "-q", "here", environment=setup).returncode == 0
    environment = session.environment(HOME=str(session.work))
    assert session.run("git", "-C", "here", "status", "--short", environment=environment).returncode == 0
    evidence = session.evidence()
    for name in ("HEAD", "config"):
        path = session.work / "here" / ".git" / name
        assert evidence.one("file", path).content_hash == hash_of(path.read_bytes())
    assert evidence.of("directory", session.work / "here")
    assert evidence.drops() == 0


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_node_depends_on_what_it_reads(session: Session) -> None:
    (session.work / "main.js").write_text(
        "const fs = require('fs'); require('./part');"
        "console.log(fs.readFileSync('data', 'utf8'), fs.existsSync('gone'), process.env.HERE)"
    )
    (session.work / "part.js").write_text("")
    (session.work / "data").write_text("d")
    done = session.run("node", "main.js", environment=session.environment(HERE="1"), timeout=60)
    assert done.stdout == "d false 1\n"
    evidence = session.evidence()
    for name in ("main.js", "part.js", "data"):
        path = session.work / name
        assert evidence.one("file", path).content_hash == hash_of(path.read_bytes())
    assert next(state for state, _ in evidence.of("probe", session.work / "gone")) in ("absent", "present")
    assert evidence.one("environment", "HERE").content_hash == hash_of(b"1")
