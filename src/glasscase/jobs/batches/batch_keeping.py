"""What is kept of a batch's products where that was asked for: their words, and small photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from glasscase.catalog.image_decoding import decode
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.errors import BadPhoto
from glasscase.pages.thumbnail import small_jpeg
from glasscase.settings import PhotoSettings
from glasscase.store.kept import KeptPhoto, ProductToKeep
from glasscase.store.store import Store

KEPT_PX = 512
"""Longest side of a photo that is kept: enough to judge it, and far from the original."""
MOST_PHOTOS = 4
"""Photos kept of one product."""


def keep_piece(
    store: Store,
    products: Sequence[Product],
    ids: Mapping[str, str],
    *,
    limits: PhotoSettings,
    until: datetime,
) -> None:
    """Keep `products` until a day. `ids`: product's id -> id of the answer to it."""
    store.kept.keep_all(
        [_to_keep(product, ids[product.id], limits) for product in products], until=until
    )


def _to_keep(product: Product, id: str, limits: PhotoSettings) -> ProductToKeep:
    photos = [kept_photo(photo, limits) for photo in product.photos[:MOST_PHOTOS]]
    stored = [photo for photo in photos if photo is not None]
    return ProductToKeep(id, product.texts, product.attributes, stored)


def kept_photo(photo: Photo, limits: PhotoSettings) -> KeptPhoto | None:
    """A small copy of `photo`, drawn anew: nothing that hides in the file comes along. None where
    it cannot be decoded."""
    try:
        image = decode(photo.read(), name=photo.name, limits=limits, at_least_px=KEPT_PX)
    except BadPhoto:
        return None
    return KeptPhoto(photo.name, "image/jpeg", small_jpeg(image, longest_px=KEPT_PX))
