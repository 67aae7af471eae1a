"""How numbers are spread: a few figures and a histogram."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Spread:
    """Smallest, median, 95th percentile and largest of some numbers; all 0 of none.

    >>> Spread.of([3, 1, 2]).median, Spread.of([]).count
    (2.0, 0)
    """

    count: int
    smallest: float
    median: float
    mean: float
    percentile_95: float
    largest: float

    @classmethod
    def of(cls, values: ArrayLike) -> Spread:
        """The spread of `values` [n]."""
        numbers = np.asarray(values, np.float64).ravel()
        if numbers.size == 0:
            return cls(0, 0.0, 0.0, 0.0, 0.0, 0.0)
        return cls(
            count=int(numbers.size),
            smallest=float(numbers.min()),
            median=float(np.median(numbers)),
            mean=float(numbers.mean()),
            percentile_95=float(np.percentile(numbers, 95)),
            largest=float(numbers.max()),
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Histogram:
    """How many numbers lie between one edge and the next; the last bin takes all above."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, values: Sequence[float] | ArrayLike, *, bins: int = 30) -> Histogram:
        """Bins of equal, round width up to the 99th percentile, so one giant hides nobody.

        >>> Histogram.of([1, 1, 2, 900], bins=2).counts
        (3, 1)
        """
        numbers = np.asarray(values, np.float64).ravel()
        if numbers.size == 0:
            return cls((0.0, 1.0), (0,))
        width = _round_up(max(float(np.percentile(numbers, 99)), 1.0) / bins)
        edges = np.arange(bins + 1) * width
        counts, _ = np.histogram(np.minimum(numbers, edges[-1]), edges)
        return cls(tuple(map(float, edges)), tuple(map(int, counts)))


def _round_up(width: float) -> float:
    """1, 2 or 5 times a power of ten, at least `width`."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9))
