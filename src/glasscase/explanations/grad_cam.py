"""Where a photo speaks for a class: Grad-CAM, exact and without torch behind average pooling.

Source: Selvaraju et al. 2017, "Grad-CAM", equations 1 and 2. With the photo's vector v the mean of
the maps A over all places, v_k = sum_ij A_kij / (h w), the chain rule gives
dy/dA_kij = g_k / (h w) with g = dy/dv, so that the paper's weight (the mean of the gradient over
the places) is alpha_k = g_k / (h w) and the map is relu(sum_k alpha_k A_k). Nothing but the head
needs a gradient.

The map is in logits and never rescaled. Before negatives are cut its sum is g . v: for a head
linear in v exactly the photo's part of the logit; for a head that reads only the direction of v
(vectors scaled to unit length) it is near 0, and the map says which places turn v towards the
class and which away from it.

Not covered: places the network used through parts before its last maps; resolution finer than
theirs (7 x 7 for EfficientNet-Lite0 at 224 pixels).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from glasscase.explanations.heat_map import HeatMap

METHOD = "Grad-CAM, exact gradient of the head"
GRID_METHOD = "Grad-CAM, mean gradient over the places"


def grad_cam(
    maps: NDArray[np.floating], gradient: NDArray[np.floating], photos: Sequence[str]
) -> tuple[HeatMap, ...]:
    """One heat map per photo of a product.

    Args:
        maps: [n, dim, rows, columns], the last feature maps of the product's n photos, whose mean
            over places and then over photos is the product's image vector.
        gradient: [dim], d(logit) / d(image vector); each photo's part of it is 1 / n.
        photos: n names.

    >>> heat, = grad_cam(np.eye(2).reshape(1, 1, 2, 2), np.array([4.0]), ["mug.jpg"])
    >>> heat.values.tolist(), heat.signed_sum
    ([[1.0, 0.0], [0.0, 1.0]], 2.0)
    """
    signed = signed_maps(maps, gradient)
    return tuple(
        HeatMap(
            photo=name,
            values=np.maximum(one, 0.0).astype(np.float32),
            signed_sum=float(one.sum()),
            method=METHOD,
            against=np.maximum(-one, 0.0).astype(np.float32),
        )
        for name, one in zip(photos, signed, strict=True)
    )


def grid_cam(
    grids: NDArray[np.floating],
    gradient: NDArray[np.floating],
    photos: Sequence[str],
    *,
    places: int,
) -> tuple[HeatMap, ...]:
    """The same for a head that reads every place of the maps by itself.

    Equation 1 in its general form: the weight of a channel is the mean of its gradient over the
    places.

    Args:
        grids: [n, places * channels], each photo's places one after the other.
        gradient: [places * channels], d(logit) / d(mean of the grids).
        photos: n names.
        places: of a square grid.

    >>> grid, slope = np.array([[0.0, 0.0, 0.0, 2.0]]), np.array([1.0, 1.0, 1.0, 1.0])
    >>> grid_cam(grid, slope, ["mug.jpg"], places=4)[0].values.tolist()
    [[0.0, 0.0], [0.0, 2.0]]
    """
    side = isqrt(places)
    channels_first = grids.reshape(len(photos), places, -1).transpose(0, 2, 1)
    maps = channels_first.reshape(len(photos), -1, side, side)
    heats = grad_cam(maps, gradient.reshape(places, -1).sum(axis=0), photos)
    return tuple(replace(heat, method=GRID_METHOD) for heat in heats)


def signed_maps(maps: NDArray[np.floating], gradient: NDArray[np.floating]) -> NDArray[np.float64]:
    """The same before negatives are cut, [n, rows, columns]; sums to gradient . vector."""
    n, _, rows, columns = maps.shape
    weights = np.asarray(gradient, np.float64) / (n * rows * columns)
    signed = np.einsum("k,nkij->nij", weights, np.asarray(maps, np.float64))
    return np.asarray(signed)
