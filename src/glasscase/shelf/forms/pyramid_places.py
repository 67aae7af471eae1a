"""The places of a feature pyramid: where each looks, and which of them answers for which box."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from glasscase.shelf.forms.photo_view import Preparation
from glasscase.shelf.overlaps import overlaps

INPUT_PX = 384
"""Side of the square a photo is brought to."""
PREPARATION = Preparation(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
"""How EfficientNet-Lite0 wants photos: in the middle of that square, -1 to 1."""
STRIDES = (8, 16, 32, 64)
"""Pixels of the input from one place to the next, level by level."""
NOBODY = -1
_ANCHOR = 4.0  # side of the square that stands for a place, in strides
_NEAREST = 9  # places of a level that are candidates for a box (ATSS's k)
Floats = NDArray[np.float32]


@lru_cache(maxsize=2)
def places(input_px: int = INPUT_PX) -> Floats:
    """[p, 3]: x, y and stride of every place, the finest level first, row by row.

    >>> places().shape
    (3060, 3)
    """
    levels = []
    for stride in STRIDES:
        side = -(-input_px // stride)
        middle = (np.arange(side, dtype=np.float32) + 0.5) * stride
        x, y = np.meshgrid(middle, middle)
        levels.append(np.stack([x.ravel(), y.ravel(), np.full(side * side, stride)], axis=1))
    return np.concatenate(levels).astype(np.float32)


def assigned(corners: Floats, input_px: int = INPUT_PX) -> NDArray[np.int16]:
    """[p]: which box each place answers for, `NOBODY` where none.

    ATSS (Zhang et al., CVPR 2020, algorithm 1): of each level the nine places nearest to a box's
    centre are candidates; those whose anchor overlaps the box by more than the candidates' mean
    plus deviation, and that lie in the box, answer for it; of several boxes the one overlapped
    most. A box that nobody would answer for gets its best candidate.

    Args:
        corners: [n, 4] left, top, right, bottom in pixels of the input.
        input_px: side of the input.
    """
    spots = places(input_px)
    answer = np.full(len(spots), NOBODY, np.int16)
    best = np.zeros(len(spots), np.float32)
    half = spots[:, 2] * _ANCHOR / 2
    anchors = np.stack(
        [spots[:, 0] - half, spots[:, 1] - half, spots[:, 0] + half, spots[:, 1] + half], axis=1
    )
    levels = [np.flatnonzero(spots[:, 2] == stride) for stride in STRIDES]
    for number, box in enumerate(corners):
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        far = (spots[:, 0] - x) ** 2 + (spots[:, 1] - y) ** 2
        near = np.concatenate([lv[np.argsort(far[lv], kind="stable")[:_NEAREST]] for lv in levels])
        shares = overlaps(box, anchors[near])
        inside = (np.abs(spots[near, 0] - x) < (box[2] - box[0]) / 2) & (
            np.abs(spots[near, 1] - y) < (box[3] - box[1]) / 2
        )
        chosen = (shares >= shares.mean() + shares.std()) & inside
        if not chosen.any():
            chosen = np.arange(len(near)) == shares.argmax()
        spot, share = near[chosen], shares[chosen]
        better = share > best[spot]
        answer[spot[better]] = number
        best[spot[better]] = share[better]
    return answer
