"""Work that takes longer than a request: claimed by one worker at a time, for a while.

A worker renews its lease with every word of progress. One that dies stops doing so, and the job
waits again for another; after `MOST_LOST` such deaths it has failed, for it may be what kills them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, case, insert, select, update

from glasscase.errors import Conflict
from glasscase.store import tables
from glasscase.store.column_types import new_id
from glasscase.store.database import Database

State = Literal["waiting", "running", "paused", "cancelled", "finished", "failed"]
Heard = Literal["running", "paused", "cancelled", "lost"]
"""What a worker is told: go on, stop for now, stop for good, or that the job is no longer its."""
Wish = Literal["pause", "resume", "cancel"]
MOST_LOST = 3
_columns = tables.jobs.c
_AFTER_ASKED = {"pause": "paused", "cancel": "cancelled"}


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work and how far it is."""

    id: str
    kind: str
    state: State
    asked: str | None
    """`pause` or `cancel` where its worker has not heard that yet."""
    options: Mapping[str, Any]
    by: str
    done: int
    total: int | None
    message: str
    result: Mapping[str, Any] | None
    made_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    worker: str | None
    lease_until: datetime | None
    lease_seconds: float | None
    lost: int
    """How many workers died with it."""


class Jobs:
    """`store.jobs`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, kind: str, *, options: Mapping[str, Any], by: str, total: int | None = None,
        held: bool = False,
    ) -> Job:  # fmt: skip
        """A new job; it waits for a worker or, `held`, is paused until `start`."""
        id = new_id()
        state = "paused" if held else "waiting"
        values = {
            "id": id, "kind": kind, "state": state, "options": dict(options), "by": by,
            "done": 0, "total": total, "message": "", "made_at": self._database.now(), "lost": 0,
        }  # fmt: skip
        with self._database.write() as connection:
            connection.execute(insert(tables.jobs).values(values))
            job = _job(connection, id)
        assert job is not None
        return job

    def start(self, id: str, *, options: Mapping[str, Any], total: int | None = None) -> Job:
        """Let a held job begin, with these options in the place of its own.

        Raises:
            Conflict: there is no such job, or a worker had it already, or it is not held.
        """
        values = {"state": "waiting", "options": dict(options), "total": total}
        with self._database.write() as connection:
            started = connection.execute(
                update(tables.jobs)
                .where(_columns.id == id, _columns.state == "paused", _columns.started_at.is_(None))
                .values(values)
            )
            if started.rowcount != 1:
                raise Conflict(f"the job {id!r} does not wait to be started", "Look at its state.")
            job = _job(connection, id)
        assert job is not None
        return job

    def get(self, id: str) -> Job | None:
        """One job, or None."""
        with self._database.read() as connection:
            return _job(connection, id)

    def list(self, kind: str | None = None, most: int = 50) -> tuple[Job, ...]:
        """Jobs, the newest first."""
        rows = select(tables.jobs).order_by(_columns.made_at.desc(), _columns.id).limit(most)
        if kind is not None:
            rows = rows.where(_columns.kind == kind)
        with self._database.read() as connection:
            return tuple(Job(**row._mapping) for row in connection.execute(rows))

    def claim(self, worker: str, *, kinds: Sequence[str], lease_seconds: float) -> Job | None:
        """The oldest waiting job of these kinds, now `worker`'s for so many seconds; or None."""
        now = self._database.now()
        oldest = (
            select(_columns.id)
            .where(_columns.state == "waiting", _columns.kind.in_(kinds))
            .order_by(_columns.made_at, _columns.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with self._database.write() as connection:
            _free_lost(connection, now)
            id = connection.scalar(oldest)
            if id is None:
                return None
            connection.execute(
                update(tables.jobs)
                .where(_columns.id == id)
                .values(
                    state="running", worker=worker, started_at=now, lease_seconds=lease_seconds,
                    lease_until=now + timedelta(seconds=lease_seconds), asked=None,
                )
            )  # fmt: skip
            return _job(connection, id)

    def progress(
        self, id: str, worker: str, done: int, total: int | None = None, message: str = ""
    ) -> Heard:
        """Say how far a job is and renew the lease; hear what people asked meanwhile."""
        now = self._database.now()
        with self._database.write() as connection:
            row = connection.execute(_running(id, worker)).first()
            if row is None:
                return "lost"
            until = now + timedelta(seconds=row.lease_seconds)
            values: dict[str, Any] = {"done": done, "message": message, "lease_until": until}
            if total is not None:
                values["total"] = total
            connection.execute(update(tables.jobs).where(_columns.id == id).values(values))
        return _heard(row.asked)

    def ask(self, id: str, what: Wish) -> Job:
        """Ask that a job pauses, goes on or is cancelled. A waiting one does so at once, a running
        one when its worker hears of it.

        Raises:
            Conflict: there is no such job, or it is over, or it does not pause.
        """
        with self._database.write() as connection:
            row = connection.execute(
                select(_columns.state, _columns.asked).where(_columns.id == id).with_for_update()
            ).first()
            if row is None:
                raise Conflict(f"there is no job {id!r}", "Look at the list of jobs.")
            values = _answered(what, row.state, row.asked)
            if values is None:
                raise Conflict(f"a job that is {row.state} cannot {what}", "Start a new one.")
            if values.get("state") == "cancelled":
                values["finished_at"] = self._database.now()
            if values:
                connection.execute(update(tables.jobs).where(_columns.id == id).values(values))
            job = _job(connection, id)
        assert job is not None
        return job

    def finish(
        self, id: str, worker: str, *, state: State, message: str = "",
        result: Mapping[str, Any] | None = None,
    ) -> bool:  # fmt: skip
        """Give a job back: over (finished, failed, cancelled) or paused. False where it is no
        longer `worker`'s; then nothing changes."""
        values: dict[str, Any] = {"state": state, "message": message, "asked": None, "worker": None}
        values |= {"lease_until": None}
        if result is not None:
            values["result"] = dict(result)
        if state in ("finished", "failed", "cancelled"):
            values["finished_at"] = self._database.now()
        with self._database.write() as connection:
            if connection.execute(_running(id, worker)).first() is None:
                return False
            connection.execute(update(tables.jobs).where(_columns.id == id).values(values))
        return True


def _job(connection: Connection, id: str) -> Job | None:
    row = connection.execute(select(tables.jobs).where(_columns.id == id)).first()
    return None if row is None else Job(**row._mapping)


def _running(id: str, worker: str) -> Any:
    return (
        select(_columns.asked, _columns.lease_seconds)
        .where(_columns.id == id, _columns.state == "running", _columns.worker == worker)
        .with_for_update()
    )


def _heard(asked: str | None) -> Heard:
    return "paused" if asked == "pause" else "cancelled" if asked == "cancel" else "running"


def _answered(what: Wish, state: str, asked: str | None) -> dict[str, Any] | None:
    """What changes when `what` is asked of a job; None where it cannot be."""
    if state == "running":
        if what == "resume":
            return {"asked": None} if asked != "cancel" else None
        return {"asked": what}
    if state in ("waiting", "paused"):
        after = {"pause": "paused", "resume": "waiting", "cancel": "cancelled"}
        return {"state": after[what]}
    return {} if (what, state) == ("cancel", "cancelled") else None


def _free_lost(connection: Connection, now: datetime) -> None:
    """Jobs whose lease ran out are free again: waiting, or what was asked of them meanwhile."""
    lost = _columns.lost + 1
    after = case(
        (_columns.asked == "pause", "paused"),
        (_columns.asked == "cancel", "cancelled"),
        (lost >= MOST_LOST, "failed"),
        else_="waiting",
    )
    over = case((after.in_(("cancelled", "failed")), now), else_=None)
    message = case(
        (after == "failed", f"{MOST_LOST} workers were lost while they did this."),
        else_=_columns.message,
    )
    connection.execute(
        update(tables.jobs)
        .where(_columns.state == "running", _columns.lease_until <= now)
        .values(
            state=after, worker=None, lease_until=None, asked=None, lost=lost, finished_at=over,
            message=message,
        )
    )  # fmt: skip
