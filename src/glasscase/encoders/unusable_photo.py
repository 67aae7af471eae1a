"""A photo that cannot be used, as a catalogue reports it."""

from __future__ import annotations

from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.errors import BadPhoto


def unusable_photo(product: Product, error: BadPhoto) -> Problem:
    """What could not be used of `product`, as a catalogue reports it."""
    reason = error.reason.removeprefix("photo ")
    return Problem(product.row, "photo", reason, error.remedy, product_id=product.id)
