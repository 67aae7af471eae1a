"""What is past its day goes, and the bytes of it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select

from glasscase.store import tables
from glasscase.store.database import Database
from glasscase.store.removed_bytes import Search, rewrite, take_samples

_PIECE = 500
"""Rows removed at once: others write in between."""


@dataclass(frozen=True, slots=True)
class Purged:
    """How much is past its day, or was removed."""

    photos: int
    texts: int
    """Products whose texts and attributes were kept."""
    predictions: int
    """With what was said about them, and open reviews of them. Decided reviews stay."""
    cards: int
    jobs: int
    """That are over."""
    job_ids: tuple[str, ...] = ()
    """Of those jobs: files of theirs should go as well."""

    @property
    def nothing(self) -> bool:
        """Whether nothing is past its day."""
        return not (self.photos or self.texts or self.predictions or self.cards or self.jobs)


@dataclass(frozen=True, slots=True)
class Proof:
    """That what was removed is gone."""

    removed: Purged
    left: Purged
    """What was past the same day afterwards: nothing, when all went well."""
    search: Search

    @property
    def holds(self) -> bool:
        """Whether nothing is left, in the tables and, where they were searched, in the files."""
        return self.left.nothing and not self.search.found


class Retention:
    """`store.retention`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def overdue(self, now: datetime, *, log_days: int) -> Purged:
        """How much is past its day and still there."""
        old = _old(now, log_days)
        photos = (
            select(func.count())
            .select_from(tables.kept_photos)
            .join(tables.kept_products, _same_product())
            .where(old["texts"])
        )
        with self._database.read() as connection:
            counts = {
                name: int(connection.scalar(_how_many(table).where(old[name])) or 0)
                for name, table in _TABLES.items()
            }
            many = int(connection.scalar(photos) or 0)
            ids = tuple(connection.scalars(select(tables.jobs.c.id).where(old["jobs"])))
        return Purged(photos=many, **counts, job_ids=ids)

    def purge(self, now: datetime, *, log_days: int) -> Purged:
        """Remove what is past its day. Answers and jobs that are over stay `log_days` days.

        SQLite's file, or PostgreSQL's tables of photos, texts and cards, are written anew, for
        bytes stay behind otherwise, of what was deleted by hand too; that needs as much free space
        as they take, and others cannot write meanwhile.

        Not covered: backups, snapshots of the disk, and PostgreSQL's write-ahead log.
        """
        removed = self._remove(now, log_days)
        rewrite(self._database)
        return removed

    def purge_and_prove(self, now: datetime, *, log_days: int) -> Proof:
        """Remove what is past its day, count again, and look for pieces of it in the files."""
        samples = take_samples(self._database, _old(now, log_days)["texts"])
        removed = self.purge(now, log_days=log_days)
        left = self.overdue(now, log_days=log_days)
        return Proof(removed, left, samples.search(self._database))

    def _remove(self, now: datetime, log_days: int) -> Purged:
        old = _old(now, log_days)
        counts = dict.fromkeys(("photos", *_TABLES), 0)
        job_ids: list[str] = []
        for name, table in _TABLES.items():
            (key, *_) = table.primary_key
            while True:
                with self._database.write() as connection:
                    ids = connection.scalars(select(key).where(old[name]).limit(_PIECE)).all()
                    counts["photos"] += _remove_with(connection, table, ids)
                    counts[name] += connection.execute(delete(table).where(key.in_(ids))).rowcount
                if table is tables.jobs:
                    job_ids += ids
                if len(ids) < _PIECE:
                    break
        return Purged(**counts, job_ids=tuple(job_ids))


_TABLES = {
    "texts": tables.kept_products,
    "cards": tables.cards,
    "predictions": tables.predictions,
    "jobs": tables.jobs,
}


def _old(now: datetime, log_days: int) -> dict[str, Any]:
    edge = now - timedelta(days=log_days)
    return {
        "predictions": tables.predictions.c.made_at < edge,
        "texts": tables.kept_products.c.until <= now,
        "cards": tables.cards.c.until <= now,
        "jobs": tables.jobs.c.finished_at < edge,
    }


def _remove_with(connection: Connection, table: Table, ids: Sequence[str]) -> int:
    """Remove what hangs on these rows; returns how many photos that were."""
    if table is tables.kept_products:
        photos = tables.kept_photos
        return connection.execute(delete(photos).where(photos.c.prediction_id.in_(ids))).rowcount
    if table is tables.predictions:
        said, queue = tables.feedback, tables.reviews
        connection.execute(delete(said).where(said.c.prediction_id.in_(ids)))
        waiting = (queue.c.prediction_id.in_(ids), queue.c.state == "open")
        connection.execute(delete(queue).where(*waiting))
    return 0


def _how_many(table: Table) -> Any:
    return select(func.count()).select_from(table)


def _same_product() -> Any:
    return tables.kept_products.c.prediction_id == tables.kept_photos.c.prediction_id
