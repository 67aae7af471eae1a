"""How sure a figure is: bootstrap intervals, fast because every figure is a function of sums.

A metric is written as `metric(sums)`, where `sums` [..., k] are the column sums of a table of
per-product numbers [n, k]. Drawing products again then only changes how often each row counts, so
1,000 draws are one matrix product instead of 1,000 evaluations.

Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 and 16; whole
groups are drawn together where rows depend on one another (Davison and Hinkley 1997, 3.8).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Metric = Callable[[Floats], Floats]
"""Sums [..., k] -> values [...]."""

CONFIDENCE = 0.95
_Z = 1.959963984540054  # the normal quantile of 0.975
_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval; NaN where it is not defined (`null` in JSON).

    >>> Interval(0.9, 0.85, 0.94).to_dict()
    {'value': 0.9, 'low': 0.85, 'high': 0.94}
    >>> str(Interval(0.9, 0.85, 0.94)), Interval.undefined().to_dict()['value'] is None
    ('0.900 [0.850, 0.940]', True)
    """

    value: float
    low: float
    high: float

    @classmethod
    def undefined(cls) -> Interval:
        """The interval of a figure that does not exist, such as the AUC of one class."""
        return cls(math.nan, math.nan, math.nan)

    @property
    def defined(self) -> bool:
        """Whether there is a figure at all."""
        return math.isfinite(self.value)

    def to_dict(self) -> dict[str, float | None]:
        """`value`, `low` and `high` as JSON values."""
        return {"value": number(self.value), "low": number(self.low), "high": number(self.high)}

    def __str__(self) -> str:
        if not self.defined:
            return "not defined"
        if not math.isfinite(self.low):
            return f"{self.value:.3f}"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Difference(Interval):
    """`a - b` on the same products, with its interval and a one-sided p-value."""

    p_value: float
    """How often a draw showed no advantage of `a` (one counted in for the data themselves)."""

    def to_dict(self) -> dict[str, float | None]:
        """As `Interval.to_dict`, with `p_value`."""
        return {**super().to_dict(), "p_value": number(self.p_value)}


def number(value: float) -> float | None:
    """`value` as JSON knows it: None for NaN and infinity."""
    return float(value) if math.isfinite(value) else None


