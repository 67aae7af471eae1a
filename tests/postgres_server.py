"""A real PostgreSQL server of its own for tests and benchmarks, from Debian's package.

It listens on 127.0.0.1 only, keeps its data in a fresh folder, and is stopped and removed when the
process it belongs to is gone, however that ended.
"""

from __future__ import annotations

import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pg8000.native
from filelock import FileLock

_SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_WATCH = """(
while kill -0 "$1" 2>/dev/null && test -d "$2"; do sleep 0.5; done
kill -QUIT "$(head -1 "$2/data/postmaster.pid")" 2>/dev/null
rm -rf "$2"
) &"""


def programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`, newest version first; None: not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).parent if elsewhere else None


def why_not() -> str:
    """Why no server can be started here; empty: one can."""
    if programs() is None:
        return "PostgreSQL is not installed (apt-get install postgresql)"
    if os.geteuid() == 0 and _postgres_user() is None:
        return "the server does not run as root, and there is no user postgres"
    return ""


@dataclass(frozen=True)
class PostgresServer:
    """A server that runs."""

    folder: str
    port: int
    password: str

    @classmethod
    def start(cls, *, durable: bool = False, owner: int | None = None) -> PostgresServer:
        """Start a server.

        Args:
            durable: keep what is committed whatever happens; otherwise it is fast.
            owner: the process it belongs to; this one unless said.
        """
        folder = Path(tempfile.mkdtemp(prefix="glasscase-postgres-"))
        password = secrets.token_hex(8)
        (folder / "password").write_text(password)
        user = _postgres_user() if os.geteuid() == 0 else None
        if user is not None:
            for path in (folder, folder / "password"):
                os.chown(path, user.pw_uid, user.pw_gid)
        _run(
            "initdb", f"--pgdata={folder}/data", "--no-sync", "--username=glasscase",
            f"--pwfile={folder}/password", "--auth=scram-sha-256", "--encoding=UTF8",
            "--locale=C.UTF-8",
        )  # fmt: skip
        server = cls(str(folder), _free_port(), password)
        server.start_again(durable=durable)
        subprocess.run(
            ["/bin/sh", "-c", _WATCH, "watch", str(owner or os.getpid()), str(folder)],
            start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=True,
        )  # fmt: skip
        return server

    def start_again(self, *, durable: bool) -> None:
        """Start it on the data that are there, at first or after all of it was killed."""
        for left in ("data/postmaster.pid", f".s.PGSQL.{self.port}.lock"):
            (Path(self.folder) / left).unlink(missing_ok=True)
        place = (f"port={self.port}", "listen_addresses=127.0.0.1")
        size = ("max_connections=150", "shared_buffers=32MB", "dynamic_shared_memory_type=mmap")
        socket = f"unix_socket_directories={self.folder}"
        settings = (*place, socket, *size, *(() if durable else _SPEED))
        options = " ".join(f"-c {setting}" for setting in settings)
        _run(
            "pg_ctl", "start", "-w", "-s", f"--pgdata={self.folder}/data", f"--options={options}",
            f"--log={self.folder}/log",
        )  # fmt: skip

    @property
    def postmaster(self) -> int:
        """The process id of the server."""
        return int((Path(self.folder) / "data" / "postmaster.pid").read_text().split()[0])

    def stop(self) -> None:
        """Stop it and remove its data."""
        _run("pg_ctl", "stop", "-w", "-s", "--mode=immediate", f"--pgdata={self.folder}/data")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The URL of a database, as a user of Glasscase writes it."""
        return f"postgresql://glasscase:{self.password}@127.0.0.1:{self.port}/{database}"

    def empty_database(self, name: str) -> str:
        """Make a database, or empty one that is there; returns its URL."""
        if not self.run(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            self.run(f"CREATE DATABASE {name}")
            return self.url(name)
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        self.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public", database=name)
        return self.url(name)

    def run(self, statement: str, *, database: str = "postgres") -> Sequence[Any]:
        """Run one statement of the administrator's; returns its rows."""
        connection = pg8000.native.Connection(
            "glasscase", "127.0.0.1", database, self.port, self.password
        )
        rows = connection.run(statement)
        connection.close()
        return rows or []


def shared_server(folder: Path) -> PostgresServer:
    """The one server of all processes of a test run, started by whichever comes first.

    Args:
        folder: one that the processes share.
    """
    note = folder / "postgres.json"
    with FileLock(folder / "postgres.lock"):
        if not note.exists():
            several = "PYTEST_XDIST_WORKER" in os.environ
            server = PostgresServer.start(owner=os.getppid() if several else None)
            note.write_text(json.dumps(asdict(server)))
        return PostgresServer(**json.loads(note.read_text()))


def _version(initdb: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in initdb.parts[-3].split(".") if part.isdigit())


def _postgres_user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return None


def _run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs, as its own user where we are root."""
    where = programs()
    assert where is not None
    command: Sequence[str] = (str(where / program), *arguments)
    if os.geteuid() == 0:
        command = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command)
    with tempfile.TemporaryFile("w+") as said:  # a pipe would stay open as long as the server
        code = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False
        ).returncode
        said.seek(0)
        assert code == 0, f"{program} failed: {said.read()}"


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
