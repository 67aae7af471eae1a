"""Multi-scale centre-surround in CIELAB: how far a place is from what surrounds it.

After L. Itti, C. Koch and E. Niebur, "A model of saliency-based visual attention for rapid scene
analysis", PAMI 20 (1998), 1254-1259, with differences in CIELAB (R. Achanta et al., "Salient region
detection and segmentation", ICVS 2008) instead of opponent channels of their own. Beside the three
of CIELAB the drawing is compared with its surround, as Itti's orientation maps are: which way it
runs, and how rich in contrast it is, both from the structure tensor of L*.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from glasscase.packs.resizing import fitting_size, resized

WORKING_PX = 160
"""The longer side it is computed at; edges are taken there too."""
CENTRES = (1 / 40, 1 / 20, 1 / 10)
"""Widths of the centres as shares of the longer side: from a detail of a pack to a whole one."""
SURROUND = 3.0
"""How many times as wide the surround is."""
DRAWING_WEIGHT = 2.0
"""How many units of CIELAB an edge of 1 L* per pixel counts as."""
USUAL = 0.1
"""What counts of a difference that many places have; what is above that counts in full."""
_EDGE_WIDTH = 1.5
_PEAK = 0.05
"""Lower local maxima than this share of the highest are no peaks."""


def centre_surround(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """A map float32 [h, w] of CIELAB [h, w, 3], not below 0; 0 everywhere for an even picture.

    Lightness, colour, contrast and direction are each compared at three scales; the sum of all.
    """
    size = fitting_size(lab.shape, WORKING_PX)
    lightness, red_green, yellow_blue = (resized(lab[..., c], size) for c in range(3))
    contrast, upright, slanting = drawing(lightness)
    total = np.zeros(size, np.float32)
    for planes in ([lightness], [red_green, yellow_blue], [contrast], [upright, slanting]):
        for share in CENTRES:
            total += _unusual(_distance(planes, share * max(size)), share * max(size))
    return resized(total, (lab.shape[0], lab.shape[1]))


def _distance(planes: list[NDArray[np.float32]], width: float) -> NDArray[np.float32]:
    """Euclidean distance of each centre and its surround over `planes`."""
    squares = [(_blurred(p, width) - _blurred(p, SURROUND * width)) ** 2 for p in planes]
    distance: NDArray[np.float32] = np.sqrt(np.sum(squares, axis=0))
    return distance


def _unusual(distance: NDArray[np.float32], width: float) -> NDArray[np.float32]:
    """One high peak counts nearly in full, many like it little: the purpose of Itti's N(.).

    N(.) multiplies a map by (1 - m)^2, where m is the mean of its other local maxima and its
    highest is 1. Here what exceeds m by a standard deviation of those maxima counts in full, and
    all of the map by `USUAL`, so that a shelf of equal packs still has one.
    """
    highest = float(distance.max())
    if highest <= 0:
        return distance
    side = 2 * round(2 * width) + 1
    top = distance == ndimage.maximum_filter(distance, side, mode="nearest")
    peaks = distance[top & (distance > _PEAK * highest) & (distance < highest)]
    usual = float(peaks.mean() + peaks.std()) if peaks.size else 0.0
    return np.asarray(np.maximum(distance - usual, 0) + USUAL * distance, np.float32)


def drawing(lightness: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """How rich in contrast a drawing is and which way it runs: three planes [h, w] like CIELAB's.

    From the structure tensor (J. Bigun and G. H. Granlund, ICCV 1987). The last two are a vector
    of twice the angle, as long as the first where all edges run one way: positive in the first
    part for upright stripes, negative for lying ones; the second part is for slanting ones.
    """
    across = ndimage.sobel(lightness, axis=1, mode="nearest") / 8
    down = ndimage.sobel(lightness, axis=0, mode="nearest") / 8
    strength = np.sqrt(np.maximum(_blurred(across**2 + down**2, _EDGE_WIDTH), 0))
    scale = DRAWING_WEIGHT / np.maximum(strength, 1e-3)
    upright = _blurred(across**2 - down**2, _EDGE_WIDTH) * scale
    slanting = _blurred(2 * across * down, _EDGE_WIDTH) * scale
    planes = DRAWING_WEIGHT * strength, upright, slanting
    return [np.asarray(plane, np.float32) for plane in planes]


def _blurred(plane: NDArray[np.float32], width: float) -> NDArray[np.float32]:
    """About a Gaussian of standard deviation `width`: three boxes; any width takes as long."""
    side = max(3, 2 * round(width) + 1)
    for _ in range(3):
        plane = ndimage.uniform_filter(plane, side, mode="nearest")
    return plane
