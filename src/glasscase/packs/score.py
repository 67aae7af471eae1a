"""Points of measures -> points of pillars -> the pack performance score, 0 to 100.

Within a pillar every measure counts by two things: its anchored points (what the value is worth by
itself) and its mid-rank percentile among the packs of the set (what it is worth beside them). The
percentile's part is `(1 - 1/n) / 2` for n packs: nothing for a pack alone, a quarter for two, near
a half for many. Across pillars the weighted geometric mean is taken, so that a pillar near zero
cannot be made up for by the others (OECD/JRC, Handbook on Constructing Composite Indicators, 2008,
section 6.3: geometric aggregation compensates in part only).

All functions work on draws: arrays may have any axes in front.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LEAST_POINTS = 1.0
"""Of a pillar: the geometric mean of anything with zero would be zero."""


def percentile_part(packs: int) -> float:
    """How much of a measure's points its percentile makes, 0 to 0.5.

    >>> [percentile_part(n) for n in (1, 2, 10)]
    [0.0, 0.25, 0.45]
    """
    return (1 - 1 / packs) / 2


def percentiles(goodness: Array) -> Array:
    """Mid-rank percentiles along the packs: [..., n, m] -> [..., n, m], 0 to 100; NaN stays NaN.

    A pack of k that is better than b and ties with e (itself among them) has `100 (b + e / 2) / k`.

    >>> percentiles(np.array([[1.0], [5.0], [5.0], [9.0]])).ravel().tolist()
    [12.5, 50.0, 50.0, 87.5]
    """
    from scipy.stats import rankdata

    known = np.isfinite(goodness)
    ranks = rankdata(np.where(known, goodness, -np.inf), axis=-2)
    missing = (~known).sum(axis=-2, keepdims=True)
    count = known.sum(axis=-2, keepdims=True)
    found = 100 * (ranks - missing - 0.5) / np.maximum(count, 1)
    return np.where(known, found, np.nan)


def measure_points(goodness: Array) -> Array:
    """What each measure of each pack counts: [..., n, m] of `MeasureScale.goodness` -> 0 to 100."""
    part = percentile_part(goodness.shape[-2])
    anchored = np.clip(goodness, 0.0, 100.0)
    return (1 - part) * anchored + part * percentiles(goodness)


def pillar_points(points: Array, of: NDArray[np.intp], weights: Array) -> Array:
    """[..., n, m] points -> [..., n, p]: the weighted mean of each pillar's measures.

    Args:
        points: of measures, 0 to 100, none missing.
        of: [m] the number of each measure's pillar, 0 to p - 1.
        weights: [..., m] above 0; made to sum to one in each pillar.
    """
    pillars = int(of.max()) + 1
    members = np.eye(pillars)[of]  # [m, p]
    total = np.asarray(weights @ members)  # [..., p]
    weighted = (points * weights[..., None, :]) @ members
    return np.maximum(weighted / total[..., None, :], LEAST_POINTS)


def score(pillars: Array, weights: Array) -> Array:
    """[..., n, p] points of pillars -> [..., n]: `exp(sum_p w_p ln pillar_p)`, weights [..., p]
    made to sum to one.

    >>> round(float(score(np.array([[90.0, 40.0]]), np.array([0.5, 0.5]))[0]), 1)
    60.0
    """
    share = weights / weights.sum(axis=-1, keepdims=True)
    found: Any = np.exp((np.log(pillars) * share[..., None, :]).sum(axis=-1))
    return np.asarray(found, np.float64)
