"""How full a pack is, as two measures in bands: neither an empty nor a crowded pack is best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glasscase.packs.clutter_congestion import LEAST_PX, feature_congestion
from glasscase.packs.clutter_subband import subband_entropy
from glasscase.packs.measure import Evidence, Measure
from glasscase.packs.pack import Pack
from glasscase.packs.product_box import product_box

_CELLS = 4
_SHOWN = 3


def clutter_measures(pack: Pack) -> list[Measure]:
    """`feature_congestion` and `subband_entropy` of the pack without the ground around it.

    The evidence of congestion are the three of 4 x 4 fields with most of it. Which values are good
    is said by the scale's bands (docs/packs.md), never "less is better".
    """
    image, (left, top, right, bottom) = _cut_out(pack.image)
    if min(image.shape[:2]) < LEAST_PX:
        why = f"the pack is smaller than {LEAST_PX} pixels on the photo. Use a larger photo"
        return [
            Measure.missing("feature_congestion", "ratio", "band", why),
            Measure.missing("subband_entropy", "nats", "band", why),
        ]
    congestion = feature_congestion(image)
    places = tuple(
        Evidence((
            left + a * (right - left), top + b * (bottom - top),
            left + c * (right - left), top + d * (bottom - top),
        ), "crowded")
        for a, b, c, d in _fullest(congestion.map)
    )  # fmt: skip
    return [
        Measure(
            "feature_congestion", congestion.value, "ratio", "band", "readable", evidence=places
        ),
        Measure("subband_entropy", subband_entropy(image), "nats", "band", "readable"),
    ]


def _cut_out(
    image: NDArray[np.uint8],
) -> tuple[NDArray[np.uint8], tuple[float, float, float, float]]:
    """The pack's own pixels, and where they are as shares of the photo."""
    height, width = image.shape[:2]
    left, top, right, bottom = product_box(image).box
    columns = slice(int(left * width), max(int(left * width) + 1, round(right * width)))
    rows = slice(int(top * height), max(int(top * height) + 1, round(bottom * height)))
    return image[rows, columns], (left, top, right, bottom)


def _fullest(map_: NDArray[np.float64]) -> list[tuple[float, float, float, float]]:
    """The fields with the largest mean, as shares of the map, the fullest first."""
    rows = np.array_split(np.arange(map_.shape[0]), _CELLS)
    columns = np.array_split(np.arange(map_.shape[1]), _CELLS)
    means = np.array([[map_[np.ix_(down, right)].mean() for right in columns] for down in rows])
    order = np.argsort(-means, axis=None, kind="stable")[:_SHOWN]
    step = 1 / _CELLS
    found = []
    for at in order.tolist():
        down, right = divmod(at, _CELLS)
        found.append((right * step, down * step, (right + 1) * step, (down + 1) * step))
    return found
