"""What the models answered: written in groups, looked through batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, TypedDict, Unpack

from sqlalchemy import ColumnElement, func, insert, or_, select

from glasscase.errors import BadSetting
from glasscase.store import tables
from glasscase.store.column_types import new_id, now_utc, storable, within
from glasscase.store.database import Database

Source = Literal["api", "page", "batch"]
SORTS = ("row", "product_id", "label", "probability", "verdict", "milliseconds")
_CHUNK = 500
_columns = tables.predictions.c


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPrediction:
    """An answer to be stored."""

    product_id: str
    label: str | None
    probability: float | None
    verdict: str
    answer: Mapping[str, Any]
    """`Prediction.to_dict()`: JSON values."""
    model: str
    """The model's id."""
    source: Source
    by: str = "local"
    """The id of the key that asked, or `local`."""
    request_id: str = ""
    batch_id: str | None = None
    row: int | None = None
    """The line of the batch it comes from."""
    milliseconds: float | None = None
    shadow: Mapping[str, Any] | None = None
    """What the shadow model would have answered."""
    problem: str = ""
    id: str = field(default_factory=new_id)
    made_at: datetime = field(default_factory=now_utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPrediction(NewPrediction):
    """An answer as it was stored; fields as of `NewPrediction`."""


class View(TypedDict, total=False):
    """Which answers of a batch are asked for, and in what order."""

    verdict: str | None
    """Only these."""
    label: str | None
    """Only these."""
    words: str | None
    """Only those with this text in the product's id, label or problem."""
    problems: bool
    """Only those of which something could not be used."""
    sort: str
    """One of `SORTS`, `row` unless said; missing values come last."""
    descending: bool
    start: int
    """How many to pass over, 0 unless said."""
    most: int
    """How many to give, 50 unless said."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of many."""

    rows: tuple[StoredPrediction, ...]
    total: int
    """How many there are with the same filter."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What someone said about one answer."""

    id: str
    prediction_id: str
    product_id: str
    label_before: str | None
    label: str | None
    """What it should have been; None where only a comment was given."""
    comment: str
    by: str
    at: datetime


class Predictions:
    """`store.predictions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: Sequence[NewPrediction]) -> None:
        """Store answers, all or none. One whose id, or whose row of a batch, is there already is
        left out: what a batch does twice after a crash counts once."""
        if not new:
            return
        with self._database.write() as connection:
            rows = [_values(one) for one in new]
            self._database.insert_new(connection, tables.predictions, rows)

    def get(self, id: str) -> StoredPrediction | None:
        """One answer, or None."""
        with self._database.read() as connection:
            row = connection.execute(select(tables.predictions).where(_columns.id == id)).first()
        return None if row is None else StoredPrediction(**row._mapping)

    def of_batch(self, batch_id: str, **view: Unpack[View]) -> Page:
        """Some answers of a batch, as `View` says.

        Raises:
            BadSetting: they cannot be sorted by that.
        """
        sort = view.get("sort", "row")
        if sort not in SORTS:
            raise BadSetting(
                f"results cannot be sorted by {sort!r}", f"Sort by {', '.join(SORTS)}."
            )
        wanted = _wanted(batch_id, view)
        by = _columns[sort]
        order = (by.desc() if view.get("descending") else by.asc()).nulls_last()
        page = select(tables.predictions).where(*wanted).order_by(order, _columns.row, _columns.id)
        with self._database.read() as connection:
            total = connection.execute(
                select(func.count()).select_from(tables.predictions).where(*wanted)
            ).scalar_one()
            page = page.offset(within(view.get("start", 0))).limit(within(view.get("most", 50)))
            rows = connection.execute(page).all()
        return Page(tuple(StoredPrediction(**row._mapping) for row in rows), total)

    def all_of_batch(self, batch_id: str) -> Iterator[StoredPrediction]:
        """All answers of a batch in the order of its rows, few in memory at a time."""
        after = -1
        while True:
            chunk = (
                select(tables.predictions)
                .where(_columns.batch_id == batch_id, _columns.row > after)
                .order_by(_columns.row)
                .limit(_CHUNK)
            )
            with self._database.read() as connection:
                rows = connection.execute(chunk).all()
            for row in rows:
                yield StoredPrediction(**row._mapping)
            if len(rows) < _CHUNK:
                return
            after = rows[-1].row

    def counts(self, batch_id: str) -> dict[str, int]:
        """How many answers of a batch have each verdict."""
        return self._tally(_columns.verdict, batch_id)

    def labels(self, batch_id: str) -> dict[str, int]:
        """How many answers of a batch have each label, the most frequent first."""
        return self._tally(_columns.label, batch_id)

    def problems(self, batch_id: str) -> int:
        """Of how many answers of a batch something could not be used."""
        with self._database.read() as connection:
            found = select(func.count()).select_from(tables.predictions)
            wanted = _wanted(batch_id, {"problems": True})
            return int(connection.scalar(found.where(*wanted)) or 0)

    def last_row(self, batch_id: str) -> int:
        """The last row of a batch that has an answer; 0 where none has."""
        with self._database.read() as connection:
            last = select(func.max(_columns.row)).where(_columns.batch_id == batch_id)
            return int(connection.scalar(last) or 0)

    def rows_done(self, batch_id: str) -> int:
        """How many rows of a batch have an answer."""
        with self._database.read() as connection:
            found = select(func.count()).select_from(tables.predictions)
            return int(connection.scalar(found.where(_columns.batch_id == batch_id)) or 0)

    def add_feedback(
        self, prediction_id: str, *, label: str | None, comment: str, by: str
    ) -> Feedback | None:
        """Store what someone says about an answer; None where there is no such answer."""
        with self._database.write() as connection:
            row = connection.execute(
                select(_columns.product_id, _columns.label).where(_columns.id == prediction_id)
            ).first()
            if row is None:
                return None
            said = Feedback(
                new_id(), prediction_id, row.product_id, row.label,
                None if label is None else storable(label), storable(comment), by,
                self._database.now(),
            )  # fmt: skip
            connection.execute(insert(tables.feedback).values(asdict(said)))
        return said

    def feedback(self, since: datetime | None = None) -> list[Feedback]:
        """What was said, the oldest first; only from `since` on where that is given."""
        rows = select(tables.feedback).order_by(tables.feedback.c.at, tables.feedback.c.id)
        if since is not None:
            rows = rows.where(tables.feedback.c.at >= since)
        with self._database.read() as connection:
            return [Feedback(**row._mapping) for row in connection.execute(rows)]

    def _tally(self, column: ColumnElement[Any], batch_id: str) -> dict[str, int]:
        count = func.count()
        tally = (
            select(column, count)
            .where(_columns.batch_id == batch_id, column.is_not(None))
            .group_by(column)
            .order_by(count.desc(), column)
        )
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(tally)}


def _values(new: NewPrediction) -> dict[str, Any]:
    return {field.name: getattr(new, field.name) for field in fields(NewPrediction)}


def _wanted(batch_id: str, view: View) -> list[ColumnElement[bool]]:
    wanted = [_columns.batch_id == batch_id]
    for name in ("verdict", "label"):
        if (value := view.get(name)) is not None:
            wanted.append(_columns[name] == value)
    if view.get("problems"):
        wanted.append(_columns.problem != "")
    if words := view.get("words"):
        places = (_columns.product_id, _columns.label, _columns.problem)
        wanted.append(or_(*(place.icontains(storable(words), autoescape=True) for place in places)))
    return wanted
