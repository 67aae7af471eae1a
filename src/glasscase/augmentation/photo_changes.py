"""The single changes a photo can go through, each by Pillow alone."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, JpegImagePlugin

Colour = tuple[int, int, int]
_LUMA = (0.299, 0.587, 0.114)
_MIDDLE_GREY = 127.5


@dataclass(frozen=True, slots=True)
class Move:
    """Where the picture looks at the photo."""

    width: float
    height: float
    """Part of the photo's sides that fills the picture; above 1 there is a rim around it."""
    degrees: float
    """Turned so far, clockwise."""
    right: float = 0.0
    down: float = 0.0
    """The middle of what is looked at, from the middle of the photo, in shares of its sides."""
    mirrored: bool = False


def moved(image: NDArray[np.uint8], move: Move) -> Image.Image:
    """The part of `image` (uint8 RGB [h, w, 3]) that `move` looks at, in a picture as large.

    One bilinear step, so that nothing is softened twice. What lies outside has the median colour
    of the photo's border: white where shops photograph on white.
    """
    height, width = image.shape[:2]
    angle = math.radians(move.degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    across = -move.width if move.mirrored else move.width
    a, b = cos * across, sin * move.height
    d, e = -sin * across, cos * move.height
    x, y = width / 2, height / 2
    c = x + move.right * width - a * x - b * y
    f = y + move.down * height - d * x - e * y
    return Image.fromarray(np.ascontiguousarray(image)).transform(
        (width, height),
        Image.Transform.AFFINE,
        (a, b, c, d, e, f),
        Image.Resampling.BILINEAR,
        fillcolor=_border_colour(image),
    )


def _border_colour(image: NDArray[np.uint8]) -> Colour:
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    middle = np.partition(border, len(border) // 2, axis=0)[len(border) // 2]
    red, green, blue = (int(value) for value in middle)
    return red, green, blue


def erased(
    picture: Image.Image, size: tuple[float, float], at: tuple[float, float], colour: Colour
) -> Image.Image:
    """`picture` with a rectangle of one colour on it.

    Args:
        picture: it is written to.
        size: width and height, in shares of the picture's sides.
        at: where it stands in the room there is: 0 at the left or top, 1 at the right or bottom.
        colour: red, green, blue.
    """
    width = min(picture.width, round(size[0] * picture.width))
    height = min(picture.height, round(size[1] * picture.height))
    left = round(at[0] * (picture.width - width))
    top = round(at[1] * (picture.height - height))
    picture.paste(colour, (left, top, left + width, top + height))
    return picture


def colour_matrix(
    brightness: float, contrast: float, saturation: float, warmth: float
) -> tuple[float, ...]:
    """[12]: one 3 x 4 matrix for `Image.convert`, row by row, doing all four in this order.

    warmth, saturation (0 is grey), contrast about the middle grey, brightness.

    >>> [round(x, 3) for x in colour_matrix(1, 1, 1, 0)]
    [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    """
    gains = (1 + warmth, 1.0, 1 - warmth)
    factor = brightness * contrast
    offset = brightness * (1 - contrast) * _MIDDLE_GREY
    rows: list[float] = []
    for row in range(3):
        for column in range(3):
            own = saturation if row == column else 0.0
            rows.append(factor * (own + (1 - saturation) * _LUMA[column]) * gains[column])
        rows.append(offset)
    return tuple(rows)


def blurred(picture: Image.Image, radius_px: float) -> Image.Image:
    """`picture` out of focus: a box of `radius_px` around every pixel, as a lens draws it."""
    return picture.filter(ImageFilter.BoxBlur(radius_px))


def stored_as_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    """`picture` as it comes back from a JPEG file of `quality` (1 to 95)."""
    stream = io.BytesIO()
    picture.save(stream, format="JPEG", quality=quality)
    stream.seek(0)
    stored = JpegImagePlugin.JpegImageFile(stream)
    stored.load()
    return stored
