"""How much boxes overlap."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", np.float32, np.float64)


def overlaps(first: NDArray[Number], second: NDArray[Number]) -> NDArray[Number]:
    """Intersection over union of every box of `first` with every one of `second`, 0 to 1.

    Args:
        first: a box [4] or boxes [m, 4]: left, top, right, bottom.
        second: boxes [n, 4].

    Returns:
        [n] for a box, [m, n] for boxes; 0 where both are empty.

    >>> overlaps(np.array([0.0, 0, 10, 10]), np.array([[0.0, 0, 10, 5], [10, 0, 20, 10]])).tolist()
    [0.5, 0.0]
    """
    shared = intersections(first, second)
    union = _areas(first)[..., None] + _areas(second) - shared
    share: NDArray[Number] = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return share


def intersections(first: NDArray[Number], second: NDArray[Number]) -> NDArray[Number]:
    """Square pixels that boxes share, shaped as `overlaps` gives them."""
    one = first[..., None, :]
    width = np.minimum(one[..., 2], second[:, 2]) - np.maximum(one[..., 0], second[:, 0])
    height = np.minimum(one[..., 3], second[:, 3]) - np.maximum(one[..., 1], second[:, 1])
    shared: NDArray[Number] = np.maximum(width, 0) * np.maximum(height, 0)
    return shared


def _areas(boxes: NDArray[Number]) -> NDArray[Number]:
    sides = np.maximum(boxes[..., 2:] - boxes[..., :2], 0)
    area: NDArray[Number] = sides[..., 0] * sides[..., 1]
    return area
