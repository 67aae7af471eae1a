"""One product photo as a shelf shows it: off its white ground, cut, blurred, darker, smaller."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy import ndimage

from glasscase.augmentation.draws import Draws
from glasscase.augmentation.photo_damage import damaged_photo
from glasscase.shelf.drawn.scene_packs import draw_pack

Picture = NDArray[np.uint8]
_WAYS = (
    (("blur", 2), ("brightness", 2)),
    (("noise", 1), ("brightness", 2), ("rotation", 1)),
    (("blur", 3), ("contrast", 2)),
    (("crop", 2), ("noise", 2), ("jpeg", 2)),
    (("contrast", 3), ("blur", 2), ("crop", 1)),
)
_SMALL_PX = (40, 64, 112)
"""Shorter side of a product on a photo of a whole shelf."""
_FIRST_STRANGER = 700_000
_SAME = 12  # of 255: what differs less from the corners is ground


def views_of(image: Picture, key: str, *, number: int) -> list[Picture]:
    """`number` changed copies of `image` (uint8 RGB [h, w, 3]); the same for the same call.

    Even ground is replaced by tones a shelf has behind its products; then the copy is blurred, lit
    or cut, and brought to the size a product has there. `key` names the photo.

    >>> plain = np.full((80, 60, 3), 128, np.uint8)
    >>> [view.shape[2] for view in views_of(plain, "mug", number=2)]
    [3, 3]
    """
    ground = _ground(image)
    return [_view(image, ground, f"{key}/{turn}", turn) for turn in range(number)]


@lru_cache(maxsize=1)
def drawn_strangers(number: int) -> tuple[Picture, ...]:
    """`number` drawn packs as a shelf shows them: products nobody sells, so surely strangers."""
    found: list[Picture] = []
    for pack in range(number):
        drawn = draw_pack(_FIRST_STRANGER + pack)
        white = Image.new("RGB", drawn.size, "white")
        white.paste(drawn, (0, 0), drawn)
        found += views_of(np.asarray(white, np.uint8), f"stranger {pack}", number=1)
    return tuple(found)


def framed(image: Picture) -> Picture:
    """`image` (uint8 RGB [h, w, 3]) without an even margin: a pack on white ground, cut out.

    Product photos stand on empty ground; boxes on a shelf do not. Where the corners are not of one
    colour there is no such margin, and a picture that is all ground stays as it is.
    """
    ground = _ground(image)
    rows, columns = np.flatnonzero(~ground.all(axis=1)), np.flatnonzero(~ground.all(axis=0))
    if not ground.any() or len(rows) < 8 or len(columns) < 8:
        return image
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _ground(image: Picture) -> NDArray[np.bool_]:
    """[h, w]: even ground that reaches the edge of the photo; nowhere where there is none."""
    corners = np.stack([image[0, 0], image[0, -1], image[-1, 0], image[-1, -1]]).astype(np.int16)
    nothing = np.zeros(image.shape[:2], bool)
    if np.ptp(corners, axis=0).max() > _SAME:
        return nothing
    even = np.abs(image.astype(np.int16) - corners.mean(axis=0)).max(axis=2) <= _SAME
    areas, count = ndimage.label(even)
    if not count:
        return nothing
    edge = np.unique(np.concatenate([areas[0], areas[-1], areas[:, 0], areas[:, -1]]))
    return np.asarray(np.isin(areas, edge[edge > 0]), bool)


def _view(image: Picture, ground: NDArray[np.bool_], key: str, turn: int) -> Picture:
    if ground.any():
        image = np.where(ground[:, :, None], _shelf_tones(image.shape[:2], key), image)
    for kind, strength in _WAYS[turn % len(_WAYS)]:
        image = damaged_photo(image, kind, strength, seed=0, key=key)
    shorter = _SMALL_PX[turn % len(_SMALL_PX)]
    height, width = image.shape[:2]
    scale = shorter / min(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR), np.uint8)


def _shelf_tones(size: tuple[int, int], key: str) -> Picture:
    """What may be behind and beside a product: two or three soft patches of colour."""
    draws = Draws(0, "shelf tones", key)
    patches = (draws.many(12).reshape(2, 2, 3) * 150 + draws.between(10, 100)).astype(np.uint8)
    if draws.chance(0.5):  # a board or a wall of one colour, lit from above
        patches = np.asarray(patches.mean(axis=2, keepdims=True).repeat(3, axis=2), np.uint8)
    picture = Image.fromarray(patches).resize((size[1], size[0]), Image.Resampling.BILINEAR)
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(2)), np.uint8)
