"""Pictures beside the examples of a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from glasscase.catalog.image_decoding import decode
from glasscase.catalog.product import Product
from glasscase.errors import BadPhoto
from glasscase.evaluation.confusion import Confusion
from glasscase.pages.thumbnail import thumbnail

SIZE_PX = 160


def with_photos(
    confusions: Iterable[Confusion], products: Sequence[Product]
) -> tuple[Confusion, ...]:
    """`confusions` with a thumbnail of each example's first photo, where it can be read."""
    by_id = {product.id: product for product in products}
    return tuple(
        pair.showing([_thumbnail(by_id[one.product_id]) for one in pair.examples])
        for pair in confusions
    )


def _thumbnail(product: Product) -> str:
    for photo in product.photos:
        try:
            image = decode(photo.read(), name=photo.name, at_least_px=SIZE_PX)
        except BadPhoto:  # the report lists it among its problems
            continue
        return thumbnail(image, longest_px=SIZE_PX)
    return ""
