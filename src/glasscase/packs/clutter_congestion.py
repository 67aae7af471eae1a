"""Feature congestion: how hard it would be to add something that is noticed at once.

Source: R. Rosenholtz, Y. Li and L. Nakano, "Measuring visual clutter", Journal of Vision 7(2):17
(2007), and the program its authors published with it (hdl.handle.net/1721.1/37593), from which the
constants are. Around every point the spread of colour, of contrast and of orientation is taken at
three scales; the largest scale counts, and the three are added in units of how much they vary among
the authors' pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from glasscase.packs.colour_space import WHITE_D65, linear_rgb
from glasscase.packs.resizing import fitting_size, resized_image

Plane = NDArray[np.float64]

LONGEST_PX = 512
"""Pictures are shrunk to this first: clutter is a matter of the size something is seen at."""
LEAST_PX = 32
LEVELS = 3
COLOUR_UNIT, CONTRAST_UNIT, ORIENTATION_UNIT = 0.2088, 0.0660, 0.0269
"""What colour, contrast and orientation congestion are divided by before they are added."""

_POOL_SIGMA = 3.0
_ORIENTATION_POOL_SIGMA = 14.0
_CENTRE_SIGMA, _SURROUND_SIGMA = 0.71, 1.14
_ORIENTATION_SIGMA = 16 / 14 * 1.75
_ENERGY_SIGMA = 1.75 / np.sqrt(2)
_ENERGY_NOISE = 1.0
_ORIENTATION_NOISE = 0.001
_COLOUR_NOISE = (0.0007**2, 0.1**2, 0.05**2)
_REDUCE = np.array([0.05, 0.25, 0.4, 0.25, 0.05])
_TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float64
)


@dataclass(frozen=True, slots=True, eq=False)
class Congestion:
    """How congested a picture is, and where."""

    value: float
    """The mean of `map`; about 1 for a plain wall, 2 to 5 for maps and rooms."""
    map: Plane
    """[h, w] of the picture as it was looked at."""
    colour: float
    contrast: float
    orientation: float
    """The three parts of `value`; they add up to it."""


def feature_congestion(image: NDArray[np.uint8]) -> Congestion:
    """Feature congestion of `image`, uint8 RGB [h, w, 3].

    Not covered: text and faces, which people see as one thing; the distance it is looked at from.
    """
    lab = authors_lab(resized_image(image, fitting_size(image.shape, LONGEST_PX)))
    pyramids = [_pyramid(lab[..., channel]) for channel in range(3)]
    parts = [
        _collapsed([_colour_spread(*level) for level in zip(*pyramids, strict=True)]) / COLOUR_UNIT,
        _collapsed([_contrast_spread(level) for level in pyramids[0]]) / CONTRAST_UNIT,
        _collapsed([_orientation_spread(level) for level in pyramids[0]]) / ORIENTATION_UNIT,
    ]
    total = parts[0] + parts[1] + parts[2]
    colour, contrast, orientation = (float(part.mean()) for part in parts)
    return Congestion(float(total.mean()), total, colour, contrast, orientation)


def authors_lab(image: NDArray[np.uint8]) -> Plane:
    """uint8 sRGB [h, w, 3] -> the L, a and b of the authors' program, [h, w, 3].

    It divides X, Y and Z that reach to 1 by a white that reaches to 100, so that L reaches to 9 and
    is nearly linear in light. All its constants rest on that scale; it is kept for their sake.
    """
    ratio = linear_rgb(image).astype(np.float64) @ _TO_XYZ.T / (WHITE_D65 * 100)
    root = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    lightness = 116 * root[..., 1] - 16
    red_green = 500 * (root[..., 0] - root[..., 1])
    return np.stack([lightness, red_green, 200 * (root[..., 1] - root[..., 2])], axis=-1)


def _pyramid(plane: Plane) -> list[Plane]:
    """`LEVELS` planes, each blurred and half the size of the one before."""
    levels = [plane]
    for _ in range(LEVELS - 1):
        smooth = ndimage.convolve1d(levels[-1], _REDUCE, axis=0, mode="mirror")
        levels.append(ndimage.convolve1d(smooth, _REDUCE, axis=1, mode="mirror")[::2, ::2])
    return levels


def _collapsed(levels: list[Plane]) -> Plane:
    """The largest of all levels at every point of the first.

    As in the authors' program a coarser level is spread over four times its points without being
    made four times as strong, so that it weighs a quarter of the finer one.
    """
    shape = levels[0].shape
    found = levels[0]
    for step, level in enumerate(levels[1:], start=1):
        spread = level
        for _ in range(step):
            wider = np.zeros((2 * spread.shape[0], 2 * spread.shape[1]))
            wider[::2, ::2] = spread
            wider = ndimage.convolve1d(wider, _REDUCE, axis=0, mode="mirror")
            spread = ndimage.convolve1d(wider, _REDUCE, axis=1, mode="mirror")
        found = np.maximum(found, spread[: shape[0], : shape[1]])
    return found


def _colour_spread(lightness: Plane, red_green: Plane, yellow_blue: Plane) -> Plane:
    """Cube root of the volume of the ellipsoid of colours around each point."""
    planes = (lightness, red_green, yellow_blue)
    means = [_pooled(plane, _POOL_SIGMA) for plane in planes]
    shape = (*lightness.shape, 3, 3)
    spread = np.empty(shape)
    for i in range(3):
        for j in range(i + 1):
            both = _pooled(planes[i] * planes[j], _POOL_SIGMA) - means[i] * means[j]
            spread[..., i, j] = spread[..., j, i] = both + (_COLOUR_NOISE[i] if i == j else 0.0)
    volume: Plane = np.maximum(np.linalg.det(spread), 0.0) ** (1 / 6)
    return volume


def _contrast_spread(lightness: Plane) -> Plane:
    """Standard deviation of the contrast (centre against surround) around each point."""
    centre, surround = (
        _filtered(lightness, _gaussian(sigma, 3), _gaussian(sigma, 3))
        for sigma in (_CENTRE_SIGMA, _SURROUND_SIGMA)
    )
    contrast = np.abs(centre - surround)
    spread = _pooled(contrast**2, _POOL_SIGMA) - _pooled(contrast, _POOL_SIGMA) ** 2
    return np.sqrt(np.abs(spread))


def _orientation_spread(lightness: Plane) -> Plane:
    """Square root of the area of the ellipse of orientations around each point."""
    energies = [
        _pooled(_along(lightness, across) ** 2, _ENERGY_SIGMA)
        for across in ((1.0, 0.0), (0.0, 1.0), (0.5**0.5, 0.5**0.5), (0.5**0.5, -(0.5**0.5)))
    ]
    total = sum(energies) + _ENERGY_NOISE
    cosine, sine = (energies[0] - energies[1]) / total, (energies[3] - energies[2]) / total
    pool = _ORIENTATION_POOL_SIGMA
    mean_cosine, mean_sine = _pooled(cosine, pool), _pooled(sine, pool)
    first = _pooled(cosine**2, pool) - mean_cosine**2 + _ORIENTATION_NOISE
    second = _pooled(sine**2, pool) - mean_sine**2 + _ORIENTATION_NOISE
    both = _pooled(cosine * sine, pool) - mean_cosine * mean_sine
    area: Plane = np.maximum(first * second - both**2, 0.0) ** 0.25
    return area


def _along(plane: Plane, across: tuple[float, float]) -> Plane:
    """A blob less the two beside it on either side, in the direction `across` (down, right)."""
    reach = round(3 * _ORIENTATION_SIGMA)
    middle = _gaussian(_ORIENTATION_SIGMA, reach)
    answer = 2 * _filtered(plane, middle, middle)
    for side in (1, -1):
        down, right = (
            _gaussian(_ORIENTATION_SIGMA, reach, side * part * _ORIENTATION_SIGMA)
            for part in across
        )
        answer = answer - _filtered(plane, down, right)
    return answer


def _filtered(plane: Plane, down: Plane, right: Plane) -> Plane:
    smooth = ndimage.correlate1d(plane, down, axis=0, mode="mirror")
    filtered: Plane = ndimage.correlate1d(smooth, right, axis=1, mode="mirror")
    return filtered


def _pooled(plane: Plane, sigma: float) -> Plane:
    """Mean around each point, weighted by a Gaussian of the points there are."""
    kernel = _gaussian(sigma, round(2 * sigma))
    pooled = plane
    for axis in (0, 1):
        weight = ndimage.correlate1d(np.ones(plane.shape[axis]), kernel, mode="constant")
        shape = (-1, 1) if axis == 0 else (1, -1)
        pooled = ndimage.correlate1d(pooled, kernel, axis=axis, mode="constant")
        pooled = pooled / weight.reshape(shape)
    return pooled


@lru_cache(maxsize=32)
def _gaussian(sigma: float, reach: int, centre: float = 0.0) -> Plane:
    steps = np.arange(-reach, reach + 1)
    weights = np.exp(-((steps - centre) ** 2) / (2 * sigma**2))
    kernel: Plane = weights / weights.sum()
    return kernel
