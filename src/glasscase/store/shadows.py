"""What a shadow model would have answered, beside what was answered and what people decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, bindparam, func, select, update

from glasscase.store import tables
from glasscase.store.database import Database

_columns = tables.predictions.c
_reviews = tables.reviews.c
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class ShadowPair:
    """One product, answered by two models."""

    prediction_id: str
    product_id: str
    label: str | None
    """What was answered."""
    verdict: str
    shadow_label: str | None
    shadow_verdict: str
    decided: str | None
    """What people decided it is; None where nobody did."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What one model answered so far, as long as answers are kept."""

    model: str
    answers: int
    accepted: int
    reviewed: int
    """Answers people decided about."""
    confirmed: int
    """Of these, with the model's own label."""


class Shadows:
    """`store.shadows`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        """Store shadow answers by the id of the prediction each stands beside.

        A value is `Prediction.to_dict()` with the shadow's id as `model`. Unknown ids are passed
        over: their prediction was purged.
        """
        if not answers:
            return
        beside = (
            update(tables.predictions)
            .where(_columns.id == bindparam("at"))
            .values(shadow=bindparam("seen"))
        )
        rows = [{"at": id, "seen": dict(answer)} for id, answer in answers.items()]
        with self._database.write() as connection:
            connection.execute(beside, rows)

    def pairs(self, model: str, shadow: str, *, most: int = 100_000) -> list[ShadowPair]:
        """Products `model` answered with `shadow` in its shadow, the newest first."""
        found: list[ShadowPair] = []
        # a product may have been reviewed twice; the last word counts
        decided = (
            select(_reviews.label)
            .where(_reviews.prediction_id == _columns.id, _reviews.state == "decided")
            .order_by(_reviews.closed_at.desc())
            .limit(1)
            .scalar_subquery()
        )
        rows = (
            select(
                _columns.id, _columns.product_id, _columns.label, _columns.verdict,
                _columns.shadow, decided.label("decided"),
            )
            .where(_columns.model == model, _columns.shadow.is_not(None))
            .order_by(_columns.made_at.desc(), _columns.id)
            .limit(most)
        )  # fmt: skip
        with self._database.read() as connection:
            for row in connection.execute(rows).yield_per(_CHUNK):
                if row.shadow.get("model") == shadow:
                    told = row.shadow
                    found.append(
                        ShadowPair(
                            row.id, row.product_id, row.label, row.verdict,
                            told.get("label"), str(told.get("verdict", "")), row.decided,
                        )
                    )  # fmt: skip
        return found

    def traffic(self) -> list[Traffic]:
        """What every model answered, the busiest first."""
        accepted = func.sum((_columns.verdict == "accept").cast(Integer))
        answered = (
            select(_columns.model, func.count(), accepted)
            .group_by(_columns.model)
            .order_by(func.count().desc(), _columns.model)
        )
        confirmed = func.sum((_reviews.label == _reviews.label_before).cast(Integer))
        reviewed = (
            select(_reviews.model, func.count(), confirmed)
            .where(_reviews.state == "decided")
            .group_by(_reviews.model)
        )
        with self._database.read() as connection:
            said = {row[0]: (row[1], row[2]) for row in connection.execute(reviewed)}
            return [
                Traffic(row[0], row[1], int(row[2] or 0), *map(int, said.get(row[0], (0, 0))))
                for row in connection.execute(answered)
            ]
