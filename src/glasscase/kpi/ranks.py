"""Ranks with ties, and Spearman's correlation."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from glasscase.kpi.scale import Floats


def ranks(values: ArrayLike) -> Floats:
    """Mid-ranks from 1 of finite values [n].

    >>> ranks([10, 30, 20, 20]).tolist()
    [1.0, 4.0, 2.5, 2.5]
    """
    _, at, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[at], np.float64)


def rank_correlation(one: Floats, other: Floats) -> float:
    """Absolute rank correlation over rows where both are finite; 0 where one does not vary."""
    rows = np.isfinite(one) & np.isfinite(other)
    first, second = one[rows], other[rows]
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(abs(np.corrcoef(ranks(first), ranks(second))[0, 1]))
