"""Planes of numbers made smaller or larger, the same from the left as from the right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def resized(plane: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """float32 [h, w] -> float32 of `size` (height, width): averaged when smaller, else bilinear.

    >>> resized(np.ones((4, 6), np.float32), (2, 3)).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    if plane.shape == size:
        return np.asarray(plane, np.float32)
    picture = Image.fromarray(np.ascontiguousarray(plane, dtype=np.float32))
    fitted = picture.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    return np.asarray(fitted, np.float32)


def fitting_size(shape: tuple[int, ...], longest_px: int) -> tuple[int, int]:
    """Height and width of a picture [h, w, ...] with its longer side at most `longest_px`.

    >>> fitting_size((1000, 500, 3), 200), fitting_size((8, 8), 200)
    ((200, 100), (8, 8))
    """
    height, width = shape[0], shape[1]
    shrink = min(1.0, longest_px / max(height, width))
    return max(1, round(height * shrink)), max(1, round(width * shrink))


def resized_image(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """uint8 RGB [h, w, 3] -> uint8 RGB of `size` (height, width), antialiased."""
    if image.shape[:2] == size:
        return image
    picture = Image.fromarray(np.ascontiguousarray(image))
    fitted = picture.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    return np.asarray(fitted, np.uint8)
