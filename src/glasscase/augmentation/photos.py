"""Photos changed a little, as another camera or another day would have taken them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glasscase.augmentation.draws import Draws
from glasscase.augmentation.level import checked_level
from glasscase.augmentation.photo_changes import (
    Move,
    blurred,
    colour_matrix,
    erased,
    moved,
    stored_as_jpeg,
)
from glasscase.augmentation.photo_strength import PHOTO_STRENGTHS, PhotoStrength

_RECTANGLES = 2


@dataclass(frozen=True, slots=True)
class PhotoAugmentation:
    """Changes photos by `level`; the same photo, seed, epoch, key and view give the same bytes.

    Moved, shrunk, cut and turned in one step (what comes in from outside has the colour of the
    photo's own border), parts covered (Random Erasing, Zhong et al. 2017, arXiv:1708.04896),
    other light, grey, blurred, stored as JPEG once more. The levels share their draws: what light
    turns a little to the left, heavy turns further to the left. The hue is never turned, for
    the colour often is the product.

    Only heavy mirrors, because print on a pack read backwards is nothing a camera ever sees.
    For goods without print (clothes, furniture) mirroring is worth having at every level.

    Not covered: other backgrounds, perspective, several photos laid on each other.
    """

    level: str
    """`light`, `medium` or `heavy`."""
    seed: int = 0
    mirror: bool | None = None
    """Half of the photos are mirrored, or none is; None: as the level says."""

    def __post_init__(self) -> None:
        checked_level(self.level)

    @property
    def strength(self) -> PhotoStrength:
        """The widest changes."""
        strength = PHOTO_STRENGTHS[checked_level(self.level)]
        if self.mirror is None:
            return strength
        return replace(strength, mirror_share=0.5 if self.mirror else 0.0)

    def __call__(
        self, image: NDArray[np.uint8], *, epoch: int, key: str, view: int = 0
    ) -> NDArray[np.uint8]:
        """`image` changed: uint8 RGB [h, w, 3] -> uint8 RGB [h, w, 3], a new array.

        Args:
            image: at least one pixel; it is not written to.
            epoch: another epoch, another variant.
            key: which product it is; its id.
            view: tells several variants of one product in one epoch apart.

        Raises:
            TypeError: not uint8 RGB.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
            raise TypeError(f"an image is uint8 [h, w, 3], not {image.dtype} {list(image.shape)}")
        draws = Draws(self.seed, "photo", epoch, key, view)
        strength = self.strength
        # Every step draws the same count of numbers at every level, used or not.
        picture = moved(image, _move(strength, draws))
        for _ in range(_RECTANGLES):
            picture = _erase(picture, strength, draws)
        picture = picture.convert("RGB", _light(strength, draws))
        picture = _blur(picture, strength, draws)
        return np.array(_jpeg(picture, strength, draws), dtype=np.uint8)


def _move(strength: PhotoStrength, draws: Draws) -> Move:
    extent = math.exp(draws.between(math.log(strength.nearest), math.log(strength.farthest)))
    stretch = math.exp(draws.around(math.log1p(strength.aspect)) / 2)
    degrees = draws.around(strength.degrees)
    free = abs(1 - extent) / 2  # so far the picture can go and neither lose more nor leave
    right, down = draws.around(free), draws.around(free)
    mirrored = draws.chance(strength.mirror_share)
    return Move(extent * stretch, extent / stretch, degrees, right, down, mirrored)


def _erase(picture: Image.Image, strength: PhotoStrength, draws: Draws) -> Image.Image:
    wanted = draws.chance(strength.erase_share)
    area = draws.between(0.02, max(0.02, strength.erase_area))
    stretch = math.exp(draws.around(math.log(2.0)) / 2)
    at = (draws.between(0, 1), draws.between(0, 1))
    red, green, blue = (draws.below(256) for _ in range(3))
    if not wanted:
        return picture
    size = (math.sqrt(area) * stretch, math.sqrt(area) / stretch)
    return erased(picture, size, at, (red, green, blue))


def _light(strength: PhotoStrength, draws: Draws) -> tuple[float, ...]:
    brightness = 1 + draws.around(strength.brightness)
    contrast = 1 + draws.around(strength.contrast)
    saturation = 1 + draws.around(strength.saturation)
    warmth = draws.around(strength.warmth)
    grey = draws.chance(strength.grey_share)
    return colour_matrix(brightness, contrast, 0.0 if grey else saturation, warmth)


def _blur(picture: Image.Image, strength: PhotoStrength, draws: Draws) -> Image.Image:
    wanted = draws.chance(strength.blur_share)
    radius = draws.between(0.3, 1.0) * strength.blur * min(picture.size)
    return blurred(picture, radius) if wanted else picture


def _jpeg(picture: Image.Image, strength: PhotoStrength, draws: Draws) -> Image.Image:
    wanted = draws.chance(strength.jpeg_share)
    quality = round(draws.between(strength.jpeg_quality, 90))
    return stored_as_jpeg(picture, quality) if wanted else picture
