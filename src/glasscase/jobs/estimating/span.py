"""A figure that is not known exactly: what is expected, and between which ends it should lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev


@dataclass(frozen=True)
class Span:
    """Expected, low and high, in any unit.

    >>> Span(2, 1, 4) + Span(1, 1, 1)
    Span(expected=3, low=2, high=5)
    >>> Span(2, 1, 4).times(10)
    Span(expected=20, low=10, high=40)
    """

    expected: float
    low: float
    high: float

    def __add__(self, other: Span) -> Span:
        return Span(self.expected + other.expected, self.low + other.low, self.high + other.high)

    def times(self, factor: float) -> Span:
        """Each of the three `factor` times."""
        return Span(self.expected * factor, self.low * factor, self.high * factor)

    def to_dict(self) -> dict[str, float]:
        """JSON values."""
        return {"expected": self.expected, "low": self.low, "high": self.high}


NOTHING = Span(0.0, 0.0, 0.0)


def around(value: float, low: float, high: float) -> Span:
    """`value`, and `low` and `high` times as much."""
    return Span(value, value * low, value * high)


def from_pieces(seconds: Sequence[float], items: Sequence[int], total: int) -> Span:
    """The time of `total` items from that of some pieces.

    The mean time of an item, with two standard errors over the pieces and 15 % for the machine to
    either side.

    >>> from_pieces([1.0, 1.0], [10, 10], 100)
    Span(expected=10.0, low=8.5, high=11.5)
    """
    rates = [spent / count for spent, count in zip(seconds, items, strict=True)]
    usual = sum(seconds) / sum(items)
    error = 2 * stdev(rates) / math.sqrt(len(rates)) if len(rates) > 1 else mean(rates)
    least = max(0.0, usual - error)
    return Span(usual * total, 0.85 * least * total, 1.15 * (usual + error) * total)


def extrapolated(points: Sequence[tuple[int, float]], n: int, growth: tuple[float, float]) -> Span:
    """A figure at size `n` from some at smaller sizes, as a power of the size.

    The power is that between the last two points, but within `growth`, which is what is known of
    the method; its ends make the range, with 20 % for the machine.

    >>> span = extrapolated([(100, 1.0), (200, 4.0)], 400, (1.0, 3.0))
    >>> round(span.expected, 6), round(span.low, 6), round(span.high, 6)
    (16.0, 6.4, 38.4)
    """
    size, value = points[-1]
    low, high = growth
    power = (low + high) / 2
    if len(points) > 1 and points[-2][1] > 0 and value > 0:
        (before, less) = points[-2]
        power = math.log(value / less) / math.log(size / before)
    power = min(max(power, low), high)
    ends = [value * (n / size) ** one for one in (low, high)]
    return Span(value * (n / size) ** power, 0.8 * min(ends), 1.2 * max(ends))
