"""Fisher's exact test, one-sided: is one part of the products answered worse than another?"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from glasscase.evaluation.metrics import Floats


def fisher_worse(right: int, count: int, rest_right: int, rest_count: int) -> float:
    """p-value of `right` or fewer of `count` products, were they drawn from all at random.

    Given how many of all products are right, the number in a part of them is hypergeometric, so
    the test is exact for any number. Source: Fisher (1935), JRSS 98, 39-54.

    Not covered: products that depend on one another; count one of each group of near-duplicates.

    >>> round(fisher_worse(1, 4, 4, 4), 6), round(fisher_worse(4, 4, 1, 4), 6)
    (0.071429, 1.0)
    """
    total, all_right = count + rest_count, right + rest_right
    lowest = max(0, all_right - rest_count)
    k = np.arange(lowest, right + 1, dtype=np.float64)
    logs = _choose(count, k) + _choose(rest_count, all_right - k) - _choose(total, all_right)
    return float(min(1.0, np.exp(logs).sum()))


def _choose(n: int, k: Floats | int) -> Floats:
    """log of n over k."""
    parts = np.asarray(k, np.float64)
    return np.asarray(gammaln(n + 1) - gammaln(parts + 1) - gammaln(n - parts + 1))
