"""Answers that people could look at: not accepted, and what they were about is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select

from glasscase.store import tables
from glasscase.store.database import Database
from glasscase.store.predictions import StoredPrediction

_columns, _kept, _items = tables.predictions.c, tables.kept_products.c, tables.reviews.c


@dataclass(frozen=True, slots=True)
class Found:
    """Answers that could go into the queue."""

    predictions: tuple[StoredPrediction, ...]
    """The newest first; those whose product is kept and that were never in the queue."""
    more: int
    """How many there are beyond these."""
    not_kept: int
    """How many cannot be shown, for their photos and texts were not kept."""
    queued: int
    """How many are in the queue, or were."""


class Reviewable:
    """`store.reviewable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(
        self, *, batch_id: str | None = None, since: datetime | None = None, most: int = 1000
    ) -> Found:
        """Answers to be reviewed or left open, of one batch and since a time where these are given,
        at most so many."""
        wanted: list[ColumnElement[bool]] = [_columns.verdict != "accept"]
        if batch_id is not None:
            wanted.append(_columns.batch_id == batch_id)
        if since is not None:
            wanted.append(_columns.made_at >= since)
        queued = exists().where(_items.prediction_id == _columns.id).correlate(tables.predictions)
        kept = (
            exists()
            .where(_kept.prediction_id == _columns.id, _kept.until > self._database.now())
            .correlate(tables.predictions)
        )
        rows = (
            select(tables.predictions)
            .where(*wanted, kept, ~queued)
            .order_by(_columns.made_at.desc(), _columns.id)
            .limit(most)
        )

        def count(*conditions: ColumnElement[bool]) -> int:
            tally = select(func.count()).select_from(tables.predictions)
            return int(connection.scalar(tally.where(*wanted, *conditions)) or 0)

        with self._database.read() as connection:
            found = tuple(StoredPrediction(**row._mapping) for row in connection.execute(rows))
            return Found(
                found, count(kept, ~queued) - len(found), count(~kept, ~queued), count(queued)
            )