def resampled_sums(
    table: ArrayLike, *, groups: Sequence[Any] | None = None, samples: int = 1000, seed: int = 0
) -> Floats:
    """Column sums of `table` [n, k] over `samples` draws with replacement: [samples, k].

    `groups` [n] names what belongs together (near-duplicates): whole groups are drawn. The same
    seed gives the same draws whatever the table holds, so two tables can be compared pairwise.

    >>> resampled_sums([[1.0], [1.0]], samples=2).ravel().tolist()
    [2.0, 2.0]
    """
    rows = np.asarray(table, np.float64)
    if groups is not None and len(groups):
        rows = _summed(rows, np.unique(np.asarray(groups), return_inverse=True)[1].ravel())
    units = len(rows)
    sums = np.zeros((samples, rows.shape[1]))
    if units == 0:
        return sums
    rng = np.random.default_rng(seed)
    step = max(1, _CELLS_AT_ONCE // units)
    for start in range(0, samples, step):
        size = min(step, samples - start)
        drawn = rng.integers(0, units, size=(size, units)) + np.arange(size)[:, None] * units
        weights = np.bincount(drawn.ravel(), minlength=size * units).reshape(size, units)
        sums[start : start + size] = weights.astype(np.float64) @ rows
    return sums


def percentile_interval(value: float, draws: Floats) -> Interval:
    """The middle 95 % of `draws` [samples] around `value`, stretched to hold `value`.

    Draws in which the figure is not defined (NaN) are left out.
    """
    usable = draws[np.isfinite(draws)]
    if not math.isfinite(value) or usable.size == 0:
        return Interval(float(value), math.nan, math.nan)
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(usable, [tail, 100 - tail])
    return Interval(float(value), min(float(low), float(value)), max(float(high), float(value)))


def wilson_interval(value: float, count: float) -> Interval:
    """Wilson's score interval of a share `value` seen on `count` products.

    Where all (or none) of a few products are right, every bootstrap draw is the same and its
    interval would claim certainty; this one does not. Source: Wilson (1927), JASA 22, 209-212.

    >>> print(wilson_interval(1.0, 3))
    1.000 [0.439, 1.000]
    """
    if not math.isfinite(value) or count <= 0:
        return Interval(float(value), math.nan, math.nan)
    centre = value + _Z**2 / (2 * count)
    spread = _Z * math.sqrt(max(0.0, value * (1 - value)) / count + _Z**2 / (4 * count**2))
    scale = 1 + _Z**2 / count
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return Interval(float(value), max(0.0, min(low, value)), min(1.0, max(high, value)))


def share_interval(value: float, draws: Floats, count: float) -> Interval:
    """Of a share of `count` products: the bootstrap's, or Wilson's where the draws never vary."""
    usable = draws[np.isfinite(draws)]
    if usable.size and np.ptp(usable) > 0:
        return percentile_interval(value, draws)
    return wilson_interval(value, count)


def paired_bootstrap(
    metric: Metric,
    a: ArrayLike,
    b: ArrayLike,
    *,
    groups: Sequence[Any] | None = None,
    samples: int = 2000,
    seed: int = 0,
) -> Difference:
    """`metric(sums of a) - metric(sums of b)`, both drawn from the same products each time.

    Args:
        metric: takes column sums [..., k] and gives values [...].
        a: per-product numbers of one model, [n, k].
        b: the same of the other model, rows in the same order.
        groups: [n], what is drawn together.
        samples: how many draws.
        seed: of the draws.

    Raises:
        ValueError: `a` and `b` differ in shape, or there are no products.
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.shape != second.shape or first.ndim != 2 or len(first) == 0:
        message = f"a {first.shape} and b {second.shape} must be equal tables of one row or more"
        raise ValueError(message)
    both = np.hstack([first, second])
    width = first.shape[1]
    value = float(metric(first.sum(axis=0)) - metric(second.sum(axis=0)))
    sums = resampled_sums(both, groups=groups, samples=samples, seed=seed)
    draws = np.asarray(metric(sums[:, :width]) - metric(sums[:, width:]), np.float64)
    interval = percentile_interval(value, draws)
    usable = draws[np.isfinite(draws)]
    p_value = (1 + int((usable <= 0).sum())) / (1 + usable.size)
    return Difference(interval.value, interval.low, interval.high, p_value)


def mean(sums: Floats) -> Floats:
    """A metric: second column over the first, such as right answers over products."""
    return np.asarray(sums[..., 1] / sums[..., 0], np.float64)


def paired_accuracy_difference(
    correct_a: ArrayLike,
    correct_b: ArrayLike,
    *,
    groups: Sequence[Any] | None = None,
    samples: int = 2000,
    seed: int = 0,
) -> Difference:
    """How much more often `a` is right than `b` on the same products.

    `correct_a` and `correct_b` [n] say which answers are right; see `paired_bootstrap`.

    >>> a, b = [True] * 90 + [False] * 10, [True] * 70 + [False] * 30
    >>> difference = paired_accuracy_difference(a, b)
    >>> round(difference.value, 3), difference.low > 0.1, difference.p_value < 0.001
    (0.2, True, True)
    """
    right_a, right_b = np.asarray(correct_a, np.float64), np.asarray(correct_b, np.float64)
    tables = [np.stack([np.ones(len(right)), right], axis=1) for right in (right_a, right_b)]
    return paired_bootstrap(mean, *tables, groups=groups, samples=samples, seed=seed)


def _summed(rows: Floats, units: NDArray[np.intp]) -> Floats:
    """Rows of one unit added up: [n, k] -> [units, k]."""
    sums = np.zeros((int(units.max()) + 1, rows.shape[1]))
    np.add.at(sums, units, rows)
    return sums
