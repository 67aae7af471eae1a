"""Small pictures, for pages and for what is kept of photos."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glasscase.pages.page import data_uri


def thumbnail(image: NDArray[np.uint8], *, longest_px: int = 128) -> str:
    """`image` (uint8 RGB [h, w, 3]) as a small JPEG `data:` address, its shape kept.

    >>> thumbnail(np.zeros((400, 200, 3), np.uint8))[:23]
    'data:image/jpeg;base64,'
    """
    return data_uri(small_jpeg(image, longest_px=longest_px), "image/jpeg")


def small_jpeg(image: NDArray[np.uint8], *, longest_px: int) -> bytes:
    """`image` (uint8 RGB [h, w, 3]) as a JPEG file no longer than that, its shape kept."""
    picture = Image.fromarray(image)
    picture.thumbnail((longest_px, longest_px))
    stream = io.BytesIO()
    picture.save(stream, format="JPEG", quality=80)
    return stream.getvalue()


def png(image: Image.Image) -> bytes:
    """`image` stored as it is, as small as that goes."""
    stream = io.BytesIO()
    image.save(stream, format="PNG", optimize=True)
    return stream.getvalue()
