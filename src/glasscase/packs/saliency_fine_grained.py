"""Fine-grained saliency: how much lighter or darker a pixel is than the squares around it.

Source: S. Montabone and A. Soto, "Human detection using a mobile platform and novel features
derived from a visual saliency mechanism", Image and Vision Computing 28 (2010), 391-402: on-centre
and off-centre differences at six scales, by integral images. The constants are those of OpenCV's
`StaticSaliencyFineGrained`; beside it, squares are centred on their pixel (OpenCV's lie half a
pixel to the right, so a mirrored photo has not quite a mirrored map), and nothing is rounded to
bytes in between. Brightness alone: colour-blind.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

REACHES_PX = (12, 24, 28, 48, 56, 112)
"""How far each square reaches from its pixel; of the picture as it is handed in."""
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
_SMOOTHING = np.array([1, 4, 6, 4, 1], np.float32) / 16
"""Twice the 3-pixel binomial filter, 'as done by Frintrop and Itti'."""


def fine_grained(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A map float32 [h, w] of uint8 RGB [h, w, 3], not below 0: on-centre plus off-centre.

    Each of the two is summed over the scales and divided by its highest value first.
    """
    grey = image.astype(np.float32) @ _GREY
    for axis in (0, 1):
        grey = ndimage.correlate1d(grey, _SMOOTHING, axis=axis, mode="mirror")
    lighter, darker = np.zeros_like(grey), np.zeros_like(grey)
    sums = np.zeros((grey.shape[0] + 1, grey.shape[1] + 1))
    np.cumsum(grey, axis=0, out=sums[1:, 1:], dtype=np.float64)
    np.cumsum(sums, axis=1, out=sums)
    for reach in REACHES_PX:
        step = grey - _mean_around(sums, grey, reach)
        lighter += np.maximum(step, 0)
        darker += np.maximum(-step, 0)
    return _of_highest(lighter) + _of_highest(darker)


def _mean_around(
    sums: NDArray[np.float64], grey: NDArray[np.float32], reach: int
) -> NDArray[np.float32]:
    """Mean of the square around each pixel without the pixel; squares are cut at the border."""
    top, bottom = _bounds(grey.shape[0], reach)
    left, right = _bounds(grey.shape[1], reach)
    rows = sums[bottom] - sums[top]
    total = (rows[:, right] - rows[:, left]).astype(np.float32)
    count = np.outer(bottom - top, right - left) - 1
    mean: NDArray[np.float32] = ((total - grey) / np.maximum(count, 1)).astype(np.float32)
    return mean


def _bounds(length: int, reach: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    place = np.arange(length)
    return np.maximum(place - reach, 0), np.minimum(place + reach + 1, length)


def _of_highest(values: NDArray[np.float32]) -> NDArray[np.float32]:
    highest = float(values.max())
    return values / highest if highest > 0 else values
