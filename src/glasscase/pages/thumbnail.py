"""Small pictures inside a page."""

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
    picture = Image.fromarray(image)
    picture.thumbnail((longest_px, longest_px))
    stream = io.BytesIO()
    picture.save(stream, format="JPEG", quality=80)
    return data_uri(stream.getvalue(), "image/jpeg")
