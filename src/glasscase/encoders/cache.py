"""Vectors that were computed once, kept in one SQLite file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from glasscase.encoders.cache_file import CacheFile, live_bytes, written
from glasscase.encoders.encoder import EncoderCard
from glasscase.progress import Progress, silent

Vector = NDArray[np.float32]

FILE = "vectors.sqlite"
_FRESH_SECONDS = 3600  # a vector used within the hour is not marked as used again
_AT_ONCE = 500  # keys in one question: SQLite's old limit is 999 values
_KEPT_SHARE = 0.9  # when the limit is passed, the oldest go until this much is left
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS encoders (id INTEGER PRIMARY KEY,"
    " fingerprint TEXT NOT NULL UNIQUE, name TEXT NOT NULL, dim INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS vectors (encoder INTEGER NOT NULL, content TEXT NOT NULL,"
    " used REAL NOT NULL, vector BLOB NOT NULL, UNIQUE (encoder, content))",
    "CREATE INDEX IF NOT EXISTS oldest ON vectors (used)",
)


@dataclass(frozen=True)
class CacheUsage:
    """What one encoder has in the cache."""

    encoder: str
    vectors: int
    size_bytes: int
    """Of the vectors alone."""


class VectorCache:
    """One file a million vectors can live in, shared by all models on a machine.

    The key is the content's SHA-256 and the fingerprint of the encoder's card, so a changed
    encoder never gets another one's vectors. Several threads and processes may read and write at
    once. A damaged file is put aside and a new one begun: losing it costs time, never an answer.

    Not covered: a bit that flips inside a stored vector; SQLite does not notice it.
    """

    def __init__(
        self,
        folder: Path,
        max_bytes: int,
        *,
        progress: Progress = silent,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Nothing is opened or made until the first question.

        Args:
            folder: where `vectors.sqlite` is or will be.
            max_bytes: beyond it the vectors that were not used for longest are deleted.
            progress: is told when a damaged file was put aside.
            clock: seconds since 1970.
        """
        self.path = folder / FILE
        self._max_bytes = max_bytes
        self._clock = clock
        self._file = CacheFile(self.path, _SCHEMA, what="vector cache", progress=progress)

    def known(self, card: EncoderCard, contents: Sequence[str]) -> set[str]:
        """Which of `contents` are stored under `card`. Makes no file and marks nothing as used.

        Raises:
            CannotWrite: the file cannot be opened, or stays locked for a minute.
        """
        if not self.path.is_file():
            return set()
        return self._file.ask(lambda connection: _known(connection, card, contents))

    def get_many(self, card: EncoderCard, contents: Sequence[str]) -> dict[str, Vector]:
        """The stored vectors of `contents` (SHA-256, hexadecimal) under `card`; no others.

        Raises:
            CannotWrite: the file cannot be opened, or stays locked for a minute.
        """
        return self._file.ask(lambda connection: self._get(connection, card, contents))

    def put_many(self, card: EncoderCard, vectors: Mapping[str, Vector]) -> None:
        """Store `vectors` (float32 [dim]) by content, all or none of them.

        Raises:
            CannotWrite: the disk is full, or the file cannot be written.
        """
        self._file.ask(lambda connection: self._put(connection, card, vectors))

    def usage(self) -> list[CacheUsage]:
        """What is stored, by name of encoder."""
        query = (
            "SELECT name, COUNT(content), SUM(4 * dim * (content IS NOT NULL)) FROM encoders"
            " LEFT JOIN vectors ON encoder = id GROUP BY name HAVING COUNT(content) ORDER BY name"
        )
        rows = self._file.ask(lambda connection: connection.execute(query).fetchall())
        return [CacheUsage(*row) for row in rows]

    def clear(self, encoder: str | None = None) -> int:
        """Delete the vectors of `encoder` (by name), or all. Returns how many there were."""
        return self._file.ask(lambda connection: self._clear(connection, encoder))

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _get(
        self, connection: sqlite3.Connection, card: EncoderCard, contents: Sequence[str]
    ) -> dict[str, Vector]:
        encoder = _encoder_id(connection, card)
        if encoder is None:
            return {}
        found: dict[str, Vector] = {}
        seldom: list[tuple[float, int]] = []
        now = self._clock()
        for start in range(0, len(contents), _AT_ONCE):
            asked = contents[start : start + _AT_ONCE]
            marks = ",".join("?" * len(asked))
            query = (
                "SELECT rowid, content, used, vector FROM vectors"
                f" WHERE encoder = ? AND content IN ({marks})"
            )
            for rowid, content, used, blob in connection.execute(query, (encoder, *asked)):
                if len(blob) == 4 * card.dim:
                    found[content] = np.frombuffer(blob, "<f4").astype(np.float32)
                    if now - used > _FRESH_SECONDS:
                        seldom.append((now, rowid))
        if seldom:
            with written(connection):
                connection.executemany("UPDATE vectors SET used = ? WHERE rowid = ?", seldom)
        return found

    def _put(
        self, connection: sqlite3.Connection, card: EncoderCard, vectors: Mapping[str, Vector]
    ) -> None:
        now = self._clock()
        with written(connection):
            connection.execute(
                "INSERT OR IGNORE INTO encoders (fingerprint, name, dim) VALUES (?, ?, ?)",
                (card.fingerprint(), card.name, card.dim),
            )
            encoder = _encoder_id(connection, card)
            connection.executemany(
                "INSERT OR REPLACE INTO vectors (encoder, content, used, vector)"
                " VALUES (?, ?, ?, ?)",
                [
                    (encoder, content, now, np.asarray(vector, "<f4").tobytes())
                    for content, vector in vectors.items()
                ],
            )
            if live_bytes(connection) > self._max_bytes:
                self._evict(connection)

    def _evict(self, connection: sqlite3.Connection) -> None:
        oldest = "SELECT rowid FROM vectors ORDER BY used, rowid LIMIT 100"
        while live_bytes(connection) > self._max_bytes * _KEPT_SHARE:
            gone = connection.execute(f"DELETE FROM vectors WHERE rowid IN ({oldest})").rowcount
            if not gone:
                break

    def _clear(self, connection: sqlite3.Connection, encoder: str | None) -> int:
        names = "SELECT id FROM encoders WHERE ?1 IS NULL OR name = ?1"
        with written(connection):
            gone = connection.execute(
                f"DELETE FROM vectors WHERE encoder IN ({names})", (encoder,)
            ).rowcount
            connection.execute(f"DELETE FROM encoders WHERE id IN ({names})", (encoder,))
        connection.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);")
        return gone


def _known(connection: sqlite3.Connection, card: EncoderCard, contents: Sequence[str]) -> set[str]:
    encoder = _encoder_id(connection, card)
    found: set[str] = set()
    for start in range(0, len(contents), _AT_ONCE) if encoder is not None else ():
        asked = contents[start : start + _AT_ONCE]
        marks = ",".join("?" * len(asked))
        query = f"SELECT content FROM vectors WHERE encoder = ? AND content IN ({marks})"
        found |= {row[0] for row in connection.execute(query, (encoder, *asked))}
    return found


def _encoder_id(connection: sqlite3.Connection, card: EncoderCard) -> int | None:
    query = "SELECT id FROM encoders WHERE fingerprint = ?"
    row = connection.execute(query, (card.fingerprint(),)).fetchone()
    return None if row is None else int(row[0])
