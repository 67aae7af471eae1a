"""A batch as a whole: everything that hangs on it can go at once."""

from __future__ import annotations

from sqlalchemy import delete, select

from glasscase.errors import Conflict
from glasscase.store import tables
from glasscase.store.database import Database


class Batches:
    """`store.batches`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def forget(self, id: str) -> None:
        """Remove a batch: its answers, what was kept of its products, what was said about them,
        open reviews of them, and its job. What people decided stays, without the products.

        Raises:
            Conflict: there is no such batch, or it runs.
        """
        jobs, answers = tables.jobs, tables.predictions
        ids = select(answers.c.id).where(answers.c.batch_id == id)
        with self._database.write() as connection:
            state = connection.scalar(select(jobs.c.state).where(jobs.c.id == id).with_for_update())
            if state in (None, "running"):
                reason = "is running" if state else "does not exist"
                raise Conflict(f"the batch {id!r} {reason}", "Cancel it first, and wait.")
            for table in (tables.feedback, tables.kept_photos, tables.kept_products):
                connection.execute(delete(table).where(table.c.prediction_id.in_(ids)))
            reviews = tables.reviews
            connection.execute(
                delete(reviews).where(reviews.c.prediction_id.in_(ids), reviews.c.state == "open")
            )
            connection.execute(delete(answers).where(answers.c.batch_id == id))
            connection.execute(delete(jobs).where(jobs.c.id == id))
