"""Photo bytes become an image; every hostile case becomes a `BadPhoto`."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from glasscase.catalog.image_header import damaged, open_photo, photo_size
from glasscase.catalog.image_modes import to_rgb
from glasscase.catalog.image_orientation import turned
from glasscase.errors import BadPhoto
from glasscase.settings import PhotoSettings

__all__ = ["check_limits", "decode", "photo_size", "resize"]

_DEFAULT_LIMITS = PhotoSettings()


def decode(
    data: bytes, *, name: str, limits: PhotoSettings = _DEFAULT_LIMITS, at_least_px: int = 0
) -> NDArray[np.uint8]:
    """Decode a stored photo to uint8 RGB [h, w, 3], turned as its EXIF says.

    What the bytes say counts, not the ending of the name. Of an animation or a file of several
    pages the first picture is taken. Thread-safe; no process-wide flag of Pillow is touched.

    Args:
        data: the stored bytes.
        name: shown in messages only.
        limits: largest file and picture; both are checked before any pixel is decoded.
        at_least_px: above 0, a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size as long as its
            shorter side stays at least this long (DCT scaling: several times faster).

    Raises:
        BadPhoto: empty, truncated, damaged, too large, or not a photo; says which and what to do.

    Not covered: colour profiles (ICC).
    """
    check_size_bytes(len(data), name, limits)
    width, height, kind = photo_size(data, name)
    check_limits(width, height, name, limits)
    picture = open_photo(data, name)
    check_limits(*picture.size, name, limits)  # a first frame may be larger than its canvas
    try:
        return _pixels(picture, at_least_px)
    except Exception as error:
        raise damaged(name, kind, error) from error


def _pixels(picture: ImageFile.ImageFile, at_least_px: int) -> NDArray[np.uint8]:
    if at_least_px > 0:
        picture.draft(None, (at_least_px, at_least_px))
    picture.load()
    return np.array(turned(to_rgb(picture), picture.info.get("exif", b"")), dtype=np.uint8)


def check_size_bytes(size_bytes: int, name: str, limits: PhotoSettings) -> None:
    """Raise `BadPhoto` where the stored file is larger than `limits` allow."""
    if size_bytes > limits.max_megabytes * 1e6:
        raise BadPhoto(
            f"photo {name!r} is {_rounded(size_bytes)} MB, "
            f"the limit is {limits.max_megabytes:g} MB",
            "Raise photos.max_megabytes or shrink it.",
        )


def check_limits(width: int, height: int, name: str, limits: PhotoSettings) -> None:
    """Raise `BadPhoto` where a picture has more pixels than `limits` allow."""
    if width * height > limits.max_megapixels * 1e6:
        raise BadPhoto(
            f"photo {name!r} is {_rounded(width * height)} MP, "
            f"the limit is {limits.max_megapixels:g} MP",
            "Raise photos.max_megapixels or shrink it.",
        )


def _rounded(units: int) -> str:
    return f"{math.ceil(units / 1e5) / 10:.1f}".removesuffix(".0")


def resize(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The one way a picture becomes a square: uint8 [h, w, 3] -> uint8 [side, side, 3].

    The whole picture is squashed, nothing is cut off, because a product reaches the edge more
    often than its proportions decide its category. Pillow's bicubic filter with its support
    widened when shrinking (antialiased). Training, batch and serving all come through here.
    """
    if image.shape[:2] == (side, side):
        return image.copy()
    picture = Image.fromarray(np.ascontiguousarray(image))
    return np.array(picture.resize((side, side), Image.Resampling.BICUBIC), dtype=np.uint8)
