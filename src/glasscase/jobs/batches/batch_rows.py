"""The rows of a batch in pieces, each row with its number, the same ones after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.problem import Problem
from glasscase.jobs.batches.batch_options import BatchOptions
from glasscase.jobs.batches.batch_upload import BatchUpload

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

CHUNK_ROWS = 32
"""Rows answered and stored together: so many are done twice at most when a worker dies."""


def pieces(
    model: ProductClassifier, upload: BatchUpload, options: BatchOptions, *, after_row: int = 0
) -> Iterator[Catalog]:
    """What is still to be answered, in the order of its rows; a dropped row is a problem with its
    number. Rows up to `after_row` are read again, so that names stay the same, and left out.

    Raises:
        BadCatalog: it cannot be read at all, or only so far.
    """
    source = upload.source(options)
    found = _photos(model, upload) if source.is_folder else source.pieces(model, CHUNK_ROWS)
    for piece in found:
        left = _after(piece, after_row) if after_row else piece
        if left is not None:
            yield left


def _after(piece: Catalog, row: int) -> Catalog | None:
    products = [product for product in piece.products if (product.row or 0) > row]
    problems = [one for one in piece.problems if one.row is not None and one.row > row]
    if not products and not any(one.dropped for one in problems):
        return None
    return Catalog(products, problems, piece.columns)


def _photos(model: ProductClassifier, upload: BatchUpload) -> Iterator[Catalog]:
    """Photos alone, numbered from 1 in the order of their paths; those that cannot be used last."""
    left_out = [one for one in upload.left_out if one.is_photo]
    source = upload.source(BatchOptions(upload.name))
    whole = source.read(model) if upload.rows > len(left_out) else Catalog([])
    lost = [one for one in whole.problems if one.dropped]
    lost += [
        Problem(None, "photo", f"{one.name!r} {one.reason}", one.remedy, one.name, dropped=True)
        for one in left_out
    ]
    told: dict[str | None, list[Problem]] = {}
    for one in whole.problems:
        if not one.dropped and one.product_id is not None:
            told.setdefault(one.product_id, []).append(one)
    for start in range(0, len(whole), CHUNK_ROWS):
        found = whole.products[start : start + CHUNK_ROWS]
        products = [replace(one, row=row) for row, one in enumerate(found, start + 1)]
        noted = [
            replace(problem, row=one.row) for one in products for problem in told.get(one.id, ())
        ]
        yield Catalog(products, noted)
    for start in range(0, len(lost), CHUNK_ROWS):
        broken = lost[start : start + CHUNK_ROWS]
        first = len(whole) + start + 1
        yield Catalog([], [replace(one, row=row) for row, one in enumerate(broken, first)])
