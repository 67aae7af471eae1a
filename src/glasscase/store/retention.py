"""What is past its day goes, and the bytes of it too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select

from glasscase.store import tables
from glasscase.store.database import Database


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


class Retention:
    """`store.retention`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def overdue(self, now: datetime, *, log_days: int) -> Purged:
        """How much is past its day and still there."""
        with self._database.read() as connection:
            return _count(connection, now, log_days)

    def purge(self, now: datetime, *, log_days: int) -> Purged:
        """Remove what is past its day. Answers and jobs that are over stay `log_days` days."""
        with self._database.write() as connection:
            counted = _count(connection, now, log_days)
            old = _old(now, log_days)
            for table in (tables.feedback, tables.reviews):
                ids = select(tables.predictions.c.id).where(old["predictions"])
                gone = delete(table).where(table.c.prediction_id.in_(ids))
                if table is tables.reviews:
                    gone = gone.where(tables.reviews.c.state == "open")
                connection.execute(gone)
            late = select(tables.kept_products.c.prediction_id).where(old["texts"])
            connection.execute(
                delete(tables.kept_photos).where(tables.kept_photos.c.prediction_id.in_(late))
            )
            for name, table in _TABLES.items():
                connection.execute(delete(table).where(old[name]))
        self._shrink()
        return counted

    def _shrink(self) -> None:
        """SQLite: what the log of changes still holds is written to the file, where removed bytes
        are zeros, and the log is emptied."""
        if self._database.is_sqlite:
            with self._database.engine.connect() as connection:
                raw: Any = connection.connection.dbapi_connection
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


_TABLES = {
    "predictions": tables.predictions,
    "texts": tables.kept_products,
    "cards": tables.cards,
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


def _count(connection: Connection, now: datetime, log_days: int) -> Purged:
    old = _old(now, log_days)
    counts = {
        name: int(connection.scalar(select(func.count()).select_from(table).where(old[name])) or 0)
        for name, table in _TABLES.items()
    }
    photos = (
        select(func.count())
        .select_from(tables.kept_photos)
        .join(
            tables.kept_products,
            tables.kept_products.c.prediction_id == tables.kept_photos.c.prediction_id,
        )
        .where(old["texts"])
    )
    ids = connection.scalars(select(tables.jobs.c.id).where(old["jobs"]))
    return Purged(photos=int(connection.scalar(photos) or 0), **counts, job_ids=tuple(ids))
