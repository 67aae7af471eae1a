"""The photos of a product that can be drawn on, decoded as the encoder saw them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.image_decoding import decode
from glasscase.errors import BadPhoto

if TYPE_CHECKING:
    from glasscase.catalog.product import Product
    from glasscase.encoders.encoder import ImageEncoder
    from glasscase.settings import PhotoSettings

Images = list[NDArray[np.uint8]]


def usable_photos(
    product: Product, encoder: ImageEncoder, limits: PhotoSettings
) -> tuple[list[str], Images]:
    """Names and images, uint8 RGB [h, w, 3], of the photos of `product` that can be decoded."""
    side = int(encoder.card.preprocessing.get("side_px", 0))
    names, images = [], []
    for photo in product.photos:
        try:
            image = decode(photo.read(), name=photo.name, limits=limits, at_least_px=side)
        except BadPhoto:  # already among the problems of `encode`
            continue
        names.append(photo.name)
        images.append(image)
    return names, images
