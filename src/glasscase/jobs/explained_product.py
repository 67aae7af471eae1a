"""The one product somebody asks about: from its photos and words, or out of a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from glasscase.catalog.image_decoding import decode
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.catalog.text_cleaning import clean
from glasscase.errors import BadProduct, BadSetting
from glasscase.jobs.table_source import TableSource

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier
    from glasscase.settings import Settings

CHUNK_ROWS = 256


def product_of(photos: Sequence[Path], text: str, settings: Settings) -> Product:
    """A product of some photo files and words.

    Raises:
        BadPhoto: a photo is missing or cannot be decoded: it was named on purpose.
        BadProduct: neither words nor photos.
    """
    words = clean(text, settings.text)
    if not words and not photos:
        raise BadProduct("there are neither words nor photos to explain", "Give one of them.")
    stored = tuple(Photo(path.name, path) for path in photos)
    for photo in stored:
        decode(photo.read(), name=photo.name, limits=settings.photos)
    name = stored[0].name if stored else "product"
    return Product(id=name, texts={"text": words} if words else {}, photos=stored)


def product_in(
    model: ProductClassifier, table: TableSource, *, row: int | None = None, id: str | None = None
) -> Product:
    """The product of a table in row `row` (the header is row 1), or the one called `id`.

    Raises:
        BadSetting: there is no such row or id, or not just one of both was asked for.
        BadProduct: the row is broken; says how.
        BadCatalog: the table cannot be read at all.
    """
    if (row is None) == (id is None):
        raise BadSetting("one product of the table is needed", "Give either --row N or --id ID.")
    last = 1
    for piece in table.pieces(model, CHUNK_ROWS):
        for product in piece:
            if product.row == row or product.id == id:
                return product
            last = max(last, product.row or 0)
        for problem in piece.problems:
            if problem.dropped and problem.row == row:
                raise BadProduct(str(problem))
    if id is not None:
        raise BadSetting(f"there is no product {id!r} in the table", "Check --id.")
    raise BadSetting(f"there is no row {row} in the table", f"Its rows are 2 to {last}.")
