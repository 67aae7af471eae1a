"""What a photo itself says of a gap: an empty place is plainer, greyer and darker than products.

Room between two boxes may be empty, or hold a product the detector missed. The place is compared
with the products found on the same photo, so that light and camera cancel out: its emptiness is the
mean share of products that are more textured, more colourful and brighter than it, 0 to 1.

Not covered: back walls of wire or with prints (they are not plain), products that are plain, grey
and dark, shadows. Weak evidence: see docs/experiments.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import sobel

from glasscase.intervals import Interval
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.reckoning.gaps import Gap

Floats = NDArray[np.float64]

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
_LEAST_PRODUCTS = 5
_INSET = 0.15  # of each side: edges belong to the neighbours
_STRENGTH = 8.0
"""How many times likelier a gap is, and a missed product, at an emptiness of 1 and of 0."""


def emptiness(image: NDArray[np.uint8], places: Floats, boxes: Boxes) -> Floats:
    """[m] 0 to 1: how empty the places [m, 4] look beside the products of the photo.

    0.5 says nothing; so do photos with fewer than five products.
    """
    places = np.asarray(places, np.float64).reshape(-1, 4)
    if len(boxes) < _LEAST_PRODUCTS or not len(places):
        return np.full(len(places), 0.5)
    sums = _integrals(image)
    shown = _means(sums, places)
    products = np.sort(_means(sums, np.asarray(boxes.corners, np.float64)), axis=0)
    ranks = [
        1 - np.searchsorted(products[:, kind], shown[:, kind]) / len(products)
        for kind in range(shown.shape[1])
    ]
    return np.asarray(np.mean(ranks, axis=0))


def seen_gaps(gaps: Sequence[Gap], image: NDArray[np.uint8], boxes: Boxes) -> list[Gap]:
    """The gaps with scores as the photo makes them likelier or less likely, surest first.

    Odds are multiplied by `8 ** (2 * emptiness - 1)`.
    """
    looks = emptiness(image, np.array([gap.box for gap in gaps]), boxes)
    told = []
    for gap, look in zip(gaps, looks, strict=True):
        factor = _STRENGTH ** (2 * float(look) - 1)
        value, low, high = (
            _with_odds(each, factor) for each in (gap.score, gap.chance.low, gap.chance.high)
        )
        told.append(replace(gap, score=value, chance=Interval(value, low, high)))
    return sorted(told, key=lambda gap: (-gap.score, gap.box))


def _with_odds(chance: float, factor: float) -> float:
    return chance * factor / (chance * factor + 1 - chance) if 0 < chance < 1 else chance


def _integrals(image: NDArray[np.uint8]) -> list[Floats]:
    """Sums over all pixels above and left: of texture, colour and brightness."""
    shades = image.astype(np.float32) / 255
    light = shades @ np.array(_LUMA, np.float32)
    colour = shades.max(axis=2) - shades.min(axis=2)
    texture = np.hypot(sobel(light, 0), sobel(light, 1))
    return [
        np.pad(layer.astype(np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
        for layer in (texture, colour, light)
    ]


def _means(sums: list[Floats], places: Floats) -> Floats:
    """[m, 3]: the mean of each layer inside the places, without their edges."""
    high, wide = (side - 1 for side in sums[0].shape)
    inset = _INSET * (places[:, 2:] - places[:, :2])
    left, top = np.floor(places[:, :2] + inset).astype(np.int64).T
    right, bottom = np.ceil(places[:, 2:] - inset).astype(np.int64).T
    left, right = np.clip(left, 0, wide - 1), np.clip(right, 1, wide)
    top, bottom = np.clip(top, 0, high - 1), np.clip(bottom, 1, high)
    right, bottom = np.maximum(right, left + 1), np.maximum(bottom, top + 1)
    area = (right - left) * (bottom - top)
    found = [
        (layer[bottom, right] - layer[top, right] - layer[bottom, left] + layer[top, left]) / area
        for layer in sums
    ]
    return np.stack(found, axis=1)
