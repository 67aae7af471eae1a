"""An SQLite file that may be lost but never gives a wrong answer: what the caches are kept in."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from glasscase.errors import CannotWrite
from glasscase.files import explained_write
from glasscase.progress import Progress, silent

Result = TypeVar("Result")

_WAIT_SECONDS = 60.0  # for another process that writes
_SETUP = (
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
)


class CacheFile:
    """One file that several threads and processes may read and write at once.

    A damaged file is put aside and a new one begun: losing it costs time, never an answer.

    Not covered: a bit that flips inside a stored value; SQLite does not notice it.
    """

    def __init__(
        self, path: Path, schema: Sequence[str], *, what: str, progress: Progress = silent
    ) -> None:
        """Nothing is opened or made until the first question.

        Args:
            path: of the file.
            schema: statements that make tables where they are not there.
            what: how messages call the file, such as `vector cache`.
            progress: is told when a damaged file was put aside.
        """
        self.path = path
        self._schema = (*_SETUP, *schema)
        self._what = what
        self._progress = progress
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def ask(self, question: Callable[[sqlite3.Connection], Result]) -> Result:
        """What `question` makes of the open connection; one thread at a time.

        Raises:
            CannotWrite: the file cannot be opened or written, or stays locked for a minute.
        """
        with self._lock:
            try:
                try:
                    return question(self._opened())
                except sqlite3.OperationalError:
                    raise
                except sqlite3.DatabaseError as error:
                    self._put_aside(error)
                    return question(self._opened())
            except sqlite3.Error as error:
                self._drop_connection()
                raise CannotWrite(
                    f"{self._what} {str(self.path)!r} cannot be used: {error}",
                    "Free some space or set cache.folder to another place.",
                ) from error

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        with self._lock:
            self._drop_connection()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            with explained_write(self.path):
                self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self.path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                for statement in self._schema:
                    _patiently(connection, statement)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _put_aside(self, error: sqlite3.DatabaseError) -> None:
        """Rename the damaged file, so that a new one is begun."""
        self._drop_connection()
        name, number = self.path.name, 1
        while (aside := self.path.with_name(f"{name}.damaged-{number}")).exists():
            number += 1
        with explained_write(self.path):
            os.replace(self.path, aside)
            for ending in ("-wal", "-shm"):
                with suppress(FileNotFoundError):
                    os.unlink(f"{self.path}{ending}")
        self._progress.say(
            f"{self._what} {str(self.path)!r} is damaged ({error}). It was put aside as "
            f"{aside.name!r} and a new one begun; delete the old one when you like."
        )


@contextmanager
def written(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, taking the right to write at once instead of half-way."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def live_bytes(connection: sqlite3.Connection) -> int:
    """Bytes of the file that hold something; freed pages are used again."""
    pages, free, size = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Turning a new file to WAL does not wait for others by itself; so try again for a while."""
    end = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            connection.execute(statement).fetchall()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)
