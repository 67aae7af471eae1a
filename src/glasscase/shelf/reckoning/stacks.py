"""Products that stand on products: which box carries which."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOUCHING = 0.08
"""Of the lower of two heights: a bottom that near a top rests on it. A board in between is thicker,
and goods need headroom."""
NEARLY = 0.25
"""The same where most boxes beside it are known to be stacked."""
_OVERLAP = 0.6  # of the narrower box
_LEAST_PX = 3.0  # edges of small boxes are not surer than that


def carriers(corners: Floats, *, within: float = TOUCHING) -> Ints:
    """[n]: the box each box rests on, -1 where it rests on none.

    A box rests on the one whose top is nearest to its bottom, where they share 60 % of the narrower
    one's width and the distance is at most `within` of the lower height.

    >>> carriers(np.array([[0, 60, 20, 100], [0, 20, 20, 59], [50, 20, 70, 50.0]])).tolist()
    [-1, 0, -1]
    """
    found = np.full(len(corners), -1, np.int64)
    left, top, right, bottom = corners.T
    heights, widths = bottom - top, right - left
    for box in range(len(corners)):
        shared = np.minimum(right, right[box]) - np.maximum(left, left[box])
        wide = shared >= _OVERLAP * np.minimum(widths, widths[box])
        away = np.abs(top - bottom[box])
        apart = away / np.minimum(heights, heights[box])
        near = wide & ((apart <= within) | (away <= _LEAST_PX)) & (bottom > bottom[box])
        if near.any():
            candidates = np.flatnonzero(near)
            found[box] = candidates[np.argmin(apart[candidates])]
    return found


def levels_and_columns(carrier: Ints) -> tuple[Ints, Ints]:
    """[n] how many products each box stands above, and [n] the box at the foot of its stack.

    >>> [part.tolist() for part in levels_and_columns(np.array([-1, 0, 1, -1]))]
    [[0, 1, 2, 0], [0, 0, 0, 3]]
    """
    level = np.zeros(len(carrier), np.int64)
    foot = np.arange(len(carrier))
    for box in range(len(carrier)):
        at = box
        while carrier[at] >= 0:  # always downwards, so it ends
            at = int(carrier[at])
            level[box] += 1
        foot[box] = at
    return level, foot
