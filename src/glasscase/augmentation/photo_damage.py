"""What happens to photos on their way into a catalogue, one thing at a time, to test a model with.

Augmentation mixes small changes for training; here each change stands alone and has three
strengths, so that one can say which of them costs what.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glasscase.augmentation.draws import Draws
from glasscase.augmentation.photo_changes import (
    Move,
    blurred,
    colour_matrix,
    moved,
    stored_as_jpeg,
)
from glasscase.augmentation.photo_prints import (
    as_screenshot,
    watermarked,
    with_banner,
    with_word,
)

STRENGTHS = (1, 2, 3)
Change = Callable[[Image.Image, float, Draws, str], Image.Image]
WRONG_WORD = "wrong word"
"""The change that prints a word on the photo; the caller chooses which."""


@dataclass(frozen=True, slots=True)
class PhotoDamage:
    """One kind of change."""

    amounts: tuple[float, float, float]
    """How much, by strength 1, 2, 3."""
    told: str
    """What an amount means, `{}` in its place."""
    change: Change

    def describe(self, strength: int) -> str:
        """The amount of one strength in words.

        >>> PHOTO_DAMAGE["rotation"].describe(2)
        'turned by 25 degrees'
        """
        return self.told.format(f"{self.amounts[strength - 1]:g}")


def damaged_photo(
    image: NDArray[np.uint8], kind: str, strength: int, *, seed: int, key: str, word: str = ""
) -> NDArray[np.uint8]:
    """`image` (uint8 RGB [h, w, 3]) changed: as large, a new array, the same for the same call.

    Args:
        image: at least one pixel; it is not written to.
        kind: of `PHOTO_DAMAGE`.
        strength: 1 to 3. All three share their draws: what 1 turns a little, 3 turns far.
        seed: another seed, other draws.
        key: which photo it is, such as the product's id; nothing else decides, so neither the
            order of the products nor who else is in the sample does.
        word: what `wrong word` prints.
    """
    damage = PHOTO_DAMAGE[kind]
    draws = Draws(seed, "damage", kind, key)
    picture = Image.fromarray(np.ascontiguousarray(image))
    changed = damage.change(picture, damage.amounts[strength - 1], draws, word)
    return np.array(changed.convert("RGB"), dtype=np.uint8)


def _blur(picture: Image.Image, share: float, draws: Draws, word: str) -> Image.Image:
    del draws, word
    return blurred(picture, share / 100 * min(picture.size))


def _noise(picture: Image.Image, deviation: float, draws: Draws, word: str) -> Image.Image:
    """Normal noise on every channel (Box and Muller 1958), of uniform draws alone."""
    del word
    pixels = np.asarray(picture, np.float64)
    half = (pixels.size + 1) // 2
    length = np.sqrt(-2 * np.log1p(-draws.many(half)))
    angle = 2 * math.pi * draws.many(half)
    normal = np.concatenate([length * np.cos(angle), length * np.sin(angle)])[: pixels.size]
    noisy = pixels + deviation * normal.reshape(pixels.shape)
    return Image.fromarray(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))


def _jpeg(picture: Image.Image, quality: float, draws: Draws, word: str) -> Image.Image:
    del draws, word
    return stored_as_jpeg(picture, round(quality))


def _brightness(picture: Image.Image, percent: float, draws: Draws, word: str) -> Image.Image:
    del word
    return _light(picture, _either_way(percent, draws), 1.0)


def _contrast(picture: Image.Image, percent: float, draws: Draws, word: str) -> Image.Image:
    del word
    return _light(picture, 1.0, _either_way(percent, draws))


def _either_way(percent: float, draws: Draws) -> float:
    return 1 + (percent if draws.chance(0.5) else -percent) / 100


def _light(picture: Image.Image, brightness: float, contrast: float) -> Image.Image:
    return picture.convert("RGB", colour_matrix(brightness, contrast, 1.0, 0.0))


def _crop(picture: Image.Image, percent: float, draws: Draws, word: str) -> Image.Image:
    del word
    kept = percent / 100
    right, down = draws.around(1), draws.around(1)
    room = (1 - kept) / 2
    return moved(np.asarray(picture), Move(kept, kept, 0.0, right * room, down * room))


def _rotation(picture: Image.Image, degrees: float, draws: Draws, word: str) -> Image.Image:
    del word
    turned = degrees if draws.chance(0.5) else -degrees
    return moved(np.asarray(picture), Move(1.0, 1.0, turned))


def _watermark(picture: Image.Image, percent: float, draws: Draws, word: str) -> Image.Image:
    del draws, word
    return watermarked(picture, percent / 100)


def _banner(picture: Image.Image, percent: float, draws: Draws, word: str) -> Image.Image:
    del word
    return with_banner(picture, percent / 100, draws)


def _screenshot(picture: Image.Image, percent: float, draws: Draws, word: str) -> Image.Image:
    del word
    return as_screenshot(picture, percent / 100, draws)


def _wrong_word(picture: Image.Image, percent: float, draws: Draws, word: str) -> Image.Image:
    return with_word(picture, word, percent / 100, draws)


PHOTO_DAMAGE: Mapping[str, PhotoDamage] = MappingProxyType(
    {
        "blur": PhotoDamage((1, 2.5, 5), "out of focus by {} % of the shorter side", _blur),
        "noise": PhotoDamage((10, 25, 50), "noise of deviation {} of 255", _noise),
        "jpeg": PhotoDamage((40, 15, 5), "stored as JPEG of quality {}", _jpeg),
        "brightness": PhotoDamage((25, 45, 65), "{} % brighter or darker", _brightness),
        "contrast": PhotoDamage((30, 50, 70), "{} % more or less contrast", _contrast),
        "crop": PhotoDamage((85, 65, 45), "cut to {} % of its sides", _crop),
        "rotation": PhotoDamage((10, 25, 45), "turned by {} degrees", _rotation),
        "watermark": PhotoDamage((20, 40, 65), "a watermark of {} % opacity", _watermark),
        "price banner": PhotoDamage((12, 22, 35), "a banner over {} % of its height", _banner),
        "screenshot": PhotoDamage((80, 60, 45), "a screenshot it fills {} % of", _screenshot),
        WRONG_WORD: PhotoDamage(
            (6, 12, 20), "another category's name on it, {} % of its height", _wrong_word
        ),
    }
)
"""All kinds by name, in the order they are reported."""
