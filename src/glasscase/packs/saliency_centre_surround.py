"""Multi-scale centre-surround in CIELAB: how far a place is from what surrounds it.

After L. Itti, C. Koch and E. Niebur, "A model of saliency-based visual attention for rapid scene
analysis", PAMI 20 (1998), 1254-1259, with differences in CIELAB (R. Achanta et al., "Salient region
detection and segmentation", ICVS 2008) instead of opponent channels of their own. Beside the three
of CIELAB the drawing is compared with its surround, as Itti's orientation maps are: which way it
runs, and how rich in contrast it is, both from the structure tensor of L*.

A centre has two surrounds: what lies next to it, and all that lies away from it. Against the first
alone every pack of a shelf stands out from the board, and one that comes nearer to the board less
than the others; the second says which of them is odd.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from glasscase.packs.resizing import fitting_size, resized
from glasscase.packs.saliency_elsewhere import grid_of, unlike_elsewhere

WORKING_PX = 160
"""The longer side it is computed at; edges are taken there too."""
CENTRES = (1 / 80, 1 / 28, 1 / 10)
"""Widths of the centres as shares of the longer side: from a detail of a pack to a whole one."""
SURROUND = 3.0
"""How many times as wide the surround next to it is."""
DRAWING_WEIGHT = 2.0
"""How many units of CIELAB an edge of 1 L* per pixel counts as."""
USUAL = 0.1
"""What counts of a difference to the surround next to it; what is odd counts in full."""
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
    near = np.zeros(size, np.float32)
    odd = np.zeros(grid_of(size), np.float32)
    for planes in ([lightness], [red_green, yellow_blue], [contrast], [upright, slanting]):
        levelled = [plane - plane.mean() for plane in planes]
        energy = np.sum([plane**2 for plane in levelled], axis=0)
        for share in CENTRES:
            width = share * max(size)
            centres = [_blurred(plane, width) for plane in levelled]
            near += _distance(centres, levelled, width)
            features = [*centres, _spread(centres, energy, width)]
            unlike = unlike_elsewhere(np.stack([resized(f, odd.shape) for f in features], axis=-1))
            odd += _odd(unlike, share * max(odd.shape))
    return resized(resized(odd, size) + USUAL * near, (lab.shape[0], lab.shape[1]))


def _distance(
    centres: list[NDArray[np.float32]], planes: list[NDArray[np.float32]], width: float
) -> NDArray[np.float32]:
    """Euclidean distance of each centre and the surround next to it over `planes`."""
    around = [_blurred(plane, SURROUND * width) for plane in planes]
    squares = [(c - a) ** 2 for c, a in zip(centres, around, strict=True)]
    distance: NDArray[np.float32] = np.sqrt(np.sum(squares, axis=0))
    return distance


def _spread(
    centres: list[NDArray[np.float32]], energy: NDArray[np.float32], width: float
) -> NDArray[np.float32]:
    """Standard deviation within each centre, over all planes together.

    It tells a colour from an edge that has it as its mean: half pack, half board.
    """
    means = np.sum([centre**2 for centre in centres], axis=0)
    spread: NDArray[np.float32] = np.sqrt(np.maximum(_blurred(energy, width) - means, 0))
    return spread


def _odd(unlike: NDArray[np.float32], width: float) -> NDArray[np.float32]:
    """What stands out of `unlike`: one high peak in full, many like it not at all.

    The purpose of Itti's N(.), which multiplies a map by (1 - m)^2, where m is the mean of its
    other local maxima and its highest is 1. Here what exceeds m by a standard deviation of those
    maxima is left.
    """
    highest = float(unlike.max())
    side = 2 * round(2 * width) + 1
    top = unlike == ndimage.maximum_filter(unlike, side, mode="nearest")
    peaks = unlike[top & (unlike > _PEAK * highest) & (unlike < highest)]
    usual = float(peaks.mean() + peaks.std()) if peaks.size else 0.0
    return np.asarray(np.maximum(unlike - usual, 0), np.float32)


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
