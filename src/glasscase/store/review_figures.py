"""Who decided how much, how fast, and whether people agree with one another."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from sqlalchemy import func, select

from glasscase.store import tables
from glasscase.store.database import Database

_items, _made = tables.reviews.c, tables.decisions.c
_LIVE = _made.undone_at.is_(None)


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """What one person did."""

    by: str
    decided: int
    skipped: int
    median_seconds: float | None
    """Of one decision; None where all were skipped."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often two people who looked at the same product said the same."""

    pairs: int
    """Pairs of people, over all products that more than one decided."""
    agreed: int
    products: int


class ReviewFigures:
    """`store.review_figures`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def people(self, since: datetime) -> tuple[PersonFigures, ...]:
        """Everybody who decided or skipped since then, who decided most first."""
        rows = select(_made.by, _made.action, _made.seconds).where(_made.at >= since, _LIVE)
        seconds: dict[str, list[float]] = defaultdict(list)
        skipped: Counter[str] = Counter()
        with self._database.read() as connection:
            for row in connection.execute(rows):
                if row.action == "skip":
                    skipped[row.by] += 1
                else:
                    seconds[row.by].append(row.seconds)
        found = [
            PersonFigures(
                by, len(seconds[by]), skipped[by],
                statistics.median(seconds[by]) if seconds[by] else None,
            )
            for by in {*seconds, *skipped}
        ]  # fmt: skip
        return tuple(sorted(found, key=lambda one: (-one.decided, one.by)))

    def per_hour(self, hours: int = 24) -> tuple[int, ...]:
        """Decisions of each of the last `hours` hours, the last one last."""
        now = self._database.now()
        rows = select(_made.at).where(
            _made.at > now - timedelta(hours=hours), _LIVE, _made.action != "skip"
        )
        found = [0] * hours
        with self._database.read() as connection:
            for at in connection.scalars(rows):
                ago = max(0, int((now - at) / timedelta(hours=1)))
                if ago < hours:
                    found[hours - 1 - ago] += 1
        return tuple(found)

    def agreement(self) -> Agreement:
        """Over all products that more than one person decided."""
        decided = (_LIVE, _made.action != "skip")
        several = (
            select(_made.item_id)
            .where(*decided)
            .group_by(_made.item_id)
            .having(func.count(_made.by.distinct()) > 1)
        )
        rows = select(_made.item_id, _made.by, _made.label).where(
            *decided, _made.item_id.in_(several)
        )
        said: dict[str, dict[str, str]] = defaultdict(dict)
        with self._database.read() as connection:
            for row in connection.execute(rows.order_by(_made.number)):
                said[row.item_id][row.by] = row.label
        pairs = [pair for votes in said.values() for pair in combinations(votes.values(), 2)]
        return Agreement(len(pairs), sum(one == other for one, other in pairs), len(said))

    def last_decided(self, most: int) -> tuple[str, ...]:
        """Answers (their ids) that were decided last, the last first."""
        rows = (
            select(_items.prediction_id)
            .where(_items.state == "decided")
            .order_by(_items.closed_at.desc(), _items.id)
            .limit(most)
        )
        with self._database.read() as connection:
            return tuple(connection.scalars(rows))
