"""Pictures beside the examples of a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from glasscase.catalog.product import Product
from glasscase.catalog.product_thumbnail import product_thumbnail
from glasscase.evaluation.confusion import Confusion

SIZE_PX = 160


def with_photos(
    confusions: Iterable[Confusion], products: Sequence[Product]
) -> tuple[Confusion, ...]:
    """`confusions` with a thumbnail of each example's first photo, where it can be read."""
    by_id = {product.id: product for product in products}
    return tuple(
        pair.showing(
            [product_thumbnail(by_id[one.product_id], longest_px=SIZE_PX) for one in pair.examples]
        )
        for pair in confusions
    )
