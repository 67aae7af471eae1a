"""How unlike its neighbours a pack is: in its colours, and in what an encoder makes of it.

A difference makes a target quick to find among what is unlike it (J. Duncan and G. W. Humphreys,
"Visual search and stimulus similarity", Psychological Review 96 (1989), 433-458). Not covered:
whether the neighbours are alike among themselves, which helps too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from glasscase.errors import BadEncoder
from glasscase.packs.arrangements import Scene
from glasscase.packs.colour_space import ciede2000, srgb_to_lab
from glasscase.packs.cut_out import CutOut

COLOURS = 16
"""Colours of a palette, each of as many pixels."""
NEIGHBOURS = 4
"""How many of the nearest packs are compared with."""
_SIDE_PX = 64

VectorOf = Callable[[NDArray[np.uint8]], Any]
"""uint8 RGB [h, w, 3] -> a vector of finite numbers, for example an encoder's."""


def palette(pack: CutOut) -> NDArray[np.float32]:
    """float32 CIELAB [16, 3]: the mean colours of sixteen equal parts of a pack's pixels.

    By median cut (P. Heckbert, SIGGRAPH 1982): the part that varies most along one axis of CIELAB
    is halved at the median, four times over.
    """
    small = pack.at(min(_SIDE_PX, pack.image.shape[0]), min(_SIDE_PX, pack.image.shape[1]))
    parts = [srgb_to_lab(small.image)[small.solid]]
    while len(parts) < COLOURS:
        parts = [half for part in parts for half in _halved(part)]
    return np.stack([part.mean(axis=0) for part in parts]).astype(np.float32)


def _halved(colours: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    axis = int(colours.var(axis=0).argmax())
    ordered = colours[np.argsort(colours[:, axis], kind="stable")]
    middle = max(1, len(ordered) // 2)
    return ordered[:middle], ordered[middle:] if len(ordered) > 1 else ordered


def colour_distances(packs: Sequence[CutOut]) -> NDArray[np.float64]:
    """float64 [n, n]: mean CIEDE2000 between the colours of two packs, paired as well as can be.

    The earth mover's distance (Y. Rubner et al., IJCV 2000) between their palettes: 0 for the same
    colours in the same amounts, wherever they are; 10 and more is plainly another look.
    """
    palettes = np.stack([palette(pack) for pack in packs])
    distances = np.zeros((len(packs), len(packs)))
    for one in range(1, len(packs)):
        costs = ciede2000(palettes[one][None, :, None], palettes[:one, None])
        for two, cost in enumerate(costs):
            rows, columns = linear_sum_assignment(cost)
            distances[one, two] = distances[two, one] = cost[rows, columns].mean()
    return distances


def feature_distances(packs: Sequence[CutOut], vector_of: VectorOf) -> NDArray[np.float64]:
    """float64 [n, n]: one less the cosine of two packs' vectors, 0 to 2.

    Raises:
        BadEncoder: vectors are of different lengths, not finite, or all zeros.
    """
    vectors = [np.asarray(vector_of(_on_white(pack)), np.float64).reshape(-1) for pack in packs]
    lengths = {len(vector) for vector in vectors}
    norms = [float(np.linalg.norm(vector)) for vector in vectors]
    if len(lengths) != 1 or not all(np.isfinite(norm) and norm > 0 for norm in norms):
        reason = "the encoder gives vectors of different lengths, of zeros or without numbers"
        raise BadEncoder(reason, "Use an encoder of images that answers for every pack.")
    unit = np.stack(vectors) / np.array(norms)[:, None]
    distances: NDArray[np.float64] = np.clip(1 - unit @ unit.T, 0, 2)
    np.fill_diagonal(distances, 0)
    return distances


def _on_white(pack: CutOut) -> NDArray[np.uint8]:
    image = pack.image.copy()
    image[~pack.solid] = 255
    return image


def neighbours(scene: Scene, packs: int) -> NDArray[np.bool_]:
    """bool [packs, packs]: which packs stand nearest to which, at least four where there are.

    By the gap between their nearest facings; all at the distance of the fourth count.
    """
    numbers = np.array([pack for pack, _ in scene.facings])
    boxes = np.array([box for _, box in scene.facings], np.float64)
    across = np.maximum(
        boxes[:, None, 0] - boxes[None, :, 2], boxes[None, :, 0] - boxes[:, None, 2]
    )
    down = np.maximum(boxes[:, None, 1] - boxes[None, :, 3], boxes[None, :, 1] - boxes[:, None, 3])
    gaps = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
    nearest = np.full((packs, packs), np.inf)
    np.minimum.at(nearest, (numbers[:, None], numbers[None, :]), gaps)
    np.fill_diagonal(nearest, np.inf)
    last = min(NEIGHBOURS, packs - 1) - 1
    limit = np.sort(nearest, axis=1)[:, max(last, 0)]
    near: NDArray[np.bool_] = (nearest <= limit[:, None]) & np.isfinite(nearest)
    return near


def to_neighbours(distances: NDArray[np.float64], near: NDArray[np.bool_]) -> NDArray[np.float64]:
    """float64 [n]: the mean distance of each pack to its neighbours; NaN where it has none."""
    count = near.sum(axis=1)
    total = np.where(near, distances, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
