"""The queue of answers that people look at: nobody gets what another person holds.

An item is held for a while and free again when that is over. It is closed when as many different
people decided as it wants: by more than half of their votes, or as disagreed.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, exists, func, insert, or_, select, update

from glasscase.errors import BadSetting, Conflict
from glasscase.store import tables
from glasscase.store.column_types import new_id, storable
from glasscase.store.database import Database
from glasscase.store.review_items import (
    Action,
    Correction,
    Decision,
    NewReview,
    ReviewCounts,
    ReviewItem,
    ReviewState,
    Speed,
)

_CHUNK = 500
_HOUR = timedelta(hours=1)
_items = tables.reviews.c
_made = tables.decisions.c
_ITEM = [_items[field.name] for field in fields(ReviewItem)]
_LIVE = _made.undone_at.is_(None)
_IMPORTANT_FIRST = (_items.priority.desc(), _items.id.desc())  # an index, read backwards


class Reviews:
    """`store.reviews`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: Sequence[NewReview]) -> int:
        """Put answers in the queue, unless they are open there already. Returns how many went in.

        Raises:
            Conflict: there is no such answer; then none goes in.
        """
        if not new:
            return 0
        now = self._database.now()
        with self._database.write() as connection:
            about = _about(connection, [one.prediction_id for one in new])
            rows = []
            for one in new:
                if one.prediction_id not in about:
                    raise Conflict(
                        f"there is no answer {one.prediction_id!r} to look at", "Store it first."
                    )
                product_id, label = about[one.prediction_id]
                rows.append(
                    {
                        "id": new_id(), "prediction_id": one.prediction_id,
                        "product_id": product_id, "label_before": label, "model": one.model,
                        "batch_id": one.batch_id, "priority": one.priority, "added_at": now,
                        "state": "open", "wanted": 1,
                    }
                )  # fmt: skip
            return self._database.insert_new(connection, tables.reviews, rows)

    def hold(self, by: str, *, seconds: float = 600, most: int = 2) -> list[ReviewItem]:
        """The most important items that nobody else holds, now held by `by` for so many seconds;
        those that `by` holds already come first, and count. Never one that `by` has decided."""
        now = self._database.now()
        decided = exists().where(
            _made.item_id == _items.id, _made.by == by, _LIVE
        ).correlate(tables.reviews)  # fmt: skip
        open_item = _items.state == "open"
        free = or_(_items.held_by.is_(None), _items.held_until <= now)
        with self._database.write() as connection:
            mine = (
                select(_items.id, _items.priority)
                .where(_items.held_by == by, open_item, _items.held_until > now)
                .with_for_update()
            )
            held = sorted(
                connection.execute(mine), key=lambda row: (row.priority, row.id), reverse=True
            )
            ids = [row.id for row in held[:most]]
            if len(ids) < most:
                fresh = (
                    select(_items.id)
                    .where(open_item, free, ~decided)
                    .order_by(*_IMPORTANT_FIRST)
                    .limit(most - len(ids))
                    .with_for_update(skip_locked=True)
                )
                ids += connection.scalars(fresh)
            until = now + timedelta(seconds=seconds)
            connection.execute(
                update(tables.reviews)
                .where(_items.id.in_(ids))
                .values(held_by=by, held_until=until)
            )
            found = {
                row.id: ReviewItem(**row._mapping)
                for row in connection.execute(select(*_ITEM).where(_items.id.in_(ids)))
            }
        return [found[id] for id in ids]

    def release(self, item_id: str, by: str) -> None:
        """Give an item back undecided. One that `by` does not hold stays as it is."""
        with self._database.write() as connection:
            connection.execute(
                update(tables.reviews)
                .where(_items.id == item_id, _items.held_by == by, _items.state == "open")
                .values(held_by=None, held_until=None)
            )

    def decide(
        self, item_id: str, *, by: str, action: Action, label: str | None = None,
        seconds: float = 0.0,
    ) -> Decision:  # fmt: skip
        """Say what a product is: `accept` the model's label, `choose` another, or `skip`.

        Said twice (an answer got lost on its way) it counts once.

        Raises:
            BadSetting: a label is needed and is not there.
            Conflict: `by` does not hold the item; somebody else may have it now.
        """
        with self._database.write() as connection:
            item = _locked(connection, item_id)
            label = _meant(item, action, label)
            again = _same_again(connection, item, by, action, label)
            if again is not None:
                return again
            if item.state != "open" or item.held_by != by:
                raise Conflict(
                    "this product is no longer yours to decide: the time was over, or it was "
                    "given back", "Go on with the next one.",
                )  # fmt: skip
            at = self._database.now()
            values = {
                "item_id": item_id, "by": by, "action": action, "label": label,
                "seconds": seconds, "at": at,
            }  # fmt: skip
            connection.execute(insert(tables.decisions).values(values))
            state = _settle(connection, item, skipped=action == "skip", at=at)
        return Decision(item_id, by, action, label, seconds, at, state)

    def undo(self, by: str) -> ReviewItem | None:
        """Take back the last decision of `by`; its item is open again and held by `by`. None where
        there is nothing to take back.

        Raises:
            Conflict: another person looks at that item now, or it is in the queue once more.
        """
        now = self._database.now()
        last = (
            select(_made.number, _made.item_id)
            .where(_made.by == by, _LIVE)
            .order_by(_made.number.desc())
            .limit(1)
        )
        with self._database.write() as connection:
            row = connection.execute(last).first()
            if row is None:
                return None
            item = _locked(connection, row.item_id)
            held = item.held_by not in (None, by) and item.held_until and item.held_until > now
            if item.state == "open" and held:
                raise Conflict(
                    "another person looks at that product now", "Wait until they have decided."
                )
            if item.state != "open" and _is_open(connection, item.prediction_id):
                raise Conflict("that product is in the queue once more", "Decide it there.")
            connection.execute(
                update(tables.decisions).where(_made.number == row.number).values(undone_at=now)
            )
            connection.execute(
                update(tables.reviews)
                .where(_items.id == item.id)
                .values(
                    state="open", label=None, closed_at=None, held_by=by,
                    held_until=now + timedelta(seconds=600),
                )
            )  # fmt: skip
            return _locked(connection, item.id)

    def second_opinion(self, item_id: str, by: str) -> ReviewItem:
        """Ask one more person about an item that `by` holds or has decided.

        Raises:
            Conflict: `by` has nothing to do with the item, or another person holds it, or it is in
                the queue once more.
        """
        with self._database.write() as connection:
            item = _locked(connection, item_id)
            votes = _votes(connection, item_id)
            holds = item.state == "open" and item.held_by == by
            if not holds and by not in {vote.by for vote in votes}:
                raise Conflict(
                    "this product is not yours to ask about", "Decide it, or go on with the next."
                )
            if item.state != "open" and _is_open(connection, item.prediction_id):
                raise Conflict("that product is in the queue once more", "Decide it there.")
            wanted = max(item.wanted, len(votes) + (1 if votes and not holds else 2))
            values: dict[str, Any] = {"wanted": wanted}
            if item.state != "open":
                values |= {"state": "open", "label": None, "closed_at": None}
            connection.execute(update(tables.reviews).where(_items.id == item_id).values(values))
            return _locked(connection, item_id)

    def counts(self) -> ReviewCounts:
        """How the queue stands."""
        now = self._database.now()
        states = select(_items.state, func.count()).group_by(_items.state)
        held = select(func.count()).where(
            _items.state == "open", _items.held_by.is_not(None), _items.held_until > now
        )
        with self._database.read() as connection:
            found = {row[0]: row[1] for row in connection.execute(states)}
            now_held = connection.scalar(held) or 0
        numbers = (found.get(state, 0) for state in ("decided", "skipped", "disagreed"))
        return ReviewCounts(found.get("open", 0), now_held, *numbers)

    def speed(self, by: str | None = None) -> Speed:
        """How fast it went in the last hour, of one person or of all. Skipped ones do not count."""
        rows = select(_made.seconds).where(
            _made.at >= self._database.now() - _HOUR, _LIVE, _made.action != "skip"
        )
        if by is not None:
            rows = rows.where(_made.by == by)
        with self._database.read() as connection:
            seconds = list(connection.scalars(rows))
        return Speed(len(seconds), statistics.median(seconds) if seconds else None)

    def corrections(self, since: datetime | None = None) -> Iterator[Correction]:
        """Every decided item with a label, the oldest first; those that were confirmed too."""
        seen: tuple[Any, ...] = ()
        while True:
            rows = select(*_ITEM).where(_items.state == "decided", _items.label.is_not(None))
            if since is not None:
                rows = rows.where(_items.closed_at >= since)
            if seen:
                later = and_(_items.closed_at == seen[0], _items.id > seen[1])
                rows = rows.where(or_(_items.closed_at > seen[0], later))
            with self._database.read() as connection:
                chunk = connection.execute(
                    rows.order_by(_items.closed_at, _items.id).limit(_CHUNK)
                ).all()
                who = _deciders(connection, [row.id for row in chunk])
            for row in chunk:
                yield Correction(
                    row.prediction_id, row.product_id, row.label_before, row.label,
                    who.get(row.id, ""), row.closed_at,
                )  # fmt: skip
            if len(chunk) < _CHUNK:
                return
            seen = (chunk[-1].closed_at, chunk[-1].id)

    def reprioritise(self, priorities: Mapping[str, float]) -> None:
        """Give open items another priority, by their ids."""
        with self._database.write() as connection:
            for id, priority in sorted(priorities.items()):
                connection.execute(
                    update(tables.reviews)
                    .where(_items.id == id, _items.state == "open")
                    .values(priority=priority)
                )

    def open_items(self, most: int) -> list[ReviewItem]:
        """Open items, the most important first, held ones too."""
        rows = select(*_ITEM).where(_items.state == "open").order_by(*_IMPORTANT_FIRST).limit(most)
        with self._database.read() as connection:
            return [ReviewItem(**row._mapping) for row in connection.execute(rows)]


