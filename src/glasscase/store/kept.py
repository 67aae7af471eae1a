"""Photos and texts of products, kept only where that was asked for, until a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from glasscase.store import tables
from glasscase.store.database import Database

_PIECE = 500


@dataclass(frozen=True, slots=True)
class KeptPhoto:
    """A photo as it was sent."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ProductToKeep:
    """A product that somebody asked to keep, by the id of the answer about it."""

    prediction_id: str
    texts: Mapping[str, str]
    attributes: Mapping[str, Any]
    photos: Sequence[KeptPhoto]


@dataclass(frozen=True, slots=True)
class KeptProduct:
    """What is kept of one product."""

    prediction_id: str
    texts: Mapping[str, str]
    attributes: Mapping[str, Any]
    photos: int
    """How many; each is had by its number, from 0 on."""
    until: datetime


class Kept:
    """`store.kept`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(
        self, prediction_id: str, *, texts: Mapping[str, str], attributes: Mapping[str, Any],
        photos: Sequence[KeptPhoto], until: datetime,
    ) -> None:  # fmt: skip
        """Keep a product until a day; what was kept for the same answer before is replaced."""
        self.keep_all([ProductToKeep(prediction_id, texts, attributes, photos)], until=until)

    def keep_all(self, products: Sequence[ProductToKeep], *, until: datetime) -> None:
        """Keep `products` until a day, all or none; what was kept for the same answers before is
        replaced."""
        if not products:
            return
        rows = [
            {
                "prediction_id": one.prediction_id,
                "texts": dict(one.texts),
                "attributes": dict(one.attributes),
                "until": until,
            }
            for one in products
        ]
        photos = [
            {"prediction_id": one.prediction_id, "number": number, **asdict(photo)}
            for one in products
            for number, photo in enumerate(one.photos)
        ]
        with self._database.write() as connection:
            _forget(connection, [one.prediction_id for one in products])
            connection.execute(insert(tables.kept_products), rows)
            if photos:
                connection.execute(insert(tables.kept_photos), photos)

    def of(self, prediction_id: str) -> KeptProduct | None:
        """What is kept of one answer's product, or None. Past its day it is not shown any more,
        purged or not."""
        table, photos = tables.kept_products.c, tables.kept_photos.c
        with self._database.read() as connection:
            row = connection.execute(
                select(table.texts, table.attributes, table.until).where(
                    table.prediction_id == prediction_id, table.until > self._database.now()
                )
            ).first()
            if row is None:
                return None
            numbers = connection.execute(
                select(photos.number).where(photos.prediction_id == prediction_id)
            ).all()
        return KeptProduct(prediction_id, row.texts, row.attributes, len(numbers), row.until)

    def photo(self, prediction_id: str, number: int) -> KeptPhoto | None:
        """One photo, or None."""
        photos, products = tables.kept_photos.c, tables.kept_products.c
        with self._database.read() as connection:
            row = connection.execute(
                select(photos.name, photos.media_type, photos.data)
                .join(tables.kept_products, products.prediction_id == photos.prediction_id)
                .where(
                    photos.prediction_id == prediction_id,
                    photos.number == number,
                    products.until > self._database.now(),
                )
            ).first()
        return None if row is None else KeptPhoto(row.name, row.media_type, bytes(row.data))


def _forget(connection: Any, prediction_ids: Sequence[str]) -> None:
    for table in (tables.kept_photos, tables.kept_products):
        for at in range(0, len(prediction_ids), _PIECE):
            some = prediction_ids[at : at + _PIECE]
            connection.execute(delete(table).where(table.c.prediction_id.in_(some)))
