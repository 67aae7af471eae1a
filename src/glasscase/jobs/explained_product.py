"""The one product somebody asks about: from its photos and words, or out of a table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from glasscase.catalog.distinct_names import distinct_names
from glasscase.catalog.image_decoding import decode
from glasscase.catalog.photo import Photo
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.catalog.text_cleaning import clean_counted
from glasscase.errors import BadProduct, BadSetting
from glasscase.explanations.tested import PARTS
from glasscase.jobs.explain import explain
from glasscase.jobs.table_source import TableSource

if TYPE_CHECKING:
    from glasscase.explanations.explanation import Explanation
    from glasscase.models.classifier import ProductClassifier
    from glasscase.settings import Settings

CHUNK_ROWS = 256


@dataclass(frozen=True)
class AskedProduct:
    """A product somebody asks about, and what of it could not even be read."""

    product: Product
    problems: tuple[Problem, ...] = ()

    def explained(
        self,
        model: ProductClassifier,
        *,
        label: str | None = None,
        against: str | None = None,
        parts: Collection[str] = PARTS,
    ) -> Explanation:
        """As `glasscase.explain`, with the problems of reading among those of the explanation.

        Raises:
            BadSetting: the model does not know `label` or `against`, or there is no such part.
            BadProduct: nothing usable; says what was wrong with it.
        """
        try:
            told = explain(model, self.product, label=label, against=against, parts=parts)
        except BadProduct as error:
            noted = [problem for problem in self.problems if problem.field != "product"]
            why = " ".join([str(problem) for problem in noted])
            raise BadProduct(error.reason, why or error.remedy) from None
        return replace(told, problems=(*self.problems, *told.problems))


def product_of(photos: Sequence[Path], text: str, settings: Settings) -> AskedProduct:
    """A product of some photo files and words.

    Raises:
        BadPhoto: a photo is missing or cannot be decoded: it was named on purpose.
        BadProduct: neither words nor photos.
    """
    cleaned = clean_counted(text, settings.text)
    words = cleaned.text
    if not words and not photos:
        raise BadProduct("there are neither words nor photos to explain", "Give one of them.")
    names = distinct_names([path.name for path in photos])
    stored = tuple(Photo(name, path) for name, path in zip(names, photos, strict=True))
    for photo in stored:
        decode(photo.read(), name=photo.name, limits=settings.photos)
    name = stored[0].name if stored else "product"
    product = Product(id=name, texts={"text": words} if words else {}, photos=stored)
    if not cleaned.cut_characters:
        return AskedProduct(product)
    reason = f"was cut at {len(words):,} characters, {cleaned.cut_characters:,} are left out"
    remedy = "Raise text.max_characters in training if the rest matters."
    return AskedProduct(product, (Problem(None, "text", reason, remedy),))


def product_in(
    model: ProductClassifier, table: TableSource, *, row: int | None = None, id: str | None = None
) -> AskedProduct:
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
            if (product.row == row) if id is None else (product.id == id):
                mine = tuple(p for p in piece.problems if p.product_id == product.id)
                return AskedProduct(product, mine)
            last = max(last, product.row or 0)
        for problem in piece.problems:
            if id is None and problem.dropped and problem.row == row:
                raise BadProduct(str(problem))
    if id is not None:
        raise BadSetting(f"there is no product {id!r} in the table", "Check --id.")
    raise BadSetting(f"there is no row {row} in the table", f"Its rows are 2 to {last}.")