def _about(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    columns = tables.predictions.c
    found: dict[str, tuple[str, str | None]] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = select(columns.id, columns.product_id, columns.label).where(
            columns.id.in_(ids[start : start + _CHUNK])
        )
        found |= {row.id: (row.product_id, row.label) for row in connection.execute(rows)}
    return found


def _is_open(connection: Connection, prediction_id: str) -> bool:
    rows = select(_items.id).where(_items.state == "open", _items.prediction_id == prediction_id)
    return connection.execute(rows).first() is not None


def _locked(connection: Connection, item_id: str) -> ReviewItem:
    row = connection.execute(
        select(*_ITEM).where(_items.id == item_id).with_for_update()
    ).first()  # fmt: skip
    if row is None:
        raise Conflict(f"there is no review {item_id!r}", "Go on with the next one.")
    return ReviewItem(**row._mapping)


def _meant(item: ReviewItem, action: Action, label: str | None) -> str | None:
    if action == "skip":
        return None
    if action == "accept":
        label = item.label_before
    if not label:
        raise BadSetting("a decision needs a label", "Choose a category, or skip the product.")
    return storable(label)


def _votes(connection: Connection, item_id: str) -> Sequence[Any]:
    rows = select(_made.by, _made.action, _made.label).where(
        _made.item_id == item_id, _LIVE, _made.action != "skip"
    )
    return connection.execute(rows.order_by(_made.number)).all()


def _same_again(
    connection: Connection, item: ReviewItem, by: str, action: Action, label: str | None
) -> Decision | None:
    rows = select(tables.decisions).where(_made.item_id == item.id, _made.by == by, _LIVE)
    row = connection.execute(rows.order_by(_made.number.desc()).limit(1)).first()
    if row is None or (row.action, row.label) != (action, label):
        return None
    return Decision(item.id, by, action, label, row.seconds, row.at, item.state)


def _settle(
    connection: Connection, item: ReviewItem, *, skipped: bool, at: datetime
) -> ReviewState:
    """Close the item if enough people decided, else let others have it."""
    votes = Counter(vote.label for vote in _votes(connection, item.id))
    many = votes.total()
    state: ReviewState = "open"
    label: str | None = None
    if many >= item.wanted:
        first, most = votes.most_common(1)[0]
        state, label = ("decided", first) if 2 * most > many else ("disagreed", None)
    elif skipped and not many:
        state = "skipped"
    connection.execute(
        update(tables.reviews)
        .where(_items.id == item.id)
        .values(
            state=state, label=label, held_by=None, held_until=None,
            closed_at=None if state == "open" else at,
        )
    )  # fmt: skip
    return state


def _deciders(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    rows = select(_made.item_id, _made.by).where(
        _made.item_id.in_(ids), _LIVE, _made.action != "skip"
    )
    return {row.item_id: row.by for row in connection.execute(rows.order_by(_made.number))}
