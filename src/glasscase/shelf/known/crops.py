"""Products cut out of a shelf photo, as products of a catalogue that have a photo and no words."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.shelf.boxes import Boxes


def cut(image: NDArray[np.uint8], corners: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The part of `image` (uint8 RGB [h, w, 3]) in a box [4]: a pixel at the least.

    >>> cut(np.zeros((10, 20, 3), np.uint8), np.array([2.4, 1, 7.5, 9], np.float32)).shape
    (8, 6, 3)
    """
    height, width = image.shape[:2]
    left, top = (int(np.floor(edge)) for edge in corners[:2])
    right, bottom = (int(np.ceil(edge)) for edge in corners[2:])
    left, top = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
    return image[top : max(bottom, top + 1), left : max(right, left + 1)]


def crops(image: NDArray[np.uint8], boxes: Boxes) -> list[Product]:
    """[n] products, of each box a photo without loss, so that the cache of vectors knows it."""
    return [
        Product(f"box {number}", photos=(Photo(f"box-{number}.png", data=_png(cut(image, box))),))
        for number, box in enumerate(boxes.corners, 1)
    ]


def _png(image: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG", compress_level=1)
    return stream.getvalue()
