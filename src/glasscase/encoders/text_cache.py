"""Texts that were read off photos once, kept in one SQLite file beside the vectors."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from glasscase.encoders.cache_file import CacheFile, live_bytes, written
from glasscase.progress import Progress, silent

FILE = "photo_words.sqlite"
MAX_BYTES = 1_000_000_000
"""A million packs full of words; beyond it the texts that were stored first are deleted."""
_AT_ONCE = 500  # keys in one question: SQLite's old limit is 999 values
_KEPT_SHARE = 0.9
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS texts (reader TEXT NOT NULL, content TEXT NOT NULL,"
    " stored REAL NOT NULL, text TEXT NOT NULL, UNIQUE (reader, content))",
    "CREATE INDEX IF NOT EXISTS first ON texts (stored)",
)


class TextCache:
    """What a reader read, by the SHA-256 of the photo; shared by all models on a machine.

    The reader's name is part of the key, so another version never gets this one's texts.
    """

    def __init__(
        self,
        folder: Path,
        max_bytes: int = MAX_BYTES,
        *,
        progress: Progress = silent,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Nothing is opened or made until the first question; see `VectorCache`."""
        self.path = folder / FILE
        self._max_bytes = max_bytes
        self._clock = clock
        self._file = CacheFile(self.path, _SCHEMA, what="photo words", progress=progress)

    def get_many(self, reader: str, contents: Sequence[str]) -> dict[str, str]:
        """The stored texts of `contents` (SHA-256, hexadecimal); no others.

        Raises:
            CannotWrite: the file cannot be opened, or stays locked for a minute.
        """

        def question(connection: sqlite3.Connection) -> dict[str, str]:
            found: dict[str, str] = {}
            for start in range(0, len(contents), _AT_ONCE):
                asked = contents[start : start + _AT_ONCE]
                marks = ",".join("?" * len(asked))
                query = f"SELECT content, text FROM texts WHERE reader = ? AND content IN ({marks})"
                found.update(connection.execute(query, (reader, *asked)).fetchall())
            return found

        return self._file.ask(question)

    def put_many(self, reader: str, texts: Mapping[str, str]) -> None:
        """Store `texts` by content, all or none. Raises `CannotWrite`: the disk is full ..."""
        now = self._clock()
        rows = [(reader, content, now, text) for content, text in texts.items()]

        def question(connection: sqlite3.Connection) -> None:
            with written(connection):
                connection.executemany("INSERT OR REPLACE INTO texts VALUES (?, ?, ?, ?)", rows)
                if live_bytes(connection) > self._max_bytes:
                    self._evict(connection)

        self._file.ask(question)

    def clear(self) -> int:
        """Delete all texts. Returns how many there were."""

        def question(connection: sqlite3.Connection) -> int:
            with written(connection):
                gone = connection.execute("DELETE FROM texts").rowcount
            connection.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);")
            return gone

        return self._file.ask(question)

    def count(self) -> int:
        """How many texts are stored."""
        query = "SELECT COUNT(*) FROM texts"
        return self._file.ask(lambda connection: int(connection.execute(query).fetchone()[0]))

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        self._file.close()

    def _evict(self, connection: sqlite3.Connection) -> None:
        first = "SELECT rowid FROM texts ORDER BY stored, rowid LIMIT 100"
        while live_bytes(connection) > self._max_bytes * _KEPT_SHARE:
            if not connection.execute(f"DELETE FROM texts WHERE rowid IN ({first})").rowcount:
                break
