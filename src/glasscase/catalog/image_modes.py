"""Every way a picture can hold its pixels, turned into 8-bit RGB."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_WIDE = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
_WITH_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")


def to_rgb(image: Image.Image) -> Image.Image:
    """A loaded picture as 8-bit RGB.

    Transparency is laid on white, as shops show it. 16-bit grey keeps its upper 8 bits, rounded;
    32-bit and float grey are scaled by the smallest usual range (1, 255, 65535, 2^31 - 1) that
    holds the largest value. CMYK JPEG follow Adobe's convention (inverted), as Pillow reads them.

    Raises:
        ValueError: a colour space with no rule here (LAB).

    Not covered: colour profiles (ICC); the numbers are taken as sRGB.
    """
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode in _WIDE:
        return Image.fromarray(_eight_bits(image)).convert("RGB")
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        picture = image.convert("RGBA")
        white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, picture).convert("RGB")
    if image.mode in ("1", "L", "P", "CMYK", "YCbCr", "RGBX", "HSV"):
        return image.convert("RGB")
    raise ValueError(f"colour mode {image.mode} is not read")


def _eight_bits(image: Image.Image) -> NDArray[np.uint8]:
    values = np.nan_to_num(np.asarray(image).astype(np.float32), posinf=0.0, neginf=0.0)
    if image.mode.startswith("I;16"):
        top = 65535.0
    else:
        largest = float(values.max(initial=0.0))
        usual = (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0)
        top = next((t for t in usual if largest <= t), max(largest, 2.0**31 - 1))
    scaled = np.clip(values * np.float32(255.0 / top), 0, 255)
    return np.asarray(np.rint(scaled), dtype=np.uint8)
