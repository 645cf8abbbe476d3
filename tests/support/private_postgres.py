"""A PostgreSQL cluster of its own in a folder, on a unix socket, for tests.

As a program it starts one, prints the URL of its first database, and of another for each line of its
input, and ends with its input. PostgreSQL does not run as root, so root runs it as the user "postgres" or
"nobody".
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MISSING = "PostgreSQL is not installed (package postgresql)"


def programs() -> Path | None:
    """The folder of initdb and pg_ctl."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in found if (folder / "pg_ctl").exists()), None)


def owner() -> pwd.struct_passwd | None:
    """Who runs it, where that is somebody else."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


class PrivatePostgres:
    def __init__(self, *settings: str) -> None:
        """`settings` like "fsync=on"; without it nothing is synced, since tests kill no machine."""
        folder = programs()
        assert folder is not None, MISSING
        self.programs = folder
        self.folder = Path(tempfile.mkdtemp(prefix="alibi-pg-"))
        self.data = self.folder / "data"
        self.owner = owner()
        if self.owner is not None:
            os.chown(self.folder, self.owner.pw_uid, self.owner.pw_gid)
        self.folder.chmod(0o755)
        self._run("initdb", "-D", str(self.data), "-U", "alibi", "-A", "trust", "-E", "UTF8", "--no-sync")
        chosen = ["listen_addresses=''", f"unix_socket_directories='{self.folder}'", "fsync=off", *settings]
        with (self.data / "postgresql.conf").open("a") as file:
            file.write("".join(f"{line}\n" for line in chosen))
        self.start()
        self.count = 0

    def _run(self, program: str, *arguments: str) -> None:
        user = None if self.owner is None else self.owner.pw_uid
        group = None if self.owner is None else self.owner.pw_gid
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
            cwd=self.folder,
            env=environment | {"LC_ALL": "C"},
            check=False,
        )
        said = (done.stdout or b"").decode(errors="replace")
        assert done.returncode == 0, f"{program} {' '.join(arguments)}: {said}{self._log()}"

    def _log(self) -> str:
        log = self.folder / "log"
        return log.read_text(errors="replace")[-2000:] if log.exists() else ""

    def _control(self, *arguments: str) -> None:
        self._run(
            "pg_ctl", "-D", str(self.data), "-w", "-t", "60", "-l", str(self.folder / "log"), *arguments
        )

    def start(self) -> None:
        self._control("start")

    def stop(self, mode: str = "immediate") -> None:
        self._control("stop", "-m", mode)

    def url(self, database: str) -> str:
        return f"postgresql://alibi@/{database}?host={self.folder}"

    def execute(self, statement: str, database: str = "postgres") -> str:
        command = [str(self.programs / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        command += ["-c", statement, self.url(database)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def new_database(self) -> str:
        """Its URL."""
        self.count += 1
        name = f"test_{self.count}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def remove(self) -> None:
        try:
            if (self.data / "postmaster.pid").exists():
                self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


def main() -> None:
    if programs() is None:
        sys.exit(MISSING)
    cluster = PrivatePostgres()
    try:
        print(cluster.new_database(), flush=True)
        for line in sys.stdin:  # an empty line asks for another database
            assert re.fullmatch(r"\s*", line)
            print(cluster.new_database(), flush=True)
    finally:
        cluster.remove()


if __name__ == "__main__":
    main()
