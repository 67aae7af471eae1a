"""A small picture of a product, for pages."""

from __future__ import annotations

from glasscase.catalog.image_decoding import decode
from glasscase.catalog.product import Product
from glasscase.errors import BadPhoto
from glasscase.pages.thumbnail import thumbnail


def product_thumbnail(product: Product, *, longest_px: int) -> str:
    """The first photo of `product` that can be decoded as a small JPEG `data:` address.

    Empty where there is none; why is told where problems are listed.
    """
    for photo in product.photos:
        try:
            image = decode(photo.read(), name=photo.name, at_least_px=longest_px)
        except BadPhoto:
            continue
        return thumbnail(image, longest_px=longest_px)
    return ""
